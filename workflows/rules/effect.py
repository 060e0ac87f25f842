"""Propose a change of a rule, agree to it, and let it take effect: the rule gets a new version, its clocks move."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import func, insert, select, update

from engine.commands.history import Cause, write_history
from workflows import errors
from workflows.clock_timers import set_timers
from workflows.clocks import change_clock, is_exceeded, spans
from workflows.policy import Actor, require
from workflows.records.clocks import calendar_override, time_limit
from workflows.records.lists import rule_change
from workflows.rulebook import Rulebook
from workflows.rules.changes import Change, checked, moves
from workflows.uow import UnitOfWork

EDITORS = ("policy_officer", "administrator")
DECIDERS = ("policy_officer", "leader")
_R = rule_change.c


@dataclass(frozen=True, slots=True)
class ProposeRule:
    """Propose a limit or a day; what is law, and every day of the calendar, waits for a second person.

    Raises:
        NotAllowed: only the policy section and the administrator.
        FormInvalid: names each wrong field.
    """

    actor: Actor
    kind: str
    subject: str
    given: Mapping[str, str]
    reason: str
    rulebook: Rulebook

    def run(self, uow: UnitOfWork) -> tuple[UUID, str]:
        """Write the proposal down; answers its id and what has become of it."""
        require(self.actor, *EDITORS)
        change, before = checked(self.rulebook, self.kind, self.subject, self.given)
        if not self.reason.strip():
            raise errors.FormInvalid(errors=[{"field": "reason", "message": "请写明调整理由"}])
        row = {
            "id": uow.new_id(), "kind": change.kind, "subject": change.subject, "data": dict(change.data),
            "before": dict(before), "state": "proposed", "reason": self.reason.strip()[:500],
            "proposed_by": self.actor.login, "proposed_at": uow.now,
        }  # fmt: skip
        uow.connection.execute(insert(rule_change), row)
        if needs_two(change, before):
            return UUID(str(row["id"])), "proposed"
        _settle(uow, self.rulebook, UUID(str(row["id"])), change, self.actor, "")
        return UUID(str(row["id"])), "approved"


def needs_two(change: Change, before: Mapping[str, Any]) -> bool:
    """Tell whether a second person must agree: to a day of the calendar, and to what is or becomes law."""
    return change.kind == "day" or "law" in (change.data.get("confidence"), before.get("confidence"))


@dataclass(frozen=True, slots=True)
class DecideRule:
    """Agree to a proposal of somebody else, or refuse it.

    Raises:
        NotAllowed, RuleChangeNotFound.
        RuleChangeClosed: it was decided before.
        SamePerson: one's own proposal.
        FormInvalid: a refusal without its reason.
    """

    actor: Actor
    change_id: UUID
    agrees: bool
    note: str
    rulebook: Rulebook

    def run(self, uow: UnitOfWork) -> int:
        """Let it take effect; answers how many clocks moved."""
        require(self.actor, *DECIDERS)
        row = uow.connection.execute(
            select(rule_change).where(_R.id == self.change_id).with_for_update()
        ).one_or_none()  # fmt: skip
        if row is None:
            raise errors.RuleChangeNotFound(change=str(self.change_id))
        if row.state != "proposed":
            raise errors.RuleChangeClosed(change=str(self.change_id))
        if row.proposed_by == self.actor.login:
            raise errors.SamePerson(change=str(self.change_id))
        if self.agrees:
            return _settle(uow, self.rulebook, row.id, Change(row.kind, row.subject, row.data), self.actor, self.note)
        if not self.note.strip():
            raise errors.FormInvalid(errors=[{"field": "note", "message": "请写明不同意的理由"}])
        _close(uow, row.id, self.actor, "refused", self.note, None)
        return 0


def _settle(uow: UnitOfWork, rulebook: Rulebook, change_id: UUID, change: Change, actor: Actor, note: str) -> int:
    """Write the new version and move every clock it moves, with its timers and its ladder."""
    found = moves(uow, rulebook, change)
    version = (_new_day if change.kind == "day" else _new_limit)(uow, change, actor)
    moved = []
    for clock, after in found:
        values: dict[str, Any] = {
            "due_at": after.due_at,
            "warn_at": after.warn_at,
            "is_provisional": after.is_provisional,
        }
        change_clock(uow, clock, is_late=is_exceeded(clock, uow.now), **values)
        why = f"规则调整：{after.limit.title}" if change.kind == "limit" else f"日历调整：{change.subject}"
        set_timers(uow, clock, after, spans(clock.pauses), rulebook, actor=actor.login, reason=why, rung="recalculated")
        told = {"clock": str(clock.id), "reason": why, "due_at": after.due_at.isoformat(), "version": version}
        cause = Cause(actor.login, "clock-recalculated", clock.element_id, clock.token, told)
        write_history(uow, clock.instance_id, [cause])
        moved.append({"clock": str(clock.id), "case": clock.business_key, "before": clock.due_at.isoformat(),
                      "after": after.due_at.isoformat()})  # fmt: skip
    _close(uow, change_id, actor, "approved", note, moved)
    return len(moved)


def _close(uow: UnitOfWork, change_id: UUID, actor: Actor, state: str, note: str, moved: Any) -> None:
    values = {"state": state, "decided_by": actor.login, "decided_at": uow.now, "note": note.strip()[:500] or None}
    uow.connection.execute(update(rule_change).where(_R.id == change_id).values(moved=moved, **values))


def _new_day(uow: UnitOfWork, change: Change, actor: Actor) -> int:
    version = (uow.connection.scalar(select(func.max(calendar_override.c.version))) or 0) + 1
    row = {"day": change.day, "version": version, "is_working": change.data["is_working"],
           "source": change.data["source"], "changed_by": actor.login, "changed_at": uow.now}  # fmt: skip
    uow.connection.execute(insert(calendar_override), row)
    return version


def _new_limit(uow: UnitOfWork, change: Change, actor: Actor) -> int:
    limit, t = change.limit, time_limit.c
    mine = (t.name == limit.name) & (t.item_code == limit.item)
    version = (uow.connection.scalar(select(func.max(t.version)).where(mine)) or 0) + 1
    data = {key: value for key, value in change.data.items() if key != "item"}
    row = {
        "name": limit.name, "version": version, "item_code": limit.item, "data": data, "valid_from": limit.valid_from,
        "valid_to": None, "changed_by": actor.login, "changed_at": uow.now, "reason": f"调整 {limit.valid_from}",
    }  # fmt: skip
    uow.connection.execute(insert(time_limit), row)
    return version
