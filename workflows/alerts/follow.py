"""What follows a true alert: an inspection, a penalty lead, a transfer; and what the party is told (xzcf/41)."""

from collections.abc import Mapping
from typing import Any

from engine.handlers import ServiceJob
from workflows import errors
from workflows.alerts.evidence import hold_files
from workflows.alerts.parameters import vocabulary
from workflows.alerts.site import record_site_act
from workflows.alerts.store import alert_for, alert_of, change, tell
from workflows.commands.register_lead import RegisterLead
from workflows.directory import contact_of, find_actor
from workflows.inspections.start import StartInspection
from workflows.items import items_on
from workflows.letter_book import facts, write_letter
from workflows.penalties.leads import RegisterPenaltyLead
from workflows.policy import Actor, require
from workflows.process import TaskContext
from workflows.rulebook import Rulebook
from workflows.transfers import MATTERS
from workflows.uow import UnitOfWork, chinese_date, local_day_of

UNKNOWN_PARTY = ("", "不明")
OFFICERS = ("section_officer", "section_head", "district_officer", "squad_officer", "squad_head")


def choices(uow: UnitOfWork, _variables: Mapping[str, Any]) -> Mapping[str, object]:
    """Return the items and matters that may be chosen."""
    today = local_day_of(uow.now)
    return {
        "items": [{"value": one.code, "label": f"{one.code} {one.name}"} for one in items_on(uow, today)],
        "matters": [{"value": code, "label": name} for code, name in MATTERS.items()],
    }  # fmt: skip


def decide_follow_up(uow: UnitOfWork, task: TaskContext, answers: Mapping[str, Any]) -> Mapping[str, object]:
    """Refuse what cannot follow, and keep who decided.

    Raises:
        FormInvalid: a penalty needs a party that is known.
    """
    row = alert_of(uow, task.variables)
    if answers["follow_up"] in ("inspection", "penalty") and row.party_name in UNKNOWN_PARTY:
        message = "当事人不明，请先移送或由现场补充后再立案、检查"
        raise errors.FormInvalid(errors=[{"field": "follow_up", "message": message}])
    return {"followed_by": task.actor.login}


def open_follow_up(uow: UnitOfWork, job: ServiceJob, rulebook: Rulebook) -> Mapping[str, object]:
    """Begin the case that was decided on, with the alert as its source; its files are kept with it."""
    row, given = alert_of(uow, job.variables), job.variables
    actor = find_actor(uow, str(given["followed_by"]))
    if actor is None:
        raise errors.CaseNotFound(person=str(given["followed_by"]))
    kind = str(given["follow_up"])
    if given.get("item_code"):
        record_site_act(uow, row, str(given["item_code"]))
    begin = {"inspection": _inspection, "penalty": _penalty, "transfer": _transfer}.get(kind)
    key = begin(uow, actor, row, given, rulebook) if begin else None
    if key:
        hold_files(uow, row.id, key)
    change(uow, row.id, follow_up=kind, follow_up_key=key)
    tell(uow, row.id, "followed", actor.login, follow_up=kind, case=key)
    return {}


def _inspection(uow: UnitOfWork, actor: Actor, row: Any, given: Mapping[str, Any], rulebook: Rulebook) -> str:
    request = {
        "kind": "special", "party_name": row.party_name, "party_code": row.party_code, "site": row.place,
        "area": row.area, "item_code": given["item_code"], "unit": actor.unit, "source_key": row.number,
        "reason": given["follow_up_note"],
    }  # fmt: skip
    return StartInspection(actor, request, rulebook).run(uow).number


def _penalty(uow: UnitOfWork, actor: Actor, row: Any, given: Mapping[str, Any], rulebook: Rulebook) -> str:
    lead = {
        "source": "alert", "source_key": row.number, "source_id": str(row.id), "party_name": row.party_name,
        "party_code": row.party_code, "item_code": given["item_code"], "unit": row.unit, "area": row.area,
        "site": row.place, "facts": given["follow_up_note"], "found_on": local_day_of(row.checked_at).isoformat(),
    }  # fmt: skip
    return RegisterPenaltyLead(actor, lead, rulebook).run(uow)


def _transfer(uow: UnitOfWork, actor: Actor, row: Any, given: Mapping[str, Any], rulebook: Rulebook) -> str:
    evidence = [{"name": f"非现场监管预警 {row.number}", "kind": "document", "note": "监控记录经审核前只作线索"}]
    lead = {
        "party_name": row.party_name, "project_name": row.place, "site": row.place, "area": row.area,
        "source": "非现场监管", "matter": given["matter"], "facts": given["follow_up_note"],
        "found_at": row.checked_at.isoformat(), "evidence": evidence,
    }  # fmt: skip
    return RegisterLead(actor, lead, rulebook).run(uow).business_key


def notify_party(uow: UnitOfWork, job: ServiceJob, rulebook: Rulebook) -> Mapping[str, object]:
    """Tell a known party in writing what was recorded, and how to see it and answer."""
    row = alert_of(uow, job.variables)
    if row.party_name in UNKNOWN_PARTY:
        tell(uow, row.id, "party_unknown", "system")
        return {}
    kind = vocabulary(rulebook.city.folder).classes.get(row.class_code, row.class_code)
    content = {
        "receiver": row.party_name,
        "opening": "经电子监控记录并到场核实，你（单位）涉嫌下列违法行为，现依法告知。",
        "facts": facts(
            ("时间", f"{chinese_date(row.happened_at)}"), ("地点", row.place), ("记录类别", kind),
            ("核实情况", job.variables.get("follow_up_note")), ("预警编号", row.number),
        ),
        "basis": ["《行政处罚法》第四十一条第三款"],
        "closing": "你（单位）有权查阅记录，进行陈述和申辩："
                   f"请凭预警编号联系 {contact_of(uow, row.unit) or '承办单位'}，书面或者口头均可，不因申辩加重处理。",
    }  # fmt: skip
    _, number = write_letter(
        uow, rulebook.city, job, kind="alert_notice", about=row.id, sender=row.unit, receiver="",
        subject="电子监控记录告知书", content=content, by=str(job.variables["followed_by"]),
    )  # fmt: skip
    change(uow, row.id, notice_number=number)
    tell(uow, row.id, "notified", "system", number=number)
    return {"notice_number": number}


def keep_statement(uow: UnitOfWork, actor: Actor, number: str, text: str) -> None:
    """Take down what the party says to it.

    Raises:
        CaseNotFound.
        NotAllowed: only the unit that handles the alert takes statements.
        FormInvalid: the alert was never told to a party.
    """
    require(actor, *OFFICERS)
    row = alert_for(uow, actor, number)
    if row.unit not in actor.units:
        raise errors.NotAllowed(reason="由处置单位登记")
    if row.notice_number is None:
        raise errors.FormInvalid(errors=[{"field": "statement_text", "message": "尚未告知当事人，不能登记陈述申辩"}])
    entry = {"text": text, "by": actor.login, "at": uow.now.isoformat()}
    change(uow, row.id, statements=[*row.statements, entry])
    tell(uow, row.id, "statement", actor.login)
