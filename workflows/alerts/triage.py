"""The operator's decision: dismiss noise with one click, take it back for a while, or send somebody to look."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from engine.commands.correlate_message import CorrelateMessage
from engine.handlers import ServiceJob
from workflows import errors
from workflows.alerts.parameters import values_of
from workflows.alerts.store import NOISE, STATES, WATCHERS, alert_for, alert_of, change, tell
from workflows.directory import find_unit
from workflows.policy import Actor, require
from workflows.rulebook import Rulebook
from workflows.uow import UnitOfWork


def watched(uow: UnitOfWork, actor: Actor, number: str, *states: str) -> Any:
    """Return an alert that the person's unit watches, if it is in one of the states.

    Raises:
        CaseNotFound, NotAllowed.
        AlertDecided: somebody decided before; ``reason`` says who and what.
    """
    require(actor, *WATCHERS)
    row = alert_for(uow, actor, number)
    if row.watch_unit not in actor.units:
        raise errors.NotAllowed(reason="只有值守单位可以研判")
    if row.state not in states:
        by = f"由 {row.decided_by} " if row.decided_by else ""
        raise errors.AlertDecided(reason=f"{number} 已{by}处理：{STATES[row.state]}")
    return row


@dataclass(frozen=True, slots=True)
class DismissAlert:
    """Dismiss an alert as a false alarm, a duplicate or lawful work."""

    actor: Actor
    number: str
    kind: str
    note: str = ""

    def run(self, uow: UnitOfWork) -> None:
        """Let the case go on."""
        if self.kind not in NOISE:
            message = f"种类只能是 {'、'.join(NOISE)}"
            raise errors.FormInvalid(errors=[{"field": "kind", "message": message}])
        row = watched(uow, self.actor, self.number, "new")
        told = {"dismissed_by": self.actor.login, "dismissal": self.kind, "decision_note": self.note}
        CorrelateMessage("alert_dismissed", row.number, told, self.actor.login).run(uow)


@dataclass(frozen=True, slots=True)
class UndoDismissal:
    """Take a dismissal back while that is possible.

    Raises:
        UndoTooLate: the time is over.
    """

    actor: Actor
    number: str

    def run(self, uow: UnitOfWork) -> None:
        """Let the case go back to the watch screen."""
        row = watched(uow, self.actor, self.number, "dismissed")
        if row.undo_until is None or uow.now >= row.undo_until:
            raise errors.UndoTooLate(reason=f"{self.number} 的撤销期已过；情况有变的，请登记线索")
        told = {"undone_by": self.actor.login}
        CorrelateMessage("dismissal_undone", row.number, told, self.actor.login).run(uow)


@dataclass(frozen=True, slots=True)
class ConfirmAlert:
    """Send a unit to look; the clock of the visit starts.

    Raises:
        UnknownUnit.
        FormInvalid: the unit does not work in the device's area.
    """

    actor: Actor
    number: str
    unit: str = ""
    note: str = ""

    def run(self, uow: UnitOfWork) -> None:
        """Let the case go on."""
        row = watched(uow, self.actor, self.number, "new")
        unit = find_unit(uow, self.unit or row.unit)
        if unit.code not in {row.unit, row.watch_unit} and unit.area != row.area:
            raise errors.FormInvalid(errors=[{"field": "field_unit", "message": "请选择预警所在区（市）的单位"}])
        told = {
            "confirmed_by": self.actor.login, "unit": unit.code, "confirmed_at": uow.now.isoformat(),
            "decision_note": self.note or None,
        }  # fmt: skip
        CorrelateMessage("alert_confirmed", row.number, told, self.actor.login).run(uow)


def dismiss_alert(uow: UnitOfWork, job: ServiceJob, rulebook: Rulebook) -> Mapping[str, object]:
    """Take the alert off the screen; it can be brought back until the answered instant."""
    row, given = alert_of(uow, job.variables), job.variables
    until = uow.now + timedelta(minutes=values_of(uow, rulebook.city.folder)["undo_minutes"])
    by, kind = str(given["dismissed_by"]), str(given["dismissal"])
    change(
        uow, row.id, state="dismissed", dismissal=kind, decided_by=by, decided_at=uow.now, undo_until=until,
        decision_note=given.get("decision_note") or "",
    )  # fmt: skip
    tell(uow, row.id, "dismissed", by, dismissal=kind, note=given.get("decision_note") or "")
    return {"undo_until_at": until.isoformat()}


def restore_alert(uow: UnitOfWork, job: ServiceJob, _rulebook: Rulebook) -> Mapping[str, object]:
    """Put the alert back on the screen as if nobody had decided."""
    row = alert_of(uow, job.variables)
    change(
        uow, row.id, state="new", dismissal=None, decided_by=None, decided_at=None, undo_until=None, decision_note=""
    )
    tell(uow, row.id, "undone", str(job.variables["undone_by"]))
    return {}


def confirm_alert(uow: UnitOfWork, job: ServiceJob, _rulebook: Rulebook) -> Mapping[str, object]:
    """Note who goes and who sent them."""
    row, given = alert_of(uow, job.variables), job.variables
    by, unit = str(given["confirmed_by"]), str(given["unit"])
    note = str(given.get("decision_note") or "")
    change(uow, row.id, state="on_site", unit=unit, decided_by=by, decided_at=uow.now, decision_note=note)
    tell(uow, row.id, "confirmed", by, unit=unit, note=note)
    return {}
