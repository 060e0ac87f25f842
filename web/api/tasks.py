"""Tasks: the worklist, one task with its form, and what can be done with it."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from flask import url_for
from marshmallow import Schema, fields, validate

from web.api.caller import caller, desk
from web.api.preconditions import etag, expected_version, idempotency_key, replayed
from web.api.routes import IDEMPOTENCY_KEY, IF_MATCH, Routes
from web.api.shapes import ClauseSchema, ClockSchema, Instant, LampSchema, cursor
from workflows.desk.tasks import TaskView
from workflows.desk.worklist import LAMPS, VIEWS, WorklistFilter

routes = Routes("tasks", "Worklists and user tasks")
Reply = tuple[Any, int, dict[str, str]]


class WorklistQuery(Schema):
    """Which tasks are wanted."""

    view = fields.String(load_default="todo", validate=validate.OneOf(list(VIEWS)))
    lamp = fields.String(load_default="", validate=validate.OneOf(["", *LAMPS]))
    element = fields.String(load_default="", validate=validate.Length(max=100))
    unit = fields.String(load_default="", validate=validate.Length(max=60))
    q = fields.String(load_default="", validate=validate.Length(max=60))
    after = fields.String(load_default="", validate=cursor)
    limit = fields.Integer(load_default=50, validate=validate.Range(1, 200))


class WorklistRowSchema(Schema):
    """One line of the worklist."""

    task_id = fields.UUID()
    business_key = fields.String()
    title = fields.String()
    subtitle = fields.String()
    process = fields.String()
    element_id = fields.String()
    step = fields.String()
    unit = fields.String()
    lamp = fields.Nested(LampSchema)
    due_at = Instant(allow_none=True)
    why = fields.String()
    assignee = fields.String(allow_none=True)
    version = fields.Integer()
    status = fields.String()


class WorklistSchema(Schema):
    """A page of the worklist; ``next`` is the cursor of the following page."""

    rows = fields.List(fields.Nested(WorklistRowSchema))
    counts = fields.Dict(keys=fields.String(), values=fields.Integer())
    lamps = fields.Dict(keys=fields.String(), values=fields.Integer())
    next = fields.String()


class OptionSchema(Schema):
    """One choice of a field."""

    value = fields.String()
    label = fields.String()


class FieldSchema(Schema):
    """One field of a form; a hidden one is not asked with the present answers."""

    type = fields.String()
    key = fields.String()
    label = fields.String()
    description = fields.String()
    text = fields.String()
    subtype = fields.String()
    options = fields.List(fields.Nested(OptionSchema))
    required = fields.Boolean()
    value = fields.Raw(allow_none=True)
    max_length = fields.Integer()
    why = fields.String()
    clause = fields.String()
    hidden = fields.Boolean()
    children = fields.List(fields.Nested(lambda: FieldSchema()))


class OpinionSchema(Schema):
    """What somebody answered at an earlier step."""

    step = fields.String()
    person = fields.String()
    at = Instant()
    answers = fields.Function(lambda opinion: [{"label": label, "value": value} for label, value in opinion.answers])


class TaskSchema(Schema):
    """One task with its form, its clock and its legal basis."""

    id = fields.UUID()
    business_key = fields.String()
    process = fields.String()
    title = fields.String()
    subtitle = fields.String()
    element_id = fields.String()
    step = fields.String()
    status = fields.String()
    assignee = fields.String(allow_none=True)
    assignee_name = fields.String()
    version = fields.Integer()
    may_complete = fields.Boolean()
    is_irreversible = fields.Boolean()
    fields_ = fields.List(fields.Nested(FieldSchema), attribute="fields", data_key="fields")
    clock = fields.Nested(ClockSchema, allow_none=True)
    clauses = fields.List(fields.Nested(ClauseSchema))
    facts = fields.Function(lambda task: [{"label": label, "value": value} for label, value in task.facts])
    opinions = fields.List(fields.Nested(OpinionSchema))
    why = fields.String()
    draft_saved_at = Instant(allow_none=True)
    ended_at = Instant(allow_none=True)
    ended_by = fields.String()


class AssignSchema(Schema):
    """To whom a task goes, and why."""

    login = fields.String(required=True, validate=validate.Length(1, 60))
    reason = fields.String(required=True, validate=validate.Length(1, 500))


class AnswersSchema(Schema):
    """Answers by field key; the task's form says which there are."""

    answers = fields.Dict(keys=fields.String(), values=fields.Raw(allow_none=True), required=True)


class CompletedSchema(Schema):
    """What completing has led to."""

    task_id = fields.String()
    business_key = fields.String()
    status = fields.String()
    next_tasks = fields.List(fields.String())


class DraftSchema(Schema):
    """When the draft was kept."""

    saved_at = Instant()


@routes.get("/tasks", WorklistSchema, query=WorklistQuery)
def list_tasks(query: Mapping[str, Any]) -> Reply:
    """List the caller's tasks, the most urgent first."""
    page = desk().worklist.page(caller(), WorklistFilter(**query))
    if not page.next:
        return page, 200, {}
    following = url_for(".list_tasks", **{**query, "after": page.next})
    return page, 200, {"Link": f'<{following}>; rel="next"'}


@routes.get("/tasks/<uuid:task_id>", TaskSchema)
def read_task(task_id: UUID) -> Reply:
    """Read one task; its ETag goes into If-Match when it is completed."""
    return _shown(desk().tasks.view(caller(), task_id))


@routes.send("POST", "/tasks/<uuid:task_id>:claim", gives=TaskSchema)
def claim_task(task_id: UUID) -> Reply:
    """Claim a task for oneself."""
    actor = caller()
    desk().tasks.claim(actor, task_id)
    return _shown(desk().tasks.view(actor, task_id))


@routes.send("POST", "/tasks/<uuid:task_id>:release", gives=TaskSchema)
def release_task(task_id: UUID) -> Reply:
    """Give a claimed task back."""
    actor = caller()
    desk().tasks.release(actor, task_id)
    return _shown(desk().tasks.view(actor, task_id))


@routes.send("POST", "/tasks/<uuid:task_id>:assign", body=AssignSchema, gives=TaskSchema)
def assign_task(body: Mapping[str, str], task_id: UUID) -> Reply:
    """Make a colleague responsible."""
    actor = caller()
    desk().tasks.assign(actor, task_id, body["login"], body["reason"])
    return _shown(desk().tasks.view(actor, task_id))


@routes.send(
    "POST", "/tasks/<uuid:task_id>:complete", body=AnswersSchema, gives=CompletedSchema,
    headers=(IF_MATCH, IDEMPOTENCY_KEY),
)  # fmt: skip
def complete_task(body: Mapping[str, Any], task_id: UUID) -> Reply:
    """Complete a task with the answers to its form."""
    actor, key, version = caller(), idempotency_key(), expected_version()
    answer = desk().tasks.complete(actor, task_id, body["answers"], version=version, key=key)
    return answer.result, 200, replayed(answer.was_replayed)


@routes.send("PUT", "/tasks/<uuid:task_id>/draft", body=AnswersSchema, gives=DraftSchema)
def save_draft(body: Mapping[str, Any], task_id: UUID) -> Mapping[str, datetime]:
    """Keep unfinished answers."""
    return {"saved_at": desk().tasks.save_draft(caller(), task_id, body["answers"])}


def _shown(view: TaskView) -> Reply:
    return view, 200, etag(view.version)
