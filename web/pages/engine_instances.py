"""Cases as the engine sees them: find, read, suspend, resume, cancel, and move a token with four eyes."""

from collections.abc import Iterator, Mapping
from datetime import datetime
from secrets import token_urlsafe
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from engine.queries.search_instances import SearchInstances
from web.auth import actor
from web.diagrams import Note, describe_text, render_svg
from web.pages.cases import states
from web.paging import seal, unseal
from web.people import people_of
from web.platform import platform
from web.problems import mistakes_of
from web.whole import whole
from workflows import errors
from workflows.audit.words import KINDS
from workflows.engine_admin import jobs as job_words
from workflows.engine_admin.access import may_keep, reason_of
from workflows.engine_admin.instances import InstanceView
from workflows.policy import ROLES

CLAUSES = ("none/engine-administration",)
pages = Blueprint("engine_instances", __name__)
STATUSES = {
    "active": "运行中",
    "suspended": "已挂起",
    "completed": "已办结",
    "cancelled": "已取消",
    "failed": "异常结束",
}
ACTS = {"suspend": "挂起", "resume": "恢复", "cancel": "取消案件"}


@pages.get("/engine/instances")
def overview() -> ResponseReturnValue:
    """Show the cases that were asked for; everything asked for is in the address."""
    found = platform().desk.engine.instances.search(actor(), _wanted())
    processes = platform().desk.engine.definitions.processes(actor())
    more = ""
    if found.has_more:
        last = found.lines[-1]
        place = seal(f"{last.started_at.isoformat()} {last.id}")
        kept = {key: value for key, value in request.args.items() if value and key != "after"}
        more = f"{url_for('engine_instances.overview')}?{urlencode({**kept, 'after': place})}"
    return render_template(
        "engine/instances.html", found=found, processes=processes, statuses=STATUSES, given=request.args, more=more,
        acts=ACTS, errors=(), key=token_urlsafe(16), people=people_of(found.lines, "started_by"),
    )  # fmt: skip


def _wanted() -> SearchInstances:
    given = request.args
    before = unseal(given.get("after", "")).split()
    return SearchInstances(
        business_key=given.get("number", "").strip()[:60], key=given.get("process", "")[:100],
        version=given.get("version", type=whole), status=given.get("status", "")[:10],
        element=given.get("element", "").strip()[:100], variable=given.get("variable", "").strip()[:100],
        value=given.get("value", "").strip()[:200],
        before=(datetime.fromisoformat(before[0]), UUID(before[1])) if before else None,
    )  # fmt: skip


@pages.post("/engine/instances")
def act_on_many() -> ResponseReturnValue:
    """Do one act to the chosen cases and show one result for each."""
    chosen = [UUID(one) for one in request.form.getlist("chosen")]
    return _act(request.form.get("act", ""), chosen)


@pages.get("/engine/instances/<uuid:instance_id>")
def show(instance_id: UUID) -> ResponseReturnValue:
    """Show one case, read now."""
    return _show(instance_id)


def _show(instance_id: UUID, mistakes: Any = ()) -> str:
    view = platform().desk.engine.instances.show(actor(), instance_id)
    where = states(view.tokens)
    svg = render_svg(view.diagram, where, process_id=view.case.definition_key)
    steps = describe_text(view.diagram, where, process_id=view.case.definition_key)
    return render_template(
        "engine/instance.html", view=view, svg=svg, steps=steps, statuses=STATUSES, acts=_possible(view.case.status),
        errors=mistakes, key=token_urlsafe(16), kinds=KINDS, jobs=job_words.KINDS,
        people=platform().desk.lists.people(_persons(view)), groups=_groups(view),
    )  # fmt: skip


def _persons(view: InstanceView) -> Iterator[str | None]:
    yield view.case.started_by
    for row in view.parts.tasks:
        yield from (row["assignee"], row["ended_by"])
    for line in view.history:
        yield from (line.actor, line.detail.get("approved_by"))


def _groups(view: InstanceView) -> Mapping[UUID, str]:
    """Return in words who may take each task."""
    units = {one.code: one.short_name for one in platform().desk.catalogue.units(actor())}
    return {
        row["id"]: "、".join(
            units.get(unit, unit) + ROLES.get(role, role)
            for unit, _, role in (one.rpartition("/") for one in row["candidate_groups"])
        )
        for row in view.parts.tasks
    }


def _possible(status: str) -> Mapping[str, str]:
    allowed = {"active": ("suspend", "cancel"), "suspended": ("resume", "cancel")}.get(status, ())
    return {act: ACTS[act] for act in allowed}


@pages.post("/engine/instances/<uuid:instance_id>")
def act(instance_id: UUID) -> ResponseReturnValue:
    """Suspend, resume or cancel one case, and show what it is afterwards."""
    try:
        return _act(request.form.get("act", ""), [instance_id])
    except errors.FormInvalid as exc:
        return _show(instance_id, mistakes_of(exc)), 422


def _act(kind: str, chosen: list[UUID]) -> ResponseReturnValue:
    may_keep(actor())
    if kind not in ACTS:
        raise errors.FormInvalid(errors=[{"field": "act", "message": "请选择挂起、恢复或取消"}])
    reason = reason_of(request.form.get("reason", ""))
    report = platform().desk.engine.bulk.act(actor(), kind, chosen, reason, request.form.get("key", "")[:100])
    return redirect(url_for("engine_operations.show", operation_id=report.id))


@pages.get("/engine/instances/<uuid:instance_id>/move/<int:token>")
def ask_move(instance_id: UUID, token: int) -> ResponseReturnValue:
    """Show where a token may go."""
    return _move(instance_id, token)


def _move(instance_id: UUID, token: int, mistakes: Any = ()) -> str:
    view = platform().desk.engine.instances.moves(actor(), instance_id, token)
    notes = {one.element_id: Note("不可" if one.why_not else "可移到", "warning" if one.why_not else "added")
             for one in view.targets}  # fmt: skip
    notes[view.element] = Note("现在", "trace")
    svg = render_svg(view.diagram, process_id=view.case.definition_key, notes=notes)
    return render_template("engine/move.html", view=view, svg=svg, errors=mistakes)


@pages.post("/engine/instances/<uuid:instance_id>/move/<int:token>")
def move(instance_id: UUID, token: int) -> ResponseReturnValue:
    """Ask a second person to confirm the move."""
    given = request.form
    try:
        found = platform().desk.engine.instances.ask_to_move(
            actor(), instance_id, token, given.get("element", ""), given.get("reason", "")
        )
    except errors.FormInvalid as exc:
        return _move(instance_id, token, mistakes_of(exc)), 422
    flash("已提出，尚未移动；由另一人确认后执行。")
    return redirect(url_for("engine_requests.show", request_id=found))
