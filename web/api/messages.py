"""Messages from other systems."""

from collections.abc import Mapping
from typing import Any

from marshmallow import Schema, fields, validate

from web.api.caller import application, caller
from web.api.preconditions import replayed
from web.api.routes import Routes
from workflows.desk.messages import receive_message

routes = Routes("messages", "Facts from other systems")


class IncomingSchema(Schema):
    """A message; the same ``message_id`` has its effect once."""

    name = fields.String(required=True, validate=validate.Length(1, 100))
    correlation_key = fields.String(required=True, validate=validate.Length(1, 100))
    variables = fields.Dict(keys=fields.String(), values=fields.Raw(allow_none=True), load_default=dict)
    message_id = fields.String(required=True, validate=validate.Length(1, 200))


class CorrelatedSchema(Schema):
    """Which case the message reached."""

    business_key = fields.String()
    started = fields.Boolean()


@routes.send("POST", "/messages", body=IncomingSchema, gives=CorrelatedSchema)
def correlate_message(body: Mapping[str, Any]) -> tuple[Any, int, dict[str, str]]:
    """Bring a message to the case that waits for it, or start one; 201 when a case was started."""
    done = receive_message(
        application().engine, caller(), body["name"], body["correlation_key"], body["variables"], body["message_id"]
    )
    status = 201 if done.started and not done.was_known else 200
    return done, status, replayed(done.was_known)
