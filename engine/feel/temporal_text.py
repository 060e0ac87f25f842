"""Reading dates, times and durations written in ISO 8601, and making them from numbers."""

import re
from functools import lru_cache
from zoneinfo import available_timezones

from engine.feel.temporal import (
    DAY,
    HOUR,
    MAX_YEAR,
    MINUTE,
    SECOND,
    Date,
    DateTime,
    DaysTimeDuration,
    Temporal,
    Time,
    YearsMonthsDuration,
    Zone,
    days_in_month,
)
from engine.feel.undefined import Undefined

_DATE = re.compile(r"(-?)([1-9]\d{4,8}|\d{4})-(\d\d)-(\d\d)")
_TIME = re.compile(
    r"(\d\d):(\d\d):(\d\d)(?:\.(\d{1,20}))?(?:(Z|z)|([+-])(\d\d):(\d\d)(?::(\d\d))?|@([A-Za-z0-9_+/-]+))?"
)
_DAYS = re.compile(
    r"(-?)P(?:(\d{1,18})D)?(?:T(?=\d)(?:(\d{1,18})H)?(?:(\d{1,18})M)?(?:(\d{1,18})(?:\.(\d{1,20}))?S)?)?"
)
_MONTHS = re.compile(r"(-?)P(?:(\d{1,18})Y)?(?:(\d{1,18})M)?")


def make_date(year: int, month: int, day: int) -> Date:
    """Return the day, or raise ``Undefined`` if the calendar has no such day."""
    if abs(year) > MAX_YEAR or not 1 <= month <= 12 or not 1 <= day <= days_in_month(year, month):
        raise Undefined(f"no such date: {year}-{month}-{day}")
    return Date(year, month, day)


def make_time(hour: int, minute: int, nanos: int, zone: Zone | None) -> Time:
    """Return the time of day; *nanos* are the seconds within the minute."""
    if not (0 <= hour <= 23 and 0 <= minute <= 59 and 0 <= nanos < MINUTE):
        raise Undefined(f"no such time: {hour}:{minute}")
    return Time(hour * HOUR + minute * MINUTE + nanos, zone)


def make_zone(offset: int) -> Zone:
    """Return the zone with this *offset* in seconds, at most eighteen hours."""
    if abs(offset) > 18 * 3600:
        raise Undefined("offset beyond eighteen hours")
    return Zone(offset)


def parse_date(text: str) -> Date:
    """Read ``2026-07-01``."""
    match = _DATE.fullmatch(text)
    if not match:
        raise Undefined(f"not a date: {text[:40]!r}")
    sign, year, month, day = match.groups()
    return make_date(int(sign + year), int(month), int(day))


def parse_time(text: str) -> Time:
    """Read ``08:30:00``, optionally with ``Z``, ``+08:00`` or ``@Asia/Shanghai``."""
    match = _TIME.fullmatch(text.removeprefix("T"))
    if not match:
        raise Undefined(f"not a time: {text[:40]!r}")
    hour, minute, second = (int(part) for part in match.group(1, 2, 3))
    if second > 59:
        raise Undefined("no such second")
    return make_time(hour, minute, second * SECOND + _fraction(match.group(4)), _zone(match))


def _fraction(digits: str | None) -> int:
    return int((digits or "0")[:9].ljust(9, "0"))


def _zone(match: re.Match[str]) -> Zone | None:
    utc, sign, hours, minutes, seconds, region = match.group(5, 6, 7, 8, 9, 10)
    if region:
        if region not in _regions():
            raise Undefined(f"no such time zone: {region[:40]!r}")
        return Zone(region=region)
    if utc:
        return Zone()
    if not sign:
        return None
    if int(minutes) > 59:
        raise Undefined("no such offset")
    offset = int(hours) * 3600 + int(minutes) * 60 + int(seconds or 0)
    return make_zone(-offset if sign == "-" else offset)


@lru_cache(maxsize=1)
def _regions() -> frozenset[str]:
    return frozenset(available_timezones() | {"UTC"})


def parse_date_time(text: str) -> DateTime:
    """Read a date and time; a bare date means midnight, ``24:00:00`` the next midnight."""
    date_text, separator, time_text = text.partition("T")
    date = parse_date(date_text)
    if not separator:
        return DateTime(date, Time(0))
    if time_text.startswith("24:00:00"):
        midnight = parse_time("00" + time_text[2:])
        if midnight.nanos:
            raise Undefined(f"not a time: {time_text[:40]!r}")
        return DateTime(Date.from_ordinal(date.ordinal + 1), midnight)
    return DateTime(date, parse_time(time_text))


def parse_duration(text: str) -> DaysTimeDuration | YearsMonthsDuration:
    """Read ``P3DT4H`` or ``P1Y6M``."""
    match = _MONTHS.fullmatch(text)
    if match and (match.group(2) or match.group(3)):
        months = int(match.group(2) or 0) * 12 + int(match.group(3) or 0)
        return YearsMonthsDuration(-months if match.group(1) else months)
    match = _DAYS.fullmatch(text)
    if not match or not any(match.group(2, 3, 4, 5)):
        raise Undefined(f"not a duration: {text[:40]!r}")
    days, hours, minutes, seconds = (int(part or 0) for part in match.group(2, 3, 4, 5))
    nanos = days * DAY + hours * HOUR + minutes * MINUTE + seconds * SECOND + _fraction(match.group(6))
    return DaysTimeDuration(-nanos if match.group(1) else nanos)


def parse_temporal(text: str) -> Temporal:
    """Read whatever an ``@"…"`` literal may hold."""
    if text.lstrip("-").startswith("P"):
        return parse_duration(text)
    if _DATE.fullmatch(text):
        return parse_date(text)
    return parse_date_time(text) if _DATE.match(text) else parse_time(text)
