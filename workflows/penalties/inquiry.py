"""Inquiry: evidence, recusal, and what the officers propose."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from workflows.directory import names_of
from workflows.letter_book import facts, write_letter
from workflows.penalties.filing import named_officers
from workflows.penalties.store import case_of, change, fen_of, outsider, refuse, tell, yuan
from workflows.penalties.words import OUTCOMES, TYPES
from workflows.process import TaskContext
from workflows.recusals import Recusal, write_decision
from workflows.uow import UnitOfWork

_KEPT = (
    "facts", "evidence", "proposal", "penalty_types", "fine_yuan", "penalty_content", "penalty_basis", "is_large",
    "is_complex", "is_public_interest", "is_criminal",
)  # fmt: skip


def investigate(uow: UnitOfWork, task: TaskContext, answers: Mapping[str, Any]) -> Mapping[str, object]:
    """Keep the findings and the proposal with a report, or ask for a recusal.

    Raises:
        FormInvalid: a fine with more than two decimals.
    """
    row = case_of(uow, task.variables)
    if answers["step"] == "recusal":
        tell(uow, row.id, "recusal", task.actor.login, officer=answers["recusal_officer"],
             reason=answers["recusal_reason"])  # fmt: skip
        return {name: task.variables.get(name) for name in (*_KEPT, "needs_new_notice")}
    types = list(answers.get("penalty_types") or [])
    fine = fen_of("fine_yuan", answers["fine_yuan"]) if "fine" in types else None
    code = answers.get("party_code") or row.party_code
    inquiry = {name: answers.get(name) for name in _KEPT} | {"fine_fen": fine, "penalty_types": types}
    inquiry |= {"by": task.actor.login, "at": uow.now.isoformat(), "report": _report(uow, task, row, inquiry)}
    change(uow, row, inquiry=inquiry, facts=answers["facts"], party_code=code)
    tell(uow, row.id, "inquired", task.actor.login, proposal=answers["proposal"])
    cleared = {"penalty_types": types, "fine_yuan": answers.get("fine_yuan") if fine is not None else None}
    flags = ("is_criminal", "is_large", "is_complex", "is_public_interest", "needs_new_notice")
    return {**cleared, **{name: bool(answers.get(name)) for name in flags}}


def _report(uow: UnitOfWork, task: TaskContext, row: Any, inquiry: Mapping[str, Any]) -> str:
    """Write the inquiry report; answers its number."""
    names = names_of(uow, row.officers)
    lines = [line.strip() for line in str(inquiry["evidence"] or "").splitlines() if line.strip()]
    content = {
        "receiver": "本机关负责人", "opening": f"{row.filing_number} 一案调查终结，现报告如下。",
        "facts": facts(
            ("当事人", row.party_name), ("违法事实", inquiry["facts"]),
            ("处理建议", OUTCOMES.get(str(inquiry["proposal"]))),
            ("处罚种类", "、".join(TYPES[one] for one in inquiry["penalty_types"])),
            ("罚款（元）", yuan(inquiry["fine_fen"])), ("处罚内容", inquiry["penalty_content"]),
            ("依据", inquiry["penalty_basis"]), ("承办人", "、".join(names[one] for one in row.officers)),
        ),
        "evidence": [{"name": line, "note": ""} for line in lines],
        "basis": ["《行政处罚法》第五十四条、第五十五条、第五十七条"], "closing": "以上报告请审查。",
    }  # fmt: skip
    _, number = write_letter(
        uow, task.rulebook.city, task, kind="inquiry_report", about=row.id, sender=row.unit, receiver="",
        subject="案件调查报告", content=content, by=task.actor.login,
    )  # fmt: skip
    return number


def decide_recusal(uow: UnitOfWork, task: TaskContext, answers: Mapping[str, Any]) -> Mapping[str, object]:
    """Let the head decide on a recusal; the one who is recused must not stay among the officers (xzcf/43).

    Raises:
        FormInvalid: the recused officer stays, or fewer than two remain.
        SamePerson: the head is an officer of the case.
    """
    row = case_of(uow, task.variables)
    outsider(row, task.actor)
    note, asked = answers["recusal_note"], str(task.variables["recusal_officer"])
    reason, is_granted = str(task.variables.get("recusal_reason") or ""), answers["decision"] == "recuse"
    decided = Recusal(f"行政处罚案件（{row.filing_number}）", asked, reason, is_granted, note, row.officers)
    if not is_granted:
        _decided(uow, task, row, decided)
        return {}
    if asked in answers["officers"]:
        refuse("officers", "同意回避的人员不能继续承办，请改选他人")
    chosen = named_officers(uow, row.unit, answers["officers"])
    officers = [one["value"] for one in chosen]
    change(uow, row, officers=officers)
    _decided(uow, task, row, replace(decided, officers=officers))
    return {"officers": officers, "case_officers": chosen}


def _decided(uow: UnitOfWork, task: TaskContext, row: Any, decided: Recusal) -> None:
    number, decision = write_decision(uow, task, row, decided), "recuse" if decided.is_granted else "refuse"
    tell(uow, row.id, "recusal_decided", task.actor.login, decision=decision, note=decided.note, number=number)
