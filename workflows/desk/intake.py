"""Intake for people and programs: one decision, a file, and the check for blocks."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import insert, select, update

from engine.process_engine import ProcessEngine
from workflows import errors
from workflows.desk.asking import Ask, Do
from workflows.intake.files import ParsedFile, parse_file
from workflows.intake.reading import Message, read_decision
from workflows.intake.submit import Block, IntakeResult, SubmitDecision, blocks_on
from workflows.policy import Actor, require
from workflows.records.approvals import import_batch, import_row
from workflows.rulebook import Rulebook
from workflows.uow import UnitOfWork

OUTCOMES = {
    "ready": "可导入", "accepted": "已接收", "changed": "已变更并重新推送", "withdrawn": "已撤回",
    "unchanged": "无变化", "refused": "拒收", "blocked": "硬拦截",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class RowView:
    """One row of an import: its line, what became of it, and why."""

    line: int
    outcome: str
    messages: tuple[Mapping[str, str], ...]
    content: Mapping[str, str]
    approval_id: UUID | None


@dataclass(frozen=True, slots=True)
class ImportView:
    """An import with its rows."""

    id: UUID
    file_name: str
    layout: str
    status: str
    counts: Mapping[str, int]
    rows: tuple[RowView, ...]


class IntakeDesk:
    """Takes decisions in."""

    def __init__(self, engine: ProcessEngine, rulebook: Rulebook) -> None:
        self._engine = engine
        self._rulebook = rulebook

    def submit(self, actor: Actor, data: Mapping[str, Any], layout: str, source: str) -> IntakeResult:
        """Take one decision in; repeating it changes nothing.

        Raises:
            ApprovalInvalid: ``errors`` names each field and the remedy.
        """
        require(actor, "approval_clerk")
        row = {key: str(value) for key, value in data.items() if value is not None}
        result = self._take(row, layout, actor.login, source)
        if result.outcome == "refused":
            raise errors.ApprovalInvalid(errors=[message.as_json() for message in result.messages])
        return result

    def _take(self, row: Mapping[str, str], layout: str, actor: str, source: str) -> IntakeResult:
        decision, messages = self._read(row, layout)
        if decision is None:
            return IntakeResult("refused", None, None, tuple(messages))
        return self._engine.execute(SubmitDecision(decision, tuple(messages), self._rulebook, actor, source))

    def _read(self, row: Mapping[str, str], layout: str) -> tuple[Any, list[Message]]:
        return read_decision(row, layout, self._rulebook.city.result_types, self._engine.clock.now())

    def preview(self, actor: Actor, file_name: str, data: bytes) -> UUID:
        """Read a file and keep what each row would become; nothing is taken in yet.

        Raises:
            ImportInvalid: the file as a whole cannot be read.
        """
        require(actor, "approval_clerk")
        parsed = parse_file(file_name, data)
        return self._engine.execute(Do(lambda uow: self._store(uow, actor, file_name, data, parsed)))

    def _store(self, uow: UnitOfWork, actor: Actor, name: str, data: bytes, parsed: ParsedFile) -> UUID:
        batch_id = uow.new_id()
        rows = []
        for line, content in parsed.rows:
            decision, messages = self._read(content, parsed.layout.key)
            rows.append(
                {"batch_id": batch_id, "line": line, "outcome": "refused" if decision is None else "ready",
                 "messages": [message.as_json() for message in messages], "content": content}
            )  # fmt: skip
        batch = {
            "id": batch_id, "file_name": name, "file_hash": hashlib.sha256(data).hexdigest(),
            "layout": parsed.layout.key, "status": "previewed", "created_at": uow.now, "created_by": actor.login,
            "accepted": 0, "unchanged": 0, "changed": 0, "blocked": 0,
            "refused": sum(row["outcome"] == "refused" for row in rows),
        }  # fmt: skip
        uow.connection.execute(insert(import_batch), batch)
        if rows:
            uow.connection.execute(insert(import_row), rows)
        return batch_id

    def take_in(self, actor: Actor, batch_id: UUID) -> ImportView:
        """Take every ready row in, each in a transaction of its own; may be repeated after a crash."""
        require(actor, "approval_clerk")
        view = self.view(actor, batch_id)
        for row in view.rows:
            if row.outcome == "ready":
                result = self._take(row.content, view.layout, actor.login, "file")
                self._engine.execute(Do(lambda uow, r=row, done=result: _note(uow, batch_id, r, done)))  # type: ignore[misc]
        self._engine.execute(Do(lambda uow: _close(uow, batch_id)))
        return self.view(actor, batch_id)

    def view(self, actor: Actor, batch_id: UUID) -> ImportView:
        """Return an import with its rows."""
        require(actor, "approval_clerk", "administrator", "policy_officer")
        return self._engine.ask(Ask(lambda uow: _view(uow, batch_id)))

    def batches(self, actor: Actor) -> tuple[Mapping[str, Any], ...]:
        """Return the newest imports."""
        require(actor, "approval_clerk", "administrator", "policy_officer")
        newest = select(import_batch).order_by(import_batch.c.created_at.desc()).limit(20)
        return self._engine.ask(Ask(lambda uow: tuple(dict(r) for r in uow.connection.execute(newest).mappings())))

    def blocks(self, actor: Actor, **wanted: str) -> tuple[Block, ...]:
        """Return the standing blocks on a project or party, before a new procedure is accepted."""
        require(actor, "approval_clerk", "policy_officer", "leader")
        return self._engine.ask(Ask(lambda uow: blocks_on(uow, **wanted)))


def _note(uow: UnitOfWork, batch_id: UUID, row: RowView, done: IntakeResult) -> None:
    messages = [message.as_json() for message in done.messages]
    uow.connection.execute(
        update(import_row)
        .where(import_row.c.batch_id == batch_id, import_row.c.line == row.line)
        .values(outcome=done.outcome, messages=messages, approval_id=done.approval_id)
    )


def _close(uow: UnitOfWork, batch_id: UUID) -> None:
    counts = _view(uow, batch_id).counts
    names = ("accepted", "unchanged", "refused", "blocked")
    values = {name: counts.get(name, 0) for name in names}
    values["changed"] = counts.get("changed", 0) + counts.get("withdrawn", 0)
    uow.connection.execute(
        update(import_batch)
        .where(import_batch.c.id == batch_id)
        .values(status="committed", committed_at=uow.now, **values)
    )


def _view(uow: UnitOfWork, batch_id: UUID) -> ImportView:
    batch = uow.connection.execute(select(import_batch).where(import_batch.c.id == batch_id)).one_or_none()
    if batch is None:
        raise errors.CaseNotFound(batch=str(batch_id))
    found = uow.connection.execute(
        select(import_row).where(import_row.c.batch_id == batch_id).order_by(import_row.c.line)
    )
    rows = tuple(RowView(r.line, r.outcome, tuple(r.messages), r.content, r.approval_id) for r in found)
    counts: dict[str, int] = {}
    for row in rows:
        counts[row.outcome] = counts.get(row.outcome, 0) + 1
    return ImportView(batch.id, batch.file_name, batch.layout, batch.status, counts, rows)


__all__ = ["OUTCOMES", "ImportView", "IntakeDesk", "RowView"]
