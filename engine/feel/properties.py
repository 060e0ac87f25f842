"""The entries of contexts and the properties of dates, times, durations and ranges."""

from collections.abc import Callable
from decimal import Decimal
from typing import TypeVar

from engine.feel.comparison import kind
from engine.feel.temporal import DAY, HOUR, MINUTE, SECOND, Date, DateTime, DaysTimeDuration, Time, YearsMonthsDuration
from engine.feel.undefined import Undefined
from engine.feel.values import NUMBERS, Range

T = TypeVar("T")


def property_of(value: object, name: str) -> object:
    """Return ``value.name``: null for a missing entry, ``Undefined`` for a type without that property."""
    if value is None:
        return None
    if isinstance(value, dict):
        return value.get(name)
    return _of_moment(value, name) if isinstance(value, DateTime | Date | Time) else _of_extent(value, name)


def _of_moment(value: DateTime | Date | Time, name: str) -> object:
    match value:
        case DateTime():
            return _property(_DATE, name, value.date) if name in _DATE else _property(_TIME, name, value)
        case Date():
            return _property(_DATE, name, value)
        case Time():
            return _property(_TIME, name, DateTime(Date(1970, 1, 1), value))


def _of_extent(value: object, name: str) -> object:
    match value:
        case DaysTimeDuration():
            return _days_time(value, name)
        case YearsMonthsDuration():
            return _years_months(value, name)
        case Range():
            return _range(value, name)
        case _:
            raise Undefined(f"{kind(value)} has no property {name!r}")


def _property(known: dict[str, Callable[[T], object]], name: str, value: T) -> object:
    if name not in known:
        raise Undefined(f"no such property: {name!r}")
    return known[name](value)


_DATE: dict[str, Callable[[Date], object]] = {
    "year": lambda date: Decimal(date.year),
    "month": lambda date: Decimal(date.month),
    "day": lambda date: Decimal(date.day),
    "weekday": lambda date: Decimal(date.weekday),
}


def _offset(value: DateTime) -> object:
    zone = value.time.zone
    return DaysTimeDuration(zone.offset_at(value.date.ordinal, value.time.nanos) * SECOND) if zone else None


_TIME: dict[str, Callable[[DateTime], object]] = {
    "hour": lambda value: Decimal(value.time.nanos // HOUR),
    "minute": lambda value: Decimal(value.time.nanos // MINUTE % 60),
    "second": lambda value: NUMBERS.divide(Decimal(value.time.nanos % MINUTE), Decimal(SECOND)),
    "time offset": _offset,
    "timezone": lambda value: value.time.zone.region or None if value.time.zone else None,
}


def _days_time(value: DaysTimeDuration, name: str) -> object:
    sign = -1 if value.nanos < 0 else 1
    size = abs(value.nanos)
    parts = {
        "days": size // DAY,
        "hours": size // HOUR % 24,
        "minutes": size // MINUTE % 60,
    }
    if name in parts:
        return Decimal(sign * parts[name])
    if name == "seconds":
        return NUMBERS.divide(Decimal(sign * (size % MINUTE)), Decimal(SECOND))
    raise Undefined(f"no such property: {name!r}")


def _years_months(value: YearsMonthsDuration, name: str) -> object:
    sign = -1 if value.months < 0 else 1
    years, months = divmod(abs(value.months), 12)
    parts = {"years": years, "months": months}
    if name not in parts:
        raise Undefined(f"no such property: {name!r}")
    return Decimal(sign * parts[name])


def _range(value: Range, name: str) -> object:
    parts = {
        "start": value.low,
        "end": value.high,
        "start included": value.low_included,
        "end included": value.high_included,
    }
    if name not in parts:
        raise Undefined(f"no such property: {name!r}")
    return parts[name]
