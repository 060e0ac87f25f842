"""Out of office: who stands in for me from when to when, what would move, and what was done for whom."""

import secrets
from collections.abc import Mapping, Sequence
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from web.auth import actor
from web.platform import platform
from web.problems import mistakes_of
from workflows import catalog, errors
from workflows.absence.register import Leave
from workflows.desk.absence import Preview, leave_of

CLAUSES = ("zz2020/3.2",)
pages = Blueprint("delegations", __name__)


@pages.get("/me/delegations")
def show() -> ResponseReturnValue:
    """Show the person's absences and the form of a new one."""
    return _page()


def _page(
    mistakes: Sequence[Mapping[str, Any]] = (), status: int = 200, preview: Preview | None = None
) -> ResponseReturnValue:
    desk, who = platform().desk.teamwork.absence, actor()
    page = render_template(
        "teamwork/delegations.html", view=desk.all(who), people=desk.people(who), titles=catalog.TITLES,
        errors=mistakes, preview=preview, given=request.form, chosen=request.form.getlist("processes"),
        key=request.form.get("key") or secrets.token_urlsafe(16),
    )  # fmt: skip
    return page, status


@pages.post("/me/delegations")
def change() -> ResponseReturnValue:
    """Preview or register an absence, or revoke one."""
    desk, who, form = platform().desk.teamwork.absence, actor(), request.form
    if form.get("act") == "revoke":
        desk.revoke(who, form.get("number", ""))
        flash("已撤销，任务恢复由您办理。")
        return redirect(url_for(".show"))
    try:
        leave = _asked()
        if form.get("act") == "preview":
            return _page(preview=desk.preview(who, leave))
        desk.register(who, leave, key=form.get("key", ""))
    except errors.FormInvalid as exc:
        return _page(mistakes_of(exc), 422)
    flash("已登记，到期自动恢复。")
    return redirect(url_for(".show"))


def _asked() -> Leave:
    form = request.form
    given = {name: form.get(name, "") for name in ("from_day", "to_day", "stand_in", "reason", "may_sign")}
    return leave_of(actor(), {**given, "processes": form.getlist("processes")})
