"""Pause, resume and extend clocks; the commands check who may."""

from uuid import UUID

from engine.process_engine import ProcessEngine
from workflows.commands.clocks import ApprovePause, ExtendClock, RefusePause, RequestPause, ResumeClock
from workflows.policy import Actor
from workflows.rulebook import Rulebook


class ClockDesk:
    """Stops and starts clocks."""

    def __init__(self, engine: ProcessEngine, rulebook: Rulebook) -> None:
        self._engine = engine
        self._rulebook = rulebook

    def request_pause(self, actor: Actor, clock_id: UUID, reason: str) -> None:
        """Ask for a pause; nothing stops until another person approves it."""
        self._engine.execute(RequestPause(clock_id, actor, reason))

    def approve_pause(self, actor: Actor, clock_id: UUID) -> None:
        """Approve a pause somebody else asked for: the clock, its timers and its ladder stand still.

        Raises:
            SamePerson: the approver asked for it.
        """
        self._engine.execute(ApprovePause(clock_id, actor))

    def refuse_pause(self, actor: Actor, clock_id: UUID, reason: str) -> None:
        """Refuse a pause somebody else asked for."""
        self._engine.execute(RefusePause(clock_id, actor, reason))

    def resume(self, actor: Actor, clock_id: UUID, reason: str) -> None:
        """Let the clock run on: the due date and all its timers are reckoned anew without the pause."""
        self._engine.execute(ResumeClock(clock_id, actor, reason, self._rulebook))

    def extend(self, actor: Actor, clock_id: UUID, more: int, reason: str, requested_by: str) -> None:
        """Grant the clock more of its units, asked for by another person."""
        self._engine.execute(ExtendClock(clock_id, actor, more, reason, requested_by, self._rulebook))
