"""Every time limit once: how long, in which unit, from when, by what law; and the lamp it shows."""

import tomllib
from calendar import monthrange
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import Any

from workflows import errors
from workflows.working_days import ONE_DAY, WorkingCalendar

UNITS = {"working_day": "个工作日", "calendar_day": "个自然日", "hour": "小时", "month": "个月"}
_DAYS_LEFT = {**UNITS, "month": UNITS["calendar_day"]}  # how the rest of a limit is told
CONFIDENCES = {"law": "法律规定", "practice": "外地实践", "default": "系统默认"}
Pause = tuple[datetime, datetime | None]


@dataclass(frozen=True, slots=True)
class TimeLimit:
    """One limit as data.

    Attributes:
        length: in ``unit``.
        unit: working_day, calendar_day, hour or month.
        confidence: law, practice (elsewhere) or default (ours).
        clause: id in ``clauses.toml``.
        warn_before: the lamp turns yellow when at most so many units (of a limit in months: days) are left.
        rolls: a limit in calendar days or months that ends on a day off moves to the next working day.
        is_waiting: a term that must be over before anybody acts, or that binds somebody outside: it warns nobody
            and is never late.
    """

    name: str
    title: str
    length: int
    unit: str
    confidence: str
    clause: str
    source: str
    valid_from: date
    valid_to: date | None = None
    warn_before: int = 1
    rolls: bool = True
    is_waiting: bool = False
    item: str = "*"
    version: int = 1

    @property
    def text(self) -> str:
        """Return the length in words, such as ``2 个工作日``."""
        return f"{self.length} {UNITS[self.unit]}"


@dataclass(frozen=True, slots=True)
class Lamp:
    """What a clock shows: a kind (shape and colour), words, and the number of days left."""

    kind: str
    text: str
    days_left: int
    is_provisional: bool = False


class TimeLimits:
    """All limits with their versions."""

    def __init__(self, limits: Iterable[TimeLimit]) -> None:
        self.all = tuple(limits)
        self._by_name: dict[tuple[str, str], list[TimeLimit]] = {}
        for limit in sorted(self.all, key=lambda one: (one.valid_from, one.version)):
            self._by_name.setdefault((limit.name, limit.item), []).append(limit)

    def at(self, name: str, on: date, item: str | None = None) -> TimeLimit:
        """Return the limit in force on a day; one of the item's own goes first.

        Raises:
            UnknownTimeLimit: there is none.
        """
        for key in ((name, item or "*"), (name, "*")):
            for limit in reversed(self._by_name.get(key, [])):
                if limit.valid_from <= on and (limit.valid_to is None or on < limit.valid_to):
                    return limit
        raise errors.UnknownTimeLimit(name=name, on=on.isoformat())

    def version(self, name: str, version: int, item: str | None = None) -> TimeLimit | None:
        """Return one version of a limit, the item's own first, or None when it is not known here."""
        for key in ((name, item or "*"), (name, "*")):
            for limit in self._by_name.get(key, []):
                if limit.version == version:
                    return limit
        return None

    def names(self) -> frozenset[str]:
        """Return the names of all limits."""
        return frozenset(limit.name for limit in self.all)


def load_time_limits(path: Path) -> TimeLimits:
    """Read the limits a city is seeded with."""
    data = tomllib.loads(path.read_text(encoding="utf-8"))
    return TimeLimits(limit_of(name, row) for name, row in data.items())


def limit_of(name: str, row: dict[str, Any]) -> TimeLimit:
    """Return the limit of one table row; dates may be ISO texts."""
    values = {key: row[key] for key in TimeLimit.__dataclass_fields__ if key in row and key != "name"}
    for key in ("valid_from", "valid_to"):
        if isinstance(values.get(key), str):
            values[key] = date.fromisoformat(values[key])
    return TimeLimit(name=name, **values)


def as_row(limit: TimeLimit) -> dict[str, Any]:
    """Return the limit as plain JSON."""
    row = {key: getattr(limit, key) for key in TimeLimit.__dataclass_fields__ if key not in ("name", "version", "item")}
    return {key: value.isoformat() if isinstance(value, date) else value for key, value in row.items()}


def local_day(instant: datetime, calendar: WorkingCalendar) -> date:
    """Return the day of an instant in the city's zone."""
    return instant.astimezone(calendar.zone).date()


def end_of_day(day: date, calendar: WorkingCalendar) -> datetime:
    """Return the instant at which *day* is over in the city's zone, in UTC."""
    return datetime.combine(day + ONE_DAY, time(), calendar.zone).astimezone(UTC)


def due_at(limit: TimeLimit, anchor: datetime, calendar: WorkingCalendar, pauses: Sequence[Pause] = ()) -> datetime:
    """Return the instant from which the limit is exceeded.

    Days: the day of the anchor is not counted, the last day counts to its end; an anchor at midnight is
    the end of the day before. Months end on the day of the same number, or on the last of the month. A day on
    which the clock stood still, wholly or in part, is not counted. Hours run without interruption except for
    pauses.
    """
    if limit.unit == "hour":
        return _due_in_hours(limit, anchor, pauses)
    stopped = _stopped_days(pauses, calendar)
    day, left = local_day(anchor - timedelta(microseconds=1), calendar), limit.length
    if limit.unit == "month":
        first, day = day, months_after(day, limit.length)
        left = sum(stopped(first + ONE_DAY * n) for n in range(1, (day - first).days + 1))
    while left:
        day += ONE_DAY
        counts = limit.unit != "working_day" or calendar.is_working_day(day)
        left -= counts and not stopped(day)
    if limit.unit in ("calendar_day", "month") and limit.rolls:
        day = calendar.next_working_day(day)
    return end_of_day(day, calendar)


def months_after(day: date, months: int) -> date:
    """Return the day of the same number some months later (earlier when negative), or the last of that month."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))


def _due_in_hours(limit: TimeLimit, anchor: datetime, pauses: Sequence[Pause]) -> datetime:
    due = anchor + timedelta(hours=limit.length)
    for begin, end in sorted(pauses, key=lambda pause: pause[0]):
        if begin < due and end is not None:
            due += end - max(begin, anchor)
    return due


def _stopped_days(pauses: Sequence[Pause], calendar: WorkingCalendar) -> Any:
    spans = [(local_day(begin, calendar), local_day(end, calendar)) for begin, end in pauses if end is not None]
    return lambda day: any(first <= day <= last for first, last in spans)


def warn_at(limit: TimeLimit, anchor: datetime, calendar: WorkingCalendar, pauses: Sequence[Pause] = ()) -> datetime:
    """Return the instant at which the lamp turns yellow: the last ``warn_before`` units begin."""
    due = due_at(limit, anchor, calendar, pauses)
    if limit.unit == "hour":
        return max(anchor, due - timedelta(hours=limit.warn_before))
    last = local_day(due - timedelta(microseconds=1), calendar)
    day, left = last, limit.warn_before - 1
    while left > 0:
        day -= ONE_DAY
        left -= limit.unit != "working_day" or calendar.is_working_day(day)
    return max(anchor, end_of_day(day - ONE_DAY, calendar))


def lamp(
    limit: TimeLimit,
    due: datetime,
    warn: datetime,
    now: datetime,
    calendar: WorkingCalendar,
) -> Lamp:
    """Return what a running clock shows at *now*."""
    provisional = calendar.is_provisional(local_day(due, calendar))
    left = _left(limit, due, now, calendar)
    unit = _DAYS_LEFT[limit.unit]
    if limit.is_waiting:
        text = "等待期已满" if now >= due else f"等待期剩 {left} {unit}"
        return Lamp("normal", text, max(left, 0), provisional)
    if now >= due:
        return Lamp("red", f"超期 {max(1, -left)} {unit}", min(left, -1), provisional)
    if left == 0:
        return Lamp("yellow", "今日到期" if limit.unit != "hour" else "1 小时内到期", 0, provisional)
    kind = "yellow" if now >= warn else "normal"
    return Lamp(kind, f"剩 {left} {unit}", left, provisional)


def _left(limit: TimeLimit, due: datetime, now: datetime, calendar: WorkingCalendar) -> int:
    if limit.unit == "hour":
        return int((due - now).total_seconds() // 3600)
    last, today = local_day(due - timedelta(microseconds=1), calendar), local_day(now, calendar)
    if limit.unit == "working_day":
        return calendar.working_days_between(today, last)
    return (last - today).days


def extended(limit: TimeLimit, more: int) -> TimeLimit:
    """Return the limit lengthened by *more* of its units."""
    return replace(limit, length=limit.length + more)
