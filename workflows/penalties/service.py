"""Service, publication and closing (xzcf/48, 61, 67; zz2020/2.3/publish-7d)."""

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import insert, select

from engine.handlers import ServiceJob
from workflows.credit.served import penalty_served
from workflows.letter_book import facts, write_letter
from workflows.penalties.filing import STAGE
from workflows.penalties.hearing import noon
from workflows.penalties.links import tell_source
from workflows.penalties.money import balance_of
from workflows.penalties.store import case_of, change, outsider, refuse, tell, yuan
from workflows.penalties.words import OUTCOMES, WAYS
from workflows.process import TaskContext
from workflows.records.penalties import penalty_publication
from workflows.rulebook import Rulebook
from workflows.stage_clocks import open_stage_clock
from workflows.uow import UnitOfWork, local_day_of

PAYMENT, COURT = "execute", "apply_to_court"


def serve(uow: UnitOfWork, task: TaskContext, answers: Mapping[str, Any]) -> Mapping[str, object]:
    """Keep how and when the decision was served.

    Raises:
        FormInvalid: that day is before the decision.
    """
    row = case_of(uow, task.variables)
    decided = local_day_of(row.decided_at).isoformat()
    if answers["served_on"] < decided:
        refuse("served_on", f"不能早于决定日期 {decided}")
    change(uow, row, service={**answers, "by": task.actor.login})
    return {}


def record_service(uow: UnitOfWork, job: ServiceJob, rulebook: Rulebook) -> Mapping[str, object]:
    """Write the proof of service, what must be published, and by when the fine is to be paid."""
    row, given = case_of(uow, job.variables), job.variables
    service: Mapping[str, Any] = row.service
    content = {
        "receiver": row.party_name, "opening": "下列文书已依法送达。",
        "facts": facts(
            ("送达文书", row.decision_number), ("受送达人", row.party_name), ("送达方式", WAYS[service["service_way"]]),
            ("送达日期", service["served_on"]), ("收件人", service["served_to"]), ("说明", service.get("service_note")),
        ),
        "basis": ["《行政处罚法》第六十一条"], "closing": "受送达人（代收人、见证人）签名：",
    }  # fmt: skip
    write_letter(uow, rulebook.city, job, kind="service_receipt", about=row.id, sender=row.unit, receiver="",
                 subject="送达回证", content=content)  # fmt: skip
    penal, day = row.outcome == "penalise", row.served_on or str(service["served_on"])
    pay_by = None
    if penal and row.fine_fen:
        found = open_stage_clock(
            uow, rulebook, job, element=PAYMENT, limit="fine_payment", anchor=noon(str(day)),
            anchor_event="决定书送达", unit=row.unit, item=row.item_code,
        )  # fmt: skip
        pay_by = local_day_of(found.due_at - timedelta(microseconds=1))
    remedies_end = _court_clock(uow, row, job, rulebook, noon(str(day))) if penal else None
    served = local_day_of(noon(str(day)))
    change(uow, row, state="served" if penal else "closing", served_on=served, pay_by=pay_by)
    if penal:
        _publish(uow, row, rulebook)
        penalty_served(uow, rulebook, row)
    tell(uow, row.id, "served", service["by"], way=service["service_way"], on=str(served))
    tell_source(uow, row, "决定书已送达", penalty_served_on=str(served))
    return {
        "served_on": str(given["served_on"]),
        "execution_round": 1,
        "pay_by": pay_by.isoformat() if pay_by else None,
        "remedies_end_on": remedies_end.isoformat() if remedies_end else None,
    }


def _court_clock(uow: UnitOfWork, row: Any, job: ServiceJob, rulebook: Rulebook, served_at: datetime) -> date:
    """Start the three months to ask the court: from the day the decision gives the party to go there (xzqz/53)."""
    over = rulebook.reckon("litigation", served_at, item=row.item_code).due_at
    day = local_day_of(over - timedelta(microseconds=1))
    open_stage_clock(
        uow, rulebook, job, element=COURT, limit="court_application", anchor=noon(day.isoformat()),
        anchor_event="复议、诉讼期限届满", unit=row.unit, item=row.item_code,
    )  # fmt: skip
    return day


def _publish(uow: UnitOfWork, row: Any, rulebook: Rulebook) -> None:
    """Note what the credit platform must have, and whether the decision is made public."""
    due = rulebook.reckon("credit_upload", row.decided_at).due_at
    known = select(penalty_publication.c.id).where(penalty_publication.c.case_id == row.id)
    if uow.connection.execute(known).first() is not None:
        return
    uow.connection.execute(
        insert(penalty_publication),
        {
            "id": uow.new_id(), "case_id": row.id, "business_key": row.business_key, "unit": row.unit,
            "decided_at": row.decided_at, "is_published": bool(row.decision.get("is_published")),
            "credit_due_at": due,
        },
    )  # fmt: skip


def report_closing(uow: UnitOfWork, task: TaskContext, answers: Mapping[str, Any]) -> Mapping[str, object]:
    """Keep the officers' closing report."""
    row = case_of(uow, task.variables)
    change(uow, row, closing={**answers, "by": task.actor.login}, state="closing")
    tell(uow, row.id, "closing", task.actor.login)
    return {}


def approve_closing(uow: UnitOfWork, task: TaskContext, answers: Mapping[str, Any]) -> Mapping[str, object]:
    """Agree or send back; not by an officer of the case.

    Raises:
        SamePerson.
    """
    row = case_of(uow, task.variables)
    outsider(row, task.actor)
    change(uow, row, closing={**row.closing, "approved_by": task.actor.login, "note": answers.get("closing_note")})
    return {}


def close_case(uow: UnitOfWork, job: ServiceJob, rulebook: Rulebook) -> Mapping[str, object]:
    """Write the closing report and archive the file."""
    row = case_of(uow, job.variables)
    balance = balance_of(uow, row, local_day_of(uow.now))
    content = {
        "receiver": "本机关负责人", "opening": f"{row.filing_number} 一案办理完毕，报请结案。",
        "facts": facts(
            ("当事人", row.party_name), ("处理结果", OUTCOMES[row.outcome]), ("决定书", row.decision_number),
            ("罚款（元）", yuan(row.fine_fen)), ("实缴罚款（元）", yuan(balance.paid) if row.fine_fen else ""),
            ("加处罚款（元）", yuan(balance.surcharge_paid) if balance.surcharge_paid else ""),
            ("处理结果和执行情况", row.closing["closing_report"]), ("案卷号", row.closing.get("archive_no")),
        ),
        "closing": "案卷已整理归档。",
    }  # fmt: skip
    _, number = write_letter(uow, rulebook.city, job, kind="case_closing", about=row.id, sender=row.unit, receiver="",
                             subject="结案报告", content=content)  # fmt: skip
    change(uow, row, state="closed", closed_at=uow.now, closing={**row.closing, "number": number})
    tell(uow, row.id, "closed", "system", number=number)
    return {}


__all__ = ["COURT", "PAYMENT", "STAGE", "approve_closing", "close_case", "record_service", "report_closing", "serve"]
