"""The item catalogue through time: which item, whose duty, on which day."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import Row, bindparam, select

from workflows import errors
from workflows.directory import unit_of_kind
from workflows.records.offices import item, item_assignment
from workflows.uow import UnitOfWork

DISTRICT = "{district}"


@dataclass(frozen=True, slots=True)
class Item:
    """One item as it stood on a day."""

    code: str
    version: int
    name: str
    type: str
    category: str
    basis: str
    clauses: tuple[str, ...]
    main_code: str
    object: str
    object_type: str
    measure: str
    handling: str
    modes: tuple[str, ...]
    frequency: str
    level: str
    permits: tuple[str, ...]
    process: str
    copy_receivers: tuple[str, ...]
    checks: tuple[Mapping[str, str], ...]
    is_key: bool
    status: str
    limits: Mapping[str, Any]
    aliases: tuple[str, ...]
    source: str
    valid_from: date
    valid_to: date | None


@dataclass(frozen=True, slots=True)
class Assignment:
    """Who supervises an item in an area on a day."""

    supervising_units: tuple[str, ...]
    approving_unit: str | None
    default_officer: str | None
    stand_in: str | None


_STANDS = item.c.valid_from <= bindparam("on_day"), item.c.valid_to.is_(None) | (item.c.valid_to > bindparam("on_day"))
_ALL = select(item).where(*_STANDS).order_by(item.c.code, item.c.version.desc())
_NAMES = select(item.c.code, item.c.version, item.c.name, item.c.aliases).where(*_STANDS)
_ONE = select(item).where(item.c.code == bindparam("wanted"), item.c.version == bindparam("which"))
_ASSIGNED = select(item_assignment).where(
    item_assignment.c.item_code == bindparam("wanted"),
    item_assignment.c.area.in_((bindparam("own_area"), "*")),
    item_assignment.c.valid_from <= bindparam("on_day"),
    item_assignment.c.valid_to.is_(None) | (item_assignment.c.valid_to > bindparam("on_day")),
)


def item_of(row: Row[Any]) -> Item:
    """Return a stored version."""
    stored: dict[str, Any] = row._asdict()
    frozen: dict[str, Any] = {key: tuple(value) if isinstance(value, list) else value for key, value in stored.items()}
    return Item(**frozen)


def items_on(uow: UnitOfWork, on: date) -> tuple[Item, ...]:
    """Return the catalogue of a day."""
    rows = uow.connection.execute(_ALL, {"on_day": on})
    newest: dict[str, Item] = {}
    for row in rows:
        newest.setdefault(row.code, item_of(row))
    return tuple(newest.values())


def item_for(uow: UnitOfWork, name: str, on: date) -> Item:
    """Return the item known under a code, a name or another system's name on a day.

    Raises:
        UnknownItem: there is none on that day.
    """
    wanted = _plain(name)
    rows = uow.connection.execute(_NAMES, {"on_day": on}).all()
    for code, version, known, aliases in sorted(rows, key=lambda one: -one.version):
        if wanted in map(_plain, (code, known, *aliases)):
            return item_of(uow.connection.execute(_ONE, {"wanted": code, "which": version}).one())
    raise errors.UnknownItem(item=name, on=on.isoformat())


def _plain(text: str) -> str:
    return text.strip().replace("(", "（").replace(")", "）").replace(" ", "").lower()


def assignment_for(uow: UnitOfWork, code: str, area: str, on: date) -> Assignment:
    """Return who supervises an item in an area on a day; the area's own rule goes before the general one.

    Raises:
        UnknownItem: nobody is assigned on that day.
    """
    rows = uow.connection.execute(_ASSIGNED, {"wanted": code, "own_area": area, "on_day": on}).all()
    if not rows:
        raise errors.UnknownItem(item=code, on=on.isoformat(), reason="nobody is assigned")
    best = max(rows, key=lambda row: (row.area != "*", row.valid_from))
    units = []
    for unit in best.supervising_units:
        if unit != DISTRICT:
            units.append(unit)
            continue
        office = unit_of_kind(uow, "natural_resources", area)
        if office is not None:
            units.append(office.code)
    return Assignment(tuple(dict.fromkeys(units)), best.approving_unit, best.default_officer, best.stand_in)
