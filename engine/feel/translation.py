"""Translates lark's parse tree into the nodes that can be evaluated."""

from collections.abc import Callable

from lark import Token, Tree

from engine.feel.environment import Env
from engine.feel.nodes import (
    Arithmetic,
    Between,
    Comparison,
    Contained,
    ContextOf,
    Interval,
    Junction,
    ListOf,
    Literal,
    Name,
    Negation,
    Node,
    Test,
)
from engine.feel.nodes_control import Conditional, FunctionOf, InstanceOf, Iteration, Loop, Parameter, Quantified
from engine.feel.nodes_trailers import Call, Filter, NamedCall, Path, Trailer, Trailers
from engine.feel.temporal_text import parse_temporal
from engine.feel.types import Type, generic_type, named_type
from engine.feel.undefined import Undefined
from engine.feel.values import number

Branch = Tree[Token]


class Untranslatable(Exception):
    """The text follows the grammar but makes no sense."""


class Tests(Node):
    """Unary tests in parentheses, which only ``in`` and a cell may use."""

    def __init__(self, tests: tuple[Node, ...]) -> None:
        self.tests = tests

    def compute(self, env: Env) -> object:
        """Tests have no value without something to test."""
        raise Undefined("a list of tests has no value")

    def children(self) -> tuple[Node, ...]:
        """Return the tests."""
        return self.tests


def translate(tree: Branch) -> Node:
    """Return the nodes for a whole expression or for unary tests."""
    if tree.data in ("any_of", "none_of"):
        tests = next(child for child in tree.children if isinstance(child, Tree))
        return Tests(tuple(_node(child) for child in _trees(tests)))
    return _plain(_trees(tree)[0])


def _trees(tree: Branch) -> list[Branch]:
    return [child for child in tree.children if isinstance(child, Tree)]


def _tokens(tree: Branch) -> list[Token]:
    return [child for child in tree.children if isinstance(child, Token)]


def _node(tree: Branch) -> Node:
    return _NODES[str(tree.data)](tree)


def _plain(tree: Branch) -> Node:
    """Translate a part that must have a value of its own."""
    node = _node(tree)
    if isinstance(node, Tests):
        raise Untranslatable("括号中的多个条件只能写在 in 之后")
    return node


def _parenthesis(tree: Branch) -> Node:
    tests = [_node(child) for child in _trees(_trees(tree)[0])]
    return tests[0] if len(tests) == 1 and not isinstance(tests[0], Tests) else Tests(tuple(tests))


def _literal(value: object) -> Callable[[Branch], Node]:
    return lambda tree: Literal(value)


def _temporal(tree: Branch) -> Node:
    return Literal(parse_temporal(str(tree.children[0])))


def _arithmetic(tree: Branch) -> Node:
    operands = [_plain(child) for child in _trees(tree)]
    operators = [str(token) for token in _tokens(tree)]
    return Arithmetic(operands[0], tuple(zip(operators, operands[1:], strict=True)))


def _junction(absorbing: bool) -> Callable[[Branch], Node]:
    return lambda tree: Junction(tuple(_plain(child) for child in _trees(tree)), absorbing)


def _compare(tree: Branch) -> Node:
    left, right = _trees(tree)
    return Comparison(str(_tokens(tree)[0]), _plain(left), _plain(right))


def _between(tree: Branch) -> Node:
    value, low, high = _trees(tree)
    return Between(_plain(value), _plain(low), _plain(high))


def _contained(tree: Branch) -> Node:
    value, right = _trees(tree)
    tests = _node(right)
    return Contained(_plain(value), tests.tests if isinstance(tests, Tests) else (tests,))


def _interval(tree: Branch) -> Node:
    opening, _, closing = _tokens(tree)
    low, high = _trees(tree)
    return Interval(_plain(low), _plain(high), opening.type == "LSQB", closing.type == "RSQB")


def _context(tree: Branch) -> Node:
    return ContextOf(tuple((str(_tokens(entry)[0]), _plain(_trees(entry)[0])) for entry in _trees(tree)))


def _iterations(tree: Branch) -> tuple[Iteration, ...]:
    return tuple(_iteration(child) for child in _trees(tree)[:-1])


def _iteration(tree: Branch) -> Iteration:
    source, *end = [_plain(child) for child in _trees(tree)]
    return Iteration(str(_tokens(tree)[0]), source, end[0] if end else None)


def _quantified(tree: Branch) -> Node:
    return Quantified(_tokens(tree)[0].type == "EVERY", _iterations(tree), _plain(_trees(tree)[-1]))


def _function(tree: Branch) -> Node:
    *parameters, body = _trees(tree)
    return FunctionOf(tuple(_parameter(child) for child in parameters), _plain(body))


def _parameter(tree: Branch) -> Parameter:
    types = [_type(child) for child in _trees(tree)]
    return Parameter(str(_tokens(tree)[0]), types[0] if types else None)


def _trailers(tree: Branch) -> Node:
    operand, *steps = _trees(tree)
    return Trailers(_plain(operand), tuple(_trailer(step) for step in steps))


def _trailer(tree: Branch) -> Trailer:
    if tree.data == "path":
        return Path(str(_tokens(tree)[1]))
    if tree.data == "filter":
        return Filter(_plain(_trees(tree)[0]))
    if tree.data == "call":
        return Call(tuple(_plain(child) for child in _trees(tree)))
    return NamedCall(tuple((str(_tokens(item)[0]), _plain(_trees(item)[0])) for item in _trees(tree)))


def _type(tree: Branch) -> Type:
    names = [str(token) for token in _tokens(tree) if token.type == "NAME"]
    try:
        if tree.data == "named_type":
            return named_type(".".join(names))
        if tree.data == "generic_type":
            return generic_type(names[0], [_type(child) for child in _trees(tree)])
    except KeyError as exc:
        raise Untranslatable(f"没有类型 {exc.args[0]!r}") from None
    if tree.data == "any_function":
        return Type("function")
    if tree.data == "function_type":
        return Type("function", parameters=tuple(_type(child) for child in _trees(tree)[:-1]))
    if tree.data == "context_type" and names[0] == "context":
        return Type("context", fields={str(_tokens(item)[0]): _type(_trees(item)[0]) for item in _trees(tree)})
    raise Untranslatable(f"没有类型 {names[0]!r}")


_NODES: dict[str, Callable[[Branch], Node]] = {
    "number": lambda tree: Literal(number(str(tree.children[0]))),
    "string": lambda tree: Literal(str(tree.children[0])),
    "temporal": _temporal,
    "true": _literal(True),
    "false": _literal(False),
    "null": _literal(None),
    "name": lambda tree: Name(str(tree.children[0])),
    "parenthesis": _parenthesis,
    "interval": _interval,
    "list": lambda tree: ListOf(tuple(_plain(child) for child in _trees(tree))),
    "context": _context,
    "conditional": lambda tree: Conditional(*(_plain(child) for child in _trees(tree))),
    "loop": lambda tree: Loop(_iterations(tree), _plain(_trees(tree)[-1])),
    "quantified": _quantified,
    "function": _function,
    "arithmetic": _arithmetic,
    "negation": lambda tree: Negation(_plain(_trees(tree)[0])),
    "compare": _compare,
    "between": _between,
    "contained": _contained,
    "comparison_test": lambda tree: Test(str(_tokens(tree)[0]), _plain(_trees(tree)[0])),
    "disjunction": _junction(True),
    "all_of": _junction(False),
    "instance_of": lambda tree: InstanceOf(_plain(_trees(tree)[0]), _type(_trees(tree)[1])),
    "trailers": _trailers,
}
