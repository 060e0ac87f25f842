"""Review, discussion and decision (xzcf/57, 58, 59)."""

from collections.abc import Mapping
from typing import Any

from engine.handlers import ServiceJob
from workflows.acts import record_act
from workflows.credit.entries import penalty_decided
from workflows.directory import names_of
from workflows.letter_book import facts, write_letter
from workflows.penalties.filing import STAGE
from workflows.penalties.links import tell_source
from workflows.penalties.people import officers_of
from workflows.penalties.store import case_of, change, fen_of, outsider, refuse, tell, yuan
from workflows.penalties.words import OUTCOMES, TYPES
from workflows.process import TaskContext
from workflows.rulebook import Rulebook
from workflows.stage_clocks import end_stage_clock
from workflows.uow import UnitOfWork

_REMEDIES = (
    "不服本决定的，可以自收到本决定书之日起六十日内申请行政复议，或者自收到之日起六个月内向人民法院起诉；"
    "复议、诉讼不停止执行。"
)
_PAY = (
    "自收到本决定书之日起十五日内到指定银行或者通过电子支付系统缴纳；到期不缴纳的，"
    "每日按罚款数额的百分之三加处罚款，加处数额不超出罚款数额。"
)


def review(uow: UnitOfWork, task: TaskContext, answers: Mapping[str, Any]) -> Mapping[str, object]:
    """Keep the opinion of the legal review.

    Raises:
        SamePerson: the reviewer investigates this case.
    """
    row = case_of(uow, task.variables)
    outsider(row, task.actor)
    done = {**answers, "by": task.actor.login, "at": uow.now.isoformat()}
    state = "review" if answers["decision"] == "pass" else "inquiry"
    change(uow, row, review=done, state=state)
    tell(uow, row.id, "reviewed", task.actor.login, decision=answers["decision"], opinion=answers["review_opinion"])
    return {}


def discuss(uow: UnitOfWork, task: TaskContext, answers: Mapping[str, Any]) -> Mapping[str, object]:
    """Keep who discussed the case and what they concluded."""
    row = case_of(uow, task.variables)
    change(uow, row, discussion={**answers, "by": task.actor.login})
    tell(uow, row.id, "discussed", task.actor.login, conclusion=answers["discussion_conclusion"])
    return {}


def decide(uow: UnitOfWork, task: TaskContext, answers: Mapping[str, Any]) -> Mapping[str, object]:
    """Decide as the law allows: nothing the party was not told of, nothing heavier than that.

    Raises:
        SamePerson: an officer of the case decides.
        FormInvalid: there was no notice, or the fine is higher than noticed.
    """
    row, decision = case_of(uow, task.variables), str(answers["decision"])
    outsider(row, task.actor)
    if decision == "return":
        change(uow, row, state="inquiry")
        tell(uow, row.id, "sent_back", task.actor.login, reason=answers["decision_reason"])
        return {name: task.variables.get(name) for name in ("fine_yuan", "penalty_content")}
    fine = None
    if decision == "penalise":
        if row.inquiry["proposal"] != "penalise" or row.notice is None:
            refuse("decision", "没有告知当事人的，不得作出处罚决定；请退回调查并告知")
        if "fine" in row.inquiry["penalty_types"]:
            fine = fen_of("fine_yuan", answers["fine_yuan"])
            if fine > row.notice["fine_fen"]:
                refuse("fine_yuan", f"不能高于已告知的 {yuan(row.notice['fine_fen'])} 元；需要加重的请退回重新告知")
    content = {**answers, "fine_fen": fine, "by": task.actor.login, "basis": row.inquiry["penalty_basis"],
               "types": row.inquiry["penalty_types"] if decision == "penalise" else []}  # fmt: skip
    change(uow, row, decision=content, fine_fen=fine)
    return {"outcome": decision}


def record_decision(uow: UnitOfWork, job: ServiceJob, rulebook: Rulebook) -> Mapping[str, object]:
    """Give the decision its number, end the ninety days, and record the one act of supervision."""
    row = case_of(uow, job.variables)
    outcome = str(row.decision["decision"])
    number = _letter(uow, job, row, outcome, rulebook)
    late = end_stage_clock(uow, job.instance_id, STAGE)
    state = "closing" if outcome == "dismiss" else "decided"
    change(uow, row, outcome=outcome, decided_at=uow.now, decision_number=number, state=state,
           decision={**row.decision, "is_late": late})  # fmt: skip
    tell(uow, row.id, "decided", row.decision["by"], outcome=outcome, number=number)
    known = {one["value"]: one for one in officers_of(uow, row.unit)}
    names = names_of(uow, row.officers)
    record_act(
        uow, kind="penalty", item_code=row.item_code, unit=row.unit, area=row.area, party_name=row.party_name,
        party_code=row.party_code or "", source="penalty_case", source_id=row.id, business_key=row.business_key,
        happened_at=uow.now, result=outcome,
        officers=[{"login": one, "name": names.get(one, one),
                   "certificate_no": known.get(one, {}).get("certificate_no", "")} for one in row.officers],
    )  # fmt: skip
    penalty_decided(uow, rulebook, row.id)
    tell_source(uow, row, f"已决定：{OUTCOMES[outcome]}", penalty_decision_number=number)
    return {"outcome": outcome, "decided_at": uow.now.isoformat(), "decision_number": number}


def _letter(uow: UnitOfWork, job: ServiceJob, row: Any, outcome: str, rulebook: Rulebook) -> str:
    """Write the decision; answers its number."""
    given, penal = row.decision, outcome == "penalise"
    content = {
        "receiver": row.party_name,
        "opening": f"{row.filing_number} 一案，经调查、告知并听取意见，本机关依法决定如下。",
        "facts": facts(
            ("当事人", row.party_name), ("证件号码", row.party_code), ("违法事实", row.inquiry["facts"]),
            ("证据", row.inquiry["evidence"]), ("依据", given["basis"]), ("决定", OUTCOMES[outcome]),
            ("处罚种类", "、".join(TYPES[one] for one in given["types"])), ("罚款（元）", yuan(row.fine_fen)),
            ("决定内容", given.get("penalty_content") if penal else given.get("decision_reason")),
            ("履行方式和期限", _PAY if row.fine_fen else ""),
            ("救济途径", _REMEDIES),
        ),
        "basis": ["《行政处罚法》第五十七条、第五十九条"],
        "closing": "逾期不申请复议、不起诉又不履行的，本机关将依法申请人民法院强制执行。" if penal else "特此决定。",
    }  # fmt: skip
    kind, subject = "penalty_decision", "行政处罚决定书"
    if not penal:
        kind = "no_penalty_decision"
        subject = "不予行政处罚决定书" if outcome == "no_penalty" else "撤销案件决定书"
    _, number = write_letter(
        uow, rulebook.city, job, kind=kind, about=row.id, sender=row.unit, receiver="", subject=subject,
        content=content, by=given["by"],
    )  # fmt: skip
    return number
