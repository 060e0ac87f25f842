"""The steps of a correction: what is wrong, the new values, and what the platform said."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import select

from engine.handlers import ServiceJob
from workflows import errors
from workflows.credit.entries import change, end_entry, follow
from workflows.credit.following import entry_in, newest, problem_of
from workflows.delivery import Resend
from workflows.process import TaskContext
from workflows.records.delivery import outbound_record
from workflows.rulebook import Rulebook
from workflows.uow import UnitOfWork


def open_correction(uow: UnitOfWork, job: ServiceJob, _rulebook: Rulebook) -> Mapping[str, object]:
    """Say what is wrong; the diagram's task tells the data persons."""
    row = entry_in(uow, job.variables)
    change(uow, row.id, correction_key=job.business_key)
    return {"problem": problem_of(row), "receipt": None, "record_state": row.state}


def correct(uow: UnitOfWork, task: TaskContext, answers: Mapping[str, Any]) -> Mapping[str, object]:
    """Check that there is nothing wrong with the fields any more, or keep why nothing is sent.

    Raises:
        FormInvalid: the record still has errors; each is named.
    """
    row = entry_in(uow, task.variables)
    if answers["decision"] == "exempt":
        return {"corrected_by": task.actor.login}
    record = _record(uow, row)
    wrong = [one for one in record.findings if one["level"] == "error"] if record.status == "held" else []
    if wrong:
        told = "；".join(f"{one['name']}：{one['message']}" for one in wrong[:5])
        message = f"还有 {len(wrong)} 处没有改正，请先在“信用信息”页面改好：{told}"
        raise errors.FormInvalid(errors=[{"field": "decision", "message": message}])
    if record.status == "rejected":
        Resend(task.actor, record.id).run(uow)
    return {"corrected_by": task.actor.login}


def resubmit(uow: UnitOfWork, job: ServiceJob, _rulebook: Rulebook) -> Mapping[str, object]:
    """Follow the corrected record into the queue, or note that it is not to be sent."""
    row = entry_in(uow, job.variables)
    if job.variables["decision"] == "exempt":
        note = str(job.variables["correction_note"])
        end_entry(uow, row, "exempt")
        change(uow, row.id, state="exempt", message=note, correction_key=None, ended_at=None, ended_how=None)
        return {"record_state": "exempt"}
    record = _record(uow, row)
    state = follow(uow, row.id, record.id)
    if state == "accepted":
        change(uow, row.id, correction_key=None)
    return {"record_state": state if state in ("held", "accepted") else "queued"}


def note_missing(uow: UnitOfWork, job: ServiceJob, _rulebook: Rulebook) -> Mapping[str, object]:
    """Say that the platform is silent."""
    row = entry_in(uow, job.variables)
    text = "已重新报送，到时仍没有回执，请查问信用平台或者通道"
    change(uow, row.id, message=text)
    return {"problem": text}


def _record(uow: UnitOfWork, row: Any) -> Any:
    known = uow.connection.execute(select(outbound_record).where(outbound_record.c.id == row.record_id)).one()
    return newest(uow, known.row_guid)
