"""Monitoring devices: the register, certificates, publication, keys."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from flask import url_for
from marshmallow import Schema, fields, validate

from web.api.caller import caller, desk
from web.api.objects import FormAnswersSchema
from web.api.preconditions import idempotency_key
from web.api.routes import IDEMPOTENCY_KEY, Routes
from workflows.alerts.devices import STATES
from workflows.alerts.keys import IssuedKey
from workflows.desk.devices import DeviceView

routes = Routes("monitoring-devices", "Monitoring devices")
Line = Mapping[str, Any]


class DeviceReviewSchema(Schema):
    """A certificate."""

    id = fields.UUID()
    kind = fields.String()
    number = fields.String()
    issuer = fields.String()
    valid_from = fields.Date()
    valid_until = fields.Date()
    revoked_on = fields.Date(allow_none=True)


class MonitoringDeviceSchema(Schema):
    """A device; what it records is evidence only while both reviews are valid and the place is public."""

    id = fields.UUID()
    code = fields.String()
    name = fields.String()
    kind = fields.String()
    place = fields.String()
    area = fields.String()
    lat = fields.Float()
    lon = fields.Float()
    purpose = fields.String()
    vendor = fields.String()
    watch_unit = fields.String()
    unit = fields.String()
    object_id = fields.UUID(allow_none=True)
    sign_on = fields.Date(allow_none=True)
    published_on = fields.Date(allow_none=True)
    published_at = fields.String()
    state = fields.String()
    legal = fields.String(metadata={"description": "lamp of the legal review: red, yellow or normal"})
    technical = fields.String()
    is_public = fields.Boolean()
    reviews = fields.List(fields.Nested(DeviceReviewSchema))
    decided = fields.Integer(metadata={"description": "alerts of which it is known whether they were true"})
    true = fields.Integer()


class DeviceCreatedSchema(Schema):
    """The id of what was made."""

    id = fields.UUID()


class DeviceStateSchema(Schema):
    """In use, under repair, or gone."""

    state = fields.String(required=True, validate=validate.OneOf(list(STATES)))


class WebhookKeyRequestSchema(Schema):
    """For the device alone, or for all devices of its vendor."""

    for_vendor = fields.Boolean(load_default=False)


class WebhookKeySchema(Schema):
    """A new key; the secret is never answered again."""

    key_id = fields.String()
    secret = fields.String()


def _shown(view: DeviceView) -> Line:
    lamps = {kind: lamp for kind, (lamp, _text) in view.lamps.items()}
    more = {"reviews": view.reviews, "decided": view.decided, "true": view.true, "is_public": view.is_public}
    return {**view.row, **lamps, **more}


@routes.get("/monitoring-devices", MonitoringDeviceSchema, many=True)
def list_devices() -> Sequence[Line]:
    """List the devices that concern the caller's unit, at most 500."""
    return [_shown(view) for view in desk().devices.devices(caller())]


@routes.get("/monitoring-devices/<uuid:device_id>", MonitoringDeviceSchema)
def read_device(device_id: UUID) -> Line:
    """Read a device with its certificates."""
    return _shown(desk().devices.device(caller(), device_id))


@routes.send(
    "POST", "/monitoring-devices", body=FormAnswersSchema, gives=DeviceCreatedSchema, status=201,
    headers=(IDEMPOTENCY_KEY,),
)  # fmt: skip
def register_device(body: Line) -> tuple[Line, int, dict[str, str]]:
    """Register a device by the answers to its form; the same key registers one."""
    device_id = desk().devices.register(caller(), body["answers"], key=idempotency_key())
    return {"id": device_id}, 201, {"Location": url_for(".read_device", device_id=device_id)}


@routes.send(
    "POST", "/monitoring-devices/<uuid:device_id>/reviews", body=FormAnswersSchema, gives=DeviceCreatedSchema,
    status=201,
)  # fmt: skip
def add_review(body: Line, device_id: UUID) -> Line:
    """Enter a certificate; the same number of a kind is refused a second time."""
    return {"id": desk().devices.review(caller(), device_id, body["answers"])}


@routes.send(
    "PUT", "/monitoring-devices/<uuid:device_id>/publication", body=FormAnswersSchema, gives=MonitoringDeviceSchema
)
def publish(body: Line, device_id: UUID) -> Line:
    """Note since when place and sign are public."""
    desk().devices.publish(caller(), device_id, body["answers"])
    return read_device(device_id)


@routes.send("PUT", "/monitoring-devices/<uuid:device_id>/state", body=DeviceStateSchema, gives=MonitoringDeviceSchema)
def set_state(body: Line, device_id: UUID) -> Line:
    """Suspend a device, bring it back, or retire it for good."""
    desk().devices.set_state(caller(), device_id, body["state"])
    return read_device(device_id)


@routes.send(
    "POST", "/monitoring-devices/<uuid:device_id>/keys", body=WebhookKeyRequestSchema, gives=WebhookKeySchema,
    status=201,
)  # fmt: skip
def issue_key(body: Line, device_id: UUID) -> IssuedKey:
    """Issue a key that signs reports; the one before stays valid for a day."""
    return desk().devices.issue_key(caller(), device_id, for_vendor=body["for_vendor"])


@routes.send("DELETE", "/monitoring-devices/<uuid:device_id>/keys/<key_id>", status=204)
def revoke_key(device_id: UUID, key_id: str) -> None:
    """Put a key out of use at once."""
    desk().devices.revoke_key(caller(), device_id, key_id)
