"""Turns a parsed FEEL text into Python closures; nothing of Python is ever evaluated."""

import inspect
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from decimal import Decimal, DivisionByZero, InvalidOperation
from typing import Any

from lark import Token, Transformer, v_args

from engine import errors
from engine.feel.builtins import BUILTINS, property_of, text_of
from engine.feel.values import Months, Range, compare, from_json, kind_of, parse_temporal

Node = Callable[["Scope"], Any]
_BUDGET = 200_000
_SIZE = 100_000


@dataclass(slots=True)
class Scope:
    """The names an expression can see, and how many steps it may still take."""

    names: Mapping[str, object]
    functions: Mapping[str, Callable[..., object]]
    input: object = None
    budget: list[int] = field(default_factory=lambda: [_BUDGET])

    def with_names(self, more: Mapping[str, object], *, value: object = None) -> "Scope":
        """Return an inner scope."""
        self.budget[0] -= 1
        if self.budget[0] < 0:
            raise errors.ExpressionFailed(reason="the expression takes too many steps")
        return Scope({**self.names, **more}, self.functions, self.input if value is None else value, self.budget)


def _add(left: Any, right: Any) -> Any:
    if isinstance(left, str) and isinstance(right, str):
        if len(left) + len(right) > _SIZE:
            raise errors.ExpressionFailed(reason="the text becomes too long")
        return left + right
    if isinstance(right, datetime | date) and isinstance(left, timedelta | Months):
        left, right = right, left
    if isinstance(left, date) and isinstance(right, Months):
        return _plus_months(left, right.months)
    return left + right


def _plus_months(day: Any, months: int) -> Any:
    total = day.year * 12 + day.month - 1 + months
    for last in (day.day, 30, 29, 28):
        try:
            return day.replace(year=total // 12, month=total % 12 + 1, day=min(day.day, last))
        except ValueError:
            continue
    return None


def _subtract(left: Any, right: Any) -> Any:
    if isinstance(left, date) and isinstance(right, Months):
        return _plus_months(left, -right.months)
    return left - right


def _multiply(left: Any, right: Any) -> Any:
    if isinstance(left, Months | timedelta) or isinstance(right, Months | timedelta):
        length, factor = (left, right) if isinstance(left, Months | timedelta) else (right, left)
        return Months(int(length.months * factor)) if isinstance(length, Months) else length * float(factor)
    return left * right


def _divide(left: Any, right: Any) -> Any:
    if isinstance(left, timedelta) and isinstance(right, timedelta):
        return Decimal(repr(left / right))
    return left / float(right) if isinstance(left, timedelta) else left / right


_ARITHMETIC: Mapping[str, Callable[[Any, Any], Any]] = {
    "+": _add, "-": _subtract, "*": _multiply, "/": _divide, "**": lambda a, b: a**b,
}  # fmt: skip
_NUMERIC = (Decimal, timedelta, Months, date, time)


def _arithmetic(operator: str, left: Node, right: Node) -> Node:
    def run(scope: Scope) -> Any:
        a, b = left(scope), right(scope)
        texts = operator == "+" and isinstance(a, str) and isinstance(b, str)
        if not texts and not (isinstance(a, _NUMERIC) and isinstance(b, _NUMERIC)):
            return None
        if operator == "**" and isinstance(b, Decimal) and abs(b) > 1000:
            return None
        try:
            return _ARITHMETIC[operator](a, b)
        except (TypeError, InvalidOperation, DivisionByZero, ArithmeticError, ValueError):
            return None

    return run


def matches(test: object, value: object) -> bool | None:
    """Tell whether *value* is what a test yields: an equal value, inside a range, in a list, or true."""
    if isinstance(test, Range):
        return value in test
    if isinstance(test, list):
        return any(matches(item, value) is True for item in test)
    if isinstance(test, bool) and not isinstance(value, bool):
        return test
    return compare(value, "=", test)


@v_args(inline=True)
class Compiler(Transformer):  # type: ignore[type-arg] - lark's transformer is not generic over our nodes
    """Builds a closure from each rule of the grammar."""

    def __init__(self) -> None:
        super().__init__()
        self.free: set[str] = set()
        self.called: set[str] = set()

    def start(self, node: Node) -> Node:
        return node

    def number(self, token: Token) -> Node:
        value = Decimal(str(token))
        return lambda _scope: value

    def string(self, token: Token) -> Node:
        value = unquote(str(token))
        return lambda _scope: value

    def at_literal(self, token: Token) -> Node:
        value = parse_temporal(str(token)[2:-1])
        return lambda _scope: value

    def true(self) -> Node:
        return lambda _scope: True

    def false(self) -> Node:
        return lambda _scope: False

    def null(self) -> Node:
        return lambda _scope: None

    def input_value(self) -> Node:
        return lambda scope: scope.input

    def name(self, token: Token) -> Node:
        key = str(token)
        self.free.add(key)

        def run(scope: Scope) -> Any:
            return scope.names.get(key)

        run.called_name = key  # type: ignore[attr-defined]
        return run

    def path(self, node: Node, token: Token) -> Node:
        key = str(token)

        def take(value: Any) -> Any:
            if isinstance(value, Mapping):
                return value.get(key)
            if isinstance(value, list):
                return [take(item) for item in value]
            return property_of(value, key)

        return lambda scope: take(node(scope))

    def filter(self, node: Node, condition: Node) -> Node:
        def run(scope: Scope) -> Any:
            value = node(scope)
            items = value if isinstance(value, list) else [] if value is None else [value]
            index = condition(scope) if not items else condition(_item_scope(scope, items[0]))
            if isinstance(index, Decimal):
                place = int(index) - 1 if index > 0 else len(items) + int(index)
                return items[place] if index != 0 and 0 <= place < len(items) else None
            return [item for item in items if condition(_item_scope(scope, item)) is True]

        return run

    def list(self, *nodes: Node) -> Node:
        present = [node for node in nodes if node is not None]
        return lambda scope: [node(scope) for node in present]

    def entry(self, key: Token, node: Node) -> tuple[str, Node]:
        return (unquote(str(key)) if key.type == "STRING" else str(key)), node

    def context(self, *entries: tuple[str, Node]) -> Node:
        present = [entry for entry in entries if entry is not None]

        def run(scope: Scope) -> Any:
            made: dict[str, object] = {}
            for key, node in present:
                made[key] = node(scope.with_names(made))
            return made

        return run

    def range_closed(self, low: Node, high: Node) -> Node:
        return lambda scope: Range(low(scope), high(scope), True, True)

    def range_open_end(self, low: Node, high: Node) -> Node:
        return lambda scope: Range(low(scope), high(scope), True, False)

    def range_open_start(self, low: Node, high: Node) -> Node:
        return lambda scope: Range(low(scope), high(scope), False, True)

    def range_open(self, low: Node, high: Node) -> Node:
        return lambda scope: Range(low(scope), high(scope), False, False)

    def negative(self, node: Node) -> Node:
        def run(scope: Scope) -> Any:
            value = node(scope)
            if isinstance(value, Months):
                return Months(-value.months)
            return -value if isinstance(value, Decimal | timedelta) else None

        return run

    def power(self, *nodes: Node) -> Node:
        return _fold("**", nodes)

    def addition(self, *parts: Any) -> Node:
        return _chain(parts)

    multiplication = addition

    def compare(self, left: Node, operator: str, right: Node) -> Node:
        return lambda scope: compare(left(scope), operator, right(scope))

    def cmp_op(self, token: Token) -> str:
        return str(token)

    def between(self, value: Node, low: Node, high: Node) -> Node:
        def run(scope: Scope) -> Any:
            inner = value(scope)
            ends = (compare(inner, ">=", low(scope)), compare(inner, "<=", high(scope)))
            return None if None in ends else all(ends)

        return run

    def in_one(self, value: Node, test: Node) -> Node:
        return lambda scope: matches(test(scope), value(scope))

    def in_tests(self, value: Node, tests: Node) -> Node:
        return lambda scope: tests(scope.with_names({}, value=value(scope)))

    def in_compare(self, value: Node, operator: str, other: Node) -> Node:
        return lambda scope: compare(value(scope), operator, other(scope))

    def instance_of(self, node: Node, kind: str) -> Node:
        return lambda scope: kind == "Any" or kind_of(node(scope)) == kind

    def type(self, *words: Any) -> str:
        return " ".join(str(word) for word in words if isinstance(word, Token))

    def conjunction(self, *nodes: Node) -> Node:
        return _three_valued(nodes, stop=False)

    def disjunction(self, *nodes: Node) -> Node:
        return _three_valued(nodes, stop=True)

    def if_(self, condition: Node, then: Node, other: Node) -> Node:
        return lambda scope: then(scope) if condition(scope) is True else other(scope)

    def iterator(self, token: Token, first: Node, last: Node | None = None) -> tuple[str, Node]:
        self.free.discard(str(token))
        return str(token), first if last is None else _counting(first, last)

    def for_(self, *parts: Any) -> Node:
        *iterators, body = parts

        def run(scope: Scope) -> Any:
            results: list[object] = []
            for inner in _combinations(scope, iterators):
                results.append(body(inner.with_names({"partial": results})))
                if len(results) > _SIZE:
                    raise errors.ExpressionFailed(reason="the list becomes too long")
            return results

        return run

    def quantified(self, kind: Token, *parts: Any) -> Node:
        *iterators, body = parts
        stop = str(kind) == "some"
        return lambda scope: _decide([body(inner) for inner in _combinations(scope, iterators)], stop)

    def function_def(self, *parts: Any) -> Node:
        *names, body = parts
        parameters = [str(name) for name in names if name is not None]
        return lambda scope: lambda *values: body(scope.with_names(dict(zip(parameters, values, strict=False))))

    def positional(self, *nodes: Node) -> tuple[tuple[Node, ...], dict[str, Node]]:
        return nodes, {}

    def named(self, *parts: Any) -> tuple[tuple[Node, ...], dict[str, Node]]:
        return (), {str(parts[i]): parts[i + 1] for i in range(0, len(parts), 2)}

    def call(self, node: Node, arguments: tuple[tuple[Node, ...], dict[str, Node]] | None) -> Node:
        name = getattr(node, "called_name", None)
        if name is not None:
            self.called.add(name)
            self.free.discard(name)
        positional, named = arguments or ((), {})

        def run(scope: Scope) -> Any:
            function = _function(scope, name, node)
            if function is None:
                return None
            values = [argument(scope) for argument in positional]
            return _call(scope, function, name, values, {key: value(scope) for key, value in named.items()})

        return run

    def any(self) -> Node:
        return lambda _scope: True

    def negated(self, _not: Token, tests: Node) -> Node:
        return lambda scope: _negate(tests(scope))

    def tests(self, *nodes: Node) -> Node:
        return lambda scope: _decide([node(scope) for node in nodes], stop=True)

    def compare_input(self, operator: str, node: Node) -> Node:
        return lambda scope: compare(scope.input, operator, node(scope))

    def plain_test(self, node: Node) -> Node:
        return lambda scope: matches(node(scope), scope.input)

    def unary(self, node: Node) -> Node:
        return node


def unquote(text: str) -> str:
    """Return the text inside quotation marks, with its escapes resolved."""
    pairs = (("\\\\", "\x00"), ('\\"', '"'), ("\\n", "\n"), ("\\t", "\t"), ("\\r", "\r"), ("\x00", "\\"))
    body = text[1:-1]
    for written, meant in pairs:
        body = body.replace(written, meant)
    return body


def _negate(value: object) -> object:
    return (not value) if isinstance(value, bool) else None


def _fold(operator: str, nodes: Iterable[Node]) -> Node:
    result, *rest = nodes
    for node in rest:
        result = _arithmetic(operator, result, node)
    return result


def _chain(parts: tuple[Any, ...]) -> Node:
    result = parts[0]
    for i in range(1, len(parts), 2):
        result = _arithmetic(str(parts[i]), result, parts[i + 1])
    return result  # type: ignore[no-any-return]


def _three_valued(nodes: Iterable[Node], *, stop: bool) -> Node:
    ordered = list(nodes)

    def run(scope: Scope) -> Any:
        unknown = False
        for node in ordered:
            value = node(scope)
            if value is stop:
                return stop
            unknown = unknown or not isinstance(value, bool)
        return None if unknown else not stop

    return run


def _decide(values: Iterable[object], stop: bool) -> object:
    found = list(values)
    if any(value is stop for value in found):
        return stop
    return None if any(not isinstance(value, bool) for value in found) else not stop


def _item_scope(scope: Scope, item: object) -> Scope:
    more: dict[str, object] = dict(item) if isinstance(item, Mapping) else {}
    return scope.with_names({**more, "item": item})


def _counting(first: Node, last: Node) -> Node:
    def run(scope: Scope) -> Any:
        start, end = first(scope), last(scope)
        if not (isinstance(start, Decimal) and isinstance(end, Decimal)) or abs(end - start) > _SIZE:
            return None
        step = 1 if end >= start else -1
        return [Decimal(i) for i in range(int(start), int(end) + step, step)]

    return run


def _combinations(scope: Scope, iterators: list[tuple[str, Node]]) -> Iterable[Scope]:
    if not iterators:
        yield scope
        return
    (name, node), *rest = iterators
    value = node(scope)
    for item in value if isinstance(value, list) else [] if value is None else [value]:
        yield from _combinations(scope.with_names({name: item}), rest)


def _function(scope: Scope, name: str | None, node: Node) -> Any:
    if name is None:
        return node(scope)
    local = scope.names.get(name)
    return scope.functions.get(name) or (local if callable(local) else None) or BUILTINS.get(name)


def _call(scope: Scope, function: Any, name: str | None, values: list[Any], named: dict[str, Any]) -> Any:
    outside = name is not None and name in scope.functions
    if named and not outside:
        names = list(inspect.signature(function).parameters)
        values = [named.get(key) for key in names if key in named]
        named = {}
    try:
        result = function(*values, **named)
    except errors.AppError:
        raise
    except (TypeError, ValueError, AttributeError, ArithmeticError, IndexError, KeyError) as exc:
        if outside:
            raise errors.ExpressionFailed(function=name, reason=str(exc)) from exc
        return None
    return from_json(result) if outside else result


__all__ = ["Compiler", "Node", "Scope", "matches", "text_of"]
