"""The phone on site: open tasks to take along, the record exactly once; files go to the inspection by their hash."""

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any
from uuid import UUID

import orjson
from flask import Response, request
from flask_wtf.csrf import generate_csrf
from marshmallow import RAISE, Schema, fields
from webargs.flaskparser import abort

from web.api.caller import caller, desk
from web.api.preconditions import idempotency_key, replayed
from web.api.routes import IDEMPOTENCY_KEY, Routes
from web.api.shapes import Instant, LampSchema
from web.display import display
from workflows.desk.field import KeptRecord, choices
from workflows.inspections.records import RecordSubmitted
from workflows.inspections.supplements import SupplementAdded

routes = Routes("field", "On-site records by phone")


class FieldPersonSchema(Schema):
    """Who is signed in."""

    login = fields.String()
    name = fields.String()
    unit_name = fields.String()


class FieldDisplaySchema(Schema):
    """How the person wants pages to look."""

    text = fields.String()
    contrast = fields.String()


class FieldLineSchema(Schema):
    """One line of the check sheet."""

    code = fields.String()
    text = fields.String()
    method = fields.String()
    basis = fields.String()
    is_key = fields.Boolean()


class FieldSheetSchema(Schema):
    """The check sheet."""

    lines = fields.List(fields.Nested(FieldLineSchema))


class FieldLastCheckSchema(Schema):
    """What was found the last time."""

    at = Instant()
    result_text = fields.String()
    summary = fields.String()


class FieldTaskSchema(Schema):
    """One open task with all that is needed on site."""

    task_id = fields.UUID()
    inspection_id = fields.UUID()
    number = fields.String()
    kind_text = fields.String()
    party_name = fields.String()
    party_code = fields.String()
    site = fields.String()
    item_name = fields.String()
    reason = fields.String()
    inspectors = fields.List(fields.String())
    due_at = Instant(allow_none=True)
    lamp = fields.Nested(LampSchema)
    sheet = fields.Function(lambda task: FieldSheetSchema().dump({"lines": task.lines}))
    last = fields.Nested(FieldLastCheckSchema, allow_none=True)


class FieldResultSchema(Schema):
    """A result a record may have, and what is asked with it."""

    value = fields.String()
    label = fields.String()
    tone = fields.String()
    needs_lines = fields.Boolean()
    needs_signature = fields.Boolean()


class FieldChoicesSchema(Schema):
    """What can be chosen in a record."""

    results = fields.List(fields.Nested(FieldResultSchema))


class TakeAlongSchema(Schema):
    """Everything a phone takes along."""

    person = fields.Nested(FieldPersonSchema)
    display = fields.Nested(FieldDisplaySchema)
    choices = fields.Nested(FieldChoicesSchema)
    tasks = fields.List(fields.Nested(FieldTaskSchema))


class FieldRecordSchema(Schema):
    """A record as the form of the inspection describes it."""

    class Meta:
        """What is not asked for is refused."""

        unknown = RAISE

    record = fields.Dict(keys=fields.String(), values=fields.Raw(allow_none=True), required=True)


class FieldKeptSchema(Schema):
    """What came of a record."""

    number = fields.String()
    submitted_at = Instant()


class FieldOtherSchema(Schema):
    """The record that was kept for a task."""

    submitted_by_name = fields.String()
    submitted_at = Instant()
    started_at = Instant()
    ended_at = Instant()
    result = fields.String()
    summary = fields.String()
    lines = fields.List(fields.Dict(keys=fields.String()))
    evidence = fields.List(fields.Dict(keys=fields.String()))


@routes.get("/field/tasks", TakeAlongSchema, is_tagged=True)
def read_tasks() -> Response:
    """List my open on-site tasks with their sheets; the header X-CSRFToken serves a page's later changes."""
    actor = caller()
    found = {
        "person": {"login": actor.login, "name": actor.name, "unit_name": actor.unit_name},
        "display": asdict(display()), "choices": {"results": choices()}, "tasks": desk().field.tasks(actor),
    }  # fmt: skip
    body = orjson.dumps(TakeAlongSchema().dump(found))
    response = Response(body, content_type="application/json")
    if "Authorization" not in request.headers:
        response.headers["X-CSRFToken"] = generate_csrf()
    response.add_etag()
    response.make_conditional(request)
    return response


@routes.get("/field/tasks/<uuid:task_id>/record", FieldOtherSchema)
def read_record(task_id: UUID) -> KeptRecord:
    """Read the record that was kept for a task."""
    return desk().field.kept(caller(), task_id)


@routes.send(
    "POST", "/field/tasks/<uuid:task_id>/record", body=FieldRecordSchema, gives=FieldKeptSchema, status=201,
    headers=(IDEMPOTENCY_KEY,),
)  # fmt: skip
def submit_record(body: Mapping[str, Any], task_id: UUID) -> tuple[RecordSubmitted, int, dict[str, str]]:
    """Submit the record of an inspection; the key is the UUID the device made with the draft."""
    actor, key = caller(), _client_id()
    done = desk().inspections.submit_for_task(actor, task_id, body["record"], key)
    return done, 201, replayed(done.was_known)


@routes.send(
    "POST", "/field/tasks/<uuid:task_id>/supplement", body=FieldRecordSchema, gives=FieldKeptSchema, status=201,
    headers=(IDEMPOTENCY_KEY,),
)  # fmt: skip
def add_supplement(body: Mapping[str, Any], task_id: UUID) -> tuple[SupplementAdded, int, dict[str, str]]:
    """Add a record that came too late beside the kept one."""
    actor, key = caller(), _client_id()
    done = desk().field.supplement(actor, task_id, body["record"], key)
    return done, 201, replayed(done.was_known)


def _client_id() -> UUID:
    """Return the key as the UUID it must be here; answers 400 otherwise."""
    try:
        return UUID(idempotency_key())
    except ValueError:
        abort(400, code="idempotency-key-missing", message="Idempotency-Key 应为设备生成的 UUID")
