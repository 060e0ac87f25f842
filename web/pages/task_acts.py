"""Give a task back, take it back, ask a colleague, undo, and do one thing with many tasks."""

import secrets
from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from engine.errors import AppError, WithdrawalRefused
from web.answers import answers_of
from web.auth import actor
from web.pages.tasks import list_url
from web.people import people_of
from web.platform import platform
from web.problem_words import words_of
from web.problems import mistakes_of
from web.task_notes import note
from web.whole import whole
from workflows import errors
from workflows.desk.task_acts import ACTS, MOST, SAME_STEP, Chosen, Options
from workflows.desk.tasks import TaskView
from workflows.desk.worklist import WorklistFilter
from workflows.task_acts.moving import POLICIES
from workflows.worklist.queries import VIEWS

CLAUSES = ("zz2020/1.2",)
pages = Blueprint("task_acts", __name__)


@pages.get("/tasks/<uuid:task_id>/return")
def choose_return(task_id: UUID) -> ResponseReturnValue:
    """Show the earlier steps a task may be returned to, and what each return would cancel."""
    return _return_page(task_id)


def _return_page(task_id: UUID, mistakes: Sequence[Mapping[str, Any]] = (), status: int = 200) -> ResponseReturnValue:
    desk, who = platform().desk, actor()
    task = desk.tasks.view(who, task_id)
    return render_template(
        "tasks/return.html", task=task, choices=desk.task_acts.return_choices(who, task_id), policies=POLICIES,
        errors=mistakes, given=request.form,
    ), status  # fmt: skip


@pages.post("/tasks/<uuid:task_id>/return")
def give_back(task_id: UUID) -> ResponseReturnValue:
    """Return a task to the chosen step."""
    form = request.form
    target, _, scope = form.get("target", "").partition("@")
    options = Options(
        target=target, scope=int(scope) if scope.isdecimal() else None, reason=form.get("reason", ""),
        policy=form.get("policy", "replay"),
        versions={str(task_id): form.get("version", -1, type=whole)},
    )  # fmt: skip
    if not target:
        return _return_page(task_id, [{"field": "target", "message": "请选择退回到哪一环节"}], 422)
    task = platform().desk.tasks.view(actor(), task_id)
    try:
        platform().desk.task_acts.act(actor(), "return", task_id, options)
    except errors.FormInvalid as exc:
        return _return_page(task_id, mistakes_of(exc), 422)
    note(f"已退回：{task.step}")
    return redirect(url_for("cases.show", business_key=task.business_key))


@pages.post("/tasks/<uuid:task_id>/withdraw")
def withdraw(task_id: UUID) -> ResponseReturnValue:
    """Take back what one has completed; the form opens again with the answers."""
    try:
        platform().desk.task_acts.act(actor(), "withdraw", task_id, Options(reason=request.form.get("reason", "")))
    except WithdrawalRefused as exc:
        note(f"不能撤回：{exc.facts.get('reason')}")
        return redirect(url_for("tasks.show", task_id=task_id))
    note("已撤回，可修改后重新提交。")
    return redirect(url_for("tasks.show", task_id=task_id))


@pages.post("/tasks/<uuid:task_id>/delegate")
def delegate(task_id: UUID) -> ResponseReturnValue:
    """Ask a colleague for an opinion."""
    options = Options(login=request.form.get("login", "").strip(), reason=request.form.get("reason", ""))
    try:
        did = platform().desk.task_acts.act(actor(), "delegate", task_id, options)
    except errors.FormInvalid as exc:
        note("；".join(str(one["message"]) for one in mistakes_of(exc)))
        return redirect(url_for("tasks.show", task_id=task_id))
    note("已委托，对方提出意见后任务回到您这里。", [did] if did else ())
    return redirect(url_for("tasks.show", task_id=task_id))


@pages.post("/tasks/<uuid:task_id>/opinion")
def give_opinion(task_id: UUID) -> ResponseReturnValue:
    """Give the opinion one was asked for."""
    try:
        platform().desk.task_acts.answer_delegation(actor(), task_id, request.form.get("opinion", ""))
    except errors.FormInvalid as exc:
        note("；".join(str(one["message"]) for one in mistakes_of(exc)))
        return redirect(url_for("tasks.show", task_id=task_id))
    note("意见已提交，任务已回到委托人。")
    return redirect(list_url())


@pages.post("/tasks/<uuid:task_id>/take-back")
def take_back(task_id: UUID) -> ResponseReturnValue:
    """Take a delegated task back."""
    platform().desk.task_acts.act(actor(), "take_back", task_id, Options())
    note("已收回委托。")
    return redirect(url_for("tasks.show", task_id=task_id))


@pages.post("/tasks/undo/<uuid:ticket>")
def undo(ticket: UUID) -> ResponseReturnValue:
    """Undo what was done a moment ago, each task by itself."""
    try:
        results = platform().desk.task_acts.undo(actor(), ticket)
    except errors.UndoExpired as exc:
        note("。".join(words_of(exc.code)))
        return redirect(list_url())
    failed = [why(one) for one in results if not one["ok"]]
    text = f"已撤销 {len(results) - len(failed)} 件" + (f"，{len(failed)} 件未能撤销：{failed[0]}" if failed else "")
    note(text)
    if len(results) == 1 and not failed:
        return redirect(url_for("tasks.show", task_id=results[0]["task_id"]))
    return redirect(list_url())


def why(result: Mapping[str, Any]) -> str:
    """Return in words why one task of many was not done."""
    title, _ = words_of(str(result["code"]))
    facts = result.get("facts", {})
    found = facts.get("errors")
    if isinstance(found, list) and found:
        return f"{title}（{'；'.join(str(one.get('message')) for one in found)}）"
    reason = str(facts.get("reason") or "")
    return f"{title}（{reason}）" if reason and not reason.isascii() else title


@pages.post("/tasks/choose")
def choose() -> ResponseReturnValue:
    """Show the chosen tasks, or all that a list holds, with what can be done with them together."""
    return _batch_page(_wanted_tasks())


def _wanted_tasks() -> list[UUID]:
    """Return the tasks that were ticked, or with ``all`` those that the filter of the list finds now."""
    form = request.form
    if form.get("all") == "yes":
        view = form.get("view", "todo")
        wanted = WorklistFilter(
            view=view if view in VIEWS else "todo", lamp=form.get("lamp", ""), element=form.get("step", "")[:100],
            unit=form.get("unit", "")[:60], subject=form.get("item", "")[:200], q=form.get("q", "")[:60],
        )  # fmt: skip
        return list(platform().desk.worklist.ids(actor(), wanted, MOST + 1))
    found = []
    for one in form.getlist("task"):
        try:
            found.append(UUID(one))
        except ValueError:
            continue
    return found


def _batch_page(
    wanted: Sequence[UUID], mistakes: Sequence[Mapping[str, Any]] = (), status: int = 200
) -> ResponseReturnValue:  # fmt: skip
    desk, who = platform().desk, actor()
    chosen = desk.task_acts.chosen(who, wanted)
    steps = {(one.definition_key, one.element_id): one.step for one in chosen}
    mine = [one for one in chosen if one.is_mine]
    first = desk.tasks.view(who, mine[0].task_id) if mine and len(steps) == 1 else None
    return render_template(
        "tasks/batch.html", chosen=chosen, too_many=len(wanted) > MOST, most=MOST, steps=_counted(chosen), first=first,
        colleagues=desk.tasks.colleagues(who, mine[0].task_id) if mine else (), has_mine=bool(mine), errors=mistakes,
        targets=desk.task_acts.return_choices(who, first.id) if first and first.status == "open" else (),
        policies=POLICIES, key=request.form.get("key") or secrets.token_urlsafe(16), back=list_url(),
        people=people_of(chosen, "assignee"),
    ), status  # fmt: skip


def _counted(chosen: Sequence[Chosen]) -> dict[str, int]:
    counts: dict[str, int] = {}
    for one in chosen:
        counts[one.step] = counts.get(one.step, 0) + 1
    return counts


@pages.post("/tasks/together")
def together() -> ResponseReturnValue:
    """Do one thing with the chosen tasks; answers a page with one result for each."""
    form, desk, who = request.form, platform().desk, actor()
    wanted, act = _wanted_tasks(), form.get("act", "")
    try:
        options = _options(wanted, act)
        answer = desk.task_acts.batch(who, act, wanted, options).result
    except errors.FormInvalid as exc:
        return _batch_page(wanted, mistakes_of(exc), 422)
    return results_page(act, answer, wanted)


def _options(wanted: Sequence[UUID], act: str) -> Options:
    form = request.form
    target, _, _scope = form.get("target", "").partition("@")
    given: dict[str, Any] = {}
    if act in SAME_STEP and wanted:
        given = answers_of(_view(wanted[0]).fields, form)
    return Options(
        login=form.get("login", "").strip(), reason=form.get("reason", ""), target=target,
        policy=form.get("policy", "replay"), answers=given if act == "complete" else {}, key=form.get("key", ""),
    )  # fmt: skip


def _view(task_id: UUID) -> TaskView:
    return platform().desk.tasks.view(actor(), task_id)


def results_page(act: str, answer: Mapping[str, Any], wanted: Sequence[UUID]) -> ResponseReturnValue:
    """Show one result for each task, those that were not done first."""
    known = {str(one.task_id): one for one in platform().desk.task_acts.chosen(actor(), wanted)}
    lines = [(known.get(one["task_id"]), one, "" if one["ok"] else why(one)) for one in answer["results"]]
    return render_template(
        "tasks/batch_done.html", act=ACTS.get(act, act), answer=answer, back=list_url(),
        lines=sorted(lines, key=lambda line: bool(line[1]["ok"])),
    )  # fmt: skip


__all__ = ["AppError", "pages"]
