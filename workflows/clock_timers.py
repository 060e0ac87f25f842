"""Moves the timers that follow from a clock: those of its task, and those of the ladder that watches it."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import insert, select, update

from engine.commands.instances import MoveTimers, SetVariables
from engine.store.tables import job, user_task
from workflows.as_of.changes import remember
from workflows.clocks import Clock, ladder_base
from workflows.records.orders import supervision_order, supervision_rung
from workflows.rulebook import Reckoned, Rulebook
from workflows.time_limits import Pause
from workflows.uow import UnitOfWork

PARKED = datetime(9999, 1, 1, tzinfo=UTC)
RUNG_LIMITS = {
    "order_due": "ladder_order",
    "leader_due": "ladder_leader",
    "criticism_due": "ladder_criticism",
    "discipline_due": "ladder_discipline",
}
_WARNINGS = ("_warned", "renotified")


def park_timers(uow: UnitOfWork, clock: Clock, actor: str, reason: str) -> None:
    """Let no timer of the task or of its ladder fire until they are moved again."""
    for instance_id, timers in _task_timers(uow, clock).items():
        MoveTimers(instance_id, dict.fromkeys(timers, PARKED), actor, reason).run(uow)
    for order in _ladders(uow, clock):
        timers = _timers_of(uow, order.instance_id)
        if timers:
            MoveTimers(order.instance_id, dict.fromkeys(timers, PARKED), actor, reason).run(uow)
        _note(uow, order, "paused", actor, reason)


def set_timers(  # noqa: PLR0913 - a clock is moved with all that hangs on it
    uow: UnitOfWork, clock: Clock, found: Reckoned, pauses: Sequence[Pause], rulebook: Rulebook, *, actor: str,
    reason: str, rung: str,
) -> None:  # fmt: skip
    """Give the timers of the task and of its ladder the instants of the clock as it is reckoned now."""
    if not clock.is_waiting:
        same = user_task.c.id == clock.task_id
        uow.connection.execute(update(user_task).where(same).values(due_at=found.due_at))
    for instance_id, timers in _task_timers(uow, clock).items():
        due = {token: found.warn_at if name.endswith(_WARNINGS) else found.due_at for token, name in timers.items()}
        MoveTimers(instance_id, due, actor, reason).run(uow)
    base = ladder_base(found.due_at, pauses, rulebook.calendar)
    for order in _ladders(uow, clock):
        _move_ladder(uow, order, base, rulebook, (actor, reason))
        if order.rung == "warned":
            same_order = supervision_order.c.id == order.id
            remember(uow, supervision_order, order.id, ("red_at",))
            uow.connection.execute(update(supervision_order).where(same_order).values(red_at=found.due_at))
        _note(uow, order, rung, actor, reason)


def _move_ladder(uow: UnitOfWork, order: Any, base: datetime, rulebook: Rulebook, why: tuple[str, str]) -> None:
    """Move the rung that is waited for, and what later rungs will be reckoned from."""
    actor, text = why
    SetVariables(order.instance_id, {"red_at": base.isoformat()}, actor, text).run(uow)
    due = {}
    for token, name in _timers_of(uow, order.instance_id).items():
        limit = RUNG_LIMITS.get(name)
        due[token] = rulebook.reckon(limit, base).due_at if limit else base
    if due:
        MoveTimers(order.instance_id, due, actor, text).run(uow)


def _ladders(uow: UnitOfWork, clock: Clock) -> Sequence[Any]:
    watching = (supervision_order.c.key == clock.key) & (supervision_order.c.state == "open")
    return uow.connection.execute(select(supervision_order).where(watching)).all()


def _task_timers(uow: UnitOfWork, clock: Clock) -> Mapping[UUID, dict[int, str]]:
    """Return the timers on the clock's task; a clock of a whole stage has the timer that bears the stage's name."""
    mine = job.c.attached_to == clock.token
    if clock.task_id is None:
        mine = job.c.element_id == f"{clock.element_id}_warned"
    timers = _timers_of(uow, clock.instance_id, mine)
    return {clock.instance_id: timers} if timers else {}


def _timers_of(uow: UnitOfWork, instance_id: UUID, *more: Any) -> dict[int, str]:
    waiting = (job.c.instance_id == instance_id) & (job.c.kind == "timer") & job.c.status.in_(("waiting", "running"))
    rows = uow.connection.execute(select(job.c.token, job.c.element_id).where(waiting, *more))
    return {row.token: row.element_id for row in rows}


def _note(uow: UnitOfWork, order: Any, rung: str, actor: str, reason: str) -> None:
    row = {
        "id": uow.new_id(), "order_id": order.id, "rung": rung, "at": uow.now, "actor": actor, "to_whom": order.unit,
        "detail": {"reason": reason}, "letter_id": None,
    }  # fmt: skip
    uow.connection.execute(insert(supervision_rung), row)
