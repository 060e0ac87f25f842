"""Who may inspect: at least two officers with a valid certificate, none of them concerned in the matter."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import Row, select

from workflows import errors
from workflows.directory import find_actor, office_of
from workflows.libraries.objects import InspectionObject, find_object
from workflows.libraries.officers import Avoids, avoidances, qualified_officers
from workflows.policy import Actor
from workflows.records.offices import officer
from workflows.uow import UnitOfWork, local_day_of

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


@dataclass(frozen=True, slots=True)
class Matter:
    """What is to be inspected, where it is no inspection of its own: a stage of a building, for one."""

    unit: str
    party_code: str
    item_code: str = ""
    object_id: UUID | None = None
    joint_units: tuple[Mapping[str, str], ...] = ()


def candidates(uow: UnitOfWork, row: Row[Any] | Matter, on: date) -> tuple[Candidate, ...]:
    """Return the officers of the responsible unit, of the sections beside it and of units that take part.

    Whoever has no certificate or qualification that is good on the day, or must avoid the party, has an obstacle; of
    a unit that takes part the certificate is enough.
    """
    joint = [one["unit"] for one in row.joint_units]
    units = [*office_of(uow, row.unit), *joint]
    rows = uow.connection.execute(
        select(officer.c.login, officer.c.name, officer.c.unit, officer.c.roles)
        .where(officer.c.unit.in_(units), officer.c.is_active)
        .order_by(officer.c.login)
    ).all()
    mine = [one for one in rows if set(one.roles) & set(FIELD_ROLES)]
    able = [*qualified_officers(uow, joint, "", on), *qualified_officers(uow, units, row.item_code, on)]
    good = {one.login: one.certificate for one in able}
    avoided = avoidances(uow, [one.login for one in mine], on)
    about = find_object(uow, row.object_id) if row.object_id else None
    found = [
        Candidate(
            one.login, one.name, one.unit, good.get(one.login, ""),
            _obstacle(one.login in good, avoided.get(one.login), about, row.party_code),
        )
        for one in sorted(mine, key=lambda one: (one.unit != row.unit, one.login))
    ]  # fmt: skip
    return tuple(found)


def _obstacle(is_good: bool, avoids: Avoids | None, about: InspectionObject | None, party_code: str) -> str:
    if not is_good:
        return "没有当日有效的执法证，或没有本事项所需的资格"
    if avoids is not None and ((about is not None and avoids.forbids(about)) or party_code in avoids.codes):
        return "与检查对象有利害关系，应当回避"
    return ""


def chosen(
    uow: UnitOfWork, row: Row[Any] | Matter, logins: Iterable[str], field: str = "inspectors", on: date | None = None
) -> list[dict[str, str]]:
    """Return the inspectors of an inspection as its row keeps them.

    Raises:
        FormInvalid: they are too few, or one of them may not inspect; says who and why.
    """
    known = {one.login: one for one in candidates(uow, row, on or local_day_of(uow.now))}
    wanted = list(dict.fromkeys(logins))
    if len(wanted) < FEWEST:
        raise _refused(field, f"检查人员不得少于 {FEWEST} 人")
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
