"""Cases, jobs and moves as the engine sees them, and what needs a second person: for administrators."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from flask import url_for
from marshmallow import Schema, fields, validate

from engine.queries.search_instances import SearchInstances
from web.api.caller import caller, desk
from web.api.preconditions import idempotency_key
from web.api.routes import IDEMPOTENCY_KEY, Routes
from web.api.shapes import NUMBER, VERSION, Instant
from web.paging import seal, unseal
from workflows.engine_admin.jobs import ACTS, KINDS, STATUSES
from workflows.engine_admin.requests import STATES

routes = Routes("engine-admin", "Cases, jobs, moves of tokens, and requests to a second person")
Created = tuple[Any, int, dict[str, str]]
_REASON = fields.String(required=True, validate=validate.Length(1, 500))


class InstanceQuerySchema(Schema):
    """Which cases are wanted; every part narrows what is found."""

    number = fields.String(load_default="", validate=validate.Length(max=60))
    process = fields.String(load_default="", validate=validate.Length(max=100))
    version = fields.Integer(load_default=None, validate=VERSION)
    status = fields.String(load_default="", validate=validate.Length(max=10))
    element = fields.String(load_default="", validate=validate.Length(max=100))
    variable = fields.String(load_default="", validate=validate.Length(max=100))
    value = fields.String(load_default="", validate=validate.Length(max=200))
    after = fields.String(load_default="", validate=validate.Length(max=300))


class InstanceLineSchema(Schema):
    """One case in a list."""

    id = fields.UUID()
    business_key = fields.String()
    definition_key = fields.String()
    definition_name = fields.String()
    definition_version = fields.Integer()
    status = fields.String()
    started_at = Instant()
    started_by = fields.String()
    ended_at = Instant(allow_none=True)


class FoundInstancesSchema(Schema):
    """A page of cases, the newest first."""

    lines = fields.List(fields.Nested(InstanceLineSchema))
    next = fields.String(metadata={"description": "For ``after``; empty on the last page"})
    is_cut = fields.Boolean(metadata={"description": "Only the newest of many were looked into for the variable"})


class TokenPlaceSchema(Schema):
    """Where tokens are or were."""

    element_id = fields.String()
    state = fields.String()
    count = fields.Integer()


class WaitingTokenSchema(Schema):
    """A token that waits, by the number with which it can be moved."""

    token = fields.Integer()
    element_id = fields.String()
    what = fields.String()


class InstanceSchema(Schema):
    """One case, read now; what identifies persons is hidden in its variables."""

    id = fields.UUID(attribute="case.id")
    business_key = fields.String(attribute="case.business_key")
    definition_key = fields.String(attribute="case.definition_key")
    definition_version = fields.Integer(attribute="case.definition_version")
    status = fields.String(attribute="case.status")
    version = fields.Integer(attribute="case.version")
    variables = fields.Dict(keys=fields.String(), values=fields.Raw())
    tokens = fields.List(fields.Nested(TokenPlaceSchema))
    waiting = fields.Method("_waiting", metadata={"type": "array", "items": {"type": "object"}})

    def _waiting(self, view: Any) -> list[dict[str, Any]]:
        open_tasks = [row for row in view.parts.tasks if row["status"] == "open"]
        rows = [("task", open_tasks), ("job", view.parts.jobs), ("event", view.parts.events)]
        found = [{"token": row["token"], "element_id": row["element_id"], "what": what}
                 for what, some in rows for row in some]  # fmt: skip
        shown: list[dict[str, Any]] = WaitingTokenSchema(many=True).dump(found)
        return shown


class MoveTargetSchema(Schema):
    """An element, and why the token may not go there; empty when it may."""

    element_id = fields.String()
    name = fields.String()
    why_not = fields.String(allow_none=True)


class MoveWishSchema(Schema):
    """Which token shall go where, and why."""

    token = fields.Integer(required=True, validate=NUMBER)
    element = fields.String(required=True, validate=validate.Length(1, 200))
    reason = _REASON


class JobQuerySchema(Schema):
    """Which jobs are wanted."""

    kind = fields.String(load_default="", validate=validate.OneOf(["", *KINDS]))
    status = fields.String(load_default="", validate=validate.OneOf(["", *STATUSES]))
    process = fields.String(load_default="", validate=validate.Length(max=100))


class JobSchema(Schema):
    """A job: what waits to be done, and what went wrong last."""

    id = fields.UUID()
    kind = fields.String()
    topic = fields.String(allow_none=True)
    status = fields.String()
    due_at = Instant()
    attempts = fields.Integer()
    lease_owner = fields.String(allow_none=True)
    lease_until = Instant(allow_none=True)
    last_error = fields.String(allow_none=True)
    business_key = fields.String(allow_none=True)
    instance_id = fields.UUID(allow_none=True)
    element_id = fields.String(allow_none=True)


class JobActSchema(Schema):
    """What shall be done with a job, and why."""

    act = fields.String(required=True, validate=validate.OneOf(list(ACTS)))
    reason = _REASON


class JobActedSchema(Schema):
    """What became of it: the request that waits for a second person, or the job as it is now."""

    request = fields.UUID(allow_none=True)
    job = fields.Nested(JobSchema, allow_none=True)


class RequestQuerySchema(Schema):
    """Which requests are wanted."""

    state = fields.String(load_default="", validate=validate.OneOf(["", *STATES]))


class AdminRequestSchema(Schema):
    """What an administrator asked a second person for."""

    id = fields.UUID()
    kind = fields.String()
    state = fields.String()
    business_key = fields.String(allow_none=True)
    instance_id = fields.UUID(allow_none=True)
    payload = fields.Dict(keys=fields.String(), values=fields.Raw())
    reason = fields.String()
    asked_by = fields.String()
    asked_at = Instant()
    decided_by = fields.String(allow_none=True)
    decided_at = Instant(allow_none=True)
    decision_note = fields.String(allow_none=True)
    result = fields.Dict(keys=fields.String(), values=fields.Raw(), allow_none=True)


class RequestDecisionSchema(Schema):
    """What the second person says: confirm, refuse with a reason; or the asker withdraws."""

    act = fields.String(required=True, validate=validate.OneOf(["confirm", "refuse", "withdraw"]))
    reason = fields.String(load_default="", validate=validate.Length(max=500))


@routes.get("/engine/instances", FoundInstancesSchema, query=InstanceQuerySchema)
def search_instances(query: Mapping[str, Any]) -> Mapping[str, Any]:
    """Find cases by number, process, version, state, place or variable."""
    place = unseal(query["after"]).split()
    found = desk().engine.instances.search(caller(), SearchInstances(
        query["number"], query["process"], query["version"], query["status"], query["element"], query["variable"],
        query["value"], (datetime.fromisoformat(place[0]), UUID(place[1])) if place else None,
    ))  # fmt: skip
    more = f"{found.lines[-1].started_at.isoformat()} {found.lines[-1].id}" if found.has_more else ""
    return {"lines": found.lines, "next": seal(more), "is_cut": found.is_cut}


@routes.get("/engine/instances/<uuid:instance_id>", InstanceSchema)
def read_instance(instance_id: UUID) -> Any:
    """Read one case with its tokens and variables."""
    return desk().engine.instances.show(caller(), instance_id)


@routes.get("/engine/instances/<uuid:instance_id>/moves/<int:token>", MoveTargetSchema, many=True)
def list_moves(instance_id: UUID, token: int) -> Any:
    """Return where a token may go, tried out on a copy of the case."""
    return desk().engine.instances.moves(caller(), instance_id, token).targets


@routes.send(
    "POST", "/engine/instances/<uuid:instance_id>/moves", body=MoveWishSchema, gives=AdminRequestSchema, status=201,
    headers=(IDEMPOTENCY_KEY,),
)  # fmt: skip
def ask_to_move(body: Mapping[str, Any], instance_id: UUID) -> Created:
    """Ask a second person to confirm a move; nothing moves before."""
    given = (instance_id, body["token"], body["element"], body["reason"])
    made = desk().engine.instances.ask_to_move(caller(), *given, key=idempotency_key())
    return _request(made), 201, {"Location": url_for("api-engine-admin.read_request", request_id=made)}


@routes.get("/engine/jobs", JobSchema, query=JobQuerySchema, many=True)
def list_jobs(query: Mapping[str, Any]) -> Any:
    """List at most 200 jobs, the next one due first."""
    return desk().engine.jobs.jobs(caller(), query["kind"], query["status"], query["process"])


@routes.get("/engine/jobs/<uuid:job_id>", JobSchema)
def read_job(job_id: UUID) -> Any:
    """Read one job."""
    return desk().engine.jobs.job(caller(), job_id)


@routes.send("POST", "/engine/jobs/<uuid:job_id>:act", body=JobActSchema, gives=JobActedSchema,
             headers=(IDEMPOTENCY_KEY,))  # fmt: skip
def act_on_job(body: Mapping[str, Any], job_id: UUID) -> Mapping[str, Any]:
    """Let a job be due now, or ask a second person where the law or a skipped step is concerned."""
    asked = desk().engine.jobs.act(caller(), job_id, body["act"], body["reason"], key=idempotency_key())
    return {"request": asked, "job": None if asked else desk().engine.jobs.job(caller(), job_id)}


@routes.get("/engine/requests", AdminRequestSchema, query=RequestQuerySchema, many=True)
def list_requests(query: Mapping[str, Any]) -> Any:
    """List the newest 100 requests to a second person."""
    return desk().engine.requests.requests(caller(), *([query["state"]] if query["state"] else []))


@routes.get("/engine/requests/<uuid:request_id>", AdminRequestSchema)
def read_request(request_id: UUID) -> Any:
    """Read one request."""
    return _request(request_id)


def _request(request_id: UUID) -> Any:
    return desk().engine.requests.look(caller(), request_id).row


@routes.send("POST", "/engine/requests/<uuid:request_id>:decide", body=RequestDecisionSchema, gives=AdminRequestSchema)
def decide_request(body: Mapping[str, Any], request_id: UUID) -> Any:
    """Confirm or refuse what another person asked for, or withdraw what one asked for; answers it read again."""
    found = desk().engine.requests
    if body["act"] == "confirm":
        found.confirm(caller(), request_id)
    elif body["act"] == "refuse":
        found.refuse(caller(), request_id, body["reason"])
    else:
        found.withdraw(caller(), request_id)
    return _request(request_id)
