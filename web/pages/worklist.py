"""The worklist: tabs, filters with counts, order, the chosen task beside the list; everything is in the address."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from flask import Blueprint, flash, g, jsonify, redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue

from engine.errors import NotFound
from web.auth import actor
from web.paging import seal, unseal
from web.platform import platform
from web.times import clock
from workflows.desk.saved_views import KEPT, SavedView, ViewWish
from workflows.desk.tasks import TaskView
from workflows.desk.worklist import LAMPS, SORTS, VIEWS, WorklistFilter, WorklistPage, WorklistRow
from workflows.policy import APPROVERS, ROLES

CLAUSES = ("zz2020/2.1", "zz2020/1.2")
pages = Blueprint("worklist", __name__)
MOST = 500
_PAGE = 25  # rows: a page stays under 60 KB
_LONGEST = 1000  # of an address that still fits into a cookie
_NARROWING = {"lamp": "", "step": "", "unit": "", "item": "", "q": "", "after": "", "sel": ""}
# how an entry that is no task opens: kind of the source -> endpoint and the name of its key
_ROLES = {role: text for role, text in ROLES.items() if role != "integration_account"}
OPENS: dict[str, tuple[str, str]] = {}


@pages.get("/tasks")
def show() -> ResponseReturnValue:
    """Show the worklist; without an address of its own, with the view the person begins with."""
    begins = {} if request.args else platform().desk.lists.views.first_of(actor())
    if begins:
        return redirect(f"{url_for('worklist.show')}?{urlencode(begins)}")
    wanted = _wanted(request.args)
    page = _risky(wanted) if wanted.sort == "risk" else platform().desk.worklist.page(actor(), wanted)
    g.counts = page.counts
    session["list"] = request.full_path.rstrip("?") if len(request.full_path) < _LONGEST else ""
    first = str(page.rows[0].task_id) if page.rows else ""
    preview, is_gone = _preview(request.args.get("sel", first))
    return render_template(
        "tasks/list.html", page=page, views=VIEWS, lamps=LAMPS, sorts=SORTS, wanted=wanted, preview=preview,
        is_gone=is_gone, gone=_gone_row(page, preview), url=_url, clear=_url(**_NARROWING), opens=_opens,
        is_narrowed=any((wanted.lamp, wanted.element, wanted.unit, wanted.subject, wanted.q)),
        next_page=_url(after=seal(page.next), sel="") if page.next else "",
        saved=platform().desk.lists.views.all(actor()), view_url=_view_url, roles=_ROLES,
        may_share=actor().has(*APPROVERS),
        kept={name: text for name, text in request.args.items() if name not in ("q", "after", "sel") and text},
    )  # fmt: skip


def _wanted(given: Mapping[str, str]) -> WorklistFilter:
    """Return what an address asks for; what we do not offer is left out."""
    view, lamp = given.get("view", "todo"), given.get("lamp", "")
    sort = "risk" if given.get("order") == "risk" else given.get("sort", "due")
    return WorklistFilter(
        view=view if view in VIEWS else "todo", lamp=lamp if lamp in LAMPS else "",
        element=given.get("step", "")[:100], unit=given.get("unit", "")[:60], subject=given.get("item", "")[:200],
        q=given.get("q", "")[:60], after=unseal(given.get("after", "")), sort=sort if sort in SORTS else "due",
        limit=_PAGE,
    )  # fmt: skip


def _risky(wanted: WorklistFilter) -> WorklistPage:
    """Return a page of the tasks with the highest risk; its place is a number, for risks are counted anew each time."""
    page = platform().desk.worklist.page(actor(), replace(wanted, limit=MOST, after=""))
    begin = int(wanted.after) if wanted.after.isdecimal() else 0
    rows, end = _by_risk(page.rows), begin + _PAGE
    return replace(page, rows=rows[begin:end], next=str(end) if end < len(rows) else "")


def _by_risk(rows: tuple[WorklistRow, ...]) -> tuple[WorklistRow, ...]:
    """Return rows with those first that are late or likely to be."""
    risks = platform().desk.forecast.of_tasks([row.task_id for row in rows if row.task_id])
    order = {task_id: -found.risk for task_id, found in risks.items()}
    return tuple(sorted(rows, key=lambda row: order.get(row.task_id, 1.0) if row.task_id else 1.0))


def _preview(chosen: str) -> tuple[TaskView | None, bool]:
    """Return the chosen task, or that it is no longer to be seen."""
    try:
        return (platform().desk.tasks.view(actor(), UUID(chosen)), False) if chosen else (None, False)
    except (NotFound, ValueError):
        return None, True


def _gone_row(page: WorklistPage, preview: TaskView | None) -> WorklistRow | None:
    """Return the chosen task as a grey line when somebody has finished it meanwhile."""
    if preview is None or preview.status == "open" or preview.id in {row.task_id for row in page.rows}:
        return None
    return next(iter(platform().desk.worklist.gone(actor(), [preview.id])), None)


def _url(**changes: str) -> str:
    """Return the address of this list with some of its filters changed."""
    values = {**request.args.to_dict(), **changes}
    return f"{url_for('worklist.show')}?{urlencode({key: value for key, value in values.items() if value})}"


def _opens(kind: str, key: str) -> str:
    """Return where an entry opens."""
    endpoint, name = OPENS[kind]
    values: dict[str, Any] = {name: key}
    return url_for(endpoint, **values)


def _view_url(view: SavedView) -> str:
    return f"{url_for('worklist.show')}?{urlencode({**view.query, 'saved': str(view.id)})}"


@pages.post("/tasks/views")
def keep() -> ResponseReturnValue:
    """Keep the filters under a name."""
    form = request.form
    query = {name: form[name] for name in KEPT if form.get(name)}
    wish = ViewWish(form.get("title", ""), query, "shared" in form, form.get("role", ""), "is_default" in form)
    view_id = platform().desk.lists.views.save(actor(), wish)
    flash("视图已保存。")
    return redirect(f"{url_for('worklist.show')}?{urlencode({**query, 'saved': str(view_id)})}")


@pages.post("/tasks/views/<uuid:view_id>/remove")
def forget(view_id: UUID) -> ResponseReturnValue:
    """Take a view away."""
    platform().desk.lists.views.remove(actor(), view_id)
    flash("视图已删除。")
    return redirect(url_for("worklist.show", saved="none"))


@pages.get("/tasks/gone")
def gone() -> ResponseReturnValue:
    """Answer which tasks of an open list are over now: who did them, and when."""
    asked = [one for one in map(_uuid, request.args.getlist("id")[:MOST]) if one]
    rows = platform().desk.worklist.gone(actor(), asked) if asked else ()
    return jsonify({str(row.task_id): gone_text(row) for row in rows})


def gone_text(row: WorklistRow) -> str:
    """Return who finished a task and when, in words."""
    done = "已办" if row.status == "completed" else "已取消"
    return f"{row.ended_by} {clock(row.ended_at) if row.ended_at else ''} {done}".strip()


def _uuid(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None
