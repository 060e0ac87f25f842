"""Subscriptions of other programs to what happens in cases, and the messages to them."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from marshmallow import Schema, fields, validate

from web.api.caller import application, caller
from web.api.routes import Routes
from web.api.shapes import Instant
from workflows.desk.webhooks import WebhookDesk

routes = Routes("webhooks", "Messages to other programs")

_KINDS = fields.List(fields.String(validate=validate.Length(1, 40)), validate=validate.Length(1, 20))


class SubscriptionSchema(Schema):
    """A subscription, without its secret."""

    id = fields.UUID()
    name = fields.String()
    url = fields.String()
    kinds = fields.List(fields.String())
    is_active = fields.Boolean()
    created_by = fields.String()
    created_at = Instant()
    changed_by = fields.String()
    changed_at = Instant()


class NewSubscriptionSchema(Schema):
    """Who is told what; the name is the key: a second one of that name is refused."""

    name = fields.String(required=True, validate=validate.Length(1, 100))
    url = fields.String(required=True, validate=validate.Length(1, 1000))
    kinds = fields.List(fields.String(validate=validate.Length(1, 40)), required=True, validate=validate.Length(1, 20))


class SecretSchema(Schema):
    """The secret, shown this once."""

    id = fields.UUID()
    secret = fields.String(allow_none=True)


class SubscriptionChangeSchema(Schema):
    """What is to change; left out, it stays."""

    url = fields.String(validate=validate.Length(1, 1000))
    kinds = _KINDS
    is_active = fields.Boolean()
    renews_secret = fields.Boolean(load_default=False)


class DeliverySchema(Schema):
    """A message as it stands."""

    id = fields.UUID()
    subscription_id = fields.UUID()
    subscription = fields.String()
    kind = fields.String()
    business_key = fields.String()
    status = fields.String(metadata={"description": "waiting, sending, delivered, parked or dropped"})
    attempts = fields.Integer()
    due_at = Instant()
    last_error = fields.String(allow_none=True)
    created_at = Instant()
    delivered_at = Instant(allow_none=True)


class DeliveryQuerySchema(Schema):
    """Which messages are listed."""

    status = fields.String(
        load_default=None, validate=validate.OneOf(("waiting", "sending", "delivered", "parked", "dropped"))
    )


class SettlementSchema(Schema):
    """What becomes of a parked message."""

    is_dropped = fields.Boolean(required=True, metadata={"description": "true: drop it; false: send it again"})


def _desk() -> WebhookDesk:
    app = application()
    return WebhookDesk(app.engine, app.postman.guard, app.subscriptions)


@routes.get("/engine/webhooks", SubscriptionSchema, many=True)
def list_subscriptions() -> tuple[Any, ...]:
    """Return all subscriptions."""
    return _desk().all(caller())


@routes.send("PUT", "/engine/webhooks", body=NewSubscriptionSchema, gives=SecretSchema, status=201)
def subscribe(body: Mapping[str, Any]) -> tuple[dict[str, Any], int]:
    """Make a subscription; what happens from now on is told."""
    made, secret = _desk().subscribe(caller(), body["name"], body["url"], body["kinds"])
    return {"id": made, "secret": secret}, 201


@routes.send("PUT", "/engine/webhooks/<uuid:subscription_id>", body=SubscriptionChangeSchema, gives=SecretSchema)
def change_subscription(body: Mapping[str, Any], subscription_id: UUID) -> dict[str, Any]:
    """Change a subscription; switched off, nothing is written for it and nothing sent."""
    return {"id": subscription_id, "secret": _desk().change(caller(), subscription_id, **body)}


@routes.get("/engine/webhook-deliveries", DeliverySchema, query=DeliveryQuerySchema, many=True)
def list_deliveries(query: Mapping[str, Any]) -> tuple[Any, ...]:
    """Return messages, newest first."""
    return _desk().deliveries(caller(), query["status"])


@routes.send("PUT", "/engine/webhook-deliveries/<uuid:delivery_id>/settlement", body=SettlementSchema, status=204)
def settle_delivery(body: Mapping[str, Any], delivery_id: UUID) -> str:
    """Send a parked message again, or drop it, so that those behind it may go."""
    _desk().settle(caller(), delivery_id, is_dropped=body["is_dropped"])
    return ""
