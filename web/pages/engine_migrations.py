"""Carrying cases over to another version: choose, map, try, and do it in batches."""

from collections.abc import Mapping
from secrets import token_urlsafe
from uuid import UUID

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from web.auth import actor
from web.platform import platform
from web.problems import mistakes_of
from workflows import errors
from workflows.engine_admin.access import may_keep
from workflows.engine_admin.migrations import BATCH, MigrationView

CLAUSES = ("none/engine-administration",)
pages = Blueprint("engine_migrations", __name__)


@pages.get("/engine/migrations")
def overview() -> ResponseReturnValue:
    """Show the versions under which cases run, to choose from."""
    lines = platform().desk.engine.migrations.versions(actor())
    latest = {line.key: line for line in lines if line.is_latest}
    rows = [(line, latest[line.key]) for line in lines if not line.is_latest and line.open and line.key in latest]
    return render_template("engine/migrations.html", rows=rows)


@pages.get("/engine/migrations/<key>/<int:old>/<int:new>")
def choose(key: str, old: int, new: int) -> ResponseReturnValue:
    """Show the mapping of elements with what is suggested."""
    view = platform().desk.engine.migrations.look(actor(), key, old, new)
    return _page(view, dict(view.suggested))


@pages.post("/engine/migrations/<key>/<int:old>/<int:new>")
def run(key: str, old: int, new: int) -> ResponseReturnValue:
    """Try the migration on the next batch, or do it."""
    may_keep(actor())
    desk, form = platform().desk.engine.migrations, request.form
    view = desk.look(actor(), key, old, new)
    names = {name[4:]: value for name, value in form.items() if name.startswith("map-") and value}
    recomputes = form.get("clocks") == "recompute"
    try:
        if form.get("act") == "commit":
            targets = [UUID(one) for one in form.getlist("target")]
            options = {"names": names, "recomputes": recomputes, "reason": form.get("reason", "")}
            report = desk.migrate(actor(), view, targets, options, form.get("key", "")[:100])
            return redirect(url_for("engine_operations.show", operation_id=report.id))
        return _page(view, names, plan=desk.plan(actor(), view, names, recomputes=recomputes))
    except errors.FormInvalid as exc:
        plan = desk.plan(actor(), view, dict(view.suggested), recomputes=recomputes)
        return _page(view, names, plan=plan, errors=mistakes_of(exc)), 422


def _page(view: MigrationView, names: Mapping[str, str], **more: object) -> str:
    shown: dict[str, object] = {"plan": None, "errors": (), **more}
    return render_template(
        "engine/migration.html", view=view, names=names, batch=BATCH,
        recomputes=request.form.get("clocks") == "recompute",
        key=token_urlsafe(16), reason=request.form.get("reason", ""), **shown,
    )  # fmt: skip
