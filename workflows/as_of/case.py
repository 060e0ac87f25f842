"""A case as it could be seen at an instant: its diagram, tasks, owners, clocks, papers and history up to then."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Table, select

from engine.queries.instances import HistoryLine, InstanceDetails, ListHistory, TokenPosition
from engine.store.tables import process_definition, user_task
from workflows import errors
from workflows.as_of.changes import as_they_were
from workflows.records.approvals import approval
from workflows.records.cases import copy, duty, transfer
from workflows.records.clocks import running_limit
from workflows.records.letters import letter, receipt
from workflows.records.orders import supervision_order
from workflows.uow import UnitOfWork

Row = Mapping[str, Any]
_BEGAN = {
    "duty": "pushed_at", "copy": "sent_at", "transfer": "created_at", "supervision_order": "started_at",
    "approval": "received_at",
}  # fmt: skip
_OWNERS = {"task-claimed": True, "task-released": False, "task-assigned": True}


@dataclass(frozen=True, slots=True)
class TaskThen:
    """A user task as it stood: open or done, and who had it."""

    id: Any
    element_id: str
    name: str
    definition_key: str
    form_key: str | None
    status: str
    owner: str | None
    groups: tuple[str, ...]
    created_at: datetime
    ended_at: datetime | None
    ended_by: str | None

    @property
    def units(self) -> tuple[str, ...]:
        """Return whose task it was."""
        return tuple(dict.fromkeys(group.partition("/")[0] for group in self.groups))


@dataclass(frozen=True, slots=True)
class CaseThen:
    """Everything known of a case at an instant."""

    at: datetime
    status: str
    version: int
    definition_id: Any
    tasks: tuple[TaskThen, ...]
    clocks: tuple[Row, ...]
    duties: tuple[Row, ...]
    copies: tuple[Row, ...]
    transfers: tuple[Row, ...]
    orders: tuple[Row, ...]
    approvals: tuple[Row, ...]
    letters: tuple[Row, ...]
    receipts: tuple[Row, ...]
    lines: tuple[HistoryLine, ...]
    tokens: tuple[TokenPosition, ...]


def case_then(uow: UnitOfWork, case: InstanceDetails, at: datetime) -> CaseThen:
    """Return a case as it stood at an instant.

    Raises:
        CaseNotFound: it had not begun.
    """
    if case.started_at > at:
        raise errors.CaseNotFound(case=case.business_key, at=at.isoformat(), reason="当时还没有这个案件")
    lines = tuple(line for line in ListHistory(case.id, limit=10_000).run(uow) if line.at <= at)
    tasks = _tasks(uow, case, lines, at)
    version = _version(uow, case, at)
    clocks = _clocks(uow, case, at)
    return CaseThen(
        at, _status(case, lines, at), version.version, version.id, tasks, clocks,
        _rows(uow, duty, duty.c.instance_id == case.id, at), _rows(uow, copy, copy.c.instance_id == case.id, at),
        _rows(uow, transfer, transfer.c.instance_id == case.id, at),
        _rows(uow, supervision_order, (supervision_order.c.instance_id == case.id)
              | (supervision_order.c.cause_business_key == case.business_key), at),
        _rows(uow, approval, approval.c.instance_id == case.id, at),
        _papers(uow, letter, letter.c.created_at, case, at), _papers(uow, receipt, receipt.c.signed_at, case, at),
        lines, _tokens(lines, tasks, clocks, at),
    )  # fmt: skip


def _status(case: InstanceDetails, lines: Sequence[HistoryLine], at: datetime) -> str:
    if case.ended_at is not None and case.ended_at <= at:
        return case.status
    stops = [line.kind for line in lines if line.kind in ("instance-suspended", "instance-resumed")]
    return "suspended" if stops and stops[-1] == "instance-suspended" else "active"


def _version(uow: UnitOfWork, case: InstanceDetails, at: datetime) -> Any:
    """Return the definition the case ran by; what carried it over later tells which one that was."""
    later = [line for line in ListHistory(case.id, limit=10_000).run(uow)
             if line.kind == "instance-migrated" and line.at > at]  # fmt: skip
    wanted = process_definition.c.id == case.definition_id
    if later:
        wanted = (process_definition.c.key == case.definition_key) & (
            process_definition.c.version == int(later[0].detail["from"])
        )
    columns = (process_definition.c.id, process_definition.c.version)
    return uow.connection.execute(select(*columns).where(wanted)).one()


def _tasks(uow: UnitOfWork, case: InstanceDetails, lines: Sequence[HistoryLine], at: datetime) -> tuple[TaskThen, ...]:
    owners: dict[str, str | None] = {}
    for line in lines:
        if line.kind in _OWNERS:
            given = line.detail.get("to") if line.kind == "task-assigned" else line.actor
            owners[str(line.detail.get("task_id"))] = str(given) if _OWNERS[line.kind] and given else None
    known = (user_task.c.instance_id == case.id) & (user_task.c.created_at <= at)
    rows = uow.connection.execute(select(user_task).where(known).order_by(user_task.c.created_at, user_task.c.id))
    return tuple(_task(row, owners.get(str(row.id)), at) for row in rows)


def _task(row: Any, owner: str | None, at: datetime) -> TaskThen:
    ended = row.ended_at if row.ended_at is not None and row.ended_at <= at else None
    return TaskThen(
        row.id, row.element_id, row.name, row.definition_key, row.form_key, row.status if ended else "open",
        owner or (row.ended_by if ended and row.status == "completed" else None), tuple(row.candidate_groups),
        row.created_at, ended, row.ended_by if ended else None,
    )  # fmt: skip


def _clocks(uow: UnitOfWork, case: InstanceDetails, at: datetime) -> tuple[Row, ...]:
    """Return the clocks that had begun: those of tasks began with their task, those of stages with their anchor."""
    began = select(user_task.c.id, user_task.c.created_at).where(user_task.c.instance_id == case.id)
    created = {row.id: row.created_at for row in uow.connection.execute(began)}
    mine = select(running_limit).where(running_limit.c.instance_id == case.id).order_by(running_limit.c.id)
    rows = [
        row for row in uow.connection.execute(mine).mappings()
        if created.get(row["task_id"], row["anchor_at"]) <= at
    ]  # fmt: skip
    found = as_they_were(uow, running_limit, [dict(row) for row in rows], at)
    return tuple(_running(row) if row["ended_at"] is not None and row["ended_at"] > at else row for row in found)


def _running(row: dict[str, Any]) -> Row:
    return {**row, "ended_at": None, "ended_how": None}


def _rows(uow: UnitOfWork, table: Table, mine: Any, at: datetime) -> tuple[Row, ...]:
    """Return rows that had begun, as they were; when one began may itself have been written over since."""
    began = _BEGAN[table.name]
    rows = uow.connection.execute(select(table).where(mine).order_by(table.c[began], table.c.id)).mappings()
    return tuple(row for row in as_they_were(uow, table, [dict(row) for row in rows], at) if row[began] <= at)


def _papers(uow: UnitOfWork, table: Table, when: Any, case: InstanceDetails, at: datetime) -> tuple[Row, ...]:
    mine = (table.c.instance_id == case.id) & (when <= at)
    return tuple(dict(row) for row in uow.connection.execute(select(table).where(mine).order_by(when)).mappings())


def _tokens(
    lines: Sequence[HistoryLine], tasks: Sequence[TaskThen], clocks: Sequence[Row], at: datetime
) -> tuple[TokenPosition, ...]:
    """Return which elements were done, and which waited for a person."""
    found: dict[str, tuple[str, int]] = {}
    for line in lines:
        if line.kind.startswith("element-") and line.kind != "element-entered" and line.element_id:
            found[line.element_id] = ("done", found.get(line.element_id, ("", 0))[1] + 1)
    running = [row for row in clocks if row["ended_at"] is None and row["paused_since"] is None]
    due = {row["task_id"]: row["due_at"] for row in running if not row["is_waiting"]}
    for task in tasks:
        if task.status == "open":
            before, count = found.get(task.element_id, ("active", 0))
            late = before == "late" or (task.id in due and due[task.id] <= at)
            found[task.element_id] = ("late" if late else "active", count + 1 if before != "done" else 1)
    return tuple(TokenPosition(key, state, count) for key, (state, count) in found.items())
