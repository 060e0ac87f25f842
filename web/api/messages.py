"""Messages from other systems."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from marshmallow import Schema, fields, validate

from engine.commands.early_messages import LONGEST_KEPT
from web.api.caller import application, caller
from web.api.preconditions import replayed
from web.api.routes import Routes
from web.api.shapes import Instant
from workflows.desk.messages import receive_message

routes = Routes("messages", "Facts from other systems")


class IncomingSchema(Schema):
    """A message; the same ``message_id`` has its effect once."""

    name = fields.String(required=True, validate=validate.Length(1, 100))
    correlation_key = fields.String(required=True, validate=validate.Length(1, 100))
    variables = fields.Dict(keys=fields.String(), values=fields.Raw(allow_none=True), load_default=dict)
    message_id = fields.String(required=True, validate=validate.Length(1, 200))
    keep_for_seconds = fields.Integer(
        load_default=None, allow_none=True, validate=validate.Range(1, int(LONGEST_KEPT.total_seconds())),
        metadata={"description": "Keep the message for so long when nobody waits for it yet; left out, it is refused."},
    )  # fmt: skip


class CorrelatedSchema(Schema):
    """Which case the message reached."""

    business_key = fields.String(allow_none=True)
    started = fields.Boolean()
    kept_until = Instant(allow_none=True)


@routes.send("POST", "/messages", body=IncomingSchema, gives=CorrelatedSchema, also=(201, 202))
def correlate_message(body: Mapping[str, Any]) -> tuple[Any, int, dict[str, str]]:
    """Bring a message to the case that waits for it, or start one.

    201 when a case was started, 202 when nobody waits yet and the message is kept.
    """
    keep_for = body["keep_for_seconds"]
    sent = receive_message(
        application().engine, caller(), body["name"], body["correlation_key"], body["variables"], body["message_id"],
        keep_for=None if keep_for is None else timedelta(seconds=keep_for),
    )  # fmt: skip
    done = sent.correlated
    if done is None:
        return {"business_key": None, "started": False, "kept_until": sent.kept_until}, 202, {}
    status = 201 if done.started and not done.was_known else 200
    answer = {"business_key": done.business_key, "started": done.started, "kept_until": None}
    return answer, status, replayed(done.was_known)
