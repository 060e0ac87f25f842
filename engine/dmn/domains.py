"""What a column of a decision table can hold, cut into parts that no cell tells apart.

Every part has one sample; a cell accepts all of a part or nothing of it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import cmp_to_key

from engine.dmn.table import Input
from engine.feel.builtins import BUILTINS
from engine.feel.comparison import kind, order
from engine.feel.environment import Env
from engine.feel.expression import NO_FUNCTIONS, Expression
from engine.feel.nodes import Node, Test
from engine.feel.temporal import DAY, Date, DateTime, DaysTimeDuration, Time, YearsMonthsDuration
from engine.feel.translation import Tests
from engine.feel.values import Range

OTHER_TEXT = "（其他值）"
_WHOLE = frozenset(["integer", "long", "short", "int"])


@dataclass(frozen=True, slots=True)
class Column:
    """The samples of a column, and for each rule the set of accepted ones as bits.

    ``undecided`` holds the positions of rules whose cell depends on more than the input.
    """

    label: str
    samples: tuple[object, ...]
    accepted: tuple[int, ...]
    undecided: frozenset[int]


def read_column(column: Input, cells: Sequence[Expression]) -> Column:
    """Cut the column into parts and tell which rules accept which."""
    constants = [_constants(cell) for cell in cells]
    undecided = {index for index, found in enumerate(constants) if found is None}
    bounds = [value for found in constants if found is not None for value in found]
    bounds += (_constants(column.allowed) if column.allowed else None) or []
    samples = _samples(bounds, column)
    if samples is None:
        return Column(column.label, (None,), tuple(1 for _ in cells), frozenset(range(len(cells))))
    env = Env({}, NO_FUNCTIONS)
    if column.allowed is not None:
        samples = [value for value in samples if column.allowed.accepts(value, env)] or samples
    accepted = tuple(0 if index in undecided else _bits(cell, samples, env) for index, cell in enumerate(cells))
    return Column(column.label, tuple(samples), accepted, frozenset(undecided))


def _bits(cell: Expression, samples: Sequence[object], env: Env) -> int:
    return sum(1 << place for place, sample in enumerate(samples) if cell.accepts(sample, env))


def _constants(cell: Expression | None) -> list[object] | None:
    """Return the values a cell compares with, or ``None`` if they are not known beforehand."""
    if cell is None or not isinstance(cell.node, Tests):
        return []
    found: list[object] = []
    for test in cell.node.tests:
        operand = test.operand if isinstance(test, Test) else test
        if not _is_constant(operand):
            return None
        value = operand.evaluate(Env({}, NO_FUNCTIONS))
        found.extend(_parts(value))
        if isinstance(value, str) and isinstance(test, Test) and test.operator not in ("=", "!="):
            return None
    return found


def _is_constant(node: Node) -> bool:
    return all(called and name in BUILTINS for name, called in node.free(frozenset()))


def _parts(value: object) -> Iterator[object]:
    if isinstance(value, list):
        for item in value:
            yield from _parts(item)
    elif isinstance(value, Range):
        yield from (end for end in (value.low, value.high) if end is not None)
    elif value is not None:
        yield value


def _samples(bounds: Sequence[object], column: Input) -> list[object] | None:
    """Return one sample per part, or ``None`` if the cells compare with values of several types."""
    kinds = {kind(value) for value in bounds}
    if len(kinds) > 1:
        return None
    if kinds == {"boolean"} or (not kinds and column.type_name == "boolean"):
        return [True, False]
    if not kinds:
        return [None]
    if kinds == {"string"}:
        return [*dict.fromkeys(bounds), OTHER_TEXT]
    scale = _SCALES.get(kinds.pop())
    return None if scale is None else _cut(bounds, scale, column.type_name.rpartition(":")[2] in _WHOLE)


Scale = tuple[Callable[[object], Decimal], Callable[[Decimal, object], object], bool]


def _number(value: object) -> Decimal:
    return value if isinstance(value, Decimal) else Decimal(0)


def _length(value: object) -> Decimal:
    match value:
        case Date():
            return Decimal(value.ordinal)
        case DateTime() | Time():
            return Decimal(value.value)
        case DaysTimeDuration():
            return Decimal(value.nanos)
        case YearsMonthsDuration():
            return Decimal(value.months)
        case _:
            return Decimal(0)


def _moment(place: Decimal, like: object) -> object:
    return DateTime.from_value(int(place), like.time.zone if isinstance(like, DateTime) else None)


_SCALES: dict[str, Scale] = {
    "number": (_number, lambda place, _: place, False),
    "date": (_length, lambda place, _: Date.from_ordinal(int(place)), True),
    "date and time": (_length, _moment, True),
    "time": (_length, lambda place, like: Time(int(place) % DAY, like.zone if isinstance(like, Time) else None), True),
    "days and time duration": (_length, lambda place, _: DaysTimeDuration(int(place)), True),
    "years and months duration": (_length, lambda place, _: YearsMonthsDuration(int(place)), True),
}


def _cut(bounds: Sequence[object], scale: Scale, is_whole: bool) -> list[object]:
    """Return the bounds themselves and one sample before, between and after them."""
    place, value, discrete = scale
    ordered = sorted(bounds, key=cmp_to_key(order))
    places = list(dict.fromkeys(place(bound) for bound in ordered))
    steps = Decimal(1)
    samples = [places[0] - steps]
    for low, high in zip(places, [*places[1:], None], strict=True):
        samples.append(low)
        if high is None:
            samples.append(low + steps)
        elif discrete or is_whole:
            samples.extend([low + steps] if low + steps < high else [])
        else:
            samples.append((low + high) / 2)
    return [value(sample, ordered[0]) for sample in samples]
