"""Supervising the supervisors: duties of the cycle, who sleeps, findings of inaction, sample audits of acts."""

from uuid import UUID

from flask import Blueprint, render_template, request, url_for
from flask.typing import ResponseReturnValue

from web.auth import actor
from web.form_pages import asked, sent
from web.pages.letters import as_file
from web.platform import platform
from workflows.acts import KINDS as ACT_KINDS
from workflows.desk.performance import PAGE
from workflows.performance.audits import KINDS, RESULTS
from workflows.performance.audits import STATES as ROUND_STATES
from workflows.performance.catalogue import KEEPERS
from workflows.performance.cycles import VERDICTS
from workflows.performance.findings import EXPLANATIONS, GROUNDS, RULINGS, STATES

CLAUSES = ("zz2020/2.2", "zz2020/2.8")
pages = Blueprint("performance", __name__)
DUTY_STATES = {"done": "已检查", "missing": "未检查", "no_object": "没有监管对象"}
WORDS = {
    "states": STATES, "grounds": GROUNDS, "explanations": EXPLANATIONS, "rulings": RULINGS, "verdicts": VERDICTS,
    "duties": DUTY_STATES, "acts": ACT_KINDS, "rounds": ROUND_STATES, "audit_kinds": KINDS, "results": RESULTS,
}  # fmt: skip


def page_number() -> int:
    """Return the page that is asked for, the first when it is no number."""
    given = request.args.get("page", "1")
    return max(1, int(given)) if given.isdecimal() and len(given) < 7 else 1


def names() -> dict[str, str]:
    """Return the short names of the units."""
    return {unit.code: unit.short_name for unit in platform().desk.catalogue.units(actor())}


@pages.get("/performance")
def overview() -> ResponseReturnValue:
    """Show which duties of the running cycle have no check yet, by unit and by item, and the days left."""
    unit, item = request.args.get("unit", ""), request.args.get("item", "")
    state = request.args.get("state", "")
    view = platform().desk.performance.duties(actor(), unit, item)
    lines = [one for one in view.lines if state in ("", one.state)]
    return render_template(
        "performance/overview.html", view=view, lines=lines, unit=unit, item=item, state=state, words=WORDS,
        areas=platform().rulebook.city.divisions, by=request.args.get("by", "unit"),
    )  # fmt: skip


@pages.get("/performance/duties/<unit>/<item>")
def duty(unit: str, item: str) -> ResponseReturnValue:
    """Show one duty with the acts that count and those that do not."""
    line, acts, ignored, view = platform().desk.performance.duty(actor(), unit, item)
    cycles = platform().desk.performance.cycles(actor(), unit)
    return render_template(
        "performance/duty.html", line=line, acts=acts, ignored=ignored, view=view, words=WORDS, cycles=cycles
    )


@pages.get("/performance/watch")
def watch() -> ResponseReturnValue:
    """Show handoffs nobody signed, records not uploaded in time, and units that do nothing."""
    return render_template("performance/watch.html", view=platform().desk.performance.watch(actor()))


@pages.get("/performance/findings")
def findings() -> ResponseReturnValue:
    """Show the findings of inaction."""
    given, page = request.args, page_number()
    state = given.get("state", "")
    rows, total = platform().desk.performance.findings(
        actor(), unit=given.get("unit", ""), state=state if state in STATES else "", page=page
    )
    return render_template(
        "performance/findings.html", rows=rows, total=total, state=state, page=page, more=page * PAGE < total,
        words=WORDS, names=names(),
    )  # fmt: skip


@pages.get("/performance/findings/<uuid:finding_id>")
def finding(finding_id: UUID) -> ResponseReturnValue:
    """Show a finding: what was counted, what the unit said, what was decided and why."""
    row = platform().desk.performance.finding(actor(), finding_id)
    return render_template("performance/finding.html", row=row, words=WORDS, names=names())


@pages.get("/performance/audits")
def audits() -> ResponseReturnValue:
    """Show the rounds of sample audits."""
    rows = platform().desk.act_audits.rounds(actor())
    return render_template("performance/audits.html", rows=rows, words=WORDS, may_start=actor().has(*KEEPERS))


@pages.get("/performance/audits/new")
def ask_audit() -> ResponseReturnValue:
    """Show the form of an audit out of turn."""
    desk = platform().desk.act_audits
    return asked(lambda given: desk.fields(actor(), given), "发起监管行为抽查", _back())


@pages.post("/performance/audits/new")
def start_audit() -> ResponseReturnValue:
    """Start an audit out of turn and open its case."""
    desk = platform().desk.act_audits
    return sent(
        lambda given: desk.fields(actor(), given), "发起监管行为抽查", _back(),
        lambda answers: url_for("cases.show", business_key=desk.start(actor(), answers)), "已发起，名单已锁定。",
    )  # fmt: skip


def _back() -> tuple[str, str]:
    return url_for("performance.audits"), "监管行为抽查"


@pages.get("/performance/audits/<uuid:round_id>")
def audit_round(round_id: UUID) -> ResponseReturnValue:
    """Show a round: what binds the draw, the acts drawn, who checks them, and what was found."""
    view = platform().desk.act_audits.round(actor(), round_id)
    return render_template("performance/round.html", view=view, words=WORDS)


@pages.get("/performance/audits/<uuid:round_id>/proof.json")
def proof(round_id: UUID) -> ResponseReturnValue:
    """Hand out the proof of a draw."""
    content = platform().desk.act_audits.proof(actor(), round_id)
    return as_file("抽查抽取证明.json", content, "application/json")


@pages.get("/performance/audits/acts/<uuid:audit_id>")
def audit(audit_id: UUID) -> ResponseReturnValue:
    """Show an act that is checked, with its records and files."""
    view = platform().desk.act_audits.audit(actor(), audit_id)
    return render_template("performance/audit.html", view=view, words=WORDS)


@pages.get("/performance/audits/acts/<uuid:audit_id>/files/<sha256>")
def audit_file(audit_id: UUID, sha256: str) -> ResponseReturnValue:
    """Hand out a file that proves an act."""
    media, content = platform().desk.act_audits.file(actor(), audit_id, sha256)
    answer = as_file(f"证据-{sha256[:16]}", content, media)
    answer.headers["Content-Security-Policy"] = "default-src 'none'; sandbox"
    return answer
