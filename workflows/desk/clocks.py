"""Pause and resume clocks: with a reason, by two persons, everything recorded."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select, update

from engine.commands.history import Cause, write_history
from engine.commands.instances import MoveTimers
from engine.process_engine import ProcessEngine
from engine.store.tables import job
from workflows import errors
from workflows.desk.asking import Do
from workflows.policy import APPROVERS, Actor, require
from workflows.records.clocks import running_limit
from workflows.records.orders import supervision_order
from workflows.rulebook import Reckoned, Rulebook
from workflows.uow import UnitOfWork

PARKED = datetime(9999, 1, 1, tzinfo=UTC)


class ClockDesk:
    """Stops and starts clocks."""

    def __init__(self, engine: ProcessEngine, rulebook: Rulebook) -> None:
        self._engine = engine
        self._rulebook = rulebook

    def request_pause(self, actor: Actor, clock_id: UUID, reason: str) -> None:
        """Ask for a pause; nothing stops until another person approves it."""

        def act(uow: UnitOfWork) -> None:
            row = self._own(uow, actor, clock_id)
            if not reason.strip():
                raise errors.FormInvalid(errors=[{"field": "reason", "message": "请写明中止计时的理由"}])
            if row.paused_since is not None or _asked(row) is not None:
                raise errors.AlreadyPaused(clock=str(clock_id))
            asked = {"reason": reason, "requested_by": actor.login, "requested_at": uow.now.isoformat()}
            _set(uow, row, pauses=[*row.pauses, asked])
            _tell(uow, row, actor, "clock-pause-requested", reason)

        self._engine.execute(Do(act))

    def approve_pause(self, actor: Actor, clock_id: UUID) -> None:
        """Approve a pause somebody else asked for: the clock, its timers and its ladder stand still.

        Raises:
            SamePerson: the approver asked for it.
        """

        def act(uow: UnitOfWork) -> None:
            require(actor, *APPROVERS)
            row = _clock(uow, clock_id)
            asked = _asked(row)
            if asked is None:
                raise errors.AlreadyPaused(clock=str(clock_id), reason="nothing was asked for")
            if asked["requested_by"] == actor.login:
                raise errors.SamePerson(clock=str(clock_id))
            begun = {**asked, "approved_by": actor.login, "from": uow.now.isoformat(), "until": None}
            _set(uow, row, pauses=[*row.pauses[:-1], begun], paused_since=uow.now)
            for instance_id, timers in _timers(uow, row).items():
                due = dict.fromkeys(timers, PARKED)
                MoveTimers(instance_id, due, actor.login, f"中止计时：{asked['reason']}").run(uow)
            _tell(uow, row, actor, "clock-paused", str(asked["reason"]))

        self._engine.execute(Do(act))

    def resume(self, actor: Actor, clock_id: UUID, reason: str) -> None:
        """Let the clock run on: the due date and all its timers are reckoned anew without the pause."""

        def act(uow: UnitOfWork) -> None:
            require(actor, *APPROVERS)
            row = _clock(uow, clock_id)
            if row.paused_since is None:
                raise errors.AlreadyPaused(clock=str(clock_id), reason="the clock is running")
            ended = {**row.pauses[-1], "until": uow.now.isoformat(), "resumed_by": actor.login}
            pauses = [*row.pauses[:-1], ended]
            found = self._rulebook.reckon(row.limit_name, row.anchor_at, item=row.item_code, pauses=spans(pauses))
            _set(uow, row, pauses=pauses, paused_since=None, due_at=found.due_at, warn_at=found.warn_at)
            shift = found.due_at - row.due_at
            for instance_id, timers in _timers(uow, row).items():
                due = {token: self._new_due(element, found, uow.now, shift) for token, element in timers.items()}
                MoveTimers(instance_id, due, actor.login, f"恢复计时：{reason}").run(uow)
            _tell(uow, row, actor, "clock-resumed", reason)

        self._engine.execute(Do(act))

    def _new_due(self, element: str, found: Reckoned, now: datetime, _shift: Any) -> datetime:
        ladder = {"order_due": "ladder_order", "leader_due": "ladder_leader", "criticism_due": "ladder_criticism",
                  "discipline_due": "ladder_discipline"}  # fmt: skip
        if element in ladder:
            return self._rulebook.reckon(ladder[element], found.due_at).due_at
        wanted = found.warn_at if element.endswith("_warned") else found.due_at
        return max(wanted, now)

    def _own(self, uow: UnitOfWork, actor: Actor, clock_id: UUID) -> Any:
        row = _clock(uow, clock_id)
        if row.unit not in actor.units and not actor.oversees:
            raise errors.CaseNotFound(clock=str(clock_id))
        return row


def spans(pauses: list[Mapping[str, Any]]) -> list[tuple[datetime, datetime | None]]:
    """Return the stored pauses as instants."""
    return [
        (datetime.fromisoformat(p["from"]), datetime.fromisoformat(p["until"]) if p.get("until") else None)
        for p in pauses
        if p.get("from")
    ]


def _clock(uow: UnitOfWork, clock_id: UUID) -> Any:
    row = uow.connection.execute(
        select(running_limit).where(running_limit.c.id == clock_id, running_limit.c.ended_at.is_(None))
    ).one_or_none()
    if row is None:
        raise errors.CaseNotFound(clock=str(clock_id))
    return row


def _asked(row: Any) -> Mapping[str, Any] | None:
    last = row.pauses[-1] if row.pauses else None
    return last if last is not None and not last.get("from") else None


def _set(uow: UnitOfWork, row: Any, **values: Any) -> None:
    uow.connection.execute(update(running_limit).where(running_limit.c.id == row.id).values(**values))


def _tell(uow: UnitOfWork, row: Any, actor: Actor, event: str, reason: str) -> None:
    cause = Cause(actor.login, event, row.element_id, row.token, {"reason": reason, "clock": str(row.id)})
    write_history(uow, row.instance_id, [cause])


def _timers(uow: UnitOfWork, row: Any) -> dict[UUID, dict[int, str]]:
    """Return the waiting timers of the clock's task and of its ladder, by instance and token."""
    waiting = (job.c.kind == "timer") & (job.c.status == "waiting")
    mine = (job.c.instance_id == row.instance_id) & (job.c.attached_to == row.token)
    conditions = [waiting & mine]
    ladders = select(supervision_order.c.instance_id).where(
        supervision_order.c.key == row.key, supervision_order.c.state == "open"
    )
    conditions.append(waiting & job.c.instance_id.in_(ladders))
    found: dict[UUID, dict[int, str]] = {}
    for condition in conditions:
        for timer in uow.connection.execute(select(job).where(condition)):
            found.setdefault(timer.instance_id, {})[timer.token] = timer.element_id
    return found
