"""A case that may be a crime: three days to decide, twenty-four hours to deliver (State Council order 310)."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from engine.handlers import ServiceJob
from workflows.directory import names_of
from workflows.letter_book import facts, write_letter
from workflows.notices import notify
from workflows.penalties.filing import STAGE
from workflows.penalties.store import case_of, change, refuse, tell
from workflows.process import TaskContext
from workflows.rulebook import Rulebook
from workflows.stage_clocks import end_stage_clock
from workflows.uow import UnitOfWork


def decide(uow: UnitOfWork, task: TaskContext, answers: Mapping[str, Any]) -> Mapping[str, object]:
    """Approve the referral, or refuse it with the reason on record."""
    row = case_of(uow, task.variables)
    approved = answers["decision"] == "approve"
    referral = {"decision": answers["decision"], "crime": answers.get("crime"), "note": answers.get("referral_note"),
                "approved_by": task.actor.login, "approved_at": uow.now.isoformat()}  # fmt: skip
    change(uow, row, referral=referral, state="referral" if approved else "inquiry")
    tell(uow, row.id, "referral", task.actor.login, step="decided", decision=answers["decision"])
    again = int(task.variables["police_round"]) + 1
    if not approved:
        return {"referral_result": "not_referred", "police_round": again}
    return {"referral_approved_at": uow.now.isoformat(), "police_round": again}


def send(uow: UnitOfWork, job: ServiceJob, rulebook: Rulebook) -> Mapping[str, object]:
    """Write the letter to the police."""
    row = case_of(uow, job.variables)
    names = names_of(uow, row.officers)
    lines = [line.strip() for line in str(row.inquiry["evidence"] or "").splitlines() if line.strip()]
    content = {
        "receiver": "同级公安机关", "opening": "下列案件涉嫌犯罪，依法移送，请审查。",
        "facts": facts(
            ("当事人", row.party_name), ("证件号码", row.party_code), ("涉嫌罪名", row.referral["crime"]),
            ("违法地点", row.site), ("事实", row.inquiry["facts"]),
            ("专案组", "、".join(names[login] for login in row.officers)), ("立案号", row.filing_number),
        ),
        "evidence": [{"name": f"案件调查报告（{row.inquiry['report']}）", "note": ""}, {"name": "涉案物品清单",
        "note": ""},
                     *({"name": line, "note": ""} for line in lines)],
        "basis": ["《行政执法机关移送涉嫌犯罪案件的规定》（国务院令第310号）第五条、第六条"],
        "closing": "请自接受之日起三日内审查决定，并书面通知本机关。",
    }  # fmt: skip
    _, number = write_letter(uow, rulebook.city, job, kind="police_referral", about=row.id, sender=row.unit,
                             receiver="", subject="涉嫌犯罪案件移送书", content=content)  # fmt: skip
    change(uow, row, referral={**row.referral, "number": number})
    return {}


def deliver(uow: UnitOfWork, task: TaskContext, answers: Mapping[str, Any]) -> Mapping[str, object]:
    """Keep when the police got it; the twenty-four hours are judged by that instant.

    Raises:
        FormInvalid: it is before the approval.
    """
    row = case_of(uow, task.variables)
    approved = datetime.fromisoformat(row.referral["approved_at"])
    at = datetime.fromisoformat(str(answers["referral_delivered_at"]))
    if at < approved.replace(second=0, microsecond=0):
        refuse("referral_delivered_at", "送交时间不能早于批准移送的时间")
    due = task.rulebook.reckon("referral_delivery", approved).due_at
    change(uow, row, referral={**row.referral, **answers, "is_late": at > due})
    tell(uow, row.id, "referral", task.actor.login, step="delivered", organ=answers["police_organ"])
    return {}


def remind_police(uow: UnitOfWork, job: ServiceJob, _rulebook: Rulebook) -> Mapping[str, object]:
    """Ask the officers to ask: the three days are those of the police, so nobody here is ordered about."""
    row = case_of(uow, job.variables)
    text = f"公安机关审查期已满，请询问并登记决定：{row.party_name}"
    notify(uow, row.officers, kind="warned", text=text, business_key=row.business_key)
    return {}


def record_police(uow: UnitOfWork, task: TaskContext, answers: Mapping[str, Any]) -> Mapping[str, object]:
    """Keep what the police decided."""
    row = case_of(uow, task.variables)
    change(uow, row, referral={**row.referral, **answers})
    tell(uow, row.id, "referral", task.actor.login, step="police", decision=answers["police"])
    return {}


def hand_over(uow: UnitOfWork, task: TaskContext, answers: Mapping[str, Any]) -> Mapping[str, object]:
    """Hand over things and papers: the administrative case ends as referred."""
    row = case_of(uow, task.variables)
    end_stage_clock(uow, task.instance_id, STAGE)
    change(uow, row, referral={**row.referral, **answers}, outcome="referred", state="referred")
    tell(uow, row.id, "referral", task.actor.login, step="handed_over")
    return {"referral_result": "filed", "outcome": "referred"}


def decide_objection(uow: UnitOfWork, task: TaskContext, answers: Mapping[str, Any]) -> Mapping[str, object]:
    """Ask the police to look again, or go on with the administrative case."""
    row = case_of(uow, task.variables)
    tell(uow, row.id, "referral", task.actor.login, step="objection", decision=answers["decision"])
    if answers["decision"] == "request":
        again = {"referral_delivered_at": uow.now.isoformat(), "police_round": int(task.variables["police_round"]) + 1}
        change(uow, row, referral={**row.referral, "objection": answers["objection_note"]})
        return again
    change(uow, row, state="inquiry")
    return {"referral_result": "not_filed"}
