"""Static analysis of decision tables: inputs no rule covers, rules that collide, rules that never fire.

A missing input (null) is left out of account. Cells that depend on more than their input, such as
calls of functions or names of other data, cannot be judged; the finding ``undecided`` says so.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice

from engine.dmn.domains import Column, read_column
from engine.dmn.hit_policies import SINGLE
from engine.dmn.table import DecisionTable
from engine.feel.values import to_json

MAX_FINDINGS = 20
MAX_STEPS = 200_000


@dataclass(frozen=True, slots=True)
class Finding:
    """One weakness of a table: ``kind`` is gap, overlap, masked or undecided.

    ``example`` holds plain JSON by column label; a column that does not matter is left out.
    """

    kind: str
    table: str
    rules: tuple[str, ...]
    message: str
    example: Mapping[str, object] = field(default_factory=dict)


def analyse(table: DecisionTable) -> list[Finding]:
    """Return what is wrong with *table*, at most twenty findings of each kind."""
    columns = [
        read_column(column, [rule.tests[place] for rule in table.rules]) for place, column in enumerate(table.inputs)
    ]
    undecided = frozenset(index for column in columns for index in column.undecided)
    analysis = _Analysis(table, columns, undecided)
    return [*analysis.not_decided(), *analysis.gaps(), *analysis.overlaps(), *analysis.masked()]


class _TooLarge(Exception):
    """The search would take too long."""


class _Analysis:
    def __init__(self, table: DecisionTable, columns: Sequence[Column], undecided: frozenset[int]) -> None:
        self._table = table
        self._columns = columns
        self._undecided = undecided
        self._judged = [index for index in range(len(table.rules)) if index not in undecided]
        self._steps = 0

    def not_decided(self) -> Iterator[Finding]:
        """Name the rules that cannot be judged."""
        if self._undecided:
            rules = self._ids(sorted(self._undecided))
            yield self._finding("undecided", rules, f"规则 {self._numbers(rules)} 含有无法静态判断的条件，未参与检查")

    def gaps(self) -> list[Finding]:
        """Return combinations of inputs that no rule covers, if the table must give an answer."""
        covered = any(output.default is not None for output in self._table.outputs)
        if self._table.policy not in SINGLE or covered:
            return []
        everything = [(1 << len(column.samples)) - 1 for column in self._columns]
        try:
            found = self._search(everything, self._judged)
        except _TooLarge:
            return [self._finding("undecided", (), "表过大，未能查遍所有输入组合")]
        return [self._finding("gap", (), f"没有规则覆盖：{self._shown(example)}", example) for example in found]

    def overlaps(self) -> list[Finding]:
        """Return pairs of rules that match together although the hit policy forbids it."""
        if self._table.policy not in ("U", "A"):
            return []
        found = []
        for place, first in enumerate(self._judged):
            for second in self._judged[place + 1 :]:
                shared = [column.accepted[first] & column.accepted[second] for column in self._columns]
                if all(shared) and not (self._table.policy == "A" and self._agree(first, second)):
                    found.append(self._overlap(first, second, shared))
                if len(found) == MAX_FINDINGS:
                    return found
        return found

    def _overlap(self, first: int, second: int, shared: Sequence[int]) -> Finding:
        example = self._example(tuple((bits & -bits).bit_length() - 1 for bits in shared))
        rules = self._ids([first, second])
        message = f"规则 {self._numbers(rules)} 会同时命中：{self._shown(example)}"
        return self._finding("overlap", rules, message, example)

    def _agree(self, first: int, second: int) -> bool:
        results = [[result.text for result in self._table.rules[index].results] for index in (first, second)]
        return results[0] == results[1]

    def masked(self) -> list[Finding]:
        """Return rules of a FIRST table that earlier rules always forestall."""
        if self._table.policy != "F":
            return []
        found = []
        for place, index in enumerate(self._judged):
            region = [column.accepted[index] for column in self._columns]
            if place and self._is_covered(region, self._judged[:place]):
                rules = self._ids([index])
                message = f"规则 {self._numbers(rules)} 永远不会命中，前面的规则已全部覆盖"
                found.append(self._finding("masked", rules, message))
        return found[:MAX_FINDINGS]

    def _is_covered(self, region: Sequence[int], rules: Sequence[int]) -> bool:
        try:
            return not self._search(region, rules, limit=1)
        except _TooLarge:
            return False

    def _search(
        self, region: Sequence[int], rules: Sequence[int], limit: int = MAX_FINDINGS
    ) -> list[Mapping[str, object]]:
        """Return examples inside *region* that none of *rules* accepts."""
        self._steps = 0
        places = self._uncovered(0, sum(1 << rule for rule in rules), region, {})
        return [self._example(place) for place in islice(places, limit)]

    def _uncovered(
        self, depth: int, active: int, region: Sequence[int], barren: dict[tuple[int, int], bool]
    ) -> Iterator[tuple[int, ...]]:
        """Yield sample positions column by column; *active* are the rules that still match."""
        if depth == len(self._columns):
            yield from () if active else [()]
            return
        if not active:
            yield tuple(-1 for _ in self._columns[depth:])
            return
        if barren.get((depth, active)):
            return
        is_barren = True
        for place, still in self._branches(depth, active, region[depth]):
            for rest in self._uncovered(depth + 1, still, region, barren):
                is_barren = False
                yield (place, *rest)
        barren[depth, active] = is_barren

    def _branches(self, depth: int, active: int, allowed: int) -> Iterator[tuple[int, int]]:
        """Yield one sample for each different set of rules that remains."""
        seen: set[int] = set()
        accepted = self._columns[depth].accepted
        for place in range(len(self._columns[depth].samples)):
            self._steps += 1
            if self._steps > MAX_STEPS:
                raise _TooLarge
            if not allowed >> place & 1:
                continue
            still = sum(1 << rule for rule in self._judged if active >> rule & 1 and accepted[rule] >> place & 1)
            if still not in seen:
                seen.add(still)
                yield place, still

    def _example(self, places: Sequence[int]) -> Mapping[str, object]:
        pairs = [(column, place) for column, place in zip(self._columns, places, strict=True) if place >= 0]
        samples = {column.label: column.samples[place] for column, place in pairs}
        return {label: to_json(sample) for label, sample in samples.items() if sample is not None}

    @staticmethod
    def _shown(example: Mapping[str, object]) -> str:
        return "，".join(f"{label} = {value}" for label, value in example.items()) or "任意输入"

    def _ids(self, indexes: Sequence[int]) -> tuple[str, ...]:
        return tuple(self._table.rules[index].id for index in indexes)

    def _numbers(self, rules: Sequence[str]) -> str:
        order = [rule.id for rule in self._table.rules]
        return "、".join(str(order.index(rule) + 1) for rule in rules)

    def _finding(
        self, kind: str, rules: tuple[str, ...], message: str, example: Mapping[str, object] | None = None
    ) -> Finding:
        return Finding(kind, self._table.name, rules, message, example or {})
