"""Register a lead: a suspected violation, from which a case transfer may come."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import insert, select, update

from engine.commands.start_process import StartProcess
from workflows import errors
from workflows.policy import Actor
from workflows.records.approvals import approval, party
from workflows.records.cases import transfer
from workflows.rulebook import Rulebook
from workflows.serials import next_number
from workflows.uow import UnitOfWork

_CARRIED = ("party_name", "project_name", "area", "matter", "source", "site", "facts")


@dataclass(frozen=True, slots=True)
class LeadRegistered:
    """A new case transfer; ``was_known`` marks a repetition that registered nothing."""

    transfer_id: UUID
    business_key: str
    was_known: bool = False


@dataclass(frozen=True, slots=True)
class RegisterLead:
    """Write the lead down and start its case.

    ``lead`` has party_name, project_name, site, area, source, matter, place_kind, facts, found_at and
    evidence; with ``approval_id`` party and project come from the approval.
    """

    actor: Actor
    lead: Mapping[str, Any]
    rulebook: Rulebook
    approval_id: UUID | None = None

    def run(self, uow: UnitOfWork) -> LeadRegistered:
        """Do it inside the given transaction."""
        given = {key: value for key, value in self.lead.items() if value not in (None, "")}
        approval_id = self.approval_id or self._by_project(uow, given.get("project_no"))
        lead = {**self._from_approval(uow, approval_id), **given}
        number = next_number(uow, self.rulebook.city.numbers["case_transfer"], "case_transfer")
        transfer_id = uow.new_id()
        found_at = lead.get("found_at") or uow.now
        found_at = datetime.fromisoformat(found_at) if isinstance(found_at, str) else found_at
        if found_at.tzinfo is None:
            found_at = found_at.replace(tzinfo=self.rulebook.calendar.zone)
        if found_at > uow.now:
            raise errors.FormInvalid(errors=[{"field": "found_at", "message": "发现时间不能晚于现在"}])
        row = {
            "id": transfer_id, "business_key": number, "approval_id": approval_id,
            "party_id": lead.get("party_id"), "party_name": lead.get("party_name") or "",
            "project_name": lead.get("project_name") or "", "site": lead.get("site") or "",
            "area": lead.get("area") or self.actor.area, "source": lead.get("source") or "检查发现",
            "matter": lead.get("matter") or "other", "facts": lead.get("facts") or "",
            "evidence": lead.get("evidence") or [], "found_at": found_at, "sender_unit": self.actor.unit,
            "state": "lead", "is_late": False, "created_by": self.actor.login, "created_at": uow.now,
        }  # fmt: skip
        uow.connection.execute(insert(transfer), row)
        variables = {
            "transfer_id": str(transfer_id), "sender_unit": self.actor.unit, "found_at": found_at.isoformat(),
            "policy_unit": self.rulebook.city.policy_unit, "place_kind": lead.get("place_kind") or "planned",
            "leader_unit": self.rulebook.city.leader_unit, "send_round": None, "return_count": 0,
            "is_designated": False, "new_receiver_unit": None, "project_no": lead.get("project_no"),
            **{key: row[key] for key in _CARRIED},
        }  # fmt: skip
        started = StartProcess("case_transfer", number, self.actor.login, variables).run(uow)
        uow.connection.execute(
            update(transfer).where(transfer.c.id == transfer_id).values(instance_id=started.instance_id)
        )
        return LeadRegistered(transfer_id, number)

    def _by_project(self, uow: UnitOfWork, project_no: object) -> UUID | None:
        """Return the newest approval of the project that the lead names."""
        if not project_no:
            return None
        same = approval.c.project_no == str(project_no)
        return uow.connection.scalar(select(approval.c.id).where(same).order_by(approval.c.received_at.desc()))

    def _from_approval(self, uow: UnitOfWork, approval_id: UUID | None) -> dict[str, Any]:
        if approval_id is None:
            return {}
        row = uow.connection.execute(
            select(approval, party.c.name.label("party_name"))
            .join(party, party.c.id == approval.c.party_id)
            .where(approval.c.id == approval_id)
        ).one_or_none()
        if row is None:
            raise errors.CaseNotFound(approval=str(approval_id))
        return {
            "party_name": row.party_name, "party_id": row.party_id, "project_name": row.project_name,
            "site": row.site, "area": row.area, "project_no": row.project_no,
        }  # fmt: skip
