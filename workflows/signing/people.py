"""Who may be asked to sign: people of the office, of the other offices that have a part in the case, never barred."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import select

from engine.store.tables import user_task
from workflows import errors
from workflows.complaints.access import is_barred_case
from workflows.directory import find_actor, office_of
from workflows.policy import Actor, takes_part
from workflows.records.offices import officer, unit
from workflows.signing.rules import MOST_SIGNERS
from workflows.staff.duty import deputies
from workflows.uow import UnitOfWork

MOST_LISTED = 300


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody who may be asked; ``stand_in`` names who signs while the person is away."""

    login: str
    name: str
    unit: str
    title: str
    stand_in: str = ""


def eligible(uow: UnitOfWork, actor: Actor, instance_id: UUID) -> tuple[Person, ...]:
    """Return whom the actor may ask about a case, by unit."""
    groups = uow.connection.scalars(select(user_task.c.candidate_groups).where(user_task.c.instance_id == instance_id))
    units = {group.rpartition("/")[0] for found in groups for group in found} | set(office_of(uow, actor.unit))
    statement = (
        select(officer.c.login, officer.c.name, officer.c.title, officer.c.roles, unit.c.short_name)
        .join(unit, unit.c.code == officer.c.unit)
        .where(officer.c.is_active, officer.c.login != actor.login, officer.c.unit.in_(sorted(units)))
        .order_by(unit.c.code, officer.c.login)
        .limit(MOST_LISTED)
    )
    rows = [row for row in uow.connection.execute(statement) if takes_part(row.roles)]
    away = deputies(uow)
    names = {row.login: row.name for row in rows}
    return tuple(
        Person(row.login, row.name, row.short_name, row.title or "", names.get(away.get(row.login, ""), ""))
        for row in rows
    )


def check_signers(
    uow: UnitOfWork, actor: Actor, instance_id: UUID, logins: Sequence[str], known: Mapping[str, Any] | None = None
) -> None:
    """Refuse signers that cannot be asked, naming each.

    Raises:
        FormInvalid.
    """
    may = {person.login: person for person in eligible(uow, actor, instance_id)}
    already = known or {}
    mistakes = _count_mistakes(logins, already)
    for login in logins:
        person = may.get(login)
        if person is None:
            mistakes.append(f"{login} 不能会签：不是本单位或本案相关单位的在职人员，或是您本人")
        elif login in already:
            mistakes.append(f"{person.name} 已在本次会签中，不能重复")
        elif _is_barred(uow, login, instance_id):
            mistakes.append(f"{person.name} 应当回避本案")
    if mistakes:
        raise errors.FormInvalid(errors=[{"field": "signers", "message": text} for text in mistakes])


def _count_mistakes(logins: Sequence[str], already: Mapping[str, Any]) -> list[str]:
    mistakes = [] if logins else ["请选择会签人"]
    if len(logins) + len(already) > MOST_SIGNERS:
        mistakes.append(f"一次会签最多 {MOST_SIGNERS} 人")
    if len(set(logins)) != len(logins):
        mistakes.append("同一人只能选一次")
    return mistakes


def _is_barred(uow: UnitOfWork, login: str, instance_id: UUID) -> bool:
    person = find_actor(uow, login)
    return person is None or is_barred_case(uow, person, instance_id)
