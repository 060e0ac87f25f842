"""How built-in functions declare their parameters, and how arguments are fitted to them.

A signature reads ``"start position: number, length: number?"``: ``?`` marks a parameter that may be
left out, ``*`` one that takes all remaining arguments as a list, ``|null`` one that may be null.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar

from engine.feel.comparison import kind
from engine.feel.environment import Env
from engine.feel.undefined import Undefined

Body = Callable[..., object]
AnyBody = TypeVar("AnyBody", bound=Body)
_MISSING = object()


@dataclass(frozen=True, slots=True)
class Parameter:
    """One parameter of a built-in function."""

    name: str
    types: frozenset[str]
    optional: bool
    many: bool

    @classmethod
    def read(cls, text: str) -> Parameter:
        """Read ``name: type|type?``."""
        name, _, types = text.partition(":")
        bare = types.strip().rstrip("?*")
        kinds = frozenset("Null" if item == "null" else item for item in bare.split("|"))
        return cls(name.strip(), kinds, types.endswith("?"), types.endswith("*"))

    def fitted(self, value: object) -> object:
        """Return *value* as this parameter takes it, or raise ``Undefined``."""
        found = kind(value)
        if "any" in self.types or found in self.types:
            return value
        if isinstance(value, list) and len(value) == 1 and kind(value[0]) in self.types:
            return value[0]
        if "list" in self.types and value is not None:
            return [value]
        raise Undefined(f"{self.name} must not be {found}")


@dataclass(frozen=True, slots=True)
class Overload:
    """One way to call a built-in function."""

    parameters: tuple[Parameter, ...]
    body: Body
    needs_env: bool

    def arrange(self, positional: Sequence[object], named: Mapping[str, object] | None) -> list[object] | None:
        """Return the arguments in the order of the parameters, or ``None`` if their number or names do not fit."""
        if named is None:
            return self._by_position(positional)
        if not set(named) <= {parameter.name for parameter in self.parameters}:
            return None
        values = [named.get(parameter.name, _MISSING) for parameter in self.parameters]
        return self._without_missing(values)

    def _by_position(self, positional: Sequence[object]) -> list[object] | None:
        if self.parameters and self.parameters[-1].many:
            fixed = len(self.parameters) - 1
            return [*positional[:fixed], list(positional[fixed:])] if len(positional) > fixed else None
        if len(positional) > len(self.parameters):
            return None
        return self._without_missing([*positional, *[_MISSING] * (len(self.parameters) - len(positional))])

    def _without_missing(self, values: list[object]) -> list[object] | None:
        while values and values[-1] is _MISSING:
            if not self.parameters[len(values) - 1].optional:
                return None
            values.pop()
        return None if _MISSING in values else values

    def run(self, values: list[object], env: Env) -> object:
        """Call the body with the arguments fitted to the parameters' types."""
        pairs = zip(self.parameters, values, strict=False)
        fitted = [value if parameter.many else parameter.fitted(value) for parameter, value in pairs]
        return self.body(env, *fitted) if self.needs_env else self.body(*fitted)


@dataclass(frozen=True, slots=True)
class Builtin:
    """A built-in function with all its overloads."""

    overloads: tuple[Overload, ...]

    def call(self, positional: Sequence[object], named: Mapping[str, object] | None, env: Env) -> object:
        """Run the first overload that the arguments fit."""
        reason = "wrong number or names of arguments"
        for overload in self.overloads:
            values = overload.arrange(positional, named)
            if values is None:
                continue
            try:
                return overload.run(values, env)
            except Undefined as undefined:
                reason = undefined.reason
        raise Undefined(reason)


class Registry:
    """Collects the built-in functions of one module."""

    def __init__(self) -> None:
        self.functions: dict[str, Builtin] = {}

    def add(self, name: str, signature: str, *, needs_env: bool = False) -> Callable[[AnyBody], AnyBody]:
        """Return a decorator that makes a function callable as *name* with *signature*."""
        texts = [text for text in signature.split(",") if text.strip()]
        parameters = tuple(Parameter.read(text.strip()) for text in texts)

        def register(body: AnyBody) -> AnyBody:
            known = self.functions.get(name, Builtin(()))
            self.functions[name] = Builtin((*known.overloads, Overload(parameters, body, needs_env)))
            return body

        return register
