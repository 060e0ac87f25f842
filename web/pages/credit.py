"""Credit information: what the platform must have and has, corrections, objections, repairs, monthly rates, files."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from flask import Blueprint, Response, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from web.auth import actor
from web.form_pages import asked, sent
from web.pages.letters import as_file
from web.paging import seal, unseal
from web.platform import platform
from web.problems import mistakes_of
from workflows import errors
from workflows.credit.rates import FEWEST, LISTS
from workflows.credit.words import ENDINGS, KINDS, REQUEST_STATES, REQUESTS, STATES, VERDICTS
from workflows.delivery.queue import STATUSES
from workflows.desk.credit import PAGE, EntryFilter
from workflows.time_limits import CONFIDENCES

CLAUSES = ("zz2020/2.3", "zz2020/2.3/publish-7d", "sdxy/38", "fgcj2018/7wd", "fgcj2023/repair")
pages = Blueprint("credit", __name__)
WORDS: Mapping[str, Mapping[str, str]] = {
    "kinds": KINDS, "states": STATES, "endings": ENDINGS, "requests": REQUESTS, "request_states": REQUEST_STATES,
    "verdicts": VERDICTS, "lists": LISTS, "statuses": STATUSES, "confidences": CONFIDENCES,
}  # fmt: skip


@pages.get("/credit")
def overview() -> ResponseReturnValue:
    """Show the entries the person may see, a page at a time."""
    wanted = EntryFilter(
        kind=request.args.get("kind", ""), state=request.args.get("state", ""), q=request.args.get("q", "")[:60],
        after=unseal(request.args.get("after", "")),
    )  # fmt: skip
    desk = platform().desk.credit
    rows = desk.entries(actor(), wanted)
    following = seal(str(rows[-1]["id"])) if len(rows) == PAGE else ""
    link = url_for("credit.overview", kind=wanted.kind, state=wanted.state, q=wanted.q, after=following)
    return render_template(
        "credit/list.html", rows=rows, wanted=wanted, counts=desk.counts(actor()), words=WORDS,
        next_page=link if following else "",
    )  # fmt: skip


@pages.get("/credit/<uuid:entry_id>")
def show(entry_id: UUID) -> ResponseReturnValue:
    """Show an entry: fields and faults, both clocks, how it travelled, who asked."""
    view = platform().desk.credit.view(actor(), entry_id)
    return render_template("credit/show.html", view=view, words=WORDS)


@pages.get("/credit/<uuid:entry_id>/correct")
def ask_correction(entry_id: UUID) -> ResponseReturnValue:
    """Show the fields to be corrected."""
    return _correction(entry_id, {}, ())


@pages.post("/credit/<uuid:entry_id>/correct")
def correct(entry_id: UUID) -> ResponseReturnValue:
    """Correct the fields that were changed and check the record again."""
    desk = platform().desk.credit
    given = {key.removeprefix("f-"): value for key, value in request.form.items() if key.startswith("f-")}
    view = desk.view(actor(), entry_id)
    texts = {line.code: given[line.code] for line in view.fields if given.get(line.code, line.value) != line.value}
    try:
        state, _ = desk.correct(actor(), entry_id, texts, request.form.get("reason", ""))
    except errors.FormInvalid as exc:
        return _correction(entry_id, {**given, "reason": request.form.get("reason", "")}, mistakes_of(exc)), 422
    if state == "held":
        flash("已保存，还有没有改正的问题，见下方标红的字段。")
        return redirect(url_for("credit.ask_correction", entry_id=entry_id))
    flash("已改正，等待发送。" if view.entry["correction_key"] is None else "已改正；请办结“改正并重新报送”任务。")
    return redirect(url_for("credit.show", entry_id=entry_id))


def _correction(entry_id: UUID, given: Mapping[str, str], mistakes: Any) -> str:
    view = platform().desk.credit.view(actor(), entry_id)
    if not view.may_correct:
        raise errors.NotAllowed(needs=["作出决定的单位"])
    return render_template("credit/correct.html", view=view, given=given, errors=mistakes, words=WORDS)


@pages.get("/credit/<uuid:entry_id>/<any(objection, repair):kind>")
def ask(entry_id: UUID, kind: str) -> ResponseReturnValue:
    """Show the form of an objection or of a request for repair."""
    return asked(_fields(kind, entry_id), _title(kind), _back(entry_id))


@pages.post("/credit/<uuid:entry_id>/<any(objection, repair):kind>")
def register(entry_id: UUID, kind: str) -> ResponseReturnValue:
    """Register it and open its case."""

    def send(answers: Mapping[str, Any]) -> str:
        number, _ = platform().desk.credit.register(actor(), kind, entry_id, answers)
        return url_for("cases.show", business_key=number)

    return sent(_fields(kind, entry_id), _title(kind), _back(entry_id), send)


def _fields(kind: str, entry_id: UUID) -> Any:
    return lambda given: platform().desk.credit.fields(actor(), kind, entry_id, given)


def _title(kind: str) -> str:
    return {"objection": "登记异议", "repair": "登记信用修复申请"}[kind]


def _back(entry_id: UUID) -> tuple[str, str]:
    return url_for("credit.show", entry_id=entry_id), "信用信息"


@pages.get("/credit/rates")
def rates() -> ResponseReturnValue:
    """Show the month's rates of each office, and the list behind a number."""
    organ, wanted = request.args.get("organ", ""), request.args.get("list", "")
    view = platform().desk.credit.month(actor(), request.args.get("month", ""), organ, wanted)
    return render_template("credit/rates.html", view=view, organ=organ, wanted=wanted, words=WORDS, fewest=FEWEST)


@pages.get("/credit/export")
def export() -> Response:
    """Hand out a month in an official layout."""
    args = request.args
    content, media, name = platform().desk.credit.export(
        actor(), args.get("kind", ""), args.get("format", ""), args.get("month", ""), args.get("organ", "")
    )
    return as_file(name, content, media)
