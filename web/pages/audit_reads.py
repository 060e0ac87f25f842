"""Who read what about a case or a party: asked by an audit administrator, for a person who wants to know."""

from collections.abc import Sequence
from datetime import date
from typing import Any

from flask import Blueprint, Response, render_template, request
from flask.typing import ResponseReturnValue

from web.auth import actor
from web.platform import platform
from web.problems import mistakes_of
from workflows import errors
from workflows.audit.reads import Reads, ReadsAsked
from workflows.audit.words import KINDS
from workflows.desk.audit import AUDITORS
from workflows.policy import require
from workflows.uow import local_day_of

CLAUSES = ("pipl2021/45",)
MEDIA = {
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", "csv": "text/csv; charset=utf-8",
}  # fmt: skip
SHOWN = 100  # more would make the page too heavy for old computers; the files have all
pages = Blueprint("audit_reads", __name__)


@pages.get("/audit/reads")
def ask() -> ResponseReturnValue:
    """Show the form; whom it is about stays out of addresses and logs."""
    require(actor(), *AUDITORS)
    return _shown(ReadsAsked(), None)


@pages.post("/audit/reads")
def answer() -> ResponseReturnValue:
    """Show what was found, or hand it out as a file."""
    kind = request.form.get("act", "")
    try:
        asked = _asked()
        if kind in MEDIA:
            content = platform().audit.reads_file(actor(), asked, kind)
            name = f"reads-{local_day_of(platform().clock.now())}.{kind}"
            heads = {"Content-Disposition": f'attachment; filename="{name}"'}
            return Response(content, content_type=MEDIA[kind], headers=heads)
        return _shown(asked, platform().audit.reads(actor(), asked))
    except errors.FormInvalid as exc:
        return _shown(ReadsAsked(), None, mistakes_of(exc)), 422


def _asked() -> ReadsAsked:
    form = request.form
    return ReadsAsked(
        form.get("case", "").strip()[:200], form.get("party", "").strip()[:200], _day("first"), _day("last")
    )


def _day(name: str) -> date | None:
    text = request.form.get(name, "")
    try:
        return date.fromisoformat(text) if text else None
    except ValueError as exc:
        raise errors.FormInvalid(errors=[{"field": name, "message": "请填写日期，例如 2026-03-02"}]) from exc


def _shown(asked: ReadsAsked, found: Reads | None, mistakes: Sequence[Any] = ()) -> str:
    return render_template(
        "audit/reads.html", asked=asked, found=found, kinds=KINDS, errors=mistakes, shown=SHOWN, given=request.form
    )
