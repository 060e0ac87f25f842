"""Copies for reading (抄送、已阅): a case is shown to a person or unit, and the sender sees who has read it when."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import Row, func, insert, or_, select

from engine.commands.history import Cause, write_history
from engine.queries.instances import ListInstances
from engine.store.tables import process_instance
from workflows import errors
from workflows.complaints.access import is_barred_case
from workflows.directory import find_actor, find_unit, names_of
from workflows.jurisdiction import if_seen
from workflows.notices import notify
from workflows.policy import Actor
from workflows.records.offices import officer
from workflows.records.teamwork import reading, reading_receipt
from workflows.uow import UnitOfWork
from workflows.worklist.sources import SOURCES, Entry, Source

MOST, LONGEST = 50, 500
_r, _c = reading.c, reading_receipt.c


@dataclass(frozen=True, slots=True)
class CopyCase:
    """Show a case to persons and units; no clock runs, and they may read this case only. Answers the copies.

    Raises:
        CaseNotFound: it does not concern the actor, or only as a reader.
        FormInvalid: nobody is named, or somebody cannot get it.
    """

    actor: Actor
    business_key: str
    title: str
    persons: Sequence[str]
    units: Sequence[str]
    note: str
    task_id: UUID | None = None

    def run(self, uow: UnitOfWork) -> tuple[UUID, ...]:
        """Write the copies and tell the readers."""
        case = own_case(uow, self.actor, self.business_key)
        self._check(uow, case)
        common = {
            "instance_id": case, "business_key": self.business_key, "task_id": self.task_id, "title": self.title,
            "note": self.note.strip(), "sent_by": self.actor.login, "sent_at": uow.now,
        }  # fmt: skip
        to = [*((login, None) for login in self.persons), *((None, code) for code in self.units)]
        rows = [{**common, "id": uow.new_id(), "login": login, "unit": code} for login, code in to]
        uow.connection.execute(insert(reading), rows)
        self._tell(uow, case)
        return tuple(UUID(str(row["id"])) for row in rows)

    def _tell(self, uow: UnitOfWork, case: UUID) -> None:
        wanted = officer.c.is_active & (officer.c.unit.in_(self.units) | officer.c.login.in_(self.persons))
        readers = set(uow.connection.scalars(select(officer.c.login).where(wanted))) - {self.actor.login}
        notify(uow, sorted(readers), kind="reading", text=f"抄送您阅：{self.title}", business_key=self.business_key)
        names = list(names_of(uow, self.persons).values())[1:] + [find_unit(uow, one).short_name for one in self.units]
        detail = {"reason": f"送 {'、'.join(names)}" + (f"：{self.note.strip()}" if self.note.strip() else "")}
        write_history(uow, case, [Cause(self.actor.login, "copied", detail=detail)])

    def _check(self, uow: UnitOfWork, case: UUID) -> None:
        mistakes = []
        if not self.persons and not self.units:
            mistakes.append(("persons", "请选择抄送的人员或单位"))
        if len(self.persons) + len(self.units) > MOST:
            mistakes.append(("persons", f"一次最多抄送 {MOST} 个"))
        if len(self.note) > LONGEST:
            mistakes.append(("note", f"说明不超过 {LONGEST} 字"))
        for login in self.persons:
            person = find_actor(uow, login)
            if person is None or person.login == self.actor.login or is_barred_case(uow, person, case):
                mistakes.append(("persons", f"不能抄送给 {login}：不是在职人员、是您本人，或者应当回避本案"))
        for code in self.units:
            find_unit(uow, code)
        if mistakes:
            raise errors.FormInvalid(errors=[{"field": field, "message": text} for field, text in mistakes])


def own_case(uow: UnitOfWork, actor: Actor, business_key: str) -> UUID:
    """Return the case of a number that is the person's own business, not one they were only shown.

    Raises:
        CaseNotFound.
    """
    found = ListInstances(business_key).run(uow)
    seen = if_seen(uow, actor, found[0] if found else None, lambda one: one.id, as_reader=False)
    if seen is None:
        raise errors.CaseNotFound(case=business_key)
    return seen.id


@dataclass(frozen=True, slots=True)
class MarkRead:
    """Note that the person has read a copy; the sender is told. Reading again changes nothing.

    Raises:
        CaseNotFound: the copy is another person's.
    """

    actor: Actor
    reading_id: UUID

    def run(self, uow: UnitOfWork) -> None:
        """Write the receipt."""
        row = uow.connection.execute(select(reading).where(_r.id == self.reading_id, to_me(self.actor))).one_or_none()
        if row is None:
            raise errors.CaseNotFound(reading=str(self.reading_id))
        mine = (_c.reading_id == row.id) & (_c.login == self.actor.login)
        if uow.connection.execute(select(_c.login).where(mine)).first() is not None:
            return
        receipt = {"reading_id": row.id, "login": self.actor.login, "read_at": uow.now}
        uow.connection.execute(insert(reading_receipt), receipt)
        text = f"已阅：{row.title}（{self.actor.name}）"
        notify(uow, [row.sent_by], kind="reading", text=text, business_key=row.business_key)
        write_history(uow, row.instance_id, [Cause(self.actor.login, "read", detail={"reading": str(row.id)})])


def to_me(actor: Actor) -> Any:
    """Return the condition that a copy is for the person or their unit."""
    return or_(_r.login == actor.login, _r.unit.in_(actor.units)) & (_r.sent_by != actor.login)


def unread(actor: Actor) -> Any:
    """Return the condition that the person has not read it."""
    return to_me(actor) & ~select(_c.login).where(_c.reading_id == _r.id, _c.login == actor.login).exists()


def count_unread(uow: UnitOfWork, actor: Actor) -> int:
    """Return how many copies the person has not read."""
    return uow.connection.scalar(select(func.count()).select_from(reading).where(unread(actor))) or 0


def received(uow: UnitOfWork, actor: Actor, limit: int = 200) -> list[dict[str, Any]]:
    """Return the copies for a person, those not read first, then the newest."""
    mine = (_c.reading_id == _r.id) & (_c.login == actor.login)
    wanted = select(reading, _c.read_at).join(reading_receipt, mine, isouter=True).where(to_me(actor))
    rows = uow.connection.execute(wanted.order_by(_c.read_at.is_not(None), _r.sent_at.desc(), _r.id).limit(limit))
    return _named(uow, rows.all())


def sent(uow: UnitOfWork, condition: Any, limit: int = 200) -> list[dict[str, Any]]:
    """Return copies with their receipts, the newest first."""
    rows = uow.connection.execute(
        select(reading).where(condition).order_by(_r.sent_at.desc(), _r.id).limit(limit)
    ).all()
    found = _named(uow, rows)
    ids = [row["id"] for row in found]
    receipts = uow.connection.execute(select(reading_receipt).where(_c.reading_id.in_(ids)).order_by(_c.read_at)).all()
    names = names_of(uow, {row.login for row in receipts})
    for row in found:
        row["receipts"] = [
            {"login": one.login, "name": names.get(one.login, one.login), "read_at": one.read_at}
            for one in receipts if one.reading_id == row["id"]
        ]  # fmt: skip
    return found


def _named(uow: UnitOfWork, rows: Sequence[Row[Any]]) -> list[dict[str, Any]]:
    logins = {name for row in rows for name in (row.login, row.sent_by) if name}
    names: Mapping[str, str] = names_of(uow, logins) if rows else {}
    units = {code: find_unit(uow, code).short_name for code in sorted({row.unit for row in rows if row.unit})}
    return [
        {
            **row._asdict(), "sender": names.get(row.sent_by, row.sent_by),
            "reader": units.get(row.unit or "", "") or names.get(row.login or "", ""),
        }
        for row in rows
    ]  # fmt: skip


def sent_condition(actor: Actor) -> Any:
    """Return the condition that the person sent a copy."""
    return _r.sent_by == actor.login


def case_condition(business_key: str) -> Any:
    """Return the condition that a copy is of a case."""
    return _r.instance_id.in_(select(process_instance.c.id).where(process_instance.c.business_key == business_key))


def unread_entries(uow: UnitOfWork, actor: Actor, text: str, limit: int) -> tuple[Entry, ...]:
    """Return the copies the person has not read as entries of the worklist."""
    rows = [
        row for row in received(uow, actor) if row["read_at"] is None and text in row["title"] + row["business_key"]
    ]
    return tuple(
        Entry(
            "reading", str(row["id"]), row["business_key"], row["title"], row["note"], "待阅", f"{row['sender']} 抄送",
            None, row["sent_at"],
        )
        for row in rows[:limit]
    )  # fmt: skip


SOURCES.append(Source("reading", "cc", count_unread, unread_entries))
