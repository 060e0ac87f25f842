"""Limits and the calendar."""

from flask import Blueprint, render_template, request, url_for
from flask.typing import ResponseReturnValue

from web.auth import actor
from web.paging import seal, unseal
from web.platform import platform

CLAUSES = ("zz2020/1.2",)
pages = Blueprint("lookups", __name__)
_PAGE = 40


@pages.get("/limits")
def limits() -> ResponseReturnValue:
    """Show the limits with their source, page by page, and the calendar."""
    desk, given = (
        platform().desk.catalogue,
        {"q": request.args.get("q", "").strip(), "kind": request.args.get("kind", "")},
    )
    after = int(unseal(request.args.get("after", "")) or 0)
    rows = desk.limits(actor(), given["q"], given["kind"], after)
    place = seal(str(after + _PAGE)) if len(rows) > _PAGE else ""
    more = url_for("lookups.limits", q=given["q"], kind=given["kind"], after=place) if place else ""
    return render_template(
        "more/limits.html", rows=rows[:_PAGE], calendar=desk.calendar(actor()), words=desk.confidences,
        clauses=platform().clauses, given=given, more=more,
    )  # fmt: skip
