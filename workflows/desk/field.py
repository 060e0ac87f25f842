"""On site with a phone: the person's own inspections with all that is needed where there is no network."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Row, select

from engine.process_engine import ProcessEngine
from engine.store.tables import user_task
from workflows import errors
from workflows.desk.asking import Ask, lamp_of
from workflows.directory import names_of
from workflows.inspections.access import mine_of, require_inspection, seen_by
from workflows.inspections.records import TASK
from workflows.inspections.shapes import ALONE, KINDS, RESULTS, UNSEEN
from workflows.inspections.supplements import AddSupplement, SupplementAdded, supplements_of
from workflows.items import items_on
from workflows.policy import Actor
from workflows.records.clocks import running_limit
from workflows.records.inspections import inspection, inspection_record
from workflows.rulebook import Rulebook
from workflows.time_limits import Lamp
from workflows.uow import UnitOfWork, local_day_of

MOST = 200
_CLOCK = [column.label(f"clock_{column.name}") for column in running_limit.c]
TONES: Mapping[str, str] = {"no_problem": "good", "violation": "bad", "obstructed": "bad"}


@dataclass(frozen=True, slots=True)
class LastCheck:
    """What was found the last time."""

    at: datetime
    result_text: str
    summary: str


@dataclass(frozen=True, slots=True)
class FieldTask:
    """One open on-site task with its sheet."""

    task_id: UUID
    inspection_id: UUID
    number: str
    kind_text: str
    party_name: str
    party_code: str
    site: str
    item_name: str
    reason: str
    inspectors: tuple[str, ...]
    due_at: datetime | None
    lamp: Lamp
    lines: Sequence[Mapping[str, Any]]
    last: LastCheck | None


@dataclass(frozen=True, slots=True)
class ResultChoice:
    """A result a record may have, and what the form asks with it."""

    value: str
    label: str
    tone: str
    needs_lines: bool
    needs_signature: bool


@dataclass(frozen=True, slots=True)
class KeptRecord:
    """The record that was kept for a task, for whoever was too late with another."""

    submitted_by_name: str
    submitted_at: datetime
    started_at: datetime
    ended_at: datetime
    result: str
    summary: str
    lines: Sequence[Mapping[str, Any]]
    evidence: Sequence[Mapping[str, Any]]


def choices() -> tuple[ResultChoice, ...]:
    """Return the results a record may have."""
    return tuple(
        ResultChoice(value, label, TONES.get(value, ""), value not in UNSEEN, value not in ALONE)
        for value, label in RESULTS.items()
    )


class FieldDesk:
    """Answers what an inspector takes along, and takes in what came too late."""

    def __init__(self, engine: ProcessEngine, rulebook: Rulebook) -> None:
        self._engine = engine
        self._rulebook = rulebook

    def tasks(self, actor: Actor) -> tuple[FieldTask, ...]:
        """Return the open on-site tasks of which the person is an inspector, the most urgent first."""
        return self._engine.ask(Ask(lambda uow: self._tasks(uow, actor)))

    def supplement(self, actor: Actor, task_id: UUID, record: Mapping[str, Any], client_id: UUID) -> SupplementAdded:
        """Add a record that came too late as a note beside the kept one; the same client id is kept once."""
        return self._engine.execute(AddSupplement(actor, task_id, record, client_id))

    def supplements(self, actor: Actor, inspection_id: UUID) -> Sequence[Mapping[str, Any]]:
        """Return what inspectors added to an inspection beside its record.

        Raises:
            CaseNotFound: there is none, or it does not concern the person.
        """

        def read(uow: UnitOfWork) -> Sequence[Mapping[str, Any]]:
            return supplements_of(uow, require_inspection(uow, actor, inspection_id).id)

        return self._engine.ask(Ask(read))

    def kept(self, actor: Actor, task_id: UUID) -> KeptRecord:
        """Return the record that was kept for a task.

        Raises:
            CaseNotFound: there is none, or its inspection does not concern the person.
        """
        return self._engine.ask(Ask(lambda uow: _kept(uow, actor, task_id)))

    def _tasks(self, uow: UnitOfWork, actor: Actor) -> tuple[FieldTask, ...]:
        mine = {
            str(row.id): row
            for row in uow.connection.execute(
                select(inspection)
                .where(mine_of(actor), inspection.c.state == "assigned")
                .order_by(inspection.c.assigned_at)
                .limit(MOST)
            )
        }
        open_tasks = _open_tasks(uow, {row.instance_id for row in mine.values()})
        pairs = [(task, mine.get(str(task.variables.get("inspection_id")))) for task in open_tasks]
        last = _last_checks(uow, actor, {row.party_code for row in mine.values() if row.party_code})
        names = {one.code: one.name for one in items_on(uow, local_day_of(uow.now))}
        return tuple(
            FieldTask(
                task.id, row.id, row.number, KINDS[row.kind], row.party_name, row.party_code, row.site,
                names.get(row.item_code, row.item_code), row.reason, tuple(one["name"] for one in row.inspectors),
                task.due_at, self._lamp(task, uow.now), row.sheet, last.get(row.party_code),
            )
            for task, row in pairs if row is not None
        )  # fmt: skip

    def _lamp(self, task: Row[Any], now: datetime) -> Lamp:
        if task.clock_id is None:
            return Lamp("none", "", 0)
        return lamp_of(self._rulebook, _Clock(task), now)


class _Clock:
    """The clock's columns of a joined row."""

    def __init__(self, row: Row[Any]) -> None:
        for column in running_limit.c:
            setattr(self, column.name, getattr(row, f"clock_{column.name}"))


def _open_tasks(uow: UnitOfWork, instances: set[UUID]) -> Sequence[Row[Any]]:
    return uow.connection.execute(
        select(user_task, *_CLOCK)
        .join(running_limit, running_limit.c.task_id == user_task.c.id, isouter=True)
        .where(
            user_task.c.status == "open", user_task.c.element_id == TASK, user_task.c.instance_id.in_(instances),
        )
        .order_by(user_task.c.due_at.is_(None), user_task.c.due_at, user_task.c.created_at)
    ).all()  # fmt: skip


def _last_checks(uow: UnitOfWork, actor: Actor, parties: set[str]) -> dict[str, LastCheck]:
    """Return the last closed inspection of each party, of those the person may see."""
    rows = uow.connection.execute(
        select(inspection.c.party_code, inspection.c.result, inspection_record.c.ended_at, inspection_record.c.summary)
        .join(inspection_record, inspection_record.c.inspection_id == inspection.c.id)
        .where(seen_by(actor), inspection.c.party_code.in_(parties), inspection.c.state == "closed")
        .order_by(inspection_record.c.ended_at)
        .limit(MOST * 5)
    ).all()
    return {
        row.party_code: LastCheck(row.ended_at, RESULTS.get(row.result or "", row.result or ""), row.summary)
        for row in rows
    }


def _kept(uow: UnitOfWork, actor: Actor, task_id: UUID) -> KeptRecord:
    row = uow.connection.execute(
        select(inspection_record).where(inspection_record.c.task_id == task_id)
    ).one_or_none()  # fmt: skip
    if row is None:
        raise errors.CaseNotFound(task=str(task_id))
    require_inspection(uow, actor, row.inspection_id)
    name = names_of(uow, [row.submitted_by]).get(row.submitted_by, row.submitted_by)
    return KeptRecord(
        name, row.submitted_at, row.started_at, row.ended_at, row.found, row.summary, row.lines, row.evidence
    )
