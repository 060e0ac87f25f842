"""The outlets: what was published where, with its receipt, what was refused, and what is being taken back."""

from uuid import UUID

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from web.auth import actor
from web.paging import seal, unseal
from web.platform import platform
from workflows.desk.publication import PAGE
from workflows.publication.outlets import KINDS, STATES

CLAUSES = ("zz2020/2.3", "xzcf/48")
pages = Blueprint("publication", __name__)


@pages.get("/publications")
def overview() -> ResponseReturnValue:
    """Show how many publications stand where, and the newest of them."""
    desk, outlets = platform().desk.publication, platform().rulebook.city.outlets
    outlet, state = request.args.get("outlet", ""), request.args.get("state", "")
    rows = desk.rows(actor(), outlet, state, unseal(request.args.get("after", "")))
    following = seal(str(rows[-1]["id"])) if len(rows) == PAGE else ""
    return render_template(
        "publication/list.html", rows=rows, outlets=outlets, states=STATES, outlet=outlet, state=state,
        counts=desk.counts(actor()),
        next_page=url_for("publication.overview", outlet=outlet, state=state, after=following) if following else "",
    )  # fmt: skip


@pages.get("/publications/<uuid:publication_id>")
def show(publication_id: UUID) -> ResponseReturnValue:
    """Show one publication at all its outlets."""
    view = platform().desk.publication.show(actor(), publication_id)
    outlets = platform().rulebook.city.outlets
    return render_template("publication/show.html", view=view, outlets=outlets, states=STATES, kinds=KINDS)


@pages.post("/publications/<uuid:publication_id>/resend")
def resend(publication_id: UUID) -> ResponseReturnValue:
    """Send a refused publication again."""
    platform().desk.publication.resend(actor(), publication_id)
    flash("已重新排队，等待发送。")
    return redirect(url_for("publication.show", publication_id=publication_id))
