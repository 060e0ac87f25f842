"""Leads: how a penalty case begins, and how it ends before it was filed."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import insert

from engine.commands.start_process import StartProcess
from engine.handlers import ServiceJob
from engine.spiff.model import StartTrigger
from workflows.directory import find_unit
from workflows.items import item_for
from workflows.penalties.links import tell_source
from workflows.penalties.people import deciders, officers_of
from workflows.penalties.store import case_of, change, tell
from workflows.policy import Actor
from workflows.records.penalties import penalty_case
from workflows.rulebook import Rulebook
from workflows.serials import next_number
from workflows.uow import UnitOfWork, local_day_of

KIND, MESSAGE = "penalty_case", "penalty_lead"


@dataclass(frozen=True, slots=True)
class RegisterPenaltyLead:
    """Begin a case by hand, or from another case; answers its number.

    ``lead`` has what the message ``penalty_lead`` carries: source, source_key, source_id, approval_id, party_name,
    party_code, item_code, unit, area, site, facts, found_on.
    """

    actor: Actor
    lead: Mapping[str, Any]
    rulebook: Rulebook

    def run(self, uow: UnitOfWork) -> str:
        """Start the process."""
        key = next_number(uow, self.rulebook.city.numbers[KIND], KIND)
        variables = {"source": "manual", "unit": self.actor.unit, **self.lead, "business_key": key}
        variables["registered_by"] = self.actor.login
        trigger = StartTrigger("lead_received", "message", MESSAGE)
        StartProcess("penalty", key, self.actor.login, variables, trigger=trigger).run(uow)
        return key


def open_case(uow: UnitOfWork, job: ServiceJob, rulebook: Rulebook) -> Mapping[str, object]:
    """Write the lead down; answers who will work on it."""
    given = job.variables
    unit = find_unit(uow, str(given["unit"]))
    decider, reviewer = deciders(uow, rulebook.city, unit.code)
    today = local_day_of(uow.now)
    case_id, approval_id = uow.new_id(), given.get("approval_id")
    row: dict[str, Any] = {
        "id": case_id, "instance_id": job.instance_id, "business_key": job.business_key,
        "source": given.get("source") or "manual", "source_key": _text(given, "source_key") or None,
        "source_id": _text(given, "source_id") or None, "approval_id": UUID(str(approval_id)) if approval_id else None,
        "item_code": _text(given, "item_code"), "unit": unit.code, "decider_unit": decider,
        "review_unit": reviewer, "area": _text(given, "area") or unit.area,
        "site": _text(given, "site"), "party_name": str(given["party_name"]),
        "party_code": _text(given, "party_code") or None, "facts": _text(given, "facts"), "state": "lead",
        "lead_at": uow.now, "found_on": date.fromisoformat(_text(given, "found_on") or today.isoformat()),
        "officers": [], "created_by": _text(given, "registered_by") or "system", "created_at": uow.now,
    }  # fmt: skip
    uow.connection.execute(insert(penalty_case), row)
    tell(uow, case_id, "opened", row["created_by"], source=row["source"], source_key=row["source_key"])
    return {
        "penalty_id": str(case_id), "unit": unit.code, "decider_unit": decider, "review_unit": reviewer,
        "title": _title(uow, row["item_code"], today), "area": row["area"],
        "lead_at": uow.now.isoformat(), "found_on": row["found_on"].isoformat(), "facts": row["facts"],
        "party_code": row["party_code"], "party_kind": None, "unit_officers": officers_of(uow, unit.code),
        "organ_officers": officers_of(uow, unit.code), "case_officers": [], "officers": [], **_nothing_yet(),
    }  # fmt: skip


def _title(uow: UnitOfWork, item_code: str, on: date) -> str:
    return f"行政处罚：{item_for(uow, item_code, on).name}" if item_code else "行政处罚"


def _text(given: Mapping[str, Any], name: str) -> str:
    value = given.get(name)
    return "" if value is None else str(value)


def _nothing_yet() -> dict[str, object]:
    """Return the answers that expressions read before anybody gave them."""
    return {
        "penalty_types": [], "proposal": None, "fine_yuan": None, "penalty_content": None, "penalty_basis": None,
        "evidence": None, "is_large": None, "is_complex": None, "is_public_interest": None, "hearing_result": None,
        "notice_served_on": None, "notice_round": 0, "needs_new_notice": False, "outcome": None, "police_round": 0,
        "referral_result": None, "hearing_request": None, "hearing_right": False, "is_criminal": False,
    }  # fmt: skip


def reject_lead(uow: UnitOfWork, job: ServiceJob, _rulebook: Rulebook) -> Mapping[str, object]:
    """Close the lead without a case, with the reason."""
    row, given = case_of(uow, job.variables), job.variables
    by_rule = given.get("filing")
    found = dict(by_rule) if isinstance(by_rule, Mapping) else {}
    refused = given.get("decision") == "refuse"
    reason = str(given.get("approval_note") if refused else found.get("reason", ""))
    filing = {**(row.filing or {}), "result": "not_file", "reason": reason}
    change(uow, row, state="not_filed", filing=filing, closed_at=uow.now)
    tell(uow, row.id, "not_filed", "system", reason=reason)
    tell_source(uow, row, "不予立案", penalty_not_filed_reason=reason)
    return {}
