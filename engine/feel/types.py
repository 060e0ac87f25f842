"""FEEL types as ``instance of``, parameters and typed variables use them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from engine.feel.comparison import kind
from engine.feel.undefined import Undefined
from engine.feel.values import Range

_ALIASES = {
    "dateTime": "date and time",
    "dayTimeDuration": "days and time duration",
    "yearMonthDuration": "years and months duration",
    "any": "Any",
    "integer": "number",
    "long": "number",
    "double": "number",
    "null": "Null",
}
_DURATIONS = ("days and time duration", "years and months duration")
SCALARS = frozenset(["number", "string", "boolean", "date", "time", "date and time", *_DURATIONS, "Null"])


@dataclass(frozen=True, slots=True)
class Type:
    """A type: a scalar, ``list``, ``context``, ``function``, ``range`` or ``Any``.

    ``items`` holds the type of a list's items or a range's ends, ``fields`` those of a context,
    ``parameters`` counts those of a function.
    """

    name: str
    items: Type | None = None
    fields: Mapping[str, Type] = field(default_factory=dict)
    parameters: tuple[Type, ...] | None = None

    def accepts(self, value: object) -> bool:
        """Tell whether *value* is of this type; null is of no type but ``Null``."""
        if self.name == "Any":
            return value is not None
        if kind(value) != self.name:
            return False
        if isinstance(value, list):
            return self.items is None or all(self.items.admits(item) for item in value)
        if isinstance(value, dict):
            return all(key in value and item.admits(value[key]) for key, item in self.fields.items())
        if isinstance(value, Range):
            return self.items is None or self.items.accepts(value.low if value.low is not None else value.high)
        return self._accepts_function(value)

    def _accepts_function(self, value: object) -> bool:
        parameters = getattr(value, "parameters", None)
        return self.parameters is None or parameters is None or len(parameters) == len(self.parameters)

    def admits(self, value: object) -> bool:
        """Tell whether a variable of this type may hold *value*: null always."""
        return value is None or self.accepts(value)


ANY = Type("Any")


def named_type(name: str) -> Type:
    """Return the type FEEL knows under *name*; raise ``KeyError`` for any other."""
    name = _ALIASES.get(name, name)
    if name in SCALARS or name in ("Any", "list", "context", "function", "range"):
        return Type(name)
    raise KeyError(name)


def generic_type(name: str, parts: Sequence[Type]) -> Type:
    """Return ``list<part>`` or ``range<part>``; raise ``KeyError`` for any other name."""
    if name not in ("list", "range") or len(parts) != 1:
        raise KeyError(name)
    return Type(name, items=parts[0])


def coerced(value: object, wanted: Type) -> object:
    """Return *value* as a variable of type *wanted* holds it: a list of one and its item stand for each other.

    Raises:
        Undefined: the value does not fit.
    """
    if wanted.admits(value):
        return value
    if isinstance(value, list) and len(value) == 1 and wanted.name != "list" and wanted.admits(value[0]):
        return value[0]
    if wanted.name == "list" and not isinstance(value, list) and wanted.admits([value]):
        return [value]
    raise Undefined(f"{kind(value)} where {wanted.name} is expected")
