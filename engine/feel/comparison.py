"""Equality and order of FEEL values, and membership in ranges and lists."""

from decimal import Decimal

from engine.feel.temporal import Date, DateTime, DaysTimeDuration, Time, YearsMonthsDuration
from engine.feel.undefined import Undefined
from engine.feel.values import Range, is_function


def kind(value: object) -> str:
    """Return the name of the FEEL type of *value*, as ``instance of`` knows it."""
    match value:
        case None:
            return "Null"
        case bool():
            return "boolean"
        case list():
            return "list"
        case dict():
            return "context"
        case _:
            return _SCALARS.get(type(value)) or ("function" if is_function(value) else "unknown")


_SCALARS: dict[type, str] = {
    Decimal: "number",
    str: "string",
    Date: "date",
    Time: "time",
    DateTime: "date and time",
    DaysTimeDuration: "days and time duration",
    YearsMonthsDuration: "years and months duration",
    Range: "range",
}


def equal(left: object, right: object) -> bool:
    """Compare two values of one type deeply; null equals only null.

    Raises:
        Undefined: the values are of different types.
    """
    if left is None or right is None:
        return left is right
    if kind(left) != kind(right):
        raise Undefined(f"cannot compare {kind(left)} with {kind(right)}")
    match left, right:
        case list(), list():
            return len(left) == len(right) and all(same(a, b) for a, b in zip(left, right, strict=True))
        case dict(), dict():
            return left.keys() == right.keys() and all(same(item, right[key]) for key, item in left.items())
        case (Time() as a, Time() as b):
            return (a.zone is None) == (b.zone is None) and a.value == b.value
        case (DateTime() as c, DateTime() as d):
            return (c.time.zone is None) == (d.time.zone is None) and c.value == d.value
        case _:
            return left == right


def same(left: object, right: object) -> bool:
    """Tell whether two values are equal, where different types are simply not equal."""
    try:
        return equal(left, right)
    except Undefined:
        return False


def order(left: object, right: object) -> int:
    """Return -1, 0 or 1 as *left* comes before, with or after *right*.

    Raises:
        Undefined: the values have no order, or one has a time zone and the other has none.
    """
    match left, right:
        case (Decimal() as x, Decimal() as y):
            return (x > y) - (x < y)
        case (str() as p, str() as q):
            return (p > q) - (p < q)
        case (Date() as a, Date() as b):
            return _sign(a.ordinal - b.ordinal)
        case (DateTime() as c, DateTime() as d) if (c.time.zone is None) == (d.time.zone is None):
            return _sign(c.value - d.value)
        case (Time() as e, Time() as f) if (e.zone is None) == (f.zone is None):
            return _sign(e.value - f.value)
        case (DaysTimeDuration() as g, DaysTimeDuration() as h):
            return _sign(g.nanos - h.nanos)
        case (YearsMonthsDuration() as i, YearsMonthsDuration() as j):
            return _sign(i.months - j.months)
        case _:
            raise Undefined(f"{kind(left)} and {kind(right)} have no order")


def _sign(difference: int) -> int:
    return (difference > 0) - (difference < 0)


def in_range(value: object, interval: Range) -> bool:
    """Tell whether *value* lies in *interval*."""
    if interval.low is not None:
        step = order(value, interval.low)
        if step < 0 or (step == 0 and not interval.low_included):
            return False
    if interval.high is not None:
        step = order(value, interval.high)
        if step > 0 or (step == 0 and not interval.high_included):
            return False
    return True


def contained(value: object, container: object) -> bool:
    """Tell whether *value* is in a range or list, or equal to any other value."""
    if isinstance(container, Range):
        return value is not None and in_range(value, container)
    if isinstance(container, list):
        return any(_is_member(value, item) for item in container) or same(value, container)
    return equal(value, container)


def _is_member(value: object, item: object) -> bool:
    if isinstance(item, Range) and not isinstance(value, Range):
        try:
            return in_range(value, item)
        except Undefined:
            return False
    return same(value, item)
