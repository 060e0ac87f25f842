"""Complaints that look alike: found by party, place and time; whether they are one is decided by a person."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import Row, and_, or_, select

from engine.handlers import ServiceJob
from workflows import errors
from workflows.complaints.access import refuse_barred
from workflows.complaints.informants import cleared_answers
from workflows.complaints.store import change, row_by_id, row_of, tell
from workflows.complaints.words import STATES, UNANSWERED
from workflows.process import TaskContext
from workflows.records.complaints import complaint
from workflows.rulebook import Rulebook
from workflows.uow import UnitOfWork, local_day_of

WINDOW = timedelta(days=180)  # how far back is looked; the decision table says what is near
MOST = 20
_c = complaint.c


def find_duplicates(uow: UnitOfWork, job: ServiceJob, _rulebook: Rulebook) -> Mapping[str, object]:
    """List the unanswered complaints about the same party or the same place."""
    row = row_of(uow, job.variables)
    change(uow, row.id, instance_id=job.instance_id)
    found = _alike(uow, row)
    today = local_day_of(row.received_at)
    candidates = [
        {
            "id": str(one.id), "same_party": one.party_key == row.party_key,
            "same_place": bool(row.site_key) and one.site_key == row.site_key and one.area == row.area,
            "days_apart": abs((local_day_of(one.received_at) - today).days),
        }
        for one in found
    ]  # fmt: skip
    return {"candidates": candidates, "duplicates": [{"value": str(one.id), "label": _label(one)} for one in found]}


def _alike(uow: UnitOfWork, row: Row[Any]) -> list[Row[Any]]:
    same = [and_(_c.party_key == row.party_key, row.party_key != "")]
    if row.site_key:
        same.append(and_(_c.site_key == row.site_key, _c.area == row.area))
    rows = uow.connection.execute(
        select(complaint)
        .where(or_(*same), _c.id != row.id, _c.state.in_(UNANSWERED), _c.received_at > row.received_at - WINDOW)
        .order_by(_c.received_at.desc())
        .limit(MOST)
    )
    return list(rows)


def _label(row: Row[Any]) -> str:
    day = local_day_of(row.received_at).isoformat()
    parts = (row.number, row.party_name, row.site, f"{day} 收到", STATES[row.state])
    return " · ".join(part for part in parts if part)


def judge(uow: UnitOfWork, task: TaskContext, answers: Mapping[str, Any]) -> Mapping[str, object]:
    """Keep what a person decided and why.

    Raises:
        FormInvalid: the other one has been answered meanwhile.
    """
    row = row_of(uow, task.variables)
    refuse_barred(uow, task.actor, row)
    clean = cleared_answers(uow, task.actor, row.id, answers, ("decision_reason",))
    if answers["decision"] == "merge" and row_by_id(uow, UUID(str(answers["merge_into"]))).state not in UNANSWERED:
        message = "选中的一件已经答复或了结，不能并入；请选择另办"
        raise errors.FormInvalid(errors=[{"field": "merge_into", "code": "invalid", "message": message}])
    tell(uow, row.id, "judged", task.actor.login, task.actor.unit, decision=answers["decision"],
         reason=clean["decision_reason"])  # fmt: skip
    return clean


def merge_complaint(uow: UnitOfWork, job: ServiceJob, _rulebook: Rulebook) -> Mapping[str, object]:
    """Let the other complaint carry this one along; its informant is answered with the other's."""
    row, main = row_of(uow, job.variables), row_by_id(uow, UUID(str(job.variables["merge_into"])))
    change(uow, row.id, state="merged", merged_into=main.id, unit=main.unit, closed_at=uow.now)
    tell(uow, row.id, "merged", "system", into=main.number)
    tell(uow, main.id, "absorbed", "system", main.unit or "", number=row.number)
    return {}


def merged_into(uow: UnitOfWork, complaint_id: UUID) -> list[Row[Any]]:
    """Return the complaints that were merged into one."""
    return list(uow.connection.execute(select(complaint).where(_c.merged_into == complaint_id).order_by(_c.number)))
