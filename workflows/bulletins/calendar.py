"""What begins by itself: a bulletin after each period, and once a year the question who supervises full-time."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time

from sqlalchemy import select

from engine.commands.start_process import StartProcess
from engine.handlers import ServiceJob
from engine.store.tables import process_definition, process_instance
from workflows.messages import send_later
from workflows.performance.periods import LENGTHS, current
from workflows.records.bulletins import bulletin
from workflows.records.staff import staff_confirmation
from workflows.rulebook import Rulebook
from workflows.serials import next_number
from workflows.staff.register import units_asked
from workflows.staff.steps import key_of
from workflows.uow import UnitOfWork, local_day_of, local_year

PROCESS = "oversight_calendar"
KINDS: Mapping[str, str] = {"bulletin": "定期通报提醒", "staff": "专职人员年度确认提醒"}


@dataclass(frozen=True, slots=True)
class OpenCalendars:
    """Begin the reminders that do not run yet; answers how many."""

    rulebook: Rulebook
    actor: str

    def run(self, uow: UnitOfWork) -> int:
        """Start the missing ones."""
        d, i = process_definition.c, process_instance.c
        if uow.connection.execute(select(d.id).where(d.key == PROCESS)).first() is None:
            return 0
        alive = (i.definition_key == PROCESS) & i.status.in_(("active", "suspended"))
        running = set(uow.connection.scalars(select(i.business_key).where(alive)))
        missing = [kind for kind in KINDS if kind in self.rulebook.city.calendar and f"TX/{kind}" not in running]
        for kind in missing:
            variables = {"kind": kind, "is_first": True, "title": KINDS[kind], "project_name": KINDS[kind]}
            StartProcess(PROCESS, f"TX/{kind}", self.actor, variables).run(uow)
        return len(missing)


def begin_period(uow: UnitOfWork, job: ServiceJob, rulebook: Rulebook) -> Mapping[str, object]:
    """Say what is due for the period that has just ended, and when the next one begins."""
    kind, setting = str(job.variables["kind"]), rulebook.city.calendar
    if kind not in setting:
        return {"is_on": False, "due_work": "wait"}
    is_first = bool(job.variables["is_first"])
    is_bulletin = kind == "bulletin"
    next_at, due = (_bulletin if is_bulletin else _staff)(uow, rulebook, str(setting[kind]))
    waits = is_first or not due
    work = {"due_work": "wait"} if waits else _begin(uow, rulebook, due) if is_bulletin else {"due_work": "staff"}
    return {"is_on": True, "is_first": False, "next_period_at": next_at, **work}


def _bulletin(uow: UnitOfWork, rulebook: Rulebook, length: str) -> tuple[str, str]:
    """Return when the next period begins, and the one before this, unless somebody drafted its bulletin already."""
    now = current(rulebook, uow.now, length)
    following = _first_working(rulebook, _next(now.begins_on, LENGTHS[length]))
    ended = _name(_next(now.begins_on, -LENGTHS[length]), length)
    drafted = uow.connection.execute(select(bulletin.c.id).where(bulletin.c.period == ended)).first()
    return following, ended if drafted is None else ""


def _begin(uow: UnitOfWork, rulebook: Rulebook, period: str) -> dict[str, object]:
    key = next_number(uow, rulebook.city.numbers["bulletin"], "bulletin")
    return {"due_work": "bulletin", "period": period, "case_key": key}


def _staff(uow: UnitOfWork, rulebook: Rulebook, setting: str) -> tuple[str, str]:
    """Return when units are asked next, and whether it is now: in the month of the year that the city names."""
    today, month = local_day_of(uow.now), int(setting)
    begins = date(today.year, month, 1)
    following = begins if today < begins else date(today.year + 1, month, 1)
    return _first_working(rulebook, following), "staff" if today.month == month else ""


def ask_units(uow: UnitOfWork, _job: ServiceJob, rulebook: Rulebook) -> Mapping[str, object]:
    """Ask every unit that was not asked this year; each in a case of its own."""
    year = local_year(uow.now)
    c = staff_confirmation.c
    asked = set(uow.connection.scalars(select(c.unit).where(c.year == year)))
    wanted = [one["code"] for one in units_asked(uow, rulebook) if one["code"] not in asked]
    for code in wanted:
        key = key_of(year, code)
        send_later(uow, "staff_confirmation_due", key, {"unit": code, "business_key": key})
    return {"asked": len(wanted)}


def _next(begins_on: date, months: int) -> date:
    place = begins_on.year * 12 + begins_on.month - 1 + months
    return date(place // 12, place % 12 + 1, 1)


def _name(begins_on: date, length: str) -> str:
    names = {"month": f"{begins_on:%Y-%m}", "quarter": f"{begins_on.year}Q{(begins_on.month + 2) // 3}",
             "half": f"{begins_on.year}H{begins_on.month // 6 + 1}", "year": str(begins_on.year)}  # fmt: skip
    return names[length]


def _first_working(rulebook: Rulebook, day: date) -> str:
    calendar = rulebook.calendar
    found = datetime.combine(calendar.next_working_day(day), time(), calendar.zone)
    return found.astimezone(UTC).isoformat()
