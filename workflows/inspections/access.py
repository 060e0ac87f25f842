"""Whose an inspection is: the units it concerns may see it, its inspectors write its record."""

from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Row, String, cast, or_, select, true

from workflows import errors
from workflows.jurisdiction import if_seen
from workflows.policy import Actor
from workflows.records.inspections import inspection
from workflows.uow import UnitOfWork


def find_inspection(uow: UnitOfWork, inspection_id: UUID) -> Row[Any]:
    """Return an inspection.

    Raises:
        CaseNotFound.
    """
    row = uow.connection.execute(select(inspection).where(inspection.c.id == inspection_id)).one_or_none()
    if row is None:
        raise errors.CaseNotFound(inspection=str(inspection_id))
    return row


def require_inspection(uow: UnitOfWork, actor: Actor, inspection_id: UUID) -> Row[Any]:
    """Return an inspection that concerns the person; any other does not seem to exist.

    Raises:
        CaseNotFound.
    """
    found = uow.connection.execute(select(inspection).where(inspection.c.id == inspection_id)).one_or_none()
    if found is not None and (is_inspector(found, actor) or _is_of(found, actor)):
        return found
    row = if_seen(uow, actor, found, lambda one: one.instance_id)
    if row is None:
        raise errors.CaseNotFound(inspection=str(inspection_id))
    return row


def is_inspector(row: Row[Any], actor: Actor) -> bool:
    """Tell whether the person is one of the inspectors now."""
    return any(one["login"] == actor.login for one in row.inspectors)


def _is_of(row: Row[Any], actor: Actor) -> bool:
    units = {row.unit, *row.inspector_units, *(one["unit"] for one in row.joint_units)}
    return not units.isdisjoint(actor.units)


def mine_of(actor: Actor) -> ColumnElement[bool]:
    """Return the condition that the person is an inspector."""
    return cast(inspection.c.inspectors, String).contains(f'"{actor.login}"', autoescape=True)


def seen_by(actor: Actor) -> ColumnElement[bool]:
    """Return the condition that an inspection belongs to a list the person may see."""
    if actor.oversees or actor.has("administrator"):
        return true()
    named = [
        cast(column, String).contains(f'"{unit}"', autoescape=True)
        for column in (inspection.c.inspector_units, inspection.c.joint_units)
        for unit in actor.units
    ]
    return or_(inspection.c.unit.in_(actor.units), mine_of(actor), *named)
