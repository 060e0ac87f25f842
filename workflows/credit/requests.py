"""Objections (three working days) and repairs: who asks, what was found, what is done, and the reply."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Row, insert, select, update

from engine.commands.start_process import StartProcess
from engine.handlers import ServiceJob
from engine.spiff.model import StartTrigger
from workflows import errors
from workflows.credit.access import require_entry
from workflows.credit.entries import change, end_entry, entry, follow
from workflows.credit.following import newest
from workflows.credit.words import KINDS, REQUESTS
from workflows.functions import anchor_of
from workflows.letter_book import facts, write_letter
from workflows.policy import Actor
from workflows.process import TaskContext
from workflows.publication.outlets import withdraw
from workflows.publication.pages import dispute, hide
from workflows.records.credit import credit_request
from workflows.records.delivery import outbound_record
from workflows.rulebook import Rulebook
from workflows.serials import next_number
from workflows.uow import UnitOfWork, local_day_of

_q = credit_request.c
_STARTS = {
    "objection": ("objection_received", "objection_received"),
    "repair": ("repair_requested", "repair_requested"),
}
_PROCESSES = {"objection": "credit_objection", "repair": "credit_repair"}
_LETTERS = {
    "objection": ("credit_objection_reply", "信用信息异议答复书"),
    "repair": ("credit_repair_reply", "信用修复答复书"),
}


@dataclass(frozen=True, slots=True)
class RegisterRequest:
    """Register an objection or a request for repair; answers the number of its case.

    Raises:
        CaseNotFound: no such entry, or another organ's.
        FormInvalid: it is not public, a request is open already, or a licence is to be repaired.
    """

    actor: Actor
    kind: str
    entry_id: UUID
    answers: Mapping[str, Any]
    rulebook: Rulebook

    def run(self, uow: UnitOfWork) -> str:
        """Start its case."""
        row = require_entry(uow, self.actor, self.entry_id)
        self._refuse(uow, row)
        given, kind, city = self.answers, _PROCESSES[self.kind], self.rulebook.city
        key = next_number(uow, city.numbers[kind], kind)
        received = min(anchor_of(given["received_on"], uow.now), uow.now)
        variables = {
            "business_key": key, "entry_id": str(row.id), "unit": row.unit, "area": row.area,
            "item_code": row.item_code, "party_name": row.party_name, "title": f"{KINDS[row.kind]} {row.document_no}",
            "received_at": received.isoformat(), "request": dict(given), "by": self.actor.login,
            "policy_unit": city.policy_unit, "leader_unit": city.leader_unit, "document_no": row.document_no,
            "is_performed": bool(given.get("is_performed")), "has_commitment": bool(given.get("has_commitment")),
        }  # fmt: skip
        element, message = _STARTS[self.kind]
        StartProcess(kind, key, self.actor.login, variables, trigger=StartTrigger(element, "message", message)).run(uow)
        return key

    def _refuse(self, uow: UnitOfWork, row: Row[Any]) -> None:
        if self.kind == "repair" and row.kind != "penalty":
            raise _wrong("grounds", "许可信息没有信用修复；有误的请登记异议")
        if row.state == "ended":
            raise _wrong("grounds", "这条信息已经撤下，不再公示")
        mine = (_q.entry_id == row.id) & (_q.state == "open") & (_q.kind == self.kind)
        if uow.connection.execute(select(_q.id).where(mine)).first() is not None:
            raise _wrong("grounds", f"这条信息有{REQUESTS[self.kind]}正在办理，请等办结后再登记")


def _wrong(field: str, message: str) -> errors.FormInvalid:
    return errors.FormInvalid(errors=[{"field": field, "message": message}])


def open_objection(uow: UnitOfWork, job: ServiceJob, _rulebook: Rulebook) -> Mapping[str, object]:
    """Write the objection down and mark what is shown as disputed."""
    row = _open(uow, job, "objection")
    dispute(uow, row.kind, row.source_id, is_open=True)
    return {}


def open_repair(uow: UnitOfWork, job: ServiceJob, rulebook: Rulebook) -> Mapping[str, object]:
    """Write the request down and reckon whether the shortest time of publicity is over."""
    row, given = _open(uow, job, "repair"), _request_of(job.variables)
    found = rulebook.reckon(f"repair_wait_{given['severity']}", row.decided_at)
    is_waited = datetime.fromisoformat(str(job.variables["received_at"])) >= found.due_at
    return {"is_waited": is_waited, "again_from": found.due_at.isoformat(), "verdict": None, "approval_note": None}


def _open(uow: UnitOfWork, job: ServiceJob, kind: str) -> Row[Any]:
    given = _request_of(job.variables)
    row = entry(uow, UUID(str(job.variables["entry_id"])))
    values = {
        "id": uow.new_id(), "instance_id": job.instance_id, "business_key": job.business_key, "kind": kind,
        "entry_id": row.id, "unit": row.unit, "applicant": given["applicant"], "contact": given["applicant_contact"],
        "content": given, "received_at": datetime.fromisoformat(str(job.variables["received_at"])), "state": "open",
        "created_by": job.variables["by"], "created_at": uow.now,
    }  # fmt: skip
    uow.connection.execute(insert(credit_request), values)
    return row


def _request_of(variables: Mapping[str, Any]) -> dict[str, Any]:
    return dict(variables["request"])


def verify(uow: UnitOfWork, task: TaskContext, answers: Mapping[str, Any]) -> Mapping[str, object]:
    """Keep what was found out and who did."""
    opinion = {**answers, "by": task.actor.login, "at": uow.now.isoformat()}
    _write(uow, task.instance_id, opinion=opinion)
    return {}


def approve(uow: UnitOfWork, task: TaskContext, answers: Mapping[str, Any]) -> Mapping[str, object]:
    """Keep the decision of another person.

    Raises:
        SamePerson: who examined it may not decide.
    """
    row = request_in(uow, task.instance_id)
    if row.opinion and row.opinion["by"] == task.actor.login:
        raise errors.SamePerson(case=row.business_key)
    approval = {**answers, "by": task.actor.login, "at": uow.now.isoformat()}
    _write(uow, task.instance_id, approval=approval)
    return {}


def settle_objection(uow: UnitOfWork, job: ServiceJob, rulebook: Rulebook) -> Mapping[str, object]:
    """Correct, take down or leave what is shown, and reply."""
    row, effect = entry(uow, UUID(str(job.variables["entry_id"]))), str(job.variables["effect"])
    if effect == "delete":
        end_entry(uow, row, "objection")
        _everywhere(uow, row, "异议成立，不再公示")
    elif effect == "update":
        known = uow.connection.scalar(select(outbound_record.c.row_guid).where(outbound_record.c.id == row.record_id))
        follow(uow, row.id, newest(uow, str(known)).id)
    dispute(uow, row.kind, row.source_id, is_open=False)
    texts = {"update": "信息有误，已更正", "delete": "不应公示，已撤下", "none": "经核查，信息无误，维持公示"}
    _reply(uow, job, rulebook, texts[effect], str(job.variables["opinion"]))
    _write(uow, job.instance_id, state="refused" if effect == "none" else "granted", closed_at=uow.now)
    return {}


def settle_repair(uow: UnitOfWork, job: ServiceJob, rulebook: Rulebook) -> Mapping[str, object]:
    """Take the penalty down everywhere, and reply."""
    row = entry(uow, UUID(str(job.variables["entry_id"])))
    end_entry(uow, row, "repaired")
    _everywhere(uow, row, None)
    _reply(uow, job, rulebook, "同意信用修复，提前终止公示", str(job.variables["opinion"]))
    _write(uow, job.instance_id, state="granted", closed_at=uow.now)
    return {}


def _everywhere(uow: UnitOfWork, row: Row[Any], note: str | None) -> None:
    """Take a penalty down at the outlets, too; on our own page only with a note if there is one."""
    if row.kind == "penalty":
        withdraw(uow, "penalty", row.source_id, note or "信用修复，提前终止公示")
    hide(uow, row.kind, row.source_id, note)


_DECLINED = {
    "too_early": "公示尚未满最短期限", "no_commitment": "没有公开作出信用承诺", "not_performed": "行政处罚没有履行完毕",
}  # fmt: skip


def decline_repair(uow: UnitOfWork, job: ServiceJob, rulebook: Rulebook) -> Mapping[str, object]:
    """Say why not, and from when on to ask again."""
    given = job.variables
    reason = _DECLINED.get(str(given["eligibility"]), str(given.get("approval_note") or ""))
    again = datetime.fromisoformat(str(given["again_from"])) if given["eligibility"] == "too_early" else None
    when = f"；{local_day_of(again)} 起可以再次申请" if again else "；补齐后可以再次申请"
    _reply(uow, job, rulebook, f"不予信用修复：{reason}{when}", str(given.get("opinion") or ""))
    _write(uow, job.instance_id, state="refused", closed_at=uow.now)
    return {}


def _reply(uow: UnitOfWork, job: ServiceJob, rulebook: Rulebook, result: str, opinion: str) -> None:
    row = request_in(uow, job.instance_id)
    kind, subject = _LETTERS[row.kind]
    basis = {"objection": ["《山东省社会信用条例》第三十八条、第三十九条"], "repair": ["信用信息修复管理办法（参照）"]}
    content = {
        "receiver": row.applicant,
        "opening": f"你（单位）关于 {job.variables['title']} 的{REQUESTS[row.kind]}收悉，现答复如下。",
        "facts": facts(("信息", job.variables["title"]), ("当事人", job.variables["party_name"]),
                       ("请求", row.content["grounds"]), ("处理结果", result), ("理由", opinion)),
        "basis": basis[row.kind], "closing": "不服本答复的，可以依法申请行政复议或者提起行政诉讼。",
    }  # fmt: skip
    _, number = write_letter(uow, rulebook.city, job, kind=kind, about=row.id, sender=row.unit, receiver="",
                             subject=subject, content=content)  # fmt: skip
    _write(uow, job.instance_id, reply_number=number)


def request_in(uow: UnitOfWork, instance_id: UUID) -> Row[Any]:
    """Return the request of a case."""
    return uow.connection.execute(select(credit_request).where(_q.instance_id == instance_id)).one()


def _write(uow: UnitOfWork, instance_id: UUID, **values: object) -> None:
    uow.connection.execute(update(credit_request).where(_q.instance_id == instance_id).values(**values))


__all__ = ["RegisterRequest", "approve", "change", "decline_repair", "open_objection", "open_repair", "request_in",
           "settle_objection", "settle_repair", "verify"]  # fmt: skip
