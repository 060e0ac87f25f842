"""Who answers for a unit today: its full-time supervisor, or the stand-in while that person is away."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from sqlalchemy import BindParameter, Row, bindparam, select

from workflows.records.offices import officer
from workflows.records.staff import staff_absence, staff_post
from workflows.uow import UnitOfWork, local_day_of

_p, _a = staff_post.c, staff_absence.c
_ON: BindParameter[date] = bindparam("on_day")
_CURRENT = (
    select(staff_post)
    .where(_p.unit == bindparam("of_unit"), _p.valid_from <= _ON, _p.valid_to.is_(None) | (_p.valid_to > _ON))
    .order_by(_p.changed_at.desc())
)
_AWAY = select(_a.login, _a.stand_in).where(_a.from_day <= _ON, _a.to_day >= _ON, _a.ended_at.is_(None))
_PERSON = select(officer.c.name, officer.c.phone).where(officer.c.login == bindparam("wanted"))


def current_row(uow: UnitOfWork, code: str, on: date) -> Row[Any] | None:
    """Return a unit's entry on a day."""
    return uow.connection.execute(_CURRENT, {"of_unit": code, "on_day": on}).first()


def deputies(uow: UnitOfWork) -> Mapping[str, str]:
    """Return who stands in today, by whom."""
    return dict(uow.connection.execute(_AWAY, {"on_day": local_day_of(uow.now)}).all())


def contact_in_charge(uow: UnitOfWork, code: str) -> str:
    """Return name and contact of who answers for a unit today, nothing when nobody is registered."""
    row = current_row(uow, code, local_day_of(uow.now))
    if row is None:
        return ""
    login = deputies(uow).get(row.person, row.person)
    person = uow.connection.execute(_PERSON, {"wanted": login}).one()
    contact = row.contact if login == row.person else person.phone or row.contact
    return f"{person.name} {contact}"
