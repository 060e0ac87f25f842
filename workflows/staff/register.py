"""The register: one current entry for each unit, every earlier version kept (zz2020/3.2)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import insert, select, update
from sqlalchemy.orm import aliased

from workflows import errors
from workflows.directory import find_unit
from workflows.policy import Actor, takes_part
from workflows.records.offices import officer, unit
from workflows.records.staff import staff_absence, staff_post
from workflows.rulebook import Rulebook
from workflows.staff.duty import current_row
from workflows.uow import UnitOfWork

HEADS = ("section_head", "squad_head", "district_officer", "approval_clerk", "squad_officer")
FIELDS = ("person", "post", "contact", "stand_in", "duties")
_p, _a = staff_post.c, staff_absence.c


@dataclass(frozen=True, slots=True)
class ChangeStaff:
    """Write who is a unit's full-time supervisor from a day on; answers the new entry, or None if nothing changed.

    Raises:
        NotAllowed: it is another unit's, and the actor is not of the policy section.
        FormInvalid: the person or the stand-in is not of the unit or takes no part in cases, both are the same, or
            the day is before the entry.
    """

    actor: Actor
    unit: str
    answers: Mapping[str, Any]
    day: date
    reason: str

    def run(self, uow: UnitOfWork) -> UUID | None:
        """Write the version."""
        require_unit(self.actor, self.unit)
        find_unit(uow, self.unit)
        given = {name: self.answers.get(name) or None for name in FIELDS}
        _check(uow, self.unit, given)
        now = current_row(uow, self.unit, self.day)
        if now is not None and all(getattr(now, name) == given[name] for name in FIELDS):
            return None
        last = uow.connection.scalar(select(_p.valid_from).where(_p.unit == self.unit).order_by(_p.valid_from.desc()))
        if last is not None and self.day < last:
            raise errors.FormInvalid(errors=[{"field": "valid_from", "message": f"不能早于现有登记的生效日期 {last}"}])
        ending = (_p.unit == self.unit) & _p.valid_to.is_(None)
        uow.connection.execute(update(staff_post).where(ending).values(valid_to=self.day))
        row = {"id": uow.new_id(), "unit": self.unit, "valid_from": self.day, "reason": self.reason,
               "changed_by": self.actor.login, "changed_at": uow.now, **given}  # fmt: skip
        uow.connection.execute(insert(staff_post), row)
        return UUID(str(row["id"]))


def may_keep(actor: Actor, code: str) -> bool:
    """Tell whether a person may change a unit's entry: the policy section any, others their own."""
    return actor.has("policy_officer") or (actor.unit == code and actor.has(*HEADS))


def require_unit(actor: Actor, code: str) -> None:
    """Refuse to change another unit's entry.

    Raises:
        NotAllowed.
    """
    if not may_keep(actor, code):
        raise errors.NotAllowed(unit=code, reason="只能登记本单位的专职人员")


def _check(uow: UnitOfWork, code: str, given: Mapping[str, Any]) -> None:
    wanted = select(officer.c.login, officer.c.name, officer.c.roles).where(officer.c.unit == code, officer.c.is_active)
    people = {row.login: row for row in uow.connection.execute(wanted)}
    mistakes = [
        {"field": name, "message": fault}
        for name in ("person", "stand_in") if given[name] and (fault := _fault_of(people.get(given[name])))
    ]  # fmt: skip
    if given["stand_in"] and given["stand_in"] == given["person"]:
        mistakes.append({"field": "stand_in", "message": "替补不能是专职人员本人"})
    if mistakes:
        raise errors.FormInvalid(errors=mistakes)


def _fault_of(person: Any) -> str:
    if person is None:
        return "不是本单位在职人员，请重新选择"
    if not takes_part(person.roles):
        return f"{person.name} 是管理员或对接账号，不办理案件，不能登记，请选择其他人"
    return ""


def current(uow: UnitOfWork, on: date, units: Sequence[str] | None = None) -> list[Mapping[str, Any]]:
    """Return the entries of a day by unit, with the names, and who is away."""
    person, deputy = aliased(officer), aliased(officer)
    valid = (_p.valid_from <= on) & (_p.valid_to.is_(None) | (_p.valid_to > on))
    away = (_a.login == _p.person) & (_a.from_day <= on) & (_a.to_day >= on) & _a.ended_at.is_(None)
    statement = (
        select(
            staff_post, person.c.name, deputy.c.name.label("stand_in_name"), _a.to_day.label("away_until"),
            _a.reason.label("away_reason"),
        )
        .join(person, person.c.login == _p.person)
        .join(deputy, deputy.c.login == _p.stand_in, isouter=True)
        .join(staff_absence, away, isouter=True)
        .where(valid)
        .order_by(_p.unit)
    )  # fmt: skip
    if units is not None:
        statement = statement.where(_p.unit.in_(list(units)))
    return [dict(row) for row in uow.connection.execute(statement).mappings()]


def history(uow: UnitOfWork, code: str) -> list[Mapping[str, Any]]:
    """Return every version of a unit's entry, the newest first."""
    person, deputy = aliased(officer), aliased(officer)
    statement = (
        select(staff_post, person.c.name, deputy.c.name.label("stand_in_name"))
        .join(person, person.c.login == _p.person)
        .join(deputy, deputy.c.login == _p.stand_in, isouter=True)
        .where(_p.unit == code)
        .order_by(_p.valid_from.desc(), _p.changed_at.desc(), _p.id.desc())
        .limit(200)
    )
    return [dict(row) for row in uow.connection.execute(statement).mappings()]


def units_asked(uow: UnitOfWork, rulebook: Rulebook) -> list[Mapping[str, Any]]:
    """Return the units that have officials of their own; each is asked every year."""
    leaders = (rulebook.city.leader_unit, rulebook.city.discipline_unit)
    rows = uow.connection.execute(
        select(unit.c.code, unit.c.short_name, officer.c.roles).join(officer, officer.c.unit == unit.c.code)
        .where(officer.c.is_active, unit.c.code.not_in(leaders)).order_by(unit.c.code)
    )  # fmt: skip
    found = {row.code: {"code": row.code, "short_name": row.short_name} for row in rows if takes_part(row.roles)}
    return list(found.values())
