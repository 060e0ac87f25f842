"""Who sees and who keeps which object: by area and unit; what is not one's own does not seem to exist."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Row, or_, select, true

from workflows import errors
from workflows.policy import Actor, require
from workflows.records.libraries import inspection_object
from workflows.uow import UnitOfWork

RATERS = ("section_head", "policy_officer")
KEEPERS = ("section_officer", "district_officer", "section_head", "policy_officer")
_o = inspection_object.c


def sees_city(actor: Actor, city_area: str) -> bool:
    """Tell whether a person works for the whole city: an office of the city, an overseer, the administrator."""
    return actor.oversees or actor.has("administrator") or actor.area == city_area


def seen_by(actor: Actor, city_area: str) -> ColumnElement[bool]:
    """Return the condition that a person may see an object."""
    if sees_city(actor, city_area):
        return true()
    return or_(_o.area == actor.area, _o.unit.in_(actor.units))


def visible(uow: UnitOfWork, actor: Actor, object_id: UUID, city_area: str) -> Row[Any]:
    """Return an object's row if the person may see it.

    Raises:
        ObjectNotFound: there is none, or it is another area's.
    """
    row = uow.connection.execute(select(inspection_object).where(_o.id == object_id)).one_or_none()
    if row is None:
        raise errors.ObjectNotFound(object=str(object_id))
    if row.merged_into is not None:
        return visible(uow, actor, row.merged_into, city_area)
    if not (sees_city(actor, city_area) or row.area == actor.area or row.unit in actor.units):
        raise errors.ObjectNotFound(object=str(object_id))
    return row


def may_keep(actor: Actor, unit: str, roles: Sequence[str] = KEEPERS) -> bool:
    """Tell whether a person may change what a unit answers for: the unit's own people, and the policy section."""
    return actor.has(*roles) and (unit in actor.units or actor.has("policy_officer"))


def require_keeper(actor: Actor, unit: str, roles: Sequence[str] = KEEPERS) -> None:
    """Refuse a person who may not change what a unit answers for.

    Raises:
        NotAllowed.
    """
    require(actor, *roles)
    if not may_keep(actor, unit, roles):
        raise errors.NotAllowed(reason="只能办理本单位负责的对象")
