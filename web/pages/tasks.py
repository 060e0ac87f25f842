"""The worklist and the task form."""

import secrets
from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from flask import Blueprint, jsonify, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from engine.errors import StaleVersion
from web.auth import actor
from web.platform import platform
from workflows import errors
from workflows.desk.tasks import TaskView
from workflows.desk.worklist import LAMPS, VIEWS, WorklistFilter
from workflows.forms import FieldView

pages = Blueprint("tasks", __name__)


@pages.get("/tasks")
def worklist() -> ResponseReturnValue:
    """Show the worklist; everything asked for is in the address."""
    given = request.args
    wanted = WorklistFilter(
        view=given.get("view", "todo"), lamp=given.get("lamp", ""), element=given.get("step", ""),
        unit=given.get("unit", ""), q=given.get("q", ""), after=given.get("after", ""),
    )  # fmt: skip
    page = platform().desk.worklist.page(actor(), wanted)
    first = str(page.rows[0].task_id) if page.rows else ""
    chosen = given.get("sel", first)
    preview = platform().desk.tasks.view(actor(), UUID(chosen)) if _is_uuid(chosen) else None
    return render_template(
        "tasks/list.html", page=page, views=VIEWS, lamps=LAMPS, wanted=wanted, preview=preview, url=_url
    )


def _is_uuid(text: str) -> bool:
    try:
        UUID(text)
    except ValueError:
        return False
    return True


def _url(**changes: str) -> str:
    """Return the address of this list with some of its filters changed."""
    values = {**request.args.to_dict(), **changes}
    return f"{url_for('tasks.worklist')}?{urlencode({key: value for key, value in values.items() if value})}"


@pages.get("/tasks/<uuid:task_id>")
def show(task_id: UUID) -> ResponseReturnValue:
    """Show a task with its form."""
    return _form(platform().desk.tasks.view(actor(), task_id), [])


def _form(
    task: TaskView, mistakes: Sequence[Mapping[str, Any]], status: int = 200, notice: str = ""
) -> ResponseReturnValue:
    page = render_template("tasks/form.html", task=task, errors=mistakes, key=secrets.token_urlsafe(16), notice=notice)
    return page, status


def answers_of(fields: Sequence[FieldView]) -> dict[str, Any]:
    """Return what a form sent, by the kinds of its fields."""
    found: dict[str, Any] = {}
    for field in fields:
        if field.children:
            found |= answers_of(field.children)
        elif field.type == "checklist":
            found[field.key] = request.form.getlist(field.key)
        elif field.type == "checkbox":
            found[field.key] = field.key in request.form
        elif field.key and field.key in request.form:
            found[field.key] = request.form[field.key]
    return found


@pages.post("/tasks/<uuid:task_id>")
def act(task_id: UUID) -> ResponseReturnValue:
    """Do what the pressed button says."""
    acts = {"claim": _claim, "release": _release, "assign": _assign, "draft": _draft, "check": _check}
    return acts.get(request.form.get("act", ""), _complete)(task_id)


def _claim(task_id: UUID) -> ResponseReturnValue:
    platform().desk.tasks.claim(actor(), task_id)
    return redirect(url_for("tasks.show", task_id=task_id))


def _release(task_id: UUID) -> ResponseReturnValue:
    platform().desk.tasks.release(actor(), task_id)
    return redirect(url_for("tasks.show", task_id=task_id))


def _assign(task_id: UUID) -> ResponseReturnValue:
    form = request.form
    platform().desk.tasks.assign(actor(), task_id, form.get("login", "").strip(), form.get("reason", ""))
    return redirect(url_for("tasks.worklist"))


def _given(task_id: UUID) -> tuple[TaskView, dict[str, Any]]:
    task = platform().desk.tasks.view(actor(), task_id)
    return task, answers_of(task.fields)


def _draft(task_id: UUID) -> ResponseReturnValue:
    _, given = _given(task_id)
    platform().desk.tasks.save_draft(actor(), task_id, given)
    return redirect(url_for("tasks.show", task_id=task_id))


def _check(task_id: UUID) -> ResponseReturnValue:
    task, given = _given(task_id)
    task = platform().desk.tasks.view(actor(), task_id, given)
    return render_template("tasks/check.html", task=task, key=secrets.token_urlsafe(16), given=given)


def _complete(task_id: UUID) -> ResponseReturnValue:
    task, given = _given(task_id)
    version = request.form.get("version", type=int)
    key = request.form.get("key", "")
    try:
        done = platform().desk.tasks.complete(actor(), task_id, given, version=version, key=key)
    except errors.FormInvalid as exc:
        found = exc.facts.get("errors")
        return _form(platform().desk.tasks.view(actor(), task_id, given), found if isinstance(found, list) else [], 422)
    except StaleVersion:
        platform().desk.tasks.save_draft(actor(), task_id, given)
        notice = "您打开页面后，任务有变化。您填写的内容已保留，请核对后再次提交。"
        return _form(platform().desk.tasks.view(actor(), task_id, given), [], 412, notice)
    return redirect(url_for("cases.show", business_key=task.business_key, done=str(done.result["task_id"])))


@pages.post("/tasks/<uuid:task_id>/draft")
def autosave(task_id: UUID) -> ResponseReturnValue:
    """Keep unfinished answers; called while the person types."""
    _, given = _given(task_id)
    saved = platform().desk.tasks.save_draft(actor(), task_id, given)
    return jsonify({"version": int(saved.timestamp()), "saved_at": saved.isoformat()})


@pages.get("/tasks/<uuid:task_id>/why")
def why(task_id: UUID) -> ResponseReturnValue:
    """Explain why the task came."""
    return render_template("tasks/why.html", task=platform().desk.tasks.view(actor(), task_id))
