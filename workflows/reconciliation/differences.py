"""Differences nothing explains: opened once per pair and cause, followed until both sides agree or one explains."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Row, insert, select, update

from engine.handlers import ServiceJob
from engine.store.tables import job as engine_job
from workflows import errors
from workflows.city import City
from workflows.directory import find_unit
from workflows.process import TaskContext
from workflows.reconciliation.entries import Entry
from workflows.reconciliation.words import CAUSES, DAILY, KINDS
from workflows.records.offices import unit
from workflows.records.reconciliation import reconciliation_difference, reconciliation_entry
from workflows.rulebook import Rulebook
from workflows.serials import next_number
from workflows.uow import UnitOfWork, local_day_of

FOUND, AGREE = "difference_found", "counts_agree"
Group = tuple[str, str, str, str]


def accepted_subjects(uow: UnitOfWork, cut: datetime) -> frozenset[tuple[str, str]]:
    """Return what an accepted explanation covered before an instant, each with its cause."""
    rows = uow.connection.execute(
        select(reconciliation_entry.c.subject, reconciliation_difference.c.cause)
        .join(reconciliation_difference, reconciliation_difference.c.id == reconciliation_entry.c.difference_id)
        .where(
            reconciliation_difference.c.state == "explained", reconciliation_difference.c.closed_at < cut,
            reconciliation_entry.c.settled_on.is_(None),
        )
    )  # fmt: skip
    return frozenset((row.subject, row.cause) for row in rows)


def follow(uow: UnitOfWork, city: City, entries: Sequence[Entry], day: date, cut: datetime) -> None:
    """Open what is new, add to what is open, and close what agrees again, as it stood at the end of a day."""
    accepted = accepted_subjects(uow, cut)
    groups: dict[Group, list[Entry]] = defaultdict(list)
    for entry in entries:
        for cause in entry.causes(cut) if entry.sent_at < cut else ():
            groups[entry.kind, entry.sender, entry.receiver, cause].append(entry)
    seen, standing = {entry.subject for entry in entries}, {}
    for row in _unsettled(uow):
        _settle(uow, row, seen, {entry.subject for entry in groups.get(_group(row), ())}, day)
        if row.state == "open":
            standing[_group(row)] = row
    for group, found in groups.items():
        fresh = [entry for entry in found if (entry.subject, group[3]) not in accepted]
        if fresh and group in standing:
            add_entries(uow, standing[group].id, [_row_of(entry) for entry in fresh], day)
        elif fresh:
            open_difference(uow, city, group, [_row_of(entry) for entry in fresh], Source(day, DAILY))


def _group(row: Row[Any]) -> Group:
    return row.kind, row.sender, row.receiver, row.cause


def _unsettled(uow: UnitOfWork) -> Sequence[Row[Any]]:
    """Return the differences of the daily counts that have entries on which both sides do not agree yet."""
    waiting = select(reconciliation_entry.c.difference_id).where(reconciliation_entry.c.settled_on.is_(None))
    return uow.connection.execute(
        select(reconciliation_difference).where(
            reconciliation_difference.c.source == DAILY, reconciliation_difference.c.id.in_(waiting)
        )
    ).all()


def _settle(uow: UnitOfWork, row: Row[Any], seen: set[str], still: set[str], day: date) -> None:
    """Note which entries agree again; when all do, tell the case.

    What is overdue leaves the books when it is settled; a fault in the books is mended only if they show it.
    """
    mine = reconciliation_entry.c.difference_id == row.id
    open_ones = mine & reconciliation_entry.c.settled_on.is_(None)
    known = set(uow.connection.scalars(select(reconciliation_entry.c.subject).where(open_ones)))
    settled = known - still if row.cause == "overdue" else (known & seen) - still
    if settled:
        gone = open_ones & reconciliation_entry.c.subject.in_(settled)
        uow.connection.execute(update(reconciliation_entry).where(gone).values(settled_on=day))
    if known and known == settled and row.state == "open":
        tell_agreed(uow, row)


def tell_agreed(uow: UnitOfWork, row: Row[Any]) -> None:
    """Tell the case of a difference that both sides agree again."""
    _send(uow, AGREE, f"difference/{row.id}", {"agreed_at": uow.now.isoformat()}, optional=True)


def _row_of(entry: Entry) -> dict[str, Any]:
    return {
        "subject": entry.subject, "key": entry.key, "title": entry.title, "business_key": entry.business_key,
        "detail": {"sent_at": entry.sent_at.isoformat(), "due_at": entry.due_at.isoformat(), **entry.more},
    }  # fmt: skip


def add_entries(uow: UnitOfWork, difference_id: UUID, rows: Sequence[Mapping[str, Any]], day: date) -> None:
    """Add to a difference what it does not have yet; what was settled and differs anew is open again."""
    mine = reconciliation_entry.c.difference_id == difference_id
    known = set(uow.connection.scalars(select(reconciliation_entry.c.subject).where(mine)))
    fresh = [{**row, "difference_id": difference_id, "first_day": day} for row in rows if row["subject"] not in known]
    if fresh:
        uow.connection.execute(insert(reconciliation_entry), fresh)
    again = mine & reconciliation_entry.c.subject.in_([row["subject"] for row in rows])
    uow.connection.execute(update(reconciliation_entry).where(again).values(settled_on=None))


@dataclass(frozen=True, slots=True)
class Source:
    """What showed a difference: the count of a day, or a list."""

    day: date
    name: str
    list_id: UUID | None = None
    unit: str | None = None


def open_difference(
    uow: UnitOfWork, city: City, group: Group, rows: Sequence[Mapping[str, Any]], source: Source
) -> UUID:
    """Write a difference with its entries, and let its case begin."""
    kind, sender, receiver, cause = group
    difference_id = uow.new_id()
    number = next_number(uow, city.numbers["reconciliation"], "reconciliation")
    uow.connection.execute(
        insert(reconciliation_difference),
        {
            "id": difference_id, "number": number, "kind": kind, "cause": cause, "sender": sender,
            "receiver": receiver, "source": source.name, "list_id": source.list_id, "first_day": source.day,
            "state": "open", "opened_at": uow.now,
        },
    )  # fmt: skip
    add_entries(uow, difference_id, rows, source.day)
    variables = {
        "difference_id": str(difference_id), "business_key": number, "kind": kind, "cause": cause, "sender": sender,
        "receiver": receiver, "other": source.unit, "source": source.name,
        "found_at": uow.now.isoformat(), "entry_count": len(rows),
        "title": f"对账差异：{KINDS[kind]}，{CAUSES[cause]} {len(rows)} 件",
    }  # fmt: skip
    _send(uow, FOUND, number, variables)
    return difference_id


def _send(uow: UnitOfWork, name: str, key: str, variables: Mapping[str, object], *, optional: bool = False) -> None:
    row = {
        "id": uow.new_id(), "instance_id": None, "kind": "message", "token": 0, "element_id": "", "topic": name,
        "status": "waiting", "due_at": uow.now, "attached_to": None, "attempts": 0, "fence": 0,
        "payload": {"key": key, "variables": dict(variables), "optional": optional}, "created_at": uow.now,
    }  # fmt: skip
    uow.connection.execute(insert(engine_job), row)


def assign_difference(uow: UnitOfWork, job: ServiceJob, rulebook: Rulebook) -> Mapping[str, object]:
    """Find the unit that the decision table names; an office that is none of ours is the policy section's."""
    given, chosen = job.variables, job.variables.get("responsible")
    who = str(chosen.get("side")) if isinstance(chosen, Mapping) else "policy"
    rule = str(chosen.get("reason") or "") if isinstance(chosen, Mapping) else ""
    wanted = str(given.get(who) or "")
    known = uow.connection.scalar(select(unit.c.code).where(unit.c.code == wanted))
    owner = known or rulebook.city.policy_unit
    _change(uow, given, instance_id=job.instance_id, owner=owner, rule=rule)
    office = find_unit(uow, owner)
    return {
        "owner": owner, "owner_name": office.short_name, "area": office.area, "policy_unit": rulebook.city.policy_unit,
        "round": 1,
    }  # fmt: skip


def explain(uow: UnitOfWork, task: TaskContext, answers: Mapping[str, Any]) -> Mapping[str, object]:
    """Keep what the unit says, and who says it."""
    said = {
        "decision": answers["decision"], "reason": answers.get("reason_code"), "note": answers.get("explanation"),
        "by": task.actor.login, "at": uow.now.isoformat(),
    }  # fmt: skip
    _change(uow, task.variables, explanation=said)
    return {"explained_by": task.actor.login, "explained_at": uow.now.isoformat()}


def confirm(uow: UnitOfWork, task: TaskContext, answers: Mapping[str, Any]) -> Mapping[str, object]:
    """Accept an explanation or return it; nobody accepts an explanation of their own.

    Raises:
        FormInvalid: the same person explained.
    """
    if task.variables.get("explained_by") == task.actor.login:
        message = "说明是您本人提交的，请由他人审核"
        raise errors.FormInvalid(errors=[{"field": "decision", "message": message}])
    row = _row(uow, task.variables)
    said = {**(row.explanation or {}), "verdict": answers["decision"], "verdict_note": answers.get("confirm_note"),
            "accepted_by": task.actor.login, "accepted_at": uow.now.isoformat()}  # fmt: skip
    _change(uow, task.variables, explanation=said)
    return {"confirmed_at": uow.now.isoformat()}


def next_round(uow: UnitOfWork, job: ServiceJob, _rulebook: Rulebook) -> Mapping[str, object]:
    """Count how often the unit was asked; each time has its own clock."""
    before = job.variables.get("round")
    return {"round": before + 1 if isinstance(before, int) else 2, "found_at": uow.now.isoformat()}


def record_explained(uow: UnitOfWork, job: ServiceJob, _rulebook: Rulebook) -> Mapping[str, object]:
    """Close a difference with the explanation that was accepted."""
    _change(uow, job.variables, state="explained", closed_at=uow.now)
    return {}


def record_agreed(uow: UnitOfWork, job: ServiceJob, _rulebook: Rulebook) -> Mapping[str, object]:
    """Close a difference because both sides agree again."""
    key = UUID(str(job.variables["difference_id"]))
    rest = (reconciliation_entry.c.difference_id == key) & reconciliation_entry.c.settled_on.is_(None)
    uow.connection.execute(update(reconciliation_entry).where(rest).values(settled_on=local_day_of(uow.now)))
    _change(uow, job.variables, state="agreed", closed_at=uow.now)
    return {}


def _row(uow: UnitOfWork, variables: Mapping[str, Any]) -> Row[Any]:
    key = UUID(str(variables["difference_id"]))
    return uow.connection.execute(select(reconciliation_difference).where(reconciliation_difference.c.id == key)).one()


def _change(uow: UnitOfWork, variables: Mapping[str, Any], **values: object) -> None:
    key = UUID(str(variables["difference_id"]))
    same = reconciliation_difference.c.id == key
    uow.connection.execute(update(reconciliation_difference).where(same).values(**values))
