"""A decision table as text, for showing it on a page."""

from __future__ import annotations

from dataclasses import dataclass

from engine.dmn.table import DecisionTable

POLICY_LABELS = {
    "U": "唯一", "F": "首个", "A": "任一", "P": "优先级", "R": "规则顺序", "O": "输出顺序",
    "C": "收集", "C+": "收集求和", "C<": "收集最小值", "C>": "收集最大值", "C#": "收集计数",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class ColumnView:
    """The head of a column: its label, its expression or name, and the values it may hold."""

    label: str
    detail: str
    values: str = ""
    default: str = ""


@dataclass(frozen=True, slots=True)
class RowView:
    """A rule: conditions and results as written; an empty condition reads ``-``."""

    id: str
    number: int
    conditions: tuple[str, ...]
    results: tuple[str, ...]
    annotation: str


@dataclass(frozen=True, slots=True)
class TableView:
    """Everything a page needs to draw the table."""

    name: str
    policy: str
    policy_label: str
    inputs: tuple[ColumnView, ...]
    outputs: tuple[ColumnView, ...]
    rows: tuple[RowView, ...]


def view_of(table: DecisionTable) -> TableView:
    """Return *table* as text."""
    inputs = tuple(
        ColumnView(item.label, item.expression.text, item.allowed.text if item.allowed else "") for item in table.inputs
    )
    outputs = tuple(
        ColumnView(
            item.label,
            item.name,
            item.ranking[0].text if item.ranking else "",
            item.default.text if item.default else "",
        )
        for item in table.outputs
    )
    rows = tuple(
        RowView(
            rule.id,
            number,
            tuple(test.text or "-" for test in rule.tests),
            tuple(result.text for result in rule.results),
            rule.annotation,
        )
        for number, rule in enumerate(table.rules, 1)
    )
    return TableView(table.name, table.policy, POLICY_LABELS[table.policy], inputs, outputs, rows)
