"""Hides personal data from whoever does not need it; the rule is in ``fields.toml``."""

import re
import tomllib
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from sqlalchemy import RowMapping

from workflows.identifiers import mask_address, mask_personal_number, mask_phones
from workflows.policy import Actor

Values = Mapping[str, Any] | RowMapping
_FILE = Path(__file__).parent / "fields.toml"
_MASKS: Mapping[str, Callable[[str], str]] = {
    "id_number": mask_personal_number, "phone": mask_phones, "address": mask_address,
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of personal data and the roles that see it."""

    name: str
    title: str
    names: re.Pattern[str]
    plain: frozenset[str]
    reveal: frozenset[str]

    def mask(self, value: str) -> str:
        """Return the value with what identifies a person hidden."""
        return _MASKS[self.name](value)


@dataclass(frozen=True, slots=True)
class Source:
    """A table that holds personal data of cases."""

    title: str
    table: str
    key: str
    columns: tuple[str, ...]
    through: str = ""


@dataclass(frozen=True, slots=True)
class Rules:
    """All that ``fields.toml`` says."""

    kinds: tuple[Kind, ...]
    sources: tuple[Source, ...]

    def kind_of(self, name: str) -> Kind | None:
        """Return what kind of personal data a field of this name holds."""
        return next((kind for kind in self.kinds if kind.names.search(name)), None)


@cache
def rules() -> Rules:
    """Return the rules; they come with the program and do not change while it runs."""
    found = tomllib.loads(_FILE.read_text(encoding="utf-8"))
    sources = tuple(Source(**{**one, "columns": tuple(one["columns"])}) for one in found.pop("source"))
    kinds = tuple(
        Kind(name, one["title"], re.compile(one["names"], re.IGNORECASE), frozenset(one["plain"]),
             frozenset(one["reveal"]))
        for name, one in found.items()
    )  # fmt: skip
    return Rules(kinds, sources)


def veiled(actor: Actor, row: Values, units: Iterable[str | None] = ()) -> dict[str, Any]:
    """Return a row as the person may see it; *units* are those whose case it is, none for a list."""
    is_mine = not set(units).isdisjoint(actor.units)
    return {name: _shown(actor, name, value, is_mine=is_mine) for name, value in row.items()}


def veiled_all(actor: Actor, rows: Iterable[Values]) -> tuple[dict[str, Any], ...]:
    """Return the rows of a list: nobody needs whole numbers there."""
    return tuple(veiled(actor, row) for row in rows)


def veiled_pair(actor: Actor, name: str, was: Any, value: Any) -> dict[str, Any]:
    """Return a value before and after a correction as the person may see them."""
    return {"was": _shown(actor, name, was, is_mine=False), "value": _shown(actor, name, value, is_mine=False)}


def _shown(actor: Actor, name: str, value: Any, *, is_mine: bool) -> Any:
    if not isinstance(value, str) or not value:
        return value
    kind = rules().kind_of(name)
    if kind is None or (is_mine and actor.has(*kind.plain)):
        return value
    return kind.mask(value)


def may_reveal(actor: Actor) -> Sequence[Kind]:
    """Return the kinds of which the person may ask for the whole value."""
    return [kind for kind in rules().kinds if actor.has(*kind.reveal)]
