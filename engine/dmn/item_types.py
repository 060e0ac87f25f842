"""Item definitions: the types a model declares, their allowed values, and reading JSON by type."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from engine.errors import DecisionFailed
from engine.feel.environment import Env
from engine.feel.expression import Expression
from engine.feel.temporal_text import parse_date, parse_date_time, parse_duration, parse_time
from engine.feel.types import Type, named_type
from engine.feel.undefined import Undefined


@dataclass(frozen=True, slots=True)
class ItemType:
    """A declared type with the tests its values must pass."""

    type: Type
    allowed: Expression | None = None
    items: ItemType | None = None
    fields: Mapping[str, ItemType] = field(default_factory=dict)

    def check(self, value: object, env: Env, where: str) -> None:
        """Raise ``DecisionFailed`` if *value* is none of the allowed values; null is always allowed."""
        if value is None:
            return
        if self.allowed is not None and not self._is_allowed(value, env):
            raise DecisionFailed(reason="值不在允许范围内", where=where, allowed=self.allowed.text)
        if isinstance(value, list) and self.items is not None:
            for item in value:
                self.items.check(item, env, where)
        if isinstance(value, dict):
            for name, part in self.fields.items():
                part.check(value.get(name), env, f"{where}.{name}")

    def _is_allowed(self, value: object, env: Env) -> bool:
        tested = value if isinstance(value, list) and self.items is not None else [value]
        return self.allowed is None or all(self.allowed.accepts(item, env) for item in tested)


_READERS = {
    "date": parse_date,
    "time": parse_time,
    "date and time": parse_date_time,
    "days and time duration": parse_duration,
    "years and months duration": parse_duration,
}


def builtin_type(name: str) -> ItemType | None:
    """Return one of FEEL's own types, with or without a prefix, or ``None``."""
    try:
        return ItemType(named_type(name.rpartition(":")[2]))
    except KeyError:
        return None


def read_typed(value: object, wanted: Type) -> object:
    """Return *value* from JSON with ISO texts read as the dates and durations that *wanted* names."""
    if isinstance(value, str) and wanted.name in _READERS:
        try:
            return _READERS[wanted.name](value)
        except Undefined:
            return value
    if isinstance(value, list) and wanted.items is not None:
        return [read_typed(item, wanted.items) for item in value]
    if isinstance(value, dict) and wanted.fields:
        return {
            key: read_typed(item, wanted.fields[key]) if key in wanted.fields else item for key, item in value.items()
        }
    return value
