"""Variables of a case: who sees which, and that they are plain JSON.

A process, a called process and every item of a multi-instance activity have a scope of their own; an
embedded subprocess shares the scope it lies in. A name is looked up from the inside out and written
in the innermost scope. Parallel branches of one scope write the same variables: the last write wins.
"""

import math
from collections.abc import Mapping
from typing import Any

from engine.errors import VariablesInvalid

MAX_DEPTH = 40
_MAX_INTEGER = 2**63


class Scope:
    """One level of variables; ``values`` is replaced on every write, so that a reader keeps what it read."""

    __slots__ = ("outer", "values")

    def __init__(self, values: Mapping[str, Any], outer: "Scope | None" = None) -> None:
        self.values: Mapping[str, Any] = values
        self.outer = outer

    def flat(self) -> dict[str, Any]:
        """Return every variable that can be seen from here, as a new dictionary."""
        if self.outer is None:
            return dict(self.values)
        return {**self.outer.flat(), **self.values}

    def assign(self, values: Mapping[str, Any]) -> None:
        """Write plain JSON values here."""
        if values:
            self.values = {**self.values, **values}


def plain(values: Mapping[str, object]) -> dict[str, Any]:
    """Return a deep copy of variables that come from outside.

    Raises:
        VariablesInvalid: something is not JSON (dates must be ISO text), not finite, too deep, or an integer
            beyond 64 bits; ``name`` says which variable.
    """
    return {_name(name): _plain(value, name, 0) for name, value in values.items()}


def copied(value: Any) -> Any:
    """Return a deep copy of plain JSON."""
    if isinstance(value, dict):
        return {key: copied(item) for key, item in value.items()}
    if isinstance(value, list):
        return [copied(item) for item in value]
    return value


def _name(name: object) -> str:
    if isinstance(name, str) and name:
        return name
    raise VariablesInvalid(name=repr(name), reason="a name must be text")


def _plain(value: object, name: str, depth: int) -> Any:
    if value is None or isinstance(value, bool) or type(value) is str:
        return value
    if isinstance(value, int | float):
        return _number(value, name)
    if depth >= MAX_DEPTH:
        raise VariablesInvalid(name=name, reason="nested too deeply")
    if isinstance(value, Mapping):
        return {_name(key): _plain(item, name, depth + 1) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item, name, depth + 1) for item in value]
    raise VariablesInvalid(name=name, reason=f"{type(value).__name__} is not JSON")


def _number(value: int | float, name: str) -> int | float:
    if isinstance(value, float) and not math.isfinite(value):
        raise VariablesInvalid(name=name, reason="not a finite number")
    if isinstance(value, int) and not -_MAX_INTEGER <= value < _MAX_INTEGER:
        raise VariablesInvalid(name=name, reason="an integer beyond 64 bits")
    return value
