"""What an expression sees while it is evaluated: names, functions, and how much it may still do."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Protocol

from engine.errors import ExpressionFailed
from engine.feel.undefined import Undefined
from engine.feel.values import from_json

MAX_STEPS = 200_000
MAX_TEXT = 100_000
MAX_ITEMS = 10_000
MAX_NODES = 100_000
MAX_CALLS = 60

Functions = Mapping[str, Callable[..., object]]


_TOO_LONG = "表达式产生的文本或列表过长"


class Budget:
    """How many steps one evaluation has left; shared by everything it calls."""

    __slots__ = ("depth", "steps")

    def __init__(self, steps: int = MAX_STEPS) -> None:
        self.steps = steps
        self.depth = 0

    def spend(self, steps: int = 1) -> None:
        """Take *steps*; raise ``ExpressionFailed`` when none are left."""
        self.steps -= steps
        if self.steps < 0:
            raise ExpressionFailed(reason="表达式的计算量过大")


def weight(value: object) -> int:
    """Return how many values *value* is made of, 64 characters of text counting as one.

    Raises:
        ExpressionFailed: more than 100,000; a list may hold one large list a thousand times.
    """
    total = 0
    pending: list[object] = [value]
    while pending:
        item = pending.pop()
        total += 1
        if isinstance(item, str):
            if len(item) > MAX_TEXT:
                raise ExpressionFailed(reason=_TOO_LONG)
            total += len(item) // 64
        elif isinstance(item, list):
            pending.extend(item)
        elif isinstance(item, dict):
            pending.extend(item.values())
        if total + len(pending) > MAX_NODES:
            raise ExpressionFailed(reason=_TOO_LONG)
    return total


class Scope(Protocol):
    """A set of names; missing ones raise ``KeyError``."""

    def __getitem__(self, name: str, /) -> object: ...
    def __contains__(self, name: object, /) -> bool: ...


class CaseData:
    """Plain JSON from outside as a scope: each value becomes a FEEL value when it is first asked for."""

    def __init__(self, data: Mapping[str, object]) -> None:
        self._data = data
        self._known: dict[str, object] = {}

    def __contains__(self, name: object) -> bool:
        return name in self._data

    def __getitem__(self, name: str) -> object:
        if name not in self._known:
            self._known[name] = from_json(self._data[name])
        return self._known[name]


class Env:
    """Nested scopes, the innermost first, plus what never changes during one evaluation."""

    __slots__ = ("_outer", "_scope", "budget", "functions", "notes", "strict")

    def __init__(self, scope: Scope, functions: Functions, *, strict: bool = False, budget: Budget | None = None):
        self._scope = scope
        self._outer: Env | None = None
        self.functions = functions
        self.strict = strict
        self.budget = budget or Budget()
        self.notes: list[object] = []

    def inside(self, scope: Scope) -> Env:
        """Return an environment where the names of *scope* hide those of this one."""
        inner = Env(scope, self.functions, strict=self.strict, budget=self.budget)
        inner._outer = self
        inner.notes = self.notes
        return inner

    def find(self, name: str) -> tuple[bool, object]:
        """Return whether there is such a name, and its value or null."""
        env: Env | None = self
        while env is not None:
            if name in env._scope:
                return True, env._scope[name]
            env = env._outer
        return False, None

    def undefined(self, reason: str) -> object:
        """Answer null for an operation that is not defined, or stop if the evaluation is strict."""
        if self.strict:
            raise ExpressionFailed(reason=reason)
        return None

    def limited(self, value: object) -> object:
        """Return *value* if it is not too large, and charge for its size."""
        if isinstance(value, list | dict) and len(value) > MAX_ITEMS:
            raise ExpressionFailed(reason=_TOO_LONG)
        self.charge(value)
        return value

    def charge(self, *values: object) -> None:
        """Take steps for looking at all of *values*."""
        for value in values:
            if isinstance(value, list | dict | str):
                self.budget.spend(weight(value) // 5)

    def invoke(self, call: Callable[[], object]) -> object:
        """Run *call* one level deeper; stop endless recursion."""
        self.budget.depth += 1
        try:
            if self.budget.depth > MAX_CALLS:
                raise ExpressionFailed(reason="函数嵌套调用过深")
            return self.limited(call())
        except Undefined as undefined:
            return self.undefined(undefined.reason)
        finally:
            self.budget.depth -= 1
