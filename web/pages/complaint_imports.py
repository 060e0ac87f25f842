"""Files of complaints: previewed row by row, then registered."""

from typing import Any
from uuid import UUID

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from web.auth import actor
from web.platform import platform
from web.problems import mistakes_of
from workflows import errors
from workflows.complaints.imports import OUTCOMES
from workflows.complaints.words import KINDS, MATTERS

CLAUSES = ("zz2020/2.6",)
pages = Blueprint("complaint_imports", __name__)


@pages.get("/complaints/imports")
def home() -> ResponseReturnValue:
    """Show the upload form and the newest files."""
    return _home()


def _home(mistakes: Any = ()) -> str:
    desk = platform().desk.complaints
    return render_template(
        "complaints/imports.html", files=desk.imported_files(actor()), channels=desk.channels(), errors=mistakes
    )


@pages.post("/complaints/imports")
def upload() -> ResponseReturnValue:
    """Read a file and show what each row would become."""
    file = request.files.get("file")
    if file is None or not file.filename:
        return _home([{"field": "file", "message": "请选择要导入的文件（xlsx 或 csv）"}]), 422
    try:
        channel = request.form.get("channel", "")
        import_id = platform().desk.complaints.preview(actor(), channel, file.filename, file.read())
    except (errors.ImportInvalid, errors.FormInvalid) as exc:
        return _home(mistakes_of(exc)), 422
    return redirect(url_for("complaint_imports.show", import_id=import_id))


@pages.get("/complaints/imports/<uuid:import_id>")
def show(import_id: UUID) -> ResponseReturnValue:
    """Show a file row by row; who complained is in none of them."""
    desk = platform().desk.complaints
    view, only = desk.imported(actor(), import_id), request.args.get("outcome", "")
    rows = [row for row in view.rows if not only or row["outcome"] == only]
    return render_template(
        "complaints/import.html", batch=view, rows=rows[:500], chosen=only, outcomes=OUTCOMES, matters=MATTERS,
        kinds=KINDS, channels=desk.channels(), divisions=platform().rulebook.city.divisions,
    )  # fmt: skip


@pages.post("/complaints/imports/<uuid:import_id>")
def commit(import_id: UUID) -> ResponseReturnValue:
    """Register the ready rows."""
    platform().desk.complaints.take_in(actor(), import_id)
    return redirect(url_for("complaint_imports.show", import_id=import_id))
