"""Reads decision tables from DMN's XML."""

from collections.abc import Sequence

from lxml import etree

from engine.dmn.hit_policies import AGGREGATIONS, POLICIES
from engine.dmn.scope import ReadScope, child, children, text_of
from engine.dmn.table import DecisionTable, Input, Output, Rule
from engine.feel.expression import Expression
from engine.feel.translation import Tests


def read_table(element: etree._Element, scope: ReadScope) -> DecisionTable:
    """Read a ``decisionTable`` element, or refuse it."""
    inputs = tuple(_input(item, number, scope) for number, item in enumerate(children(element, "input"), 1))
    columns = list(children(element, "output"))
    outputs = tuple(_output(item, number, scope, element) for number, item in enumerate(columns, 1))
    if not outputs:
        raise scope.refusal(element, "dmn-table", "决策表没有输出列", "请至少添加一个输出列")
    rules = tuple(
        _rule(item, number, (len(inputs), len(outputs)), scope)
        for number, item in enumerate(children(element, "rule"), 1)
    )
    return DecisionTable(scope.decision, scope.title, _policy(element, scope), inputs, outputs, rules)


def _policy(element: etree._Element, scope: ReadScope) -> str:
    policy = POLICIES.get(element.get("hitPolicy", "UNIQUE"))
    aggregation = AGGREGATIONS.get(element.get("aggregation", ""))
    if policy is None or aggregation is None:
        raise scope.refusal(element, "dmn-hit-policy", "不支持的命中策略", "请选用 DMN 标准的命中策略")
    return policy + (aggregation if policy == "C" else "")


def _input(element: etree._Element, number: int, scope: ReadScope) -> Input:
    expression = child(element, "inputExpression")
    if expression is None or not text_of(expression):
        raise scope.refusal(element, "dmn-input", f"第 {number} 个输入列没有表达式", "请填写输入表达式")
    text = text_of(expression)
    return Input(
        element.get("id", ""),
        element.get("label") or text,
        scope.parse(expression, text),
        scope.type(expression.get("typeRef")),
        _values(element, "inputValues", scope),
        expression.get("typeRef", ""),
    )


def _values(element: etree._Element, name: str, scope: ReadScope) -> Expression | None:
    values = child(element, name)
    if values is None or not text_of(values):
        return None
    return scope.parse(values, text_of(values), unary=True)


def _output(element: etree._Element, number: int, scope: ReadScope, table: etree._Element) -> Output:
    declared = scope.type(element.get("typeRef"))
    values = _values(element, "outputValues", scope) or (declared.allowed if declared else None)
    default = child(element, "defaultOutputEntry")
    name = element.get("name") or element.get("label") or f"output{number}"
    return Output(
        element.get("id", ""),
        name,
        element.get("label") or element.get("name") or table.get("outputLabel") or scope.title,
        declared,
        _ranking(values),
        None if default is None or not text_of(default) else scope.parse(default, text_of(default)),
    )


def _ranking(values: Expression | None) -> tuple[Expression, ...]:
    if values is None or not isinstance(values.node, Tests):
        return ()
    return tuple(Expression(values.text, test) for test in values.node.tests)


def _rule(element: etree._Element, number: int, sizes: Sequence[int], scope: ReadScope) -> Rule:
    cells = list(children(element, "inputEntry"))
    results = list(children(element, "outputEntry"))
    if (len(cells), len(results)) != tuple(sizes):
        raise scope.refusal(element, "dmn-rule", f"第 {number} 行的列数与表头不符", "请补齐或删除多余的单元格")
    return Rule(
        element.get("id") or f"rule{number}",
        tuple(scope.parse(cell, text_of(cell), unary=True) for cell in cells),
        tuple(scope.parse(cell, text_of(cell) or "null") for cell in results),
        _annotation(element),
    )


def _annotation(element: etree._Element) -> str:
    notes = [text_of(note) for note in children(element, "annotationEntry")]
    described = child(element, "description")
    return "；".join(filter(None, [*notes, (described.text or "").strip() if described is not None else ""]))
