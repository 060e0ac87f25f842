"""Finds units and officers: by code, by kind and area, and whom to tell."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import bindparam, exists, select

from workflows import errors
from workflows.policy import Actor, Cover, groups_of, takes_part
from workflows.records.offices import officer, unit
from workflows.records.staff import staff_absence
from workflows.staff.duty import contact_in_charge
from workflows.uow import UnitOfWork, local_day_of

# built once: making a statement costs more than running it
_UNITS = select(unit.c.code, unit.c.name, unit.c.short_name, unit.c.kind, unit.c.level, unit.c.parent, unit.c.area)
_UNIT, _ALL_UNITS = _UNITS.where(unit.c.code == bindparam("wanted")), _UNITS.order_by(unit.c.code)
_PARENTS = select(unit.c.code, unit.c.parent, unit.c.level)
_absent = (staff_absence.c.from_day <= bindparam("on_day")) & (staff_absence.c.to_day >= bindparam("on_day"))
_absent &= staff_absence.c.ended_at.is_(None)
_stands_in = exists().where(staff_absence.c.stand_in == officer.c.login, _absent)
_ACTOR = (
    select(officer, unit.c.name.label("unit_name"), unit.c.kind, unit.c.area, _stands_in.label("stands_in"))
    .join(unit, unit.c.code == officer.c.unit)
    .where(officer.c.login == bindparam("wanted"), officer.c.is_active)
)
_COVERED = (
    select(officer, staff_absence.c.processes, staff_absence.c.may_sign, staff_absence.c.number)
    .join(staff_absence, staff_absence.c.login == officer.c.login)
    .where(staff_absence.c.stand_in == bindparam("wanted"), _absent, officer.c.is_active)
    .order_by(officer.c.login)
)
_deputy = select(staff_absence.c.stand_in).where(staff_absence.c.login == officer.c.login, _absent).limit(1)
_BELONGING = (
    select(officer.c.login, officer.c.unit, officer.c.roles, officer.c.stand_in, _deputy.scalar_subquery())
    .where(
        officer.c.is_active,
        officer.c.unit.in_(bindparam("units", expanding=True))
        | officer.c.login.in_(bindparam("named", expanding=True)),
    )
    .order_by(officer.c.login)
)
_ACTIVE = select(officer.c.login).where(officer.c.is_active, officer.c.login.in_(bindparam("wanted", expanding=True)))
_COLLEAGUES = (
    select(officer.c.login, officer.c.name, officer.c.title, officer.c.roles)
    .where(officer.c.unit == bindparam("wanted"), officer.c.is_active)
    .order_by(officer.c.login)
)
_PROGRAMS = {"administrator": "系统管理员", "demo": "演示数据"}  # who deploys and sets up from the command line
_LIAISON = select(unit.c.liaison).where(unit.c.code == bindparam("wanted"))
_STAFF = select(officer.c.login, officer.c.name, officer.c.phone, officer.c.roles).where(
    officer.c.unit == bindparam("wanted"), officer.c.is_active
)


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
    row = uow.connection.execute(_UNIT, {"wanted": code}).one_or_none()
    if row is None:
        raise errors.UnknownUnit(unit=code)
    return _unit(row)


def all_units(uow: UnitOfWork) -> tuple[Unit, ...]:
    """Return all units by code."""
    return tuple(Unit(*row) for row in uow.connection.execute(_ALL_UNITS))


def _unit(row: Any) -> Unit:
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


def _parents(uow: UnitOfWork) -> dict[str, str]:
    """Return of each section the unit it is a section of."""
    rows = {code: (parent, level) for code, parent, level in uow.connection.execute(_PARENTS)}
    return {code: parent for code, (parent, level) in rows.items() if parent in rows and rows[parent][1] == level}


def _chain(parents: Mapping[str, str], code: str) -> tuple[str, ...]:
    chain = [code]
    while chain[-1] in parents:
        chain.append(parents[chain[-1]])
    return tuple(chain)


def office_of(uow: UnitOfWork, code: str) -> list[str]:
    """Return a unit, the office it is a section of, and the other sections of that office."""
    head = unit_chain(uow, code)[-1]
    level = uow.connection.scalar(select(unit.c.level).where(unit.c.code == head))
    same = (unit.c.code == head) | ((unit.c.parent == head) & (unit.c.level == level))
    return list(uow.connection.scalars(select(unit.c.code).where(same)))


def find_actor(uow: UnitOfWork, login: str) -> Actor | None:
    """Return the person behind a login, or None when there is none or it is switched off."""
    today = local_day_of(uow.now)
    row = uow.connection.execute(_ACTOR, {"wanted": login, "on_day": today}).one_or_none()
    if row is None:
        return None
    units = unit_chain(uow, row.unit)
    roles = frozenset(row.roles)
    covers = _covers(uow, login, today) if row.stands_in else ()
    return Actor(
        row.login, row.name, row.unit, row.unit_name, row.kind, row.area, roles, units, groups_of(units, roles), covers
    )


def _covers(uow: UnitOfWork, login: str, today: date) -> tuple[Cover, ...]:
    """Return for whom a person stands in today; whom that person stands in for is not handed on."""
    parents = _parents(uow)
    found = []
    for row in uow.connection.execute(_COVERED, {"wanted": login, "on_day": today}):
        units, roles = _chain(parents, row.unit), frozenset(row.roles)
        groups, processes = groups_of(units, roles), frozenset(row.processes)
        found.append(Cover(row.login, row.name, row.unit, units, roles, groups, processes, row.may_sign, row.number))
    return tuple(found)


def names_of(uow: UnitOfWork, logins: Iterable[str]) -> dict[str, str]:
    """Return the names of persons by login; what programs do has a name of its own, ``system`` is always there."""
    wanted = set(logins)
    rows = uow.connection.execute(select(officer.c.login, officer.c.name).where(officer.c.login.in_(wanted)))
    programs = {login: name for login, name in _PROGRAMS.items() if login in wanted}
    return {"system": "系统"} | programs | {row.login: row.name for row in rows}


def members_of(uow: UnitOfWork, groups: Sequence[str]) -> tuple[str, ...]:
    """Return the logins of everybody in one of the groups, or named among them by login, with their stand-ins."""
    parents, heads = _parents(uow), {group.rpartition("/")[0] for group in groups}
    sections = {code for code in parents if not heads.isdisjoint(_chain(parents, code))}
    asked = {"units": sorted(heads | sections), "named": list(groups), "on_day": local_day_of(uow.now)}
    wanted = set(groups)
    meant = [(login, stand_in, deputy)
             for login, code, roles, stand_in, deputy in uow.connection.execute(_BELONGING, asked).all()
             if login in wanted or not wanted.isdisjoint(groups_of(_chain(parents, code), roles))]  # fmt: skip
    others = {one for _, *both in meant for one in both if one}
    active = set(uow.connection.scalars(_ACTIVE, {"wanted": sorted(others)})) if others else set()
    found: dict[str, None] = {}
    for login, *both in meant:
        found |= {login: None} | {one: None for one in both if one in active}
    return tuple(found)


def colleagues_of(uow: UnitOfWork, code: str) -> list[dict[str, str]]:
    """Return the persons of a unit who take part in cases, as the choices of a form."""
    rows = uow.connection.execute(_COLLEAGUES, {"wanted": code})
    return [
        {"value": row.login, "label": f"{row.name}（{row.title}）" if row.title else row.name}
        for row in rows if takes_part(row.roles)
    ]  # fmt: skip


def contact_of(uow: UnitOfWork, code: str) -> str:
    """Return whom to call at a unit: who is registered for it today, else its head, else anybody, with the phone."""
    if registered := contact_in_charge(uow, code):
        return registered
    liaison = uow.connection.scalar(_LIAISON, {"wanted": code})
    rows = uow.connection.execute(_STAFF, {"wanted": code}).all()
    ranked = sorted(rows, key=lambda row: (row.login != liaison, not _is_head(row.roles), row.login))
    return f"{ranked[0].name} {ranked[0].phone or ''}".strip() if ranked else ""


def _is_head(roles: Sequence[str]) -> bool:
    return any(role.endswith("_head") for role in roles)
