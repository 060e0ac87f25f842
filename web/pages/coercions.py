"""Coercion: the list, the page of a measure, the request."""

from collections.abc import Mapping, Sequence
from typing import Any

from flask import Blueprint, flash, jsonify, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import NotFound

from web.answers import answers_of, unasked
from web.auth import actor
from web.paging import seal, unseal
from web.platform import platform
from web.problems import mistakes_of
from workflows import errors
from workflows.coercions.store import OFFICERS
from workflows.coercions.words import DISPOSALS, MEASURES, STATES
from workflows.desk.coercions import PAGE
from workflows.forms import FieldView

CLAUSES = ("zz2020/2.5", "xzqz/18", "xzqz/25")
pages = Blueprint("coercions", __name__)
TITLES: Mapping[str, str] = {"measure": "提出查封、扣押", "enforcement": "提出强制拆除、代履行"}
WORDS: Mapping[str, Mapping[str, str]] = {"states": STATES, "measures": MEASURES, "disposals": DISPOSALS}


@pages.get("/coercions")
def overview() -> ResponseReturnValue:
    """Show the measures the person may see, a page at a time."""
    state = request.args.get("state", "")
    state = state if state in (*STATES, "open") else ""
    rows = platform().desk.coercions.rows(actor(), state, unseal(request.args.get("after", "")))
    following = seal(rows[-1]["business_key"]) if len(rows) == PAGE else ""
    return render_template(
        "coercions/list.html", rows=rows, state=state, words=WORDS, may_start=actor().has(*OFFICERS), titles=TITLES,
        next_page=url_for("coercions.overview", state=state, after=following) if following else "",
    )  # fmt: skip


@pages.get("/coercions/<path:business_key>")
def show(business_key: str) -> ResponseReturnValue:
    """Show a measure."""
    view = platform().desk.coercions.view(actor(), business_key)
    mine = platform().desk.worklist.of_case(actor(), business_key)
    return render_template("coercions/show.html", view=view, mine=mine, words=WORDS)


@pages.get("/coercions/<path:business_key>/record")
def record(business_key: str) -> ResponseReturnValue:
    """Show the official record and what is wrong with it."""
    found = platform().desk.coercions.record(actor(), business_key)
    return render_template("coercions/record.html", found=found, business_key=business_key)


@pages.get("/coercions/new/<kind>")
def new(kind: str) -> ResponseReturnValue:
    """Show the form of a request, filled in from a penalty case when one is given."""
    if kind not in TITLES:
        raise NotFound
    case = request.args.get("case", "")
    return _form(platform().desk.coercions.fields(actor(), kind, case=case), kind, case)


@pages.post("/coercions/new/<kind>")
def start(kind: str) -> ResponseReturnValue:
    """Send a request and open its page."""
    if kind not in TITLES:
        raise NotFound
    desk, case = platform().desk.coercions, request.args.get("case", "")
    given = answers_of(desk.fields(actor(), kind, case=case), request.form)
    if request.form.get("act") == "conditions":
        return jsonify({"hidden": unasked(desk.fields(actor(), kind, given, case=case))})
    try:
        number, _ = desk.request(actor(), kind, given, case=case)
    except errors.FormInvalid as exc:
        return _form(desk.fields(actor(), kind, given, case=case), kind, case, mistakes_of(exc)), 422
    flash("已提出。")
    return redirect(url_for("coercions.show", business_key=number))


def _form(fields: Sequence[FieldView], kind: str, case: str, mistakes: Sequence[Mapping[str, Any]] = ()) -> str:
    action = url_for("coercions.start", kind=kind, case=case or None)
    return render_template("coercions/form.html", fields=fields, action=action, title=TITLES[kind], errors=mistakes)
