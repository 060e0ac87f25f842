"""FEEL dates, times and durations: proleptic Gregorian, years -999999999 to 999999999, nanoseconds.

The types of Python end at the years 1 and 9999 and do not keep a zone's name; hence these.
"""

from __future__ import annotations

import datetime as py
from dataclasses import dataclass
from zoneinfo import ZoneInfo

SECOND = 1_000_000_000
MINUTE = 60 * SECOND
HOUR = 3600 * SECOND
DAY = 86_400 * SECOND
MAX_YEAR = 999_999_999


@dataclass(frozen=True, slots=True)
class Zone:
    """An offset from UTC in seconds, or the name of a region such as ``Asia/Shanghai``."""

    offset: int = 0
    region: str = ""

    def offset_at(self, ordinal: int, nanos: int) -> int:
        """Return the offset in seconds at this local day (days since 1970) and time of day."""
        if not self.region:
            return self.offset
        year = Date.from_ordinal(ordinal).year
        shifted = ordinal if 1 < year < 9999 else Date(2000 + year % 400, 1, 1).ordinal
        local = py.datetime.combine(py.date(1970, 1, 1) + py.timedelta(days=shifted), py.time())
        found = (local + py.timedelta(seconds=nanos // SECOND)).replace(tzinfo=ZoneInfo(self.region)).utcoffset()
        return round(found.total_seconds()) if found is not None else 0

    def __str__(self) -> str:
        if self.region:
            return f"@{self.region}"
        if self.offset == 0:
            return "Z"
        hours, seconds = divmod(abs(self.offset), 3600)
        text = f"{'-' if self.offset < 0 else '+'}{hours:02}:{seconds // 60:02}"
        return f"{text}:{seconds % 60:02}" if seconds % 60 else text


UTC = Zone()


@dataclass(frozen=True, slots=True)
class Date:
    """A calendar day."""

    year: int
    month: int
    day: int

    @classmethod
    def from_ordinal(cls, days: int) -> Date:
        """Return the day that is *days* after 1970-01-01."""
        shifted = days + 719_468
        era, day_of_era = divmod(shifted, 146_097)
        year_of_era = (day_of_era - day_of_era // 1460 + day_of_era // 36_524 - day_of_era // 146_096) // 365
        day_of_year = day_of_era - (365 * year_of_era + year_of_era // 4 - year_of_era // 100)
        shifted_month = (5 * day_of_year + 2) // 153
        month = shifted_month + 3 if shifted_month < 10 else shifted_month - 9
        return cls(year_of_era + era * 400 + (month <= 2), month, day_of_year - (153 * shifted_month + 2) // 5 + 1)

    @property
    def ordinal(self) -> int:
        """Return the days since 1970-01-01."""
        year = self.year - (self.month <= 2)
        era, year_of_era = divmod(year, 400)
        day_of_year = (153 * ((self.month + 9) % 12) + 2) // 5 + self.day - 1
        return era * 146_097 + year_of_era * 365 + year_of_era // 4 - year_of_era // 100 + day_of_year - 719_468

    @property
    def weekday(self) -> int:
        """Return 1 for Monday to 7 for Sunday."""
        return (self.ordinal + 3) % 7 + 1

    def plus_months(self, months: int) -> Date:
        """Return the same day *months* later, or the last day of that month if it is shorter."""
        year, month = divmod(self.year * 12 + self.month - 1 + months, 12)
        return Date(year, month + 1, min(self.day, days_in_month(year, month + 1)))

    def __str__(self) -> str:
        return f"{'-' if self.year < 0 else ''}{abs(self.year):04}-{self.month:02}-{self.day:02}"


@dataclass(frozen=True, slots=True)
class Time:
    """A time of day, with a zone or local."""

    nanos: int
    zone: Zone | None = None

    @property
    def value(self) -> int:
        """Return nanoseconds since midnight UTC, or since local midnight without a zone."""
        return self.nanos - (self.zone.offset_at(0, self.nanos) * SECOND if self.zone else 0)

    def __str__(self) -> str:
        seconds, fraction = divmod(self.nanos, SECOND)
        text = f"{seconds // 3600:02}:{seconds // 60 % 60:02}:{seconds % 60:02}"
        digits = f".{fraction:09}".rstrip("0") if fraction else ""
        return f"{text}{digits}{self.zone or ''}"


@dataclass(frozen=True, slots=True)
class DateTime:
    """A day and a time of day; an instant if the time has a zone."""

    date: Date
    time: Time

    @property
    def local_value(self) -> int:
        """Return nanoseconds since 1970-01-01T00:00 on the local clock."""
        return self.date.ordinal * DAY + self.time.nanos

    @property
    def value(self) -> int:
        """Return nanoseconds since 1970 in UTC, or on the local clock without a zone."""
        zone = self.time.zone
        return self.local_value - (zone.offset_at(self.date.ordinal, self.time.nanos) * SECOND if zone else 0)

    @classmethod
    def from_value(cls, value: int, zone: Zone | None) -> DateTime:
        """Return the date and time with this ``value`` in *zone*."""
        offset = 0
        if zone:
            guess = zone.offset_at(*divmod(value, DAY))
            offset = zone.offset_at(*divmod(value + guess * SECOND, DAY))
        days, nanos = divmod(value + offset * SECOND, DAY)
        return cls(Date.from_ordinal(days), Time(nanos, zone))

    def to_python(self, zone: py.tzinfo = py.UTC) -> py.datetime:
        """Return an aware datetime of Python in UTC; *zone* is assumed where the value has none.

        Raises:
            OverflowError: the year is outside 1 to 9999.
        """
        local = py.datetime(1970, 1, 1) + py.timedelta(microseconds=self.value // 1000)  # noqa: DTZ001 - zone follows
        return local.replace(tzinfo=py.UTC if self.time.zone else zone).astimezone(py.UTC)

    def __str__(self) -> str:
        return f"{self.date}T{self.time}"


@dataclass(frozen=True, slots=True)
class DaysTimeDuration:
    """A length in nanoseconds: days, hours, minutes, seconds."""

    nanos: int

    def __str__(self) -> str:
        days, rest = divmod(abs(self.nanos), DAY)
        hours, rest = divmod(rest, HOUR)
        minutes, rest = divmod(rest, MINUTE)
        seconds, fraction = divmod(rest, SECOND)
        digits = f"{seconds}{f'.{fraction:09}'.rstrip('0')}" if fraction else str(seconds)
        clock = f"{f'{hours}H' if hours else ''}{f'{minutes}M' if minutes else ''}{f'{digits}S' if rest else ''}"
        text = f"P{f'{days}D' if days else ''}{f'T{clock}' if clock else ''}"
        return ("-" if self.nanos < 0 else "") + (text if len(text) > 1 else "P0D")

    def to_python(self) -> py.timedelta:
        """Return the length as Python knows it, to the microsecond."""
        return py.timedelta(microseconds=self.nanos // 1000)


@dataclass(frozen=True, slots=True)
class YearsMonthsDuration:
    """A length in months."""

    months: int

    def __str__(self) -> str:
        years, months = divmod(abs(self.months), 12)
        text = f"P{f'{years}Y' if years else ''}{f'{months}M' if months else ''}"
        return ("-" if self.months < 0 else "") + (text if len(text) > 1 else "P0M")


def days_in_month(year: int, month: int) -> int:
    """Return how many days this month has."""
    if month == 2:
        return 29 if year % 4 == 0 and (year % 100 != 0 or year % 400 == 0) else 28
    return 30 if month in (4, 6, 9, 11) else 31


Temporal = Date | Time | DateTime | DaysTimeDuration | YearsMonthsDuration
