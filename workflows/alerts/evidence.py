"""Files of an alert: by their hash, reviewed before they count, kept for their time, deleted on record (xzcf/41)."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from sqlalchemy import Row, delete, insert, select, update

from engine.handlers import ServiceJob
from workflows import errors
from workflows.alerts.store import alert_for, alert_of, change, tell
from workflows.evidence import EvidenceKept, content_of, keep_evidence
from workflows.policy import Actor
from workflows.process import TaskContext
from workflows.records.alerts import alert_evidence
from workflows.records.inspections import evidence_file
from workflows.records.penalties import penalty_case
from workflows.rulebook import Rulebook
from workflows.uow import UnitOfWork

KINDS: Mapping[str, str] = {"device": "设备记录", "site": "现场照片"}
RETENTION = "alert_evidence_retention"
_NIGHT = 5000  # more than a city collects in a night; what is left goes the next
_e = alert_evidence.c


def keep_file(  # noqa: PLR0913 - a file has these parts
    uow: UnitOfWork, rulebook: Rulebook, alert_id: UUID, content: bytes, *, kind: str, name: str, by: str
) -> EvidenceKept:
    """Keep a file of an alert for the retention period; the same content is kept once.

    Raises:
        EvidenceRefused: it is empty, too large or of no accepted type.
    """
    kept = keep_evidence(uow, "alert", alert_id, content, by)
    same = (_e.alert_id == alert_id) & (_e.sha256 == kept.sha256)
    if uow.connection.scalar(select(_e.id).where(same)) is None:
        row = {
            "id": uow.new_id(), "alert_id": alert_id, "sha256": kept.sha256, "kind": kind, "name": name,
            "media_type": kept.media_type, "size": kept.size, "added_by": by, "added_at": uow.now,
            "keep_until": rulebook.reckon(RETENTION, uow.now).due_at, "held_by": None,
        }  # fmt: skip
        uow.connection.execute(insert(alert_evidence), row)
        tell(uow, alert_id, "file", by, sha256=kept.sha256, file=kind)
    return kept


def files_of(uow: UnitOfWork, alert_id: UUID) -> list[Row[Any]]:
    """Return the files of an alert, those deleted included."""
    mine = select(alert_evidence).where(_e.alert_id == alert_id).order_by(_e.added_at, _e.id)
    return list(uow.connection.execute(mine).all())


def review_technical(uow: UnitOfWork, task: TaskContext, answers: Mapping[str, Any]) -> Mapping[str, object]:
    """Keep the technical review with every record of the device."""
    return {"record_technical": _reviewed(uow, task, answers, "technical")}


def review_legal(uow: UnitOfWork, task: TaskContext, answers: Mapping[str, Any]) -> Mapping[str, object]:
    """Keep the legal review with every record of the device; it is another person than the technical one.

    Raises:
        SamePerson.
    """
    for file in files_of(uow, UUID(str(task.variables["alert_id"]))):
        if file.technical and file.technical["by"] == task.actor.login:
            raise errors.SamePerson(reason="技术审核和法制审核应由不同的人进行")
    return {"record_legal": _reviewed(uow, task, answers, "legal")}


def _reviewed(uow: UnitOfWork, task: TaskContext, answers: Mapping[str, Any], column: str) -> bool:
    alert_id = UUID(str(task.variables["alert_id"]))
    decision = answers[f"{column}_decision"]
    entry = {"decision": decision, "note": answers[f"{column}_note"], "by": task.actor.login, "at": uow.now.isoformat()}
    mine = (_e.alert_id == alert_id) & (_e.kind == "device")
    uow.connection.execute(update(alert_evidence).where(mine).values({column: entry}))
    tell(uow, alert_id, f"review_{column}", task.actor.login, decision=decision)
    return bool(decision == "pass")


def record_standing(uow: UnitOfWork, job: ServiceJob, _rulebook: Rulebook) -> Mapping[str, object]:
    """Keep whether the records count; if they do, they go into the penalty case that came of the alert."""
    row, found = alert_of(uow, job.variables), job.variables["standing"]
    given = found if isinstance(found, Mapping) else {}
    counts, reason = bool(given["counts"]), str(given["reason"])
    change(uow, row.id, counts=counts, counts_reason=reason, state="closed", closed_at=uow.now)
    tell(uow, row.id, "standing", "system", counts=counts, reason=reason)
    if row.follow_up == "penalty" and row.follow_up_key:
        carry_files(uow, row.id, str(row.follow_up_key), counts=counts)
    return {}


def carry_files(uow: UnitOfWork, alert_id: UUID, business_key: str, *, counts: bool) -> int:
    """Copy into a penalty case what may be evidence there; answers how many files.

    Photographs of the officers may always be carried; records of the device only when they count.
    """
    case_id = uow.connection.scalar(select(penalty_case.c.id).where(penalty_case.c.business_key == business_key))
    if case_id is None:
        return 0
    carried = 0
    for file in files_of(uow, alert_id):
        if file.deleted_at is None and (counts or file.kind == "site"):
            content = content_of(uow, alert_id, file.sha256).content
            keep_evidence(uow, "penalty", case_id, content, "system")
            carried += 1
    return carried


def hold_files(uow: UnitOfWork, alert_id: UUID, case_number: str) -> None:
    """Keep all files of an alert with a case."""
    uow.connection.execute(update(alert_evidence).where(_e.alert_id == alert_id).values(held_by=case_number))


def require_evidence(uow: UnitOfWork, actor: Actor, number: str, sha256: str) -> Row[Any]:
    """Return a file that may be evidence in another case.

    Raises:
        EvidenceNotReviewed: it is a record of a device that does not count; ``reason`` says what is missing.
        EvidenceNotFound: there is no such file, or it was deleted.
        CaseNotFound.
    """
    row = alert_for(uow, actor, number)
    found = next((one for one in files_of(uow, row.id) if one.sha256 == sha256 and one.deleted_at is None), None)
    if found is None:
        raise errors.EvidenceNotFound(sha256=sha256)
    if found.kind == "device" and not row.counts:
        reason = row.counts_reason or "记录尚未经技术、法制审核，只能作线索"
        raise errors.EvidenceNotReviewed(reason=reason)
    return found


def delete_expired(uow: UnitOfWork, _job: ServiceJob, rulebook: Rulebook) -> Mapping[str, object]:
    """Delete the content of files whose time is over and that belong to no case; what was deleted stays on record."""
    due = _e.deleted_at.is_(None) & _e.held_by.is_(None) & (_e.keep_until <= uow.now)
    rows = uow.connection.execute(select(alert_evidence).where(due).order_by(_e.keep_until).limit(_NIGHT)).all()
    rule = rulebook.reckon(RETENTION, uow.now).limit
    for row in rows:
        mine = (evidence_file.c.owner_id == row.alert_id) & (evidence_file.c.sha256 == row.sha256)
        uow.connection.execute(delete(evidence_file).where(mine))
        deletion = {"rule": f"{rule.title} {rule.text}", "keep_until": row.keep_until.isoformat(), "bytes": row.size}
        uow.connection.execute(
            update(alert_evidence).where(_e.id == row.id).values(deleted_at=uow.now, deletion=deletion)
        )
        tell(uow, row.alert_id, "deleted", "system", sha256=row.sha256, **deletion)
    return {"deleted": len(rows)}
