"""A small part of Python's expressions, read into the same tree as FEEL and evaluated by it.

Diagrams written for SpiffWorkflow, and published test cases, write their conditions in Python. What is read here
cannot import, define, loop or reach an attribute: names, literals, comparisons, ``and or not in``, arithmetic,
``a if b else c``, indexing, ``x.get(key)``, ``len(x)`` and a few conversions. Nothing is ever given to Python's own
evaluation; ``ast`` only parses.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Mapping

from engine.errors import ExpressionInvalid
from engine.feel.expression import Expression
from engine.feel.nodes import Arithmetic, Comparison, ContextOf, ListOf, Literal, Negation, Node
from engine.feel.python_nodes import (
    Choice,
    IfElse,
    Known,
    Operation,
    equal,
    get,
    is_truth,
    item,
    length,
    member,
    negated,
    no_member,
    remainder,
    text,
    unequal,
    whole,
)
from engine.feel.values import from_json

MAX_CHARACTERS = 4000
MAX_DEPTH = 64

_COMPARISONS: Mapping[type[ast.cmpop], str | Callable[..., object]] = {
    ast.Lt: "<", ast.LtE: "<=", ast.Gt: ">", ast.GtE: ">=", ast.Eq: equal, ast.NotEq: unequal, ast.Is: equal,
    ast.IsNot: unequal, ast.In: member, ast.NotIn: no_member,
}  # fmt: skip
_ARITHMETIC: Mapping[type[ast.operator], str] = {
    ast.Add: "+", ast.Sub: "-", ast.Mult: "*", ast.Div: "/", ast.Pow: "**",
}  # fmt: skip
_FUNCTIONS: Mapping[str, tuple[Callable[..., object], int]] = {
    "len": (length, 1), "str": (text, 1), "int": (whole, 1), "bool": (is_truth, 1),
}  # fmt: skip


def parse(text: str) -> Expression:
    """Read one expression.

    Raises:
        ExpressionInvalid: it is no Python, or uses more than the part that is allowed.
    """
    return Expression(text, _Reader(text).node(_tree(text, "eval").body))  # type: ignore[attr-defined]


def parse_script(text: str) -> tuple[tuple[str, str], ...]:
    """Read a script of assignments as (variable, expression) in order; ``pass`` does nothing.

    Raises:
        ExpressionInvalid: a statement is no assignment to a variable, or an expression is not allowed.
    """
    found: list[tuple[str, str]] = []
    for statement in _tree(_dedented(text), "exec").body:  # type: ignore[attr-defined]
        match statement:
            case ast.Pass():
                continue
            case ast.Assign(targets=[ast.Name(id=name)], value=value):
                found.append((name, ast.unparse(value)))
            case ast.AugAssign(target=ast.Name(id=name), op=operator, value=value):
                found.append((name, ast.unparse(ast.BinOp(ast.Name(name, ast.Load()), operator, value))))
            case _:
                raise ExpressionInvalid(text=text, reason="脚本中只能给变量赋值", position=0)
        parse(found[-1][1])
    return tuple(found)


def _dedented(text: str) -> str:
    return "\n".join(line.strip() for line in text.strip().splitlines())


def _tree(text: str, mode: str) -> ast.AST:
    if len(text) > MAX_CHARACTERS:
        raise ExpressionInvalid(text=text[:80], reason=f"超过 {MAX_CHARACTERS} 个字符", position=0)
    try:
        tree = ast.parse(text.strip(), mode=mode)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        raise ExpressionInvalid(text=text, reason="不是有效的 Python 表达式", position=0) from None
    if _depth(tree) > MAX_DEPTH * 2:
        raise ExpressionInvalid(text=text, reason=f"嵌套超过 {MAX_DEPTH} 层", position=0)
    return tree


def _depth(tree: ast.AST) -> int:
    depth, level = 0, [tree]
    while level and depth <= MAX_DEPTH * 2:
        level = [child for node in level for child in ast.iter_child_nodes(node)]
        depth += 1
    return depth


class _Reader:
    """Turns what ``ast`` parsed into nodes; whatever is not listed here is refused."""

    def __init__(self, text: str) -> None:
        self._text = text

    def node(self, part: ast.expr) -> Node:
        """Return the node for a part of the expression."""
        read = getattr(self, f"_{type(part).__name__.lower()}", None)
        if read is None:
            raise self._refusal(type(part).__name__)
        made: Node = read(part)
        return made

    def _refusal(self, what: str) -> ExpressionInvalid:
        return ExpressionInvalid(text=self._text, reason=f"不允许的写法 {what}", position=0)

    def _all(self, parts: list[ast.expr]) -> tuple[Node, ...]:
        return tuple(self.node(part) for part in parts)

    def _constant(self, part: ast.Constant) -> Node:
        if part.value is None or isinstance(part.value, bool | int | float | str):
            return Literal(from_json(part.value))
        raise self._refusal(type(part.value).__name__)

    def _name(self, part: ast.Name) -> Node:
        return Known(part.id)

    def _boolop(self, part: ast.BoolOp) -> Node:
        return Choice(self._all(part.values), isinstance(part.op, ast.Or))

    def _unaryop(self, part: ast.UnaryOp) -> Node:
        operand = self.node(part.operand)
        if isinstance(part.op, ast.Not):
            return Operation(negated, (operand,))
        if isinstance(part.op, ast.USub):
            return Negation(operand)
        raise self._refusal(type(part.op).__name__)

    def _binop(self, part: ast.BinOp) -> Node:
        left, right = self.node(part.left), self.node(part.right)
        if isinstance(part.op, ast.Mod):
            return Operation(remainder, (left, right))
        operator = _ARITHMETIC.get(type(part.op))
        if operator is None:
            raise self._refusal(type(part.op).__name__)
        return Arithmetic(left, ((operator, right),))

    def _compare(self, part: ast.Compare) -> Node:
        operands = self._all([part.left, *part.comparators])
        steps = [
            self._comparison(operator, left, right)
            for operator, left, right in zip(part.ops, operands, operands[1:], strict=False)
        ]
        return steps[0] if len(steps) == 1 else Choice(tuple(steps), stops_at=False)

    def _comparison(self, operator: ast.cmpop, left: Node, right: Node) -> Node:
        how = _COMPARISONS[type(operator)]
        return Comparison(how, left, right) if isinstance(how, str) else Operation(how, (left, right))

    def _ifexp(self, part: ast.IfExp) -> Node:
        return IfElse(self.node(part.test), self.node(part.body), self.node(part.orelse))

    def _list(self, part: ast.List) -> Node:
        return ListOf(self._all(part.elts))

    def _tuple(self, part: ast.Tuple) -> Node:
        return ListOf(self._all(part.elts))

    def _dict(self, part: ast.Dict) -> Node:
        keys = [key.value if isinstance(key, ast.Constant) else None for key in part.keys]
        if not all(isinstance(key, str) for key in keys):
            raise self._refusal("dict")
        return ContextOf(tuple(zip(map(str, keys), self._all(part.values), strict=True)))

    def _subscript(self, part: ast.Subscript) -> Node:
        return Operation(item, (self.node(part.value), self.node(part.slice)))

    def _call(self, part: ast.Call) -> Node:
        arguments = self._all(part.args)
        match part.func:
            case ast.Attribute(value=owner, attr="get") if len(arguments) in (1, 2) and not part.keywords:
                return Operation(get, (self.node(owner), *arguments))
            case ast.Name(id=name) if name in _FUNCTIONS and not part.keywords:
                work, count = _FUNCTIONS[name]
                if len(arguments) == count:
                    return Operation(work, arguments)
        raise self._refusal("调用")


__all__ = ["Expression", "parse", "parse_script"]
