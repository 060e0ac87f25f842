"""Findings of inaction: the unit explains, the policy section decides, the unit may appeal once (zz2020/2.2)."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import Row, insert, select, update

from engine.handlers import ServiceJob
from workflows import errors
from workflows.letter_book import facts, write_letter
from workflows.performance.periods import title_of
from workflows.process import TaskContext
from workflows.records.performance import inaction_finding
from workflows.rulebook import Rulebook
from workflows.uow import UnitOfWork, chinese_end

STATES: Mapping[str, str] = {
    "explaining": "待说明", "deciding": "待认定", "dismissed": "不予认定", "confirmed": "已认定，申诉期内",
    "appealed": "申诉中", "upheld": "认定生效", "revoked": "已撤销",
}  # fmt: skip
GROUNDS: Mapping[str, str] = {"missing_check": "有监管行为，没有检查", "missing_act": "没有检查，也没有监管行为"}
EXPLANATIONS: Mapping[str, str] = {
    "done_unrecorded": "已开展，未登记", "no_object": "没有监管对象", "not_done": "未开展，有客观原因",
    "accept": "未开展", "silent": "逾期未说明",
}  # fmt: skip
RULINGS: Mapping[str, str] = {"uphold": "维持认定", "revoke": "撤销认定"}
_f = inaction_finding.c


def open_finding(uow: UnitOfWork, job: ServiceJob, rulebook: Rulebook) -> Mapping[str, object]:
    """Fix what was counted, so that nobody can change the evidence later."""
    given: Mapping[str, Any] = job.variables
    row = {
        "id": uow.new_id(), "instance_id": job.instance_id, "business_key": job.business_key,
        **{name: given[name] for name in ("unit", "item_code", "item_name", "area", "cycle", "ground", "counts")},
        "begins_at": datetime.fromisoformat(str(given["begins_at"])),
        "ends_at": datetime.fromisoformat(str(given["ends_at"])),
        "evidence": given["ignored"], "state": "explaining", "found_at": uow.now,
    }  # fmt: skip
    uow.connection.execute(insert(inaction_finding), row)
    city = rulebook.city
    return {
        "finding_id": str(row["id"]), "policy_unit": city.policy_unit, "leader_unit": city.leader_unit,
        "title": f"{given['unit_name']}：{given['item_name']}（{title_of(str(given['cycle']))}）",
        "ground_text": GROUNDS.get(str(given["ground"]), str(given["ground"])),
    }  # fmt: skip


def _row(uow: UnitOfWork, case: Any) -> Row[Any]:
    return uow.connection.execute(select(inaction_finding).where(_f.instance_id == case.instance_id)).one()


def _change(uow: UnitOfWork, case: Any, **values: object) -> None:
    uow.connection.execute(update(inaction_finding).where(_f.instance_id == case.instance_id).values(**values))


def _signed(uow: UnitOfWork, task: TaskContext, answers: Mapping[str, Any]) -> dict[str, Any]:
    return {**answers, "by": task.actor.login, "at": uow.now.isoformat()}


def explain(uow: UnitOfWork, task: TaskContext, answers: Mapping[str, Any]) -> Mapping[str, object]:
    """Keep the unit's explanation."""
    _change(uow, task, state="deciding", explanation=_signed(uow, task, answers))
    return {}


def note_silence(uow: UnitOfWork, job: ServiceJob, _rulebook: Rulebook) -> Mapping[str, object]:
    """Note that the unit did not explain in time; it is never cleared."""
    silent = {"explanation_kind": "silent", "explanation": "", "by": "system", "at": uow.now.isoformat()}
    _change(uow, job, state="deciding", explanation=silent)
    return {"explanation_kind": "silent", "explanation": "逾期未说明"}


def decide(uow: UnitOfWork, task: TaskContext, answers: Mapping[str, Any]) -> Mapping[str, object]:
    """Keep what the policy section decided, and why."""
    _change(uow, task, decision=_signed(uow, task, answers), decided_at=uow.now)
    return {"decided_by": task.actor.login}


def dismiss_finding(uow: UnitOfWork, job: ServiceJob, _rulebook: Rulebook) -> Mapping[str, object]:
    """Close without a finding."""
    _change(uow, job, state="dismissed", closed_at=uow.now)
    return {}


def issue_finding(uow: UnitOfWork, job: ServiceJob, rulebook: Rulebook) -> Mapping[str, object]:
    """Send the numbered finding, with the right to appeal and by when."""
    row, city = _row(uow, job), rulebook.city
    limit = rulebook.reckon("inaction_appeal", uow.now)
    counts = row.counts
    content = {
        "opening": "经核对，你单位在下列周期内有监管职责而未开展相关工作，现认定为不作为。",
        "facts": facts(
            ("监管事项", f"{row.item_code} {row.item_name}"), ("周期", title_of(row.cycle)),
            ("计入的检查", f"{counts['checks']} 次"), ("计入的监管行为", f"{counts['acts']} 条"),
            ("未计入的行为", f"{counts['ignored']} 条"), ("监管对象", f"{counts['objects']} 个"),
            ("你单位的说明", row.explanation.get("explanation") or EXPLANATIONS["silent"]),
            ("理由", row.decision["decision_reason"]),
        ),
        "deadline": f"{limit.limit.title} {limit.limit.text}，{chinese_end(limit.due_at)}前（{limit.limit.source}）",
        "basis": ["《细则》二（二）", "《细则》二（八）"],
        "closing": "对本认定不服的，可以在上述期限内申诉一次，由局领导裁定。",
    }  # fmt: skip
    _, number = write_letter(
        uow, city, job, kind="inaction_finding", about=row.id, sender=city.policy_unit, receiver=row.unit,
        subject="不作为认定书", content=content,
    )  # fmt: skip
    _change(uow, job, state="confirmed", number=number)
    return {"finding_number": number}


def appeal(uow: UnitOfWork, task: TaskContext, answers: Mapping[str, Any]) -> Mapping[str, object]:
    """Keep whether the unit appeals, and why."""
    values: dict[str, object] = {"appeal": _signed(uow, task, answers)}
    if answers["appeal_choice"] == "appeal":
        values["state"] = "appealed"
    _change(uow, task, **values)
    return {}


def close_finding(uow: UnitOfWork, job: ServiceJob, _rulebook: Rulebook) -> Mapping[str, object]:
    """Let the finding stand."""
    _change(uow, job, state="upheld", closed_at=uow.now)
    return {}


def rule(uow: UnitOfWork, task: TaskContext, answers: Mapping[str, Any]) -> Mapping[str, object]:
    """Keep the leader's ruling.

    Raises:
        SamePerson: who decided does not rule on the appeal.
    """
    if task.variables.get("decided_by") == task.actor.login:
        raise errors.SamePerson(reason="作出认定的人不能裁定申诉")
    _change(uow, task, ruling=_signed(uow, task, answers))
    return {}


def record_ruling(uow: UnitOfWork, job: ServiceJob, rulebook: Rulebook) -> Mapping[str, object]:
    """Tell the unit in writing; a finding that is revoked takes no points off."""
    row, city = _row(uow, job), rulebook.city
    ruling = row.ruling["ruling"]
    content = {
        "opening": f"你单位对不作为认定书（{row.number}）的申诉已经裁定：{RULINGS[ruling]}。",
        "facts": facts(("监管事项", f"{row.item_code} {row.item_name}"), ("周期", title_of(row.cycle)),
                       ("申诉理由", row.appeal["appeal_reason"]), ("裁定理由", row.ruling["ruling_reason"])),
        "basis": ["《细则》二（二）", "《细则》二（八）"],
        "closing": "本裁定为最终裁定。",
    }  # fmt: skip
    _, number = write_letter(
        uow, city, job, kind="inaction_ruling", about=row.id, sender=city.policy_unit, receiver=row.unit,
        subject="不作为申诉裁定告知书", content=content,
    )  # fmt: skip
    _change(uow, job, state="upheld" if ruling == "uphold" else "revoked", closed_at=uow.now)
    return {"ruling_number": number}
