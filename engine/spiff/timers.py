"""When timers fall due: computed once, when the wait begins, from the instant given to the step.

Nothing here reads the wall clock. Durations count exact seconds; months and years are refused,
because a calendar needs a time zone and the law's rules: use a function such as ``due()`` for them.
"""

import re
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from SpiffWorkflow.bpmn.specs.event_definitions.timer import TimerEventDefinition

from engine.errors import ExpressionFailed
from engine.spiff.diagram import Text, Trigger
from engine.spiff.expressions import Evaluator

_DURATION = re.compile(
    r"(?P<sign>-)?P(?:(?P<weeks>\d+)W|(?:(?P<days>\d+)D)?"
    r"(?:T(?=\d)(?:(?P<hours>\d+)H)?(?:(?P<minutes>\d+)M)?(?:(?P<seconds>\d+(?:\.\d{1,6})?)S)?)?)"
)
_CYCLE = re.compile(r"R(?P<count>\d*)/(?:(?P<start>[^P/][^/]*)/)?(?P<interval>P[^/]+)")
_CALENDAR = re.compile(r"-?P\d+[YM]|-?P(\d+Y)?\d+M")
_LONGEST = timedelta(days=366 * 200)
_LITERAL = re.compile(r"-?P[\dT].*|R\d*/.*|\d{4}-\d{2}-\d{2}.*")


@dataclass(frozen=True, slots=True)
class Schedule:
    """The next due instant, and the repetitions after it: ``remaining`` None is endless, 0 is none."""

    due_at: datetime
    remaining: int | None = 0
    interval: timedelta = timedelta()

    def after(self, now: datetime) -> "Schedule | None":
        """Return the schedule after firing at *now*, or None when it is exhausted.

        The grid of instants never shifts. Instants that have passed meanwhile are spent: however long
        the worker was away, it catches up with one firing, not with a burst.
        """
        if self.remaining == 0:
            return None
        passed = max(0, (now - self.due_at) // self.interval) if now > self.due_at else 0
        if self.remaining is not None and passed >= self.remaining:
            return None
        left = None if self.remaining is None else self.remaining - 1 - passed
        return replace(self, due_at=self.due_at + (passed + 1) * self.interval, remaining=left)

    def to_json(self) -> list[Any]:
        """Return the form kept in the state."""
        return [self.due_at.isoformat(), self.remaining, self.interval.total_seconds()]

    @classmethod
    def from_json(cls, value: list[Any]) -> "Schedule":
        """Return the schedule kept in the state."""
        return cls(datetime.fromisoformat(value[0]), value[1], timedelta(seconds=value[2]))


class TimerDefinition(TimerEventDefinition):  # type: ignore[misc]  # the library has no types
    """A timer event of SpiffWorkflow that never asks for the time: it fires when it is told to."""

    def __init__(self, trigger: Trigger, element_id: str) -> None:
        super().__init__(element_id, None)
        self.kind = trigger.timer_kind or ""
        self.text = trigger.timer or Text("", False)

    def has_fired(self, my_task: Any) -> bool:
        """Return whether the timer was fired from outside."""
        return bool(my_task.internal_data.get("event_fired", False))

    def schedule(self, evaluator: Evaluator, variables: dict[str, Any], element_id: str, now: datetime) -> Schedule:
        """Return when the timer falls due if it begins to wait at *now*.

        Raises:
            ExpressionFailed: the expression fails or its value is no instant, duration or cycle.
        """
        value: Any = self.text.value
        if is_expression(self.text):
            value = evaluator.evaluate(self.text.value, variables, element_id)
        try:
            return schedule(self.kind, value, now)
        except (ValueError, OverflowError) as exc:
            raise ExpressionFailed(
                element=element_id, expression=self.text.value, value=repr(value)[:200], reason=str(exc)
            ) from exc


class TooOften(ValueError):
    """A repetition that BPMN allows and nobody here could keep up with."""


def is_expression(text: Text) -> bool:
    """Tell whether a timer's text is FEEL; bare ISO 8601 is a literal."""
    return text.is_feel or not _LITERAL.fullmatch(text.value)


def schedule(kind: str, value: object, now: datetime) -> Schedule:
    """Return the schedule for a value; ``kind`` is the BPMN tag, or empty when the value alone decides.

    Raises:
        ValueError: it is none.
    """
    if not isinstance(value, str):
        raise ValueError("not an ISO 8601 text")  # noqa: TRY004 - callers know one way in which a value is bad
    if kind == "timeCycle" or (not kind and value.startswith("R")):
        return _cycle(value, now)
    if value.lstrip("-").startswith("P"):
        if kind == "timeDate":
            raise ValueError("an instant is needed, not a duration")
        return Schedule(now + duration(value))
    return Schedule(instant(value))


def instant(text: str) -> datetime:
    """Return an ISO 8601 instant in UTC.

    Raises:
        ValueError: it is none, or has no time zone.
    """
    body, _, zone_name = text.partition("@")
    value = datetime.fromisoformat(body)
    if zone_name:
        try:
            value = value.replace(tzinfo=ZoneInfo(zone_name))
        except (ZoneInfoNotFoundError, ValueError) as exc:
            raise ValueError("unknown time zone") from exc
    if value.tzinfo is None:
        raise ValueError("an instant needs a time zone")
    return value.astimezone(UTC)


def duration(text: str) -> timedelta:
    """Return an ISO 8601 duration of weeks, days, hours, minutes and seconds.

    Raises:
        ValueError: it is none, or counts months or years.
    """
    if _CALENDAR.match(text):
        raise ValueError("months and years are not exact; use days or a function")
    match = _DURATION.fullmatch(text)
    if match is None or text.endswith(("P", "T")):
        raise ValueError("not an ISO 8601 duration")
    parts = {name: float(part) for name, part in match.groupdict().items() if part and name != "sign"}
    length = timedelta(**parts)
    if length > _LONGEST:
        raise ValueError("longer than 200 years")
    return -length if match["sign"] else length


def _cycle(text: str, now: datetime) -> Schedule:
    match = _CYCLE.fullmatch(text)
    if match is None:
        raise ValueError("not an ISO 8601 repetition such as R3/PT1H")
    interval = duration(match["interval"])
    if interval < timedelta(seconds=1):
        raise TooOften("a repetition needs an interval of at least one second")
    count = int(match["count"]) if match["count"] else None
    if count == 0:
        raise ValueError("a repetition happens at least once")
    first = instant(match["start"]) if match["start"] else now + interval
    return Schedule(first, None if count is None else count - 1, interval)
