"""Reads the layouts: one file each, every field and rule with its source, how sure it is, and from when it holds.

A field is ``guessed`` in the aspects that nobody has read (max, required, pattern …): what they find only warns.
"""

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

from workflows import errors

_FOLDER = Path(__file__).parent
_LAYOUTS = _FOLDER / "layouts"


@dataclass(frozen=True, slots=True)
class Field:
    """One field; ``required`` is Y always, C when a rule of the layout says so, N never."""

    code: str
    name: str
    type: str
    max_length: int | None
    required: str
    rule: str
    source: str
    confidence: str
    guessed: frozenset[str]
    facts: Mapping[str, Any]

    @property
    def column(self) -> str:
        """Return the code as the name of a column: parts of a message are joined by an underscore."""
        return self.code.replace("/", "_").replace(".", "_")

    def allowed(self) -> Mapping[str, str]:
        """Return the values of the field's code list with their labels; empty when any value will do."""
        name = self.facts.get("list")
        return code_list(str(name)) if name else {}


@dataclass(frozen=True, slots=True)
class Layout:
    """The fields and rules of one kind of record as they hold on a day."""

    key: str
    title: str
    table: str
    direction: str
    fields: Sequence[Field]
    rules: Sequence[Mapping[str, Any]]
    truth: tuple[str, str]

    def field(self, code: str) -> Field | None:
        """Return a field by its code."""
        return next((one for one in self.fields if one.code == code), None)

    def name_of(self, code: str) -> str:
        """Return the Chinese name of a field, or the code itself."""
        found = self.field(code)
        return found.name if found else code


def layout_keys() -> tuple[str, ...]:
    """Return the keys of all layouts."""
    return tuple(sorted(path.stem for path in _LAYOUTS.glob("*.toml")))


def layout(key: str, on: date) -> Layout:
    """Return a layout as it holds on a day.

    Raises:
        LayoutUnknown: there is none of this key, or not yet on that day.
    """
    if key not in layout_keys() or _read(key)["valid_from"] > on:
        raise errors.LayoutUnknown(layout=key, on=on.isoformat())
    return _layout(key, on)


@cache
def _layout(key: str, on: date) -> Layout:
    data = _read(key)
    truth = data.get("truth", ("是", "否"))
    return Layout(
        key, data["title"], data["table"], data["direction"],
        tuple(_field(one) for one in data["field"] if _holds(one, on)),
        tuple({**one, "source": _source(one["sources"])} for one in data.get("rule", ()) if _holds(one, on)),
        (truth[0], truth[1]),
    )  # fmt: skip


def _holds(one: Mapping[str, Any], on: date) -> bool:
    """Tell whether a field or rule is in force; ``valid_to`` is the first day it is not."""
    return bool(one.get("valid_from", date.min) <= on < one.get("valid_to", date.max))


def _field(data: Mapping[str, Any]) -> Field:
    return Field(
        data["code"], data["name"], data["type"], data.get("max"), data["required"], data.get("rule", ""),
        _source(data["sources"]), data["confidence"], frozenset(data.get("guessed", ())), data,
    )  # fmt: skip


def _source(keys: Sequence[str]) -> str:
    return "；".join(_sources()[key] for key in keys)


@cache
def _sources() -> Mapping[str, str]:
    return tomllib.loads((_FOLDER / "sources.toml").read_text(encoding="utf-8"))


@cache
def _read(key: str) -> Mapping[str, Any]:
    return tomllib.loads((_LAYOUTS / f"{key}.toml").read_text(encoding="utf-8"))


@cache
def code_list(name: str) -> Mapping[str, str]:
    """Return a code list: the value sent, and what it means."""
    lists = tomllib.loads((_FOLDER / "code_lists.toml").read_text(encoding="utf-8"))
    return {one["code"]: one["label"] for one in lists[name]["values"]}
