"""FEEL's values: numbers are decimals, instants are aware, years-months durations are their own."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal

_DAYS = re.compile(r"(-)?P(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?(?:(\d+(?:\.\d+)?)S)?)?")
_MONTHS = re.compile(r"(-)?P(?:(\d+)Y)?(?:(\d+)M)?")


@dataclass(frozen=True, slots=True, order=True)
class Months:
    """A years and months duration."""

    months: int

    def __str__(self) -> str:
        years, months = divmod(abs(self.months), 12)
        body = (f"{years}Y" if years else "") + (f"{months}M" if months or not years else "")
        return ("-" if self.months < 0 else "") + "P" + body


@dataclass(frozen=True, slots=True)
class Range:
    """An interval; ``None`` as an end means unbounded."""

    low: object
    high: object
    includes_low: bool
    includes_high: bool

    def __contains__(self, value: object) -> bool:
        """Tell whether *value* lies inside; values of another kind never do."""
        above = self.low is None or compare(value, ">=" if self.includes_low else ">", self.low) is True
        return above and (self.high is None or compare(value, "<=" if self.includes_high else "<", self.high) is True)


def from_json(value: object) -> object:
    """Return the FEEL value of plain JSON: numbers become decimals, texts stay texts."""
    if isinstance(value, bool) or value is None:
        return value
    if isinstance(value, int):
        return Decimal(value)
    if isinstance(value, float):
        return Decimal(repr(value))
    if isinstance(value, Mapping):
        return {str(key): from_json(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [from_json(item) for item in value]
    return value


def to_json(value: object) -> object:
    """Return plain JSON for a FEEL value: whole numbers as int, others as float, times as ISO 8601."""
    if isinstance(value, Decimal):
        return int(value) if value == value.to_integral_value() and abs(value) < 2**53 else float(value)
    if isinstance(value, Mapping):
        return {str(key): to_json(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [to_json(item) for item in value]
    if isinstance(value, timedelta):
        return duration_text(value)
    if isinstance(value, date | time):
        return value.isoformat()
    if isinstance(value, Months):
        return str(value)
    return value


def duration_text(value: timedelta) -> str:
    """Return a days and time duration as ISO 8601."""
    seconds = value.total_seconds()
    sign, seconds = ("-", -seconds) if seconds < 0 else ("", seconds)
    days, rest = divmod(seconds, 86400)
    hours, rest = divmod(rest, 3600)
    minutes, rest = divmod(rest, 60)
    clock = "".join(f"{number:g}{unit}" for number, unit in ((hours, "H"), (minutes, "M"), (rest, "S")) if number)
    body = (f"{days:g}D" if days else "") + (f"T{clock}" if clock else "")
    return f"{sign}P{body or 'T0S'}"


def parse_duration(text: str) -> timedelta | Months | None:
    """Return the duration written as ISO 8601, or None."""
    found = _DAYS.fullmatch(text)
    if found and any(found.groups()[1:]):
        days, hours, minutes, seconds = (float(part or 0) for part in found.groups()[1:])
        length = timedelta(days=days, hours=hours, minutes=minutes, seconds=seconds)
        return -length if found[1] else length
    found = _MONTHS.fullmatch(text)
    if found and any(found.groups()[1:]):
        months = int(found[2] or 0) * 12 + int(found[3] or 0)
        return Months(-months if found[1] else months)
    return None


def parse_temporal(text: str) -> object:
    """Return the date, time, instant or duration written as ISO 8601, or None."""
    for read in (parse_duration, _read_date, _read_instant, _read_time):
        value = read(text)
        if value is not None:
            return value
    return None


def _read_date(text: str) -> date | None:
    if len(text) != 10:
        return None
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def _read_instant(text: str) -> datetime | None:
    if "T" not in text[1:]:
        return None
    try:
        value = datetime.fromisoformat(text.split("@", 1)[0])
    except ValueError:
        return None
    return value if value.tzinfo else value.replace(tzinfo=UTC)


def _read_time(text: str) -> time | None:
    try:
        return time.fromisoformat(text)
    except ValueError:
        return None


def kind_of(value: object) -> str:
    """Return FEEL's name for the kind of a value."""
    table: tuple[tuple[type | tuple[type, ...], str], ...] = (
        (bool, "boolean"), (Decimal, "number"), (str, "string"), (datetime, "date and time"), (date, "date"),
        (time, "time"), (timedelta, "days and time duration"), (Months, "years and months duration"),
        (Range, "range"), (list, "list"), (dict, "context"),
    )  # fmt: skip
    if value is None:
        return "Null"
    return next((name for kind, name in table if isinstance(value, kind)), "function" if callable(value) else "Any")


def compare(left: object, operator: str, right: object) -> bool | None:
    """Compare two values; None when they are not comparable."""
    if operator in ("=", "!="):
        if left is None or right is None:
            same = left is right
        elif kind_of(left) != kind_of(right):
            return None
        else:
            same = left == right
        return same if operator == "=" else not same
    kind = kind_of(left)
    if kind != kind_of(right) or kind in ("Null", "boolean", "list", "context", "range", "function"):
        return None
    try:
        order = {"<": left < right, "<=": left <= right, ">": left > right, ">=": left >= right}  # type: ignore[operator]
    except TypeError:
        return None
    return order[operator]
