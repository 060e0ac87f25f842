"""Who has to supervise what on a day: one line for each item, unit and area of the catalogue (zz2020/2.2)."""

from collections.abc import Iterator, Sequence
from datetime import date
from typing import Any

from sqlalchemy import select

from workflows.items import DISTRICT, items_on
from workflows.performance.sql import ScopeLine
from workflows.records.offices import item_assignment, unit
from workflows.uow import UnitOfWork

_EVERYWHERE = "*"
_CONFIRMED = "已确认"


def scope_on(uow: UnitOfWork, on: date) -> tuple[ScopeLine, ...]:
    """Return the duties of a day; an area's own assignment takes the place of the general one there."""
    names = {one.code: one for one in items_on(uow, on)}
    a = item_assignment.c
    rows = uow.connection.execute(
        select(item_assignment)
        .where(a.item_code.in_(names), a.valid_from <= on, a.valid_to.is_(None) | (a.valid_to > on))
        .order_by(a.item_code, a.valid_from.desc(), a.id)
    ).all()
    offices = _Offices(uow)
    found: dict[tuple[str, str], ScopeLine] = {}
    for code in sorted(names):
        mine = [row for row in rows if row.item_code == code]
        for unit_code, area, leads in _lines(mine, offices):
            one = names[code]
            line = ScopeLine(code, one.name, unit_code, area, leads, one.status == _CONFIRMED)
            found.setdefault((code, unit_code), line)
    return tuple(found.values())


def _lines(rows: Sequence[Any], offices: "_Offices") -> Iterator[tuple[str, str, bool]]:
    """Give unit, area and whether it leads, for the assignments of an item; the newest of an area counts."""
    newest = {row.area: row for row in reversed(rows)}
    own = [area for area in newest if area != _EVERYWHERE]
    for area, row in newest.items():
        for place, code in enumerate(row.supervising_units):
            if code != DISTRICT:
                yield code, (offices.area(code) if area == _EVERYWHERE else area), place == 0
                continue
            wanted = [one for one in offices.districts if one not in own] if area == _EVERYWHERE else [area]
            for district in wanted:
                if district in offices.districts:
                    yield offices.districts[district], district, place == 0


class _Offices:
    """Areas of the units, and the natural resources bureau of each district."""

    def __init__(self, uow: UnitOfWork) -> None:
        rows = uow.connection.execute(select(unit).order_by(unit.c.code)).all()
        self._areas = {row.code: str(row.area) for row in rows}
        mine = [row for row in rows if row.kind == "natural_resources" and row.level == "district"]
        self.districts = {str(row.area): str(row.code) for row in reversed(mine)}

    def area(self, code: str) -> str:
        """Return the area of a unit."""
        return self._areas.get(code, "")
