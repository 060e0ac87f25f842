"""Many cases at once, and incidents by cause: for administrators."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from flask import url_for
from marshmallow import Schema, fields, validate

from engine.commands.bulk import MOST, BulkReport
from engine.queries.incidents import IncidentCause
from web.api.caller import application, caller
from web.api.preconditions import idempotency_key
from web.api.routes import IDEMPOTENCY_KEY, Routes
from web.api.shapes import VERSION, Instant
from workflows.desk.engine_bulk import EngineBulk

routes = Routes("engine-bulk", "Many cases at once, and incidents by cause")

_REASON = fields.String(required=True, validate=validate.Length(1, 1000))
_NAMES = {"description": "Which element of the new version takes the place of which old one; suggested when left out."}


class MigrationOptionsSchema(Schema):
    """What a migration needs."""

    version = fields.Integer(validate=VERSION)
    names = fields.Dict(keys=fields.String(), values=fields.String(), metadata=_NAMES)
    recomputes = fields.Boolean(metadata={"description": "Count timers again by the new version instead of keeping"})


class BulkOrderSchema(Schema):
    """One act on up to 500 cases; on incidents when retrying."""

    kind = fields.String(required=True, validate=validate.Length(1, 10))
    targets = fields.List(fields.UUID(), required=True, validate=validate.Length(1, MOST))
    reason = _REASON
    options = fields.Nested(MigrationOptionsSchema, load_default=dict)


class BulkItemSchema(Schema):
    """What became of one target."""

    position = fields.Integer()
    target = fields.UUID()
    business_key = fields.String()
    status = fields.String(metadata={"description": "waiting, done or refused"})
    before = fields.String(allow_none=True)
    after = fields.String(allow_none=True, metadata={"description": "Read again after the act"})
    now = fields.String(metadata={"description": "Read when this was answered"})
    code = fields.String(allow_none=True)
    message = fields.String(allow_none=True)
    done_at = Instant(allow_none=True)


class BulkSummarySchema(Schema):
    """An operation."""

    id = fields.UUID()
    kind = fields.String()
    actor = fields.String()
    reason = fields.String()
    options = fields.Dict(keys=fields.String())
    created_at = Instant()
    finished_at = Instant(allow_none=True)


class BulkReportSchema(BulkSummarySchema):
    """An operation with one result per target."""

    done = fields.Function(lambda report: report.count("done"))
    refused = fields.Function(lambda report: report.count("refused"))
    waiting = fields.Function(lambda report: report.count("waiting"))
    items = fields.List(fields.Nested(BulkItemSchema))


class IncidentCauseSchema(Schema):
    """What incidents of one group share."""

    definition_key = fields.String(required=True, validate=validate.Length(max=200))
    element_id = fields.String(required=True, validate=validate.Length(max=200))
    kind = fields.String(required=True, validate=validate.Length(1, 20))
    cause = fields.String(required=True, validate=validate.Length(max=300))


class IncidentGroupSchema(Schema):
    """Open incidents with one cause."""

    cause = fields.Nested(IncidentCauseSchema)
    count = fields.Integer()
    first_at = Instant()
    last_at = Instant()


class GroupRetrySchema(Schema):
    """Which group is tried again, and why."""

    cause = fields.Nested(IncidentCauseSchema, required=True)
    reason = _REASON


class MigrationPlanSchema(Schema):
    """A migration that is only tried."""

    targets = fields.List(fields.UUID(), required=True, validate=validate.Length(1, MOST))
    version = fields.Integer(required=True, validate=VERSION)
    names = fields.Dict(keys=fields.String(), values=fields.String(), load_default=None, metadata=_NAMES)
    recomputes = fields.Boolean(load_default=False)


class MovedTimerSchema(Schema):
    """A timer with another instant."""

    element = fields.String()
    before = Instant(allow_none=True)
    after = Instant(allow_none=True)


class MigrationLineSchema(Schema):
    """What migrating one case would do."""

    instance_id = fields.UUID()
    business_key = fields.String()
    from_version = fields.Integer(allow_none=True)
    to_version = fields.Integer()
    names = fields.Dict(keys=fields.String(), values=fields.String())
    moved = fields.List(fields.Nested(MovedTimerSchema))
    problems = fields.List(fields.Dict(keys=fields.String(), values=fields.String()))


def _bulk() -> EngineBulk:
    return EngineBulk(application().engine, application().retention)


def _created(report: BulkReport) -> tuple[BulkReport, int, dict[str, str]]:
    return report, 201, {"Location": url_for("api-engine-bulk.read_operation", operation_id=report.id)}


@routes.send(
    "POST", "/engine/operations", body=BulkOrderSchema, gives=BulkReportSchema, status=201, headers=(IDEMPOTENCY_KEY,)
)  # fmt: skip
def begin_operation(body: Mapping[str, Any]) -> tuple[BulkReport, int, dict[str, str]]:
    """Do one act to many cases and answer one result each; the same key again goes on where it was interrupted."""
    given = (body["kind"], body["targets"], body["reason"], idempotency_key(), body["options"])
    return _created(_bulk().act(caller(), *given))


@routes.get("/engine/operations", BulkSummarySchema, many=True)
def list_operations() -> tuple[BulkReport, ...]:
    """Return the newest operations."""
    return _bulk().operations(caller())


@routes.get("/engine/operations/<uuid:operation_id>", BulkReportSchema)
def read_operation(operation_id: UUID) -> BulkReport:
    """Return one operation, with what each target is now."""
    return _bulk().report(caller(), operation_id)


@routes.get("/engine/incident-groups", IncidentGroupSchema, many=True)
def list_groups() -> tuple[Any, ...]:
    """Return open incidents by cause, the largest group first."""
    return _bulk().incident_groups(caller())


@routes.send(
    "POST", "/engine/incident-groups/retries", body=GroupRetrySchema, gives=BulkReportSchema, status=201,
    headers=(IDEMPOTENCY_KEY,),
)  # fmt: skip
def retry_group(body: Mapping[str, Any]) -> tuple[BulkReport, int, dict[str, str]]:
    """Try the incidents of one group again, at most 500 at a time."""
    return _created(_bulk().retry_group(caller(), IncidentCause(**body["cause"]), body["reason"], idempotency_key()))


@routes.send("POST", "/engine/migration-plans", body=MigrationPlanSchema, gives=MigrationLineSchema, many=True)
def plan_migration(body: Mapping[str, Any]) -> list[Any]:
    """Say what a migration would do to each case and whose timers would move; nothing is changed."""
    given = (body["targets"], body["version"], body["names"])
    return list(_bulk().plan_migration(caller(), *given, recomputes=body["recomputes"]))
