"""Construction after the permit: projects, requests, skipped stages, temporary permits, patrols."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from flask import url_for
from marshmallow import Schema, fields, validate

from web.api.caller import caller, desk
from web.api.construction_shapes import (
    ChosenPatrol,
    ConstructionProjectSchema,
    PassportSchema,
    PatrolSchema,
    ProjectQuery,
    WatchQuery,
    WatchSchema,
)
from web.api.preconditions import idempotency_key
from web.api.routes import IDEMPOTENCY_KEY, Routes
from workflows.desk.construction import ProjectLine
from workflows.desk.passport import Passport
from workflows.desk.patrols import WatchLine

routes = Routes("construction", "Construction after the permit, temporary permits and patrols")
Headers = dict[str, str]


class SiteAnswersSchema(Schema):
    """The answers to a form."""

    answers = fields.Dict(keys=fields.String(), values=fields.Raw(allow_none=True), required=True)


class CheckRequestSchema(SiteAnswersSchema):
    """A builder's request for the check that is next."""

    code = fields.String(required=True, validate=validate.Length(max=40))


class CheckIdSchema(Schema):
    """The check that was asked for."""

    id = fields.UUID()


class ExtensionNumberSchema(Schema):
    """Which extension it was."""

    number = fields.Integer()


@routes.get("/construction-projects", ConstructionProjectSchema, query=ProjectQuery, many=True)
def list_projects(query: Mapping[str, Any]) -> list[dict[str, Any]]:
    """List at most 200 projects that concern the caller, the most urgent first."""
    return [_project(line) for line in desk().construction.projects(caller(), query["stage"], query["show"])]


def _project(line: ProjectLine) -> dict[str, Any]:
    return {**line.project, "lamp": line.lamp, "check_state": line.check_state}


@routes.get("/permits/<uuid:approval_id>/passport", PassportSchema)
def read_passport(approval_id: UUID) -> Passport:
    """Read everything about a permit: stages, copies, patrols, inspections, cases, letters."""
    return desk().passport.of_permit(caller(), approval_id)


@routes.send(
    "POST", "/construction-projects/<uuid:project_id>/requests", body=CheckRequestSchema, gives=CheckIdSchema,
    status=201, headers=(IDEMPOTENCY_KEY,),
)  # fmt: skip
def register_request(body: Mapping[str, Any], project_id: UUID) -> tuple[dict[str, UUID], int]:
    """Register that the builder asks for the check that is next; the same key registers one."""
    key = idempotency_key()
    return {"id": desk().construction.request(caller(), project_id, body["code"], body["answers"], key=key)}, 201


@routes.send(
    "POST", "/construction-projects/<uuid:project_id>/skips", body=SiteAnswersSchema, status=204,
    headers=(IDEMPOTENCY_KEY,),
)  # fmt: skip
def register_skip(body: Mapping[str, Any], project_id: UUID) -> None:
    """Register that the builder went on without a check; it becomes a lead."""
    desk().construction.skip(caller(), project_id, body["answers"], key=idempotency_key())


@routes.send("PUT", "/construction-projects/<uuid:project_id>/indicators", body=SiteAnswersSchema, status=204)
def change_indicators(body: Mapping[str, Any], project_id: UUID) -> None:
    """Write down what is permitted."""
    desk().construction.change(caller(), project_id, body["answers"])


@routes.get("/temporary-permits", WatchSchema, query=WatchQuery, many=True)
def list_temporary_permits(query: Mapping[str, Any]) -> list[dict[str, Any]]:
    """List at most 200 temporary permits, the soonest to expire first."""
    return [_watched(line) for line in desk().sites.watch_list(caller(), query["show"])]


def _watched(line: WatchLine) -> dict[str, Any]:
    return {**line.permit, "lamp": line.lamp}


@routes.send(
    "POST", "/temporary-permits/<uuid:permit_id>/extensions", body=SiteAnswersSchema, gives=ExtensionNumberSchema,
    status=201, headers=(IDEMPOTENCY_KEY,),
)  # fmt: skip
def register_extension(body: Mapping[str, Any], permit_id: UUID) -> tuple[dict[str, int], int, Headers]:
    """Register that a temporary permit was extended by another decision."""
    number = desk().sites.extend(caller(), permit_id, body["answers"], key=idempotency_key())
    return {"number": number}, 201, {"Location": url_for(".list_temporary_permits")}


@routes.get("/patrols", PatrolSchema, many=True)
def list_patrols() -> list[dict[str, Any]]:
    """List at most 200 permits in the patrol plans, the next visit first."""
    return [_watched(line) for line in desk().sites.plan(caller()).lines]


@routes.send(
    "POST", "/patrols/<uuid:subject_id>/spot-checks", body=SiteAnswersSchema, status=204, headers=(IDEMPOTENCY_KEY,)
)  # fmt: skip
def order_spot_check(body: Mapping[str, Any], subject_id: UUID) -> None:
    """Order a spot check, with its reason."""
    desk().sites.spot_check(caller(), subject_id, body["answers"], key=idempotency_key())


@routes.send("PUT", "/patrols/<uuid:subject_id>/priority", body=ChosenPatrol, status=204)
def change_priority(body: Mapping[str, Any], subject_id: UUID) -> None:
    """Keep how often a permit is patrolled, with the reason."""
    desk().sites.rank(caller(), subject_id, {"level": body["level"], "priority_reason": body["reason"]})
