"""What can be looked up: items with their duties, limits with their sources, units."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select

from engine.process_engine import ProcessEngine
from workflows.desk.asking import Ask
from workflows.directory import Unit, all_units
from workflows.items import Item, items_on
from workflows.policy import Actor
from workflows.records.offices import item_assignment
from workflows.rulebook import Rulebook
from workflows.time_limits import CONFIDENCES, TimeLimit
from workflows.uow import UnitOfWork, local_day_of


@dataclass(frozen=True, slots=True)
class ItemView:
    """One item with who supervises it today."""

    item: Item
    supervising: tuple[str, ...]


class CatalogueDesk:
    """Answers the catalogue."""

    def __init__(self, engine: ProcessEngine, rulebook: Rulebook) -> None:
        self._engine = engine
        self._rulebook = rulebook

    def items(self, _actor: Actor) -> tuple[ItemView, ...]:
        """Return the items in force today."""
        return self._engine.ask(Ask(self._items))

    def _items(self, uow: UnitOfWork) -> tuple[ItemView, ...]:
        today = local_day_of(uow.now)
        names = {unit.code: unit.short_name for unit in all_units(uow)}
        names["{district}"] = "项目所在区（市）自然资源局"
        assigned: dict[str, tuple[str, ...]] = {}
        rows = uow.connection.execute(
            select(item_assignment).where(
                item_assignment.c.valid_from <= today,
                item_assignment.c.valid_to.is_(None) | (item_assignment.c.valid_to > today),
            )
        )
        for row in rows:
            assigned[row.item_code] = tuple(names.get(unit, unit) for unit in row.supervising_units)
        return tuple(ItemView(item, assigned.get(item.code, ())) for item in items_on(uow, today))

    def limits(self, _actor: Actor) -> tuple[TimeLimit, ...]:
        """Return all limits."""
        return tuple(sorted(self._rulebook.limits.all, key=lambda limit: limit.title))

    def units(self, _actor: Actor) -> tuple[Unit, ...]:
        """Return all units."""
        return self._engine.ask(Ask(all_units))

    def calendar(self, _actor: Actor) -> Mapping[str, Any]:
        """Return the calendar's version, years, and special days."""
        calendar = self._rulebook.calendar
        return {"version": calendar.version, "years": sorted(calendar.years), "special": dict(calendar.special)}

    @property
    def confidences(self) -> Mapping[str, str]:
        """Return the words for how sure a limit is."""
        return CONFIDENCES
