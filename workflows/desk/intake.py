"""Intake for people and programs: one decision, a file, and the check for blocks."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from sqlalchemy import select

from engine.process_engine import ProcessEngine
from workflows import errors
from workflows.desk.asking import Ask
from workflows.intake.batches import OUTCOMES, ImportView, ReadImport, RowView, preview_import, take_import_in
from workflows.intake.blocks import Block, blocks_on
from workflows.intake.reading import Message, read_decision
from workflows.intake.report import result_workbook
from workflows.intake.submit import IntakeResult, SubmitDecision
from workflows.policy import Actor, require
from workflows.records.approvals import import_batch
from workflows.rulebook import Rulebook


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
        return preview_import(self._engine, self._rulebook, actor.login, bare_name(file_name), data)

    def take_in(self, actor: Actor, batch_id: UUID) -> ImportView:
        """Take every ready row in, each in a transaction of its own; may be repeated after a crash."""
        require(actor, "approval_clerk")
        self.view(actor, batch_id)
        return take_import_in(self._engine, self._rulebook, actor.login, batch_id)

    def result_file(self, actor: Actor, batch_id: UUID) -> bytes:
        """Return an import as an xlsx file: every row with what became of it and why."""
        return result_workbook(self.view(actor, batch_id))

    def view(self, actor: Actor, batch_id: UUID) -> ImportView:
        """Return an import with its rows."""
        require(actor, "approval_clerk", "administrator", "policy_officer")
        return self._engine.ask(ReadImport(batch_id))

    def batches(self, actor: Actor) -> tuple[Mapping[str, Any], ...]:
        """Return the newest imports."""
        require(actor, "approval_clerk", "administrator", "policy_officer")
        newest = select(import_batch).order_by(import_batch.c.created_at.desc()).limit(20)
        return self._engine.ask(Ask(lambda uow: tuple(dict(r) for r in uow.connection.execute(newest).mappings())))

    def blocks(self, actor: Actor, **wanted: str) -> tuple[Block, ...]:
        """Return the standing blocks on a project or party, before a new procedure is accepted."""
        require(actor, "approval_clerk", "policy_officer", "leader")
        return self._engine.ask(Ask(lambda uow: blocks_on(uow, **wanted)))


def bare_name(file_name: str) -> str:
    """Return a file's name without folders and without what cannot be printed."""
    last = file_name.replace("\\", "/").rpartition("/")[2]
    return "".join(character for character in last if character.isprintable())[-200:].strip() or "未命名"


__all__ = ["OUTCOMES", "ImportView", "IntakeDesk", "RowView"]
