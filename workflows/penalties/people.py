"""Who may investigate, approve and review a case of a unit."""

from collections.abc import Sequence

from sqlalchemy import select

from workflows.city import City
from workflows.directory import all_units, find_unit, unit_chain
from workflows.libraries.officers import good_on
from workflows.penalties.store import refuse
from workflows.records.libraries import officer_certificate
from workflows.records.offices import officer, unit
from workflows.uow import UnitOfWork, local_day_of

_HEADS = frozenset({"leader", "section_head", "squad_head"})
_ROLES = frozenset({"section_officer", "section_head", "district_officer", "squad_officer", "squad_head"})
FEWEST = 2


def organ_of(uow: UnitOfWork, code: str) -> str:
    """Return the office that a unit is a section of."""
    return unit_chain(uow, code)[-1]


def deciders(uow: UnitOfWork, city: City, code: str, officers: Sequence[str] = ()) -> tuple[str, str]:
    """Return the unit whose heads decide, and the unit that reviews the law.

    An office decides itself as long as one of its heads is free for it beside the case's officers, or beside two
    whom it still has to name; else the office above decides.
    """
    organ = organ_of(uow, code)
    if organ == city.bureau_unit:
        return city.leader_unit, city.policy_unit
    return (organ, organ) if _can_decide(uow, organ, officers) else _above(uow, city, organ)


def _can_decide(uow: UnitOfWork, organ: str, officers: Sequence[str]) -> bool:
    rows = uow.connection.execute(select(officer.c.login, officer.c.roles).where(officer.c.unit == organ,
                                                                                  officer.c.is_active))  # fmt: skip
    heads = {row.login for row in rows if not _HEADS.isdisjoint(row.roles)}
    if officers:
        return not heads <= set(officers)
    able = {one["value"] for one in officers_of(uow, organ)}
    return any(len(able - {head}) >= FEWEST for head in heads)


def _above(uow: UnitOfWork, city: City, organ: str) -> tuple[str, str]:
    """Return the deciding and the reviewing unit of the office above; the highest office stays its own."""
    mine = find_unit(uow, organ)
    if mine.kind == find_unit(uow, city.bureau_unit).kind:
        return city.leader_unit, city.policy_unit
    above = mine.parent or next((one.code for one in all_units(uow) if one.kind == mine.kind and one.level == "city"
                                 and one.parent is None), organ)  # fmt: skip
    return above, above


def officers_of(uow: UnitOfWork, code: str) -> list[dict[str, str]]:
    """Return the officers of the unit's whole office whose certificate is good today, those of the unit first."""
    organ, c = organ_of(uow, code), officer_certificate.c
    rows = uow.connection.execute(
        select(officer.c.login, officer.c.name, officer.c.roles, officer.c.unit, unit.c.short_name, c.number)
        .join(unit, unit.c.code == officer.c.unit)
        .join(officer_certificate, c.login == officer.c.login)
        .where(officer.c.is_active, (unit.c.code == organ) | (unit.c.parent == organ), good_on(local_day_of(uow.now)))
        .order_by(officer.c.unit != code, officer.c.unit, officer.c.login, c.expires_on.desc())
    ).all()
    found: dict[str, dict[str, str]] = {}
    for row in rows:
        if not _ROLES.isdisjoint(row.roles):
            label = f"{row.name}（{row.short_name}，证号 {row.number}）"
            one = {"value": row.login, "label": label, "name": row.name, "certificate_no": row.number}
            found.setdefault(row.login, one)
    return list(found.values())


def two_officers(logins: Sequence[str], allowed: Sequence[str]) -> list[str]:
    """Return the officers of a case.

    Raises:
        FormInvalid: they are fewer than two, or one is not qualified.
    """
    found = list(dict.fromkeys(logins))
    if len(found) < FEWEST:
        refuse("officers", "执法人员不得少于两人，请再选一人")
    if set(found) - set(allowed):
        refuse("officers", "所选人员不是本机关持有有效执法证件的人员，请重新选择")
    return found
