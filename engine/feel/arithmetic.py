"""FEEL arithmetic: numbers, texts, dates and durations; everything else is undefined."""

from collections.abc import Callable
from decimal import Decimal, DecimalException

from engine.feel.comparison import kind
from engine.feel.temporal import (
    DAY,
    UTC,
    Date,
    DateTime,
    DaysTimeDuration,
    Time,
    YearsMonthsDuration,
)
from engine.feel.temporal_text import make_date
from engine.feel.undefined import Undefined
from engine.feel.values import NUMBERS

MAX_NANOS = 10**9 * 366 * DAY


def calculate(operator: str, left: object, right: object) -> object:
    """Return ``left operator right`` for ``+ - * / **``, or raise ``Undefined``."""
    if isinstance(left, Decimal) and isinstance(right, Decimal):
        return _numbers(operator, left, right)
    operation = _OPERATIONS.get(operator)
    result = operation(left, right) if operation else None
    if result is None:
        raise Undefined(f"{kind(left)} {operator} {kind(right)} is not defined")
    return result


def negate(value: object) -> object:
    """Return ``-value`` for a number or a duration."""
    match value:
        case Decimal():
            return NUMBERS.minus(value)
        case DaysTimeDuration():
            return DaysTimeDuration(-value.nanos)
        case YearsMonthsDuration():
            return YearsMonthsDuration(-value.months)
        case _:
            raise Undefined(f"-{kind(value)} is not defined")


_NUMBERS: dict[str, Callable[[Decimal, Decimal], Decimal]] = {
    "+": NUMBERS.add,
    "-": NUMBERS.subtract,
    "*": NUMBERS.multiply,
    "/": NUMBERS.divide,
    "**": NUMBERS.power,
}


def _numbers(operator: str, left: Decimal, right: Decimal) -> Decimal:
    try:
        return _NUMBERS[operator](left, right)
    except DecimalException:
        raise Undefined(f"{left} {operator} {right} is not defined") from None


def _add(left: object, right: object) -> object:
    match left, right:
        case (str() as a, str() as b):
            return a + b
        case (DaysTimeDuration() as c, DaysTimeDuration() as d):
            return _days(c.nanos + d.nanos)
        case (YearsMonthsDuration() as e, YearsMonthsDuration() as f):
            return YearsMonthsDuration(e.months + f.months)
        case (Date() | DateTime() | Time(), DaysTimeDuration() | YearsMonthsDuration()):
            return _shift(left, right)
        case (DaysTimeDuration() | YearsMonthsDuration(), Date() | DateTime() | Time()):
            return _shift(right, left)
        case _:
            return None


def _subtract(left: object, right: object) -> object:
    match left, right:
        case (Date() | DateTime(), Date() | DateTime()):
            return _between(_midnight(left), _midnight(right))
        case (Time() as a, Time() as b) if (a.zone is None) == (b.zone is None):
            return DaysTimeDuration(a.value - b.value)
        case (_, DaysTimeDuration() | YearsMonthsDuration()):
            return _add(left, negate(right))
        case _:
            return None


def _midnight(value: Date | DateTime) -> DateTime:
    return DateTime(value, Time(0, UTC)) if isinstance(value, Date) else value


def _between(left: DateTime, right: DateTime) -> object:
    if (left.time.zone is None) != (right.time.zone is None):
        return None
    return DaysTimeDuration(left.value - right.value)


def _shift(value: object, by: object) -> object:
    """Move a point in time by a duration; a date keeps no time of day."""
    match value, by:
        case (Date() as date, YearsMonthsDuration() as months):
            return _checked(date.plus_months(months.months))
        case (DateTime() as moment, YearsMonthsDuration() as months):
            return DateTime(_checked(moment.date.plus_months(months.months)), moment.time)
        case (Date() as date, DaysTimeDuration() as days):
            return _checked(Date.from_ordinal((date.ordinal * DAY + days.nanos) // DAY))
        case (DateTime() as moment, DaysTimeDuration() as days):
            moved = DateTime.from_value(moment.value + days.nanos, moment.time.zone)
            return DateTime(_checked(moved.date), moved.time)
        case (Time() as time, DaysTimeDuration() as days):
            return Time((time.nanos + days.nanos) % DAY, time.zone)
        case _:
            return None


def _checked(date: Date) -> Date:
    return make_date(date.year, date.month, date.day)


def _days(nanos: int) -> DaysTimeDuration:
    if abs(nanos) > MAX_NANOS:
        raise Undefined("duration too long")
    return DaysTimeDuration(nanos)


def _multiply(left: object, right: object) -> object:
    match left, right:
        case (DaysTimeDuration() as a, Decimal() as by):
            return _days(_truncated(_numbers("*", Decimal(a.nanos), by)))
        case (YearsMonthsDuration() as b, Decimal() as by):
            return YearsMonthsDuration(_truncated(_numbers("*", Decimal(b.months), by)))
        case (Decimal(), DaysTimeDuration() | YearsMonthsDuration()):
            return _multiply(right, left)
        case _:
            return None


def _divide(left: object, right: object) -> object:
    match left, right:
        case (DaysTimeDuration() as a, Decimal() as by):
            return _days(_truncated(_numbers("/", Decimal(a.nanos), by)))
        case (YearsMonthsDuration() as b, Decimal() as by):
            return YearsMonthsDuration(_truncated(_numbers("/", Decimal(b.months), by)))
        case (DaysTimeDuration() as c, DaysTimeDuration() as d):
            return _numbers("/", Decimal(c.nanos), Decimal(d.nanos))
        case (YearsMonthsDuration() as e, YearsMonthsDuration() as f):
            return _numbers("/", Decimal(e.months), Decimal(f.months))
        case _:
            return None


def _truncated(value: Decimal) -> int:
    if value.adjusted() > 30:
        raise Undefined("duration too long")
    return int(value)


_OPERATIONS: dict[str, Callable[[object, object], object]] = {
    "+": _add,
    "-": _subtract,
    "*": _multiply,
    "/": _divide,
}
