"""Who may inspect: at least two officers with a valid certificate, none of them concerned in the matter."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Row, select

from workflows import errors
from workflows.directory import find_actor, unit_chain
from workflows.policy import Actor
from workflows.records.offices import officer, unit
from workflows.uow import UnitOfWork

FIELD_ROLES = ("section_officer", "section_head", "district_officer", "squad_officer", "squad_head")
FEWEST = 2


@dataclass(frozen=True, slots=True)
class Candidate:
    """Somebody who may inspect, or why not."""

    login: str
    name: str
    unit: str
    certificate_no: str
    obstacle: str


def candidates(uow: UnitOfWork, code: str, item_code: str) -> tuple[Candidate, ...]:
    """Return the officers of a unit and of the sections beside it, those of the unit first."""
    units = _office(uow, code)
    rows = uow.connection.execute(
        select(officer.c.login, officer.c.name, officer.c.unit, officer.c.roles)
        .where(officer.c.unit.in_(units), officer.c.is_active)
        .order_by(officer.c.login)
    ).all()
    mine = [row for row in rows if set(row.roles) & set(FIELD_ROLES)]
    ranked = sorted(mine, key=lambda row: (row.unit != code, row.login))
    return tuple(Candidate(row.login, row.name, row.unit, "", "") for row in ranked)


def _office(uow: UnitOfWork, code: str) -> list[str]:
    """Return a unit, the office it is a section of, and the other sections of that office."""
    head = unit_chain(uow, code)[-1]
    level = uow.connection.scalar(select(unit.c.level).where(unit.c.code == head))
    same = (unit.c.code == head) | ((unit.c.parent == head) & (unit.c.level == level))
    return list(uow.connection.scalars(select(unit.c.code).where(same)))


def chosen(
    uow: UnitOfWork, row: Row[Any], logins: Iterable[str], field: str = "inspectors", fewest: int = FEWEST
) -> list[dict[str, str]]:
    """Return the inspectors of an inspection as its row keeps them.

    Raises:
        FormInvalid: they are too few, or one of them may not inspect; says who and why.
    """
    known = {one.login: one for one in candidates(uow, row.unit, row.item_code)}
    wanted = list(dict.fromkeys(logins))
    if len(wanted) < fewest:
        raise _refused(field, f"检查人员不得少于 {fewest} 人")
    for login in wanted:
        found = known.get(login)
        if found is None:
            raise _refused(field, f"{login} 不是本单位的执法人员")
        if found.obstacle:
            raise _refused(field, f"{found.name}：{found.obstacle}")
    return [
        {"login": one.login, "name": one.name, "unit": one.unit, "certificate_no": one.certificate_no}
        for one in (known[login] for login in wanted)
    ]


def _refused(field: str, message: str) -> errors.FormInvalid:
    return errors.FormInvalid(errors=[{"field": field, "code": "not-qualified", "message": message}])


def extra_groups(row_unit: str, inspectors: Sequence[Mapping[str, str]]) -> list[str]:
    """Return the groups of inspectors who come from another section than the responsible one."""
    units = dict.fromkeys(one["unit"] for one in inspectors if one["unit"] != row_unit)
    return [f"{code}/{role}" for code in units for role in FIELD_ROLES]


def actor_of(uow: UnitOfWork, login: object) -> Actor:
    """Return the person who acted at an earlier step, also when the account was switched off since.

    Raises:
        CaseNotFound: there is no such person at all.
    """
    found = find_actor(uow, str(login))
    if found is None:
        raise errors.CaseNotFound(officer=str(login))
    return found
