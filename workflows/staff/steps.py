"""Yearly confirmations of the register, and absences during which the stand-in takes over (zz2020/3.2)."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from typing import Any

from sqlalchemy import insert, select, update

from engine.commands.claim_task import AssignTask
from engine.commands.start_process import StartProcess
from engine.handlers import ServiceJob
from engine.spiff.model import StartTrigger
from engine.store.tables import user_task
from workflows import errors
from workflows.directory import find_actor, find_unit
from workflows.notices import notify
from workflows.policy import Actor, may_take
from workflows.process import TaskContext
from workflows.records.letters import notification
from workflows.records.staff import staff_absence, staff_confirmation
from workflows.rulebook import Rulebook
from workflows.serials import next_number
from workflows.staff.duty import current_row
from workflows.staff.register import FIELDS, ChangeStaff, require_unit
from workflows.uow import ZONE, UnitOfWork, local_day_of, local_year
from workflows.working_days import ONE_DAY

_c, _a = staff_confirmation.c, staff_absence.c
CONFIRMATION, ABSENCE = "staff_confirmation", "staff_absence"


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
        self._check_days(uow, row.person)
        number = next_number(uow, self.rulebook.city.numbers[ABSENCE], ABSENCE)
        begins, ends = _start(self.from_day), _start(self.to_day + ONE_DAY)
        variables = {
            "unit": self.unit, "login": row.person, "stand_in": row.stand_in, "begins_at": begins.isoformat(),
            "ends_at": ends.isoformat(), "title": f"专职人员不在岗：{find_unit(uow, self.unit).short_name}",
            "business_key": number,
        }  # fmt: skip
        trigger = StartTrigger("absence_registered", "message", "absence_registered")
        started = StartProcess(ABSENCE, number, self.actor.login, variables, trigger=trigger).run(uow)
        entry = {
            "id": uow.new_id(), "number": number, "instance_id": started.instance_id, "unit": self.unit,
            "login": row.person, "stand_in": row.stand_in, "from_day": self.from_day, "to_day": self.to_day,
            "reason": self.reason, "registered_by": self.actor.login, "registered_at": uow.now,
        }  # fmt: skip
        uow.connection.execute(insert(staff_absence), entry)
        return number

    def _check_days(self, uow: UnitOfWork, login: str) -> None:
        today = local_day_of(uow.now)
        if self.from_day < today or self.to_day < self.from_day:
            message = "从今天起，且不能晚于结束日期"
            raise errors.FormInvalid(errors=[{"field": "from_day", "message": message}])
        same = (_a.login == login) & (_a.from_day <= self.to_day) & (_a.to_day >= self.from_day)
        known = uow.connection.execute(select(staff_absence).where(same)).first()
        if known is not None:
            message = f"与已登记的 {known.from_day} 至 {known.to_day} 重叠"
            raise errors.FormInvalid(errors=[{"field": "from_day", "message": message}])


def hand_over(uow: UnitOfWork, job: ServiceJob, _rulebook: Rulebook) -> Mapping[str, object]:
    """Give the tasks the person holds to the stand-in, as far as that person may do them, and tell both."""
    login, deputy = str(job.variables["login"]), str(job.variables["stand_in"])
    actor = find_actor(uow, deputy)
    held = (user_task.c.assignee == login) & (user_task.c.status == "open")
    tasks = uow.connection.execute(select(user_task).where(held).order_by(user_task.c.id)).all()
    moved = [one for one in tasks if actor and may_take(actor, one.candidate_groups, one.candidate_users, None)]
    for one in moved:
        AssignTask(one.id, deputy, "system", "专职人员不在岗，由替补接替").run(uow)
    _tell(uow, deputy, f"由您接替，转来任务 {len(moved)} 项", job.business_key)
    mine = _a.number == job.business_key
    uow.connection.execute(update(staff_absence).where(mine).values(handed_over=len(moved)))
    return {"handed_over": len(moved)}


def end_absence(uow: UnitOfWork, job: ServiceJob, _rulebook: Rulebook) -> Mapping[str, object]:
    """Note that the person is back."""
    uow.connection.execute(update(staff_absence).where(_a.number == job.business_key).values(ended_at=uow.now))
    _tell(uow, str(job.variables["login"]), "不在岗登记已期满，函件联系人恢复为您", job.business_key)
    return {}


def _tell(uow: UnitOfWork, login: str, text: str, business_key: str) -> None:
    row: dict[str, Any] = {"id": uow.new_id(), "login": login, "kind": "staff", "text": text,
                           "business_key": business_key, "task_id": None, "created_at": uow.now}  # fmt: skip
    uow.connection.execute(insert(notification), row)


def _start(day: date) -> datetime:
    return datetime.combine(day, time(), ZONE).astimezone(UTC)
