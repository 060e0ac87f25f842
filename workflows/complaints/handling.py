"""Accept, handle, extend, urge, answer: what the unit does with a complaint and by when."""

from collections.abc import Mapping
from typing import Any

from engine.handlers import ServiceJob
from workflows import errors
from workflows.clocks import is_task_late, open_clock
from workflows.commands.clocks import ExtendClock
from workflows.complaints.access import refuse_barred
from workflows.complaints.channels import channel_of
from workflows.complaints.duplicates import merged_into
from workflows.complaints.informants import cleared_answers
from workflows.complaints.store import BASIS, about, change, count_of, name_of, row_of, tell, until, write_to_informant
from workflows.complaints.words import OUTCOMES
from workflows.letter_book import facts, write_letter
from workflows.notices import notify
from workflows.process import TaskContext
from workflows.rulebook import Rulebook
from workflows.uow import UnitOfWork, chinese_end

_STEP = "handle_complaint"


def accept(uow: UnitOfWork, task: TaskContext, answers: Mapping[str, Any]) -> Mapping[str, object]:
    """Keep the unit's answer; what an arbiter has designated cannot be returned again.

    Raises:
        ReturnRefused.
    """
    row, actor, decision = row_of(uow, task.variables), task.actor, str(answers["decision"])
    refuse_barred(uow, actor, row)
    if decision == "return" and task.variables["is_designated"]:
        raise errors.ReturnRefused(complaint=row.number)
    clean = cleared_answers(uow, actor, row.id, answers, ("decision_reason",))
    late = row.is_late or is_task_late(uow, task.task_id)
    state = {"accept": "handling", "refuse": "refused", "return": "returned"}[decision]
    more = {"accepted_at": uow.now} if decision == "accept" else {}
    change(uow, row.id, state=state, is_late=late, **more)
    event = {"accept": "accepted", "refuse": "refused", "return": "returned"}[decision]
    tell(uow, row.id, event, actor.login, actor.unit, reason=clean["decision_reason"])
    returned = clean["decision_reason"] if decision == "return" else None
    return {**clean, "return_note": returned}


def send_acceptance(uow: UnitOfWork, job: ServiceJob, rulebook: Rulebook) -> Mapping[str, object]:
    """Tell whoever complained that it is accepted, and by when it will be answered."""
    row = row_of(uow, job.variables)
    channel = channel_of(rulebook.city.folder, row.channel)
    clock = rulebook.reckon(channel.handle_limit, row.accepted_at if channel.anchor == "accepted" else row.received_at)
    content = {
        "opening": "您反映的事项，经审查予以受理。",
        "facts": facts(*about(row), ("承办单位", name_of(uow, row.unit))),
        "deadline": f"{clock.limit.title} {clock.limit.text}，{until(clock.due_at)}（{clock.limit.source}）",
        "closing": "您的个人信息依规保密。",
    }
    write_to_informant(uow, rulebook, row, "complaint_acceptance", "受理告知书", content)
    return {}


def send_refusal(uow: UnitOfWork, job: ServiceJob, rulebook: Rulebook) -> Mapping[str, object]:
    """Tell whoever complained that it is not accepted, and why."""
    row = row_of(uow, job.variables)
    content = {
        "opening": "您反映的事项，经审查不予受理。",
        "facts": facts(*about(row), ("理由", job.variables["decision_reason"])),
        "closing": "对本告知有异议的，可以向我局政策法规和行政许可科反映。",
    }
    write_to_informant(uow, rulebook, row, "complaint_refusal", "不予受理告知书", content)
    change(uow, row.id, closed_at=uow.now)
    return {}


def start_handling(uow: UnitOfWork, job: ServiceJob, rulebook: Rulebook) -> Mapping[str, object]:
    """Say which limit of the source applies and from when it counts; a complaint reopened counts anew."""
    row = row_of(uow, job.variables)
    channel, turn = channel_of(rulebook.city.folder, row.channel), count_of(job.variables, "handling_round") + 1
    first = row.accepted_at if channel.anchor == "accepted" else row.received_at
    anchor = first if turn == 1 else uow.now
    clock = rulebook.reckon(channel.handle_limit, anchor, item=row.item_code or None)
    return {
        "handling_limit": channel.handle_limit, "handling_anchor_at": anchor.isoformat(), "handling_round": turn,
        "handling_warn_at": clock.warn_at.isoformat(), "handling_due_at": clock.due_at.isoformat(),
        "is_extension_asked": False,
    }  # fmt: skip


def clock_key(row: Any, turn: object) -> str:
    """Return under which key the clock of a turn of handling runs."""
    return f"{row.number}/{_STEP}/{turn}"


def approve_extension(uow: UnitOfWork, task: TaskContext, answers: Mapping[str, Any]) -> Mapping[str, object]:
    """Let another person than who asked grant the source's extension, once.

    Raises:
        SamePerson.
        FormInvalid: the complaint has been answered meanwhile.
    """
    row, given, actor = row_of(uow, task.variables), task.variables, task.actor
    refuse_barred(uow, actor, row)
    clean = cleared_answers(uow, actor, row.id, answers, ("decision_reason",))
    if answers["decision"] != "grant":
        tell(uow, row.id, "extension_refused", actor.login, actor.unit, reason=clean["decision_reason"])
        return clean
    clock = open_clock(uow, clock_key(row, given["handling_round"]))
    if clock is None:
        message = "本件已经答复，不再需要延期；请选择不同意"
        raise errors.FormInvalid(errors=[{"field": "decision", "code": "invalid", "message": message}])
    channel = channel_of(task.rulebook.city.folder, row.channel)
    more = task.rulebook.reckon(channel.extend_limit, uow.now).limit
    ExtendClock(
        clock.id, actor, more.length, str(given["extension_reason"]), str(given["extension_asked_by"]), task.rulebook
    ).run(uow)
    change(uow, row.id, is_extended=True)
    tell(uow, row.id, "extended", actor.login, actor.unit, limit=more.text, source=more.source,
         reason=clean["decision_reason"])  # fmt: skip
    return clean


def tell_extension(uow: UnitOfWork, job: ServiceJob, rulebook: Rulebook) -> Mapping[str, object]:
    """Tell whoever complained how far it is and until when it will take."""
    row = row_of(uow, job.variables)
    clock = open_clock(uow, clock_key(row, job.variables["handling_round"]))
    content = {
        "opening": "您反映的事项情况复杂，不能在原定期限内办结，经批准延长办理期限。",
        "facts": facts(*about(row), ("办理进展", job.variables["extension_reason"])),
        "deadline": f"{until(clock.due_at)}答复" if clock is not None else "",
        "closing": "感谢您的理解。",
    }
    write_to_informant(uow, rulebook, row, "complaint_extension", "延期告知书", content)
    return {}


def handle(uow: UnitOfWork, task: TaskContext, answers: Mapping[str, Any]) -> Mapping[str, object]:
    """Keep what was found and done; a late answer stays late for ever."""
    row, actor = row_of(uow, task.variables), task.actor
    refuse_barred(uow, actor, row)
    clean = cleared_answers(uow, actor, row.id, answers, ("handling_note", "reply_text"))
    late = row.is_late or is_task_late(uow, task.task_id)
    change(uow, row.id, outcome=answers["outcome"], reply_text=clean["reply_text"], is_late=late)
    tell(uow, row.id, "handled", actor.login, actor.unit, outcome=answers["outcome"], note=clean["handling_note"])
    return clean


def send_urge(uow: UnitOfWork, job: ServiceJob, rulebook: Rulebook) -> Mapping[str, object]:
    """Urge the unit in writing now that the limit is over, with a copy to the leader."""
    urge(uow, rulebook, job, row_of(uow, job.variables), "system", "已到办理期限，尚未答复")
    return {}


def urge(uow: UnitOfWork, rulebook: Rulebook, case: Any, row: Any, by: str, reason: str) -> str:
    """Write the urging letter to the unit and let the leader know; answers its number."""
    city = rulebook.city
    clock = open_clock(uow, clock_key(row, row.reopen_count + 1))
    content = {
        "opening": "你单位承办的下列投诉举报尚未答复，请抓紧办理。",
        "facts": facts(
            *about(row), ("催办原因", reason), ("应于何时前答复", chinese_end(clock.due_at) if clock else ""),
        ),
        "basis": [*BASIS, "《细则》三（三）"],
        "closing": "本通知同时抄送局领导。仍不办理的，列入督办。",
    }  # fmt: skip
    _, number = write_letter(
        uow, city, case, kind="complaint_urge", about=row.id, sender=city.policy_unit, receiver=row.unit,
        subject="催办通知书", content=content, by=by,
    )  # fmt: skip
    roles = ("section_officer", "section_head", "district_officer", "squad_officer", "squad_head", "approval_clerk")
    text = f"催办：投诉举报 {row.number} 尚未答复"
    notify(uow, [f"{row.unit}/{role}" for role in roles], kind="urged", text=text, business_key=row.business_key)
    notify(uow, [f"{city.leader_unit}/leader"], kind="urged", text=f"抄送：{text}（{name_of(uow, row.unit)}）",
           business_key=row.business_key)  # fmt: skip
    tell(uow, row.id, "urged", by, row.unit, letter=number, reason=reason)
    return number


def send_reply(uow: UnitOfWork, job: ServiceJob, rulebook: Rulebook) -> Mapping[str, object]:
    """Answer whoever complained, and those whose complaints were merged into this one."""
    row = row_of(uow, job.variables)
    for one in (row, *merged_into(uow, row.id)):
        content = {
            "opening": "您反映的事项已经办理，现答复如下。",
            "facts": facts(*about(one), ("核查结论", OUTCOMES[row.outcome]), ("答复", row.reply_text)),
            "closing": "我们将通过回访了解您对办理情况的意见。",
        }
        addressed = one if one.id == row.id else _carried(one, row)
        number = write_to_informant(uow, rulebook, addressed, "complaint_reply", "投诉举报答复书", content)
        change(uow, one.id, replied_at=one.replied_at or uow.now)
        tell(uow, one.id, "replied", "system", row.unit, letter=number)
    change(uow, row.id, state="replied")
    return {}


def _carried(one: Any, main: Any) -> Any:
    """Return a merged complaint with the unit that answers it."""
    return one if one.unit else one._replace(unit=main.unit)
