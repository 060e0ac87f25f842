"""The limits and the calendar in force, from the database on top of the city's files."""

import threading
from collections.abc import Sequence
from copy import copy
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from time import monotonic
from typing import Any

from sqlalchemy import func, select

from engine.errors import Unavailable
from engine.process_engine import ProcessEngine
from workflows.city import City, load_city
from workflows.records.clocks import calendar_override, time_limit
from workflows.time_limits import (
    Lamp,
    Pause,
    TimeLimit,
    TimeLimits,
    due_at,
    extended,
    lamp,
    limit_of,
    load_time_limits,
    local_day,
    warn_at,
)
from workflows.uow import UnitOfWork
from workflows.working_days import WorkingCalendar

_LOOK_EVERY = 5.0


@dataclass(frozen=True, slots=True)
class Reckoned:
    """A limit applied to an anchor."""

    limit: TimeLimit
    due_at: datetime
    warn_at: datetime
    is_provisional: bool


class Rulebook:
    """Answers by when; shared by all threads, read anew when the rules change."""

    def __init__(self, city_folder: Path) -> None:
        self.city: City = load_city(city_folder)
        self._lock = threading.Lock()
        self._stamp: tuple[int, int] = (0, 0)
        self._looked_at = 0.0
        self._calendar = WorkingCalendar.load(city_folder / "calendar")
        self._base = self._calendar
        self._limits: TimeLimits = load_time_limits(city_folder / "time_limits.toml")

    def attach(self, engine: ProcessEngine) -> None:
        """Read the rules that officials have changed in the database."""
        found, stamp = engine.ask(_Rules()), engine.ask(_Stamp())
        with self._lock:
            self._stamp = stamp
            if found.limits:
                self._limits = TimeLimits(found.limits)
            if found.days:
                self._calendar = self._base.with_overrides(found.days, f"city.{found.version}")

    @property
    def calendar(self) -> WorkingCalendar:
        """Return the calendar in force."""
        return self._calendar

    @property
    def limits(self) -> TimeLimits:
        """Return all limits."""
        return self._limits

    def reckon(
        self, name: str, anchor: datetime, *, item: str | None = None, pauses: Sequence[Pause] = (), more: int = 0
    ) -> Reckoned:
        """Apply the limit in force on the anchor's day.

        Raises:
            UnknownTimeLimit: there is none.
        """
        limit = self._limits.at(name, local_day(anchor, self._calendar), item)
        return self._apply(limit, anchor, pauses, more)

    def reckon_again(self, clock: Any, pauses: Sequence[Pause], more: int = 0) -> Reckoned:
        """Apply the very limit a stored clock was started with, whatever has changed since, to its anchor."""
        on = local_day(clock.anchor_at, self._calendar)
        limit = self._limits.version(clock.limit_name, clock.limit_version, clock.item_code)
        return self._apply(limit or self._limits.at(clock.limit_name, on, clock.item_code), clock.anchor_at, pauses,
                           more)  # fmt: skip

    def apply(self, limit: TimeLimit, anchor: datetime, pauses: Sequence[Pause] = (), more: int = 0) -> Reckoned:
        """Apply a limit that need not be in force, such as one that is proposed."""
        return self._apply(limit, anchor, pauses, more)

    def imagined(self, day: date, *, is_working: bool) -> "Rulebook":
        """Return the same rules with one day of the calendar changed; nothing is written."""
        other = copy(self)
        other._calendar = self._calendar.with_overrides([(day, is_working)], "imagined")
        return other

    def follow(self, engine: ProcessEngine) -> None:
        """Read the rules again when another process has changed them; looks at most every few seconds."""
        now = monotonic()
        if now - self._looked_at < _LOOK_EVERY:
            return
        self._looked_at = now
        try:
            if engine.ask(_Stamp()) != self._stamp:
                self.attach(engine)
        except Unavailable:
            return  # the database is away: the rules read last still hold

    def _apply(self, limit: TimeLimit, anchor: datetime, pauses: Sequence[Pause], more: int) -> Reckoned:
        calendar = self._calendar
        longer = extended(limit, more) if more else limit
        due = due_at(longer, anchor, calendar, pauses)
        provisional = calendar.is_provisional(local_day(due, calendar))
        return Reckoned(limit, due, warn_at(longer, anchor, calendar, pauses), provisional)

    def lamp(self, name: str, version_day: datetime, due: datetime, warn: datetime, now: datetime) -> Lamp:
        """Return what a running clock shows now."""
        limit = self._limits.at(name, local_day(version_day, self._calendar))
        return lamp(limit, due, warn, now, self._calendar)


@dataclass(frozen=True, slots=True)
class _Rules:
    """The rules stored in the database."""

    def run(self, uow: UnitOfWork) -> "_FoundRules":
        """Answer them."""
        limits = [
            limit_of(row.name, {**row.data, "item": row.item_code, "version": row.version,
                                "valid_from": row.valid_from, "valid_to": row.valid_to})
            for row in uow.connection.execute(select(time_limit))
        ]  # fmt: skip
        days = [(row.day, row.is_working) for row in uow.connection.execute(
            select(calendar_override).order_by(calendar_override.c.version))]  # fmt: skip
        version = uow.connection.scalar(select(func.max(calendar_override.c.version))) or 0
        return _FoundRules(limits, days, version)


@dataclass(frozen=True, slots=True)
class _Stamp:
    """How many versions of rules there are: a rule is never changed in place."""

    def run(self, uow: UnitOfWork) -> tuple[int, int]:
        """Answer the number of limits and of days."""
        limits = uow.connection.scalar(select(func.count()).select_from(time_limit)) or 0
        return limits, uow.connection.scalar(select(func.count()).select_from(calendar_override)) or 0


@dataclass(frozen=True, slots=True)
class _FoundRules:
    limits: list[TimeLimit]
    days: list[tuple[date, bool]]
    version: int
