"""The audit: who did what for whom, what was before, whether the chains are whole, and the export."""

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any

from flask import Blueprint, Response, render_template, request
from flask.typing import ResponseReturnValue

from web.auth import actor
from web.paging import seal, unseal
from web.platform import platform
from web.problems import mistakes_of
from workflows import errors
from workflows.audit.checking import Checked
from workflows.audit.search import AuditFilter, AuditPage
from workflows.audit.words import COLUMNS, KINDS, TABLES
from workflows.uow import local_day_of

CLAUSES = ("none/engine-administration",)
_BEGINNING = date(2000, 1, 1)
_ON_A_PAGE = 25  # more would make the page too heavy for old computers
_WHY = {
    "changed": "这条记录或它之前的记录被改动", "missing": "这条记录被删除，或者次序被改动",
    "unsigned": "签名与公钥不符",
}  # fmt: skip
pages = Blueprint("audit", __name__)


@pages.get("/audit")
def index() -> ResponseReturnValue:
    """Show records, newest first."""
    wanted = _wanted(request.args.get("case", "").strip())
    mistakes: Sequence[Any] = ()
    page = AuditPage()
    try:
        page = platform().audit.find(actor(), wanted)
    except errors.FormInvalid as exc:
        mistakes = mistakes_of(exc)
    shown = _shown(wanted, page, errors=mistakes)
    return (shown, 422) if mistakes else shown


@pages.post("/audit/check")
def check() -> ResponseReturnValue:
    """Reckon the chains of a case, or the next part of all chains, again and say what was found."""
    case, place = request.form.get("case", "").strip(), unseal(request.form.get("place", ""))
    desk = platform().audit
    checked = desk.check_case(actor(), case) if case else desk.check(actor(), place)
    wanted = _wanted(case)
    return _shown(wanted, desk.find(actor(), wanted), checked=checked, is_part=bool(place))


@pages.post("/audit/export")
def export() -> ResponseReturnValue:
    """Hand out everything; it verifies with ``xianjie verify-audit``."""
    lines = platform().audit.export(actor())
    name = f"audit-{local_day_of(platform().clock.now())}.jsonl"
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return Response(lines, mimetype="application/x-ndjson", headers=headers)


def _wanted(case: str) -> AuditFilter:
    today, asked = local_day_of(platform().clock.now()), request.args
    first = _day(asked.get("first"), _BEGINNING if case else today - timedelta(days=7))
    return AuditFilter(
        first, _day(asked.get("last"), today), asked.get("person", "").strip(), case, asked.get("kind", ""),
        unseal(asked.get("after", "")), _ON_A_PAGE,
    )  # fmt: skip


def _shown(wanted: AuditFilter, page: AuditPage, **more: Any) -> str:
    checked: Checked | None = more.pop("checked", None)
    again = seal(checked.next) if checked is not None else ""
    return render_template(
        "audit/index.html", page=page, wanted=wanted, next=seal(page.next), kinds=KINDS, tables=TABLES,
        columns=COLUMNS, state=platform().audit.state(actor()), checked=checked, again=again, why=_WHY, **more,
    )  # fmt: skip


def _day(text: str | None, otherwise: date) -> date:
    try:
        return date.fromisoformat(text) if text else otherwise
    except ValueError:
        return otherwise
