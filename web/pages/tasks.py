"""The task form, acts on many tasks, and the reasons behind a task."""

import secrets
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from flask import Blueprint, flash, jsonify, redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue

from engine.errors import AppError, NotAssignee, NotFound, StaleVersion, TaskClaimedByOther, TaskNotOpen
from web.answers import answers_of, flat, in_words, sent, unasked
from web.auth import actor
from web.platform import platform
from web.problem_words import words_of
from web.problems import mistakes_of
from web.rule_words import said
from web.task_merge import differences, merged
from web.task_notes import note
from web.times import clock
from web.whole import whole
from workflows import errors
from workflows.desk.task_acts import ACTS, MOST, Options
from workflows.desk.tasks import TaskView
from workflows.policy import APPROVERS

CLAUSES = ("zz2020/2.1", "zz2020/1.2")
pages = Blueprint("tasks", __name__)
_UNSEEN = -1  # a form without its version counts as stale
_GONE = (TaskNotOpen, TaskClaimedByOther, NotAssignee)


def list_url() -> str:
    """Return the worklist as the person last filtered it."""
    return str(session.get("list") or url_for("worklist.show"))


@pages.post("/tasks/batch")
def batch() -> ResponseReturnValue:
    """Claim the chosen tasks, or give them back; each has its own result."""
    act = "release" if request.form.get("act") == "release" else "claim"
    chosen = [found for found in map(_uuid, request.form.getlist("task")) if found][:MOST]
    if not chosen:
        note("请先勾选任务。")
        return redirect(list_url())
    answer: Any = platform().desk.task_acts.batch(actor(), act, chosen, Options()).result
    failed = [words_of(str(one["code"]))[0] for one in answer["results"] if not one["ok"]]
    text = f"已{ACTS[act]} {answer['done']} 件"
    text += f"，{len(failed)} 件未办：{'、'.join(dict.fromkeys(failed))}" if failed else ""
    told: Any = {"text": text, "undo": answer["undo"]}
    flash(told)
    return redirect(list_url())


def _uuid(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None


@pages.get("/tasks/<uuid:task_id>")
def show(task_id: UUID) -> ResponseReturnValue:
    """Show a task with its form; an inspection's record and a check on site have pages of their own."""
    task = platform().desk.tasks.view(actor(), task_id)
    inspection_id = platform().desk.inspections.of_task(task_id) if task.status == "open" else None
    if inspection_id is not None:
        return redirect(url_for("inspections.show", inspection_id=inspection_id))
    shown_apart = task.status == "open" and "full" not in request.args
    alert_number = platform().desk.alerts.of_task(task_id) if shown_apart else None
    if alert_number is not None:
        return redirect(url_for("alerts.show", number=alert_number))
    platform().desk.task_acts.note_opening(actor(), task_id)
    return _form(task)


def _form(
    task: TaskView, mistakes: Sequence[Mapping[str, Any]] = (), status: int = 200, notice: str = "",
    given: Mapping[str, Any] | None = None,
) -> ResponseReturnValue:  # fmt: skip
    who = actor()
    may_assign = task.status == "open" and (task.assignee == who.login or who.has(*APPROVERS))
    key = request.form.get("key") or secrets.token_urlsafe(16)
    page = render_template(
        "tasks/form.html", task=task, errors=mistakes, key=key, notice=notice, draft_version=_stamp(task),
        colleagues=_colleagues(task) if may_assign else (), answers=in_words(task.fields, given or {}),
        is_lost=bool(given) and not task.may_complete, back=list_url(), **_acts_of(task),
        answered=in_words(task.fields, {field.key: field.value for field in flat(task.fields)}),
    )  # fmt: skip
    return page, status


def _acts_of(task: TaskView) -> dict[str, Any]:
    """Return what else can be done with a task: returned, taken back, looked at by a colleague."""
    desk, who = platform().desk.task_acts, actor()
    delegations = desk.delegations(who, task.id)
    why_not = desk.why_not_withdrawn(who, task.id) if task.status == "completed" else None
    is_mine = task.status == "open" and task.assignee in (None, who.login)
    return {
        "delegations": delegations, "is_delegated": any(one.state == "open" for one in delegations),
        "may_withdraw": why_not == "", "why_not": why_not,
        "helpers": _colleagues(task) if is_mine and task.may_complete else (),
        "may_return": is_mine and task.may_complete,
    }  # fmt: skip


def _stamp(task: TaskView) -> int:
    return int(task.draft_saved_at.timestamp() * 1000) if task.draft_saved_at else 0


def _colleagues(task: TaskView) -> tuple[tuple[str, str], ...]:
    try:
        return platform().desk.tasks.colleagues(actor(), task.id)
    except NotFound:  # an overseer sees the task but is not among those who may take it
        return ()


@pages.post("/tasks/<uuid:task_id>")
def act(task_id: UUID) -> ResponseReturnValue:
    """Do what the pressed button says."""
    acts = {"claim": _claim, "release": _release, "assign": _assign, "draft": _draft, "conditions": _conditions,
            "check": _check, "merge": _merge}  # fmt: skip
    return acts.get(request.form.get("act", ""), _complete)(task_id)


def _claim(task_id: UUID) -> ResponseReturnValue:
    task, given = _given(task_id)
    try:
        platform().desk.tasks.claim(actor(), task_id)
    except _GONE as exc:
        return _gone(task_id, given, exc)
    if given:
        platform().desk.tasks.save_draft(actor(), task_id, given)
    note(f"已签收：{task.step}", [("claim", str(task_id), {})])
    return redirect(url_for("tasks.show", task_id=task_id))


def _release(task_id: UUID) -> ResponseReturnValue:
    platform().desk.tasks.release(actor(), task_id)
    note("已退签，同事可以签收。", [("release", str(task_id), {})])
    return redirect(url_for("tasks.show", task_id=task_id))


def _assign(task_id: UUID) -> ResponseReturnValue:
    options = Options(login=request.form.get("login", "").strip(), reason=request.form.get("reason", ""))
    try:
        did = platform().desk.task_acts.act(actor(), "assign", task_id, options)
    except errors.FormInvalid as exc:
        return _form(platform().desk.tasks.view(actor(), task_id), mistakes_of(exc), 422)
    note("已转办。", [did] if did else ())
    return redirect(list_url())


def _given(task_id: UUID) -> tuple[TaskView, dict[str, Any]]:
    task = platform().desk.tasks.view(actor(), task_id)
    return task, answers_of(task.fields, request.form)


def _draft(task_id: UUID) -> ResponseReturnValue:
    _, given = _given(task_id)
    platform().desk.tasks.save_draft(actor(), task_id, given)
    note("草稿已存。")
    return redirect(url_for("tasks.show", task_id=task_id))


def _conditions(task_id: UUID) -> ResponseReturnValue:
    """Answer which fields the answers so far do not ask for."""
    _, given = _given(task_id)
    return jsonify({"hidden": unasked(platform().desk.tasks.view(actor(), task_id, given).fields)})


def _check(task_id: UUID) -> ResponseReturnValue:
    _, given = _given(task_id)
    desk = platform().desk.tasks
    try:
        checked = desk.check(actor(), task_id, given)
    except errors.FormInvalid as exc:
        return _form(desk.view(actor(), task_id, given), mistakes_of(exc), 422)
    task = desk.view(actor(), task_id, given)
    key = request.form.get("key") or secrets.token_urlsafe(16)
    version = request.form.get("version", type=whole) or task.version
    return render_template(
        "tasks/check.html", task=task, key=key, version=version, hidden=list(sent(given)),
        answers=in_words(task.fields, given),
        letters=platform().desk.task_acts.letters_foreseen(actor(), task_id, checked),
    )  # fmt: skip


def _complete(task_id: UUID) -> ResponseReturnValue:
    task, given = _given(task_id)
    if task.is_irreversible and request.form.get("confirmed") != "yes":
        return _check(task_id)
    desk, key = platform().desk.tasks, request.form.get("key", "")
    version = request.form.get("version", _UNSEEN, type=whole)
    try:
        desk.complete(actor(), task_id, given, version=version, key=key)
    except errors.FormInvalid as exc:
        return _form(desk.view(actor(), task_id, given), mistakes_of(exc), 422)
    except StaleVersion:
        found = differences(task.fields, given, platform().desk.task_acts.kept_draft(actor(), task_id))
        if found:
            hidden = list(sent(given))
            return render_template("tasks/merge.html", task=task, differences=found, hidden=hidden), 412
        notice = "您打开页面后，任务有变化。您填写的内容已保留，请核对后再次提交。"
        desk.save_draft(actor(), task_id, given)
        return _form(desk.view(actor(), task_id, given), (), 412, notice)
    except _GONE as exc:
        return _gone(task_id, given, exc)
    takes_back = platform().desk.task_acts.why_not_withdrawn(actor(), task_id) == ""
    note(f"已提交：{task.step}", [("complete", str(task_id), {})] if takes_back else ())
    return redirect(url_for("cases.show", business_key=task.business_key))


def _merge(task_id: UUID) -> ResponseReturnValue:
    """Keep the answers that were picked one by one, and show the form with them."""
    _, given = _given(task_id)
    desk = platform().desk
    picked = merged(given, desk.task_acts.kept_draft(actor(), task_id), request.form)
    desk.tasks.save_draft(actor(), task_id, picked)
    return _form(desk.tasks.view(actor(), task_id), (), 200, "已按您的选择合并，请核对后提交。")


def _gone(task_id: UUID, given: Mapping[str, Any], error: AppError) -> ResponseReturnValue:
    """Show who has the task now; what was typed can still be read and copied."""
    title, remedy = words_of(error.code)
    return _form(platform().desk.tasks.view(actor(), task_id), (), 409, f"{title}。{remedy}", given)


@pages.post("/tasks/<uuid:task_id>/draft")
def autosave(task_id: UUID) -> ResponseReturnValue:
    """Keep unfinished answers while the person types; 412 when another window saved in between."""
    task, given = _given(task_id)
    seen = request.headers.get("If-Match", "").strip('"')
    if task.status != "open":
        return jsonify({"code": "task-not-open"}), 409
    if seen and seen != str(_stamp(task)):
        return jsonify({"code": "stale-version"}), 412
    saved: datetime = platform().desk.tasks.save_draft(actor(), task_id, given)
    return jsonify({"version": int(saved.timestamp() * 1000), "saved_at": clock(saved)})


@pages.get("/tasks/<uuid:task_id>/why")
def why(task_id: UUID) -> ResponseReturnValue:
    """Explain why the task came."""
    found = platform().desk.teamwork.why(actor(), task_id)
    task = platform().desk.tasks.view(actor(), task_id)
    return render_template("tasks/why.html", task=task, why=found, said=said)
