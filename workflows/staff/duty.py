"""Who answers for a unit today: its full-time supervisor, or the stand-in while that person is away."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from sqlalchemy import Row, select

from workflows.records.offices import officer
from workflows.records.staff import staff_absence, staff_post
from workflows.uow import UnitOfWork, local_day_of

_p, _a = staff_post.c, staff_absence.c


def current_row(uow: UnitOfWork, code: str, on: date) -> Row[Any] | None:
    """Return a unit's entry on a day."""
    valid = (_p.valid_from <= on) & (_p.valid_to.is_(None) | (_p.valid_to > on))
    order = _p.changed_at.desc()
    return uow.connection.execute(select(staff_post).where(_p.unit == code, valid).order_by(order)).first()


def deputies(uow: UnitOfWork) -> Mapping[str, str]:
    """Return who stands in today, by whom."""
    today = local_day_of(uow.now)
    away = (_a.from_day <= today) & (_a.to_day >= today)
    return {row.login: row.stand_in for row in uow.connection.execute(select(_a.login, _a.stand_in).where(away))}


def contact_in_charge(uow: UnitOfWork, code: str) -> str:
    """Return name and contact of who answers for a unit today, nothing when nobody is registered."""
    row = current_row(uow, code, local_day_of(uow.now))
    if row is None:
        return ""
    login = deputies(uow).get(row.person, row.person)
    person = uow.connection.execute(select(officer.c.name, officer.c.phone).where(officer.c.login == login)).one()
    contact = row.contact if login == row.person else person.phone or row.contact
    return f"{person.name} {contact}"
