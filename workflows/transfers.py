"""Case transfers: proposed, sent with a hard block, received, returned, forwarded, reported back."""

from collections.abc import Mapping
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import Row, insert, select, update

from engine.handlers import ServiceJob
from workflows import errors
from workflows.as_of.changes import remember
from workflows.clocks import is_exceeded, is_task_late
from workflows.directory import find_unit, unit_of_kind
from workflows.letter_book import facts, write_letter, write_receipt
from workflows.process import TaskContext
from workflows.records.approvals import approval, hard_block, party
from workflows.records.cases import transfer, transfer_milestone
from workflows.records.clocks import running_limit
from workflows.rulebook import Rulebook
from workflows.uow import UnitOfWork, local_day_of

BLOCK_CLAUSE = "jinan/79"
MATTERS = {
    "illegal_building": "违法建设", "land_use": "违法用地", "quarrying": "私挖滥采", "forest_damage": "毁坏林木、林地",
    "slope_reclamation": "陡坡开垦、水土流失", "industrial_waste": "倾倒工业固体废物",
    "waste_dumping": "倾倒生活或建筑垃圾", "graves": "违规建造坟墓", "other": "其他",
}  # fmt: skip
_LIFTED = {"executed": "处罚执行完毕", "not_filed": "不予立案", "withdrawn": "移送撤回"}
_NOTES = ("reason", "arbitration_note", "supplement", "close_note", "approval_note", "check_note")
_DAYS = ("executed_on", "served_on", "filed_on")


def _row(uow: UnitOfWork, variables: Mapping[str, Any]) -> Row[Any]:
    key = UUID(str(variables["transfer_id"]))
    return uow.connection.execute(select(transfer).where(transfer.c.id == key)).one()


def _change(uow: UnitOfWork, transfer_id: UUID, **values: object) -> None:
    remember(uow, transfer, transfer_id, values)
    uow.connection.execute(update(transfer).where(transfer.c.id == transfer_id).values(**values))


def milestone(uow: UnitOfWork, row: Row[Any], kind: str, *, by: str, unit: str, **detail: Any) -> None:
    """Write one milestone of a transfer."""
    day = detail.pop("happened_on", None)
    uow.connection.execute(
        insert(transfer_milestone),
        {
            "id": uow.new_id(),
            "transfer_id": row.id,
            "kind": kind,
            "reported_at": uow.now,
            "reported_by": by,
            "unit": unit,
            "happened_on": date.fromisoformat(str(day)[:10]) if day else None,
            "document_no": detail.pop("document_no", None),
            "detail": detail,
        },
    )


def check(uow: UnitOfWork, task: TaskContext, answers: Mapping[str, Any]) -> Mapping[str, object]:
    """Keep the finding of the preliminary check; answers what a penalty of the unit's own begins with."""
    row = _row(uow, task.variables)
    states = {"not_established": "dismissed", "own_power": "own", "transfer": "checked"}
    values = {key: answers[key] for key in ("matter", "facts") if answers.get(key)}
    decision = str(answers.get("decision"))
    if decision in ("not_established", "own_power"):
        values |= {"closed_at": uow.now, "close_reason": _note(answers)}
    _change(uow, row.id, state=states.get(decision, "checked"), **values)
    milestone(uow, row, "checked", by=task.actor.login, unit=row.sender_unit, decision=decision, note=_note(answers))
    return _own_lead(uow, row, task.actor.login) if decision == "own_power" else {}


def _own_lead(uow: UnitOfWork, row: Row[Any], login: str) -> dict[str, object]:
    """Return what is known of the permit and the party, which the lead itself does not carry."""
    permit = None
    if row.approval_id is not None:
        permit = uow.connection.execute(select(approval).where(approval.c.id == row.approval_id)).one()
    key = row.party_id or (permit.party_id if permit else None)
    code = uow.connection.scalar(select(party.c.identity_number).where(party.c.id == key)) if key else None
    return {
        "approval_id": str(row.approval_id) if row.approval_id else None, "party_code": code, "checked_by": login,
        "item_code": permit.item_code if permit else None, "found_on": local_day_of(row.found_at).isoformat(),
    }  # fmt: skip


def propose(uow: UnitOfWork, job: ServiceJob, _rulebook: Rulebook) -> Mapping[str, object]:
    """Find the unit of the kind that the routing table names, in the case's area."""
    routing = job.variables.get("routing")
    kind = str(routing.get("receiver")) if isinstance(routing, Mapping) else "urban_management"
    rule = str(routing.get("rule") or "") if isinstance(routing, Mapping) else ""
    office = unit_of_kind(uow, kind, str(job.variables["area"])) or unit_of_kind(
        uow, "urban_management", str(job.variables["area"])
    )
    if office is None:
        raise errors.UnknownUnit(kind=kind, area=job.variables["area"])
    row = _row(uow, job.variables)
    _change(uow, row.id, receiver_unit=office.code, rule=rule)
    return {"receiver_unit": office.code, "receiver_name": office.name, "routing_rule": rule}


def approve(uow: UnitOfWork, task: TaskContext, answers: Mapping[str, Any]) -> Mapping[str, object]:
    """Keep the approval; an amended receiver replaces the proposed one."""
    row = _row(uow, task.variables)
    if answers.get("decision") == "amend":
        office = find_unit(uow, str(answers.get("receiver_unit") or ""))
        _change(uow, row.id, receiver_unit=office.code, state="approved")
        return {"receiver_unit": office.code, "receiver_name": office.name}
    if answers.get("decision") == "approve":
        _change(uow, row.id, state="approved")
        return {"receiver_unit": row.receiver_unit}
    return {}


def send(uow: UnitOfWork, job: ServiceJob, rulebook: Rulebook) -> Mapping[str, object]:
    """Send the numbered letter with its list of evidence, and block new planning procedures (jinan/79)."""
    row = _row(uow, job.variables)
    receiver = str(job.variables.get("receiver_unit") or row.receiver_unit)
    limit = rulebook.reckon("transfer_accept", uow.now).limit
    content = {
        "opening": "发现下列违法线索，属你单位职权，现将案件及证据移送，请依法处理并按期反馈。",
        "facts": facts(
            ("相对人", row.party_name), ("项目", row.project_name), ("地点", row.site),
            ("涉嫌违法事项", MATTERS.get(row.matter, row.matter)), ("事实", row.facts),
            ("线索来源", row.source), ("归口依据", row.rule),
        ),
        "evidence": list(row.evidence),
        "deadline": f"{limit.title} {limit.text}（{limit.source}）",
        "basis": ["《细则》一、第一段"],
        "closing": "立案、处罚决定、执行完毕后请分别反馈。执行完毕前，对该项目不再办理新的规划手续。",
    }  # fmt: skip
    _, number = write_letter(
        uow, rulebook.city, job, kind="transfer", about=row.id, sender=row.sender_unit, receiver=receiver,
        subject="案件移送函", content=content,
    )  # fmt: skip
    late = row.is_late or (row.sent_at is None and _is_sent_late(uow, row, rulebook))
    _change(uow, row.id, state="sent", sent_at=uow.now, receiver_unit=receiver, number=row.number or number,
            is_late=late)  # fmt: skip
    milestone(uow, row, "sent", by="system", unit=row.sender_unit, letter=number, receiver=receiver)
    _set_block(uow, row, job.variables.get("project_no"))
    return {
        "receiver_unit": receiver, "sent_at": uow.now.isoformat(), "send_round": _next(job), "transfer_number": number,
    }  # fmt: skip


def _is_sent_late(uow: UnitOfWork, row: Row[Any], rulebook: Rulebook) -> bool:
    """Tell whether the first sending is late: by the clock that runs, for it may have been paused or extended."""
    running = (running_limit.c.instance_id == row.instance_id) & (running_limit.c.limit_name == "transfer_send")
    clocks = uow.connection.execute(select(running_limit).where(running).order_by(running_limit.c.id.desc())).all()
    if clocks:
        return any(clock.is_late for clock in clocks) or is_exceeded(clocks[0], uow.now)
    return uow.now >= rulebook.reckon("transfer_send", row.found_at).due_at


def _next(job: ServiceJob) -> int:
    before = job.variables.get("send_round")
    return before + 1 if isinstance(before, int) else 1


def _set_block(uow: UnitOfWork, row: Row[Any], project_no: object) -> None:
    standing = select(hard_block.c.id).where(hard_block.c.transfer_id == row.id, hard_block.c.lifted_at.is_(None))
    if uow.connection.execute(standing).first() is not None:
        return
    found = None
    if row.approval_id is not None:
        found = uow.connection.execute(select(approval).where(approval.c.id == row.approval_id)).one_or_none()
    uow.connection.execute(
        insert(hard_block),
        {
            "id": uow.new_id(),
            "transfer_id": row.id,
            "approval_id": row.approval_id,
            "project_no": found.project_no if found else (str(project_no) if project_no else None),
            "project_code": found.project_code if found else None,
            "party_id": row.party_id or (found.party_id if found else None),
            "project_name": row.project_name,
            "reason": f"案件 {row.business_key} 移送查处，尚未执行完毕",
            "clause": BLOCK_CLAUSE,
            "set_at": uow.now,
            "set_by": "system",
        },
    )


def receive(uow: UnitOfWork, task: TaskContext, answers: Mapping[str, Any]) -> Mapping[str, object]:
    """Accept with a receipt, return with a reason, or name the unit to forward to.

    Raises:
        UnknownUnit, FormInvalid: forwarding to nobody, to oneself or back to the sender.
        ReturnRefused: the unit was designated; it cannot return the case or forward it.
    """
    row, decision = _row(uow, task.variables), answers.get("decision")
    if decision != "accept" and task.variables.get("is_designated"):
        raise errors.ReturnRefused(transfer=row.business_key)
    unit = str(task.variables.get("receiver_unit") or row.receiver_unit)
    late = row.is_late or is_task_late(uow, task.task_id)
    if decision == "accept":
        _, number = write_receipt(
            uow, task.rulebook.city, about=row.id, instance_id=task.instance_id, business_key=task.business_key,
            unit=unit, signed_by=task.actor.login, outcome="accepted", remark=_note(answers),
        )  # fmt: skip
        _change(uow, row.id, state="accepted", accepted_at=uow.now, is_late=late)
        milestone(uow, row, "accepted", by=task.actor.login, unit=unit, receipt=number)
        return {"receipt_number": number}
    if decision == "forward":
        office = find_unit(uow, str(answers.get("forward_unit") or ""))
        if office.code in (unit, row.sender_unit):
            message = "不能转送给本单位或移送单位；不属本单位的请退回"
            raise errors.FormInvalid(errors=[{"field": "forward_unit", "message": message}])
        _change(uow, row.id, is_late=late)
        return {"forward_unit": office.code, "forwarded_by": unit}
    _change(uow, row.id, state="returned", is_late=late)
    milestone(uow, row, "returned", by=task.actor.login, unit=unit, note=_note(answers))
    return {"return_count": int(task.variables.get("return_count") or 0) + 1}


def _note(answers: Mapping[str, Any]) -> str | None:
    return next((str(answers[key]) for key in _NOTES if answers.get(key)), None)


def forward(uow: UnitOfWork, job: ServiceJob, rulebook: Rulebook) -> Mapping[str, object]:
    """Send the letter on to the unit that the receiver named."""
    row = _row(uow, job.variables)
    unit = str(job.variables["forward_unit"])
    milestone(uow, row, "forwarded", by="system", unit=str(job.variables.get("forwarded_by") or ""), to=unit)
    changed = ServiceJob(
        job.id, job.instance_id, job.business_key, job.definition_key, job.element_id, job.topic,
        {**job.variables, "receiver_unit": unit},
    )  # fmt: skip
    return send(uow, changed, rulebook)


def handle_return(uow: UnitOfWork, task: TaskContext, answers: Mapping[str, Any]) -> Mapping[str, object]:
    """Resend, send to another unit, or withdraw."""
    row = _row(uow, task.variables)
    unit = answers.get("new_receiver_unit")
    if answers.get("decision") == "withdraw":
        _change(uow, row.id, state="withdrawn", closed_at=uow.now, close_reason=_note(answers))
        milestone(uow, row, "withdrawn", by=task.actor.login, unit=row.sender_unit, note=_note(answers))
        return {}
    milestone(uow, row, "supplemented", by=task.actor.login, unit=row.sender_unit, note=_note(answers))
    if not unit:
        return {"receiver_unit": row.receiver_unit}
    office = find_unit(uow, str(unit))
    return {"receiver_unit": office.code, "receiver_name": office.name}


def arbitrate(uow: UnitOfWork, task: TaskContext, answers: Mapping[str, Any]) -> Mapping[str, object]:
    """Keep which unit is in charge after two returns (xzcf/25); it cannot return the case again.

    Raises:
        UnknownUnit, FormInvalid: nobody is named, or the sender.
    """
    row, unit = _row(uow, task.variables), task.actor.unit
    if answers.get("decision") == "withdraw":
        _change(uow, row.id, state="withdrawn", closed_at=uow.now, close_reason=_note(answers))
        milestone(uow, row, "withdrawn", by=task.actor.login, unit=unit, note=_note(answers))
        return {}
    office = find_unit(uow, str(answers.get("designated_unit") or ""))
    if office.code == row.sender_unit:
        message = "由移送单位自己查处的，请选择撤回移送"
        raise errors.FormInvalid(errors=[{"field": "designated_unit", "message": message}])
    milestone(uow, row, "designated", by=task.actor.login, unit=unit, to=office.code, note=_note(answers),
              document_no=answers.get("designation_document"))  # fmt: skip
    return {"receiver_unit": office.code, "receiver_name": office.name, "is_designated": True}


def report(uow: UnitOfWork, task: TaskContext, answers: Mapping[str, Any]) -> Mapping[str, object]:
    """Keep a milestone that the receiver reports back: filing, decision, execution."""
    row = _row(uow, task.variables)
    kinds = {"report_filing": "filed", "report_decision": "decided", "report_execution": "executed"}
    kind = "not_filed" if answers.get("decision") == "not_filed" else kinds[task.element_id]
    day = next((answers[key] for key in _DAYS if answers.get(key)), None)
    detail = {key: value for key, value in answers.items() if key not in ("document_no", "happened_on")}
    milestone(uow, row, kind, by=task.actor.login, unit=str(row.receiver_unit), happened_on=day,
              document_no=answers.get("decision_document") or answers.get("case_no"), **detail)  # fmt: skip
    _change(uow, row.id, state=kind)
    return {}


def lift_block(uow: UnitOfWork, job: ServiceJob, _rulebook: Rulebook) -> Mapping[str, object]:
    """Lift the block: the penalty is executed, the case was not filed, or the transfer is withdrawn."""
    row = _row(uow, job.variables)
    uow.connection.execute(
        update(hard_block)
        .where(hard_block.c.transfer_id == row.id, hard_block.c.lifted_at.is_(None))
        .values(lifted_at=uow.now, lifted_by="system", lift_reason=_LIFTED.get(row.state, row.state))
    )
    return {}


def close(uow: UnitOfWork, task: TaskContext, answers: Mapping[str, Any]) -> Mapping[str, object]:
    """Confirm that everything came back, and close."""
    row = _row(uow, task.variables)
    milestone(uow, row, "closed", by=task.actor.login, unit=row.sender_unit, note=_note(answers))
    _change(uow, row.id, state="closed", closed_at=uow.now, close_reason=_note(answers))
    return {}
