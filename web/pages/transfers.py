"""Register a lead."""

import secrets
from collections.abc import Mapping, Sequence
from typing import Any

from flask import Blueprint, jsonify, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from web.answers import answers_of, unasked
from web.auth import actor
from web.platform import platform
from web.problems import mistakes_of
from workflows import errors
from workflows.desk.transfers import FINDERS
from workflows.policy import require

CLAUSES = ("zz2020/1.1/transfer",)
pages = Blueprint("transfers", __name__)


@pages.get("/leads/new")
def new() -> ResponseReturnValue:
    """Show the form, filled from a case when one is given."""
    require(actor(), *FINDERS)
    return _form(request.args.get("case", ""))


def _form(case: str, given: Mapping[str, Any] | None = None, mistakes: Sequence[Mapping[str, Any]] = ()) -> str:
    fields = platform().desk.transfers.fields(actor(), case, given)
    key = request.form.get("key") or secrets.token_urlsafe(16)
    return render_template("cases/lead.html", fields=fields, case=case, errors=mistakes, key=key)


@pages.post("/leads/new")
def register() -> ResponseReturnValue:
    """Register the lead and open its file; a double click registers one."""
    case = request.form.get("case", "")
    desk = platform().desk.transfers
    given = answers_of(desk.fields(actor(), case), request.form)
    if request.form.get("act") == "conditions":
        return jsonify({"hidden": unasked(desk.fields(actor(), case, given))})
    try:
        done = desk.register(actor(), given, case, key=request.form.get("key", ""))
    except errors.FormInvalid as exc:
        return _form(case, given, mistakes_of(exc)), 422
    return redirect(url_for("cases.show", business_key=done.business_key))
