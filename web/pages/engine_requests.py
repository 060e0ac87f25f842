"""What needs a second person: confirm, turn down or take back, and see what became of it."""

from uuid import UUID

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from web.auth import actor
from web.people import people_of
from web.platform import platform
from web.problems import mistakes_of
from workflows import errors
from workflows.engine_admin.requests import KINDS, STATES

CLAUSES = ("none/engine-administration",)
pages = Blueprint("engine_requests", __name__)
PLACES = {"active": "进行中", "waiting": "等待中", "late": "超期", "error": "异常"}
STATUSES = {"active": "运行中", "suspended": "已挂起", "completed": "已办结", "cancelled": "已取消",
            "failed": "异常结束", "gone": "已不存在", "": ""}  # fmt: skip


@pages.get("/engine/requests")
def overview() -> ResponseReturnValue:
    """Show what waits for a second person, and what was decided."""
    rows = platform().desk.engine.requests.requests(actor())
    people = people_of(rows, "asked_by", "decided_by")
    return render_template("engine/requests.html", rows=rows, kinds=KINDS, states=STATES, people=people)


@pages.get("/engine/requests/<uuid:request_id>")
def show(request_id: UUID) -> ResponseReturnValue:
    """Show one request with the case read now."""
    return _show(request_id)


def _show(request_id: UUID, mistakes: object = ()) -> str:
    view = platform().desk.engine.requests.look(actor(), request_id)
    return render_template(
        "engine/request.html", view=view, kinds=KINDS, states=STATES, places=PLACES, statuses=STATUSES, errors=mistakes,
        people=people_of([view.row], "asked_by", "decided_by"),
    )  # fmt: skip


@pages.post("/engine/requests/<uuid:request_id>")
def decide(request_id: UUID) -> ResponseReturnValue:
    """Confirm, turn down or take back."""
    desk, act = platform().desk.engine.requests, request.form.get("act", "")
    try:
        if act == "confirm":
            desk.confirm(actor(), request_id)
            flash("已执行；以下是重新读取的状态。")
        elif act == "refuse":
            desk.refuse(actor(), request_id, request.form.get("reason", ""))
            flash("已否决，没有改变任何内容。")
        elif act == "withdraw":
            desk.withdraw(actor(), request_id)
            flash("已撤回，没有改变任何内容。")
    except errors.FormInvalid as exc:
        return _show(request_id, mistakes_of(exc)), 422
    return redirect(url_for("engine_requests.show", request_id=request_id))
