"""Limits and the calendar."""

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue

from web.auth import actor
from web.platform import platform

CLAUSES = ("zz2020/1.2",)
pages = Blueprint("lookups", __name__)


@pages.get("/limits")
def limits() -> ResponseReturnValue:
    """Show every limit with its source, and the calendar."""
    desk = platform().desk.catalogue
    return render_template(
        "more/limits.html", rows=desk.limits(actor()), calendar=desk.calendar(actor()), words=desk.confidences,
        clauses=platform().clauses,
    )  # fmt: skip
