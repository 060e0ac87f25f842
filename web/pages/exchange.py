"""What goes out: overview, records with their faults, corrections, batches, receipts, history, and the layouts."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from web.auth import actor
from web.paging import seal, unseal
from web.platform import platform
from web.problems import mistakes_of
from workflows import errors
from workflows.credit.words import KINDS as CREDIT
from workflows.delivery.batches import STATUSES as BATCH_STATES
from workflows.delivery.queue import STATUSES
from workflows.desk.exchange import PAGE, ExchangeDesk, titles
from workflows.exchange.access import KEEPERS
from workflows.publication.outlets import KINDS as PUBLISHED
from workflows.standards import layout, layout_keys
from workflows.standards.values import TYPES

CLAUSES = ("zz2020/2.2", "zz2020/1.1")
pages = Blueprint("exchange", __name__)
OPERATIONS = {"i": "新增", "u": "更新", "d": "删除"}
CHANNELS = {"exchange": "互联网+监管", "credit": "信用信息"}
_FIELD = "field-"


def desk() -> ExchangeDesk:
    """Return the desk of the exchange."""
    return platform().desk.exchange


def _next(endpoint: str, rows: Any, **same: Any) -> str:
    return url_for(endpoint, after=seal(str(rows[-1]["id"])), **same) if len(rows) == PAGE else ""


@pages.app_context_processor
def words() -> dict[str, Any]:
    """Give the templates the words of the states, and what was told of a case."""
    channels = {**platform().rulebook.city.outlets, **CHANNELS}
    titled = {**PUBLISHED, **CREDIT, **{key: title for group in titles().values() for key, title in group}}
    known = {
        "states": STATUSES, "batches": BATCH_STATES, "operations": OPERATIONS, "channels": channels, "datasets": titled,
    }  # fmt: skip
    return {"delivery": known, "told_of": told_of}


def told_of(business_key: str) -> Any:
    """Return what was told of a case, for its page."""
    return desk().records(actor(), {"business_key": business_key}, limit=20)


@pages.get("/exchange")
def overview() -> ResponseReturnValue:
    """Show how many records of each dataset are in which state."""
    names = {key: title for group in titles().values() for key, title in group}
    counts, routes = desk().counts(actor()), platform().courier.routes
    return render_template(
        "exchange/overview.html", counts=counts, groups=titles(), names=names, route=routes.get("exchange"),
        is_keeper=actor().has(*KEEPERS), may_watch=actor().has(*KEEPERS, "leader", "discipline_watcher"),
    )  # fmt: skip


@pages.get("/exchange/records")
def records() -> ResponseReturnValue:
    """Show records by dataset, state and case, the newest first."""
    same = {name: request.args.get(name, "")[:60] for name in ("channel", "dataset", "status", "business_key")}
    rows = desk().records(actor(), same, after=unseal(request.args.get("after", "")))
    names = {key: title for group in titles().values() for key, title in group}
    return render_template(
        "exchange/records.html", rows=rows, same=same, names=names, next_page=_next("exchange.records", rows, **same)
    )


@pages.get("/exchange/records/<uuid:record_id>")
def record(record_id: UUID) -> ResponseReturnValue:
    """Show a record: its fields, what is wrong with them, and everything that happened to it."""
    return _record(record_id)


def _record(record_id: UUID, given: Any = None, mistakes: Any = ()) -> str:
    view = desk().record(actor(), record_id)
    return render_template("exchange/record.html", view=view, given=given or {}, errors=mistakes)


@pages.post("/exchange/records/<uuid:record_id>/correct")
def correct(record_id: UUID) -> ResponseReturnValue:
    """Write a correction down and send the record again."""
    given = {name.removeprefix(_FIELD): text for name, text in request.form.items() if name.startswith(_FIELD)}
    shown = desk().record(actor(), record_id).row
    texts = {code: text for code, text in given.items() if text.strip() != (shown.get(code) or "").strip()}
    reason = request.form.get("reason", "")
    try:
        made = desk().correct(actor(), record_id, texts, reason)
    except errors.FormInvalid as exc:
        return _record(record_id, {**given, "reason": reason}, mistakes_of(exc)), 422
    flash("已登记更正，将重新报送。")
    return redirect(url_for("exchange.record", record_id=made))


@pages.post("/exchange/records/<uuid:record_id>/resend")
def resend(record_id: UUID) -> ResponseReturnValue:
    """Send a record again as it is."""
    made = desk().resend(actor(), record_id)
    flash("已重新排队，将原样重发。")
    return redirect(url_for("exchange.record", record_id=made))


@pages.post("/exchange/records/<uuid:record_id>/refresh")
def refresh(record_id: UUID) -> ResponseReturnValue:
    """Take a record from its source again."""
    made = desk().refresh(actor(), record_id)
    flash("来源没有变化。" if made == record_id else "已按来源重新取数，将重新报送。")
    return redirect(url_for("exchange.record", record_id=made))


@pages.get("/exchange/batches")
def batches() -> ResponseReturnValue:
    """Show the batches of all channels, the newest first."""
    rows = desk().batches(actor(), after=unseal(request.args.get("after", "")))
    return render_template(
        "exchange/batches.html", rows=rows, is_keeper=actor().has(*KEEPERS), next_page=_next("exchange.batches", rows)
    )


@pages.post("/exchange/batches/<uuid:batch_id>/<any(retry,dissolve):act>")
def batch(batch_id: UUID, act: str) -> ResponseReturnValue:
    """Try a failed batch again, or let its records wait again."""
    acts: dict[str, tuple[Callable[[Any, UUID], None], str]] = {
        "retry": (desk().retry, "将立即重试。"), "dissolve": (desk().dissolve, "已拆批，数据重新排队。"),
    }  # fmt: skip
    run, text = acts[act]
    run(actor(), batch_id)
    flash(text)
    return redirect(url_for("exchange.batches"))


@pages.get("/exchange/receipts")
def receipts() -> ResponseReturnValue:
    """Show what the receivers said, the newest first."""
    rows = desk().receipts(actor(), after=unseal(request.args.get("after", "")))
    return render_template("exchange/receipts.html", rows=rows, next_page=_next("exchange.receipts", rows))


@pages.get("/exchange/backfill")
def backfill() -> ResponseReturnValue:
    """Show the requests to bring in history, and the form of a new one."""
    return _backfill()


def _backfill(given: Any = None, mistakes: Any = ()) -> str:
    rows = desk().backfills(actor())
    names = {key: title for group in titles().values() for key, title in group}
    return render_template(
        "exchange/backfill.html", rows=rows, groups=titles(), names=names, given=given or {}, errors=mistakes,
        today=desk().today().isoformat(), is_keeper=actor().has(*KEEPERS),
    )  # fmt: skip


@pages.post("/exchange/backfill")
def ask_backfill() -> ResponseReturnValue:
    """Ask for history."""
    given = {name: request.form.get(name, "") for name in ("dataset", "first_day", "last_day", "reason")}
    try:
        desk().ask_backfill(actor(), given)
    except errors.FormInvalid as exc:
        return _backfill(given, mistakes_of(exc)), 422
    flash("已登记，将在后台补录。")
    return redirect(url_for("exchange.backfill"))


@pages.get("/exchange/layouts")
def layouts() -> ResponseReturnValue:
    """Show the layouts data is exchanged in."""
    today = desk().today()
    return render_template("exchange/layouts.html", rows=[layout(key, today) for key in layout_keys()])


@pages.get("/exchange/layouts/<key>")
def show_layout(key: str) -> ResponseReturnValue:
    """Show the fields and rules of a layout, each with its source and how sure it is."""
    return render_template("exchange/layout.html", used=layout(key, desk().today()), types=TYPES)
