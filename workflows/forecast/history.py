"""Turns the clocks that ran into spells: by their own units, without pauses, as they were known at an instant."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select

from workflows.clocks import granted, spans
from workflows.forecast.model import WITHIN, Spell, elapsed_at, place_of
from workflows.records.clocks import running_limit
from workflows.rulebook import Rulebook
from workflows.time_limits import TimeLimit, end_of_day, local_day, months_after
from workflows.uow import UnitOfWork
from workflows.working_days import ONE_DAY, WorkingCalendar

LOOK_BACK = timedelta(days=730)
MOST = 50_000
_DAYS_OF_MONTH = 30
_COLUMNS = (
    "id", "instance_id", "business_key", "task_id", "element_id", "unit", "limit_name", "limit_version", "item_code",
    "anchor_at", "due_at", "warn_at", "pauses", "extension", "paused_since", "ended_at", "ended_how", "is_late",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Run:
    """One clock reckoned in its own units: how long it may run, since when, and when it stood still."""

    limit: str
    unit: str
    kind: str
    length: int
    anchor_at: datetime
    due_at: datetime
    ended_at: datetime | None
    is_completed: bool
    pauses: tuple[tuple[datetime, datetime | None], ...]

    def known_at(self, now: datetime) -> "Run | None":
        """Return what was known of it at an instant, nothing if it had not begun."""
        if self.anchor_at > now:
            return None
        return self if self.ended_at is None or self.ended_at <= now else replace(self, ended_at=None)


class Reckoner:
    """Counts elapsed units by the calendar; days are counted once and remembered."""

    def __init__(self, calendar: WorkingCalendar) -> None:
        self._calendar = calendar
        self._known: dict[tuple[Any, Any], int] = {}

    def spell(self, run: Run, now: datetime) -> Spell:
        """Return how far a clock came by an instant."""
        until = run.ended_at if run.ended_at is not None and run.ended_at <= now else now
        ended = run.is_completed and run.ended_at is not None and run.ended_at <= now
        place = place_of(self.elapsed(run, until), run.length)
        place = max(place, WITHIN + 1) if until >= run.due_at else min(place, WITHIN)
        return Spell(run.limit, run.unit, place, ended)

    def elapsed(self, run: Run, until: datetime) -> int:
        """Return the units between the anchor and an instant, without those on which the clock stood still."""
        until = max(until, run.anchor_at)
        if run.kind == "hour":
            stopped = sum(
                (min(end or until, until) - max(begin, run.anchor_at) for begin, end in run.pauses if begin < until),
                timedelta(),
            )
            return max(0, int((until - run.anchor_at - stopped).total_seconds() // 3600) + 1)
        days = self._days(run.kind, run.anchor_at - timedelta(microseconds=1), until)
        for begin, end in run.pauses:
            if begin < until:
                first = max(begin - ONE_DAY, run.anchor_at - timedelta(microseconds=1))
                days -= self._days(run.kind, first, min(end or until, until))
        return max(0, days)

    def _days(self, kind: str, start: datetime, until: datetime) -> int:
        first, last = local_day(start, self._calendar), local_day(until, self._calendar)
        if kind != "working_day":
            return max(0, (last - first).days)
        if (first, last) not in self._known:
            self._known[first, last] = max(0, self._calendar.working_days_between(first, last))
        return self._known[first, last]

    def instant(self, run: Run, place: int) -> datetime:
        """Return when a clock comes to a place: at the end of that day, pauses added."""
        units = elapsed_at(place, run.length)
        calendar = self._calendar
        if run.kind == "hour":
            return run.anchor_at + timedelta(hours=units) + _stopped(run)
        day = local_day(run.anchor_at - timedelta(microseconds=1), calendar)
        stopped = sum(self._days(run.kind, begin - ONE_DAY, end) for begin, end in run.pauses if end is not None)
        units += stopped
        found = calendar.add_working_days(day, units) if run.kind == "working_day" else day + ONE_DAY * units
        return end_of_day(found, calendar)


def _stopped(run: Run) -> timedelta:
    return sum((end - begin for begin, end in run.pauses if end is not None), timedelta())


def run_of(rulebook: Rulebook, row: Any) -> Run:
    """Return a stored clock in its own units, by the very limit it was started with."""
    limit = _limit(rulebook, row)
    length, kind = limit.length + granted(row), limit.unit
    if kind == "month":
        day = local_day(row.anchor_at, rulebook.calendar)
        length, kind = max(1, (months_after(day, length) - day).days), "calendar_day"
    return Run(
        row.limit_name, row.unit, kind, max(1, length), row.anchor_at, row.due_at, row.ended_at,
        row.ended_how == "completed", tuple(spans(row.pauses)),
    )  # fmt: skip


def _limit(rulebook: Rulebook, row: Any) -> TimeLimit:
    found = rulebook.limits.version(row.limit_name, row.limit_version, row.item_code)
    return found or rulebook.limits.at(row.limit_name, local_day(row.anchor_at, rulebook.calendar), row.item_code)


def read_clocks(uow: UnitOfWork, *where: Any) -> Sequence[Any]:
    """Return the clocks of the last two years, the newest first, of what can be late; only the columns needed."""
    c = running_limit.c
    recent = (c.anchor_at >= uow.now - LOOK_BACK) & c.is_waiting.is_(False)
    columns = [c[name] for name in _COLUMNS]
    statement = select(*columns).where(recent, *where).order_by(c.anchor_at.desc(), c.id.desc()).limit(MOST)
    return uow.connection.execute(statement).all()


def runs_of(rulebook: Rulebook, rows: Iterable[Any]) -> list[Run]:
    """Return clocks in their own units; one whose limit is not known any more is left out."""
    known = rulebook.limits.names()
    return [run_of(rulebook, row) for row in rows if row.limit_name in known]


def counted(runs: Iterable[Run]) -> Mapping[str, int]:
    """Return how many clocks of each limit have ended."""
    found: dict[str, int] = {}
    for run in runs:
        found[run.limit] = found.get(run.limit, 0) + run.is_completed
    return found
