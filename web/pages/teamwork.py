"""Comments and copies of a case, what was copied to me, reminders, and why a task came."""

import secrets
from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from flask import Blueprint, Response, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from engine.errors import NotFound
from web.auth import actor
from web.pages.letters import as_file
from web.pages.worklist import OPENS
from web.platform import platform
from web.problems import mistakes_of
from workflows import errors, team_errors
from workflows.comments import WriteComment
from workflows.desk.teamwork import TeamworkDesk
from workflows.evidence import MEDIA_TYPES
from workflows.reading import CopyCase

CLAUSES = ("zz2020/2.1",)
pages = Blueprint("teamwork", __name__)
OPENS["reading"] = ("teamwork.copy", "reading_id")


def _desk() -> TeamworkDesk:
    return platform().desk.teamwork


@pages.app_context_processor
def around() -> dict[str, Any]:
    """Give every template what colleagues have settled about a task or case."""

    def team_of_task(task_id: UUID) -> dict[str, Any]:
        try:
            urges, may_urge = _desk().urges(actor(), task_id)
            return {"rounds": _desk().signing.of_task(actor(), task_id).rounds, "urges": urges, "may_urge": may_urge}
        except NotFound:  # seen as an overseer of another area
            return {"rounds": (), "urges": (), "may_urge": False}

    def rounds_of_case(business_key: str) -> Any:
        return _desk().signing.of_case(actor(), business_key)

    return {"team_of_task": team_of_task, "rounds_of_case": rounds_of_case}


@pages.get("/teamwork/<path:business_key>")
def case(business_key: str) -> ResponseReturnValue:
    """Show the comments of a case, to whom it was copied, and its signing rounds."""
    return _case(business_key)


def _case(business_key: str, mistakes: Sequence[Mapping[str, Any]] = (), status: int = 200) -> ResponseReturnValue:
    who, desk = actor(), _desk()
    page = render_template(
        "teamwork/case.html", business_key=business_key, comments=desk.comments(who, business_key),
        copies=desk.copies_of_case(who, business_key), rounds=desk.signing.of_case(who, business_key),
        people=desk.colleagues(who), units=desk.absence.units(), errors=mistakes, given=request.form,
        key=request.form.get("key") or secrets.token_urlsafe(16), media=MEDIA_TYPES,
        task=request.values.get("task", ""),
    )  # fmt: skip
    return page, status


@pages.post("/teamwork/<path:business_key>")
def say(business_key: str) -> ResponseReturnValue:
    """Comment, correct a comment, or copy the case to somebody."""
    acts = {"copy": _copy, "edit": _edit}
    try:
        acts.get(request.form.get("act", ""), _comment)(business_key)
    except (errors.FormInvalid, errors.EvidenceRefused, team_errors.CommentFixed) as exc:
        found = mistakes_of(exc) or [
            {"field": "text", "message": str(exc.facts.get("reason") or "只能在 10 分钟内修改")}
        ]
        return _case(business_key, found, 422)
    return redirect(url_for(".case", business_key=business_key))


def _task_id() -> UUID | None:
    try:
        return UUID(request.form.get("task", ""))
    except ValueError:
        return None


def _comment(business_key: str) -> None:
    form = request.form
    files = [(file.filename or "", file.read()) for file in request.files.getlist("files") if file.filename]
    command = WriteComment(actor(), business_key, form.get("text", ""), form.getlist("mentions"), files, _task_id())
    _desk().comment(command, key=form.get("key", ""))
    flash("意见已发出。")


def _edit(_business_key: str) -> None:
    try:
        comment_id = UUID(request.form.get("comment", ""))
    except ValueError as exc:
        raise team_errors.CommentNotFound(comment=request.form.get("comment", "")[:60]) from exc
    _desk().edit_comment(actor(), comment_id, request.form.get("text", ""))
    flash("意见已修改，原文仍可查看。")


def _copy(business_key: str) -> None:
    form, who = request.form, actor()
    title = platform().desk.cases.view(who, business_key).title
    command = CopyCase(who, business_key, title, form.getlist("persons"), form.getlist("units"), form.get("note", ""),
                       _task_id())  # fmt: skip
    _desk().copy(command, key=form.get("key", ""))
    flash("已抄送。")


@pages.get("/teamwork-files/<uuid:comment_id>/<sha256>")
def file(comment_id: UUID, sha256: str) -> Response:
    """Return a file of a comment; it is always a download and never more than its bytes say."""
    found = _desk().file(actor(), comment_id, sha256)
    response = as_file(found.name, found.content, found.media_type)
    response.headers["Content-Security-Policy"] = "default-src 'none'; sandbox"
    return response


@pages.get("/readings")
def copies() -> ResponseReturnValue:
    """List what was copied to the person, or what the person has sent."""
    is_sent = request.args.get("view") == "sent"
    rows = _desk().copies(actor(), is_sent=is_sent)
    return render_template("teamwork/readings.html", rows=rows, is_sent=is_sent, unread=_desk().unread(actor()))


@pages.get("/readings/<uuid:reading_id>")
def copy(reading_id: UUID) -> ResponseReturnValue:
    """Show one copy with the way to the case."""
    found = [row for row in _desk().copies(actor()) if row["id"] == reading_id]
    if not found:
        raise errors.CaseNotFound(reading=str(reading_id))
    return render_template("teamwork/reading.html", row=found[0])


@pages.post("/readings/<uuid:reading_id>")
def mark(reading_id: UUID) -> ResponseReturnValue:
    """Note that the person has read it."""
    _desk().mark_read(actor(), reading_id)
    flash("已阅，已告知抄送人。")
    return redirect(url_for(".copies"))


@pages.post("/tasks/<uuid:task_id>/urge")
def urge(task_id: UUID) -> ResponseReturnValue:
    """Urge whoever has the task."""
    try:
        nth = _desk().urge(actor(), task_id, request.form.get("note", ""))
        flash(f"已催办（第 {nth} 次）。")
    except errors.FormInvalid as exc:
        flash("；".join(str(one["message"]) for one in mistakes_of(exc)))
    except team_errors.UrgedTooSoon as exc:
        flash(f"刚刚催办过，{exc.facts['reason']}。")
    back = request.form.get("case", "")
    return redirect(url_for("cases.show", business_key=back) if back else url_for("tasks.show", task_id=task_id))
