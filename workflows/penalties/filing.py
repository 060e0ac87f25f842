"""Filing: five requirements, the head's approval, two officers, and the ninety days begin."""

from collections.abc import Mapping
from typing import Any

from engine.handlers import ServiceJob
from workflows.directory import names_of
from workflows.letter_book import facts, write_letter
from workflows.penalties.links import tell_source
from workflows.penalties.people import officers_of, two_officers
from workflows.penalties.store import case_of, change, outsider, tell
from workflows.penalties.words import PARTY_KINDS, SOURCES
from workflows.process import TaskContext
from workflows.rulebook import Rulebook
from workflows.stage_clocks import open_stage_clock
from workflows.uow import UnitOfWork, chinese_end

STAGE = "inquire"


def check(uow: UnitOfWork, task: TaskContext, answers: Mapping[str, Any]) -> Mapping[str, object]:
    """Keep the five requirements; the table says whether they suffice."""
    row = case_of(uow, task.variables)
    filing = {**answers, "checked_by": task.actor.login, "checked_at": uow.now.isoformat()}
    change(uow, row, state="approval", filing=filing, party_kind=answers["party_kind"],
           party_code=answers.get("party_code") or row.party_code)  # fmt: skip
    return {"violation_ended_on": answers.get("violation_ended_on"), "is_life_safety": answers.get("is_life_safety")}


def approve(uow: UnitOfWork, task: TaskContext, answers: Mapping[str, Any]) -> Mapping[str, object]:
    """Approve with two officers, none of them the approver himself; or return, or refuse.

    Raises:
        FormInvalid: fewer than two officers, or strangers.
        SamePerson: the approver checked the lead, or names himself.
    """
    row = case_of(uow, task.variables)
    if answers["decision"] == "return":
        change(uow, row, state="lead")
        tell(uow, row.id, "returned", task.actor.login, note=answers.get("approval_note"))
        return {}
    if answers["decision"] == "refuse":
        return {}
    chosen = named_officers(uow, row.unit, answers["officers"])
    change(uow, row, officers=[one["value"] for one in chosen],
           filing={**row.filing, "approved_by": task.actor.login, "approved_at": uow.now.isoformat()})  # fmt: skip
    outsider(case_of(uow, task.variables), task.actor)
    return {"officers": [one["value"] for one in chosen], "case_officers": chosen}


def named_officers(uow: UnitOfWork, unit: str, logins: list[str]) -> list[dict[str, str]]:
    """Return two or more officers of the office with their names.

    Raises:
        FormInvalid.
    """
    known = {one["value"]: one for one in officers_of(uow, unit)}
    return [known[login] for login in two_officers(logins, list(known))]


def file_case(uow: UnitOfWork, job: ServiceJob, rulebook: Rulebook) -> Mapping[str, object]:
    """Give the filing number and the approval sheet; ninety calendar days begin (xzcf/60)."""
    row, city = case_of(uow, job.variables), rulebook.city
    due = open_stage_clock(
        uow, rulebook, job, element=STAGE, limit="penalty_decision", anchor=uow.now, anchor_event="立案", unit=row.unit,
        item=row.item_code,
    )  # fmt: skip
    names = names_of(uow, row.officers)
    content = {
        "receiver": city.name, "opening": "下列线索经审查符合立案条件，经批准立案调查。",
        "facts": facts(
            ("当事人", row.party_name), ("性质", PARTY_KINDS.get(row.party_kind or "")), ("证件号码", row.party_code),
            ("案件来源", SOURCES[row.source]), ("违法地点", row.site), ("涉嫌违法事实", row.facts),
            ("五项要件", "有当事人、有违法事实、应当处罚、有管辖权、未超过时效"), ("核查情况",
            row.filing.get("filing_note")),
            ("承办人", "、".join(names[login] for login in row.officers)),
            ("批准人", names_of(uow, [row.filing["approved_by"]]).get(row.filing["approved_by"])),
        ),
        "deadline": f"{due.limit.title} {due.limit.text}，{chinese_end(due.due_at)}前（{due.limit.source}）",
        "basis": ["《行政处罚法》第五十四条、第四十二条、第六十条"],
        "closing": "请依法全面、客观、公正地调查。",
    }  # fmt: skip
    _, number = write_letter(
        uow, city, job, kind="penalty_filing", about=row.id, sender=row.unit, receiver="", subject="立案审批表",
        content=content,
    )  # fmt: skip
    change(uow, row, state="inquiry", filing_number=number, filed_at=uow.now)
    tell(uow, row.id, "filed", "system", number=number, officers=row.officers)
    day = uow.now.astimezone(rulebook.calendar.zone).date().isoformat()
    tell_source(uow, row, f"已立案（{number}）", penalty_filed_on=day, penalty_filing_number=number)
    return {"filing_number": number, "filed_at": uow.now.isoformat()}
