"""Register an absence, revoke it, and what its first and last day bring: one case on the diagram ``staff_absence``."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from typing import Any

from sqlalchemy import Row, insert, select, update

from engine.commands.claim_task import ReleaseTask
from engine.commands.instances import CancelInstance
from engine.commands.start_process import StartProcess
from engine.spiff.model import StartTrigger
from engine.store.tables import user_task
from workflows import errors, team_errors
from workflows.absence.acting import covered_by
from workflows.directory import find_actor, find_unit, office_of
from workflows.jurisdiction import cover_of
from workflows.policy import Actor, Cover, takes_part
from workflows.records.letters import notification
from workflows.records.offices import officer
from workflows.records.staff import staff_absence
from workflows.rulebook import Rulebook
from workflows.serials import next_number
from workflows.uow import ZONE, UnitOfWork, local_day_of
from workflows.working_days import ONE_DAY

PROCESS = "staff_absence"
MOST_DAYS = 366
_a = staff_absence.c


@dataclass(frozen=True, slots=True)
class Leave:
    """Who is away, from when to when, and who does what meanwhile; no processes means all."""

    login: str
    unit: str
    stand_in: str
    from_day: date
    to_day: date
    reason: str
    is_personal: bool = False
    processes: Sequence[str] = ()
    may_sign: bool = False


@dataclass(frozen=True, slots=True)
class RegisterLeave:
    """Register one's own absence and who stands in; it begins and ends by itself. Answers the case's number.

    Raises:
        FormInvalid: ``errors`` names each field and the remedy.
    """

    actor: Actor
    leave: Leave
    rulebook: Rulebook

    def run(self, uow: UnitOfWork) -> str:
        """Start the case."""
        check(uow, self.leave)
        return start(uow, self.rulebook, self.leave, self.actor.login)


def check(uow: UnitOfWork, leave: Leave) -> None:
    """Refuse days that are not free, and somebody who cannot stand in.

    Raises:
        FormInvalid.
    """
    mistakes = [*_days(uow, leave), *_stand_in(uow, leave)]
    if mistakes:
        raise errors.FormInvalid(errors=[{"field": field, "message": text} for field, text in mistakes])


def _days(uow: UnitOfWork, leave: Leave) -> list[tuple[str, str]]:
    if leave.from_day < local_day_of(uow.now) or leave.to_day < leave.from_day:
        return [("from_day", "从今天起，且不能晚于结束日期")]
    if (leave.to_day - leave.from_day).days > MOST_DAYS:
        return [("to_day", "一次最多登记一年")]
    known = _overlapping(uow, leave.login, leave)
    return [("from_day", f"与已登记的 {known.from_day} 至 {known.to_day} 重叠")] if known is not None else []


def _stand_in(uow: UnitOfWork, leave: Leave) -> list[tuple[str, str]]:
    if leave.stand_in == leave.login:
        return [("stand_in", "代理人不能是本人")]
    person = find_actor(uow, leave.stand_in)
    if person is None or person.unit not in office_of(uow, leave.unit):
        return [("stand_in", "请选择本单位的在职人员")]
    if not takes_part(person.roles):
        return [("stand_in", f"{person.name} 是管理员或对接账号，不办理案件，不能代理，请选择其他人")]
    away = _overlapping(uow, leave.stand_in, leave)
    if away is None:
        return []
    words = "并由您代理，不能相互代理" if away.stand_in == leave.login else "请选择其他人"
    return [("stand_in", f"{person.name} 在 {away.from_day} 至 {away.to_day} 外出，{words}")]


def _overlapping(uow: UnitOfWork, login: str, leave: Leave) -> Row[Any] | None:
    same = (_a.login == login) & (_a.from_day <= leave.to_day) & (_a.to_day >= leave.from_day)
    return uow.connection.execute(select(staff_absence).where(same, _a.ended_at.is_(None))).first()


def start(uow: UnitOfWork, rulebook: Rulebook, leave: Leave, actor: str) -> str:
    """Write the absence and start its case; answers the number."""
    number = next_number(uow, rulebook.city.numbers[PROCESS], PROCESS)
    begins, ends = _start(leave.from_day), _start(leave.to_day + ONE_DAY)
    away = find_actor(uow, leave.login)
    about = away.name if leave.is_personal and away else find_unit(uow, leave.unit).short_name
    variables = {
        "unit": leave.unit, "login": leave.login, "stand_in": leave.stand_in, "begins_at": begins.isoformat(),
        "ends_at": ends.isoformat(), "business_key": number,
        "title": f"{'外出代理' if leave.is_personal else '专职人员不在岗'}：{about}",
    }  # fmt: skip
    trigger = StartTrigger("absence_registered", "message", "absence_registered")
    started = StartProcess(PROCESS, number, actor, variables, trigger=trigger).run(uow)
    entry = {
        "id": uow.new_id(), "number": number, "instance_id": started.instance_id, "unit": leave.unit,
        "login": leave.login, "stand_in": leave.stand_in, "from_day": leave.from_day, "to_day": leave.to_day,
        "reason": leave.reason, "registered_by": actor, "registered_at": uow.now, "is_personal": leave.is_personal,
        "processes": list(leave.processes), "may_sign": leave.may_sign,
    }  # fmt: skip
    uow.connection.execute(insert(staff_absence), entry)
    return number


def _start(day: date) -> datetime:
    return datetime.combine(day, time(), ZONE).astimezone(UTC)


@dataclass(frozen=True, slots=True)
class RevokeLeave:
    """End one's own absence now, or never let it begin: the stand-in's rights are gone with the commit.

    Raises:
        AbsenceNotFound: there is none that has not ended, or it is another person's.
    """

    actor: Actor
    number: str

    def run(self, uow: UnitOfWork) -> None:
        """End it and tell the stand-in."""
        row = uow.connection.execute(select(staff_absence).where(_a.number == self.number)).one_or_none()
        if row is None or row.ended_at is not None or row.login != self.actor.login:
            raise team_errors.AbsenceNotFound(number=self.number)
        ended = {"ended_at": uow.now, "revoked_by": self.actor.login}
        uow.connection.execute(update(staff_absence).where(_a.id == row.id).values(**ended))
        CancelInstance(row.instance_id, self.actor.login, "提前返岗，撤销代理").run(uow)
        give_back(uow, row)
        tell(uow, row.stand_in, f"{self.actor.name} 已返岗，代理撤销", self.number)


def cover_by(uow: UnitOfWork, row: Row[Any]) -> Cover | None:
    """Return what an absence hands over."""
    person = find_actor(uow, row.login)
    if person is None:
        return None
    return Cover(
        person.login, person.name, person.unit, person.units, person.roles, person.groups,
        frozenset(row.processes), row.may_sign, row.number,
    )  # fmt: skip


def covered(uow: UnitOfWork, cover: Cover, limit: int = 200) -> list[Row[Any]]:
    """Return the open tasks an absence puts into the stand-in's list."""
    wanted = select(user_task).where(user_task.c.status == "open", covered_by(cover))
    return list(uow.connection.execute(wanted.order_by(user_task.c.due_at, user_task.c.id).limit(limit)))


def give_back(uow: UnitOfWork, row: Row[Any]) -> None:
    """Release what the stand-in has claimed for the absent person only; everything else never left them."""
    cover, stand_in = cover_by(uow, row), find_actor(uow, row.stand_in)
    if cover is None or stand_in is None:
        return
    claimed = (user_task.c.assignee == row.stand_in) & (user_task.c.status == "open")
    alone = Actor(
        stand_in.login, stand_in.name, stand_in.unit, stand_in.unit_name, stand_in.kind, stand_in.area,
        stand_in.roles, stand_in.units, stand_in.groups, (cover,),
    )  # fmt: skip
    for task in uow.connection.execute(select(user_task).where(claimed).order_by(user_task.c.id)).all():
        if cover_of(alone, task) is not None:
            ReleaseTask(task.id, row.stand_in).run(uow)


def tell(uow: UnitOfWork, login: str, text: str, number: str) -> None:
    """Leave a message about an absence."""
    row: Mapping[str, Any] = {
        "id": uow.new_id(), "login": login, "kind": "staff", "text": text, "business_key": number, "task_id": None,
        "created_at": uow.now,
    }  # fmt: skip
    uow.connection.execute(insert(notification), row)


def office_people(uow: UnitOfWork, actor: Actor) -> list[dict[str, str]]:
    """Return who may stand in for a person: the others of the office."""
    units = office_of(uow, actor.unit)
    rows = uow.connection.execute(
        select(officer.c.login, officer.c.name, officer.c.title, officer.c.roles)
        .where(officer.c.is_active, officer.c.unit.in_(units), officer.c.login != actor.login)
        .order_by(officer.c.unit, officer.c.login)
        .limit(300)
    ).all()
    return [
        {"value": row.login, "label": f"{row.name}（{row.title}）" if row.title else row.name}
        for row in rows if takes_part(row.roles)
    ]  # fmt: skip
