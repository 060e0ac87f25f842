"""FEEL values: which Python types they are, how they come in from JSON and go out again."""

import datetime as py
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Context, Decimal, DivisionByZero, InvalidOperation, Overflow
from typing import Protocol

from engine.errors import ExpressionFailed
from engine.feel.temporal import (
    SECOND,
    Date,
    DateTime,
    DaysTimeDuration,
    Time,
    YearsMonthsDuration,
    Zone,
)
from engine.feel.undefined import Undefined

NUMBERS = Context(prec=34, Emin=-6143, Emax=6144, traps=[InvalidOperation, DivisionByZero, Overflow])
_EXACT_INTEGERS = Decimal(10) ** 34


@dataclass(frozen=True, slots=True)
class Range:
    """An interval; ``None`` as an end means that it is open towards infinity."""

    low: object
    high: object
    low_included: bool = True
    high_included: bool = True


class FeelFunction(Protocol):
    """Anything FEEL can call: a built-in, a function defined in FEEL, a business knowledge model."""

    def call(self, positional: Sequence[object], named: Mapping[str, object] | None) -> object:
        """Return the result; raise ``Undefined`` if the arguments do not fit."""


@dataclass(frozen=True, slots=True)
class NativeFunction:
    """A function made of a Python callable, whose parameters FEEL may also name."""

    parameters: tuple[str, ...]
    body: Callable[..., object]

    def call(self, positional: Sequence[object], named: Mapping[str, object] | None) -> object:
        """Bind the arguments by position or by name."""
        if named is not None:
            if set(named) != set(self.parameters):
                raise Undefined("wrong names of arguments")
            return self.body(*(named[name] for name in self.parameters))
        if len(positional) != len(self.parameters):
            raise Undefined("wrong number of arguments")
        return self.body(*positional)


def is_number(value: object) -> bool:
    """Tell whether *value* is a FEEL number."""
    return isinstance(value, Decimal)


def is_function(value: object) -> bool:
    """Tell whether FEEL can call *value*."""
    return callable(getattr(value, "call", None))


def number(value: int | float | str | Decimal) -> Decimal:
    """Return a FEEL number: decimal, rounded to 34 digits."""
    try:
        found = NUMBERS.create_decimal(str(value) if isinstance(value, float) else value)
    except (InvalidOperation, Overflow, ValueError):
        raise Undefined("not a number") from None
    if not found.is_finite():
        raise Undefined("not a finite number")
    return found


def from_json(value: object) -> object:
    """Return *value*, plain JSON or a date of Python, as a FEEL value; texts remain texts."""
    if value is None or isinstance(value, bool | str | Decimal):
        return value
    if isinstance(value, int | float):
        return _number_or_null(value)
    if isinstance(value, Mapping):
        return {str(key): from_json(item) for key, item in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [from_json(item) for item in value]
    return _from_python(value)


def _number_or_null(value: int | float) -> Decimal | None:
    try:
        return number(value)
    except Undefined:
        return None


def _from_python(value: object) -> object:
    match value:
        case py.datetime():
            return DateTime(Date(value.year, value.month, value.day), _time(value.timetz(), value.utcoffset()))
        case py.date():
            return Date(value.year, value.month, value.day)
        case py.time():
            return _time(value, value.utcoffset())
        case py.timedelta():
            return DaysTimeDuration(value // py.timedelta(microseconds=1) * 1000)
        case _:
            return value


def _time(value: py.time, offset: py.timedelta | None) -> Time:
    seconds = value.hour * 3600 + value.minute * 60 + value.second
    zone = None if offset is None else Zone(round(offset.total_seconds()))
    return Time(seconds * SECOND + value.microsecond * 1000, zone)


def to_json(value: object) -> object:
    """Return a FEEL value as plain JSON: dates and durations as ISO 8601, ranges and functions as text.

    An integral number below 10**34 becomes an int, any other number a float; ``ExpressionFailed`` if it is
    too large for one.
    """
    match value:
        case None | bool() | str():
            return value
        case Decimal():
            return _json_number(value)
        case list():
            return [to_json(item) for item in value]
        case dict():
            return {key: to_json(item) for key, item in value.items()}
        case Date() | Time() | DateTime() | DaysTimeDuration() | YearsMonthsDuration():
            return str(value)
        case _:
            return to_text(value)


def _json_number(value: Decimal) -> int | float:
    if value == value.to_integral_value() and abs(value) < _EXACT_INTEGERS:
        return int(value)
    if abs(float(value)) == float("inf"):
        raise ExpressionFailed(reason="数字过大")
    return float(value)


def to_text(value: object) -> str:
    """Return *value* as FEEL's ``string`` function writes it, texts inside lists in quotes."""
    match value:
        case None | bool():
            return {None: "null", True: "true", False: "false"}[value]
        case Decimal():
            return number_text(value)
        case list():
            return "[" + ", ".join(_quoted(item) for item in value) + "]"
        case dict():
            return "{" + ", ".join(f"{key}: {_quoted(item)}" for key, item in value.items()) + "}"
        case Range():
            brackets = ("(", "[")[value.low_included], (")", "]")[value.high_included]
            return f"{brackets[0]}{_quoted(value.low)}..{_quoted(value.high)}{brackets[1]}"
        case _:
            return "function" if is_function(value) else str(value)


def _quoted(value: object) -> str:
    return f'"{value}"' if isinstance(value, str) else to_text(value)


def number_text(value: Decimal) -> str:
    """Return the number without exponent and without trailing zeros, up to 40 characters of it."""
    if value == 0:
        return "0"
    plain = NUMBERS.normalize(value)
    return f"{plain:f}" if -40 < plain.adjusted() < 40 else str(plain)
