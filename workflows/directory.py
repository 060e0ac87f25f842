"""Finds units and officers: by code, by kind and area, and whom to tell."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Row, select

from workflows import errors
from workflows.policy import Actor, groups_of
from workflows.records.offices import officer, unit
from workflows.staff.duty import contact_in_charge, deputies
from workflows.uow import UnitOfWork, local_day_of


@dataclass(frozen=True, slots=True)
class Unit:
    """One office or section."""

    code: str
    name: str
    short_name: str
    kind: str
    level: str
    parent: str | None
    area: str


def find_unit(uow: UnitOfWork, code: str) -> Unit:
    """Return a unit, or raise ``UnknownUnit``."""
    row = uow.connection.execute(select(unit).where(unit.c.code == code)).one_or_none()
    if row is None:
        raise errors.UnknownUnit(unit=code)
    return _unit(row)


def all_units(uow: UnitOfWork) -> tuple[Unit, ...]:
    """Return all units by code."""
    return tuple(_unit(row) for row in uow.connection.execute(select(unit).order_by(unit.c.code)))


def _unit(row: Row[Any]) -> Unit:
    return Unit(row.code, row.name, row.short_name, row.kind, row.level, row.parent, row.area)


def unit_of_kind(uow: UnitOfWork, kind: str, area: str) -> Unit | None:
    """Return the office of a kind that is competent for an area today: the area's own, else the city's."""
    today = local_day_of(uow.now)
    stands = (unit.c.valid_from <= today) & (unit.c.valid_to.is_(None) | (unit.c.valid_to > today))
    rows = [
        row
        for row in uow.connection.execute(select(unit).where(unit.c.kind == kind, stands).order_by(unit.c.code))
        if row.parent is None or row.level != "city"
    ]
    own = [row for row in rows if row.area == area]
    found = own or [row for row in rows if row.level == "city"]
    return _unit(found[0]) if found else None


def unit_chain(uow: UnitOfWork, code: str) -> tuple[str, ...]:
    """Return a unit and the office it is a section of (same level), the unit first."""
    return _chain(_parents(uow), code)


def _parents(uow: UnitOfWork) -> dict[str, Any]:
    return {row.code: row for row in uow.connection.execute(select(unit.c.code, unit.c.parent, unit.c.level))}


def _chain(rows: Mapping[str, Any], code: str) -> tuple[str, ...]:
    chain, current = [code], rows.get(code)
    while current is not None and current.parent in rows and rows[current.parent].level == current.level:
        chain.append(current.parent)
        current = rows[current.parent]
    return tuple(chain)


def office_of(uow: UnitOfWork, code: str) -> list[str]:
    """Return a unit, the office it is a section of, and the other sections of that office."""
    head = unit_chain(uow, code)[-1]
    level = uow.connection.scalar(select(unit.c.level).where(unit.c.code == head))
    same = (unit.c.code == head) | ((unit.c.parent == head) & (unit.c.level == level))
    return list(uow.connection.scalars(select(unit.c.code).where(same)))


def find_actor(uow: UnitOfWork, login: str) -> Actor | None:
    """Return the person behind a login, or None when there is none or it is switched off."""
    row = uow.connection.execute(
        select(officer, unit.c.name.label("unit_name"), unit.c.kind, unit.c.area)
        .join(unit, unit.c.code == officer.c.unit)
        .where(officer.c.login == login, officer.c.is_active)
    ).one_or_none()
    if row is None:
        return None
    units = unit_chain(uow, row.unit)
    roles = frozenset(row.roles)
    return Actor(
        row.login, row.name, row.unit, row.unit_name, row.kind, row.area, roles, units, groups_of(units, roles)
    )


def names_of(uow: UnitOfWork, logins: Iterable[str]) -> dict[str, str]:
    """Return the names of persons by login; ``system`` is the system."""
    wanted = set(logins)
    rows = uow.connection.execute(select(officer.c.login, officer.c.name).where(officer.c.login.in_(wanted)))
    return {"system": "系统"} | {row.login: row.name for row in rows}


def members_of(uow: UnitOfWork, groups: Sequence[str]) -> tuple[str, ...]:
    """Return the logins of everybody in one of the groups, or named among them by login, with their stand-ins."""
    found: dict[str, None] = {}
    parents = _parents(uow)
    columns = (officer.c.login, officer.c.unit, officer.c.roles, officer.c.stand_in)
    rows = uow.connection.execute(select(*columns).where(officer.c.is_active).order_by(officer.c.login)).all()
    active, away = {row.login for row in rows}, deputies(uow)
    for row in rows:
        if not {row.login, *groups_of(_chain(parents, row.unit), row.roles)}.isdisjoint(groups):
            found[row.login] = None
            found |= {str(one): None for one in (row.stand_in, away.get(row.login)) if one in active}
    return tuple(found)


def colleagues_of(uow: UnitOfWork, code: str) -> list[dict[str, str]]:
    """Return the persons of a unit as the choices of a form."""
    rows = uow.connection.execute(
        select(officer.c.login, officer.c.name, officer.c.title)
        .where(officer.c.unit == code, officer.c.is_active)
        .order_by(officer.c.login)
    )
    return [{"value": row.login, "label": f"{row.name}（{row.title}）" if row.title else row.name} for row in rows]


def contact_of(uow: UnitOfWork, code: str) -> str:
    """Return whom to call at a unit: who is registered for it today, else its head, else anybody, with the phone."""
    if registered := contact_in_charge(uow, code):
        return registered
    liaison = uow.connection.scalar(select(unit.c.liaison).where(unit.c.code == code))
    columns = (officer.c.login, officer.c.name, officer.c.phone, officer.c.roles)
    rows = uow.connection.execute(select(*columns).where(officer.c.unit == code, officer.c.is_active)).all()
    ranked = sorted(rows, key=lambda row: (row.login != liaison, not _is_head(row.roles), row.login))
    return f"{ranked[0].name} {ranked[0].phone or ''}".strip() if ranked else ""


def _is_head(roles: Sequence[str]) -> bool:
    return any(role.endswith("_head") for role in roles)
