"""The clocks that run for cases: which one is meant, whether it is over, and what its ladder counts from."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Row, bindparam, select, update

from workflows import errors
from workflows.as_of.changes import remember_values
from workflows.policy import Actor
from workflows.records.clocks import running_limit
from workflows.time_limits import Pause, end_of_day, local_day
from workflows.uow import UnitOfWork
from workflows.working_days import ONE_DAY, WorkingCalendar

Clock = Row[Any]
_MOVED = frozenset({"due_at", "warn_at", "pauses", "paused_since", "extension", "is_provisional"})
_OF_TASK = select(running_limit).where(running_limit.c.task_id == bindparam("wanted"))


def clock_of_task(uow: UnitOfWork, task_id: UUID) -> Clock | None:
    """Return the clock of a user task, if the diagram gave it one."""
    return uow.connection.execute(_OF_TASK, {"wanted": task_id}).one_or_none()


def open_clock(uow: UnitOfWork, key: str) -> Clock | None:
    """Return the clock that runs under a ladder's key, or None when it has ended."""
    wanted = (running_limit.c.key == key) & running_limit.c.ended_at.is_(None)
    return uow.connection.execute(select(running_limit).where(wanted).order_by(running_limit.c.id.desc())).first()


def clock_for(uow: UnitOfWork, actor: Actor, clock_id: UUID) -> Clock:
    """Return an open clock of the actor's unit, or any for the policy section and the leaders.

    Raises:
        CaseNotFound: there is none, it has ended, or it is another unit's.
    """
    wanted = (running_limit.c.id == clock_id) & running_limit.c.ended_at.is_(None)
    row = uow.connection.execute(select(running_limit).where(wanted)).one_or_none()
    if row is None or not (row.unit in actor.units or actor.has("policy_officer", "leader")):
        raise errors.CaseNotFound(clock=str(clock_id))
    return row


def change_clock(uow: UnitOfWork, clock: Clock, **values: object) -> None:
    """Write columns of a clock; what moves its end is remembered, that it ended says so itself."""
    if moved := {name: getattr(clock, name) for name in _MOVED & values.keys()}:
        remember_values(uow, running_limit, clock.id, moved)
    uow.connection.execute(update(running_limit).where(running_limit.c.id == clock.id).values(**values))


def is_exceeded(clock: Clock | None, now: datetime) -> bool:
    """Tell whether the limit is or ever was exceeded: a paused clock stands still, a waiting period never is."""
    if clock is None or clock.is_waiting:
        return False
    return bool(clock.is_late) or (clock.paused_since or now) >= clock.due_at


def is_task_late(uow: UnitOfWork, task_id: UUID) -> bool:
    """Tell whether a task that is being completed now is late."""
    return is_exceeded(clock_of_task(uow, task_id), uow.now)


def spans(pauses: Sequence[Mapping[str, Any]]) -> list[Pause]:
    """Return the stored pauses as instants; one only asked for is left out."""
    return [
        (datetime.fromisoformat(p["from"]), datetime.fromisoformat(p["until"]) if p.get("until") else None)
        for p in pauses
        if p.get("from")
    ]


def asked_pause(clock: Clock) -> Mapping[str, Any] | None:
    """Return the pause that waits for its approval."""
    last = clock.pauses[-1] if clock.pauses else None
    return last if last is not None and not last.get("from") else None


def granted(clock: Clock) -> int:
    """Return how many units the clock was extended by."""
    return int((clock.extension or {}).get("more", 0))


def ladder_base(due: datetime, pauses: Sequence[Pause], calendar: WorkingCalendar) -> datetime:
    """Return what the rungs count from: the due instant, later by the working days that stood still after it."""
    last = local_day(due, calendar) - ONE_DAY
    stopped = {
        day
        for begin, end in pauses
        if end is not None
        for day in _days(max(local_day(begin, calendar), last + ONE_DAY), local_day(end, calendar))
        if calendar.is_working_day(day)
    }
    return end_of_day(calendar.add_working_days(last, len(stopped)), calendar) if stopped else due


def _days(first: Any, last: Any) -> list[Any]:
    return [first + ONE_DAY * n for n in range((last - first).days + 1)]
