"""What the checker of the catalogue looks at, read once."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache
from typing import Any

from sqlalchemy import select

from engine.dmn import DecisionModel, parse_dmn
from engine.store.tables import process_definition
from workflows.catalogue.fields import KINDS
from workflows.clauses import Clauses
from workflows.items import DISTRICT
from workflows.records.offices import item, item_assignment, unit
from workflows.rulebook import Rulebook
from workflows.uow import UnitOfWork

Row = Mapping[str, Any]
COPIES = "copy_receivers"


@dataclass(frozen=True, slots=True, repr=False)
class Facts:
    """The catalogue, its owners and all they name; ``areas`` are the divisions, the city itself is ``city_area``;
    ``deciding`` are the processes that follow a decision; ``copied_to`` answers the kinds of units that the deployed
    table of a process copies a granted permit of a category and an area to, or None when it has no such table.
    """

    items: Sequence[Row]
    owners: Sequence[Row]
    units: Mapping[str, Row]
    processes: frozenset[str]
    deciding: frozenset[str]
    limits: frozenset[str]
    clauses: frozenset[str]
    areas: tuple[str, ...]
    city_area: str
    copied_to: Callable[[str, str, str], frozenset[str] | None]

    def unit_fault(self, code: str, area: str, on: date) -> str:
        """Return why a unit or the kind of unit that is named cannot be found in an area on a day, or nothing."""
        if code.startswith("{"):
            kind = "natural_resources" if code == DISTRICT else code.strip("{}")
            return "" if self._has_office(kind, area, on) else f"该区划没有{KINDS.get(kind, kind)}"
        found = self.units.get(code)
        if found is None:
            return f"没有单位“{code}”"
        return "" if is_in_force(found, on) else f"“{found['short_name']}”当日不存在"

    def kind_of(self, code: str) -> str:
        """Return the kind of unit that is named, or nothing when there is no such unit."""
        if code.startswith("{"):
            return "natural_resources" if code == DISTRICT else code.strip("{}")
        return str(self.units[code]["kind"]) if code in self.units else ""

    def _has_office(self, kind: str, area: str, on: date) -> bool:
        """Tell whether an area has an office of a kind: its own, else the city's, never a section."""
        offices = [one for one in self.units.values() if one["kind"] == kind and is_in_force(one, on)]
        return any(
            one["area"] == area if one["level"] != "city" else one["parent"] is None for one in offices
        )  # fmt: skip

    def owners_in(self, code: str, area: str, on: date) -> list[Row]:
        """Return the rules that hold for an item in an area on a day; its own go before the general ones."""
        held = [row for row in self.owners if row["item_code"] == code and is_in_force(row, on)]
        return [row for row in held if row["area"] == area] or [row for row in held if row["area"] == "*"]


def is_in_force(row: Row, on: date) -> bool:
    """Tell whether a row holds on a day; the last day is not included."""
    return bool(row["valid_from"] <= on and (row["valid_to"] is None or on < row["valid_to"]))


def read_facts(uow: UnitOfWork, clauses: Clauses, rulebook: Rulebook) -> Facts:
    """Read everything the checker needs."""

    def rows(statement: Any) -> list[Row]:
        return [dict(row) for row in uow.connection.execute(statement).mappings()]

    return Facts(
        items=rows(select(item).order_by(item.c.code, item.c.version)),
        owners=rows(select(item_assignment).order_by(item_assignment.c.valid_from)),
        units={row["code"]: row for row in rows(select(unit))},
        processes=frozenset(uow.connection.scalars(select(process_definition.c.key).distinct())),
        deciding=frozenset(rulebook.city.decision_processes),
        limits=frozenset(rulebook.limits.names()),
        clauses=frozenset(clause.id for clause in clauses),
        areas=tuple(rulebook.city.divisions),
        city_area=rulebook.city.area,
        copied_to=_copied_to(uow, rulebook.city.decision_processes),
    )


def _copied_to(uow: UnitOfWork, processes: Sequence[str]) -> Callable[[str, str, str], frozenset[str] | None]:
    """Return what asks the tables that are deployed now."""
    latest = process_definition.c.key.in_(processes) & process_definition.c.is_latest
    tables: dict[str, DecisionModel] = {}
    for row in uow.connection.execute(select(process_definition).where(latest)):
        files = [pair for pair in row.resources if pair[0].endswith(".dmn")]
        for file in uow.resources(files):
            model = parse_dmn(file.content, file.name)
            if COPIES in model.tables:
                tables[row.key] = model

    @cache
    def ask(process: str, category: str, area: str) -> frozenset[str] | None:
        if process not in tables:
            return None
        given = {"result": "granted", "category": category, "area": area}
        found = tables[process].evaluate(COPIES, given).value
        return frozenset(str(one["receiver"]) for one in found) if isinstance(found, list) else frozenset()

    return ask
