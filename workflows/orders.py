"""The ladder of supervision: every rung a record, the late flag for ever."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import Row, insert, select, update

from engine.handlers import ServiceJob
from workflows.as_of.changes import remember
from workflows.clocks import change_clock, open_clock
from workflows.directory import find_unit
from workflows.letter_book import facts, write_letter
from workflows.messages import send_later
from workflows.notices import notify
from workflows.process import TaskContext
from workflows.records.clocks import running_limit
from workflows.records.orders import supervision_order, supervision_rung
from workflows.rulebook import Rulebook
from workflows.uow import UnitOfWork, chinese_end

RUNGS = {
    "warned": "黄灯预警", "red": "红灯超期", "ordered": "签发督办单", "replied": "书面答复", "leader": "列入局长办公会",
    "instructed": "领导批示", "asked": "提出通报批评", "criticised": "通报批评", "waived": "免予通报",
    "referred": "移送问责线索", "proposed": "拟定移送意见", "checked": "核对答复", "closed": "销号",
    "paused": "中止计时", "resumed": "恢复计时", "extended": "延长时限",
}  # fmt: skip

# Approval bureaus and towns name no head: those who work there stand for one.
HEADS = ("section_head", "squad_head", "district_officer", "approval_clerk", "squad_officer")


def _row(uow: UnitOfWork, instance_id: Any) -> Row[Any]:
    return uow.connection.execute(select(supervision_order).where(supervision_order.c.instance_id == instance_id)).one()


def _rung(uow: UnitOfWork, row: Row[Any], rung: str, to_whom: str, *, actor: str = "system", **detail: Any) -> None:
    letter_id = detail.pop("letter_id", None)
    uow.connection.execute(
        insert(supervision_rung),
        {"id": uow.new_id(), "order_id": row.id, "rung": rung, "at": uow.now, "actor": actor, "to_whom": to_whom,
         "detail": detail, "letter_id": letter_id},
    )  # fmt: skip


def _change(uow: UnitOfWork, row: Row[Any], **values: object) -> None:
    remember(uow, supervision_order, row.id, values)
    uow.connection.execute(update(supervision_order).where(supervision_order.c.id == row.id).values(**values))


def open_ladder(uow: UnitOfWork, job: ServiceJob, rulebook: Rulebook) -> Mapping[str, object]:
    """Open the record of a ladder; answers whose policy section and leader stand above, and the true red instant.

    The clock knows better than the message when it turns red: it may have been paused or extended meanwhile.
    """
    variables = job.variables
    order_id = uow.new_id()
    key = str(variables["key"])
    clock = open_clock(uow, key)
    red_at = clock.due_at if clock else datetime.fromisoformat(str(variables["red_at"]))
    uow.connection.execute(
        insert(supervision_order),
        {
            "id": order_id,
            "instance_id": job.instance_id,
            "business_key": job.business_key,
            "key": key,
            "cause_business_key": variables["cause_business_key"],
            "cause_element": variables["cause_element"],
            "limit_name": variables["limit"],
            "unit": variables["unit"],
            "title": variables["title"],
            "rung": "warned",
            "state": "open",
            "started_at": uow.now,
            "red_at": red_at,
        },
    )
    if clock is not None:
        change_clock(uow, clock, order_id=order_id)
    else:
        _fulfilled_already(uow, key)
    return {
        "order_id": str(order_id), "policy_unit": rulebook.city.policy_unit,
        "leader_unit": rulebook.city.leader_unit, "order_number": None, "red_at": red_at.isoformat(),
    }  # fmt: skip


def _fulfilled_already(uow: UnitOfWork, key: str) -> None:
    """End a ladder that was asked for and overtaken by the fulfilment of its duty."""
    send_later(uow, "duty_fulfilled", key, {"fulfilled_at": uow.now.isoformat()}, optional=True)


def _groups(unit: str, *roles: str) -> list[str]:
    return [f"{unit}/{role}" for role in roles]


def _above(row: Row[Any], rulebook: Rulebook) -> str:
    """Return in whose name a unit is supervised: the leaders' when it is the policy section itself."""
    return rulebook.city.leader_unit if row.unit == rulebook.city.policy_unit else rulebook.city.policy_unit


def _who_reads(row: Row[Any], task: TaskContext) -> str:
    return "政策法规科" if _above(row, task.rulebook) == task.rulebook.city.policy_unit else "分管领导"


def warn(uow: UnitOfWork, job: ServiceJob, _rulebook: Rulebook) -> Mapping[str, object]:
    """Yellow: tell the person."""
    row = _row(uow, job.instance_id)
    roles = ("section_officer", "district_officer", "squad_officer", "approval_clerk", "policy_officer")
    notify(uow, _groups(row.unit, *roles), kind="warned", text=f"临期提醒：{row.title}",
           business_key=row.cause_business_key)  # fmt: skip
    _rung(uow, row, "warned", "承办人")
    return {}


def red(uow: UnitOfWork, job: ServiceJob, _rulebook: Rulebook) -> Mapping[str, object]:
    """Red: tell the head of the section; the clock is late from now on, for ever."""
    row = _row(uow, job.instance_id)
    uow.connection.execute(update(running_limit).where(running_limit.c.order_id == row.id).values(is_late=True))
    notify(uow, _groups(row.unit, *HEADS), kind="red",
           text=f"超期：{row.title}", business_key=row.cause_business_key)  # fmt: skip
    _change(uow, row, rung="red")
    _rung(uow, row, "red", "科室（单位）负责人")
    return {}


def issue(uow: UnitOfWork, job: ServiceJob, rulebook: Rulebook) -> Mapping[str, object]:
    """Issue the formal order to the unit."""
    row = _row(uow, job.instance_id)
    reply = rulebook.reckon("order_reply", uow.now)
    content = {
        "opening": "你单位承办的下列事项已超过办理时限，现予督办，请立即办理并书面答复。",
        "facts": facts(
            ("督办事项", row.title), ("原业务编号", row.cause_business_key),
            ("应于何时前办结", chinese_end(row.red_at)),
        ),
        "deadline": f"{reply.limit.title} {reply.limit.text}，{chinese_end(reply.due_at)}前（{reply.limit.source}）",
        "basis": ["《细则》三（三）"],
        "closing": "逾期不答复、不办理的，将报分管领导并列入局长办公会通报。",
    }  # fmt: skip
    letter_id, number = write_letter(
        uow, rulebook.city, job, kind="order", about=row.id, sender=_above(row, rulebook), receiver=row.unit,
        subject="督办单", content=content,
    )  # fmt: skip
    _change(uow, row, rung="ordered", number=number, ordered_at=uow.now)
    _rung(uow, row, "ordered", row.unit, number=number, letter_id=letter_id)
    return {"order_number": number, "ordered_at": uow.now.isoformat()}


def leader(uow: UnitOfWork, job: ServiceJob, rulebook: Rulebook) -> Mapping[str, object]:
    """Put it on the leaders' list."""
    row = _row(uow, job.instance_id)
    notify(uow, _groups(rulebook.city.leader_unit, "leader"), kind="leader", text=f"列入局长办公会：{row.title}",
           business_key=row.business_key)  # fmt: skip
    _change(uow, row, rung="leader")
    _rung(uow, row, "leader", "分管领导、局长办公会")
    return {}


def referred(uow: UnitOfWork, job: ServiceJob, rulebook: Rulebook) -> Mapping[str, object]:
    """Refer it to the discipline inspectors, or keep why it was not."""
    row = _row(uow, job.instance_id)
    if job.variables.get("referral") == "waive":
        _rung(uow, row, "waived", "纪检监察", reason=str(job.variables.get("referral_note") or ""))
        return {"referral_number": None}
    content = {
        "opening": "下列事项经督办、通报仍未办理，现将有关情况移送，请依职责处理。",
        "facts": facts(
            ("事项", row.title), ("责任单位", find_unit(uow, row.unit).name), ("督办单", row.number),
            ("应于何时前办结", chinese_end(row.red_at)), ("情况说明", job.variables.get("referral_note")),
            ("批准领导", job.variables.get("leader_approval")),
        ),
        "basis": ["《细则》三（三）"],
        "closing": "特此移送。",
    }  # fmt: skip
    letter_id, number = write_letter(
        uow, rulebook.city, job, kind="referral", about=row.id, sender=_above(row, rulebook),
        receiver=rulebook.city.discipline_unit, subject="问责线索移送函", content=content,
    )  # fmt: skip
    _change(uow, row, rung="referred")
    _rung(uow, row, "referred", "纪检监察", number=number, letter_id=letter_id)
    return {"referral_number": number}


def close_ladder(uow: UnitOfWork, job: ServiceJob, _rulebook: Rulebook) -> Mapping[str, object]:
    """Close the ladder; what was late stays late."""
    row = _row(uow, job.instance_id)
    _change(uow, row, state="closed", closed_at=uow.now)
    _rung(uow, row, "closed", row.unit)
    return {}


def reply(uow: UnitOfWork, task: TaskContext, answers: Mapping[str, Any]) -> Mapping[str, object]:
    """Keep the unit's written reply."""
    row = _row(uow, task.instance_id)
    _change(uow, row, reply=dict(answers), replied_at=uow.now)
    _rung(uow, row, "replied", _who_reads(row, task), actor=task.actor.login, **_plain(answers))
    return {}


def instruct(uow: UnitOfWork, task: TaskContext, answers: Mapping[str, Any]) -> Mapping[str, object]:
    """Keep the leader's instruction."""
    _rung(uow, _row(uow, task.instance_id), "instructed", "责任单位", actor=task.actor.login, **_plain(answers))
    return {}


def criticise(uow: UnitOfWork, task: TaskContext, answers: Mapping[str, Any]) -> Mapping[str, object]:
    """Ask for a criticism, which is issued only after the unit was heard, or keep why it was waived."""
    row = _row(uow, task.instance_id)
    if answers.get("criticism") == "waive":
        _rung(uow, row, "waived", row.unit, actor=task.actor.login, **_plain(answers))
        return {}
    key = f"TP/{row.business_key}"
    facts_of_case = f"督办单 {row.number}：{row.title}，应于{chinese_end(row.red_at)}前办结，经督办仍未办理。"
    variables = {
        "business_key": key, "unit": row.unit, "source": "overdue", "reference": row.number, "order_id": str(row.id),
        "facts": f"{facts_of_case}{answers['criticism_note']}", "requested_by": task.actor.login,
    }  # fmt: skip
    send_later(uow, "criticism_requested", key, variables)
    _rung(uow, row, "asked", row.unit, actor=task.actor.login, case=key, **_plain(answers))
    return {}


def note_closing(uow: UnitOfWork, task: TaskContext, answers: Mapping[str, Any]) -> Mapping[str, object]:
    """Keep why the order was closed."""
    row = _row(uow, task.instance_id)
    _change(uow, row, close_note=answers.get("closing_opinion"))
    _rung(uow, row, "checked", _who_reads(row, task), actor=task.actor.login, **_plain(answers))
    return {}


def refer(uow: UnitOfWork, task: TaskContext, answers: Mapping[str, Any]) -> Mapping[str, object]:
    """Keep who proposed the referral or its waiver; the record follows in the same step."""
    row = _row(uow, task.instance_id)
    _rung(uow, row, "proposed", "分管领导", actor=task.actor.login, **_plain(answers))
    return {}


def _plain(answers: Mapping[str, Any]) -> dict[str, str]:
    return {key: str(value) for key, value in answers.items() if value not in (None, "")}
