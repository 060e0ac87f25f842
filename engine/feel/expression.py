"""The public face of a parsed expression."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from engine.errors import ExpressionFailed
from engine.feel.environment import CaseData, Env, Functions
from engine.feel.grammar import parse_node
from engine.feel.lexer import needs_declaring, normal_name
from engine.feel.nodes import Node, passes
from engine.feel.translation import Tests
from engine.feel.undefined import Undefined

NO_FUNCTIONS: Mapping[str, Callable[..., object]] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Expression:
    """FEEL text that is known to be well-formed; evaluating it has no side effects."""

    text: str
    node: Node
    negated: bool = False

    def evaluate(
        self, context: Mapping[str, object], functions: Functions = NO_FUNCTIONS, *, strict: bool = False
    ) -> object:
        """Return the FEEL value for the case data in *context*; use ``to_json`` to store it.

        Missing names are null. With *strict* an operation that is not defined stops the evaluation
        instead of answering null, for conditions where a silent null would take the wrong branch.

        Raises:
            ExpressionFailed: too much work, too large a result, or, if strict, an undefined operation.
        """
        return self.run(Env(CaseData(context), functions, strict=strict))

    def run(self, env: Env) -> object:
        """Return the value in an environment made elsewhere, such as a decision's."""
        try:
            return self.node.evaluate(env)
        except ExpressionFailed as exc:
            raise ExpressionFailed(**{"text": self.text, **exc.facts}) from None
        except RecursionError:
            raise ExpressionFailed(text=self.text, reason="嵌套过深") from None

    def matches(self, value: object, context: Mapping[str, object], functions: Functions = NO_FUNCTIONS) -> bool:
        """Tell whether these unary tests accept *value*, a FEEL value; ``?`` in them stands for it."""
        return self.accepts(value, Env(CaseData(context), functions))

    def accepts(self, value: object, env: Env) -> bool:
        """Tell whether these unary tests accept *value* in an environment made elsewhere."""
        if not isinstance(self.node, Tests):
            return True
        inner = env.inside({"?": value})
        try:
            verdict = any(_accepts(value, test, inner) for test in self.node.tests)
        except ExpressionFailed as exc:
            raise ExpressionFailed(**{"text": self.text, **exc.facts}) from None
        return verdict is not self.negated

    def names(self) -> frozenset[str]:
        """Return the free variables; inside a filter, entries of the items count among them."""
        return frozenset(name for name, called in self.node.free(frozenset({"?"})) if not called)

    def calls(self) -> frozenset[str]:
        """Return the names of the functions called, built-in ones included."""
        return frozenset(name for name, called in self.node.free(frozenset()) if called)


def _accepts(value: object, test: Node, env: Env) -> bool:
    if any(name == "?" for name, _ in test.free(frozenset())):
        return test.evaluate(env) is True
    try:
        if passes(value, test, env):
            return True
    except Undefined:
        pass
    return False


def parse(text: str, *, unary: bool = False, names: Collection[str] = ()) -> Expression:
    """Parse FEEL; a leading ``=``, as Camunda writes it, is dropped.

    Args:
        text: an expression, or unary tests as in a cell of a decision table.
        unary: whether these are unary tests.
        names: the names in scope; only those with operators, quotes or keywords in them matter.

    Raises:
        ExpressionInvalid: with ``text``, ``reason`` and ``position`` (characters from the start).
    """
    stripped = text.strip()
    if not unary and stripped.startswith("="):
        stripped = stripped[1:].strip()
    declared = frozenset(normal_name(name) for name in names if needs_declaring(name))
    node, negated = parse_node(stripped, unary=unary, names=declared)
    return Expression(stripped, node, negated)
