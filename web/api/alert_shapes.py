"""The shapes of alerts and devices."""

from marshmallow import Schema, fields, validate

from web.api.shapes import Instant
from workflows.alerts.lists import LATENESS
from workflows.alerts.store import ADVICE, NOISE, STATES


class AlertQuery(Schema):
    """Which alerts."""

    state = fields.String(load_default="", validate=validate.OneOf(["", *STATES]))
    advice = fields.String(load_default="", validate=validate.OneOf(["", *ADVICE]))
    device = fields.UUID(load_default=None, allow_none=True)
    class_code = fields.String(load_default="", data_key="class", validate=validate.Length(max=60))
    cell = fields.String(load_default="", validate=validate.Length(max=40))
    hour = fields.String(load_default="", validate=validate.Regexp(r"^([0-9]|1[0-9]|2[0-3])?$"))
    truth = fields.String(load_default="", validate=validate.OneOf(["", "true", "untrue", "decided"]))
    checked = fields.String(load_default="", validate=validate.OneOf(["", *LATENESS]))
    days = fields.Integer(load_default=0, validate=validate.Range(0, 3650))
    after = fields.String(load_default="", validate=validate.Length(max=400))
    limit = fields.Integer(load_default=50, validate=validate.Range(1, 200))


class AlertLineSchema(Schema):
    """One alert in a list."""

    number = fields.String()
    device_code = fields.String()
    device_name = fields.String()
    class_code = fields.String(data_key="class")
    confidence = fields.Float()
    happened_at = Instant()
    received_at = Instant()
    lat = fields.Float()
    lon = fields.Float()
    cell = fields.String()
    area = fields.String()
    place = fields.String()
    preset = fields.String()
    note = fields.String()
    watch_unit = fields.String()
    unit = fields.String()
    state = fields.String()
    advice = fields.String()
    advice_reason = fields.String()
    dismissal = fields.String(allow_none=True)
    undo_until = Instant(allow_none=True)
    verdict = fields.String(allow_none=True)
    checked_at = Instant(allow_none=True)
    is_late = fields.Boolean(allow_none=True)
    counts = fields.Boolean(allow_none=True, metadata={"description": "Whether the record is evidence, xzcf/41"})
    counts_reason = fields.String()
    follow_up = fields.String(allow_none=True)
    follow_up_key = fields.String(allow_none=True)
    listing_number = fields.String(allow_none=True)


class AlertPageSchema(Schema):
    """A page; ``next`` is the ``after`` of the following one."""

    alerts = fields.List(fields.Nested(AlertLineSchema))
    total = fields.Integer()
    next = fields.String()


class AlertFileSchema(Schema):
    """A file of an alert: reviewed or not, kept until, or deleted."""

    sha256 = fields.String()
    kind = fields.String()
    name = fields.String()
    media_type = fields.String()
    size = fields.Integer()
    technical = fields.Dict(keys=fields.String(), allow_none=True)
    legal = fields.Dict(keys=fields.String(), allow_none=True)
    keep_until = Instant()
    held_by = fields.String(allow_none=True)
    deleted_at = Instant(allow_none=True)


class AlertEventSchema(Schema):
    """What was done."""

    kind = fields.String()
    at = Instant()
    actor = fields.String()
    detail = fields.Dict(keys=fields.String())


class AlertSchema(AlertLineSchema):
    """An alert with its files and history."""

    standing = fields.Dict(keys=fields.String())
    site_note = fields.String()
    party_name = fields.String()
    party_code = fields.String()
    notice_number = fields.String(allow_none=True)
    statements = fields.List(fields.Dict(keys=fields.String()))
    files = fields.List(fields.Nested(AlertFileSchema))
    events = fields.List(fields.Nested(AlertEventSchema))


class DismissAlertSchema(Schema):
    """Why it is noise."""

    kind = fields.String(required=True, validate=validate.OneOf(list(NOISE)))
    note = fields.String(load_default="", validate=validate.Length(max=500))


class ConfirmAlertSchema(Schema):
    """Who goes, and what to look at."""

    unit = fields.String(load_default="", validate=validate.Length(max=60))
    note = fields.String(load_default="", validate=validate.Length(max=500))


class AlertStatementSchema(Schema):
    """What the party says."""

    text = fields.String(required=True, validate=validate.Length(2, 4000))


class AlertShareSchema(Schema):
    """Alerts, those decided, those true; ``percent`` is empty below five decided."""

    key = fields.String()
    name = fields.String()
    alerts = fields.Integer()
    decided = fields.Integer()
    true = fields.Integer()
    percent = fields.Integer(allow_none=True)


class AlertStatisticsSchema(Schema):
    """The numbers of a period."""

    days = fields.Integer()
    alerts = fields.Integer()
    decided = fields.Integer()
    true = fields.Integer()
    checked = fields.Integer(metadata={"description": "Checks on site"})
    in_time = fields.Integer(metadata={"description": "of them within two hours"})
    classes = fields.List(fields.Nested(AlertShareSchema))
    hours = fields.List(fields.Nested(AlertShareSchema))
    devices = fields.List(fields.Nested(AlertShareSchema))
    places = fields.List(fields.Nested(AlertShareSchema))


class AlertListingSchema(Schema):
    """A place under listed supervision."""

    number = fields.String()
    cell = fields.String()
    place = fields.String()
    area = fields.String()
    unit = fields.String()
    alerts = fields.List(fields.String())
    reason = fields.String()
    state = fields.String()
    order_number = fields.String(allow_none=True)
    due_at = Instant(allow_none=True)
    is_late = fields.Boolean()
    listed_at = Instant()
    closed_at = Instant(allow_none=True)
