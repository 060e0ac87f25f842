"""Boxed expressions: DMN's XML for tables, contexts, invocations and the like, read into nodes."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from lxml import etree

from engine.dmn.item_types import ItemType, read_typed
from engine.dmn.scope import ReadScope, child, children, local, text_of
from engine.dmn.table_reader import read_table
from engine.feel.environment import Env
from engine.feel.expression import Expression
from engine.feel.invocation import call_function
from engine.feel.nodes import ContextOf, ListOf, Literal, Node
from engine.feel.nodes_control import Conditional, FunctionOf, Iteration, Loop, Parameter, Quantified
from engine.feel.nodes_trailers import Filter, Trailers
from engine.feel.types import coerced
from engine.feel.undefined import Undefined


@dataclass(frozen=True, slots=True)
class Coded(Node):
    """A literal expression."""

    expression: Expression

    def compute(self, env: Env) -> object:
        """Return the expression's value."""
        return self.expression.run(env)

    def free(self, bound: frozenset[str]) -> Iterator[tuple[str, bool]]:
        """Yield the names the expression uses."""
        yield from self.expression.node.free(bound)


@dataclass(frozen=True, slots=True)
class Typed(Node):
    """An expression whose value must be of a type; null if it is not."""

    node: Node
    type: ItemType

    def compute(self, env: Env) -> object:
        """Return the value, with lists of one and their items standing for each other."""
        return coerced(read_typed(self.node.evaluate(env), self.type.type), self.type.type)

    def children(self) -> tuple[Node, ...]:
        """Return the expression."""
        return (self.node,)


@dataclass(frozen=True, slots=True)
class ContextWithResult(Node):
    """A boxed context whose last, unnamed entry is its value."""

    context: ContextOf
    result: Node

    def compute(self, env: Env) -> object:
        """Return the last entry's value."""
        entries = self.context.evaluate(env)
        return self.result.evaluate(env.inside(entries)) if isinstance(entries, dict) else None

    def free(self, bound: frozenset[str]) -> Iterator[tuple[str, bool]]:
        """Yield what the entries use from outside."""
        yield from self.context.free(bound)
        yield from self.result.free(bound | {key for key, _ in self.context.entries})

    def children(self) -> tuple[Node, ...]:
        """Return the entries and the result."""
        return (self.context, self.result)


@dataclass(frozen=True, slots=True)
class Invocation(Node):
    """A boxed invocation: a function and its arguments by name."""

    function: Node
    bindings: tuple[tuple[str, Node], ...]

    def compute(self, env: Env) -> object:
        """Return what the function answers."""
        named = {name: node.evaluate(env) for name, node in self.bindings}
        return call_function(self.function.evaluate(env), [], named, env)

    def children(self) -> tuple[Node, ...]:
        """Return the function and the arguments."""
        return (self.function, *(node for _, node in self.bindings))


@dataclass(frozen=True, slots=True)
class BoxedFilter(Node):
    """A boxed filter: unlike ``[…]`` it insists on a condition for every item."""

    source: Node
    condition: Node

    def compute(self, env: Env) -> object:
        """Return the items for which the condition holds."""
        kept = Trailers(self.source, (Filter(self.condition),)).compute(env)
        if not isinstance(kept, list):
            raise Undefined("a filter needs a condition")
        return kept

    def children(self) -> tuple[Node, ...]:
        """Return source and condition."""
        return (self.source, self.condition)


def read_boxed(element: etree._Element, scope: ReadScope) -> Node:
    """Read one boxed expression; refuse a kind that is not known."""
    reader = _READERS.get(local(element))
    if reader is None:
        raise scope.refusal(element, "dmn-expression", f"不支持的表达式：{local(element)}", "请改用 FEEL 或决策表")
    node = reader(element, scope)
    declared = scope.type(element.get("typeRef"))
    return Typed(node, declared) if declared and local(element) not in ("decisionTable", "functionDefinition") else node


def boxed_child(element: etree._Element, scope: ReadScope) -> Node | None:
    """Return the boxed expression inside *element*, or ``None`` if there is none."""
    found = next((item for item in children(element) if local(item) in _READERS), None)
    return None if found is None else read_boxed(found, scope)


def _required(element: etree._Element, scope: ReadScope) -> Node:
    node = boxed_child(element, scope)
    if node is None:
        raise scope.refusal(element, "dmn-expression", "此处缺少表达式", "请补充 FEEL 表达式或决策表")
    return node


def _literal(element: etree._Element, scope: ReadScope) -> Node:
    text = text_of(element)
    return Coded(scope.parse(element, text)) if text else Literal(None)


def _context(element: etree._Element, scope: ReadScope) -> Node:
    entries: list[tuple[str, Node]] = []
    result: Node | None = None
    for entry in children(element, "contextEntry"):
        variable = child(entry, "variable")
        node = _required(entry, scope)
        if variable is None:
            result = node
            continue
        declared = scope.type(variable.get("typeRef"))
        entries.append((variable.get("name", ""), Typed(node, declared) if declared else node))
    made = ContextOf(tuple(entries))
    return made if result is None else ContextWithResult(made, result)


def _invocation(element: etree._Element, scope: ReadScope) -> Node:
    bindings = []
    for binding in children(element, "binding"):
        parameter = child(binding, "parameter")
        name = "" if parameter is None else parameter.get("name", "")
        bindings.append((name, boxed_child(binding, scope) or Literal(None)))
    return Invocation(_required(element, scope), tuple(bindings))


def _list(element: etree._Element, scope: ReadScope) -> Node:
    return ListOf(tuple(read_boxed(item, scope) for item in children(element) if local(item) in _READERS))


def _relation(element: etree._Element, scope: ReadScope) -> Node:
    names = [column.get("name", "") for column in children(element, "column")]
    rows = []
    for row in children(element, "row"):
        cells = [read_boxed(cell, scope) for cell in children(row) if local(cell) in _READERS]
        rows.append(ContextOf(tuple(zip(names, cells, strict=False))))
    return ListOf(tuple(rows))


def read_function(element: etree._Element, scope: ReadScope) -> FunctionOf:
    """Read a function definition, or the logic of a business knowledge model."""
    if element.get("kind", "FEEL") != "FEEL":
        raise scope.refusal(element, "dmn-function", "只支持 FEEL 函数", "请把函数改写为 FEEL")
    parameters = []
    for parameter in children(element, "formalParameter"):
        declared = scope.type(parameter.get("typeRef"))
        parameters.append(Parameter(parameter.get("name", ""), declared.type if declared else None))
    return FunctionOf(tuple(parameters), _required(element, scope))


def _part(element: etree._Element, name: str, scope: ReadScope) -> Node:
    part = child(element, name)
    return _required(element if part is None else part, scope)


def _conditional(element: etree._Element, scope: ReadScope) -> Node:
    return Conditional(*(_part(element, name, scope) for name in ("if", "then", "else")))


def _filter(element: etree._Element, scope: ReadScope) -> Node:
    return BoxedFilter(_part(element, "in", scope), _part(element, "match", scope))


def _iterator(element: etree._Element, scope: ReadScope) -> tuple[Iteration, ...]:
    return (Iteration(element.get("iteratorVariable", ""), _part(element, "in", scope)),)


_READERS: dict[str, Callable[[etree._Element, ReadScope], Node]] = {
    "literalExpression": _literal,
    "decisionTable": read_table,
    "context": _context,
    "invocation": _invocation,
    "list": _list,
    "relation": _relation,
    "functionDefinition": read_function,
    "conditional": _conditional,
    "filter": _filter,
    "for": lambda element, scope: Loop(_iterator(element, scope), _part(element, "return", scope)),
    "some": lambda element, scope: Quantified(False, _iterator(element, scope), _part(element, "satisfies", scope)),
    "every": lambda element, scope: Quantified(True, _iterator(element, scope), _part(element, "satisfies", scope)),
}
