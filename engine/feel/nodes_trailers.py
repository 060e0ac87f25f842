"""What may follow an operand: ``.name``, ``[filter]`` and ``(arguments)``."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal

from engine.feel.environment import Env
from engine.feel.invocation import FunctionName, call_function
from engine.feel.nodes import Literal, Name, Negation, Node, single
from engine.feel.properties import property_of
from engine.feel.undefined import Undefined


class Trailer(ABC):
    """One step that leads from a value to another."""

    @abstractmethod
    def follow(self, value: object, env: Env) -> object:
        """Return where the step leads from *value*, or raise ``Undefined``."""

    def free(self, bound: frozenset[str]) -> Iterator[tuple[str, bool]]:
        """Yield the names the step uses from outside."""
        for child in self.children():
            yield from child.free(bound)

    def children(self) -> tuple[Node, ...]:
        """Return the expressions inside the step."""
        return ()


@dataclass(frozen=True, slots=True)
class Path(Trailer):
    """``.name``: an entry of a context, a property of a date, or of each item of a list."""

    name: str

    def follow(self, value: object, env: Env) -> object:
        """Return the entry or property."""
        if isinstance(value, list):
            env.budget.spend(len(value))
            return [property_of(item, self.name) for item in value]
        return property_of(value, self.name)


class _ItemScope:
    """The names inside a filter: the item's own entries and ``item``."""

    __slots__ = ("_item",)

    def __init__(self, item: object) -> None:
        self._item = item

    def __contains__(self, name: object) -> bool:
        return name == "item" or (isinstance(self._item, dict) and name in self._item)

    def __getitem__(self, name: str) -> object:
        if isinstance(self._item, dict) and name in self._item:
            return self._item[name]
        return self._item


@dataclass(frozen=True, slots=True)
class Filter(Trailer):
    """``[condition]`` keeps items, ``[2]`` and ``[-1]`` pick one counting from 1."""

    condition: Node

    def follow(self, value: object, env: Env) -> object:
        """Return the items kept, or the one picked."""
        items = value if isinstance(value, list) else [] if value is None else [value]
        if self._is_index():
            return _picked(items, self.condition.evaluate(env))
        kept = []
        for item in items:
            verdict = single(self.condition.evaluate(env.inside(_ItemScope(item))))
            if isinstance(verdict, Decimal):
                return _picked(items, verdict)
            if verdict is True:
                kept.append(item)
            elif verdict is not None and verdict is not False:
                raise Undefined("a filter must be a condition or a number")
        return kept

    def _is_index(self) -> bool:
        node = self.condition.operand if isinstance(self.condition, Negation) else self.condition
        return isinstance(node, Literal) and isinstance(node.value, Decimal)

    def free(self, bound: frozenset[str]) -> Iterator[tuple[str, bool]]:
        """Yield the condition's names; entries of the items cannot be told from variables."""
        yield from self.condition.free(bound | {"item"})

    def children(self) -> tuple[Node, ...]:
        """Return the condition."""
        return (self.condition,)


def _picked(items: list[object], index: object) -> object:
    if not isinstance(index, Decimal) or index != index.to_integral_value() or not 1 <= abs(index) <= len(items):
        return None
    return items[int(index) - 1 if index > 0 else int(index)]


@dataclass(frozen=True, slots=True)
class Call(Trailer):
    """``(a, b)``: calls with arguments by position."""

    arguments: tuple[Node, ...]

    def follow(self, value: object, env: Env) -> object:
        """Return what the function answers."""
        return call_function(value, [node.evaluate(env) for node in self.arguments], None, env)

    def children(self) -> tuple[Node, ...]:
        """Return the arguments."""
        return self.arguments


@dataclass(frozen=True, slots=True)
class NamedCall(Trailer):
    """``(from: a, to: b)``: calls with arguments by name."""

    arguments: tuple[tuple[str, Node], ...]

    def follow(self, value: object, env: Env) -> object:
        """Return what the function answers."""
        named = {name: node.evaluate(env) for name, node in self.arguments}
        if len(named) != len(self.arguments):
            raise Undefined("an argument is named twice")
        return call_function(value, [], named, env)

    def children(self) -> tuple[Node, ...]:
        """Return the arguments."""
        return tuple(node for _, node in self.arguments)


@dataclass(frozen=True, slots=True)
class Trailers(Node):
    """An operand and the steps that follow it."""

    operand: Node
    steps: tuple[Trailer, ...]

    def compute(self, env: Env) -> object:
        """Return where the last step leads."""
        value, steps = self._start(env)
        for step in steps:
            env.budget.spend()
            try:
                value = step.follow(value, env)
            except Undefined as undefined:
                value = env.undefined(undefined.reason)
        return value

    def _start(self, env: Env) -> tuple[object, tuple[Trailer, ...]]:
        """Resolve a function's name when it is called, among variables, given functions and built-ins."""
        if isinstance(self.operand, Name) and isinstance(self.steps[0], Call | NamedCall):
            env.budget.spend()
            return FunctionName(self.operand.name), self.steps
        return self.operand.evaluate(env), self.steps

    def free(self, bound: frozenset[str]) -> Iterator[tuple[str, bool]]:
        """Yield the operand's names, a called name as a function, then those of the steps."""
        if isinstance(self.operand, Name) and isinstance(self.steps[0], Call | NamedCall):
            if self.operand.name not in bound:
                yield self.operand.name, True
        else:
            yield from self.operand.free(bound)
        for step in self.steps:
            yield from step.free(bound)

    def children(self) -> tuple[Node, ...]:
        """Return the operand and what is inside the steps."""
        return (self.operand, *(node for step in self.steps for node in step.children()))
