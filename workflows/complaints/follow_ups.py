"""What the unit sets going while it handles a complaint: an extension, an inspection, a lead; people who keep out."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import Row, insert

from engine.commands.correlate_message import CorrelateMessage
from engine.commands.wait_state import job_row
from engine.handlers import ServiceJob
from engine.store.tables import job as engine_job
from engine.store.unit_of_work import Instance
from workflows import errors
from workflows.clocks import is_exceeded, open_clock
from workflows.commands.register_lead import RegisterLead
from workflows.complaints.access import require_complaint
from workflows.complaints.handling import clock_key, urge
from workflows.complaints.informants import HANDLERS, cleared_answers
from workflows.complaints.store import CaseRef, change, row_of, tell
from workflows.directory import find_actor
from workflows.inspections.cases import new_number
from workflows.policy import SYSTEM, Actor, require
from workflows.records.complaints import complaint_recusal
from workflows.rulebook import Rulebook
from workflows.serials import next_number
from workflows.transfers import MATTERS
from workflows.uow import UnitOfWork, local_day_of

_PENALTY = "penalty_case"


def _own(uow: UnitOfWork, actor: Actor, complaint_id: UUID) -> Row[Any]:
    """Return a complaint that the person's unit handles now.

    Raises:
        CaseNotFound, NotAllowed, FormInvalid.
    """
    require(actor, *HANDLERS)
    row = require_complaint(uow, actor, complaint_id)
    if row.unit not in actor.units:
        raise errors.NotAllowed(reason="只有承办单位可以这样做")
    if row.state != "handling":
        raise errors.FormInvalid(errors=[{"field": "", "code": "invalid", "message": "本件不在办理中，不能再发起"}])
    return row


@dataclass(frozen=True, slots=True)
class AskExtension:
    """Ask for more time, once for each turn of handling and before the limit is over.

    Raises:
        CaseNotFound, NotAllowed, FormInvalid.
    """

    actor: Actor
    complaint_id: UUID
    reason: str

    def run(self, uow: UnitOfWork) -> None:
        """Keep it and ask the head."""
        row = _own(uow, self.actor, self.complaint_id)
        if row.is_extended:
            message = "本件已经申请过延期，只能延期一次"
            raise errors.FormInvalid(errors=[{"field": "extension_reason", "code": "invalid", "message": message}])
        if is_exceeded(open_clock(uow, clock_key(row, row.reopen_count + 1)), uow.now):
            message = "办理期限已过，不能再申请延期；请尽快答复"
            raise errors.FormInvalid(errors=[{"field": "extension_reason", "code": "too-late", "message": message}])
        clean = cleared_answers(uow, self.actor, row.id, {"reason": self.reason}, ("reason",))
        change(uow, row.id, is_extended=True)
        tell(uow, row.id, "extension_asked", self.actor.login, self.actor.unit, reason=clean["reason"])
        told = {"extension_reason": clean["reason"], "extension_asked_by": self.actor.login}
        CorrelateMessage("extension_requested", row.business_key, told, self.actor.login).run(uow)


@dataclass(frozen=True, slots=True)
class FollowUp:
    """Set an inspection, a transfer or a penalty going; ``what`` is inspection, transfer or penalty.

    Raises:
        CaseNotFound, NotAllowed, FormInvalid.
    """

    actor: Actor
    complaint_id: UUID
    what: str
    facts: str

    def run(self, uow: UnitOfWork) -> None:
        """Tell the case."""
        row = _own(uow, self.actor, self.complaint_id)
        clean = cleared_answers(uow, self.actor, row.id, {"facts": self.facts}, ("facts",))
        told = {"follow_up": self.what, "follow_up_facts": clean["facts"], "follow_up_by": self.actor.login}
        CorrelateMessage("follow_up_requested", row.business_key, told, self.actor.login).run(uow)


@dataclass(frozen=True, slots=True)
class Urge:
    """Let the policy section or a leader urge the unit in writing before the limit is over; answers the number.

    Raises:
        CaseNotFound, NotAllowed, FormInvalid.
    """

    actor: Actor
    complaint_id: UUID
    reason: str
    rulebook: Rulebook

    def run(self, uow: UnitOfWork) -> str:
        """Write the letter."""
        require(self.actor, "policy_officer", "leader")
        row = require_complaint(uow, self.actor, self.complaint_id)
        if row.state != "handling":
            message = "本件不在办理中，无需催办"
            raise errors.FormInvalid(errors=[{"field": "reason", "code": "invalid", "message": message}])
        if not self.reason.strip():
            raise errors.FormInvalid(errors=[{"field": "reason", "code": "required", "message": "请写明催办原因"}])
        clean = cleared_answers(uow, self.actor, row.id, {"reason": self.reason.strip()}, ("reason",))
        case = CaseRef(row.instance_id, row.business_key)
        return urge(uow, self.rulebook, case, row, self.actor.login, str(clean["reason"]))


@dataclass(frozen=True, slots=True)
class Recuse:
    """Note that somebody must keep out of a complaint: oneself, or by the policy section anybody.

    Raises:
        CaseNotFound, NotAllowed, FormInvalid.
    """

    actor: Actor
    complaint_id: UUID
    login: str
    reason: str

    def run(self, uow: UnitOfWork) -> None:
        """Keep it; it takes effect at once and is never taken back."""
        row = require_complaint(uow, self.actor, self.complaint_id)
        if self.login != self.actor.login:
            require(self.actor, "policy_officer")
        if find_actor(uow, self.login) is None:
            raise errors.FormInvalid(errors=[{"field": "login", "code": "invalid", "message": "查无此人"}])
        if not self.reason.strip():
            raise errors.FormInvalid(errors=[{"field": "reason", "code": "required", "message": "请写明回避的理由"}])
        reason = cleared_answers(uow, self.actor, row.id, {"reason": self.reason.strip()}, ("reason",))["reason"]
        kept = {
            "complaint_id": row.id, "login": self.login, "reason": reason, "noted_by": self.actor.login, "at": uow.now,
        }  # fmt: skip
        uow.connection.execute(insert(complaint_recusal), kept)
        tell(uow, row.id, "recused", self.actor.login, self.actor.unit, who=self.login, reason=reason)


def request_inspection(uow: UnitOfWork, job: ServiceJob, rulebook: Rulebook) -> Mapping[str, object]:
    """Queue the request for an inspection; it starts in a transaction of its own."""
    row, number = row_of(uow, job.variables), new_number(uow, rulebook)
    request = {
        "kind": "onsite", "object_id": str(row.object_id) if row.object_id else None, "party_name": row.party_name,
        "party_code": row.party_code, "site": row.site, "area": row.area, "item_code": row.item_code,
        "unit": row.unit, "inspectors": [], "source_key": row.number, "requested_by": job.variables["follow_up_by"],
        "reason": f"投诉举报 {row.number}：{job.variables['follow_up_facts']}",
    }  # fmt: skip
    _queue(uow, job, "inspection_requested", number, {"inspection_request": request, "inspection_number": number})
    tell(uow, row.id, "followed_up", str(job.variables["follow_up_by"]), row.unit, what="inspection", number=number)
    return {}


def register_transfer_lead(uow: UnitOfWork, job: ServiceJob, rulebook: Rulebook) -> Mapping[str, object]:
    """Register the lead from which the case is transferred, without whoever complained."""
    row, given = row_of(uow, job.variables), job.variables
    lead = {
        "source": f"投诉举报 {row.number}", "matter": row.matter if row.matter in MATTERS else "other",
        "place_kind": row.place_kind if row.place_kind != "unknown" else "planned", "party_name": row.party_name,
        "project_name": row.party_name, "site": row.site, "area": row.area, "facts": given["follow_up_facts"],
        "found_at": uow.now,
    }  # fmt: skip
    done = RegisterLead(_person(uow, given), lead, rulebook).run(uow)
    tell(uow, row.id, "followed_up", str(given["follow_up_by"]), row.unit, what="transfer", number=done.business_key)
    return {}


def register_penalty_lead(uow: UnitOfWork, job: ServiceJob, rulebook: Rulebook) -> Mapping[str, object]:
    """Queue a lead of the unit's own power, without whoever complained."""
    row, given = row_of(uow, job.variables), job.variables
    number = next_number(uow, rulebook.city.numbers[_PENALTY], _PENALTY)
    lead = {
        "source": "complaint", "source_key": row.number, "source_id": str(row.id), "party_name": row.party_name,
        "party_code": row.party_code, "item_code": row.item_code, "unit": row.unit, "area": row.area,
        "site": row.site, "facts": given["follow_up_facts"], "found_on": local_day_of(uow.now).isoformat(),
        "registered_by": given["follow_up_by"], "business_key": number,
    }  # fmt: skip
    _queue(uow, job, "penalty_lead", number, lead)
    tell(uow, row.id, "followed_up", str(given["follow_up_by"]), row.unit, what="penalty", number=number)
    return {}


def _queue(uow: UnitOfWork, job: ServiceJob, message: str, key: str, variables: Mapping[str, object]) -> None:
    instance = Instance(job.instance_id, job.instance_id, "", job.business_key, 0)
    payload = {"key": key, "variables": dict(variables)}
    row = job_row(uow, instance, kind="message", token=0, element_id="", topic=message, payload=payload)
    uow.connection.execute(insert(engine_job), row)


def _person(uow: UnitOfWork, given: Mapping[str, Any]) -> Actor:
    return find_actor(uow, str(given["follow_up_by"])) or SYSTEM
