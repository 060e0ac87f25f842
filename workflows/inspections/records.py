"""The on-site record: submitted exactly once from whatever device, with the files it names already here."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import orjson
from sqlalchemy import Row, insert, select, update

from engine import errors as engine_errors
from engine.commands.claim_task import AssignTask
from engine.commands.complete_task import CompleteTask
from workflows import errors
from workflows.directory import names_of
from workflows.evidence import EvidenceKept, keep_evidence, media_type_of, missing_evidence
from workflows.inspections.access import find_inspection, is_inspector, require_inspection
from workflows.inspections.people import chosen
from workflows.inspections.shapes import UNSEEN, checked
from workflows.jurisdiction import require_task
from workflows.policy import Actor
from workflows.records.inspections import inspection, inspection_record
from workflows.rulebook import Rulebook
from workflows.uow import UnitOfWork, local_day_of

OWNER = "inspection"
TASK = "record_findings"


@dataclass(frozen=True, slots=True)
class RecordSubmitted:
    """A record that is kept; ``was_known`` marks a repetition that wrote nothing."""

    record_id: UUID
    inspection_id: UUID
    number: str
    submitted_at: datetime
    was_known: bool


@dataclass(frozen=True, slots=True)
class SubmitRecord:
    """Submit the record of an inspection and let the inspection go on.

    ``client_id`` is made on the device before anything is sent: the same id with the same content is answered
    with what came of it the first time.

    Raises:
        TaskNotFound: it is no such task, or not one of the actor's unit.
        NotInspector: the actor was not assigned to this inspection, or no longer is.
        RecordConflict: somebody's record was kept for this task before; nothing was written.
        KeyReused: the same client id came with other content.
        EvidenceMissing: ``missing`` lists the hashes to upload first.
        FormInvalid: ``errors`` names each field and the remedy.
    """

    actor: Actor
    task_id: UUID
    record: Mapping[str, Any]
    client_id: UUID
    rulebook: Rulebook

    def run(self, uow: UnitOfWork) -> RecordSubmitted:
        """Do all of it in the given transaction."""
        task = uow.task(self.task_id)
        require_task(self.actor, task)
        if task.element_id != TASK:
            raise engine_errors.TaskNotFound(task_id=str(self.task_id))
        found = find_inspection(uow, UUID(str(task.variables["inspection_id"])))
        known = self._known(uow, found)
        if known is not None:
            return known
        if not is_inspector(found, self.actor):
            raise errors.NotInspector(inspection=found.number)
        self._refuse_second(uow, task)
        given = checked(self.record, found.kind, found.sheet, uow.now)
        chosen(uow, found, [one["login"] for one in found.inspectors], on=local_day_of(given["ended_at"]))
        self._require_files(uow, found, given)
        record_id = self._write(uow, found, given)
        if task.assignee not in (None, self.actor.login):
            AssignTask(self.task_id, self.actor.login, self.actor.login, "检查人员提交检查记录").run(uow)
        failed = sum(line["verdict"] == "no" for line in given["lines"])
        outcome = {
            "record_id": str(record_id), "found_result": given["result"], "failed_lines": failed,
            "record_summary": given["summary"], "recorded_by": self.actor.login,
            "inspected_at": given["ended_at"].isoformat(),
        }  # fmt: skip
        answers = {"found_result": given["result"], "record_summary": given["summary"]}
        CompleteTask(self.task_id, self.actor.login, outcome, answers).run(uow)
        return RecordSubmitted(record_id, found.id, found.number, uow.now, was_known=False)

    @property
    def fingerprint(self) -> str:
        """Return the digest of what was sent."""
        sent = [str(self.task_id), self.record]
        return hashlib.sha256(orjson.dumps(sent, option=orjson.OPT_SORT_KEYS, default=str)).hexdigest()

    def _known(self, uow: UnitOfWork, found: Row[Any]) -> RecordSubmitted | None:
        row = uow.connection.execute(
            select(inspection_record).where(inspection_record.c.client_id == self.client_id)
        ).one_or_none()
        if row is None:
            return None
        if row.fingerprint != self.fingerprint or row.submitted_by != self.actor.login:
            raise engine_errors.KeyReused(key=str(self.client_id))
        return RecordSubmitted(row.id, row.inspection_id, found.number, row.submitted_at, was_known=True)

    def _refuse_second(self, uow: UnitOfWork, task: Any) -> None:
        row = uow.connection.execute(
            select(inspection_record).where(inspection_record.c.task_id == self.task_id)
        ).one_or_none()
        if row is not None:
            name = names_of(uow, [row.submitted_by]).get(row.submitted_by, row.submitted_by)
            when = row.submitted_at.astimezone(self.rulebook.calendar.zone)
            raise errors.RecordConflict(
                by=name, at=row.submitted_at.isoformat(), record_id=str(row.id),
                reason=f"{name}已于 {when:%Y-%m-%d %H:%M} 提交本次检查的记录",
            )  # fmt: skip
        if task.status != "open":
            raise engine_errors.TaskNotOpen(task_id=str(self.task_id), status=task.status)

    def _require_files(self, uow: UnitOfWork, found: Row[Any], given: Mapping[str, Any]) -> None:
        named = [item["sha256"] for item in given["evidence"]]
        image = (given["signature"] or {}).get("image_sha256")
        missing = missing_evidence(uow, found.id, [*named, *([image] if image else [])])
        if missing:
            wrong = [{"field": "evidence", "code": "missing", "message": f"尚未上传：{digest}"} for digest in missing]
            raise errors.EvidenceMissing(missing=missing, errors=wrong)

    def _write(self, uow: UnitOfWork, found: Row[Any], given: Mapping[str, Any]) -> UUID:
        record_id = uow.new_id()
        plain = orjson.loads(orjson.dumps({
            "lines": [] if given["result"] in UNSEEN else given["lines"],
            **{name: given[name] for name in ("location", "evidence", "signature")},
        }))  # fmt: skip
        row = {
            "id": record_id, "inspection_id": found.id, "task_id": self.task_id, "client_id": self.client_id,
            "fingerprint": self.fingerprint, "inspectors": found.inspectors,
            "started_at": given["started_at"], "ended_at": given["ended_at"],
            "found": given["result"], "summary": given["summary"], "submitted_by": self.actor.login,
            "submitted_at": uow.now, **plain,
        }  # fmt: skip
        uow.connection.execute(insert(inspection_record), row)
        uow.connection.execute(update(inspection).where(inspection.c.id == found.id).values(state="recorded"))
        return record_id


@dataclass(frozen=True, slots=True)
class PutEvidence:
    """Keep a file of an inspection under the SHA-256 of its content; sending it again changes nothing.

    Raises:
        CaseNotFound: there is no such inspection, or it is none of the actor's unit.
        NotInspector: the actor was not assigned to it.
        EvidenceRefused: the content is not what its hash or its type says, too large, or of no accepted type.
    """

    actor: Actor
    inspection_id: UUID
    sha256: str
    media_type: str
    content: bytes

    def run(self, uow: UnitOfWork) -> EvidenceKept:
        """Store it."""
        found = require_inspection(uow, self.actor, self.inspection_id)
        if not is_inspector(found, self.actor):
            raise errors.NotInspector(inspection=found.number)
        if hashlib.sha256(self.content).hexdigest() != self.sha256.lower():
            raise errors.EvidenceRefused(reason="文件内容与摘要不符，可能在传送中损坏，请重新上传")
        seen = media_type_of(self.content)
        if self.media_type and seen is not None and seen.split("/")[0] != self.media_type.split("/")[0]:
            raise errors.EvidenceRefused(reason=f"文件内容是 {seen}，不是 {self.media_type}，请核对后重新上传")
        return keep_evidence(uow, OWNER, found.id, self.content, self.actor.login)
