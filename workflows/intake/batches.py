"""Imports: a file is checked and kept first, then taken in row by row; every step may be repeated."""

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import insert, select, update

from engine import errors as engine_errors
from engine.process_engine import ProcessEngine
from workflows import errors
from workflows.intake.files import ParsedFile, parse_file, with_acceptance
from workflows.intake.reading import Decision, Message, read_decision
from workflows.intake.submit import IntakeResult, SubmitDecision, process_fault, unknown_item
from workflows.items import item_for
from workflows.records.approvals import import_batch, import_row
from workflows.rulebook import Rulebook
from workflows.uow import UnitOfWork, local_day_of

OUTCOMES = {
    "ready": "可导入", "accepted": "已接收", "changed": "已变更并重新推送", "withdrawn": "已撤回",
    "unchanged": "无变化", "noted": "可受理，无拦截", "refused": "拒收", "blocked": "硬拦截",
}  # fmt: skip
_MANY = 500


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


def preview_import(engine: ProcessEngine, rulebook: Rulebook, actor: str, file_name: str, data: bytes) -> UUID:
    """Read a file and keep what each row would become; nothing is taken in yet.

    Raises:
        ImportInvalid: the file as a whole cannot be read.
    """
    parsed = parse_file(file_name, data)
    rows = engine.ask(CheckRows(parsed, rulebook))
    batch = {"file_name": file_name, "file_hash": hashlib.sha256(data).hexdigest(), "layout": parsed.layout.key}
    return engine.execute(StoreImport(batch, rows, actor))


def take_import_in(
    engine: ProcessEngine, rulebook: Rulebook, actor: str, batch_id: UUID, *, is_demo: bool = False
) -> ImportView:
    """Take every ready row in, each in a transaction of its own; repeating it after a crash doubles nothing.

    A row that the case refuses is noted as refused; a row lost to a race stays ready for the next time.

    Raises:
        Unavailable: the database does not answer; what is done stays done.
    """
    for line in engine.ask(_ReadyLines(batch_id)):
        try:
            engine.execute(TakeRowIn(batch_id, line, rulebook, actor, is_demo))
        except engine_errors.ConcurrentUpdate:
            continue
        except (engine_errors.Conflict, engine_errors.Invalid, engine_errors.NotFound) as exc:
            fault = Message("project_no", exc.code, f"案件未能办理（{exc.code}），请联系系统管理员后重新导入")
            engine.execute(_NoteRow(batch_id, line, IntakeResult("refused", None, None, (fault,))))
    engine.execute(CloseImport(batch_id))
    return engine.ask(ReadImport(batch_id))


@dataclass(frozen=True, slots=True)
class CheckRows:
    """Check the rows of a file by themselves, against each other and against the catalogue."""

    parsed: ParsedFile
    rulebook: Rulebook

    def run(self, uow: UnitOfWork) -> list[dict[str, Any]]:
        """Answer one import row per line, ready or refused."""
        key, types = self.parsed.layout.key, self.rulebook.city.result_types
        contents = self._completed(uow)
        seen: dict[tuple[str, str, str], int] = {}
        items: dict[tuple[str, date], str | Message] = {}
        rows = []
        for line, content in contents:
            decision, messages = read_decision(content, key, types, uow.now)
            fault = self._fault(uow, decision, line, seen, items) if decision is not None else None
            messages += [fault] if fault else []
            outcome = "refused" if decision is None or fault is not None else "ready"
            shown = [message.as_json() for message in messages]
            rows.append({"line": line, "outcome": outcome, "messages": shown, "content": content})
        return rows

    def _completed(self, uow: UnitOfWork) -> Iterable[tuple[int, dict[str, str]]]:
        """Complete results by the acceptances that came in earlier files."""
        rows = self.parsed.rows
        if self.parsed.layout.key != "approval_result" or all(row.get("applyer_name") for _, row in rows):
            return rows
        accepted = _accepted_before(uow, [row.get("project_no", "") for _, row in rows])
        return [(line, with_acceptance(row, accepted)) for line, row in rows]

    def _fault(
        self, uow: UnitOfWork, decision: Decision, line: int, seen: dict[tuple[str, str, str], int],
        items: dict[tuple[str, date], str | Message],
    ) -> Message | None:  # fmt: skip
        """Return why a row that is right by itself cannot be taken in."""
        name = (decision.item, local_day_of(decision.decided_at))
        if name not in items:
            try:
                found = item_for(uow, *name)
                items[name] = process_fault(uow, self.rulebook.city, found) or found.code
            except errors.UnknownItem:
                items[name] = unknown_item(uow, decision)
        item = items[name]
        if isinstance(item, Message):
            return item
        first = seen.setdefault((decision.project_no, item, decision.document_no), line)
        if first == line:
            return None
        text = f"与第 {first} 行重复（办件编号、事项、文书号相同），请删去其中一行"
        return Message("project_no", "duplicate-row", text)


def _accepted_before(uow: UnitOfWork, numbers: list[str]) -> dict[str, Mapping[str, str]]:
    number = import_row.c.content["project_no"].as_string()
    found: dict[str, Mapping[str, str]] = {}
    for start in range(0, len(numbers), _MANY):
        rows = uow.connection.execute(
            select(import_row.c.content)
            .join(import_batch, import_batch.c.id == import_row.c.batch_id)
            .where(import_batch.c.layout == "approval_accept", number.in_(numbers[start : start + _MANY]))
            .order_by(import_batch.c.created_at)
        )
        found |= {row.content["project_no"]: row.content for row in rows}
    return found


@dataclass(frozen=True, slots=True)
class StoreImport:
    """Keep a checked file."""

    batch: Mapping[str, Any]
    rows: list[dict[str, Any]]
    actor: str

    def run(self, uow: UnitOfWork) -> UUID:
        """Answer the id of the import."""
        batch_id = uow.new_id()
        refused = sum(row["outcome"] == "refused" for row in self.rows)
        batch = {
            **self.batch, "id": batch_id, "status": "previewed", "created_at": uow.now, "created_by": self.actor,
            "accepted": 0, "unchanged": 0, "changed": 0, "blocked": 0, "refused": refused,
        }  # fmt: skip
        uow.connection.execute(insert(import_batch), batch)
        if self.rows:
            uow.connection.execute(insert(import_row), [{**row, "batch_id": batch_id} for row in self.rows])
        return batch_id


@dataclass(frozen=True, slots=True)
class _ReadyLines:
    batch_id: UUID

    def run(self, uow: UnitOfWork) -> list[int]:
        same = (import_row.c.batch_id == self.batch_id) & (import_row.c.outcome == "ready")
        return list(uow.connection.scalars(select(import_row.c.line).where(same).order_by(import_row.c.line)))


@dataclass(frozen=True, slots=True)
class TakeRowIn:
    """Take one row in and note what became of it, in one transaction."""

    batch_id: UUID
    line: int
    rulebook: Rulebook
    actor: str
    is_demo: bool = False

    def run(self, uow: UnitOfWork) -> None:
        """Do nothing when the row is no longer ready."""
        row = uow.connection.execute(
            select(import_row.c.content, import_row.c.outcome, import_batch.c.layout)
            .join(import_batch, import_batch.c.id == import_row.c.batch_id)
            .where(import_row.c.batch_id == self.batch_id, import_row.c.line == self.line)
            .with_for_update(of=import_row)
        ).one()
        if row.outcome != "ready":
            return
        types = self.rulebook.city.result_types
        decision, messages = read_decision(row.content, row.layout, types, uow.now)
        done = IntakeResult("refused", None, None, tuple(messages))
        if decision is not None:
            done = SubmitDecision(decision, tuple(messages), self.rulebook, self.actor, "file", self.is_demo).run(uow)
        _NoteRow(self.batch_id, self.line, done).run(uow)


@dataclass(frozen=True, slots=True)
class _NoteRow:
    batch_id: UUID
    line: int
    done: IntakeResult

    def run(self, uow: UnitOfWork) -> None:
        messages = [message.as_json() for message in self.done.messages]
        uow.connection.execute(
            update(import_row)
            .where(import_row.c.batch_id == self.batch_id, import_row.c.line == self.line)
            .values(outcome=self.done.outcome, messages=messages, approval_id=self.done.approval_id)
        )


@dataclass(frozen=True, slots=True)
class CloseImport:
    """Count what became of the rows."""

    batch_id: UUID

    def run(self, uow: UnitOfWork) -> None:
        """Write the counts."""
        counts = ReadImport(self.batch_id).run(uow).counts
        values = {name: counts.get(name, 0) for name in ("accepted", "unchanged", "refused", "blocked")}
        values["unchanged"] += counts.get("noted", 0)
        values["changed"] = counts.get("changed", 0) + counts.get("withdrawn", 0)
        uow.connection.execute(
            update(import_batch)
            .where(import_batch.c.id == self.batch_id)
            .values(status="committed", committed_at=uow.now, **values)
        )


@dataclass(frozen=True, slots=True)
class ReadImport:
    """Ask for an import with its rows.

    Raises:
        CaseNotFound: there is no such import.
    """

    batch_id: UUID

    def run(self, uow: UnitOfWork) -> ImportView:
        """Answer it."""
        batch = uow.connection.execute(select(import_batch).where(import_batch.c.id == self.batch_id)).one_or_none()
        if batch is None:
            raise errors.CaseNotFound(batch=str(self.batch_id))
        found = uow.connection.execute(
            select(import_row).where(import_row.c.batch_id == self.batch_id).order_by(import_row.c.line)
        )
        rows = tuple(RowView(r.line, r.outcome, tuple(r.messages), r.content, r.approval_id) for r in found)
        counts: dict[str, int] = {}
        for row in rows:
            counts[row.outcome] = counts.get(row.outcome, 0) + 1
        return ImportView(batch.id, batch.file_name, batch.layout, batch.status, counts, rows)
