"""The case file, its diagram, search, and pausing its clocks."""

import re
from collections.abc import Iterable
from uuid import UUID

from flask import Blueprint, Response, jsonify, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from markupsafe import escape

from engine.queries.instances import TokenPosition
from web.auth import actor
from web.case_ahead import lines_ahead, lines_past
from web.diagrams import ElementState, TokenStates, describe_text, render_svg, with_stylesheet
from web.platform import platform
from workflows.desk.inspection_views import STATES
from workflows.duties import RETURN_CODES
from workflows.orders import RUNGS

CLAUSES = ("zz2020/2.1", "zz2020/1.2")
pages = Blueprint("cases", __name__)
MOST = 50  # cases that a search shows
HEAVY = 20_000  # characters of a picture
RESULTS = {
    "granted": "准予", "refused": "不予", "withdrawn": "撤回", "lead": "线索", "checked": "已核查",
    "approved": "已审批",
    "sent": "已移送", "accepted": "已接收", "returned": "已退回", "filed": "已立案", "not_filed": "不予立案",
    "decided": "已决定", "executed": "已执行", "closed": "已销案", "dismissed": "线索不成立", "own": "自行处理",
    "pushed": "已推送·待认领", "claimed": "已认领", "disputed": "争议裁定", "planned": "监管中", "fed_back": "已反馈",
    "superseded": "已更正重推", "forwarded": "已转送",
    "supplemented": "已补充", "designated": "已指定查处单位",
    "active": "办理中", "completed": "已办结", "cancelled": "已撤销", "suspended": "已挂起", "open": "督办中",
}  # fmt: skip


def states(tokens: Iterable[TokenPosition]) -> TokenStates:
    """Return where the tokens are, for drawing."""
    return TokenStates({t.element_id: ElementState(t.state, count=t.count) for t in tokens})  # type: ignore[arg-type]


@pages.get("/cases")
def search() -> ResponseReturnValue:
    """Search cases and items; an exact number opens its file at once."""
    text = request.args.get("q", "")
    found = platform().desk.cases.find(actor(), text, MOST)
    if found.exact:
        return redirect(url_for("cases.show", business_key=found.exact))
    return render_template("cases/search.html", rows=found.cases, items=found.items, q=text, words=RESULTS, most=MOST)


@pages.get("/c/<path:business_key>")
def short(business_key: str) -> ResponseReturnValue:
    """Lead from the short form of a case's address to its file."""
    return redirect(url_for("cases.show", business_key=business_key))


@pages.get("/cases/<path:business_key>/diagram.svg")
def diagram_svg(business_key: str) -> ResponseReturnValue:
    """Return the diagram as a picture."""
    content, tokens, key = platform().desk.cases.diagram(actor(), business_key)
    picture = with_stylesheet(render_svg(content, states(tokens), process_id=key))
    return Response(picture, mimetype="image/svg+xml")


@pages.get("/cases/<path:business_key>/diagram.bpmn")
def diagram_bpmn(business_key: str) -> ResponseReturnValue:
    """Return the diagram's file."""
    content, _, _ = platform().desk.cases.diagram(actor(), business_key)
    return Response(content, mimetype="application/xml")


@pages.get("/cases/<path:business_key>/tokens.json")
def tokens_json(business_key: str) -> ResponseReturnValue:
    """Return where the tokens are."""
    _, tokens, _ = platform().desk.cases.diagram(actor(), business_key)
    return jsonify({"states": {t.element_id: {"state": t.state, "count": t.count, "note": ""} for t in tokens}})


@pages.get("/cases/<path:business_key>")
def show(business_key: str) -> ResponseReturnValue:
    """Show the file of a case."""
    desk, who = platform().desk, actor()
    case = desk.cases.view(who, business_key)
    content, tokens, key = desk.cases.diagram(who, business_key)
    where = states(tokens)
    mine = desk.worklist.of_case(who, business_key)
    steps = describe_text(content, where, process_id=key)
    forecasts = desk.forecast.of_tasks([one.task_id for one in case.holders])
    lines = [*lines_ahead(case.holders, steps, forecasts, case.units), *lines_past(case.timeline)]
    return render_template(
        "cases/show.html", case=case, svg=_picture(business_key, render_svg(content, where, process_id=key)),
        lines=lines, steps=steps, mine=mine, words=RESULTS, rungs=RUNGS, return_codes=RETURN_CODES,
        done=request.args.get("done"), inspection_states=STATES,
    )  # fmt: skip


def _picture(business_key: str, svg: str) -> str:
    """Return a small picture as it is; a large one is fetched beside the page, so that the page stays light."""
    if len(svg) <= HEAVY:
        return svg
    size = re.match(r"<svg[^>]*?( width=\"\d+\" height=\"\d+\")", svg)
    address = url_for("cases.diagram_svg", business_key=business_key)
    return f'<img src="{escape(address)}"{size[1] if size else ""} alt="流程图，下面有文字版">'


@pages.post("/clocks/<uuid:clock_id>")
def clock(clock_id: UUID) -> ResponseReturnValue:
    """Ask for a pause, approve it, or resume."""
    clocks, form = platform().desk.clocks, request.form
    act = form.get("act", "")
    if act == "approve":
        clocks.approve_pause(actor(), clock_id)
    elif act == "resume":
        clocks.resume(actor(), clock_id, form.get("reason", ""))
    else:
        clocks.request_pause(actor(), clock_id, form.get("reason", ""))
    return redirect(url_for("cases.show", business_key=form.get("case", "")))
