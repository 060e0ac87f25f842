"""Working days: State Council holidays and make-up weekends as versioned data, and local overrides."""

import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from workflows import errors

ONE_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class WorkingCalendar:
    """Tells working days from days off; a year without data is provisional, never guessed silently.

    Attributes:
        version: names the data, such as ``CN-2026.1+local.2``.
        years: the years whose holidays are known.
        special: days that differ from Monday-to-Friday: True works, False does not.
        zone: the city's time zone, in which days begin and end.
    """

    version: str
    years: frozenset[int]
    special: Mapping[date, bool]
    zone: ZoneInfo = field(default_factory=lambda: ZoneInfo("Asia/Shanghai"))

    @classmethod
    def load(cls, folder: Path) -> "WorkingCalendar":
        """Read all ``*.toml`` of a folder; later names override earlier ones.

        Raises:
            CalendarMissing: there is no data at all.
        """
        special: dict[date, bool] = {}
        years: set[int] = set()
        versions = []
        for path in sorted(folder.glob("*.toml"), key=lambda p: (p.stem == "local", p.stem)):
            data = tomllib.loads(path.read_text(encoding="utf-8"))
            versions.append(data["version"])
            years |= set(data.get("years", []))
            special |= dict.fromkeys(data.get("off", []), False) | dict.fromkeys(data.get("work", []), True)
        if not versions:
            raise errors.CalendarMissing(folder=str(folder))
        return cls("+".join(versions), frozenset(years), special)

    def with_overrides(self, days: Iterable[tuple[date, bool]], version: str) -> "WorkingCalendar":
        """Return the calendar with local days on top."""
        return WorkingCalendar(f"{self.version}+{version}", self.years, {**self.special, **dict(days)}, self.zone)

    def is_working_day(self, day: date) -> bool:
        """Tell whether offices work on *day*."""
        found = self.special.get(day)
        return day.weekday() < 5 if found is None else found

    def is_provisional(self, day: date) -> bool:
        """Tell whether the holidays of that year are not published yet."""
        return day.year not in self.years

    def next_working_day(self, day: date) -> date:
        """Return *day* if it is a working day, else the next one."""
        while not self.is_working_day(day):
            day += ONE_DAY
        return day

    def add_working_days(self, start: date, count: int) -> date:
        """Return the day *count* working days after *start*, which itself is not counted."""
        day, step = start, ONE_DAY if count >= 0 else -ONE_DAY
        left = abs(count)
        while left:
            day += step
            left -= self.is_working_day(day)
        return day

    def working_days_between(self, start: date, end: date) -> int:
        """Return how many working days lie after *start* up to and including *end*; negative when reversed."""
        if end < start:
            return -self.working_days_between(end, start)
        day, count = start, 0
        while day < end:
            day += ONE_DAY
            count += self.is_working_day(day)
        return count
