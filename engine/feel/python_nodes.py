"""What Python's expressions mean where FEEL means something else: missing names, truth, membership."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from decimal import Decimal

from engine.feel.comparison import same
from engine.feel.environment import Env
from engine.feel.nodes import Name, Node
from engine.feel.undefined import Undefined


@dataclass(frozen=True, slots=True)
class Known(Node):
    """A name that must exist: Python has no null for what is missing."""

    name: str

    def compute(self, env: Env) -> object:
        """Return the variable's value."""
        found, value = env.find(self.name)
        if not found:
            raise Undefined(f"name {self.name!r} is not defined")
        return value

    def free(self, bound: frozenset[str]) -> Iterator[tuple[str, bool]]:
        """Yield the name itself."""
        yield from Name(self.name).free(bound)


@dataclass(frozen=True, slots=True)
class Choice(Node):
    """``and`` and ``or``: the operand that decides, as in Python."""

    operands: tuple[Node, ...]
    stops_at: bool

    def compute(self, env: Env) -> object:
        """Return the first operand whose truth decides, or the last."""
        value: object = None
        for operand in self.operands:
            value = operand.evaluate(env)
            if is_truth(value) is self.stops_at:
                return value
        return value

    def children(self) -> tuple[Node, ...]:
        """Return the operands."""
        return self.operands


@dataclass(frozen=True, slots=True)
class Operation(Node):
    """A function of this module over operands that are all evaluated."""

    work: Callable[..., object]
    operands: tuple[Node, ...]

    def compute(self, env: Env) -> object:
        """Return what the function makes of the operands."""
        values = [operand.evaluate(env) for operand in self.operands]
        env.charge(*values)
        return self.work(*values)

    def children(self) -> tuple[Node, ...]:
        """Return the operands."""
        return self.operands


@dataclass(frozen=True, slots=True)
class IfElse(Node):
    """``a if test else b``."""

    test: Node
    chosen: Node
    other: Node

    def compute(self, env: Env) -> object:
        """Return one of the two; the other is not evaluated."""
        return (self.chosen if is_truth(self.test.evaluate(env)) else self.other).evaluate(env)

    def children(self) -> tuple[Node, ...]:
        """Return test and branches."""
        return (self.test, self.chosen, self.other)


def is_truth(value: object) -> bool:
    """Tell whether a value counts as true in Python."""
    return not (value is None or value is False or value in ("", 0, [], {}))


def negated(value: object) -> bool:
    """Return the opposite of a value's truth."""
    return not is_truth(value)


def equal(left: object, right: object) -> bool:
    """Compare two values; different types are not equal."""
    return same(left, right)


def unequal(left: object, right: object) -> bool:
    """Tell whether two values differ."""
    return not same(left, right)


def member(value: object, container: object) -> bool:
    """Tell whether a value is in a text, list or mapping."""
    if isinstance(container, str) and isinstance(value, str):
        return value in container
    if isinstance(container, list):
        return any(same(value, item) for item in container)
    if isinstance(container, dict):
        return value in container
    raise Undefined("in needs a text, a list or a mapping")


def no_member(value: object, container: object) -> bool:
    """Tell whether a value is in none."""
    return not member(value, container)


def item(container: object, key: object) -> object:
    """Return an item by its key or its place, counted from 0."""
    if isinstance(container, dict) and isinstance(key, str) and key in container:
        return container[key]
    if isinstance(container, list | str) and isinstance(key, Decimal) and -len(container) <= key < len(container):
        return container[int(key)]
    raise Undefined("no such item")


def get(container: object, key: object, default: object = None) -> object:
    """Return the entry of a mapping, or the default."""
    if not isinstance(container, dict):
        raise Undefined("get needs a mapping")
    return container.get(key, default)


def length(value: object) -> Decimal:
    """Return how long a text, list or mapping is."""
    if isinstance(value, str | list | dict):
        return Decimal(len(value))
    raise Undefined("len needs a text, a list or a mapping")


def text(value: object) -> str:
    """Return a value as text."""
    if isinstance(value, str):
        return value
    if isinstance(value, bool) or value is None:
        return str(value)
    if isinstance(value, Decimal):
        return f"{value.normalize():f}"
    raise Undefined("str needs a text or a number")


def whole(value: object) -> Decimal:
    """Return a whole number, cut towards zero."""
    if isinstance(value, str):
        value = Decimal(value.strip()) if value.strip().lstrip("+-").isdigit() else None
    if isinstance(value, Decimal):
        return Decimal(int(value))
    raise Undefined("int needs a number")


def remainder(left: object, right: object) -> Decimal:
    """Return the remainder, with the sign of the divisor."""
    if isinstance(left, Decimal) and isinstance(right, Decimal) and right:
        return left - right * (left // right if (left < 0) == (right < 0) or not left % right else left // right - 1)
    raise Undefined("% needs two numbers")
