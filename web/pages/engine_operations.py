"""Operations on many cases with one result for each, incidents by cause, and jobs."""

from collections.abc import Mapping, Sequence
from secrets import token_urlsafe
from uuid import UUID

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from engine.queries.incidents import IncidentCause
from engine.queries.instances import OpenIncident
from web.auth import actor
from web.people import people_of
from web.platform import platform
from web.problems import mistakes_of
from workflows import errors
from workflows.desk.engine_bulk import KINDS
from workflows.engine_admin import jobs as job_words
from workflows.engine_admin.access import may_keep, reason_of

CLAUSES = ("none/engine-administration",)
pages = Blueprint("engine_operations", __name__)
SHOWN = {"active": "运行中", "suspended": "已挂起", "completed": "已办结", "cancelled": "已取消", "failed": "异常",
         "waiting": "等待执行", "resolved": "已处理", "open": "未处理", "running": "执行中"}  # fmt: skip


@pages.get("/engine/operations")
def overview() -> ResponseReturnValue:
    """Show the newest operations."""
    rows = platform().desk.engine.bulk.operations(actor())
    return render_template("engine/operations.html", rows=rows, kinds=KINDS, people=people_of(rows, "actor"))


@pages.get("/engine/operations/<uuid:operation_id>")
def show(operation_id: UUID) -> ResponseReturnValue:
    """Show one operation: what each case was, became, and is now."""
    report = platform().desk.engine.bulk.report(actor(), operation_id)
    shown = {"report": report, "kinds": KINDS, "words": SHOWN, "people": people_of([report], "actor")}
    return render_template("engine/operation.html", **shown)


@pages.get("/engine/incidents/group")
def group() -> ResponseReturnValue:
    """Show the incidents of one cause."""
    cause = _cause(request.args)
    rows = platform().desk.engine.bulk.incidents_of(actor(), cause)
    return _group(rows, cause)


@pages.post("/engine/incidents/group")
def retry_group() -> ResponseReturnValue:
    """Try all incidents of one cause again and show one result for each."""
    cause, desk = _cause(request.form), platform().desk.engine.bulk
    may_keep(actor())
    try:
        reason = reason_of(request.form.get("reason", ""))
        report = desk.retry_group(actor(), cause, reason, request.form.get("key", "")[:100])
    except errors.FormInvalid as exc:
        return _group(desk.incidents_of(actor(), cause), cause, mistakes_of(exc)), 422
    return redirect(url_for("engine_operations.show", operation_id=report.id))


def _group(rows: Sequence[OpenIncident], cause: IncidentCause, mistakes: object = ()) -> str:
    name, steps = platform().desk.cockpit.step_names([cause.definition_key]).get(cause.definition_key, ("", {}))
    return render_template(
        "engine/incident_group.html", rows=rows, cause=cause, key=token_urlsafe(16), errors=mistakes,
        where=f"{name or cause.definition_key} · {steps.get(cause.element_id, cause.element_id)}",
    )  # fmt: skip


def _cause(given: Mapping[str, str]) -> IncidentCause:
    return IncidentCause(*(str(given.get(name, ""))[:300] for name in ("process", "element", "kind", "cause")))


@pages.get("/engine/jobs")
def jobs() -> ResponseReturnValue:
    """Show what waits to be done: when, by whom, and what went wrong last."""
    given = request.args
    rows = platform().desk.engine.jobs.jobs(
        actor(), given.get("kind", ""), given.get("status", ""), given.get("process", "")
    )
    return render_template("engine/jobs.html", rows=rows, words=job_words, given=given)


@pages.get("/engine/jobs/<uuid:job_id>")
def job(job_id: UUID) -> ResponseReturnValue:
    """Show one job and what may be done with it."""
    return _job(job_id)


def _job(job_id: UUID, mistakes: object = ()) -> str:
    row = platform().desk.engine.jobs.job(actor(), job_id)
    return render_template("engine/job.html", row=row, words=job_words, errors=mistakes)


@pages.post("/engine/jobs/<uuid:job_id>")
def act_on_job(job_id: UUID) -> ResponseReturnValue:
    """Let a job be due now, or ask a second person."""
    given, row = request.form, platform().desk.engine.jobs.job(actor(), job_id)
    try:
        asked = platform().desk.engine.jobs.act(actor(), job_id, given.get("act", ""), given.get("reason", ""))
    except errors.FormInvalid as exc:
        return _job(job_id, mistakes_of(exc)), 422
    if asked is not None:
        flash("已提出，尚未执行；由另一人确认后执行。")
        return redirect(url_for("engine_requests.show", request_id=asked))
    flash("已改为立即执行；以下是重新读取的状态。")
    if row["instance_id"] is None:
        return redirect(url_for("engine_operations.jobs"))
    return redirect(url_for("engine_instances.show", instance_id=row["instance_id"]))
