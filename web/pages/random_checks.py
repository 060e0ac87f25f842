"""Random inspections: plans, tasks, the ceremony of the draw, published results."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any
from uuid import UUID

from flask import Blueprint, flash, jsonify, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from web.answers import answers_of, unasked
from web.auth import actor
from web.pages.letters import as_file
from web.paging import seal, unseal
from web.platform import platform
from web.problems import mistakes_of
from workflows import errors
from workflows.desk.random_plans import EDITORS, PlanView
from workflows.desk.random_tasks import TaskFilter
from workflows.forms import FieldView
from workflows.inspections.shapes import RESULTS
from workflows.random_checks import words
from workflows.random_checks.plans import PLANNERS
from workflows.random_checks.tasks import LEADERS_OF_TASKS

CLAUSES = ("zz2020/2.3", "zz2020/1.1")
pages = Blueprint("random_checks", __name__)
WORDS: Mapping[str, Mapping[str, str]] = {
    "plan_states": words.PLAN_STATES, "states": words.TASK_STATES, "target_states": words.TARGET_STATES,
    "directions": words.DIRECTIONS, "kinds": words.OBJECT_KINDS, "changes": words.CHANGE_KINDS,
    "publications": words.PUBLICATION_STATES, "roles": words.ROLES, "results": RESULTS,
}  # fmt: skip
Ask = Callable[[Mapping[str, Any] | None], Sequence[FieldView]]


def _shown(template: str, **values: Any) -> str:
    city = platform().rulebook.city
    return render_template(f"random/{template}.html", words=WORDS, outlets=city.outlets, areas=city.divisions, **values)


@pages.get("/random-checks")
def overview() -> ResponseReturnValue:
    """List the tasks; what is asked for is in the address."""
    given, who = request.args, actor()
    wanted = TaskFilter(given.get("state", "")[:20], given.get("unit", "")[:40], unseal(given.get("after", "")))
    page = platform().desk.random_tasks.page(who, wanted)
    following = url_for(".overview", state=wanted.state, unit=wanted.unit, after=seal(page.next)) if page.next else ""
    names = {unit.code: unit.short_name for unit in platform().desk.catalogue.units(who)}
    return _shown(
        "tasks", page=page, wanted=wanted, names=names, next_page=following, may_start=who.has(*LEADERS_OF_TASKS)
    )


@pages.get("/random-checks/results")
def results() -> ResponseReturnValue:
    """List the published results, with where they go."""
    page = platform().desk.random_tasks.results(after=unseal(request.args.get("after", "")))
    following = url_for(".results", after=seal(page.next)) if page.next else ""
    names = {unit.code: unit.short_name for unit in platform().desk.catalogue.units(actor())}
    return _shown("results", page=page, names=names, next_page=following)


@pages.get("/random-checks/new")
def new() -> ResponseReturnValue:
    """Show the form of a task ad hoc."""
    return _form("发起临时抽查", url_for(".start"), lambda given: platform().desk.random_tasks.fields(actor(), given))


@pages.post("/random-checks/new")
def start() -> ResponseReturnValue:
    """Begin a task ad hoc and open it."""
    desk = platform().desk.random_tasks
    return _submitted(
        "发起临时抽查", url_for(".start"), lambda given: desk.fields(actor(), given),
        lambda given: url_for(".task", key=desk.start(actor(), given)),
    )  # fmt: skip


@pages.get("/random-checks/tasks/<key>")
def task(key: str) -> ResponseReturnValue:
    """Show a task: the ceremony, what was drawn, progress, results."""
    return _shown("task", view=platform().desk.random_tasks.view(actor(), key), errors=[], verdict=None)


@pages.post("/random-checks/tasks/<key>/seal")
def seal_text(key: str) -> ResponseReturnValue:
    """Seal the person's input."""
    desk = platform().desk.random_tasks
    try:
        desk.seal(actor(), key, request.form.get("draw_text", ""))
    except errors.FormInvalid as exc:
        return _shown("task", view=desk.view(actor(), key), errors=mistakes_of(exc), verdict=None), 422
    flash("已封存。两人都封存后自动开封抽取。")
    return redirect(url_for(".task", key=key))


@pages.get("/random-checks/draws/<uuid:lot_id>/proof.json")
def proof(lot_id: UUID) -> ResponseReturnValue:
    """Return the proof of a draw as a file."""
    name, content = platform().desk.random_tasks.proof(actor(), lot_id)
    return as_file(f"{name}.json", content.encode(), "application/json")


@pages.post("/random-checks/draws/<uuid:lot_id>/verify")
def verify(lot_id: UUID) -> ResponseReturnValue:
    """Repeat a draw here and now and say whether it agrees."""
    desk = platform().desk.random_tasks
    found = desk.verify(actor(), lot_id)
    key = desk.proof(actor(), lot_id)[0].rpartition("-")[0]
    verdict = {"lot": lot_id, "text": "" if found is None else f"{found.place}：{found.message}"}
    return _shown("task", view=desk.view(actor(), key), errors=[], verdict=verdict)


@pages.get("/random-checks/plans")
def plans() -> ResponseReturnValue:
    """List the annual plans."""
    who = actor()
    return _shown("plans", rows=platform().desk.random_plans.plans(who), may_start=who.has(*PLANNERS))


@pages.get("/random-checks/plans/new")
def new_plan() -> ResponseReturnValue:
    """Show the form of a plan."""
    desk = platform().desk.random_plans
    return _form("编制年度计划", url_for(".start_plan"), lambda given: desk.fields(actor(), "start", answers=given))


@pages.post("/random-checks/plans/new")
def start_plan() -> ResponseReturnValue:
    """Begin a plan and open its editor."""
    desk = platform().desk.random_plans
    return _submitted(
        "编制年度计划", url_for(".start_plan"), lambda given: desk.fields(actor(), "start", answers=given),
        lambda given: url_for(".plan", plan_id=desk.start(actor(), given)),
    )  # fmt: skip


@pages.get("/random-checks/plans/<uuid:plan_id>")
def plan(plan_id: UUID) -> ResponseReturnValue:
    """Show a plan: the editor while it is a draft, else what is published of it."""
    return _shown("plan", view=platform().desk.random_plans.plan(actor(), plan_id), may_add=actor().has(*EDITORS))


@pages.get("/random-checks/plans/<uuid:plan_id>/lines/new")
def new_line(plan_id: UUID) -> ResponseReturnValue:
    """Show the form of a line."""
    desk = platform().desk.random_plans
    target = url_for(".add_line", plan_id=plan_id)
    return _form("添加抽查事项", target, lambda given: desk.fields(actor(), "line", answers=given))


@pages.post("/random-checks/plans/<uuid:plan_id>/lines/new")
def add_line(plan_id: UUID) -> ResponseReturnValue:
    """Add a line."""
    desk = platform().desk.random_plans

    def done(given: Mapping[str, Any]) -> str:
        desk.save_line(actor(), plan_id, given)
        return url_for(".plan", plan_id=plan_id)

    target = url_for(".add_line", plan_id=plan_id)
    return _submitted("添加抽查事项", target, lambda given: desk.fields(actor(), "line", answers=given), done)


@pages.get("/random-checks/plans/<uuid:plan_id>/lines/<uuid:line_id>")
def edit_line(plan_id: UUID, line_id: UUID) -> ResponseReturnValue:
    """Show a line for editing."""
    desk = platform().desk.random_plans
    line = _line(desk.plan(actor(), plan_id), line_id)
    target = url_for(".save_line", plan_id=plan_id, line_id=line_id)
    return _form("编辑抽查事项", target, lambda given: desk.fields(actor(), "line", line, given))


@pages.post("/random-checks/plans/<uuid:plan_id>/lines/<uuid:line_id>")
def save_line(plan_id: UUID, line_id: UUID) -> ResponseReturnValue:
    """Change a line."""
    desk = platform().desk.random_plans

    def done(given: Mapping[str, Any]) -> str:
        desk.save_line(actor(), plan_id, given, line_id)
        return url_for(".plan", plan_id=plan_id)

    target = url_for(".save_line", plan_id=plan_id, line_id=line_id)
    return _submitted("编辑抽查事项", target, lambda given: desk.fields(actor(), "line", answers=given), done)


@pages.post("/random-checks/plans/<uuid:plan_id>/lines/<uuid:line_id>/remove")
def remove_line(plan_id: UUID, line_id: UUID) -> ResponseReturnValue:
    """Take a line out of a draft."""
    platform().desk.random_plans.remove_line(actor(), plan_id, line_id)
    flash("已删除。")
    return redirect(url_for(".plan", plan_id=plan_id))


def _line(view: PlanView, line_id: UUID) -> Mapping[str, Any]:
    found = next((line for line in view.lines if line["id"] == line_id), None)
    if found is None:
        raise errors.CaseNotFound(line=str(line_id))
    return found


def _form(
    title: str, action: str, fields: Ask, given: Mapping[str, Any] | None = None,
    mistakes: Sequence[Mapping[str, Any]] = (),
) -> str:  # fmt: skip
    return _shown("form", fields=fields(given), action=action, title=title, errors=mistakes)


def _submitted(
    title: str, action: str, fields: Ask, send: Callable[[Mapping[str, Any]], str]
) -> ResponseReturnValue:  # fmt: skip
    given = answers_of(fields(None), request.form)
    if request.form.get("act") == "conditions":
        return jsonify({"hidden": unasked(fields(given))})
    try:
        target = send(given)
    except errors.FormInvalid as exc:
        return _form(title, action, fields, given, mistakes_of(exc)), 422
    flash("已登记。")
    return redirect(target)
