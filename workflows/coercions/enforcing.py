"""Demolition and performance by others: announced, reminded, decided, never by night or on holidays (xzqz/34 to 51)."""

import tomllib
from collections.abc import Mapping
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from engine.handlers import ServiceJob
from workflows.clocks import clock_of_task
from workflows.coercions.store import change, note_act, row_of
from workflows.coercions.words import MEASURES
from workflows.directory import names_of
from workflows.letter_book import facts, write_letter
from workflows.penalties.hearing import noon
from workflows.penalties.store import fen_of, outsider, refuse
from workflows.process import TaskContext
from workflows.rulebook import Rulebook
from workflows.uow import UnitOfWork, local_day_of

_NIGHT = tomllib.loads((Path(__file__).parent / "night.toml").read_text(encoding="utf-8"))["night"]
_REMEDIES = "可以在六十日内申请行政复议，或者在六个月内向人民法院起诉。"


def announce(uow: UnitOfWork, task: TaskContext, answers: Mapping[str, Any]) -> Mapping[str, object]:
    """Keep where it was announced and by when the party is to demolish."""
    row = row_of(uow, task.variables)
    change(uow, row, announcement={**answers, "by": task.actor.login, "on": local_day_of(uow.now).isoformat()})
    return {}


def record_announcement(uow: UnitOfWork, job: ServiceJob, rulebook: Rulebook) -> Mapping[str, object]:
    """Write the public notice."""
    row = row_of(uow, job.variables)
    content = {
        "receiver": row.party_name, "opening": "下列违法建筑物、构筑物、设施，限你（单位）自行拆除。",
        "facts": facts(("地点", row.site), ("应当履行的义务", row.facts), ("自行拆除期限",
        row.announcement["demolish_by"]),
                       ("公告地点", row.announcement["announced_at_place"])),
        "basis": [row.basis, "《行政强制法》第四十四条"],
        "closing": "在法定期限内不申请行政复议、不提起行政诉讼，又不拆除的，依法强制拆除。",
    }  # fmt: skip
    _, number = write_letter(uow, rulebook.city, job, kind="demolition_notice", about=row.id, sender=row.unit,
                             receiver="", subject="限期拆除公告", content=content)  # fmt: skip
    change(uow, row, state="announced", announcement={**row.announcement, "number": number})
    return {}


def remind(uow: UnitOfWork, job: ServiceJob, rulebook: Rulebook) -> Mapping[str, object]:
    """Remind the party in writing."""
    row = row_of(uow, job.variables)
    limit = rulebook.reckon("compliance_reminder", uow.now).limit
    content = {
        "receiver": row.party_name, "opening": "你（单位）逾期未履行下列义务，现予催告。",
        "facts": facts(("义务", row.facts), ("地点", row.site), ("履行方式", "自行履行"),
                       ("权利", "收到本催告书后有权进行陈述和申辩")),
        "deadline": f"{limit.text}内（{limit.source}）", "basis": [row.basis, "《行政强制法》第三十五条、第三十六条"],
        "closing": f"逾期仍不履行且无正当理由的，依法{MEASURES[row.measure]}。",
    }  # fmt: skip
    _, number = write_letter(uow, rulebook.city, job, kind="court_reminder", about=row.id, sender=row.unit,
                             receiver="", subject="履行义务催告书", content=content)  # fmt: skip
    change(uow, row, state="reminded", reminder={"number": number, "at": uow.now.isoformat()})
    return {}


def await_compliance(uow: UnitOfWork, task: TaskContext, answers: Mapping[str, Any]) -> Mapping[str, object]:
    """Keep what came of the reminder.

    Raises:
        FormInvalid: its days since it was served are not over; the time to demolish or the remedies are still open.
    """
    row = row_of(uow, task.variables)
    today = local_day_of(uow.now).isoformat()
    if answers["compliance"] == "unperformed":
        _wait_for_the_reminder(uow, task, str(answers["compliance_served_on"]))
        if row.measure == "demolish":
            if row.announcement["demolish_by"] >= today:
                refuse("compliance", f"公告的自行拆除期限至 {row.announcement['demolish_by']}，尚未届满")
            if str(answers["remedy_expired_on"]) >= today:
                refuse("remedy_expired_on", "复议、诉讼期限届满仍不拆除的，才能强制拆除")
    change(uow, row, reminder={**row.reminder, **answers, "by": task.actor.login})
    return {}


def _wait_for_the_reminder(uow: UnitOfWork, task: TaskContext, served_on: str) -> None:
    """Refuse before the term is over for who got the reminder, and before the clock that began with its writing."""
    over = task.rulebook.reckon("compliance_reminder", noon(served_on)).due_at
    if (clock := clock_of_task(uow, task.task_id)) is not None:
        over = max(over, clock.due_at)
    if uow.now < over:
        last = local_day_of(over - timedelta(microseconds=1))
        refuse("compliance", f"催告书送达后的履行期限（至 {last}）尚未届满，不能决定强制执行")


def decide(uow: UnitOfWork, task: TaskContext, answers: Mapping[str, Any]) -> Mapping[str, object]:
    """Let the head decide how and when.

    Raises:
        FormInvalid: by night or on a day off.
        SamePerson.
    """
    row = row_of(uow, task.variables)
    outsider(row, task.actor)
    if answers["decision"] == "approve":
        by_day("enforce_at", datetime.fromisoformat(str(answers["enforce_at"])), task.rulebook)
    change(uow, row, result={**answers, "decided_by": task.actor.login, "decided_at": uow.now.isoformat()})
    return {}


def by_day(field: str, at: datetime, rulebook: Rulebook) -> None:
    """Refuse an instant by night or on a day off (xzqz/43)."""
    local = at.astimezone(rulebook.calendar.zone)
    begins, ends = _NIGHT["begins"], _NIGHT["ends"]
    if not ends <= local.hour < begins:
        refuse(field, f"不得在夜间（{begins} 时至次日 {ends} 时）实施强制执行")
    if not rulebook.calendar.is_working_day(local.date()):
        refuse(field, f"{local.date()} 是节假日，不得实施强制执行")


def issue(uow: UnitOfWork, job: ServiceJob, rulebook: Rulebook) -> Mapping[str, object]:
    """Write the decision."""
    row = row_of(uow, job.variables)
    at = datetime.fromisoformat(row.result["enforce_at"]).astimezone(rulebook.calendar.zone)
    names = names_of(uow, row.officers)
    content = {
        "receiver": row.party_name, "opening": f"经催告，你（单位）逾期仍不履行，本机关决定{MEASURES[row.measure]}。",
        "facts": facts(
            ("当事人", row.party_name), ("义务", row.facts), ("地点", row.site), ("方式",
            row.result["enforcement_note"]),
            ("时间", f"{at:%Y年%m月%d日 %H:%M}"), ("执行人", row.result["performer"]), ("催告书",
            row.reminder["number"]),
            ("执法人员", "、".join(names[one] for one in row.officers)), ("救济途径", _REMEDIES),
        ),
        "basis": [row.basis, "《行政强制法》第三十七条、第四十三条"], "closing": "特此决定。",
    }  # fmt: skip
    _, number = write_letter(uow, rulebook.city, job, kind="enforcement_decision", about=row.id, sender=row.unit,
                             receiver="", subject="强制执行决定书", content=content)  # fmt: skip
    change(uow, row, state="ordered", decision_number=number, approved_at=uow.now,
           approved_by=row.result["decided_by"])  # fmt: skip
    return {"decision_number": number}


def carry_out(uow: UnitOfWork, task: TaskContext, answers: Mapping[str, Any]) -> Mapping[str, object]:
    """Keep what was done; the one act of supervision.

    Raises:
        FormInvalid: by night, on a day off, or before it was decided.
    """
    row, at = row_of(uow, task.variables), datetime.fromisoformat(str(answers["carried_out_at"]))
    by_day("carried_out_at", at, task.rulebook)
    if at < row.approved_at.replace(second=0, microsecond=0):
        refuse("carried_out_at", "不能早于强制执行决定")
    cost = fen_of("cost_yuan", answers["cost_yuan"]) if answers.get("cost_yuan") is not None else None
    scene = {name: answers.get(name) for name in ("presence", "witness")}
    result = {**row.result, "note": answers["carried_out_note"], "cost_fen": cost, "done_by": task.actor.login}
    change(uow, row, implemented_at=at, scene=scene, result=result, state="carried_out")
    note_act(uow, row, at, row.measure)
    return {}


def close(uow: UnitOfWork, job: ServiceJob, _rulebook: Rulebook) -> Mapping[str, object]:
    """Close it with what came of it."""
    row = row_of(uow, job.variables)
    if row.state == "carried_out":
        how = "carried_out"
    else:
        how = "performed" if (row.reminder or {}).get("compliance") == "performed" else "stopped"
    change(uow, row, state="closed", closed_at=uow.now, result={**(row.result or {}), "how": how})
    return {}
