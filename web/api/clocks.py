"""Clocks: ask for a pause, approve it, resume."""

from collections.abc import Mapping
from uuid import UUID

from marshmallow import Schema, fields, validate

from web.api.caller import caller, desk
from web.api.routes import Routes

routes = Routes("clocks", "Statutory clocks")


class ReasonSchema(Schema):
    """Why."""

    reason = fields.String(required=True, validate=validate.Length(1, 500))


@routes.send("POST", "/clocks/<uuid:clock_id>:request-pause", body=ReasonSchema, status=204)
def request_pause(body: Mapping[str, str], clock_id: UUID) -> tuple[str, int]:
    """Ask for a pause; nothing stops until another person approves it."""
    desk().clocks.request_pause(caller(), clock_id, body["reason"])
    return "", 204


@routes.send("POST", "/clocks/<uuid:clock_id>:approve-pause", status=204)
def approve_pause(clock_id: UUID) -> tuple[str, int]:
    """Approve a pause that somebody else asked for."""
    desk().clocks.approve_pause(caller(), clock_id)
    return "", 204


@routes.send("POST", "/clocks/<uuid:clock_id>:resume", body=ReasonSchema, status=204)
def resume(body: Mapping[str, str], clock_id: UUID) -> tuple[str, int]:
    """Let a paused clock run on."""
    desk().clocks.resume(caller(), clock_id, body["reason"])
    return "", 204
