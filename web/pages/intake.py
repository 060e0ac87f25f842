"""Intake of decisions: a file with preview, one decision, and the check for blocks."""

from collections.abc import Mapping, Sequence
from pathlib import PurePath
from typing import Any
from uuid import UUID

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from web.auth import actor
from web.pages.letters import as_file
from web.platform import platform
from web.problems import mistakes_of
from workflows import errors
from workflows.desk.intake import OUTCOMES

CLAUSES = ("zz2020/2.1", "zz2020/1.1")
pages = Blueprint("intake", __name__)
WORKBOOK = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
ONE = (
    ("project_no", "办件编号", True), ("XK_XKZS", "事项（许可证书）名称", True), ("XK_WSH", "许可文书号", True),
    ("XK_XDR_MC", "行政相对人名称", True), ("XK_XDR_SHXYM", "统一社会信用代码", True),
    ("project_name", "项目名称", True),
    ("site", "项目地点", False), ("area", "项目所在区划（代码或名称）", False), ("XK_JDRQ", "决定日期", True),
    ("result_type", "办结结果", True), ("XK_XKJG", "许可机关", False),
)  # fmt: skip


@pages.get("/intake")
def home() -> ResponseReturnValue:
    """Show the upload form and the newest imports."""
    return _home((), {})


def _home(mistakes: Sequence[Mapping[str, Any]], given: Mapping[str, str]) -> str:
    batches = platform().desk.intake.batches(actor())
    return render_template("intake/home.html", batches=batches, fields=ONE, errors=mistakes, given=given)


@pages.post("/intake")
def upload() -> ResponseReturnValue:
    """Read a file and show what each row would become."""
    file = request.files.get("file")
    if file is None or not file.filename:
        return _home([{"field": "file", "message": "请选择要导入的文件（xlsx 或 csv）"}], {}), 422
    try:
        batch_id = platform().desk.intake.preview(actor(), file.filename, file.read())
    except errors.ImportInvalid as exc:
        return _home(mistakes_of(exc), {}), 422
    return redirect(url_for("intake.show", batch_id=batch_id))


@pages.get("/intake/<uuid:batch_id>")
def show(batch_id: UUID) -> ResponseReturnValue:
    """Show an import, row by row."""
    view = platform().desk.intake.view(actor(), batch_id)
    only = request.args.get("outcome", "")
    rows = [row for row in view.rows if not only or row.outcome == only]
    return render_template("intake/show.html", batch=view, rows=rows[:500], chosen=only, outcomes=OUTCOMES)


@pages.get("/intake/<uuid:batch_id>.xlsx")
def workbook(batch_id: UUID) -> ResponseReturnValue:
    """Return the import as a workbook: the result of every row and why."""
    desk = platform().desk.intake
    name = f"{PurePath(desk.view(actor(), batch_id).file_name).stem}-导入结果.xlsx"
    return as_file(name, desk.result_file(actor(), batch_id), WORKBOOK)


@pages.post("/intake/<uuid:batch_id>")
def commit(batch_id: UUID) -> ResponseReturnValue:
    """Take the ready rows in."""
    platform().desk.intake.take_in(actor(), batch_id)
    return redirect(url_for("intake.show", batch_id=batch_id))


@pages.post("/intake/one")
def one() -> ResponseReturnValue:
    """Take one decision in; sending it again changes nothing."""
    given = {name: request.form.get(name, "").strip() for name, _, _ in ONE}
    desk = platform().desk.intake
    try:
        result = desk.submit(actor(), given, "dual_publicity_licence", "form")
    except errors.ApprovalInvalid as exc:
        return _home(mistakes_of(exc), given), 422
    if result.business_key is None:  # a project with a standing block
        return _home([message.as_json() for message in result.messages], given), 409
    flash(f"{OUTCOMES.get(result.outcome, result.outcome)}：{given['XK_WSH']}")
    return redirect(url_for("cases.show", business_key=result.business_key))


@pages.get("/intake/check")
def check() -> ResponseReturnValue:
    """Tell whether a project or party is blocked, before a new procedure is accepted."""
    q = request.args.get("q", "").strip()
    desk = platform().desk.intake
    found = desk.blocks(actor(), project_no=q, project_code=q, party_name=q, identity_number=q) if q else ()
    return render_template("intake/check.html", q=q, blocks=found)
