"""External tasks: work that other programs fetch, lock and finish."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any
from uuid import UUID

from marshmallow import Schema, fields, validate

from engine.commands.jobs import TakenJob
from web.api.caller import application, caller
from web.api.routes import Routes
from web.api.shapes import NUMBER, Instant
from workflows.desk.external_tasks import LONGEST_LOCK, MOST, ExternalTasks

routes = Routes("external-tasks", "Work that other programs fetch")

_SECONDS = validate.Range(1, int(LONGEST_LOCK.total_seconds()))
_FENCE = {"description": "Proves the lock: as answered by it."}


class LocksSchema(Schema):
    """Which work a program wants, and for how long it may keep it without a sign of life."""

    topics = fields.List(
        fields.String(validate=validate.Length(1, 100)), required=True, validate=validate.Length(1, MOST)
    )
    worker = fields.String(required=True, validate=validate.Length(1, 100))
    limit = fields.Integer(load_default=10, validate=validate.Range(1, MOST))
    lock_seconds = fields.Integer(load_default=60, validate=_SECONDS)


class LockedSchema(Schema):
    """One task that is now the caller's."""

    id = fields.UUID()
    fence = fields.Integer(metadata=_FENCE)
    topic = fields.String()
    business_key = fields.String()
    definition_key = fields.String()
    element_id = fields.String()
    attempt = fields.Integer()
    locked_until = Instant(attribute="lease_until")
    variables = fields.Function(lambda job: job.payload.get("variables", {}))
    properties = fields.Function(lambda job: job.payload.get("properties", {}))


class ExtensionSchema(Schema):
    """A sign of life."""

    fence = fields.Integer(required=True, validate=NUMBER, metadata=_FENCE)
    lock_seconds = fields.Integer(load_default=60, validate=_SECONDS)


class CompletionSchema(Schema):
    """What the work has brought."""

    fence = fields.Integer(required=True, validate=NUMBER, metadata=_FENCE)
    variables = fields.Dict(keys=fields.String(), values=fields.Raw(allow_none=True), load_default=dict)


class FailureSchema(Schema):
    """Why the work was not done; without ``retry_seconds`` an operator must look."""

    fence = fields.Integer(required=True, validate=NUMBER, metadata=_FENCE)
    message = fields.String(required=True, validate=validate.Length(1, 2000))
    retry_seconds = fields.Integer(load_default=None, allow_none=True, validate=validate.Range(0, 30 * 86400))


class ErrorSchema(Schema):
    """An error that the diagram knows."""

    fence = fields.Integer(required=True, validate=NUMBER, metadata=_FENCE)
    error_code = fields.String(required=True, validate=validate.Length(1, 100))
    message = fields.String(load_default="", validate=validate.Length(max=2000))


def _tasks() -> ExternalTasks:
    return ExternalTasks(application().engine)


@routes.send("POST", "/external-tasks/locks", body=LocksSchema, gives=LockedSchema, many=True)
def lock_tasks(body: Mapping[str, Any]) -> list[TakenJob]:
    """Lock open tasks, the oldest first; an empty list when there is nothing to do."""
    length = timedelta(seconds=body["lock_seconds"])
    return list(_tasks().lock(caller(), body["topics"], body["worker"], body["limit"], length))


@routes.send("PUT", "/external-tasks/<uuid:task_id>/lock", body=ExtensionSchema, status=204)
def extend_lock(body: Mapping[str, Any], task_id: UUID) -> str:
    """Keep a task locked; 409 when the lock has ended."""
    _tasks().extend(caller(), task_id, body["fence"], timedelta(seconds=body["lock_seconds"]))
    return ""


@routes.send("POST", "/external-tasks/<uuid:task_id>/completion", body=CompletionSchema, status=204)
def complete_task(body: Mapping[str, Any], task_id: UUID) -> str:
    """Finish a task; 409 when the lock has ended or the task is finished already."""
    _tasks().complete(caller(), task_id, body["fence"], body["variables"])
    return ""


@routes.send("POST", "/external-tasks/<uuid:task_id>/failure", body=FailureSchema, status=204)
def fail_task(body: Mapping[str, Any], task_id: UUID) -> str:
    """Give a task back."""
    again = body["retry_seconds"]
    retry_in = None if again is None else timedelta(seconds=again)
    _tasks().fail(caller(), task_id, body["fence"], body["message"], retry_in)
    return ""


@routes.send("POST", "/external-tasks/<uuid:task_id>/error", body=ErrorSchema, status=204)
def throw_error(body: Mapping[str, Any], task_id: UUID) -> str:
    """End a task with an error that its diagram catches; 409 when it does not."""
    _tasks().throw(caller(), task_id, body["fence"], body["error_code"], body["message"])
    return ""
