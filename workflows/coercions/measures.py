"""Seals and seizures: approved before, or within a day after; thirty days, once thirty more (xzqz/18 to 28)."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Row

from engine.handlers import ServiceJob
from workflows.clocks import is_task_late
from workflows.coercions.store import change, goods_of, note_act, row_of
from workflows.coercions.words import DISPOSALS, MEASURES
from workflows.directory import names_of
from workflows.letter_book import facts, write_letter
from workflows.penalties.store import outsider, refuse
from workflows.process import TaskContext
from workflows.rulebook import Rulebook
from workflows.uow import UnitOfWork, chinese_date, local_day_of

_SUBJECTS = {
    "coercion_decision": "{}决定书", "coercion_list": "{}清单", "coercion_extension": "延长{}期限决定书",
    "coercion_lifting": "解除（处理）{}决定书",
}  # fmt: skip
_REMEDIES = "可以在六十日内申请行政复议，或者在六个月内向人民法院起诉。"


def approve(uow: UnitOfWork, task: TaskContext, answers: Mapping[str, Any]) -> Mapping[str, object]:
    """Let the head approve before anything is done.

    Raises:
        SamePerson: the head carries the measure out himself.
    """
    row = row_of(uow, task.variables)
    outsider(row, task.actor)
    if answers["decision"] == "approve":
        change(uow, row, state="approved", approved_at=uow.now, approved_by=task.actor.login)
    else:
        change(uow, row, state="refused", result={"note": answers.get("measure_note")}, closed_at=uow.now)
    return {}


def confirm(uow: UnitOfWork, task: TaskContext, answers: Mapping[str, Any]) -> Mapping[str, object]:
    """Let the head approve what was urgent; after twenty-four hours it is late for ever."""
    row = row_of(uow, task.variables)
    outsider(row, task.actor)
    late = is_task_late(uow, task.task_id)
    if answers["decision"] == "approve":
        change(uow, row, approved_at=uow.now, approved_by=task.actor.login, is_late=late)
        return {}
    result = {"disposal": "not_needed", "note": answers.get("measure_note"), "by": task.actor.login}
    change(uow, row, is_late=late, result=result)
    return {"disposal": "not_needed"}


def implement(uow: UnitOfWork, task: TaskContext, answers: Mapping[str, Any]) -> Mapping[str, object]:
    """Keep what was done on the spot.

    Raises:
        FormInvalid: it was done before the approval.
    """
    row, at = row_of(uow, task.variables), datetime.fromisoformat(str(answers["implemented_at"]))
    if at < row.approved_at.replace(second=0, microsecond=0):
        refuse("implemented_at", "实施前须经批准；紧急情况下先实施的，应当另行提出并补办批准")
    scene = {name: answers.get(name) for name in ("presence", "witness", "party_words")}
    change(uow, row, implemented_at=at, goods=goods_of(answers["goods"]), scene={**scene, "by": task.actor.login})
    return {}


def issue(uow: UnitOfWork, job: ServiceJob, rulebook: Rulebook) -> Mapping[str, object]:
    """Write decision and list; the thirty days count from the measure."""
    row = row_of(uow, job.variables)
    term = rulebook.reckon("coercion_term", row.implemented_at)
    last = local_day_of(term.due_at - timedelta(microseconds=1))
    names = names_of(uow, row.officers)
    content = {
        "receiver": row.party_name, "opening": f"本机关依法对下列场所、设施或者财物实施{MEASURES[row.measure]}。",
        "facts": facts(
            ("当事人", row.party_name), ("证件号码", row.party_code), ("地点", row.site), ("理由", row.facts),
            ("期限", f"自 {local_day_of(row.implemented_at)} 起至 {last} 止"),
            ("执法人员", "、".join(names[one] for one in row.officers)), ("救济途径", _REMEDIES),
        ),
        "basis": [row.basis, "《行政强制法》第二十四条、第二十五条"], "closing": "附清单一份。",
    }  # fmt: skip
    number = _write(uow, job, rulebook, row, "coercion_decision", content)
    _list(uow, job, rulebook, row)
    change(uow, row, state="seized", decision_number=number, ends_at=term.due_at)
    note_act(uow, row, row.implemented_at, row.measure)
    return {"implemented_at": row.implemented_at.isoformat(), "term_ends_at": term.due_at.isoformat(),
            "decision_number": number}  # fmt: skip


def _list(uow: UnitOfWork, job: ServiceJob, rulebook: Rulebook, row: Row[Any]) -> None:
    """Write the list of things in two copies."""
    things = [
        {"name": one["name"], "note": " ".join(filter(None, (one["quantity"], one["note"])))} for one in row.goods
    ]
    content = {
        "receiver": row.party_name, "opening": "下列物品已依法查封（扣押），清单一式二份，由当事人和行政机关分别保存。",
        "facts": facts(("地点", row.site), ("见证人", (row.scene or {}).get("witness"))), "evidence": things,
        "basis": ["《行政强制法》第二十四条"], "closing": "当事人（见证人）签名：        执法人员签名：",
    }  # fmt: skip
    _write(uow, job, rulebook, row, "coercion_list", content)


def _write(
    uow: UnitOfWork, job: ServiceJob, rulebook: Rulebook, row: Row[Any], kind: str, content: Mapping[str, Any]
) -> str:
    """Write a letter of the measure to its party; answers the number."""
    subject = _SUBJECTS[kind].format(MEASURES[row.measure])
    _, number = write_letter(uow, rulebook.city, job, kind=kind, about=row.id, sender=row.unit, receiver="",
                             subject=subject, content=content)  # fmt: skip
    return number


def handle(uow: UnitOfWork, task: TaskContext, answers: Mapping[str, Any]) -> Mapping[str, object]:
    """Keep what becomes of the things; asking for more time is no result yet."""
    row = row_of(uow, task.variables)
    if answers["disposal"] == "extend":
        change(uow, row, extension={"reason": answers["disposal_note"], "asked_by": task.actor.login})
        return {}
    late = row.is_late or is_task_late(uow, task.task_id)
    result = {"disposal": answers["disposal"], "note": answers["disposal_note"], "by": task.actor.login}
    change(uow, row, result=result, is_late=late)
    return {}


def approve_extension(uow: UnitOfWork, task: TaskContext, answers: Mapping[str, Any]) -> Mapping[str, object]:
    """Let the head grant thirty days more, once, while the first term still runs.

    Raises:
        FormInvalid: the term is over.
        SamePerson.
    """
    row = row_of(uow, task.variables)
    outsider(row, task.actor)
    if answers["decision"] != "approve":
        change(uow, row, extension={**row.extension, "refused": answers["extension_note"]})
        return {}
    if uow.now >= row.ends_at:
        refuse("decision", "三十日期限已经届满，不能再延长，应当立即解除")
    extension = {**row.extension, "note": answers["extension_note"], "approved_by": task.actor.login,
                 "approved_at": uow.now.isoformat()}  # fmt: skip
    change(uow, row, extension=extension)
    return {}


def extend(uow: UnitOfWork, job: ServiceJob, rulebook: Rulebook) -> Mapping[str, object]:
    """Tell the party in writing and move the end."""
    row = row_of(uow, job.variables)
    found = rulebook.reckon("coercion_extension", row.ends_at)
    first, last = (local_day_of(at - timedelta(microseconds=1)) for at in (row.ends_at, found.due_at))
    content = {
        "receiver": row.party_name, "opening": f"{row.decision_number}一案情况复杂，经批准延长期限。",
        "facts": facts(("原期限至", first), ("延长", found.limit.text), ("延长至", last),
                       ("理由", row.extension["note"])),
        "basis": ["《行政强制法》第二十五条"], "closing": "特此告知。",
    }  # fmt: skip
    number = _write(uow, job, rulebook, row, "coercion_extension", content)
    change(uow, row, state="extended", ends_at=found.due_at, extension={**row.extension, "number": number})
    return {"extended_until": found.due_at.isoformat()}


def lift(uow: UnitOfWork, job: ServiceJob, rulebook: Rulebook) -> Mapping[str, object]:
    """Write that the measure ends, or what becomes of the things."""
    row = row_of(uow, job.variables)
    result = {**row.result, "on": local_day_of(uow.now).isoformat()}
    late = row.is_late or (row.ends_at is not None and uow.now >= row.ends_at)
    content = {
        "receiver": row.party_name,
        "opening": f"{row.decision_number or job.business_key}所涉物品，现决定：{DISPOSALS[result['disposal']]}。",
        "facts": facts(("理由", result["note"]), ("日期", chinese_date(uow.now))),
        "evidence": [{"name": one["name"], "note": one["quantity"]} for one in row.goods],
        "basis": ["《行政强制法》第二十七条、第二十八条"], "closing": "应当退还的，立即退还。",
    }  # fmt: skip
    number = _write(uow, job, rulebook, row, "coercion_lifting", content)
    if row.decision_number is None:
        note_act(uow, row, row.implemented_at, row.measure)
    change(uow, row, state="lifted", lifted_at=uow.now, result={**result, "number": number}, is_late=late)
    return {}


def confirm_return(uow: UnitOfWork, task: TaskContext, answers: Mapping[str, Any]) -> Mapping[str, object]:
    """Keep to whom the things went.

    Raises:
        FormInvalid: before the decision to end it.
    """
    row = row_of(uow, task.variables)
    lifted = local_day_of(row.lifted_at).isoformat()
    if answers["returned_on"] < lifted:
        refuse("returned_on", f"不能早于解除日期 {lifted}")
    change(uow, row, returned={**answers, "by": task.actor.login})
    return {}


def close(uow: UnitOfWork, job: ServiceJob, _rulebook: Rulebook) -> Mapping[str, object]:
    """Close it."""
    change(uow, row_of(uow, job.variables), state="closed", closed_at=uow.now)
    return {}
