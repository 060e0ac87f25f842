"""What the offices answer about a duty: checked, claimed or returned, arbitrated, planned, fed back, signed for."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import Row

from workflows import errors
from workflows.clocks import is_task_late
from workflows.directory import find_unit
from workflows.duties import RETURN_CODES, change, row_of
from workflows.letter_book import facts, write_letter, write_receipt
from workflows.process import TaskContext
from workflows.uow import UnitOfWork

RESULTS = {
    "compliant": "未发现问题",
    "not_started": "尚未实施",
    "rectified": "发现问题，已整改",
    "rectifying": "责令整改，待复查",
    "violation": "发现违法，已立案或移送",
}
ADVICE = {"none": "无", "make_up": "补办手续", "restrict": "暂缓办理后续手续", "revoke": "建议撤销许可"}


def check(uow: UnitOfWork, _task: TaskContext, answers: Mapping[str, Any]) -> Mapping[str, object]:
    """Accept only units that exist as those to push to.

    Raises:
        FormInvalid: a unit is no supervising office.
    """
    units = answers.get("supervising_units") or []
    for code in units:
        if find_unit(uow, str(code)).kind != "natural_resources":
            raise errors.FormInvalid(errors=[{"field": "supervising_units", "message": "请选择自然资源和规划单位"}])
    return {}


def claim(uow: UnitOfWork, task: TaskContext, answers: Mapping[str, Any]) -> Mapping[str, object]:
    """Claim a duty with a numbered receipt, or return it with a coded reason and a letter.

    Raises:
        ReturnRefused: the duty was arbitrated; it cannot be returned a second time.
    """
    row = row_of(uow, task.variables)
    late = row.is_late or is_task_late(uow, task.task_id)
    if answers.get("decision") == "claim":
        change(uow, row.id, state="claimed", claimed_at=uow.now, claimed_by=task.actor.login,
               officer=task.actor.login, is_late=late)  # fmt: skip
        _, number = write_receipt(
            uow, task.rulebook.city, about=row.id, instance_id=task.instance_id, business_key=task.business_key,
            unit=row.unit, signed_by=task.actor.login, outcome="claimed", remark=answers.get("note"),
        )  # fmt: skip
        return {"receipt_number": number}
    if row.is_final:
        raise errors.ReturnRefused(duty=str(row.id))
    return _returned(uow, task, row, answers, late=late)


def _returned(
    uow: UnitOfWork, task: TaskContext, row: Row[Any], answers: Mapping[str, Any], *, late: bool
) -> Mapping[str, object]:
    code = str(answers.get("return_code") or "other")
    suggested = answers.get("suggested_unit") or None
    if suggested == row.unit:
        raise errors.FormInvalid(errors=[{"field": "suggested_unit", "message": "建议单位不能是本单位"}])
    name = find_unit(uow, str(suggested)).name if suggested else None
    change(uow, row.id, state="returned", return_code=code, return_note=answers.get("note"), returned_at=uow.now,
           returned_by=task.actor.login, is_late=late)  # fmt: skip
    content = {
        "opening": "下列监管责任经核对不属我单位承担，现予退回。",
        "facts": facts(
            ("事项", task.variables.get("item_name")), ("相对人", task.variables.get("party_name")),
            ("业务编号", task.business_key), ("退回理由", RETURN_CODES.get(code, code)),
            ("说明", answers.get("note")), ("建议单位", name),
        ),
        "basis": ["《细则》一（二）"],
        "closing": "请改派或裁定归口。",
    }  # fmt: skip
    write_letter(
        uow, task.rulebook.city, task, kind="return", about=row.id, sender=row.unit,
        receiver=str(task.variables["approving_unit"]), subject="监管责任退回单", content=content, by=task.actor.login,
    )  # fmt: skip
    return {"return_code": code, "suggested_unit": suggested}


def arbitrate(uow: UnitOfWork, task: TaskContext, answers: Mapping[str, Any]) -> Mapping[str, object]:
    """Keep what the policy section decided, and why."""
    row = row_of(uow, task.variables)
    if answers.get("decision") == "reroute":
        find_unit(uow, str(answers.get("arbitrated_unit") or ""))
    decided = {**answers, "by": task.actor.login, "at": uow.now.isoformat()}
    change(uow, row.id, state="disputed", arbitration=decided)
    return {}


def plan(uow: UnitOfWork, task: TaskContext, answers: Mapping[str, Any]) -> Mapping[str, object]:
    """Keep the supervision plan."""
    row = row_of(uow, task.variables)
    change(uow, row.id, state="planned", plan={**answers, "by": task.actor.login}, planned_at=uow.now)
    return {}


def feed_back(uow: UnitOfWork, task: TaskContext, answers: Mapping[str, Any]) -> Mapping[str, object]:
    """Keep the result and send it to the approval bureau as a letter."""
    row = row_of(uow, task.variables)
    change(uow, row.id, state="fed_back", feedback={**answers, "by": task.actor.login}, fed_back_at=uow.now)
    result, advice = str(answers.get("feedback_result") or ""), str(answers.get("advice") or "")
    content = {
        "opening": "你单位推送的下列事项已开展监管，现将结果反馈。",
        "facts": facts(
            ("事项", task.variables.get("item_name")), ("相对人", task.variables.get("party_name")),
            ("项目", task.variables.get("project_name")), ("业务编号", task.business_key),
            ("检查日期", answers.get("checked_on")), ("监管结果", RESULTS.get(result, result)),
            ("检查情况", answers.get("feedback_note")), ("对审批的建议", ADVICE.get(advice, advice)),
            ("移送案件", answers.get("transfer_no")),
        ),
        "basis": ["《细则》一（二）"],
        "closing": "请签收，并在今后的审批中参考。",
    }  # fmt: skip
    write_letter(
        uow, task.rulebook.city, task, kind="feedback", about=row.id, sender=row.unit,
        receiver=str(task.variables["approving_unit"]), subject="监管反馈单", content=content, by=task.actor.login,
    )  # fmt: skip
    return {}


def acknowledge(uow: UnitOfWork, task: TaskContext, answers: Mapping[str, Any]) -> Mapping[str, object]:
    """Sign for the feedback of all units with one numbered receipt."""
    _, number = write_receipt(
        uow, task.rulebook.city, about=task.variables["approval_id"], instance_id=task.instance_id,
        business_key=task.business_key, unit=str(task.variables["approving_unit"]), signed_by=task.actor.login,
        outcome="acknowledged", remark=answers.get("acknowledge_note"),
    )  # fmt: skip
    return {"receipt_number": number}
