"""Who handles a complaint: the rule's answer, or a person's when the rule has none; returned at most once."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import Row

from engine.handlers import ServiceJob
from workflows import errors
from workflows.complaints.access import refuse_barred
from workflows.complaints.channels import channel_of
from workflows.complaints.informants import cleared_answers
from workflows.complaints.store import BASIS, about, change, count_of, name_of, row_of, tell, until, write_to_informant
from workflows.complaints.words import KINDS, MATTERS
from workflows.directory import Unit, find_unit, unit_chain, unit_of_kind
from workflows.items import assignment_for
from workflows.letter_book import facts, write_letter
from workflows.process import TaskContext
from workflows.rulebook import Rulebook
from workflows.uow import UnitOfWork, local_day_of

_UNDECIDED = "dispatcher"


def propose_unit(uow: UnitOfWork, job: ServiceJob, _rulebook: Rulebook) -> Mapping[str, object]:
    """Find the unit the rule names in the area; say why when there is none, and never guess."""
    row, routing = row_of(uow, job.variables), dict(_mapping(job.variables["routing"]))
    office, reason = _office(uow, row, str(routing["target"]), str(routing["reason"]))
    kept = {**routing, "reason": reason, "by": "rule" if office else "person"}
    change(uow, row.id, routing=kept, unit=office.code if office else None)
    if office is None:
        tell(uow, row.id, "undecided", "system", reason=reason)
    else:
        tell(uow, row.id, "routed", "system", office.code, rule=routing["rule"])
    return {
        "is_decided": office is not None, "unit": office.code if office else None, "is_outside": False,
        "unit_name": office.short_name if office else None, "routing_reason": reason,
        "routing_rule": routing["rule"],
    }  # fmt: skip


def _office(uow: UnitOfWork, row: Row[Any], target: str, reason: str) -> tuple[Unit | None, str]:
    if target == _UNDECIDED:
        return None, reason
    if target == "item_unit":
        owner = assignment_for(uow, row.item_code, row.area, local_day_of(row.received_at))
        office: Unit | None = find_unit(uow, owner.supervising_units[0])
    else:
        office = unit_of_kind(uow, target, row.area)
    if office is None:
        return None, "该属地没有登记规则要求的这类单位"
    if row.accused_unit in unit_chain(uow, office.code):
        return None, "规则选出的是被反映的单位，不得承办"
    return office, ""


def dispatch(uow: UnitOfWork, task: TaskContext, answers: Mapping[str, Any]) -> Mapping[str, object]:
    """Keep whom a person names, and why."""
    return _named(uow, task, answers, "dispatched", {})


def arbitrate(uow: UnitOfWork, task: TaskContext, answers: Mapping[str, Any]) -> Mapping[str, object]:
    """Keep whom the arbiter names; whoever is named now cannot return it again."""
    return _named(uow, task, answers, "arbitrated", {"is_designated": True})


def _named(
    uow: UnitOfWork, task: TaskContext, answers: Mapping[str, Any], event: str, more: Mapping[str, object]
) -> Mapping[str, object]:
    row, actor = row_of(uow, task.variables), task.actor
    refuse_barred(uow, actor, row)
    clean = cleared_answers(uow, actor, row.id, answers, ("decision_reason", "outside_organ"))
    kept = {**(row.routing or {}), "by": "person", "note": clean["decision_reason"]}
    if answers["dispatch_to"] == "outside":
        change(uow, row.id, routing=kept, unit=None)
        tell(uow, row.id, event, actor.login, actor.unit, to=clean["outside_organ"], reason=clean["decision_reason"])
        return {**clean, **more, "is_outside": True, "unit": None, "outside_organ": clean["outside_organ"]}
    office = find_unit(uow, str(answers["target_unit"]))
    if row.accused_unit in unit_chain(uow, office.code):
        message = "被反映的单位不能承办，请指定其他单位"
        raise errors.FormInvalid(errors=[{"field": "target_unit", "code": "invalid", "message": message}])
    change(uow, row.id, routing=kept, unit=office.code)
    tell(uow, row.id, event, actor.login, actor.unit, to=office.short_name, reason=clean["decision_reason"])
    return {**clean, **more, "is_outside": False, "unit": office.code, "unit_name": office.short_name}


def assign_unit(uow: UnitOfWork, job: ServiceJob, rulebook: Rulebook) -> Mapping[str, object]:
    """Send the complaint to its unit in writing, without the informant, and start the clock of the acceptance."""
    row, city, given = row_of(uow, job.variables), rulebook.city, job.variables
    channel = channel_of(city.folder, row.channel)
    turn = count_of(given, "accept_round") + 1
    anchor = uow.now if turn > 1 else row.received_at
    routing = row.routing or {}
    clock = rulebook.reckon(channel.accept_limit, anchor, item=row.item_code or None)
    final = (
        "本件已经裁定，不得再次退回。" if given["is_designated"] else "不属你单位职责的，请在受理期限内退回并说明理由。"
    )
    content = {
        "opening": "现将下列投诉举报转你单位办理。",
        "facts": facts(
            *about(row), ("来源", channel.title), ("类别", KINDS[row.kind]), ("反映的事情", MATTERS[row.matter]),
            ("反映的内容", row.content), ("分派依据", routing.get("note") or routing.get("rule")),
        ),
        "deadline": f"{clock.limit.title} {clock.limit.text}，{until(clock.due_at)}（{clock.limit.source}）",
        "basis": BASIS,
        "closing": f"投诉人信息依规保密，不随件转送。{final}",
    }  # fmt: skip
    _, number = write_letter(
        uow, city, job, kind="complaint_dispatch", about=row.id, sender=city.policy_unit, receiver=str(given["unit"]),
        subject="投诉举报转办单", content=content,
    )  # fmt: skip
    change(uow, row.id, state="assigned", unit=given["unit"])
    tell(uow, row.id, "assigned", "system", str(given["unit"]), letter=number, to=name_of(uow, str(given["unit"])))
    return {
        "accept_limit": channel.accept_limit, "accept_anchor_at": anchor.isoformat(),
        "accept_warn_at": clock.warn_at.isoformat(), "accept_due_at": clock.due_at.isoformat(),
        "accept_round": turn, "decision": None, "decision_reason": None,
    }  # fmt: skip


def transfer_out(uow: UnitOfWork, job: ServiceJob, rulebook: Rulebook) -> Mapping[str, object]:
    """Pass the complaint to an organ outside the platform, and tell whoever complained."""
    row, city = row_of(uow, job.variables), rulebook.city
    organ = str(job.variables["outside_organ"])
    content = {
        "receiver": organ,
        "opening": "收到下列投诉举报，属你单位职责，现转送，请依法处理。",
        "facts": facts(*about(row), ("反映的内容", row.content)),
        "basis": BASIS,
        "closing": "投诉人信息依规保密，确需联系的请与我单位联系。",
    }
    _, number = write_letter(
        uow, city, job, kind="complaint_transfer", about=row.id, sender=city.policy_unit, receiver="",
        subject="投诉举报转送函", content=content,
    )  # fmt: skip
    told = {
        "opening": f"您反映的事项属于{organ}的职责，我们已经转送该单位处理。",
        "facts": facts(*about(row), ("转送单位", organ)),
        "closing": "办理情况请向该单位了解。",
    }
    write_to_informant(uow, rulebook, row, "complaint_transfer", "投诉举报转送告知书", told)
    change(uow, row.id, state="transferred", closed_at=uow.now)
    tell(uow, row.id, "transferred", "system", "", letter=number, to=organ)
    return {}


def _mapping(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}
