"""Inspections: the list, one inspection, beginning one, its record and files."""

import secrets
from collections.abc import Callable, Mapping, Sequence
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from flask import Blueprint, Response, flash, jsonify, redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import NotFound

from web.answers import answers_of, unasked
from web.auth import actor
from web.pages.letters import FILE_TYPES, as_file
from web.paging import seal, unseal
from web.platform import platform
from web.problems import mistakes_of
from workflows import errors
from workflows.desk.inspection_views import FOLLOW_UPS, SCOPES, STATES, InspectionFilter
from workflows.forms import FieldView
from workflows.inspections.shapes import EVIDENCE_KINDS, KINDS, RESULTS, VERDICTS
from workflows.inspections.start import STARTERS
from workflows.policy import require

CLAUSES = ("zz2020/1.1", "zz2020/2.3", "zz2020/2.5")
pages = Blueprint("inspections", __name__)
WORDS: Mapping[str, Mapping[str, str]] = {
    "kinds": KINDS, "results": RESULTS, "states": STATES, "follow_ups": FOLLOW_UPS, "verdicts": VERDICTS,
    "evidence_kinds": EVIDENCE_KINDS,
}  # fmt: skip
_ABOUT = ("case", "object_id")
Fields = Sequence[FieldView]


@pages.get("/inspections")
def overview() -> ResponseReturnValue:
    """Show the list; everything asked for is in the address."""
    given, who = request.args, actor()
    wanted = InspectionFilter(
        scope=given.get("scope", "all" if who.oversees else "unit"), state=_one(STATES, "state"),
        kind=_one(KINDS, "kind"), result=_one(RESULTS, "result"), unit=given.get("unit", "")[:40],
        q=given.get("q", "")[:60], after=unseal(given.get("after", "")),
    )  # fmt: skip
    page = platform().desk.inspections.page(who, wanted)
    session["inspections"] = request.full_path.rstrip("?")[:500]
    return render_template(
        "inspections/list.html", page=page, wanted=wanted, scopes=SCOPES, url=_url, words=WORDS,
        may_start=who.has(*STARTERS), next_page=_url(after=seal(page.next)) if page.next else "",
    )  # fmt: skip


def _one(choices: Mapping[str, str], name: str) -> str:
    given = request.args.get(name, "")
    return given if given in choices else ""


def _url(**changes: str) -> str:
    """Return the address of this list with some of its filters changed; another filter begins at the first page."""
    values = {**request.args.to_dict(), "after": "", **changes}
    return f"{url_for('inspections.overview')}?{urlencode({key: value for key, value in values.items() if value})}"


@pages.get("/inspections/<uuid:inspection_id>")
def show(inspection_id: UUID) -> ResponseReturnValue:
    """Show one inspection."""
    view = platform().desk.inspections.view(actor(), inspection_id)
    back = str(session.get("inspections") or url_for("inspections.overview"))
    added = platform().desk.field.supplements(actor(), inspection_id)
    return render_template("inspections/show.html", view=view, words=WORDS, back=back, supplements=added)


@pages.get("/inspections/new")
def new() -> ResponseReturnValue:
    """Show the form of a new inspection, filled from an object or a case when one is given."""
    require(actor(), *STARTERS)
    about = {name: request.args.get(name, "") for name in _ABOUT}
    return _form(platform().desk.inspections.fields(actor(), about), "发起检查", about=about)


@pages.post("/inspections/new")
def start() -> ResponseReturnValue:
    """Start an inspection and open it; a double click starts one."""
    desk, who = platform().desk.inspections, actor()
    about = {name: request.form.get(f"about_{name}", "") for name in _ABOUT}

    def done(given: Mapping[str, Any]) -> str:
        found = desk.start(who, about, given, key=request.form.get("key", ""))
        flash(f"已发起检查 {found.number}。")
        return url_for("inspections.show", inspection_id=found.inspection_id)

    return _submitted(lambda given: desk.fields(who, about, given), "发起检查", done, about)


@pages.get("/inspections/<uuid:inspection_id>/recusal")
def recusal(inspection_id: UUID) -> ResponseReturnValue:
    """Show the form by which a request for recusal is taken down."""
    return _form(platform().desk.inspections.recusal_fields(actor(), inspection_id), "登记回避申请")


@pages.post("/inspections/<uuid:inspection_id>/recusal")
def ask_recusal(inspection_id: UUID) -> ResponseReturnValue:
    """Take a request for recusal down."""
    desk, who = platform().desk.inspections, actor()

    def done(given: Mapping[str, Any]) -> str:
        desk.ask_recusal(who, inspection_id, given)
        flash("已登记，由负责人决定；决定前不停止检查。")
        return url_for("inspections.show", inspection_id=inspection_id)

    return _submitted(lambda given: desk.recusal_fields(who, inspection_id, given), "登记回避申请", done, {})


def _form(
    fields: Fields, title: str, mistakes: Sequence[Mapping[str, Any]] = (), about: Mapping[str, str] | None = None
) -> str:
    key = request.form.get("key") or secrets.token_urlsafe(16)
    return render_template(
        "inspections/form.html", fields=fields, title=title, errors=mistakes, key=key, about=about or {}
    )


def _submitted(
    fields: Callable[[Mapping[str, Any] | None], Fields], title: str, send: Callable[[Mapping[str, Any]], str],
    about: Mapping[str, str],
) -> ResponseReturnValue:  # fmt: skip
    given = answers_of(fields(None), request.form)
    if request.form.get("act") == "conditions":
        return jsonify({"hidden": unasked(fields(given))})
    try:
        return redirect(send(given))
    except errors.FormInvalid as exc:
        return _form(fields(given), title, mistakes_of(exc), about), 422


@pages.get("/inspections/<uuid:inspection_id>/evidence/<sha256>")
def evidence(inspection_id: UUID, sha256: str) -> Response:
    """Return a file; it is always a download and never more than its bytes say."""
    found = platform().desk.inspections.evidence(actor(), inspection_id, sha256)
    response = as_file(found.name, found.content, found.media_type)
    response.headers["Content-Security-Policy"] = "default-src 'none'; sandbox"
    return response


@pages.get("/inspections/<uuid:inspection_id>/record.<kind>")
def printed(inspection_id: UUID, kind: str) -> Response:
    """Return the record as Word or PDF."""
    if kind not in FILE_TYPES:
        raise NotFound
    name, data = platform().desk.inspections.printed(actor(), inspection_id, kind)
    return as_file(name, data, FILE_TYPES[kind])
