"""Finished cases: rules of retention, legal holds, what may be deleted, what was."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from marshmallow import Schema, fields, validate

from web.api.caller import application, caller
from web.api.routes import Routes
from web.api.shapes import Instant
from workflows.desk.engine_records import EngineRecords

routes = Routes("engine-records", "Finished cases: retention, holds, deletions")


class RetentionRuleSchema(Schema):
    """How long cases of a process are kept; ``*`` is for all others."""

    process = fields.String()
    version = fields.Integer()
    valid_from = fields.Date()
    archive_after_days = fields.Integer()
    years = fields.Integer(allow_none=True, metadata={"description": "null: for ever"})
    confidence = fields.String()
    source = fields.String()


class FinishedCaseSchema(Schema):
    """A case whose term is over."""

    instance_id = fields.UUID()
    business_key = fields.String()
    definition_key = fields.String()
    status = fields.String()
    ended_at = Instant()
    archived_at = Instant(allow_none=True)


class TombstoneSchema(Schema):
    """What is left of a deleted case."""

    instance_id = fields.UUID()
    business_key = fields.String()
    definition_key = fields.String()
    status = fields.String()
    started_at = Instant()
    ended_at = Instant()
    deleted_at = Instant()
    deleted_by = fields.String()
    reason = fields.String()
    rule = fields.String()
    counts = fields.Dict(keys=fields.String(), values=fields.Integer())
    sha256 = fields.String()


class HoldSchema(Schema):
    """A legal hold on one case or on all cases of a process."""

    id = fields.UUID()
    business_key = fields.String(allow_none=True)
    definition_key = fields.String(allow_none=True)
    reason = fields.String()
    placed_by = fields.String()
    placed_at = Instant()
    lifted_by = fields.String(allow_none=True)
    lifted_at = Instant(allow_none=True)
    lift_reason = fields.String(allow_none=True)


class PlacedHoldSchema(Schema):
    """What is held, and why."""

    business_key = fields.String(load_default=None, validate=validate.Length(1, 200))
    definition_key = fields.String(load_default=None, validate=validate.Length(1, 200))
    reason = fields.String(required=True, validate=validate.Length(1, 1000))


class LiftedHoldSchema(Schema):
    """Why a hold ends."""

    reason = fields.String(required=True, validate=validate.Length(1, 1000))


class HoldQuerySchema(Schema):
    """Which holds are listed."""

    with_lifted = fields.Boolean(load_default=False)


class TombstoneQuerySchema(Schema):
    """Which deletions are listed."""

    business_key = fields.String(load_default=None, validate=validate.Length(1, 200))


def _records() -> EngineRecords:
    return EngineRecords(application().engine, application().retention)


@routes.get("/engine/retention-rules", RetentionRuleSchema, many=True)
def list_rules() -> tuple[Any, ...]:
    """Return the rules in force today."""
    return _records().rules_in_force(caller())


@routes.get("/engine/deletable-cases", FinishedCaseSchema, many=True)
def list_deletable() -> tuple[Any, ...]:
    """Return cases that may be deleted by ``POST /engine/operations``: their term is over and nothing holds them."""
    return _records().deletable(caller())


@routes.get("/engine/tombstones", TombstoneSchema, query=TombstoneQuerySchema, many=True)
def list_tombstones(query: Mapping[str, Any]) -> tuple[Any, ...]:
    """Return deletions, newest first."""
    return _records().tombstones(caller(), query["business_key"])


@routes.get("/engine/holds", HoldSchema, query=HoldQuerySchema, many=True)
def list_holds(query: Mapping[str, Any]) -> tuple[Any, ...]:
    """Return legal holds, newest first."""
    return _records().holds(caller(), with_lifted=query["with_lifted"])


@routes.send("PUT", "/engine/holds/<uuid:hold_id>/lift", body=LiftedHoldSchema, status=204)
def lift_hold(body: Mapping[str, Any], hold_id: UUID) -> str:
    """End a hold; it stays readable."""
    _records().lift_hold(caller(), hold_id, body["reason"])
    return ""


class HoldIdSchema(Schema):
    """The new hold."""

    id = fields.UUID()


@routes.send("PUT", "/engine/holds", body=PlacedHoldSchema, gives=HoldIdSchema, status=201)
def place_hold(body: Mapping[str, Any]) -> tuple[dict[str, UUID], int]:
    """Hold one case or all cases of a process; holding what is held answers the hold there is."""
    found = _records().place_hold(
        caller(), body["reason"], business_key=body["business_key"], definition_key=body["definition_key"]
    )
    return {"id": found}, 201
