"""Out of office for people and programs: what it would move, register, revoke, and what was done for whom."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from sqlalchemy import or_, select

from engine.commands.idempotency import Once, fingerprint_of
from engine.process_engine import ProcessEngine
from workflows import catalog, errors
from workflows.absence.register import Leave, RegisterLeave, RevokeLeave, check, covered, office_people
from workflows.desk.asking import Ask
from workflows.directory import all_units, names_of
from workflows.jurisdiction import needs_signature
from workflows.policy import Actor, Cover
from workflows.records.offices import officer
from workflows.records.staff import staff_absence
from workflows.records.teamwork import acted_for
from workflows.rulebook import Rulebook
from workflows.uow import UnitOfWork, local_day_of
from workflows.worklist.words import describe

Row = Mapping[str, Any]
_a, _f = staff_absence.c, acted_for.c
MOST = 100


@dataclass(frozen=True, slots=True)
class Preview:
    """What an absence would put into the stand-in's list now, and what stays for want of the right to sign."""

    stand_in: str
    tasks: tuple[Row, ...]

    @property
    def moving(self) -> int:
        """Return how many tasks the stand-in could do."""
        return sum(not task["stays"] for task in self.tasks)


@dataclass(frozen=True, slots=True)
class Absences:
    """The person's absences, those in which the person stands in, and what was done for whom."""

    own: tuple[Row, ...]
    standing_in: tuple[Row, ...]
    acts: tuple[Row, ...]
    today: date
    stand_in: str


class AbsenceDesk:
    """Answers and keeps absences."""

    def __init__(self, engine: ProcessEngine, rulebook: Rulebook) -> None:
        self._engine = engine
        self._rulebook = rulebook

    def all(self, actor: Actor) -> Absences:
        """Return what concerns the person."""
        return self._engine.ask(Ask(lambda uow: _all(uow, actor)))

    def people(self, actor: Actor, units: Sequence[str] = ()) -> tuple[Mapping[str, str], ...]:
        """Return who may stand in or be named."""
        return self._engine.ask(Ask(lambda uow: tuple(office_people(uow, actor))))

    def units(self) -> Mapping[str, str]:
        """Return every unit by code."""
        return self._engine.ask(Ask(lambda uow: {unit.code: unit.name for unit in all_units(uow)}))

    def preview(self, actor: Actor, leave: Leave) -> Preview:
        """Return which open tasks would move, without registering anything.

        Raises:
            FormInvalid.
        """

        def read(uow: UnitOfWork) -> Preview:
            check(uow, leave)
            cover = Cover(
                actor.login, actor.name, actor.unit, actor.units, actor.roles, actor.groups,
                frozenset(leave.processes), leave.may_sign, "",
            )  # fmt: skip
            names = names_of(uow, [leave.stand_in])
            return Preview(names.get(leave.stand_in, ""), tuple(_task(row, leave) for row in covered(uow, cover)))

        return self._engine.ask(Ask(read))

    def register(self, actor: Actor, leave: Leave, *, key: str = "") -> str:
        """Register an absence; answers its number. The same key registers once.

        Raises:
            FormInvalid.
        """
        command = RegisterLeave(actor, leave, self._rulebook)
        if not key:
            return self._engine.execute(command)
        days = (leave.from_day.isoformat(), leave.to_day.isoformat())
        asked = fingerprint_of("leave", leave.stand_in, *days, list(leave.processes), leave.may_sign)
        once = Once(command, actor.login, key, asked, lambda number: {"number": number})
        return str(self._engine.execute(once).result["number"])

    def revoke(self, actor: Actor, number: str) -> None:
        """End one's own absence at once."""
        self._engine.execute(RevokeLeave(actor, number))


def leave_of(actor: Actor, given: Mapping[str, Any]) -> Leave:
    """Return the absence a form or program asks for.

    Raises:
        FormInvalid: a day cannot be read, or a process does not exist.
    """
    mistakes, days = [], []
    for name in ("from_day", "to_day"):
        try:
            days.append(date.fromisoformat(str(given.get(name) or "")))
        except ValueError:
            mistakes.append({"field": name, "message": "请填写日期，如 2026-03-02"})
    processes = [str(one) for one in given.get("processes") or ()]
    if any(key not in catalog.TITLES for key in processes):
        mistakes.append({"field": "processes", "message": "没有这个流程"})
    reason = str(given.get("reason") or "").strip() or "外出"
    if len(reason) > 200:
        mistakes.append({"field": "reason", "message": "原因不超过 200 字"})
    if mistakes:
        raise errors.FormInvalid(errors=mistakes)
    stand_in = str(given.get("stand_in") or "")
    return Leave(
        actor.login, actor.unit, stand_in, days[0], days[1], reason, True, processes, bool(given.get("may_sign"))
    )


def _task(row: Any, leave: Leave) -> Row:
    title, subtitle = describe(row.variables)
    return {
        "id": row.id, "title": title, "subtitle": subtitle, "step": row.name, "business_key": row.business_key,
        "is_mine": row.assignee == leave.login, "due_at": row.due_at,
        "stays": needs_signature(row) and not leave.may_sign,
    }  # fmt: skip


def _all(uow: UnitOfWork, actor: Actor) -> Absences:
    today = local_day_of(uow.now)
    mine = _rows(uow, _a.login == actor.login)
    others = _rows(uow, (_a.stand_in == actor.login) & (_a.to_day >= today - timedelta(days=90)))
    wanted = select(acted_for).where(or_(_f.principal == actor.login, _f.login == actor.login))
    acts = [dict(row) for row in uow.connection.execute(wanted.order_by(_f.at.desc()).limit(MOST)).mappings()]
    rows = (*mine, *others)
    names = names_of(uow, {row[who] for row in rows for who in ("login", "stand_in")} | {
        one[who] for one in acts for who in ("login", "principal")})  # fmt: skip
    for row in rows:
        row["name"], row["stand_in_name"] = names.get(row["login"], ""), names.get(row["stand_in"], "")
        row["state"] = _state(row, today)
        row["process_names"] = [catalog.TITLES.get(key, key) for key in row["processes"]]
    for one in acts:
        one["person"] = f"{names.get(one['login'], '')} 代 {names.get(one['principal'], '')}"
    usual = uow.connection.scalar(select(officer.c.stand_in).where(officer.c.login == actor.login))
    return Absences(tuple(mine), tuple(others), tuple(acts), today, usual or "")


def _rows(uow: UnitOfWork, condition: Any) -> list[dict[str, Any]]:
    wanted = select(staff_absence).where(condition).order_by(_a.from_day.desc(), _a.number.desc()).limit(MOST)
    return [dict(row) for row in uow.connection.execute(wanted).mappings()]


def _state(row: Row, today: date) -> str:
    if row["revoked_by"]:
        return "已撤销"
    if row["ended_at"] or row["to_day"] < today:
        return "已结束"
    return "外出中" if row["from_day"] <= today else "未开始"
