"""Execution: paid, deferred, reminded, brought before the court (xzcf/66, 72; xzqz/53, 54)."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import delete, func, insert, select

from engine.handlers import ServiceJob
from workflows.clock_timers import set_timers
from workflows.clocks import Clock, change_clock, clock_of_task, is_exceeded, spans
from workflows.letter_book import facts, write_letter
from workflows.penalties.hearing import noon
from workflows.penalties.links import tell_source
from workflows.penalties.money import Balance, Money, balance_of
from workflows.penalties.service import COURT, PAYMENT
from workflows.penalties.store import case_of, change, fen_of, outsider, refuse, tell, yuan
from workflows.process import TaskContext
from workflows.records.penalties import penalty_instalment
from workflows.rulebook import Rulebook
from workflows.stage_clocks import end_stage_clock, stage_clock
from workflows.time_limits import end_of_day
from workflows.uow import UnitOfWork, local_day_of

_MANY = 36
_RESULTS = {
    "executed": "法院强制执行完毕",
    "not_accepted": "法院不予受理",
    "refused": "法院裁定不予执行",
    "terminated": "终结执行",
}


def track(uow: UnitOfWork, task: TaskContext, answers: Mapping[str, Any]) -> Mapping[str, object]:
    """Keep how far the party has performed.

    Raises:
        FormInvalid: the fine is not fully paid; the term is not over; the instalments do not make up the fine.
    """
    row = case_of(uow, task.variables)
    today = local_day_of(uow.now)
    balance = balance_of(uow, row, today)
    kind = answers["execution"]
    if kind == "performed":
        _settled(balance, str(answers.get("execution_note") or ""))
    elif kind == "overdue":
        _overdue(uow, row, balance)
    else:
        plan = read_instalments(str(answers["instalments"]), balance.outstanding, today)
        asked = [{"due_on": day.isoformat(), "amount_fen": fen} for day, fen in plan]
        execution = {**(row.execution or {}), "asked": asked, "reason": answers["deferral_reason"]}
        change(uow, row, execution=execution)
        tell(uow, row.id, "deferral", task.actor.login, reason=answers["deferral_reason"], plan=asked)
        return {}
    change(uow, row, execution={**(row.execution or {}), "note": answers.get("execution_note"), "by": task.actor.login})
    return {}


def _settled(balance: Balance, note: str) -> None:
    if balance.outstanding:
        refuse("execution", f"罚款尚有 {yuan(balance.outstanding)} 元未缴，请先登记缴款")
    if balance.surcharge_left and not note.strip():
        refuse("execution_note", f"加处罚款尚有 {yuan(balance.surcharge_left)} 元未缴；依法减免的请写明理由")


def _overdue(uow: UnitOfWork, row: Any, balance: Balance) -> None:
    clock = stage_clock(uow, row.instance_id, PAYMENT)
    if clock is not None and uow.now < clock.due_at:
        last = local_day_of(clock.due_at - timedelta(microseconds=1))
        refuse("execution", f"履行期限至 {last}，尚未逾期，不能催告")
    if row.fine_fen and not balance.outstanding and not balance.surcharge_left:
        refuse("execution", "罚款已经缴清，请登记已全部履行")


def read_instalments(text: str, outstanding: int, today: date) -> list[Money]:
    """Return the instalments written one a line: day and yuan.

    Raises:
        FormInvalid: a line cannot be read, days do not rise or are past, or the sum is not what is outstanding.
    """
    plan = [_instalment(line, number) for number, line in enumerate(filter(None, map(str.strip, text.splitlines())), 1)]
    if len(plan) > _MANY:
        refuse("instalments", f"最多 {_MANY} 期")
    days = [day for day, _ in plan]
    if days != sorted(set(days)) or days[0] <= today:
        refuse("instalments", "各期日期应当在今天之后，并且逐期递增")
    total = sum(fen for _, fen in plan)
    if total != outstanding:
        refuse("instalments", f"各期合计 {yuan(total)} 元，应当等于未缴的 {yuan(outstanding)} 元")
    return plan


def _instalment(line: str, number: int) -> Money:
    parts = line.replace("，", " ").replace(",", " ").split()
    try:
        day, amount = date.fromisoformat(parts[0]), parts[1]
        fen = fen_of("instalments", float(amount) and amount)
    except (ValueError, IndexError, ArithmeticError):
        refuse("instalments", f"第 {number} 行应为“日期 金额”，例如 2026-05-01 5000")
    if fen <= 0 or len(parts) != 2:
        refuse("instalments", f"第 {number} 行应为“日期 金额”，金额大于零")
    return day, fen


def decide_deferral(uow: UnitOfWork, task: TaskContext, answers: Mapping[str, Any]) -> Mapping[str, object]:
    """Approve the instalments, which then are the term of the fine, or refuse them.

    Raises:
        SamePerson: an officer of the case approves.
    """
    row = case_of(uow, task.variables)
    outsider(row, task.actor)
    is_approved = answers["decision"] == "approve"
    tell(uow, row.id, "deferral_decided", task.actor.login, decision=answers["decision"],
         note=answers.get("deferral_note"))  # fmt: skip
    if is_approved:
        _agree(uow, row, row.execution["asked"], task)
    return {"execution_round": int(task.variables["execution_round"]) + 1}


def _agree(uow: UnitOfWork, row: Any, plan: Sequence[Mapping[str, Any]], task: TaskContext) -> None:
    """Put the instalments in the place of those before; the clock runs to the last of them."""
    paid = balance_of(uow, row, local_day_of(uow.now)).paid
    uow.connection.execute(delete(penalty_instalment).where(penalty_instalment.c.case_id == row.id))
    kept = [(row.pay_by, paid)] if paid else []
    wanted = [*kept, *((date.fromisoformat(one["due_on"]), int(one["amount_fen"])) for one in plan)]
    rows = [
        {"id": uow.new_id(), "case_id": row.id, "place": place, "due_on": day, "amount_fen": fen,
         "approved_by": task.actor.login, "approved_at": uow.now}
        for place, (day, fen) in enumerate(wanted, 1)
    ]  # fmt: skip
    uow.connection.execute(insert(penalty_instalment), rows)
    clock = stage_clock(uow, row.instance_id, PAYMENT)
    if clock is not None:
        _postpone(uow, clock, end_of_day(wanted[-1][0], task.rulebook.calendar), row.execution["reason"], task)
    court = stage_clock(uow, row.instance_id, COURT)
    if court is not None and noon(wanted[-1][0].isoformat()) > court.anchor_at:
        _court_from(uow, court, wanted[-1][0], task, is_late=is_exceeded(court, uow.now))


def _court_from(uow: UnitOfWork, clock: Clock, day: date, task: TaskContext, *, is_late: bool) -> None:
    """Let the three months to ask the court begin on another day: after the instalments, or when remedies ended."""
    event = "复议、诉讼或者延期、分期期限届满"
    anchor = noon(day.isoformat())
    found = task.rulebook.reckon("court_application", anchor, item=clock.item_code)
    change_clock(uow, clock, anchor_at=anchor, anchor_event=event, limit_version=found.limit.version,
                 due_at=found.due_at, warn_at=found.warn_at, is_late=is_late)  # fmt: skip
    if clock.paused_since is None:
        set_timers(uow, clock, found, (), task.rulebook, actor=task.actor.login, reason=f"{event}：{day}",
                   rung="extended")  # fmt: skip


def _postpone(uow: UnitOfWork, clock: Clock, due: datetime, reason: str, task: TaskContext) -> None:
    """Let the term of the fine end with the last instalment; its warning and its ladder go with it."""
    found = task.rulebook.reckon_again(clock, spans(clock.pauses))
    found = replace(found, due_at=due, warn_at=due - timedelta(days=found.limit.warn_before))
    grant = {"reason": reason, "requested_by": "当事人", "approved_by": task.actor.login, "at": uow.now.isoformat()}
    change_clock(uow, clock, due_at=due, warn_at=found.warn_at, extension={"more": 0, "grants": [grant]},
                 is_late=is_exceeded(clock, uow.now))  # fmt: skip
    if clock.paused_since is None:
        set_timers(uow, clock, found, spans(clock.pauses), task.rulebook, actor=task.actor.login,
                   reason=f"延期、分期缴纳：{reason}", rung="extended")  # fmt: skip


def send_reminder(uow: UnitOfWork, job: ServiceJob, rulebook: Rulebook) -> Mapping[str, object]:
    """Remind the party in writing before the court is asked; nobody need be urged about the payment any more."""
    row = case_of(uow, job.variables)
    balance = balance_of(uow, row, local_day_of(uow.now))
    limit = rulebook.reckon("court_reminder", uow.now).limit
    content = {
        "receiver": row.party_name, "opening": f"你（单位）至今未履行{row.decision_number}行政处罚决定，现予催告。",
        "facts": facts(
            ("未缴罚款（元）", yuan(balance.outstanding) if row.fine_fen else ""),
            ("加处罚款（元）", yuan(balance.surcharge_left) if balance.surcharge_left else ""),
            ("其他义务", row.decision["penalty_content"]), ("履行方式",
            "到指定银行或者通过电子支付系统缴纳，或者履行决定的义务"),
            ("权利", "收到本催告书后有权进行陈述和申辩"),
        ),
        "deadline": f"收到本催告书之日起{limit.text}内（{limit.source}）",
        "basis": ["《行政强制法》第三十五条、第五十四条", "《行政处罚法》第七十二条"],
        "closing": "逾期仍不履行的，本机关将依法申请人民法院强制执行。",
    }  # fmt: skip
    _, number = write_letter(uow, rulebook.city, job, kind="court_reminder", about=row.id, sender=row.unit,
                             receiver="", subject="履行行政处罚决定催告书", content=content)  # fmt: skip
    execution = {**(row.execution or {}), "reminder": {"number": number, "at": uow.now.isoformat()},
                 "is_late": end_stage_clock(uow, job.instance_id, PAYMENT)}  # fmt: skip
    change(uow, row, state="reminded", execution=execution)
    tell(uow, row.id, "reminded", "system", number=number)
    return {"reminder_number": number}


def serve_reminder(uow: UnitOfWork, task: TaskContext, answers: Mapping[str, Any]) -> Mapping[str, object]:
    """Keep when the party got the reminder."""
    row = case_of(uow, task.variables)
    change(uow, row, execution={**row.execution, "reminder": {**row.execution["reminder"], **answers}})
    return {}


def await_reminder(uow: UnitOfWork, task: TaskContext, answers: Mapping[str, Any]) -> Mapping[str, object]:
    """Keep what came of the reminder; the court is asked only when the law allows.

    Raises:
        FormInvalid: the ten working days are not over, or the remedies are still open.
    """
    row = case_of(uow, task.variables)
    execution = {**row.execution, "statement": answers.get("reminder_statement"), "by": task.actor.login}
    if answers["reminder_result"] == "performed":
        _settled(balance_of(uow, row, local_day_of(uow.now)), str(answers.get("reminder_statement") or ""))
    else:
        clock = clock_of_task(uow, task.task_id)
        if clock is not None and uow.now < clock.due_at:
            last = local_day_of(clock.due_at - timedelta(microseconds=1))
            refuse("reminder_result", f"催告书送达后十个工作日（至 {last}）尚未届满，不能申请强制执行")
        expired = str(answers["remedy_expired_on"])
        if expired >= local_day_of(uow.now).isoformat():
            refuse("remedy_expired_on", "复议、诉讼期限届满的次日起才能申请强制执行")
        begin = max(date.fromisoformat(expired), _last_instalment(uow, row))
        until = task.rulebook.reckon("court_application", noon(begin.isoformat()), item=row.item_code).due_at
        late = uow.now >= until
        if (court := stage_clock(uow, row.instance_id, COURT)) is not None:
            _court_from(uow, court, begin, task, is_late=late)
        execution |= {"remedy_expired_on": expired, "court_until": until.isoformat(), "court_late": late}
    change(uow, row, execution=execution)
    return {}


def _last_instalment(uow: UnitOfWork, row: Any) -> date:
    """Return when approved instalments end, from which the court may be asked (xzcf/72); else the first of days."""
    last = select(func.max(penalty_instalment.c.due_on)).where(penalty_instalment.c.case_id == row.id)
    return uow.connection.execute(last).scalar() or date.min


def apply_to_court(uow: UnitOfWork, job: ServiceJob, rulebook: Rulebook) -> Mapping[str, object]:
    """Write the application to the court."""
    row = case_of(uow, job.variables)
    balance = balance_of(uow, row, local_day_of(uow.now))
    given: Mapping[str, Any] = row.execution
    late = "已超过三个月的申请期限，请说明正当理由。" if given["court_late"] else ""
    content = {
        "receiver": "有管辖权的人民法院",
        "opening": "被执行人逾期不履行行政处罚决定，经催告仍不履行，申请强制执行。" + late,
        "facts": facts(
            ("被执行人", row.party_name), ("证件号码", row.party_code), ("执行依据", row.decision_number),
            ("送达日期", row.served_on), ("复议、诉讼期限届满", given["remedy_expired_on"]),
            ("催告书", given["reminder"]["number"]), ("催告送达", given["reminder"]["reminder_served_on"]),
            ("当事人意见", given.get("statement") or "无"), ("罚款（元）", yuan(balance.outstanding)),
            ("加处罚款（元）", yuan(balance.surcharge_left)), ("其他内容", row.decision["penalty_content"]),
        ),
        "evidence": [{"name": name, "note": ""} for name in
                     ("行政处罚决定书及事实、理由和依据", "催告书和送达证明", "当事人的意见", "申请执行标的情况")],
        "basis": ["《行政强制法》第五十三条、第五十四条、第五十五条"], "closing": "行政机关负责人（签名）：",
    }  # fmt: skip
    _, number = write_letter(uow, rulebook.city, job, kind="court_application", about=row.id, sender=row.unit,
                             receiver="", subject="强制执行申请书", content=content)  # fmt: skip
    end_stage_clock(uow, job.instance_id, COURT)
    change(uow, row, state="court", execution={**given, "court_number": number, "applied_at": uow.now.isoformat()})
    tell(uow, row.id, "court", "system", number=number, late=given["court_late"])
    return {}


def record_court(uow: UnitOfWork, task: TaskContext, answers: Mapping[str, Any]) -> Mapping[str, object]:
    """Keep what the court did."""
    row = case_of(uow, task.variables)
    change(uow, row, execution={**row.execution, **answers, "court_by": task.actor.login})
    tell(uow, row.id, "court_result", task.actor.login, result=answers["court_result"])
    return {}


def record_execution(uow: UnitOfWork, job: ServiceJob, _rulebook: Rulebook) -> Mapping[str, object]:
    """End the execution with what was paid, and tell where the case came from."""
    row = case_of(uow, job.variables)
    balance = balance_of(uow, row, local_day_of(uow.now))
    end_stage_clock(uow, job.instance_id, COURT)
    late = end_stage_clock(uow, job.instance_id, PAYMENT) or bool((row.execution or {}).get("is_late"))
    how = _RESULTS.get(str((row.execution or {}).get("court_result")), "当事人自行履行")
    done = {**(row.execution or {}), "how": how, "paid_fen": balance.paid, "surcharge_paid_fen": balance.surcharge_paid,
            "executed_on": local_day_of(uow.now).isoformat(), "is_late": late}  # fmt: skip
    change(uow, row, state="executed", execution=done)
    tell(uow, row.id, "executed", "system", how=how, paid=yuan(balance.paid))
    tell_source(uow, row, f"执行完毕（{how}）", penalty_executed_on=done["executed_on"])
    return {}
