"""Notice and hearing: the party is told, answers in five working days, and is heard (xzcf/44, 45, 63, 64)."""

from collections.abc import Mapping
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from engine.handlers import ServiceJob
from workflows.clocks import clock_of_task
from workflows.directory import names_of
from workflows.letter_book import facts, write_letter
from workflows.penalties.store import case_of, change, refuse, tell, yuan
from workflows.penalties.words import TYPES
from workflows.process import TaskContext
from workflows.rulebook import Rulebook
from workflows.uow import ZONE, UnitOfWork, chinese_date, local_day_of

_RIGHTS = "你（单位）可以在收到本告知书后五个工作日内向本机关陈述、申辩；逾期视为放弃。"
_HEARING = "你（单位）有权要求听证，应当在收到本告知书后五个工作日内提出；逾期视为放弃。"


def noon(day: str) -> datetime:
    """Return the instant from which a limit that begins on a day counts."""
    return datetime.combine(date.fromisoformat(day), time(12), ZONE).astimezone(UTC)


def send_notice(uow: UnitOfWork, job: ServiceJob, rulebook: Rulebook) -> Mapping[str, object]:
    """Write the notice of the intended penalty with the party's rights."""
    row, given = case_of(uow, job.variables), job.variables
    inquiry: Mapping[str, Any] = row.inquiry
    rights = _RIGHTS + (_HEARING if given.get("hearing_right") else "")
    content = {
        "receiver": row.party_name, "opening": "你（单位）涉嫌违法一案现已调查终结，拟作出下列行政处罚，依法告知如下。",
        "facts": facts(
            ("违法事实", inquiry["facts"]), ("处罚依据", inquiry["penalty_basis"]),
            ("处罚种类", "、".join(TYPES[one] for one in inquiry["penalty_types"])),
            ("罚款（元）", yuan(inquiry["fine_fen"])), ("拟处罚内容", inquiry["penalty_content"]), ("权利", rights),
        ),
        "basis": ["《行政处罚法》第四十四条、第四十五条、第六十三条、第六十四条"], "closing": "特此告知。",
    }  # fmt: skip
    _, number = write_letter(
        uow, rulebook.city, job, kind="penalty_notice", about=row.id, sender=row.unit, receiver="",
        subject="行政处罚告知书", content=content,
    )  # fmt: skip
    notice = {"number": number, "written_at": uow.now.isoformat(), "fine_fen": inquiry["fine_fen"],
              "hearing_right": bool(given.get("hearing_right"))}  # fmt: skip
    change(uow, row, state="notice", notice=notice, hearing=None)
    tell(uow, row.id, "noticed", "system", number=number)
    return {"notice_number": number, "notice_round": int(str(given["notice_round"])) + 1, "needs_new_notice": False,
            "hearing_result": None}  # fmt: skip


def serve_notice(uow: UnitOfWork, task: TaskContext, answers: Mapping[str, Any]) -> Mapping[str, object]:
    """Keep when and how the party got the notice.

    Raises:
        FormInvalid: that day is before the notice was written.
    """
    row = case_of(uow, task.variables)
    written = local_day_of(datetime.fromisoformat(row.notice["written_at"])).isoformat()
    if answers["notice_served_on"] < written:
        refuse("notice_served_on", f"不能早于告知书的日期 {written}")
    change(uow, row, notice={**row.notice, **answers})
    tell(uow, row.id, "notice_served", task.actor.login, on=answers["notice_served_on"])
    return {}


def hear_party(uow: UnitOfWork, task: TaskContext, answers: Mapping[str, Any]) -> Mapping[str, object]:
    """Keep what the party said; silence counts only after the five working days.

    Raises:
        FormInvalid: the days are not over; a hearing is asked for without the right, or too late.
    """
    row = case_of(uow, task.variables)
    due = party_due(uow, task)
    last = local_day_of(due - timedelta(microseconds=1))
    entitled, asked = bool(row.notice["hearing_right"]), answers["hearing_request"]
    silent = answers["statement"] == "none" or (asked == "none" and entitled)
    if silent and uow.now < due:
        field = "statement" if answers["statement"] == "none" else "hearing_request"
        refuse(field, f"五个工作日尚未届满（{last} 为最后一日）；当事人书面放弃的请选“书面放弃”")
    if asked == "requested" and not entitled:
        refuse("hearing_request", "拟作出的处罚不属于应当听证的情形（行政处罚法第六十三条）")
    if asked == "requested" and answers["hearing_requested_on"] > last.isoformat():
        refuse("hearing_requested_on", f"听证应当在 {last} 前提出，逾期不组织听证")
    change(uow, row, notice={**row.notice, **answers, "heard_by": task.actor.login}, state="review")
    tell(uow, row.id, "heard", task.actor.login, statement=answers["statement"], hearing=asked)
    return {}


def party_due(uow: UnitOfWork, task: TaskContext) -> datetime:
    """Return when the party's five working days are over: by the clock, which may have been paused or extended."""
    clock = clock_of_task(uow, task.task_id)
    if clock is None:
        return task.rulebook.reckon("party_answer", noon(str(task.variables["notice_served_on"]))).due_at
    due: datetime = clock.due_at
    return due


def schedule(uow: UnitOfWork, task: TaskContext, answers: Mapping[str, Any]) -> Mapping[str, object]:
    """Set the hearing: seven working days after the party is told, led by nobody who investigated.

    Raises:
        FormInvalid.
    """
    row = case_of(uow, task.variables)
    if answers["hearing_host"] in row.officers:
        refuse("hearing_host", "听证由非本案调查人员主持，请另选主持人")
    found = task.rulebook.reckon("hearing_notice", noon(str(answers["hearing_notified_on"])))
    if datetime.fromisoformat(str(answers["hearing_at"])) < found.due_at:
        day = local_day_of(found.due_at)
        refuse("hearing_at", f"应当在举行听证的七个工作日前通知，最早 {day}")
    change(uow, row, hearing=dict(answers), state="hearing")
    tell(uow, row.id, "hearing_set", task.actor.login, at=answers["hearing_at"])
    return {}


def send_hearing_notice(uow: UnitOfWork, job: ServiceJob, rulebook: Rulebook) -> Mapping[str, object]:
    """Write when and where the hearing is, and who leads it."""
    row = case_of(uow, job.variables)
    at = datetime.fromisoformat(row.hearing["hearing_at"]).astimezone(rulebook.calendar.zone)
    host = names_of(uow, [row.hearing["hearing_host"]])[row.hearing["hearing_host"]]
    content = {
        "receiver": row.party_name, "opening": "根据你（单位）的申请，本机关定于下列时间、地点举行听证，请准时参加。",
        "facts": facts(("告知书", row.notice["number"]), ("时间", f"{at:%Y年%m月%d日 %H:%M}"),
                       ("地点", row.hearing["hearing_place"]), ("主持人", host)),
        "deadline": f"通知送达 {row.hearing['hearing_notified_on']}",
        "basis": ["《行政处罚法》第六十四条"],
        "closing": "无正当理由拒不出席或者中途退出的，视为放弃听证权利。认为主持人有利害关系的，有权申请回避。",
    }  # fmt: skip
    _, number = write_letter(
        uow, rulebook.city, job, kind="hearing_notice", about=row.id, sender=row.unit, receiver="",
        subject="听证通知书", content=content,
    )  # fmt: skip
    change(uow, row, hearing={**row.hearing, "number": number})
    return {}


def hold(uow: UnitOfWork, task: TaskContext, answers: Mapping[str, Any]) -> Mapping[str, object]:
    """Keep the record of the hearing.

    Raises:
        FormInvalid: it has not begun.
    """
    row = case_of(uow, task.variables)
    begins = datetime.fromisoformat(row.hearing["hearing_at"])
    if uow.now < begins and answers["hearing_result"] != "withdrawn":
        refuse("hearing_result", f"听证尚未举行（{chinese_date(begins)}）")
    change(uow, row, hearing={**row.hearing, **answers, "by": task.actor.login}, state="review")
    tell(uow, row.id, "hearing_held", task.actor.login, result=answers["hearing_result"])
    return {}
