"""Begin an inspection on one's own, and take down that the party asks for somebody's recusal."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import select

from engine.commands.correlate_message import CorrelateMessage
from engine.commands.start_process import StartProcess
from engine.spiff.model import StartTrigger
from workflows import errors
from workflows.inspections.access import require_inspection
from workflows.inspections.cases import change, new_number
from workflows.inspections.people import FIELD_ROLES
from workflows.inspections.subjects import subject_of
from workflows.policy import Actor, require
from workflows.records.inspections import inspection
from workflows.rulebook import Rulebook
from workflows.uow import UnitOfWork

MESSAGE = "inspection_requested"
STARTERS = (*FIELD_ROLES, "policy_officer", "leader")


@dataclass(frozen=True, slots=True)
class InspectionStarted:
    """A new inspection; ``was_known`` marks a repetition that started nothing."""

    inspection_id: UUID
    number: str
    was_known: bool = False


@dataclass(frozen=True, slots=True)
class StartInspection:
    """Start an inspection that no other process asked for; its number is the case's number.

    Raises:
        NotAllowed: the unit is not the actor's, and the actor does not oversee.
        FormInvalid, CaseNotFound, UnknownUnit.
    """

    actor: Actor
    request: Mapping[str, Any]
    rulebook: Rulebook

    def run(self, uow: UnitOfWork) -> InspectionStarted:
        """Start it inside the given transaction."""
        require(self.actor, *STARTERS)
        unit = subject_of(uow, self.request)["unit"]
        if unit not in self.actor.units and not self.actor.oversees:
            raise errors.NotAllowed(unit=unit, reason="只能发起本单位负责的检查")
        number = new_number(uow, self.rulebook)
        request = {**self.request, "requested_by": self.actor.login}
        variables = {"inspection_request": request, "inspection_number": number}
        trigger = StartTrigger(MESSAGE, "message", MESSAGE)
        StartProcess("inspection", number, self.actor.login, variables, trigger=trigger).run(uow)
        found = uow.connection.scalar(select(inspection.c.id).where(inspection.c.number == number))
        return InspectionStarted(UUID(str(found)), number)


@dataclass(frozen=True, slots=True)
class AskRecusal:
    """Take down that the party asks for an inspector's recusal; the inspection goes on until it is decided.

    Raises:
        CaseNotFound: there is no such inspection, or it is none of the actor's unit.
        FormInvalid: the person is no inspector of it, or is being decided on already.
        MessageNotExpected: there is nothing to be inspected any more.
    """

    actor: Actor
    inspection_id: UUID
    officer: str
    asked_by: str
    reason: str

    def run(self, uow: UnitOfWork) -> None:
        """Keep it and ask the head."""
        require(self.actor, *FIELD_ROLES)
        row = require_inspection(uow, self.actor, self.inspection_id)
        if self.officer not in {one["login"] for one in row.inspectors}:
            raise _wrong("officer", "此人不是本次检查的检查人员")
        if any(one["officer"] == self.officer and "decision" not in one for one in row.recusals):
            raise _wrong("officer", "对此人的回避申请正在审查")
        asked = {
            "id": str(uow.new_id()), "officer": self.officer, "asked_by": self.asked_by, "reason": self.reason,
            "taken_down_by": self.actor.login, "asked_at": uow.now.isoformat(),
        }  # fmt: skip
        change(uow, row, recusals=[*row.recusals, asked])
        CorrelateMessage("recusal_requested", row.number, {"recusal": asked}, self.actor.login).run(uow)


def _wrong(field: str, message: str) -> errors.FormInvalid:
    return errors.FormInvalid(errors=[{"field": field, "code": "invalid", "message": message}])
