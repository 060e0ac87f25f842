"""Evaluates decisions: all hit policies, and the decisions a decision needs."""

from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal

from engine import errors
from engine.dmn.model import Decision, DecisionResult, DecisionTable, Rule
from engine.feel import Expression, to_json
from engine.feel.values import from_json

Functions = Mapping[str, Callable[..., object]]


def evaluate(
    decisions: Mapping[str, Decision], decision_id: str, context: Mapping[str, object], functions: Functions
) -> DecisionResult:
    """Evaluate one decision after those it needs.

    Raises:
        DecisionFailed: no such decision, two rules where one is allowed, or a circle of decisions.
    """
    known: dict[str, object] = dict(context)
    trace: dict[str, object] = {}
    result = DecisionResult(None)
    for decision in _order(decisions, decision_id, ()):
        result = _logic(decision, known, functions)
        known[decision.variable] = result.value
        known.setdefault(decision.id, result.value)
        trace[decision.id] = {"value": to_json(result.value), "rules": list(result.matched_rules)}
    return DecisionResult(to_json(result.value), result.matched_rules, trace)


def _order(decisions: Mapping[str, Decision], key: str, path: tuple[str, ...]) -> list[Decision]:
    if key in path or key not in decisions:
        raise errors.DecisionFailed(decision=key, reason="circle" if key in path else "unknown")
    ordered: list[Decision] = []
    for needed in decisions[key].requires:
        ordered += [d for d in _order(decisions, needed, (*path, key)) if d not in ordered]
    return [*ordered, decisions[key]]


def _logic(decision: Decision, context: Mapping[str, object], functions: Functions) -> DecisionResult:
    if isinstance(decision.logic, Expression):
        return DecisionResult(decision.logic.evaluate(context, functions))
    return evaluate_table(decision.logic, context, functions)


def evaluate_table(table: DecisionTable, context: Mapping[str, object], functions: Functions) -> DecisionResult:
    """Evaluate a decision table on a context of FEEL or JSON values."""
    values = [column.expression.evaluate(context, functions) for column in table.inputs]
    matched = [
        rule
        for rule in table.rules
        if all(test.matches(value, context, functions) for test, value in zip(rule.tests, values, strict=True))
    ]
    if not matched:
        return DecisionResult(_default(table, context, functions))
    results = [_outputs(table, rule, context, functions) for rule in matched]
    value, used = _choose(table, matched, results)
    return DecisionResult(value, tuple(rule.id for rule in used))


def _default(table: DecisionTable, context: Mapping[str, object], functions: Functions) -> object:
    if all(column.default is None for column in table.outputs):
        return [] if table.hit_policy in ("COLLECT", "RULE ORDER", "OUTPUT ORDER") and not table.aggregation else None
    values = [column.default.evaluate(context, functions) if column.default else None for column in table.outputs]
    return _shape(table, values)


def _outputs(table: DecisionTable, rule: Rule, context: Mapping[str, object], functions: Functions) -> object:
    return _shape(table, [entry.evaluate(context, functions) for entry in rule.outputs])


def _shape(table: DecisionTable, values: Sequence[object]) -> object:
    if len(table.outputs) == 1:
        return values[0]
    return {column.name: value for column, value in zip(table.outputs, values, strict=True)}


def _choose(table: DecisionTable, rules: list[Rule], results: list[object]) -> tuple[object, list[Rule]]:
    policy = table.hit_policy
    if policy == "UNIQUE" and len(rules) > 1:
        raise errors.DecisionFailed(decision=table.id, reason="two rules match", rules=[rule.id for rule in rules])
    if policy == "ANY" and any(result != results[0] for result in results):
        raise errors.DecisionFailed(decision=table.id, reason="rules differ", rules=[rule.id for rule in rules])
    if policy in ("UNIQUE", "FIRST", "ANY"):
        return results[0], rules[:1]
    if policy in ("PRIORITY", "OUTPUT ORDER"):
        ranked = sorted(range(len(rules)), key=lambda i: _rank(table, results[i]))
        if policy == "PRIORITY":
            return results[ranked[0]], [rules[ranked[0]]]
        return [results[i] for i in ranked], [rules[i] for i in ranked]
    return (_aggregate(table.aggregation, results) if table.aggregation else results), rules


def _rank(table: DecisionTable, result: object) -> tuple[int, ...]:
    values = list(result.values()) if isinstance(result, Mapping) else [result]
    ranks = []
    for column, value in zip(table.outputs, values, strict=True):
        allowed = [from_json(item) for item in column.allowed]
        ranks.append(allowed.index(value) if value in allowed else len(allowed))
    return tuple(ranks)


def _aggregate(how: str, results: list[object]) -> object:
    if how == "COUNT":
        return Decimal(len(results))
    numbers = [value for value in results if isinstance(value, Decimal)]
    if len(numbers) != len(results) or not numbers:
        return None
    return {"SUM": sum(numbers, Decimal(0)), "MIN": min(numbers), "MAX": max(numbers)}.get(how)
