"""FEEL, the one expression language of diagrams and decision tables (DMN 1.3, chapter 10).

Texts are parsed by a grammar and compiled to closures; Python's own evaluator is never reached.
"""

from collections.abc import Callable, Mapping
from functools import lru_cache
from pathlib import Path

from lark import Lark
from lark.exceptions import LarkError

from engine import errors
from engine.feel.builtins import BUILTINS
from engine.feel.compiler import Compiler, Node, Scope
from engine.feel.values import Months, Range, from_json, to_json

__all__ = ["BUILTINS", "Expression", "Months", "Range", "from_json", "parse", "to_json"]

_MAX_TEXT = 4000
_MAX_DEPTH = 64
_GRAMMAR = Lark(
    (Path(__file__).parent / "feel.lark").read_text(encoding="utf-8"),
    start=["start", "unary"],
    parser="lalr",
    maybe_placeholders=False,
)


class Expression:
    """A parsed FEEL text: pure, safe to share between threads."""

    def __init__(self, text: str, node: Node, free: frozenset[str], called: frozenset[str]) -> None:
        self.text = text
        self._node = node
        self._free = free
        self._called = called

    def names(self) -> frozenset[str]:
        """Return the variables the text reads."""
        return self._free

    def calls(self) -> frozenset[str]:
        """Return the functions the text calls by name."""
        return self._called

    def evaluate(
        self, context: Mapping[str, object], functions: Mapping[str, Callable[..., object]] | None = None
    ) -> object:
        """Return the FEEL value; an impossible operation gives null.

        Raises:
            ExpressionFailed: too many steps, too large a value, or a function from outside refused.
        """
        return self._node(Scope(_converted(context), functions or {}))

    def matches(
        self,
        value: object,
        context: Mapping[str, object],
        functions: Mapping[str, Callable[..., object]] | None = None,
    ) -> bool:
        """Tell whether *value* passes these unary tests."""
        return self._node(Scope(_converted(context), functions or {}, from_json(value))) is True


def _converted(context: Mapping[str, object]) -> dict[str, object]:
    return {key: from_json(value) for key, value in context.items()}


def parse(text: str, *, unary: bool = False) -> Expression:
    """Parse a FEEL expression, or the unary tests of a table's cell; a leading ``=`` is allowed.

    Raises:
        ExpressionInvalid: not FEEL, longer than 4,000 characters, or nested deeper than 64.
    """
    body = text.strip()
    if not unary and body.startswith("="):
        body = body[1:].strip()
    return _parse(body, unary)


@lru_cache(maxsize=4096)
def _parse(text: str, unary: bool) -> Expression:
    if len(text) > _MAX_TEXT or _depth(text) > _MAX_DEPTH:
        raise errors.ExpressionInvalid(text=text[:200], reason="too long or nested too deeply")
    try:
        tree = _GRAMMAR.parse(text or "-" if unary else text, start="unary" if unary else "start")
        compiler = Compiler()
        node = compiler.transform(tree)
    except LarkError as exc:
        position = getattr(exc, "pos_in_stream", None)
        raise errors.ExpressionInvalid(text=text[:200], reason="not FEEL", position=position) from exc
    return Expression(text, node, frozenset(compiler.free), frozenset(compiler.called))


def _depth(text: str) -> int:
    depth = deepest = 0
    for character in text:
        depth += character in "([{"
        depth -= character in ")]}"
        deepest = max(deepest, depth)
    return max(deepest, text.count("if "), text.count("-" * 8))
