"""After the reply: call back, handle again when it did not satisfy, close; what is true becomes a signal."""

from collections.abc import Mapping
from typing import Any

from engine.handlers import ServiceJob
from workflows.complaints.access import refuse_barred
from workflows.complaints.channels import channel_of
from workflows.complaints.duplicates import merged_into
from workflows.complaints.informants import cleared_answers
from workflows.complaints.store import change, count_of, row_of, tell
from workflows.complaints.words import CONFIRMED
from workflows.key_areas.signals import RecordSignal
from workflows.process import TaskContext
from workflows.rulebook import Rulebook
from workflows.uow import UnitOfWork


def call_back(uow: UnitOfWork, task: TaskContext, answers: Mapping[str, Any]) -> Mapping[str, object]:
    """Keep what the informant said when called."""
    row, actor = row_of(uow, task.variables), task.actor
    refuse_barred(uow, actor, row)
    clean = cleared_answers(uow, actor, row.id, answers, ("call_note",))
    change(uow, row.id, satisfied=answers["call_result"])
    tell(uow, row.id, "called", actor.login, actor.unit, result=answers["call_result"], note=clean["call_note"],
         called_on=answers["called_on"])  # fmt: skip
    return clean


def reopen_complaint(uow: UnitOfWork, job: ServiceJob, _rulebook: Rulebook) -> Mapping[str, object]:
    """Give it back to the unit with what did not satisfy; handling counts anew."""
    row, turn = row_of(uow, job.variables), count_of(job.variables, "reopen_count") + 1
    change(uow, row.id, state="handling", reopen_count=turn, is_extended=False)
    tell(uow, row.id, "reopened", "system", row.unit, note=job.variables.get("call_note"), turn=turn)
    return {"reopen_count": turn, "reopen_note": job.variables.get("call_note")}


def conclude(uow: UnitOfWork, task: TaskContext, answers: Mapping[str, Any]) -> Mapping[str, object]:
    """Keep why it ends although it did not satisfy."""
    row, actor = row_of(uow, task.variables), task.actor
    refuse_barred(uow, actor, row)
    clean = cleared_answers(uow, actor, row.id, answers, ("conclusion_note",))
    tell(uow, row.id, "concluded", actor.login, actor.unit, note=clean["conclusion_note"])
    return clean


def close_complaint(uow: UnitOfWork, job: ServiceJob, rulebook: Rulebook) -> Mapping[str, object]:
    """Close it; a true complaint about a known object is a signal for key supervision."""
    row = row_of(uow, job.variables)
    change(uow, row.id, state="closed", closed_at=uow.now)
    tell(uow, row.id, "closed", "system", row.unit)
    if row.object_id is not None and row.outcome in CONFIRMED:
        signal = {
            "source": channel_of(rulebook.city.folder, row.channel).title, "source_key": row.number,
            "object_id": str(row.object_id), "kind": "complaint", "count": 1 + len(merged_into(uow, row.id)),
            "note": row.number, "happened_at": row.received_at.isoformat(),
        }  # fmt: skip
        kept = RecordSignal(signal, "system", rulebook).run(uow)
        tell(uow, row.id, "signalled", "system", row.unit, review=kept.review)
    return {}
