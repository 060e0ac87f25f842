"""What an inspector wrote when a colleague's record was kept already: added beside it, never instead of it."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import orjson
from sqlalchemy import Row, insert, select

from engine import errors as engine_errors
from workflows import errors
from workflows.directory import names_of
from workflows.evidence import missing_evidence
from workflows.inspections.access import find_inspection, is_inspector
from workflows.inspections.records import TASK
from workflows.inspections.shapes import checked
from workflows.jurisdiction import require_task
from workflows.policy import Actor
from workflows.records.field import inspection_supplement
from workflows.uow import UnitOfWork


@dataclass(frozen=True, slots=True)
class SupplementAdded:
    """A supplement that is kept; ``was_known`` marks a repetition that wrote nothing."""

    supplement_id: UUID
    number: str
    submitted_at: datetime
    was_known: bool


@dataclass(frozen=True, slots=True)
class AddSupplement:
    """Keep a record beside the one that was first; the process does not move.

    Raises:
        TaskNotFound: it is no such task, or not one of the actor's unit.
        NotInspector: the actor was not assigned to this inspection.
        SupplementTooEarly: the task still waits for its record.
        KeyReused: the same client id came with other content.
        EvidenceMissing: ``missing`` lists the hashes to upload first.
        FormInvalid: ``errors`` names each field and the remedy.
    """

    actor: Actor
    task_id: UUID
    record: Mapping[str, Any]
    client_id: UUID

    def run(self, uow: UnitOfWork) -> SupplementAdded:
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
        if task.status == "open":
            raise errors.SupplementTooEarly(reason="本次检查还没有记录，请直接提交检查记录")
        given = checked(self.record, found.kind, found.sheet, uow.now)
        _require_files(uow, found, given)
        row = {
            "id": uow.new_id(), "inspection_id": found.id, "task_id": self.task_id, "client_id": self.client_id,
            "fingerprint": self.fingerprint, "content": orjson.loads(orjson.dumps(given)),
            "submitted_by": self.actor.login, "submitted_at": uow.now,
        }  # fmt: skip
        uow.connection.execute(insert(inspection_supplement), row)
        return SupplementAdded(row["id"], found.number, uow.now, was_known=False)

    @property
    def fingerprint(self) -> str:
        """Return the digest of what was sent."""
        sent = [str(self.task_id), self.record]
        return hashlib.sha256(orjson.dumps(sent, option=orjson.OPT_SORT_KEYS, default=str)).hexdigest()

    def _known(self, uow: UnitOfWork, found: Row[Any]) -> SupplementAdded | None:
        row = uow.connection.execute(
            select(inspection_supplement).where(inspection_supplement.c.client_id == self.client_id)
        ).one_or_none()
        if row is None:
            return None
        if row.fingerprint != self.fingerprint or row.submitted_by != self.actor.login:
            raise engine_errors.KeyReused(key=str(self.client_id))
        return SupplementAdded(row.id, found.number, row.submitted_at, was_known=True)


def _require_files(uow: UnitOfWork, found: Row[Any], given: Mapping[str, Any]) -> None:
    named = [item["sha256"] for item in given["evidence"]]
    image = (given["signature"] or {}).get("image_sha256")
    missing = missing_evidence(uow, found.id, [*named, *([image] if image else [])])
    if missing:
        raise errors.EvidenceMissing(missing=missing)


def supplements_of(uow: UnitOfWork, inspection_id: UUID) -> Sequence[Mapping[str, Any]]:
    """Return the supplements of an inspection, the oldest first; whoever calls has checked who may see it."""
    rows = uow.connection.execute(
        select(inspection_supplement)
        .where(inspection_supplement.c.inspection_id == inspection_id)
        .order_by(inspection_supplement.c.submitted_at)
        .limit(100)
    ).all()
    names = names_of(uow, [row.submitted_by for row in rows])
    return tuple(
        {**row.content, "submitted_at": row.submitted_at, "submitted_by": names.get(row.submitted_by, row.submitted_by)}
        for row in rows
    )
