"""Conditions, loops, quantifiers and function definitions."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from engine.feel.comparison import order
from engine.feel.environment import MAX_ITEMS, Env
from engine.feel.nodes import Node, single
from engine.feel.temporal import Date
from engine.feel.types import Type, coerced
from engine.feel.undefined import Undefined
from engine.feel.values import Range


@dataclass(frozen=True, slots=True)
class Conditional(Node):
    """``if … then … else …``: anything but true takes the else branch."""

    condition: Node
    consequence: Node
    alternative: Node

    def compute(self, env: Env) -> object:
        """Return the value of one branch; the other is not evaluated."""
        chosen = single(self.condition.evaluate(env)) is True
        return (self.consequence if chosen else self.alternative).evaluate(env)

    def children(self) -> tuple[Node, ...]:
        """Return condition and branches."""
        return (self.condition, self.consequence, self.alternative)


@dataclass(frozen=True, slots=True)
class Iteration:
    """``name in source``, or ``name in source .. end`` counting up or down."""

    name: str
    source: Node
    end: Node | None = None

    def items(self, env: Env) -> list[object]:
        """Return what *name* stands for, one after the other."""
        source = self.source.evaluate(env)
        if self.end is not None:
            return _counted(source, self.end.evaluate(env), env)
        if isinstance(source, Range):
            return _range_items(source, env)
        if source is None:
            raise Undefined("cannot iterate over null")
        return source if isinstance(source, list) else [source]


def _range_items(source: Range, env: Env) -> list[object]:
    if source.low is None or source.high is None or order(source.low, source.high) > 0:
        raise Undefined("cannot iterate over this interval")
    items = _counted(source.low, source.high, env)
    return items[0 if source.low_included else 1 : None if source.high_included or not items else -1]


def _counted(start: object, end: object, env: Env) -> list[object]:
    if isinstance(start, Date) and isinstance(end, Date):
        return [Date.from_ordinal(day) for day in _steps(start.ordinal, end.ordinal, env)]
    if not (isinstance(start, Decimal) and isinstance(end, Decimal)):
        raise Undefined("can only count numbers and dates")
    if start != start.to_integral_value() or end != end.to_integral_value() or abs(end) > 10**15 or abs(start) > 10**15:
        raise Undefined("can only count whole numbers")
    return [Decimal(value) for value in _steps(int(start), int(end), env)]


def _steps(start: int, end: int, env: Env) -> range:
    env.budget.spend(min(abs(end - start), 10**9))
    return range(start, end + 1) if start <= end else range(start, end - 1, -1)


def _combinations(iterations: Sequence[Iteration], env: Env) -> Iterator[Env]:
    """Yield an environment for each combination; later iterations see earlier names."""
    first, rest = iterations[0], iterations[1:]
    for item in first.items(env):
        env.budget.spend()
        inner = env.inside({first.name: item})
        if rest:
            yield from _combinations(rest, inner)
        else:
            yield inner


class _Iterating(Node):
    """What loops and quantifiers have in common."""

    iterations: tuple[Iteration, ...]
    body: Node

    def free(self, bound: frozenset[str]) -> Iterator[tuple[str, bool]]:
        """Yield what the sources and the body use from outside."""
        for iteration in self.iterations:
            yield from iteration.source.free(bound)
            if iteration.end:
                yield from iteration.end.free(bound)
            bound |= {iteration.name}
        yield from self.body.free(bound | {"partial"})

    def children(self) -> tuple[Node, ...]:
        """Return sources and body."""
        sources = [node for item in self.iterations for node in (item.source, item.end) if node]
        return (*sources, self.body)


class _Partial:
    """The scope that gives a loop's body a copy of the results so far."""

    __slots__ = ("_env", "_results")

    def __init__(self, results: list[object], env: Env) -> None:
        self._results = results
        self._env = env

    def __contains__(self, name: object) -> bool:
        return name == "partial"

    def __getitem__(self, name: str) -> object:
        self._env.budget.spend(len(self._results) // 16)
        return list(self._results)


@dataclass(frozen=True, slots=True)
class Loop(_Iterating):
    """``for … return …``; ``partial`` is the list of the results so far."""

    iterations: tuple[Iteration, ...]
    body: Node

    def compute(self, env: Env) -> object:
        """Return the list of results."""
        results: list[object] = []
        for inner in _combinations(self.iterations, env.inside(_Partial(results, env))):
            results.append(self.body.evaluate(inner))
            if len(results) > MAX_ITEMS:
                break
        return env.limited(results)


@dataclass(frozen=True, slots=True)
class Quantified(_Iterating):
    """``some …`` or ``every … satisfies …``."""

    every: bool
    iterations: tuple[Iteration, ...]
    body: Node

    def compute(self, env: Env) -> object:
        """Return whether some or every combination satisfies the body; null if that is unknown."""
        unknown = False
        for inner in _combinations(self.iterations, env):
            value = self.body.evaluate(inner)
            if isinstance(value, bool):
                if value is not self.every:
                    return value
            else:
                unknown = True
        if unknown:
            raise Undefined("the condition of a quantifier is no boolean")
        return self.every


@dataclass(frozen=True, slots=True)
class Parameter:
    """A parameter of a function defined in FEEL."""

    name: str
    type: Type | None = None


@dataclass(frozen=True, slots=True)
class Closure:
    """A function defined in FEEL together with the names it saw there."""

    parameters: tuple[Parameter, ...]
    body: Node
    env: Env

    def call(self, positional: Sequence[object], named: Mapping[str, object] | None) -> object:
        """Evaluate the body with the arguments bound to the parameters."""
        names = [parameter.name for parameter in self.parameters]
        if named is None:
            if len(positional) != len(names):
                raise Undefined("wrong number of arguments")
            named = dict(zip(names, positional, strict=True))
        elif set(named) != set(names):
            raise Undefined("wrong names of arguments")
        bound = {item.name: self._fitted(item, named[item.name]) for item in self.parameters}
        return self.body.evaluate(self.env.inside(bound))

    @staticmethod
    def _fitted(parameter: Parameter, value: object) -> object:
        if parameter.type is None or value is None:
            return value
        return coerced(value, parameter.type)


@dataclass(frozen=True, slots=True)
class FunctionOf(Node):
    """``function(a, b) a + b``."""

    parameters: tuple[Parameter, ...]
    body: Node

    def compute(self, env: Env) -> object:
        """Return the function, which remembers *env*."""
        return Closure(self.parameters, self.body, env)

    def free(self, bound: frozenset[str]) -> Iterator[tuple[str, bool]]:
        """Yield what the body uses from outside."""
        yield from self.body.free(bound | {parameter.name for parameter in self.parameters})

    def children(self) -> tuple[Node, ...]:
        """Return the body."""
        return (self.body,)


@dataclass(frozen=True, slots=True)
class InstanceOf(Node):
    """``value instance of type``."""

    value: Node
    type: Type

    def compute(self, env: Env) -> object:
        """Return whether the value is of the type."""
        return self.type.accepts(self.value.evaluate(env))

    def children(self) -> tuple[Node, ...]:
        """Return the value."""
        return (self.value,)
