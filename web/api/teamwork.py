"""Comments, copies for reading, reminders, absences, and why a task came."""

from collections.abc import Mapping
from datetime import date
from typing import Any
from uuid import UUID

from flask import Response, request

from web.api.caller import caller, desk
from web.api.preconditions import idempotency_key
from web.api.routes import IDEMPOTENCY_KEY, Routes
from web.api.teamwork_shapes import (
    AbsencesSchema,
    CommentBody,
    CommentFileQuery,
    CommentTextBody,
    CopyBody,
    LeaveBody,
    LeavePreviewSchema,
    ReadingsQuery,
    TeamCommentSchema,
    TeamCopySchema,
    UrgeBody,
    UrgeSchema,
    WhySchema,
)
from workflows.comments import WriteComment
from workflows.desk.absence import leave_of
from workflows.desk.why import Why
from workflows.evidence import MEDIA_TYPES
from workflows.reading import CopyCase

routes = Routes("teamwork", "Comments, copies, reminders and absences")
_FILES = {extension: media for media, extension in MEDIA_TYPES.items()}


@routes.get("/tasks/<uuid:task_id>/why", WhySchema)
def explain_task(task_id: UUID) -> Why:
    """Explain why a task came."""
    return desk().teamwork.why(caller(), task_id)


@routes.get("/teamwork/<path:business_key>/comments", TeamCommentSchema, many=True)
def list_comments(business_key: str) -> Any:
    """List the comments of a case, the oldest first; at most 200."""
    return desk().teamwork.comments(caller(), business_key)


@routes.send(
    "POST", "/teamwork/<path:business_key>/comments", body=CommentBody, gives=TeamCommentSchema, many=True, status=201,
    headers=(IDEMPOTENCY_KEY,),
)  # fmt: skip
def write_comment(body: Mapping[str, Any], business_key: str) -> Any:
    """Say something about a case; answers all its comments."""
    actor, key = caller(), idempotency_key()
    command = WriteComment(actor, business_key, body["text"], body["mentions"], (), body["task_id"])
    desk().teamwork.comment(command, key=key)
    return list(desk().teamwork.comments(actor, business_key))


@routes.send(
    "POST", "/teamwork/<path:business_key>/files", body=CommentFileQuery, location="query", gives=TeamCommentSchema,
    many=True, status=201, headers=(IDEMPOTENCY_KEY,),
)  # fmt: skip
def attach_file(body: Mapping[str, Any], business_key: str) -> Any:
    """Send a file as it is, with what it shows."""
    actor, key = caller(), idempotency_key()
    file = (body["name"], request.get_data(cache=False))
    desk().teamwork.comment(WriteComment(actor, business_key, body["text"], (), [file]), key=key)
    return list(desk().teamwork.comments(actor, business_key))


@routes.send("PUT", "/comments/<uuid:comment_id>", body=CommentTextBody, status=204)
def correct_comment(body: Mapping[str, Any], comment_id: UUID) -> None:
    """Correct one's own comment within ten minutes; the former text is kept."""
    desk().teamwork.edit_comment(caller(), comment_id, body["text"])


@routes.file("/comments/<uuid:comment_id>/<sha256>", _FILES)
def read_file(comment_id: UUID, sha256: str) -> Response:
    """Download a file of a comment."""
    found = desk().teamwork.file(caller(), comment_id, sha256)
    headers = {
        "Content-Disposition": f'attachment; filename="{found.name}"',
        "Content-Security-Policy": "default-src 'none'; sandbox",
    }
    return Response(found.content, content_type=found.media_type, headers=headers)


@routes.get("/teamwork/<path:business_key>/copies", TeamCopySchema, many=True)
def list_copies_of_case(business_key: str) -> Any:
    """List to whom a case was copied and who has read it."""
    return desk().teamwork.copies_of_case(caller(), business_key)


@routes.send(
    "POST", "/teamwork/<path:business_key>/copies", body=CopyBody, gives=TeamCopySchema, many=True, status=201,
    headers=(IDEMPOTENCY_KEY,),
)  # fmt: skip
def copy_case(body: Mapping[str, Any], business_key: str) -> Any:
    """Show a case to persons and units; answers all copies of the case."""
    actor, key = caller(), idempotency_key()
    title = desk().cases.view(actor, business_key).title
    command = CopyCase(actor, business_key, title, body["persons"], body["units"], body["note"])
    desk().teamwork.copy(command, key=key)
    return list(desk().teamwork.copies_of_case(actor, business_key))


@routes.get("/readings", TeamCopySchema, query=ReadingsQuery, many=True)
def list_readings(query: Mapping[str, Any]) -> Any:
    """List what was copied to the caller, or what the caller has sent; at most 200."""
    return desk().teamwork.copies(caller(), is_sent=query["sent"])


@routes.send("POST", "/readings/<uuid:reading_id>:read", status=204)
def mark_read(reading_id: UUID) -> None:
    """Note that the caller has read it."""
    desk().teamwork.mark_read(caller(), reading_id)


@routes.get("/tasks/<uuid:task_id>/urges", UrgeSchema, many=True)
def list_urges(task_id: UUID) -> Any:
    """List how often a task was urged, the last time first."""
    return desk().teamwork.urges(caller(), task_id)[0]


@routes.send("POST", "/tasks/<uuid:task_id>:urge", body=UrgeBody, gives=UrgeSchema, many=True)
def urge_task(body: Mapping[str, Any], task_id: UUID) -> Any:
    """Urge whoever has a task; 409 while it is too soon."""
    actor = caller()
    desk().teamwork.urge(actor, task_id, body["note"])
    return list(desk().teamwork.urges(actor, task_id)[0])


@routes.get("/me/delegations", AbsencesSchema)
def list_absences() -> Any:
    """List the caller's absences, those of others the caller stands in for, and what was done for whom."""
    return desk().teamwork.absence.all(caller())


@routes.send("POST", "/me/delegations:preview", body=LeaveBody, gives=LeavePreviewSchema)
def preview_absence(body: Mapping[str, Any]) -> Any:
    """Answer which open tasks an absence would move; nothing is registered."""
    actor = caller()
    return desk().teamwork.absence.preview(actor, leave_of(actor, _plain(body)))


@routes.send(
    "POST", "/me/delegations", body=LeaveBody, gives=AbsencesSchema, status=201, headers=(IDEMPOTENCY_KEY,)
)  # fmt: skip
def register_absence(body: Mapping[str, Any]) -> Any:
    """Register an absence; it begins and ends by itself."""
    actor, key = caller(), idempotency_key()
    desk().teamwork.absence.register(actor, leave_of(actor, _plain(body)), key=key)
    return desk().teamwork.absence.all(actor)


@routes.send("POST", "/me/delegations/<number>:revoke", status=204)
def revoke_absence(number: str) -> None:
    """End an absence at once."""
    desk().teamwork.absence.revoke(caller(), number)


def _plain(body: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value.isoformat() if isinstance(value, date) else value for name, value in body.items()}
