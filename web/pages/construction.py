"""Construction after the permit: the list of projects, the passport of a permit, what officers register."""

import io
from collections.abc import Mapping
from typing import Any
from uuid import UUID

import segno
from flask import Blueprint, Response, render_template, request, url_for
from flask.typing import ResponseReturnValue

from web.auth import actor
from web.form_pages import FormPage
from web.platform import platform
from workflows.construction import checks, patrols, projects, temporary

CLAUSES = ("zz2020/1.1/patrol", "sdcx/52", "cxgh/45", "jinan/79")
pages = Blueprint("construction", __name__)
SHOWN = {"open": "跟踪中", "late": "已超期", "failed": "不合格", "closed": "已结束"}
_TRANSFERS = {
    "lead": "线索", "sent": "已移送", "accepted": "已接收", "filed": "已立案", "decided": "已决定",
    "executed": "已执行", "closed": "已销案", "dismissed": "线索不成立", "returned": "已退回", "own": "自行处理",
    "not_filed": "不予立案",
}  # fmt: skip


@pages.get("/construction")
def overview() -> ResponseReturnValue:
    """Show the projects by stage and lateness."""
    stage, show = request.args.get("stage", ""), request.args.get("show", "open")
    show = show if show in SHOWN else "open"
    every = platform().desk.construction.projects(actor(), "", show)
    stages = {line.project["stage"]: line.project["stage_name"] for line in every if line.project["stage"]}
    lines = [line for line in every if stage in ("", line.project["stage"])]
    return render_template(
        "construction/overview.html", lines=lines, stages=stages, stage=stage, show=show, shown=SHOWN,
        types=projects.TYPES, states=projects.STATES, checks=checks.STATES,
        units=platform().desk.construction.unit_names(),
    )  # fmt: skip


@pages.get("/permits/<uuid:approval_id>")
def passport(approval_id: UUID) -> ResponseReturnValue:
    """Show the passport of a permit."""
    view = platform().desk.passport.of_permit(actor(), approval_id)
    project = view.project
    may_register = bool(
        project and project["state"] == "tracking" and project["unit"] in actor().units
        and actor().has(*projects.CHECKERS)
    )  # fmt: skip
    return render_template(
        "construction/passport.html", view=view, may_register=may_register, types=projects.TYPES,
        states=projects.STATES, checks=checks.STATES, measures=checks.MEASURES, kinds=temporary.KINDS,
        watch=temporary.STATES, levels=patrols.LEVELS, results=patrols.RESULTS, visits=patrols.KINDS,
        transfers=_TRANSFERS,
    )  # fmt: skip


@pages.get("/permits/<uuid:approval_id>/qr.svg")
def qr(approval_id: UUID) -> ResponseReturnValue:
    """Return the QR code of the project's sign board."""
    project = platform().desk.passport.of_permit(actor(), approval_id).project
    code = project["public_code"] if project else ""
    out = io.BytesIO()
    segno.make(url_for(".sign_board", code=code, _external=True), error="m").save(out, kind="svg", scale=6, border=4)
    return Response(out.getvalue(), mimetype="image/svg+xml")


@pages.get("/s/<code>")
def sign_board(code: str) -> ResponseReturnValue:
    """Show to everybody what the sign board's QR code leads to."""
    return render_template("construction/sign_board.html", view=platform().desk.passport.sign_board(code))


def _page(project_id: UUID, form: str, action: str, title: str, notes: tuple[str, ...] = ()) -> FormPage:
    desk, who = platform().desk.construction, actor()
    return FormPage(
        action, title, url_for(".overview"), "批后跟踪", lambda given: desk.fields(who, form, project_id, given), notes
    )


def _request_page(project_id: UUID, code: str) -> FormPage:
    action = url_for(".register_request", project_id=project_id, code=code)
    return _page(project_id, "request", action, "登记核验申请", ("登记后即开始计时，生成核验任务。",))


@pages.get("/construction/<uuid:project_id>/request/<code>")
def ask_request(project_id: UUID, code: str) -> ResponseReturnValue:
    """Show the form by which a builder's request is registered."""
    return _request_page(project_id, code).show()


@pages.post("/construction/<uuid:project_id>/request/<code>")
def register_request(project_id: UUID, code: str) -> ResponseReturnValue:
    """Register a builder's request."""

    def send(answers: Mapping[str, Any]) -> str:
        platform().desk.construction.request(actor(), project_id, code, answers)
        return url_for("worklist.show")

    return _request_page(project_id, code).submit(send)


def _skip_page(project_id: UUID) -> FormPage:
    return _page(project_id, "skip", url_for(".register_skip", project_id=project_id), "登记未按环节施工")


@pages.get("/construction/<uuid:project_id>/skip")
def ask_skip(project_id: UUID) -> ResponseReturnValue:
    """Show the form of a skipped stage."""
    return _skip_page(project_id).show()


@pages.post("/construction/<uuid:project_id>/skip")
def register_skip(project_id: UUID) -> ResponseReturnValue:
    """Register a skipped stage."""

    def send(answers: Mapping[str, Any]) -> str:
        platform().desk.construction.skip(actor(), project_id, answers)
        return url_for(".overview")

    return _skip_page(project_id).submit(send)


def _indicators_page(project_id: UUID) -> FormPage:
    return _page(project_id, "indicators", url_for(".change", project_id=project_id), "登记许可指标")


@pages.get("/construction/<uuid:project_id>/indicators")
def ask_indicators(project_id: UUID) -> ResponseReturnValue:
    """Show the form of what is permitted."""
    return _indicators_page(project_id).show()


@pages.post("/construction/<uuid:project_id>/indicators")
def change(project_id: UUID) -> ResponseReturnValue:
    """Write down what is permitted."""

    def send(answers: Mapping[str, Any]) -> str:
        platform().desk.construction.change(actor(), project_id, answers)
        return url_for(".overview")

    return _indicators_page(project_id).submit(send)
