"""Penalty cases: the list with clocks, the file of a case, and what is registered beside the tasks."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from flask import Blueprint, Response, flash, jsonify, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import NotFound

from web.answers import answers_of, unasked
from web.auth import actor
from web.pages.letters import as_file
from web.paging import seal, unseal
from web.platform import platform
from web.problems import mistakes_of
from workflows import errors
from workflows.coercions.words import MEASURES
from workflows.coercions.words import STATES as COERCION_STATES
from workflows.desk.penalties import OFFICERS, PAGE
from workflows.evidence import MEDIA_TYPES
from workflows.forms import FieldView
from workflows.penalties.store import yuan
from workflows.penalties.words import EVENTS, OUTCOMES, PARTY_KINDS, SOURCES, STATES, TYPES, WAYS

CLAUSES = ("zz2020/2.2", "zz2020/2.5", "zz2020/2.8", "xzcf/60", "xzcf/72")
pages = Blueprint("penalties", __name__)
WORDS: Mapping[str, Mapping[str, str]] = {
    "states": STATES, "sources": SOURCES, "outcomes": OUTCOMES, "types": TYPES, "ways": WAYS, "events": EVENTS,
    "parties": PARTY_KINDS, "coercion_states": COERCION_STATES, "measures": MEASURES,
}  # fmt: skip
TITLES: Mapping[str, str] = {
    "payment": "登记缴款", "remedy": "登记复议、诉讼", "hold": "先行登记保存证据", "overturn": "登记决定被推翻",
}  # fmt: skip


@pages.get("/penalties")
def overview() -> ResponseReturnValue:
    """Show the cases the person may see, a page at a time."""
    state = request.args.get("state", "")
    state = state if state in (*STATES, "open") else ""
    rows = platform().desk.penalties.cases(actor(), state, unseal(request.args.get("after", "")))
    following = seal(rows[-1].row["business_key"]) if len(rows) == PAGE else ""
    return render_template(
        "penalties/list.html", rows=rows, state=state, words=WORDS, may_start=actor().has(*OFFICERS),
        next_page=url_for("penalties.overview", state=state, after=following) if following else "",
    )  # fmt: skip


@pages.get("/penalties/<path:business_key>")
def show(business_key: str) -> ResponseReturnValue:
    """Show the file of a case."""
    view = platform().desk.penalties.view(actor(), business_key)
    mine = platform().desk.worklist.of_case(actor(), business_key)
    return render_template(
        "penalties/show.html", view=view, mine=mine, words=WORDS, yuan=yuan, titles=TITLES, media=MEDIA_TYPES
    )


@pages.get("/penalties/<path:business_key>/record")
def record(business_key: str) -> ResponseReturnValue:
    """Show the official record and what is wrong with it."""
    found = platform().desk.penalties.record(actor(), business_key)
    return render_template("penalties/record.html", found=found, business_key=business_key)


@pages.get("/penalties/new")
def new() -> ResponseReturnValue:
    """Show the form of a lead, filled in from a transfer when one is given."""
    source = request.args.get("transfer", "")
    fields = platform().desk.penalties.fields(actor(), "lead", source=source)
    return _form(fields, "登记处罚线索", url_for("penalties.start", transfer=source or None))


@pages.post("/penalties/new")
def start() -> ResponseReturnValue:
    """Register a lead and open its file."""
    desk, source = platform().desk.penalties, request.args.get("transfer", "")
    return _submitted(
        lambda given: desk.fields(actor(), "lead", given, source=source), "登记处罚线索",
        url_for("penalties.start", transfer=source or None),
        lambda given: url_for("penalties.show", business_key=desk.start(actor(), given, source=source)[0]),
    )  # fmt: skip


@pages.get("/penalties/<path:business_key>/forms/<form>")
def ask(business_key: str, form: str) -> ResponseReturnValue:
    """Show one of the forms beside the tasks."""
    if form not in TITLES:
        raise NotFound
    platform().desk.penalties.view(actor(), business_key)
    action = url_for("penalties.send", business_key=business_key, form=form)
    return _form(platform().desk.penalties.fields(actor(), form), TITLES[form], action, back=business_key)


@pages.post("/penalties/<path:business_key>/forms/<form>")
def send(business_key: str, form: str) -> ResponseReturnValue:
    """Send one of the forms beside the tasks."""
    if form not in TITLES:
        raise NotFound
    desk, who = platform().desk.penalties, actor()
    commands: Mapping[str, Callable[[Mapping[str, Any]], object]] = {
        "payment": lambda given: desk.pay(who, business_key, given),
        "remedy": lambda given: desk.stop(who, business_key, given),
        "hold": lambda given: desk.hold(who, business_key, given),
        "overturn": lambda given: desk.overturn(who, business_key, given),
    }  # fmt: skip

    def done(given: Mapping[str, Any]) -> str:
        commands[form](given)
        return url_for("penalties.show", business_key=business_key)

    action = url_for("penalties.send", business_key=business_key, form=form)
    return _submitted(lambda given: desk.fields(who, form, given), TITLES[form], action, done, back=business_key)


@pages.post("/penalties/<path:business_key>/evidence")
def attach(business_key: str) -> ResponseReturnValue:
    """Keep the chosen files as evidence."""
    platform().desk.penalties.view(actor(), business_key)
    kept = 0
    try:
        for file in request.files.getlist("files"):
            platform().desk.penalties.attach(actor(), business_key, file.read())
            kept += 1
        flash(f"已保存 {kept} 份证据。")
    except errors.EvidenceRefused as exc:
        flash(f"已保存 {kept} 份；{exc.facts['reason']}")
    return redirect(url_for("penalties.show", business_key=business_key))


@pages.get("/penalties/<path:business_key>/evidence/<sha256>")
def evidence(business_key: str, sha256: str) -> Response:
    """Return a file; it is always a download and never more than its bytes say."""
    found = platform().desk.penalties.evidence(actor(), business_key, sha256)
    response = as_file(found.name, found.content, found.media_type)
    response.headers["Content-Security-Policy"] = "default-src 'none'; sandbox"
    return response


def _form(
    fields: Sequence[FieldView], title: str, action: str, mistakes: Sequence[Mapping[str, Any]] = (), back: str = ""
) -> str:
    return render_template("penalties/form.html", fields=fields, action=action, title=title, errors=mistakes, back=back)


def _submitted(
    fields: Callable[[Mapping[str, Any] | None], Sequence[FieldView]], title: str, action: str,
    done: Callable[[Mapping[str, Any]], str], back: str = "",
) -> ResponseReturnValue:  # fmt: skip
    given = answers_of(fields(None), request.form)
    if request.form.get("act") == "conditions":
        return jsonify({"hidden": unasked(fields(given))})
    try:
        target = done(given)
    except errors.FormInvalid as exc:
        return _form(fields(given), title, action, mistakes_of(exc), back), 422
    flash("已登记。")
    return redirect(target)
