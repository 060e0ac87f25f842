"""Duties to supervise: pushed, claimed, returned, arbitrated, planned, fed back."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import Row, insert, select, update

from engine.handlers import ServiceJob
from workflows import errors
from workflows.directory import find_unit
from workflows.items import assignment_for
from workflows.letter_book import facts, write_letter, write_receipt
from workflows.process import TaskContext
from workflows.records.approvals import approval
from workflows.records.cases import duty
from workflows.rulebook import Rulebook
from workflows.uow import UnitOfWork, local_day_of

RETURN_CODES = {
    "not_our_business": "业务范围内无此事项",
    "outside_remit": "不属于本部门职责",
    "other_area": "不在本辖区",
    "incomplete": "推送信息不完整",
    "other": "其他",
}


def push(uow: UnitOfWork, job: ServiceJob, rulebook: Rulebook) -> Mapping[str, object]:
    """Create one duty and one letter per supervising unit of the item (zz2020/2.1)."""
    variables = job.variables
    found = assignment_for(uow, str(variables["item_code"]), str(variables["area"]), local_day_of(uow.now))
    units = variables.get("supervising_units") or found.supervising_units
    routing = variables.get("routing")
    kind = str(routing.get("kind", "supervise")) if isinstance(routing, Mapping) else "supervise"
    duties = [_new_duty(uow, job, rulebook, str(unit), kind=kind) for unit in _texts(units)]
    return {"duties": duties}


def _texts(value: object) -> Sequence[str]:
    return [str(item) for item in value] if isinstance(value, Iterable) and not isinstance(value, str) else []


def _new_duty(  # noqa: PLR0913 - a duty has these parts
    uow: UnitOfWork, job: ServiceJob, rulebook: Rulebook, unit: str, *, kind: str, round_number: int = 1,
    is_final: bool = False, previous: UUID | None = None,
) -> dict[str, object]:  # fmt: skip
    variables = job.variables
    office = find_unit(uow, unit)
    duty_id = uow.new_id()
    row = {
        "id": duty_id, "approval_id": UUID(str(variables["approval_id"])), "instance_id": job.instance_id,
        "business_key": job.business_key, "kind": kind, "round": round_number, "unit": unit, "state": "pushed",
        "is_final": is_final, "pushed_at": uow.now, "is_late": False, "previous_id": previous,
    }  # fmt: skip
    uow.connection.execute(insert(duty), row)
    claim = rulebook.reckon("claim", uow.now, item=str(variables["item_code"]))
    routing = variables.get("routing")
    focus = routing.get("focus") if isinstance(routing, Mapping) else None
    content = {
        "opening": "下列审批事项已办结，现将后续监管责任推送你单位，请在时限内认领；非你单位职责的，请注明理由退回。"
        if kind == "supervise"
        else "下列申请未获准予或已撤回，现作为监管线索推送你单位，请关注是否未批先建、未批先占。",
        "facts": facts(
            ("事项", variables.get("item_name")), ("相对人", variables.get("party_name")),
            ("项目", variables.get("project_name")), ("文书号", variables.get("document_no")),
            ("业务编号", job.business_key), ("监管重点", focus),
        ),
        "deadline": f"{claim.limit.title} {claim.limit.text}（{claim.limit.source}）",
        "basis": ["《细则》二（一）"],
        "closing": "特此推送。",
    }  # fmt: skip
    write_letter(
        uow, rulebook.city, job, kind="push", about=duty_id, sender=str(variables["approving_unit"]), receiver=unit,
        subject="审批信息推送单", content=content,
    )  # fmt: skip
    return {
        "duty_id": str(duty_id), "unit": unit, "unit_name": office.short_name, "round": round_number,
        "is_final": is_final, "kind": kind, "pushed_at": uow.now.isoformat(),
    }  # fmt: skip


def row_of(uow: UnitOfWork, variables: Mapping[str, Any]) -> Row[Any]:
    """Return the row of the duty a task is about."""
    key = UUID(str(variables["duty"]["duty_id"]))
    return uow.connection.execute(select(duty).where(duty.c.id == key)).one()


def _change(uow: UnitOfWork, duty_id: UUID, **values: object) -> None:
    uow.connection.execute(update(duty).where(duty.c.id == duty_id).values(**values))


def claim(uow: UnitOfWork, task: TaskContext, answers: Mapping[str, Any]) -> Mapping[str, object]:
    """Claim a duty with a numbered receipt, or return it with a coded reason.

    Raises:
        ReturnRefused: the duty was arbitrated; it cannot be returned a second time.
    """
    row = row_of(uow, task.variables)
    due = task.rulebook.reckon("claim", row.pushed_at, item=task.variables.get("item_code")).due_at
    late = row.is_late or uow.now >= due
    if answers.get("decision") == "claim":
        _change(uow, row.id, state="claimed", claimed_at=uow.now, claimed_by=task.actor.login,
                officer=task.actor.login, is_late=late)  # fmt: skip
        _, number = write_receipt(
            uow, task.rulebook.city, about=row.id, instance_id=task.instance_id, business_key=task.business_key,
            unit=row.unit, signed_by=task.actor.login, outcome="claimed", remark=answers.get("note"),
        )  # fmt: skip
        return {"receipt_number": number}
    if row.is_final:
        raise errors.ReturnRefused(duty=str(row.id))
    code = str(answers.get("return_code") or "other")
    _change(uow, row.id, state="returned", return_code=code, return_note=answers.get("note"), returned_at=uow.now,
            returned_by=task.actor.login, is_late=late)  # fmt: skip
    return {"return_code": code, "suggested_unit": answers.get("suggested_unit")}


def reroute(uow: UnitOfWork, job: ServiceJob, rulebook: Rulebook) -> Mapping[str, object]:
    """Push a returned duty to the unit that the returning one named."""
    return {"duty": _next_round(uow, job, rulebook, str(job.variables["suggested_unit"]), is_final=False)}


def _next_round(
    uow: UnitOfWork, job: ServiceJob, rulebook: Rulebook, unit: str, *, is_final: bool
) -> dict[str, object]:
    old = row_of(uow, job.variables)
    return _new_duty(
        uow, job, rulebook, unit, kind=old.kind, round_number=old.round + 1, is_final=is_final, previous=old.id
    )


def arbitrate(uow: UnitOfWork, task: TaskContext, answers: Mapping[str, Any]) -> Mapping[str, object]:
    """Keep what the policy section decided, and why."""
    row = row_of(uow, task.variables)
    if answers.get("decision") == "reroute":
        find_unit(uow, str(answers.get("arbitrated_unit") or ""))
    decided = {**answers, "by": task.actor.login, "at": uow.now.isoformat()}
    _change(uow, row.id, state="disputed", arbitration=decided)
    return {}


def apply_arbitration(uow: UnitOfWork, job: ServiceJob, rulebook: Rulebook) -> Mapping[str, object]:
    """Open the final round at the unit decided upon, or end the duty."""
    decision, row = job.variables.get("decision"), row_of(uow, job.variables)
    if decision == "withdraw":
        _change(uow, row.id, state="withdrawn")
        return {}
    unit = str(job.variables["arbitrated_unit"]) if decision == "reroute" else row.unit
    return {"duty": _next_round(uow, job, rulebook, unit, is_final=True)}


def plan(uow: UnitOfWork, task: TaskContext, answers: Mapping[str, Any]) -> Mapping[str, object]:
    """Keep the supervision plan."""
    row = row_of(uow, task.variables)
    _change(uow, row.id, state="planned", plan={**answers, "by": task.actor.login}, planned_at=uow.now)
    return {}


def feed_back(uow: UnitOfWork, task: TaskContext, answers: Mapping[str, Any]) -> Mapping[str, object]:
    """Keep the result that goes back to the approval bureau."""
    row = row_of(uow, task.variables)
    _change(uow, row.id, state="fed_back", feedback={**answers, "by": task.actor.login}, fed_back_at=uow.now)
    return {}


def repush(uow: UnitOfWork, job: ServiceJob, rulebook: Rulebook) -> Mapping[str, object]:
    """Withdraw what was pushed and push the changed decision anew; late flags stay where they are."""
    open_rows = _open_duties(uow, job)
    last = max((row.round for row in open_rows), default=0)
    for row in open_rows:
        _change(uow, row.id, state="superseded")
    found = assignment_for(uow, str(job.variables["item_code"]), str(job.variables["area"]), local_day_of(uow.now))
    units = job.variables.get("supervising_units") or found.supervising_units
    routing = job.variables.get("routing")
    kind = str(routing.get("kind", "supervise")) if isinstance(routing, Mapping) else "supervise"
    made = [_new_duty(uow, job, rulebook, unit, kind=kind, round_number=last + 1) for unit in _texts(units)]
    return {"duties": made, "is_changed": True}


def withdraw(uow: UnitOfWork, job: ServiceJob, _rulebook: Rulebook) -> Mapping[str, object]:
    """End all duties of a withdrawn decision."""
    for row in _open_duties(uow, job):
        _change(uow, row.id, state="withdrawn")
    return {}


def _open_duties(uow: UnitOfWork, job: ServiceJob) -> Sequence[Row[Any]]:
    states = ("withdrawn", "superseded")
    return uow.connection.execute(
        select(duty).where(duty.c.instance_id == job.instance_id, duty.c.state.not_in(states))
    ).all()


def archive(uow: UnitOfWork, job: ServiceJob, _rulebook: Rulebook) -> Mapping[str, object]:
    """Close the file: the results are with the approval bureau."""
    count = len(_open_duties(uow, job))
    row = uow.connection.execute(select(approval.c.id).where(approval.c.instance_id == job.instance_id)).first()
    return {"archived_duties": count, "archived_approval": str(row.id) if row else None}
