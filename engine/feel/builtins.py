"""FEEL's built-in functions; a wrong argument gives null, as the standard says."""

import math
import re
from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime, time, timedelta
from decimal import ROUND_CEILING, ROUND_FLOOR, ROUND_HALF_EVEN, Decimal

from engine.feel.values import Months, compare, kind_of, parse_duration, parse_temporal, to_json

Function = Callable[..., object]


def _listed(arguments: tuple[object, ...]) -> list[object]:
    if len(arguments) == 1 and isinstance(arguments[0], list):
        return arguments[0]
    return list(arguments)


def text_of(value: object) -> object:
    """Return the text of a value, null for null."""
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, Decimal):
        return format(value.normalize(), "f")
    return str(to_json(value))


def _number(value: object) -> Decimal | None:
    try:
        return Decimal(str(value).replace(" ", "")) if isinstance(value, str | Decimal) else None
    except ArithmeticError:
        return None


def _substring(text: str, start: Decimal, length: Decimal | None = None) -> str:
    begin = int(start) - 1 if start > 0 else len(text) + int(start)
    begin = max(begin, 0)
    return text[begin:] if length is None else text[begin : begin + int(length)]


def _round(value: Decimal, digits: Decimal, how: str) -> Decimal:
    return value.quantize(Decimal(1).scaleb(-int(digits)), rounding=how)


def _extreme(arguments: tuple[object, ...], operator: str) -> object:
    items = _listed(arguments)
    if not items:
        return None
    best = items[0]
    for item in items[1:]:
        if compare(item, operator, best) is True:
            best = item
    return best


def _sum(*arguments: object) -> object:
    items = _listed(arguments)
    if not items or not all(isinstance(item, Decimal) for item in items):
        return None
    return sum(items, Decimal(0))  # type: ignore[arg-type]


def _mean(*arguments: object) -> object:
    total = _sum(*arguments)
    return total / len(_listed(arguments)) if isinstance(total, Decimal) else None


def _three_valued(items: list[object], stop: bool) -> object:
    if any(item is stop for item in items):
        return stop
    return None if any(not isinstance(item, bool) for item in items) else not stop


def _distinct(items: list[object]) -> list[object]:
    found: list[object] = []
    for item in items:
        if not any(compare(item, "=", other) is True for other in found):
            found.append(item)
    return found


def _flatten(items: list[object]) -> list[object]:
    return [leaf for item in items for leaf in (_flatten(item) if isinstance(item, list) else [item])]


def _date(*arguments: object) -> object:
    if len(arguments) == 3:
        try:
            return date(*(int(part) for part in arguments if isinstance(part, Decimal)))
        except (TypeError, ValueError):
            return None
    value = parse_temporal(arguments[0]) if isinstance(arguments[0], str) else arguments[0]
    if isinstance(value, datetime):
        return value.date()
    return value if isinstance(value, date) else None


def _instant(first: object, second: object = None) -> object:
    if isinstance(first, str) and second is None:
        value = parse_temporal(first)
        if isinstance(value, date) and not isinstance(value, datetime):
            return datetime.combine(value, time(), UTC)
        return value if isinstance(value, datetime) else None
    if isinstance(first, date) and isinstance(second, time):
        return datetime.combine(first, second, second.tzinfo or UTC)
    return first if isinstance(first, datetime) else None


def _index_of(items: list[object], wanted: object) -> list[object]:
    return [Decimal(i) for i, item in enumerate(items, 1) if compare(item, "=", wanted) is True]


def _sorted(items: list[object], before: Function | None = None) -> list[object]:
    if before is None:
        return sorted(items)  # type: ignore[type-var]
    ordered: list[object] = []
    for item in items:
        place = next((i for i, other in enumerate(ordered) if before(item, other) is True), len(ordered))
        ordered.insert(place, item)
    return ordered


def _get_value(context: Mapping[str, object], key: str) -> object:
    return context.get(key)


def _sqrt(value: Decimal) -> object:
    return value.sqrt() if value >= 0 else None


BUILTINS: Mapping[str, Function] = {
    "string": text_of,
    "number": lambda value, *_: _number(value),
    "not": lambda value: (not value) if isinstance(value, bool) else None,
    "string length": lambda text: Decimal(len(text)),
    "upper case": lambda text: text.upper(),
    "lower case": lambda text: text.lower(),
    "substring": _substring,
    "substring before": lambda text, match: text.partition(match)[0] if match in text else "",
    "substring after": lambda text, match: text.partition(match)[2],
    "contains": lambda text, match: match in text,
    "starts with": lambda text, match: text.startswith(match),
    "ends with": lambda text, match: text.endswith(match),
    "replace": lambda text, pattern, by: re.sub(re.escape(pattern), by, text),
    "split": lambda text, by: text.split(by),
    "string join": lambda items, by="": by.join(item for item in items if item is not None),
    "count": lambda *items: Decimal(len(_listed(items))),
    "sum": _sum,
    "mean": _mean,
    "min": lambda *items: _extreme(items, "<"),
    "max": lambda *items: _extreme(items, ">"),
    "all": lambda *items: _three_valued(_listed(items), stop=False),
    "any": lambda *items: _three_valued(_listed(items), stop=True),
    "list contains": lambda items, wanted: any(compare(item, "=", wanted) is True for item in items),
    "append": lambda items, *more: [*items, *more],
    "concatenate": lambda *lists: [item for items in lists for item in items],
    "insert before": lambda items, at, item: [*items[: int(at) - 1], item, *items[int(at) - 1 :]],
    "remove": lambda items, at: items[: int(at) - 1] + items[int(at) :],
    "reverse": lambda items: items[::-1],
    "index of": _index_of,
    "union": lambda *lists: _distinct([item for items in lists for item in items]),
    "distinct values": _distinct,
    "flatten": _flatten,
    "sort": _sorted,
    "floor": lambda value, digits=Decimal(0): _round(value, digits, ROUND_FLOOR),
    "ceiling": lambda value, digits=Decimal(0): _round(value, digits, ROUND_CEILING),
    "decimal": lambda value, digits: _round(value, digits, ROUND_HALF_EVEN),
    "abs": abs,
    "modulo": lambda value, by: value - by * (value / by).to_integral_value(ROUND_FLOOR) if by else None,
    "sqrt": _sqrt,
    "log": lambda value: Decimal(repr(math.log(value))),
    "exp": lambda value: value.exp(),
    "odd": lambda value: value % 2 != 0,
    "even": lambda value: value % 2 == 0,
    "date": _date,
    "date and time": _instant,
    "time": lambda text: parse_temporal(text) if isinstance(parse_temporal(text), time) else None,
    "duration": parse_duration,
    "years and months duration": lambda start, end: Months(
        (end.year - start.year) * 12 + end.month - start.month - (end.day < start.day)
    ),
    "day of week": lambda day: day.strftime("%A"),
    "get value": _get_value,
    "get entries": lambda context: [{"key": key, "value": value} for key, value in context.items()],
    "get or else": lambda value, other: other if value is None else value,
    "is defined": lambda value: value is not None,
    "is": lambda left, right: kind_of(left) == kind_of(right) and left == right,
}


def property_of(value: object, name: str) -> object:
    """Return a component of a date, time or duration; null when there is none."""
    if isinstance(value, timedelta):
        seconds = int(value.total_seconds())
        parts = {"days": seconds // 86400, "hours": seconds // 3600 % 24, "minutes": seconds // 60 % 60,
                 "seconds": seconds % 60}  # fmt: skip
        return Decimal(parts[name]) if name in parts else None
    if isinstance(value, Months):
        parts = {"years": value.months // 12, "months": value.months % 12}
        return Decimal(parts[name]) if name in parts else None
    if isinstance(value, date) and name == "weekday":
        return Decimal(value.isoweekday())
    if isinstance(value, date | time) and name in ("year", "month", "day", "hour", "minute", "second"):
        part = getattr(value, name, None)
        return Decimal(part) if part is not None else None
    return None
