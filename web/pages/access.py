"""Ask to read a case of others, and decide such requests."""

from uuid import UUID

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from web.auth import actor
from web.platform import platform

CLAUSES = ("zz2020/1.2",)
pages = Blueprint("access", __name__)


@pages.post("/access")
def ask() -> ResponseReturnValue:
    """Ask; the answer is the same whether or not there is such a case."""
    platform().desk.lists.access.ask(actor(), request.form.get("case", "")[:80], request.form.get("reason", ""))
    flash("申请已提交政策法规科，处理结果在“我的”消息中告知。")
    return redirect("/")


@pages.get("/access")
def overview() -> ResponseReturnValue:
    """Show the requests that wait."""
    return render_template("more/access.html", rows=platform().desk.lists.access.open(actor()))


@pages.post("/access/<uuid:request_id>")
def decide(request_id: UUID) -> ResponseReturnValue:
    """Grant or refuse one."""
    grants = request.form.get("act") == "grant"
    platform().desk.lists.access.decide(actor(), request_id, grants=grants, note=request.form.get("note", ""))
    flash("已同意，30 日内有效。" if grants else "已退回申请。")
    return redirect(url_for("access.overview"))
