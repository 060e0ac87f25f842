"""How the catalogue changes: proposals, claims and disputes, and files with a preview."""

from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import PurePath
from typing import Any
from uuid import UUID

from flask import Blueprint, abort, flash, jsonify, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from web.answers import answers_of, unasked
from web.auth import actor
from web.paging import seal, unseal
from web.platform import platform
from web.problems import mistakes_of
from workflows import errors
from workflows.catalogue.imports import OUTCOMES
from workflows.catalogue.proposals import KINDS, STATES
from workflows.desk.catalogue_changes import PAGE
from workflows.uow import local_day_of
from workflows.working_days import ONE_DAY

CLAUSES = ("zz2020/2.2", "zz2020/1.2")
pages = Blueprint("catalogue_changes", __name__)
FORMS: Mapping[str, tuple[str, str]] = {
    "create": ("propose", "新增监管事项"), "amend": ("propose", "修改"), "dispute": ("dispute", "提出异议"),
    "retire": ("retire", "取消"),
}  # fmt: skip
DECISIONS: Mapping[str, str] = {
    "claim": "认领", "dispute": "有异议", "silent": "逾期未答复", "uphold": "维持", "reassign": "改派", "drop": "终止",
    "pass": "通过", "reject": "不通过", "approve": "同意",
}  # fmt: skip
STEPS: Mapping[str, str] = {"claim": "认领", "arbitration": "裁定", "review": "合法性审核", "approval": "审批"}


@pages.get("/catalogue/changes")
def changes() -> ResponseReturnValue:
    """Show the changes that concern the person."""
    state, item, after = request.args.get("state", ""), request.args.get("item", ""), request.args.get("after", "")
    rows = platform().desk.catalogue_changes.changes(actor(), state=state, item=item, after=unseal(after))
    following = url_for(".changes", state=state, item=item, after=seal(rows[-1]["business_key"])) if rows else ""
    return render_template(
        "catalogue/changes.html", rows=rows, state=state, item=item, states=STATES, kinds=KINDS,
        next_url=following if len(rows) == PAGE else "",
    )  # fmt: skip


@pages.get("/catalogue/changes/<number>")
def change(number: str) -> ResponseReturnValue:
    """Show a change: old and new part by part, who said what, and where it stands."""
    view = platform().desk.catalogue_changes.view(actor(), number)
    return render_template(
        "catalogue/change.html", view=view, row=view.row, states=STATES, kinds=KINDS, decisions=DECISIONS, steps=STEPS
    )


@pages.get("/catalogue/new")
def ask_new() -> ResponseReturnValue:
    """Show the form of a new item."""
    return _form("create", "")


@pages.post("/catalogue/new")
def new() -> ResponseReturnValue:
    """Propose a new item."""
    return _sent("create", "")


@pages.get("/catalogue/items/<code>/<any(amend, dispute, retire):kind>")
def ask(code: str, kind: str) -> ResponseReturnValue:
    """Show the form by which an item is changed, disputed or retired."""
    return _form(kind, code)


@pages.post("/catalogue/items/<code>/<any(amend, dispute, retire):kind>")
def propose(code: str, kind: str) -> ResponseReturnValue:
    """Propose a change of an item."""
    return _sent(kind, code)


@pages.post("/catalogue/items/<code>/claim")
def claim(code: str) -> ResponseReturnValue:
    """Claim an item for the own unit."""
    number = platform().desk.catalogue_changes.claim(actor(), code)
    flash("已认领，次日生效。")
    return redirect(url_for(".change", number=number))


@pages.post("/catalogue/round")
def open_round() -> ResponseReturnValue:
    """Ask all responsible units to claim what is not confirmed yet; only the button of the page may ask for it."""
    if request.form.get("act") != "round":
        abort(400)
    asked = platform().desk.catalogue_changes.open_round(actor())
    flash(f"已请责任单位认领 {asked} 个事项。" if asked else "没有需要认领的事项，或都已在办。")
    return redirect(url_for(".changes", state="open"))


@pages.get("/catalogue/imports")
def imports() -> ResponseReturnValue:
    """Show the upload form and the newest files."""
    return _home((), {})


@pages.post("/catalogue/imports")
def upload() -> ResponseReturnValue:
    """Read a file and show what each row would change."""
    file, given = request.files.get("file"), request.form
    if file is None or not file.filename:
        return _home([{"field": "file", "message": "请选择要导入的文件（xlsx 或 csv）"}], given), 422
    try:
        day = date.fromisoformat(given.get("effective_on", ""))
    except ValueError:
        return _home([{"field": "effective_on", "message": "请填写生效日期"}], given), 422
    desk = platform().desk.catalogue_changes
    try:
        batch_id = desk.preview(actor(), file.filename, file.read(), day, given.get("reason", ""))
    except (errors.ImportInvalid, errors.FormInvalid) as exc:
        return _home(mistakes_of(exc), given), 422
    return redirect(url_for(".imported", batch_id=batch_id))


@pages.get("/catalogue/imports/<uuid:batch_id>")
def imported(batch_id: UUID) -> ResponseReturnValue:
    """Show a file row by row: what would change, or why not."""
    found = platform().desk.catalogue_changes.imported(actor(), batch_id)
    only = request.args.get("outcome", "")
    rows = [row for row in found.rows if only in ("", row["outcome"])]
    return render_template(
        "catalogue/import.html", found=found, batch=found.batch, rows=rows[:500], total=len(rows), chosen=only,
        outcomes=OUTCOMES, name=PurePath(found.batch["file_name"]).name,
    )  # fmt: skip


@pages.post("/catalogue/imports/<uuid:batch_id>")
def commit(batch_id: UUID) -> ResponseReturnValue:
    """Propose every ready row."""
    found = platform().desk.catalogue_changes.take_in(actor(), batch_id)
    flash(f"已提出 {found.counts.get('proposed', 0)} 个调整，由责任单位认领。")
    return redirect(url_for(".imported", batch_id=batch_id))


def _home(mistakes: Sequence[Mapping[str, Any]], given: Mapping[str, str]) -> str:
    batches = platform().desk.catalogue_changes.batches(actor())
    tomorrow = local_day_of(platform().clock.now()) + ONE_DAY
    return render_template("catalogue/imports.html", batches=batches, errors=mistakes, given=given, tomorrow=tomorrow)


def _form(
    kind: str, code: str, given: Mapping[str, Any] | None = None, mistakes: Sequence[Mapping[str, Any]] = ()
) -> str:  # fmt: skip
    form, title = FORMS[kind]
    desk = platform().desk
    fields = desk.catalogue_changes.fields(actor(), form, code, given)
    name = f"：{code} {desk.catalogue.page(actor(), code).view.item['name']}" if code else ""
    return render_template(
        "catalogue/form.html", fields=fields, action=request.path, title=f"{title}{name}", code=code, errors=mistakes
    )


def _sent(kind: str, code: str) -> ResponseReturnValue:
    desk = platform().desk.catalogue_changes
    given = answers_of(desk.fields(actor(), FORMS[kind][0], code), request.form)
    if request.form.get("act") == "conditions":
        return jsonify({"hidden": unasked(desk.fields(actor(), FORMS[kind][0], code, given))})
    try:
        number = desk.propose(actor(), kind, code, given)
    except errors.FormInvalid as exc:
        return _form(kind, code, given, mistakes_of(exc)), 422
    flash("已提出。")
    return redirect(url_for(".change", number=number))
