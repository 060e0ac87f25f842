"""The simple parts of a parsed expression: literals, names, operators, lists and contexts."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator
from dataclasses import dataclass

from engine.feel.arithmetic import calculate, negate
from engine.feel.comparison import contained, equal, order
from engine.feel.environment import Env
from engine.feel.undefined import Undefined
from engine.feel.values import Range


class Node(ABC):
    """A part of an expression; ``evaluate`` never changes it."""

    def evaluate(self, env: Env) -> object:
        """Return the value in *env*: null where FEEL knows no answer, unless *env* is strict."""
        env.budget.spend()
        try:
            return self.compute(env)
        except Undefined as undefined:
            return env.undefined(undefined.reason)

    @abstractmethod
    def compute(self, env: Env) -> object:
        """Return the value, or raise ``Undefined``."""

    def free(self, bound: frozenset[str]) -> Iterator[tuple[str, bool]]:
        """Yield each name used but not in *bound*, with whether it is called as a function."""
        for child in self.children():
            yield from child.free(bound)

    def children(self) -> tuple[Node, ...]:
        """Return the parts this one is made of."""
        return ()


@dataclass(frozen=True, slots=True)
class Literal(Node):
    """A value written down."""

    value: object

    def compute(self, env: Env) -> object:
        """Return the value."""
        return self.value


@dataclass(frozen=True, slots=True)
class Name(Node):
    """A variable, or a function named without calling it."""

    name: str

    def compute(self, env: Env) -> object:
        """Return the variable's value, or null if there is none."""
        return env.find(self.name)[1]

    def free(self, bound: frozenset[str]) -> Iterator[tuple[str, bool]]:
        """Yield the name itself."""
        if self.name not in bound:
            yield self.name, False


@dataclass(frozen=True, slots=True)
class Arithmetic(Node):
    """A chain ``a + b - c`` of operators of one rank, worked from left to right."""

    first: Node
    rest: tuple[tuple[str, Node], ...]

    def compute(self, env: Env) -> object:
        """Return the result of the whole chain."""
        value = self.first.evaluate(env)
        for operator, operand in self.rest:
            env.budget.spend()
            value = env.limited(calculate(operator, value, operand.evaluate(env)))
        return value

    def children(self) -> tuple[Node, ...]:
        """Return the operands."""
        return (self.first, *(operand for _, operand in self.rest))


def single(value: object) -> object:
    """Return the only item of a list of one, as FEEL does where a single value is needed."""
    return value[0] if isinstance(value, list) and len(value) == 1 else value


@dataclass(frozen=True, slots=True)
class Negation(Node):
    """A minus before a number or a duration."""

    operand: Node

    def compute(self, env: Env) -> object:
        """Return the negative."""
        return negate(self.operand.evaluate(env))

    def children(self) -> tuple[Node, ...]:
        """Return the operand."""
        return (self.operand,)


def compare(operator: str, left: object, right: object) -> object:
    """Return the truth of ``left operator right`` for ``= != < <= > >=``."""
    if operator in ("=", "!="):
        return equal(left, right) == (operator == "=")
    step = order(left, right)
    return {"<": step < 0, "<=": step <= 0, ">": step > 0, ">=": step >= 0}[operator]


@dataclass(frozen=True, slots=True)
class Comparison(Node):
    """One of ``= != < <= > >=`` between two operands."""

    operator: str
    left: Node
    right: Node

    def compute(self, env: Env) -> object:
        """Return the truth of the comparison."""
        left, right = self.left.evaluate(env), self.right.evaluate(env)
        env.charge(left)
        return compare(self.operator, left, right)

    def children(self) -> tuple[Node, ...]:
        """Return both operands."""
        return (self.left, self.right)


@dataclass(frozen=True, slots=True)
class Between(Node):
    """``x between low and high``, both ends included."""

    value: Node
    low: Node
    high: Node

    def compute(self, env: Env) -> object:
        """Return whether the value lies between the two."""
        value = self.value.evaluate(env)
        return order(value, self.low.evaluate(env)) >= 0 and order(value, self.high.evaluate(env)) <= 0

    def children(self) -> tuple[Node, ...]:
        """Return value and ends."""
        return (self.value, self.low, self.high)


@dataclass(frozen=True, slots=True)
class Junction(Node):
    """``and`` or ``or`` in FEEL's logic of three values; what is no boolean counts as null."""

    operands: tuple[Node, ...]
    absorbing: bool

    def compute(self, env: Env) -> object:
        """Return the absorbing value if any operand has it, else null if any is unknown."""
        unknown = False
        for operand in self.operands:
            value = single(operand.evaluate(env))
            if value is self.absorbing:
                return self.absorbing
            unknown = unknown or not isinstance(value, bool)
        if unknown:
            raise Undefined("an operand of and/or is no boolean")
        return not self.absorbing

    def children(self) -> tuple[Node, ...]:
        """Return the operands."""
        return self.operands


@dataclass(frozen=True, slots=True)
class Interval(Node):
    """``[low..high]`` with either end included or not."""

    low: Node
    high: Node
    low_included: bool
    high_included: bool

    def compute(self, env: Env) -> object:
        """Return the range, if its ends have an order."""
        low, high = self.low.evaluate(env), self.high.evaluate(env)
        if low is None or high is None:
            raise Undefined("an interval needs two ends")
        order(low, high)
        return Range(low, high, self.low_included, self.high_included)

    def children(self) -> tuple[Node, ...]:
        """Return both ends."""
        return (self.low, self.high)


@dataclass(frozen=True, slots=True)
class ListOf(Node):
    """``[a, b, c]``."""

    items: tuple[Node, ...]

    def compute(self, env: Env) -> object:
        """Return the list."""
        return env.limited([item.evaluate(env) for item in self.items])

    def children(self) -> tuple[Node, ...]:
        """Return the items."""
        return self.items


@dataclass(frozen=True, slots=True)
class ContextOf(Node):
    """``{a: 1, b: a + 1}``; later entries see earlier ones."""

    entries: tuple[tuple[str, Node], ...]

    def compute(self, env: Env) -> object:
        """Return the context; two entries of one name make it null."""
        made: dict[str, object] = {}
        inner = env.inside(made)
        for key, node in self.entries:
            if key in made:
                raise Undefined(f"two entries are called {key!r}")
            made[key] = node.evaluate(inner)
        return env.limited(made)

    def free(self, bound: frozenset[str]) -> Iterator[tuple[str, bool]]:
        """Yield what the entries use from outside."""
        for key, node in self.entries:
            yield from node.free(bound)
            bound |= {key}

    def children(self) -> tuple[Node, ...]:
        """Return the entries' values."""
        return tuple(node for _, node in self.entries)


@dataclass(frozen=True, slots=True)
class Test(Node):
    """A unary test ``< 5``: as a value it is a range, in a cell or after ``in`` it is a comparison."""

    operator: str
    operand: Node

    def compute(self, env: Env) -> object:
        """Return the range of all values that pass."""
        value = self.operand.evaluate(env)
        if self.operator == "!=":
            raise Undefined("!= makes no range")
        if self.operator == "=":
            return Range(value, value)
        included = self.operator in ("<=", ">=")
        return Range(None, value, False, included) if "<" in self.operator else Range(value, None, included, False)

    def children(self) -> tuple[Node, ...]:
        """Return the operand."""
        return (self.operand,)


@dataclass(frozen=True, slots=True)
class Contained(Node):
    """``value in test, …``: true if any of the tests accepts the value."""

    value: Node
    tests: tuple[Node, ...]

    def compute(self, env: Env) -> object:
        """Return whether one of the tests accepts the value."""
        return any_passes(self.value.evaluate(env), self.tests, env)

    def children(self) -> tuple[Node, ...]:
        """Return value and tests."""
        return (self.value, *self.tests)


def any_passes(value: object, tests: tuple[Node, ...], env: Env) -> object:
    """Return true if a test accepts *value*, null if none does and one is undefined, else false."""
    unknown = ""
    for test in tests:
        try:
            if passes(value, test, env):
                return True
        except Undefined as undefined:
            unknown = undefined.reason
    if unknown:
        raise Undefined(unknown)
    return False


def passes(value: object, test: Node, env: Env) -> bool:
    """Tell whether one positive unary test accepts *value*."""
    if isinstance(test, Test):
        return compare(test.operator, value, test.operand.evaluate(env)) is True
    container = test.evaluate(env)
    env.charge(container)
    return contained(value, container)
