"""Supervising the supervisors: cases about units, the register of letters, the form that begins one."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from flask import Blueprint, render_template, request, url_for
from flask.typing import ResponseReturnValue

from web.auth import actor
from web.form_pages import asked, sent
from web.platform import platform
from workflows.oversight.cases import DECISIONS, KINDS, OUTCOMES, SOURCES, STARTERS, STATES
from workflows.oversight.letters import KINDS as LETTERS

CLAUSES = ("zz2020/2.8", "zz2020/3.3", "sdzfjd/26", "sdzfjd/28", "sdzfjd/29")
pages = Blueprint("oversight", __name__)
WORDS: Mapping[str, Mapping[str, str]] = {
    "kinds": KINDS, "sources": SOURCES, "states": STATES, "outcomes": OUTCOMES, "decisions": DECISIONS,
    "letters": LETTERS,
}  # fmt: skip
STEPS: Mapping[str, str] = {
    "conduct_check": "监督检查", "draft_oversight_opinion": "拟意见书", "approve_oversight_opinion": "审签意见书",
    "correct_oversight": "单位纠正并报告", "recheck_oversight": "复查", "decide_oversight": "监督决定",
    "report_execution": "单位报告执行情况", "check_execution": "核实执行情况", "approve_accountability": "审批移送问责",
    "prepare_interview": "拟约谈方案", "approve_interview": "审批约谈", "confirm_interview": "单位确认参加",
    "record_minutes": "约谈并作纪要", "sign_minutes": "单位签字", "countersign_minutes": "监督方签字",
    "report_commitments": "单位报告落实情况", "draft_criticism": "拟通报批评", "state_view": "单位陈述意见",
    "consider_statement": "研究单位意见", "approve_criticism": "审批通报批评", "receive_criticism": "单位签收并整改",
}  # fmt: skip
_SAID = (
    "findings", "opinion_findings", "opinion_basis", "opinion_request", "approval_note", "correction_measures",
    "correction_evidence", "recheck_note", "decision_reason", "execution_report", "execution_note", "referral_reason",
    "interview_place", "interviewees", "interview_topics", "attendee", "attendance_note", "minutes", "commitments",
    "signer", "reservation", "reply_to_reservation", "commitment_report", "criticism_facts", "criticism_basis",
    "criticism_request", "statement", "statement_reply", "improvement",
)  # fmt: skip


def _page() -> int:
    given = request.args.get("page", "1")
    return int(given) if given.isdecimal() and len(given) < 6 else 1


def _day(name: str) -> date | None:
    try:
        return date.fromisoformat(request.args.get(name, ""))
    except ValueError:
        return None


@pages.get("/oversight")
def overview() -> ResponseReturnValue:
    """Show the oversight cases."""
    given = request.args
    kind, unit = given.get("kind", ""), given.get("unit", "")
    found = platform().desk.oversight.cases(
        actor(), kind=kind if kind in KINDS else "", unit=unit, is_open=given.get("open") == "1", page=_page()
    )
    return render_template(
        "oversight/overview.html", found=found, words=WORDS, kind=kind, unit=unit, is_open=given.get("open") == "1",
        may_start=actor().has(*STARTERS),
    )  # fmt: skip


@pages.get("/oversight/letters")
def letters() -> ResponseReturnValue:
    """Show the register of oversight letters."""
    given = request.args
    kind, unit = given.get("kind", ""), given.get("unit", "")
    kind = kind if kind in LETTERS else ""
    found = platform().desk.oversight.letters(
        actor(), kind=kind, unit=unit, days=(_day("from"), _day("to")), page=_page()
    )
    return render_template("oversight/letters.html", found=found, words=WORDS, kind=kind, unit=unit, given=given)


@pages.get("/oversight/new")
def new() -> ResponseReturnValue:
    """Show the form that begins oversight; what led to it may come with the address."""
    names = ("unit", "means", "source", "reference", "facts")
    given = {name: request.args[name] for name in names if name in request.args}
    return asked(lambda answers: platform().desk.oversight.fields(actor(), {**given, **(answers or {})}), *_form())


@pages.post("/oversight/new")
def start() -> ResponseReturnValue:
    """Begin oversight and open its case."""

    def send(given: Mapping[str, Any]) -> str:
        return url_for("oversight.show", number=platform().desk.oversight.start(actor(), given))

    return sent(lambda answers: platform().desk.oversight.fields(actor(), answers), *_form(), send, "已登记，请实施。")


def _form() -> tuple[str, tuple[str, str]]:
    return "提出监督", (url_for("oversight.overview"), "监督文书")


@pages.get("/oversight/cases/<path:number>")
def show(number: str) -> ResponseReturnValue:
    """Show a case: what was found, answered and decided."""
    row, names, people = platform().desk.oversight.case(actor(), number)
    return render_template(
        "oversight/show.html", row=row, names=names, people=people, words=WORDS, steps=STEPS, said=_SAID
    )
