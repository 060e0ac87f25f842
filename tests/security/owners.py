"""Whose each row of a city is, told from the rows alone: independent of the rules that the screens follow."""

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, select

from engine.store.tables import metadata
from workflows.policy import Actor

NUMBER = re.compile(r"[A-Z]{2,4}\d{4}-\d{3,5}")
PAPER = re.compile(r"[\u4e00-\u9fff]{2,12}〔\d{4}〕\d{2,5}(?:号|期)")
_SKIPPED = ("resource", "row_change", "rule_file", "login_session", "api_token", "webhook_nonce", "serial", "unit")
_DAY = re.compile(r"\d{4}-\d\d")
_LONG = 8  # characters from which a text is words of its own


@dataclass(eq=False)
class Case:
    """One process instance: everything that its rows say."""

    id: UUID
    key: str
    texts: set[str] = field(default_factory=set)
    words: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Thing:
    """One row that has an id: the texts that tell whose it is."""

    table: str
    id: UUID
    texts: frozenset[str]
    keys: frozenset[str]
    row: Mapping[str, Any]


class Owners:
    """All rows of a city, by the units and persons they name."""

    def __init__(self, connection: Connection) -> None:
        self._rows = [
            (table.name, dict(row))
            for table in metadata.sorted_tables
            if table.name not in _SKIPPED
            for row in connection.execute(select(table)).mappings()
        ]
        self.units = set(connection.scalars(select(metadata.tables["unit"].c.code)))
        self.cases = {row["id"]: Case(row["id"], row["business_key"]) for name, row in self._rows if _is_case(name)}
        self._cases_of = self._links()
        self.things = list(self._gather())
        self._choose_words()

    def _links(self) -> list[set[UUID]]:
        """Return of each row the cases it belongs to: by the case's id or number, or through another row."""
        by_key = {case.key: case.id for case in self.cases.values()}
        known: dict[UUID, set[UUID]] = defaultdict(set, {one: {one} for one in self.cases})
        found: list[set[UUID]] = [set() for _ in self._rows]
        for _ in range(3):
            for (_name, row), mine in zip(self._rows, found, strict=True):
                mine |= {by_key[row["business_key"]]} if row.get("business_key") in by_key else set()
                for name, value in row.items():
                    if isinstance(value, UUID) and name.endswith("id") and value in known:
                        mine |= known[value] if len(known[value]) == 1 else set()
                if isinstance(row.get("id"), UUID) and mine:
                    known[row["id"]] |= mine
        return found

    def _gather(self) -> Iterator[Thing]:
        for (_name, row), cases in zip(self._rows, self._cases_of, strict=True):
            texts = set(_texts(row.values()))
            for one in cases:
                self.cases[one].texts |= texts
        for (name, row), cases in zip(self._rows, self._cases_of, strict=True):
            if isinstance(row.get("id"), UUID):
                texts = set(_texts(row.values())).union(*(self.cases[one].texts for one in cases))
                yield Thing(name, row["id"], frozenset(texts), frozenset(self.cases[one].key for one in cases), row)

    def _choose_words(self) -> None:
        """Give each case the longest texts that no other case and no list of the city has."""
        times = Counter(text for case in self.cases.values() for text in case.texts)
        for (_name, row), cases in zip(self._rows, self._cases_of, strict=True):
            if not cases:
                times.update(set(_texts(row.values())))
        for case in self.cases.values():
            if case.key.startswith("QD"):
                continue  # the catalogue that it changes is for all
            own = (text for text in case.texts if times[text] == 1 and _is_prose(text))
            case.words = sorted(own, key=lambda text: (-len(text), text))[:2]

    def are_mine(self, actor: Actor, texts: Iterable[str]) -> bool:
        """Tell whether texts name one of the person's units, or the person."""
        mine = {*actor.units, actor.login, actor.name, *actor.groups}
        return not mine.isdisjoint(texts)

    def foreign_cases(self, actor: Actor) -> list[Case]:
        """Return the cases that nothing connects with the person, but something with another unit."""
        return [
            case for case in self.cases.values()
            if not self.are_mine(actor, case.texts) and not self.units.isdisjoint(case.texts)
        ]  # fmt: skip

    def foreign_things(self, actor: Actor) -> Iterator[Thing]:
        """Yield the rows that are another unit's."""
        for thing in self.things:
            if not self.are_mine(actor, thing.texts) and not self.units.isdisjoint(thing.texts):
                yield thing


def _is_case(table: str) -> bool:
    return table == "process_instance"


def _texts(values: Iterable[Any]) -> Iterator[str]:
    """Yield every text in values, however deep; of a group also its unit."""
    for value in values:
        if isinstance(value, str):
            yield value
            unit, slash, _role = value.partition("/")
            if slash:
                yield unit
        elif isinstance(value, Mapping):
            yield from _texts(value.values())
        elif isinstance(value, list | tuple):
            yield from _texts(value)


def _is_prose(text: str) -> bool:
    return len(text) >= _LONG and not _DAY.match(text) and re.search(r"[\u4e00-\u9fff]{4}", text) is not None
