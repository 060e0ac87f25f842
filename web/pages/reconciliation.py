"""Reconciliation: day by day with lamps, each pair, differences, and the other side's lists."""

from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import PurePath
from typing import Any
from uuid import UUID

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from web.auth import actor
from web.pages.letters import as_file
from web.platform import platform
from web.problems import mistakes_of
from web.whole import whole
from workflows import errors
from workflows.desk.counterpart_lists import IMPORTERS
from workflows.desk.reconciliation import COUNTS, as_rows
from workflows.intake.report import text_workbook
from workflows.reconciliation.compare import Scope
from workflows.reconciliation.lists import FIELDS
from workflows.reconciliation.words import CAUSES, KINDS, OUTCOMES, REASONS, STATES

CLAUSES = ("zz2020/2.1", "zz2020/3.1", "zz2020/3.3")
pages = Blueprint("reconciliation", __name__)
LABELS = {
    "opening": "上日结转", "sent": "当日发出", "received": "当日签收", "returned": "退回", "withdrawn": "撤回",
    "in_transit": "在途", "paused": "中止", "explained": "已说明", "unexplained": "不能解释",
}  # fmt: skip
LAMPS = {"red": "有不能解释的差异", "yellow": "差异均可解释", "green": "双方一致"}
WORKBOOK = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@pages.app_context_processor
def _words() -> dict[str, object]:
    return {"recon": {"kinds": KINDS, "causes": CAUSES, "states": STATES, "labels": LABELS, "lamps": LAMPS,
                      "reasons": REASONS, "outcomes": OUTCOMES, "counts": COUNTS}}  # fmt: skip


def _names() -> dict[str, str]:
    return platform().desk.reconciliation.names(actor())


def _day(text: str | None, otherwise: date | None = None) -> date | None:
    try:
        return date.fromisoformat(text) if text else otherwise
    except ValueError:
        return otherwise


@pages.get("/reconciliation")
def overview() -> ResponseReturnValue:
    """Show the counted days with their lamps, and what is open."""
    desk, who = platform().desk.reconciliation, actor()
    days = desk.days(who, before=_day(request.args.get("before")))
    found = desk.differences(who, limit=10)
    return render_template(
        "reconciliation/overview.html", days=days, differences=found, names=_names(),
        may_import=who.has(*IMPORTERS),
    )  # fmt: skip


@pages.get("/reconciliation/days/<day>")
def day(day: str) -> ResponseReturnValue:
    """Show every pair of a day."""
    chosen = _day(day)
    if chosen is None:
        raise errors.CaseNotFound(day=day[:20])
    lines = platform().desk.reconciliation.lines(actor(), chosen)
    kind = request.args.get("kind", "")
    shown = [line for line in lines if kind in ("", line["kind"])]
    counts = {key: sum(line["kind"] == key for line in lines) for key in KINDS}
    return render_template(
        "reconciliation/day.html", day=chosen, lines=shown, kind=kind, counts=counts, total=len(lines), names=_names()
    )


@pages.get("/reconciliation/days/<day>.xlsx")
def day_file(day: str) -> ResponseReturnValue:
    """Return the pairs of a day as a workbook."""
    chosen = _day(day)
    if chosen is None:
        raise errors.CaseNotFound(day=day[:20])
    lines, names = platform().desk.reconciliation.lines(actor(), chosen), _names()
    named = [{**line, "kind": KINDS[line["kind"]], "sender": names.get(line["sender"], line["sender"]),
              "receiver": names.get(line["receiver"], line["receiver"])} for line in lines]  # fmt: skip
    header = ["日期", "种类", "发出方", "接收方", *LABELS.values()]
    return as_file(f"对账-{chosen}.xlsx", text_workbook([(f"对账 {chosen}", header, as_rows(named))]), WORKBOOK)


@pages.get("/reconciliation/pairs/<kind>/<sender>/<path:receiver>")
def pair(kind: str, sender: str, receiver: str) -> ResponseReturnValue:
    """Show one pair through the days with its differences."""
    desk, who = platform().desk.reconciliation, actor()
    lines = desk.pair(who, kind, sender, receiver)
    found = desk.differences(who, state="", pair=(kind, sender, receiver))
    return render_template(
        "reconciliation/pair.html", lines=lines, differences=found, names=_names(), kind=kind, sender=sender,
        receiver=receiver,
    )  # fmt: skip


@pages.get("/reconciliation/differences")
def differences() -> ResponseReturnValue:
    """Show differences by state, a page at a time."""
    state = request.args.get("state", "open")
    wanted = state if state in STATES else ""
    rows = platform().desk.reconciliation.differences(
        actor(), state=wanted, after=request.args.get("after", ""), limit=101
    )
    after = rows[99]["number"] if len(rows) > 100 else ""
    return render_template(
        "reconciliation/differences.html", rows=rows[:100], state=wanted, after=after, names=_names()
    )


@pages.get("/reconciliation/differences/<number>")
def difference(number: str) -> ResponseReturnValue:
    """Show one difference, number by number."""
    view = platform().desk.reconciliation.difference(actor(), number)
    mine = platform().desk.worklist.of_case(actor(), number)
    return render_template("reconciliation/difference.html", view=view, names=_names(), mine=mine)


@pages.get("/reconciliation/differences/<number>.xlsx")
def difference_file(number: str) -> ResponseReturnValue:
    """Return the entries of a difference as a workbook."""
    view = platform().desk.reconciliation.difference(actor(), number)
    rows = [[one["key"], one["title"], one["business_key"] or "", f"{one['first_day']}", f"{one['settled_on'] or ''}"]
            for one in view.entries]  # fmt: skip
    header = ["编号", "项目", "案件", "首次发现", "重新一致"]
    return as_file(f"对账差异-{number}.xlsx", text_workbook([(f"对账差异 {number}", header, rows)]), WORKBOOK)


@pages.get("/reconciliation/lists")
def lists() -> ResponseReturnValue:
    """Show the form for a list and the newest lists."""
    return _lists((), {})


def _lists(mistakes: Sequence[Mapping[str, Any]], given: Mapping[str, str]) -> str:
    desk, who = platform().desk.counterpart_lists, actor()
    units = platform().desk.reconciliation.units(who)
    choices = [unit for unit in units if who.oversees or unit.code in who.units]
    return render_template(
        "reconciliation/lists.html", rows=desk.lists(who), units=choices, names=_names(), errors=mistakes,
        given={"first_day": f"{desk.today.replace(day=1)}", "last_day": f"{desk.today}", **given},
        kinds={key: KINDS[key] for key in FIELDS}, may_import=who.has(*IMPORTERS),
    )  # fmt: skip


@pages.post("/reconciliation/lists")
def take_list() -> ResponseReturnValue:
    """Read a list of the other side and compare it; nothing is taken over yet."""
    form, file = request.form, request.files.get("file")
    given = {name: form.get(name, "").strip() for name in ("kind", "unit", "first_day", "last_day")}
    first, last = _day(given["first_day"]), _day(given["last_day"])
    if file is None or not file.filename:
        return _lists([{"field": "file", "message": "请选择要导入的清单（xlsx 或 csv）"}], given), 422
    if first is None or last is None:
        return _lists([{"field": "first_day", "message": "请填写清单的起止日期"}], given), 422
    try:
        kept = platform().desk.counterpart_lists.import_list(
            actor(), Scope(given["kind"], given["unit"], first, last), (file.filename, file.read())
        )
    except (errors.FormInvalid, errors.ImportInvalid) as exc:
        return _lists(mistakes_of(exc), given), 422
    return redirect(url_for("reconciliation.counterpart_list", list_id=kept.id))


@pages.get("/reconciliation/lists/<uuid:list_id>")
def counterpart_list(list_id: UUID) -> ResponseReturnValue:
    """Show a list row by row: matched, different, only here, only there."""
    return _list(list_id, ())


def _list(list_id: UUID, mistakes: Sequence[Mapping[str, Any]]) -> str:
    chosen = request.args.get("outcome", "")
    after = max(0, request.args.get("after", 0, type=whole))
    view = platform().desk.counterpart_lists.list(actor(), list_id, chosen if chosen in OUTCOMES else "", after)
    return render_template(
        "reconciliation/list.html", view=view, chosen=chosen, fields=FIELDS[view.row["kind"]], names=_names(),
        errors=mistakes, name=PurePath(view.row["file_name"]).name, may_import=actor().has(*IMPORTERS),
    )  # fmt: skip


@pages.post("/reconciliation/lists/<uuid:list_id>")
def change_list(list_id: UUID) -> ResponseReturnValue:
    """Choose columns anew, or take over what differs."""
    desk = platform().desk.counterpart_lists
    try:
        if request.form.get("act") == "commit":
            flash(f"已登记：{desk.commit_list(actor(), list_id)} 件与本平台不一致。")
        else:
            given = {key.removeprefix("map-"): text for key, text in request.form.items() if key.startswith("map-")}
            desk.map_list(actor(), list_id, given)
            flash("已按所选的列重新核对。")
    except errors.FormInvalid as exc:
        return _list(list_id, mistakes_of(exc)), 422
    return redirect(url_for("reconciliation.counterpart_list", list_id=list_id))
