"""Duties to supervise: pushed, rerouted, arbitrated, pushed again, withdrawn, archived."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import Row, bindparam, insert, select, update

from engine.handlers import ServiceJob
from workflows.as_of.changes import remember
from workflows.directory import find_unit
from workflows.items import assignment_for
from workflows.letter_book import facts, write_letter
from workflows.notices import notify
from workflows.records.approvals import approval
from workflows.records.cases import duty
from workflows.rulebook import Rulebook
from workflows.uow import UnitOfWork, local_day_of

RETURN_CODES = {
    "not_our_business": "不属于本单位业务范围",
    "outside_remit": "超出本单位职责权限",
    "other_area": "地址不在本辖区",
    "incomplete": "推送信息有误或缺失",
    "other": "其他",
}
OPEN_STATES = ("pushed", "claimed", "planned", "disputed")
ENDED_STATES = ("withdrawn", "superseded")
_DUTY = select(duty).where(duty.c.id == bindparam("wanted"))
_OPENINGS = {
    "supervise": "下列审批事项已办结，现将后续监管责任推送你单位，请在时限内认领；非你单位职责的，请注明理由退回。",
    "lead": "下列申请未获准予或已撤回，现作为监管线索推送你单位，请关注是否未批先建、未批先占。",
}


def push(uow: UnitOfWork, job: ServiceJob, rulebook: Rulebook) -> Mapping[str, object]:
    """Create one duty and one letter per supervising unit of the item (zz2020/2.1)."""
    kind = _routed_kind(job.variables)
    return {"duties": [new_duty(uow, job, rulebook, unit, kind=kind) for unit in _units(uow, job)]}


def _routed_kind(variables: Mapping[str, Any]) -> str:
    routing = variables.get("routing")
    return str(routing.get("kind", "supervise")) if isinstance(routing, Mapping) else "supervise"


def _units(uow: UnitOfWork, job: ServiceJob) -> Sequence[str]:
    """Return the units the case names, else those that the catalogue names today."""
    variables = job.variables
    given = variables.get("supervising_units")
    if isinstance(given, Iterable) and not isinstance(given, str) and given:
        return list(dict.fromkeys(str(unit) for unit in given))
    found = assignment_for(uow, str(variables["item_code"]), str(variables["area"]), local_day_of(uow.now))
    return found.supervising_units


def new_duty(  # noqa: PLR0913 - a duty has these parts
    uow: UnitOfWork, job: ServiceJob, rulebook: Rulebook, unit: str, *, kind: str, round_number: int = 1,
    is_final: bool = False, previous: UUID | None = None,
) -> dict[str, object]:  # fmt: skip
    """Write one duty with its letter; answers what the diagram carries on."""
    office = find_unit(uow, unit)
    duty_id = uow.new_id()
    row = {
        "id": duty_id, "approval_id": UUID(str(job.variables["approval_id"])), "instance_id": job.instance_id,
        "business_key": job.business_key, "kind": kind, "round": round_number, "unit": unit, "state": "pushed",
        "is_final": is_final, "pushed_at": uow.now, "is_late": False, "previous_id": previous,
    }  # fmt: skip
    uow.connection.execute(insert(duty), row)
    _write_push(uow, job, rulebook, row)
    return {
        "duty_id": str(duty_id), "unit": unit, "unit_name": office.short_name, "round": round_number,
        "is_final": is_final, "kind": kind, "pushed_at": uow.now.isoformat(),
    }  # fmt: skip


def _write_push(uow: UnitOfWork, job: ServiceJob, rulebook: Rulebook, row: Mapping[str, Any]) -> None:
    variables = job.variables
    claim = rulebook.reckon("claim", uow.now, item=str(variables["item_code"]))
    routing = variables.get("routing")
    focus = routing.get("focus") if isinstance(routing, Mapping) else None
    final = "本次推送经裁定确定归口，不得再退回。" if row["is_final"] else ""
    changed = "审批决定已更正，本单替代此前推送。" if variables.get("is_changed") else ""
    content = {
        "opening": _OPENINGS.get(str(row["kind"]), _OPENINGS["supervise"]) + final + changed,
        "facts": [
            *facts(("事项", variables.get("item_name"))), *_approved(uow, row["approval_id"]),
            *facts(("相对人", variables.get("party_name")), ("项目", variables.get("project_name")),
                   ("业务编号", job.business_key), ("监管重点", focus)),
        ],
        "deadline": f"{claim.limit.title} {claim.limit.text}（{claim.limit.source}）",
        "basis": ["《细则》二（一）"],
        "closing": "特此推送。",
    }  # fmt: skip
    write_letter(
        uow, rulebook.city, job, kind="push", about=row["id"], sender=str(variables["approving_unit"]),
        receiver=str(row["unit"]), subject="审批信息推送单", content=content,
    )  # fmt: skip


def _approved(uow: UnitOfWork, approval_id: UUID) -> list[dict[str, str]]:
    """Return what the receiver has to know of the decision itself."""
    row = uow.connection.execute(select(approval).where(approval.c.id == approval_id)).one()
    valid = " 至 ".join(str(day) for day in (row.valid_from, row.valid_to) if day is not None)
    return facts(
        ("文书号", row.document_no), ("许可证号", row.licence_no), ("有效期", valid), ("地点", row.site),
        ("决定日期", local_day_of(row.decided_at).isoformat()),
    )  # fmt: skip


def row_of(uow: UnitOfWork, variables: Mapping[str, Any]) -> Row[Any]:
    """Return the row of the duty a step is about."""
    return uow.connection.execute(_DUTY, {"wanted": UUID(str(variables["duty"]["duty_id"]))}).one()


def change(uow: UnitOfWork, duty_id: UUID, **values: object) -> None:
    """Write columns of a duty; one that ends keeps when."""
    if values.get("state") in ENDED_STATES:
        values["ended_at"] = uow.now
    remember(uow, duty, duty_id, values)
    uow.connection.execute(update(duty).where(duty.c.id == duty_id).values(**values))


def reroute(uow: UnitOfWork, job: ServiceJob, rulebook: Rulebook) -> Mapping[str, object]:
    """Push a returned duty to the unit that the returning one named."""
    return {"duty": _next_round(uow, job, rulebook, str(job.variables["suggested_unit"]), is_final=False)}


def _next_round(
    uow: UnitOfWork, job: ServiceJob, rulebook: Rulebook, unit: str, *, is_final: bool
) -> dict[str, object]:
    old = row_of(uow, job.variables)
    return new_duty(
        uow, job, rulebook, unit, kind=old.kind, round_number=old.round + 1, is_final=is_final, previous=old.id
    )


def apply_arbitration(uow: UnitOfWork, job: ServiceJob, rulebook: Rulebook) -> Mapping[str, object]:
    """Open the final round at the unit decided upon, or end the duty."""
    decision, row = job.variables.get("decision"), row_of(uow, job.variables)
    change(uow, row.id, state="withdrawn" if decision == "withdraw" else "returned")
    if decision == "withdraw":
        return {}
    unit = str(job.variables["arbitrated_unit"]) if decision == "reroute" else row.unit
    return {"duty": _next_round(uow, job, rulebook, unit, is_final=True)}


def repush(uow: UnitOfWork, job: ServiceJob, rulebook: Rulebook) -> Mapping[str, object]:
    """Replace the open duties by new ones for the changed decision; what was late or fed back stays written."""
    last = max((row.round for row in _duties(uow, job)), default=0)
    for row in _open_duties(uow, job):
        change(uow, row.id, state="superseded")
    routing = _rerouted(job.variables)
    changed = ServiceJob(
        job.id, job.instance_id, job.business_key, job.definition_key, job.element_id, job.topic,
        {**job.variables, "is_changed": True, "routing": routing},
    )  # fmt: skip
    made = [
        new_duty(uow, changed, rulebook, unit, kind=str(routing["kind"]), round_number=last + 1)
        for unit in _units(uow, job)
    ]
    return {"duties": made, "is_changed": True, "routing": routing}


def _rerouted(variables: Mapping[str, Any]) -> dict[str, object]:
    """Return the routing; a correction that turns a permit into a refusal (or back) turns the duty with it."""
    routing = variables.get("routing")
    known: dict[str, object] = {"kind": "supervise", **(routing if isinstance(routing, Mapping) else {})}
    kind = "supervise" if variables.get("result") == "granted" else "lead"
    return known if known["kind"] == kind else {**known, "kind": kind, "focus": None}


def withdraw(uow: UnitOfWork, job: ServiceJob, _rulebook: Rulebook) -> Mapping[str, object]:
    """End the open duties of a withdrawn decision and tell the units that had them."""
    for row in _open_duties(uow, job):
        change(uow, row.id, state="withdrawn")
        roles = ("section_officer", "section_head", "district_officer")
        notify(uow, [f"{row.unit}/{role}" for role in roles], kind="withdrawn",
               text=f"审批决定已撤回，监管责任终止：{job.variables.get('project_name') or ''}",
               business_key=job.business_key)  # fmt: skip
    return {}


def _duties(uow: UnitOfWork, job: ServiceJob) -> Sequence[Row[Any]]:
    return uow.connection.execute(select(duty).where(duty.c.instance_id == job.instance_id)).all()


def _open_duties(uow: UnitOfWork, job: ServiceJob) -> Sequence[Row[Any]]:
    return [row for row in _duties(uow, job) if row.state in OPEN_STATES]


def archive(uow: UnitOfWork, job: ServiceJob, _rulebook: Rulebook) -> Mapping[str, object]:
    """Close the file: the results are with the approval bureau."""
    count = sum(row.state == "fed_back" for row in _duties(uow, job))
    row = uow.connection.execute(select(approval.c.id).where(approval.c.instance_id == job.instance_id)).first()
    return {"archived_duties": count, "archived_approval": str(row.id) if row else None}
