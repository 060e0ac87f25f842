"""Register a lead."""

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from web.auth import actor
from web.pages.tasks import answers_of
from web.platform import platform
from workflows import errors

pages = Blueprint("transfers", __name__)


@pages.get("/leads/new")
def new() -> ResponseReturnValue:
    """Show the form, filled from a case when one is given."""
    case = request.args.get("case", "")
    fields = platform().desk.transfers.fields(actor(), case)
    return render_template("cases/lead.html", fields=fields, case=case, errors=[])


@pages.post("/leads/new")
def register() -> ResponseReturnValue:
    """Register the lead and open its file."""
    case = request.form.get("case", "")
    desk = platform().desk.transfers
    given = answers_of(desk.fields(actor(), case))
    try:
        done = desk.register(actor(), given, case)
    except errors.FormInvalid as exc:
        found = exc.facts.get("errors")
        fields = desk.fields(actor(), case, given)
        return render_template("cases/lead.html", fields=fields, case=case, errors=found), 422
    return redirect(url_for("cases.show", business_key=done.business_key))
