"""What each hit policy makes of the rules that match."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import reduce

from engine.feel.arithmetic import calculate
from engine.feel.comparison import order, same
from engine.feel.undefined import Undefined

POLICIES = {
    "UNIQUE": "U",
    "FIRST": "F",
    "ANY": "A",
    "PRIORITY": "P",
    "RULE ORDER": "R",
    "OUTPUT ORDER": "O",
    "COLLECT": "C",
}
AGGREGATIONS = {"": "", "SUM": "+", "MIN": "<", "MAX": ">", "COUNT": "#"}
SINGLE = frozenset("UFAP")


@dataclass(frozen=True, slots=True)
class Hit:
    """A matching rule and its result: one value, or a context with one entry per output."""

    rule: str
    value: object


def apply_policy(
    policy: str, hits: Sequence[Hit], ranking: Sequence[Sequence[object]]
) -> tuple[tuple[str, ...], object]:
    """Return the rules that count and the value of the table.

    *hits* are in the order of the rules; *ranking* lists the values of each output from the highest
    priority down. Without hits the value is null, or an empty list where the policy collects.

    Raises:
        Undefined: the hits contradict the policy.
    """
    rules = tuple(hit.rule for hit in hits)
    values = [hit.value for hit in hits]
    if policy.startswith("C"):
        return rules, _collected(policy[1:], values)
    if policy == "R":
        return rules, values
    if policy == "O":
        ordered = _ranked(hits, ranking)
        return tuple(hit.rule for hit in ordered), [hit.value for hit in ordered]
    if not hits:
        return (), None
    if policy == "U" and len(hits) > 1:
        raise Undefined("命中策略为“唯一”，却有多条规则同时命中")
    if policy == "A" and not all(same(values[0], value) for value in values):
        raise Undefined("命中策略为“任一”，命中的规则却给出不同结果")
    chosen = _ranked(hits, ranking)[0] if policy == "P" else hits[0]
    return (rules if policy == "A" else (chosen.rule,)), chosen.value


def _collected(aggregation: str, values: list[object]) -> object:
    if aggregation == "":
        return values
    if aggregation == "#":
        return Decimal(len(values))
    if not values:
        return None
    if aggregation == "+":
        return reduce(lambda total, value: calculate("+", total, value), values)
    wanted = -1 if aggregation == "<" else 1
    return reduce(lambda best, value: value if order(value, best) == wanted else best, values)


def _ranked(hits: Sequence[Hit], ranking: Sequence[Sequence[object]]) -> list[Hit]:
    if not any(ranking):
        raise Undefined("命中策略需要按优先级列出输出值")
    return sorted(hits, key=lambda hit: _rank(hit.value, ranking))


def _rank(value: object, ranking: Sequence[Sequence[object]]) -> list[int]:
    parts = list(value.values()) if isinstance(value, dict) and len(ranking) > 1 else [value]
    ranks = []
    for part, values in zip(parts, ranking, strict=True):
        places = [place for place, candidate in enumerate(values) if same(part, candidate)]
        ranks.append(places[0] if places else len(values))
    return ranks
