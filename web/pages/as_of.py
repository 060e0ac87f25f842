"""Looking back: a case and the rules as they could be seen at a past instant."""

from datetime import datetime

from flask import Blueprint, render_template, request
from flask.typing import ResponseReturnValue

from web.auth import actor
from web.diagrams import describe_text, render_svg
from web.pages.cases import RESULTS, states
from web.platform import platform
from web.times import local
from workflows import errors
from workflows.time_limits import CONFIDENCES

CLAUSES = ("zz2020/2.1", "zz2020/2.8")
pages = Blueprint("as_of", __name__)


def instant_of(text: str | None, otherwise: datetime) -> datetime:
    """Return the instant a person named; without an offset it is Chinese time.

    Raises:
        FormInvalid: it is no instant.
    """
    if not text:
        return otherwise
    try:
        return local(text.strip().replace(" ", "T"))
    except ValueError as exc:
        raise errors.FormInvalid(errors=[{"field": "at", "message": "时刻请写成 2026-03-02T10:00"}]) from exc


@pages.get("/cases/<path:business_key>/as-of")
def case(business_key: str) -> ResponseReturnValue:
    """Show a case at a past instant."""
    desk = platform().desk.as_of
    at = instant_of(request.args.get("at"), desk.now())
    view = desk.case(actor(), business_key, at)
    where = states(view.then.tokens)
    return render_template(
        "as_of/case.html", view=view, at=at, key=business_key, words=RESULTS,
        svg=render_svg(view.diagram, where, process_id=view.case.definition_key),
        steps=describe_text(view.diagram, where, process_id=view.case.definition_key),
    )  # fmt: skip


@pages.get("/as-of")
def rules() -> ResponseReturnValue:
    """Show the rules as they were known at a past instant."""
    desk = platform().desk.as_of
    at = instant_of(request.args.get("at"), desk.now())
    found = desk.rules(actor(), at)
    wanted = request.args.get("q", "").strip()[:60]
    items = [row for row in found.items if wanted in f"{row['code']} {row['name']}"]
    limits = [one for one in found.limits if wanted in f"{one.name} {one.title}"]
    clauses = [one for one in found.clauses if wanted in f"{one['id']} {one['instrument']} {one['text']}"]
    return render_template(
        "as_of/rules.html", found=found, at=at, q=wanted, items=items[:300], limits=limits[:300],
        clauses=clauses[:300], confidences=CONFIDENCES,
    )  # fmt: skip
