"""Reads the library of inspection objects (检查对象名录库)."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, select

from workflows import errors
from workflows.records.libraries import inspection_object, object_item
from workflows.uow import UnitOfWork

MANY = 5_000  # ids in one statement
_o = inspection_object.c


@dataclass(frozen=True, slots=True)
class InspectionObject:
    """One object that can be inspected."""

    id: UUID
    kind: str
    name: str
    credit_code: str | None
    holder_id: UUID | None
    party_id: UUID | None
    approval_id: UUID | None
    project_no: str | None
    area: str
    site: str
    lon: float | None
    lat: float | None
    unit: str
    is_key: bool
    status: str
    valid_from: date
    valid_to: date | None


_COLUMNS = tuple(inspection_object.c[name] for name in InspectionObject.__dataclass_fields__)


def _object(row: Any) -> InspectionObject:
    values: tuple[Any, ...] = tuple(row)[: len(_COLUMNS)]
    return InspectionObject(*values)


def stands_on(on: date) -> ColumnElement[bool]:
    """Return the condition that an object is in the library on a day; a merged one is not, its heir is."""
    return (_o.status != "merged") & (_o.valid_from <= on) & (_o.valid_to.is_(None) | (_o.valid_to > on))


def linked_on(on: date) -> ColumnElement[bool]:
    """Return the condition that an object's tie to an item is in force on a day."""
    return (object_item.c.valid_from <= on) & (object_item.c.valid_to.is_(None) | (object_item.c.valid_to > on))


def find_object(uow: UnitOfWork, object_id: UUID) -> InspectionObject:
    """Return an object; for one that was merged, the one it was merged into.

    Raises:
        ObjectNotFound.
    """
    row = uow.connection.execute(select(*_COLUMNS, _o.merged_into).where(_o.id == object_id)).one_or_none()
    if row is None:
        raise errors.ObjectNotFound(object=str(object_id))
    return find_object(uow, row.merged_into) if row.merged_into else _object(row)


def objects_for(uow: UnitOfWork, item_code: str, areas: Sequence[str], on: date) -> list[InspectionObject]:
    """Return the objects an item is supervised at on a day, in the given areas (none given: all), by id.

    One statement, whatever the number of objects.
    """
    tied = select(object_item.c.object_id).where(object_item.c.item_code == item_code, linked_on(on))
    found = select(*_COLUMNS).where(_o.id.in_(tied), stands_on(on))
    if areas:
        found = found.where(_o.area.in_(areas))
    return [_object(row) for row in uow.connection.execute(found.order_by(_o.id))]


def objects_by_id(uow: UnitOfWork, ids: Iterable[UUID]) -> dict[UUID, InspectionObject]:
    """Return objects by id, as they stand now; unknown ids are left out."""
    found: dict[UUID, InspectionObject] = {}
    for some in chunks(ids):
        for row in uow.connection.execute(select(*_COLUMNS).where(_o.id.in_(some))):
            found[row.id] = _object(row)
    return found


def objects_of_code(uow: UnitOfWork, credit_code: str, on: date) -> list[InspectionObject]:
    """Return an enterprise and what it holds, the enterprise first."""
    rows = uow.connection.execute(
        select(*_COLUMNS)
        .where(_o.credit_code == credit_code, stands_on(on))
        .order_by(_o.holder_id.is_not(None), _o.name, _o.id)
    )
    return [_object(row) for row in rows]


def object_of_approval(uow: UnitOfWork, approval_id: UUID) -> InspectionObject | None:
    """Return the object an approval made or belongs to."""
    row = uow.connection.execute(
        select(object_item.c.object_id).where(object_item.c.approval_id == approval_id)
    ).first()
    return find_object(uow, row.object_id) if row else None


def items_of(uow: UnitOfWork, ids: Iterable[UUID], on: date) -> dict[UUID, tuple[str, ...]]:
    """Return the items each object is supervised for on a day."""
    found: dict[UUID, set[str]] = {}
    for some in chunks(ids):
        tied = select(object_item.c.object_id, object_item.c.item_code).where(object_item.c.object_id.in_(some))
        for row in uow.connection.execute(tied.where(linked_on(on))):
            found.setdefault(row.object_id, set()).add(row.item_code)
    return {key: tuple(sorted(codes)) for key, codes in found.items()}


def chunks(ids: Iterable[UUID]) -> Iterable[list[UUID]]:
    """Give distinct ids in lists a statement can take."""
    wanted = list(dict.fromkeys(ids))
    return (wanted[start : start + MANY] for start in range(0, len(wanted), MANY))
