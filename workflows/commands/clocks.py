"""Pause, resume and extend clocks: always with a reason, by two persons, everything in the audit trail."""

from dataclasses import dataclass
from uuid import UUID

from engine.commands.history import Cause, write_history
from workflows import errors
from workflows.clock_timers import park_timers, set_timers
from workflows.clocks import Clock, asked_pause, change_clock, clock_for, granted, is_exceeded, spans
from workflows.directory import find_actor
from workflows.policy import APPROVERS, Actor, require
from workflows.rulebook import Rulebook
from workflows.uow import UnitOfWork

LONGEST_EXTENSION = 60


def _required(reason: str, message: str) -> str:
    if not reason.strip():
        raise errors.FormInvalid(errors=[{"field": "reason", "message": message}])
    return reason.strip()


def _record(uow: UnitOfWork, clock: Clock, actor: Actor, event: str, **detail: object) -> None:
    cause = Cause(actor.login, event, clock.element_id, clock.token, {"clock": str(clock.id), **detail})
    write_history(uow, clock.instance_id, [cause])


def _asked(uow: UnitOfWork, actor: Actor, clock_id: UUID) -> tuple[Clock, dict[str, str]]:
    """Return a clock and the pause asked for it, to somebody who may decide it."""
    require(actor, *APPROVERS)
    clock = clock_for(uow, actor, clock_id)
    asked = asked_pause(clock)
    if asked is None:
        raise errors.AlreadyPaused(clock=str(clock_id), reason="nothing was asked for")
    if asked["requested_by"] == actor.login:
        raise errors.SamePerson(clock=str(clock_id))
    return clock, dict(asked)


@dataclass(frozen=True, slots=True)
class RequestPause:
    """Ask for a pause; nothing stops until another person approves it.

    Raises:
        CaseNotFound: the clock is another unit's, or has ended.
        FormInvalid: the reason is missing.
        AlreadyPaused: it is paused, or a pause is asked for.
    """

    clock_id: UUID
    actor: Actor
    reason: str

    def run(self, uow: UnitOfWork) -> None:
        """Note the request."""
        clock = clock_for(uow, self.actor, self.clock_id)
        reason = _required(self.reason, "请写明中止计时的理由")
        if clock.paused_since is not None or asked_pause(clock) is not None:
            raise errors.AlreadyPaused(clock=str(self.clock_id))
        asked = {"reason": reason, "requested_by": self.actor.login, "requested_at": uow.now.isoformat()}
        change_clock(uow, clock, pauses=[*clock.pauses, asked])
        _record(uow, clock, self.actor, "clock-pause-requested", reason=reason)


@dataclass(frozen=True, slots=True)
class ApprovePause:
    """Approve a pause somebody else asked for: the clock, its timers and its ladder stand still.

    A limit that is exceeded already stays exceeded.

    Raises:
        NotAllowed: only heads, the policy section and leaders approve.
        SamePerson: the approver asked for it.
        AlreadyPaused: nothing was asked for.
    """

    clock_id: UUID
    actor: Actor

    def run(self, uow: UnitOfWork) -> None:
        """Stop the clock now."""
        clock, asked = _asked(uow, self.actor, self.clock_id)
        begun = {**asked, "approved_by": self.actor.login, "from": uow.now.isoformat(), "until": None}
        change_clock(
            uow, clock, pauses=[*clock.pauses[:-1], begun], paused_since=uow.now, is_late=is_exceeded(clock, uow.now)
        )
        park_timers(uow, clock, self.actor.login, f"中止计时：{asked['reason']}")
        _record(uow, clock, self.actor, "clock-paused", reason=asked["reason"])


@dataclass(frozen=True, slots=True)
class RefusePause:
    """Refuse a pause somebody else asked for, with the reason; the clock never stopped.

    Raises:
        NotAllowed, SamePerson, AlreadyPaused, FormInvalid.
    """

    clock_id: UUID
    actor: Actor
    reason: str

    def run(self, uow: UnitOfWork) -> None:
        """Take the request off the clock; the audit trail keeps it."""
        clock, asked = _asked(uow, self.actor, self.clock_id)
        reason = _required(self.reason, "请写明不同意的理由")
        change_clock(uow, clock, pauses=list(clock.pauses[:-1]))
        _record(uow, clock, self.actor, "clock-pause-refused", reason=reason, asked=asked)


@dataclass(frozen=True, slots=True)
class ResumeClock:
    """Let a paused clock run on: days on which it stood still are not counted, all its timers move.

    Raises:
        NotAllowed, CaseNotFound.
        AlreadyPaused: it is running.
        FormInvalid: the reason is missing.
    """

    clock_id: UUID
    actor: Actor
    reason: str
    rulebook: Rulebook

    def run(self, uow: UnitOfWork) -> None:
        """Start it again now."""
        require(self.actor, *APPROVERS)
        clock = clock_for(uow, self.actor, self.clock_id)
        if clock.paused_since is None:
            raise errors.AlreadyPaused(clock=str(self.clock_id), reason="the clock is running")
        reason = _required(self.reason, "请写明恢复计时的理由")
        ended = {**clock.pauses[-1], "until": uow.now.isoformat(), "resumed_by": self.actor.login}
        pauses = [*clock.pauses[:-1], ended]
        found = self.rulebook.reckon_again(clock, spans(pauses), granted(clock))
        change_clock(uow, clock, pauses=pauses, paused_since=None, due_at=found.due_at, warn_at=found.warn_at,
                     is_provisional=found.is_provisional)  # fmt: skip
        set_timers(
            uow, clock, found, spans(pauses), self.rulebook, actor=self.actor.login, reason=f"恢复计时：{reason}",
            rung="resumed",
        )  # fmt: skip
        _record(uow, clock, self.actor, "clock-resumed", reason=reason, due_at=found.due_at.isoformat())


@dataclass(frozen=True, slots=True)
class ExtendClock:
    """Grant a clock ``more`` of its units; a limit exceeded before stays exceeded for ever.

    ``requested_by`` is the login of the person who asked; the actor approves and must be another one.

    Raises:
        NotAllowed, CaseNotFound, SamePerson.
        AlreadyPaused: resume the clock first.
        FormInvalid: the reason, the length or the person is missing or wrong.
    """

    clock_id: UUID
    actor: Actor
    more: int
    reason: str
    requested_by: str
    rulebook: Rulebook

    def run(self, uow: UnitOfWork) -> None:
        """Move the due date and all timers."""
        require(self.actor, *APPROVERS)
        clock = clock_for(uow, self.actor, self.clock_id)
        reason = self._checked(uow, clock)
        more = granted(clock) + self.more
        grant = {
            "more": self.more, "reason": reason, "requested_by": self.requested_by, "approved_by": self.actor.login,
            "at": uow.now.isoformat(),
        }  # fmt: skip
        grants = [*(clock.extension or {}).get("grants", ()), grant]
        found = self.rulebook.reckon_again(clock, spans(clock.pauses), more)
        change_clock(
            uow, clock, extension={"more": more, "grants": grants}, due_at=found.due_at, warn_at=found.warn_at,
            is_provisional=found.is_provisional, is_late=is_exceeded(clock, uow.now),
        )  # fmt: skip
        set_timers(
            uow, clock, found, spans(clock.pauses), self.rulebook, actor=self.actor.login,
            reason=f"延长时限：{reason}", rung="extended",
        )  # fmt: skip
        _record(uow, clock, self.actor, "clock-extended", due_at=found.due_at.isoformat(), **grant)

    def _checked(self, uow: UnitOfWork, clock: Clock) -> str:
        if clock.paused_since is not None:
            raise errors.AlreadyPaused(clock=str(self.clock_id), reason="resume it first")
        if self.requested_by == self.actor.login:
            raise errors.SamePerson(clock=str(self.clock_id))
        if find_actor(uow, self.requested_by) is None:
            raise errors.FormInvalid(errors=[{"field": "requested_by", "message": "查无此申请人"}])
        if not 1 <= self.more <= LONGEST_EXTENSION:
            message = f"延长的长度应为 1 至 {LONGEST_EXTENSION}"
            raise errors.FormInvalid(errors=[{"field": "more", "message": message}])
        return _required(self.reason, "请写明延长时限的理由")
