"""Decision tables: what they hold, which rules match, and what the hit policy makes of them."""

from __future__ import annotations

from dataclasses import dataclass

from engine.dmn.hit_policies import Hit, apply_policy
from engine.dmn.item_types import ItemType, read_typed
from engine.errors import DecisionFailed
from engine.feel.environment import Env
from engine.feel.expression import Expression
from engine.feel.nodes import Node
from engine.feel.types import coerced
from engine.feel.undefined import Undefined
from engine.feel.values import to_json


@dataclass(frozen=True, slots=True)
class Input:
    """A column of conditions."""

    id: str
    label: str
    expression: Expression
    type: ItemType | None
    allowed: Expression | None
    type_name: str = ""


@dataclass(frozen=True, slots=True)
class Output:
    """A column of results; ``ranking`` holds its values from the highest priority down."""

    id: str
    name: str
    label: str
    type: ItemType | None
    ranking: tuple[Expression, ...] = ()
    default: Expression | None = None


@dataclass(frozen=True, slots=True)
class Rule:
    """A row: one test per input, one expression per output."""

    id: str
    tests: tuple[Expression, ...]
    results: tuple[Expression, ...]
    annotation: str = ""


@dataclass(frozen=True, slots=True)
class TableTrace:
    """How one table came to its answer; values are plain JSON."""

    decision_id: str
    table: str
    inputs: tuple[tuple[str, object], ...]
    matched_rules: tuple[str, ...]
    value: object


@dataclass(frozen=True, slots=True)
class DecisionTable(Node):
    """A decision table; ``policy`` is one of U F A P R O C C+ C< C> C#."""

    decision_id: str
    name: str
    policy: str
    inputs: tuple[Input, ...]
    outputs: tuple[Output, ...]
    rules: tuple[Rule, ...]

    def compute(self, env: Env) -> object:
        """Return what the hit policy makes of the matching rules, and note how it came about."""
        values = [self._input(column, env) for column in self.inputs]
        matching = [rule for rule in self.rules if self._matches(rule, values, env)]
        hits = [Hit(rule.id, self._result(rule, env)) for rule in matching]
        ranking = [[value.run(env) for value in output.ranking] for output in self.outputs]
        try:
            chosen, value = apply_policy(self.policy, hits, ranking)
        except Undefined as undefined:
            rules = [rule.id for rule in matching]
            raise DecisionFailed(table=self.name, rules=rules, reason=undefined.reason) from None
        if not hits:
            value = self._default(value, env)
        shown = tuple((column.label, to_json(item)) for column, item in zip(self.inputs, values, strict=True))
        env.notes.append(TableTrace(self.decision_id, self.name, shown, chosen, to_json(value)))
        return value

    def _input(self, column: Input, env: Env) -> object:
        value = column.expression.run(env)
        if column.type is not None:
            value = read_typed(value, column.type.type)
            column.type.check(value, env, f"{self.name}/{column.label}")
        if column.allowed is not None and value is not None and not column.allowed.accepts(value, env):
            raise DecisionFailed(
                table=self.name, input=column.label, value=to_json(value), reason="输入值不在允许范围内"
            )
        return value

    @staticmethod
    def _matches(rule: Rule, values: list[object], env: Env) -> bool:
        return all(test.accepts(value, env) for test, value in zip(rule.tests, values, strict=True))

    def _result(self, rule: Rule, env: Env) -> object:
        values = [_fitted(result.run(env), output) for result, output in zip(rule.results, self.outputs, strict=True)]
        return self._combined(values)

    def _combined(self, values: list[object]) -> object:
        if len(self.outputs) == 1:
            return values[0]
        return {output.name: value for output, value in zip(self.outputs, values, strict=True)}

    def _default(self, value: object, env: Env) -> object:
        if all(output.default is None for output in self.outputs):
            return value
        return self._combined([output.default.run(env) if output.default else None for output in self.outputs])


def _fitted(value: object, output: Output) -> object:
    if output.type is None:
        return value
    try:
        return coerced(read_typed(value, output.type.type), output.type.type)
    except Undefined:
        return value
