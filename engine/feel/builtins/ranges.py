"""Built-in relations between points and ranges (DMN 1.3, table 78)."""

from collections.abc import Callable

from engine.feel.builtins.signature import Registry
from engine.feel.comparison import in_range, order
from engine.feel.undefined import Undefined
from engine.feel.values import Range

REGISTRY = Registry()
_POINT = "number|string|date|time|date and time|days and time duration|years and months duration"


def _ends(item: Range) -> tuple[object, object]:
    if item.low is None or item.high is None:
        raise Undefined("an unbounded range")
    return item.low, item.high


def _before(left: object, right: object) -> bool:
    """Tell whether all of *left* comes before all of *right*; both may be points or ranges."""
    high, high_included = (_ends(left)[1], left.high_included) if isinstance(left, Range) else (left, True)
    low, low_included = (_ends(right)[0], right.low_included) if isinstance(right, Range) else (right, True)
    step = order(high, low)
    return step < 0 or (step == 0 and not (high_included and low_included))


def _meets(left: Range, right: Range) -> bool:
    touching = order(_ends(left)[1], _ends(right)[0]) == 0
    return touching and left.high_included and right.low_included


def _includes(outer: Range, inner: object) -> bool:
    if not isinstance(inner, Range):
        return in_range(inner, outer)
    low, high = order(_ends(outer)[0], _ends(inner)[0]), order(_ends(inner)[1], _ends(outer)[1])
    low_fits = low < 0 or (low == 0 and (outer.low_included or not inner.low_included))
    return low_fits and (high < 0 or (high == 0 and (outer.high_included or not inner.high_included)))


def _overlaps(left: Range, right: Range) -> bool:
    return not _before(left, right) and not _before(right, left)


def _overlaps_before(left: Range, right: Range) -> bool:
    starts = order(_ends(left)[0], _ends(right)[0])
    begins = starts < 0 or (starts == 0 and left.low_included and not right.low_included)
    ends = order(_ends(left)[1], _ends(right)[1])
    within = ends < 0 or (ends == 0 and (not left.high_included or right.high_included))
    return begins and within and _overlaps(left, right)


def _overlaps_after(left: Range, right: Range) -> bool:
    ends = order(_ends(left)[1], _ends(right)[1])
    beyond = ends > 0 or (ends == 0 and left.high_included and not right.high_included)
    starts = order(_ends(left)[0], _ends(right)[0])
    within = starts > 0 or (starts == 0 and (not left.low_included or right.low_included))
    return beyond and within and _overlaps(left, right)


def _finishes(left: object, right: Range) -> bool:
    if not isinstance(left, Range):
        return right.high_included and order(left, _ends(right)[1]) == 0
    same_end = order(_ends(left)[1], _ends(right)[1]) == 0 and left.high_included == right.high_included
    return same_end and _includes(right, left)


def _starts(left: object, right: Range) -> bool:
    if not isinstance(left, Range):
        return right.low_included and order(left, _ends(right)[0]) == 0
    same_start = order(_ends(left)[0], _ends(right)[0]) == 0 and left.low_included == right.low_included
    return same_start and _includes(right, left)


def _coincides(left: object, right: object) -> bool:
    if isinstance(left, Range) and isinstance(right, Range):
        same_ends = order(_ends(left)[0], _ends(right)[0]) == 0 and order(_ends(left)[1], _ends(right)[1]) == 0
        included = (left.low_included, left.high_included) == (right.low_included, right.high_included)
        return same_ends and included
    return order(left, right) == 0


_ANY, _RANGE = f"{_POINT}|range", "range"
_RELATIONS: tuple[tuple[str, str, str, Callable[..., bool]], ...] = (
    ("before", _ANY, _ANY, _before),
    ("after", _ANY, _ANY, lambda left, right: _before(right, left)),
    ("meets", _RANGE, _RANGE, _meets),
    ("met by", _RANGE, _RANGE, lambda left, right: _meets(right, left)),
    ("overlaps", _RANGE, _RANGE, _overlaps),
    ("overlaps before", _RANGE, _RANGE, _overlaps_before),
    ("overlaps after", _RANGE, _RANGE, _overlaps_after),
    ("finishes", _ANY, _RANGE, _finishes),
    ("finished by", _RANGE, _ANY, lambda left, right: _finishes(right, left)),
    ("includes", _RANGE, _ANY, _includes),
    ("during", _ANY, _RANGE, lambda left, right: _includes(right, left)),
    ("starts", _ANY, _RANGE, _starts),
    ("started by", _RANGE, _ANY, lambda left, right: _starts(right, left)),
    ("coincides", _ANY, _ANY, _coincides),
)
for _name, _first, _second, _body in _RELATIONS:
    for _names in (("point1", "point2"), ("point", "range"), ("range", "point"), ("range1", "range2")):
        REGISTRY.add(_name, f"{_names[0]}: {_first}, {_names[1]}: {_second}")(_body)
