"""Change limits and the calendar: see first what would move, then propose; a second person agrees to what is law."""

from uuid import UUID

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from web.auth import actor
from web.platform import platform
from web.problems import mistakes_of
from workflows import errors
from workflows.rules.effect import DECIDERS, EDITORS
from workflows.time_limits import CONFIDENCES, UNITS

CLAUSES = ("zz2020/1.2",)
pages = Blueprint("rules", __name__)
STATES = {"proposed": "待第二人批准", "approved": "已生效", "refused": "已退回"}


@pages.get("/limits/changes")
def overview() -> ResponseReturnValue:
    """Show what waits and what was changed."""
    who = actor()
    return render_template(
        "rules/changes.html", rows=platform().desk.lists.rules.changes(who), states=STATES,
        may_edit=who.has(*EDITORS), may_decide=who.has(*DECIDERS),
    )  # fmt: skip


@pages.get("/limits/changes/<uuid:change_id>")
def show(change_id: UUID) -> ResponseReturnValue:
    """Show one change with the clocks it moves."""
    row, moves = platform().desk.lists.rules.change(actor(), change_id)
    may_decide = actor().has(*DECIDERS) and row["state"] == "proposed" and row["proposed_by"] != actor().login
    return render_template("rules/change.html", row=row, moves=moves, states=STATES, may_decide=may_decide)


@pages.post("/limits/changes/<uuid:change_id>")
def decide(change_id: UUID) -> ResponseReturnValue:
    """Agree or refuse."""
    agrees = request.form.get("act") == "agree"
    moved = platform().desk.lists.rules.decide(actor(), change_id, agrees=agrees, note=request.form.get("note", ""))
    flash(f"已生效，{moved} 个计时的到期时间已调整。" if agrees else "已退回。")
    return redirect(url_for("rules.show", change_id=change_id))


@pages.route("/limits/edit/<kind>/<subject>", methods=["GET", "POST"])
def edit(kind: str, subject: str) -> ResponseReturnValue:
    """Ask for the new values, show what they would move, and propose them."""
    desk, form = platform().desk.lists.rules, request.form.to_dict()
    limit = desk.limit(actor(), subject) if kind == "limit" else None
    subject = form.get("day", "") if kind != "limit" else subject
    preview, mistakes = None, []
    if request.method == "POST":
        try:
            preview = desk.preview(actor(), "limit" if limit else "day", subject, form)
            if form.get("act") == "propose":
                change_id, state = desk.propose(
                    actor(), "limit" if limit else "day", subject, form, form.get("reason", "")
                )
                flash("已提交，待第二人批准后生效。" if state == "proposed" else "已生效。")
                return redirect(url_for("rules.show", change_id=change_id))
        except errors.FormInvalid as exc:
            mistakes = mistakes_of(exc)
    names = {unit.code: unit.short_name for unit in platform().desk.catalogue.units(actor())}
    page = render_template(
        "rules/edit.html", limit=limit, given=form, preview=preview, errors=mistakes, units=UNITS,
        confidences=CONFIDENCES, names=names,
    )  # fmt: skip
    return page, 422 if mistakes else 200
