"""Yearly confirmations of the register, and absences during which the stand-in takes over (zz2020/3.2)."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import Row, insert, select, update

from engine.handlers import ServiceJob
from workflows import errors
from workflows.absence.register import Leave, check, cover_by, covered, give_back, start, tell
from workflows.directory import find_unit
from workflows.notices import notify
from workflows.policy import Actor
from workflows.process import TaskContext
from workflows.records.staff import staff_absence, staff_confirmation
from workflows.rulebook import Rulebook
from workflows.staff.duty import current_row
from workflows.staff.register import FIELDS, ChangeStaff, require_unit
from workflows.uow import UnitOfWork, local_day_of, local_year

_c, _a = staff_confirmation.c, staff_absence.c
CONFIRMATION = "staff_confirmation"


def key_of(year: int, unit: str) -> str:
    """Return the business key of a unit's confirmation of a year."""
    return f"ZZ{year}/{unit}"


def open_confirmation(uow: UnitOfWork, job: ServiceJob, rulebook: Rulebook) -> Mapping[str, object]:
    """Write down that a unit is asked, with what the register says now."""
    unit, city = find_unit(uow, str(job.variables["unit"])), rulebook.city
    row = {
        "id": uow.new_id(), "number": job.business_key, "instance_id": job.instance_id, "unit": unit.code,
        "year": local_year(uow.now), "asked_at": uow.now, "is_late": False,
        "due_at": rulebook.reckon("staff_confirm", uow.now).due_at,
    }  # fmt: skip
    uow.connection.execute(insert(staff_confirmation), row)
    now = current_row(uow, unit.code, local_day_of(uow.now))
    known = {name: getattr(now, name) for name in FIELDS} if now is not None else dict.fromkeys(FIELDS)
    return {
        "current": known, "unit_name": unit.name, "area": unit.area, "policy_unit": city.policy_unit,
        "title": f"确认专职人员：{unit.short_name}", "party_name": unit.short_name, "project_name": "专职人员确认",
    }  # fmt: skip


def confirm(uow: UnitOfWork, task: TaskContext, answers: Mapping[str, Any]) -> Mapping[str, object]:
    """Keep the answer; what differs from the register is a new version of it.

    Raises:
        FormInvalid: the person or the stand-in is not of the unit.
    """
    unit = str(task.variables["unit"])
    day, reason = local_day_of(uow.now), "年度确认时更正" if task.variables["current"]["person"] else "首次报送"
    changed = ChangeStaff(_of_unit(task.actor, unit), unit, answers, day, reason).run(uow) is not None
    mine = _c.instance_id == task.instance_id
    values = {"confirmed_by": task.actor.login, "confirmed_at": uow.now, "is_changed": changed}
    uow.connection.execute(update(staff_confirmation).where(mine).values(**values))
    return {}


def _of_unit(actor: Actor, unit: str) -> Actor:
    """Refuse a person of another section of the same office: each section answers for itself.

    Raises:
        NotAllowed.
    """
    if actor.unit != unit:
        raise errors.NotAllowed(unit=unit, reason="由本单位的人员确认")
    return actor


def record(uow: UnitOfWork, job: ServiceJob, _rulebook: Rulebook) -> Mapping[str, object]:
    """Let the case say whether anything changed."""
    mine = _c.instance_id == job.instance_id
    return {"is_changed": uow.connection.scalar(select(_c.is_changed).where(mine))}


def list_late(uow: UnitOfWork, job: ServiceJob, rulebook: Rulebook) -> Mapping[str, object]:
    """Mark the unit as late and tell the policy section."""
    uow.connection.execute(update(staff_confirmation).where(_c.instance_id == job.instance_id).values(is_late=True))
    group = f"{rulebook.city.policy_unit}/policy_officer"
    text = f"逾期未确认专职人员：{job.variables['unit_name']}"
    notify(uow, [group], kind="staff", text=text, business_key=job.business_key)
    return {}


@dataclass(frozen=True, slots=True)
class RegisterAbsence:
    """Register that a unit's full-time supervisor is away from a day to another; answers the case's number.

    Raises:
        NotAllowed: it is another unit's.
        FormInvalid: the unit has no entry or no stand-in, or the days overlap with another absence.
    """

    actor: Actor
    unit: str
    from_day: date
    to_day: date
    reason: str
    rulebook: Rulebook

    def run(self, uow: UnitOfWork) -> str:
        """Start the case."""
        require_unit(self.actor, self.unit)
        row = current_row(uow, self.unit, self.from_day)
        if row is None or row.stand_in is None:
            message = "还没有登记替补，请先在专职人员登记中写明"
            raise errors.FormInvalid(errors=[{"field": "from_day", "message": message}])
        leave = Leave(row.person, self.unit, row.stand_in, self.from_day, self.to_day, self.reason)
        check(uow, leave)
        return start(uow, self.rulebook, leave, self.actor.login)


def hand_over(uow: UnitOfWork, job: ServiceJob, _rulebook: Rulebook) -> Mapping[str, object]:
    """Count what the stand-in finds in the list from today, and tell that person; the tasks stay where they are."""
    row = _row_of(uow, job)
    cover = cover_by(uow, row)
    count = len(covered(uow, cover)) if cover is not None else 0
    tell(uow, row.stand_in, f"由您接替 {cover.name if cover else row.login}，待办 {count} 项", job.business_key)
    uow.connection.execute(update(staff_absence).where(_a.id == row.id).values(handed_over=count))
    return {"handed_over": count}


def end_absence(uow: UnitOfWork, job: ServiceJob, _rulebook: Rulebook) -> Mapping[str, object]:
    """Note that the person is back; what the stand-in claimed only for them is free again."""
    row = _row_of(uow, job)
    uow.connection.execute(update(staff_absence).where(_a.id == row.id).values(ended_at=uow.now))
    give_back(uow, row)
    tell(uow, row.login, "不在岗登记已期满，任务和函件联系人恢复为您", job.business_key)
    return {}


def _row_of(uow: UnitOfWork, job: ServiceJob) -> Row[Any]:
    return uow.connection.execute(select(staff_absence).where(_a.number == job.business_key)).one()
