"""Shapes of inspections in the API."""

from marshmallow import Schema, fields, validate

from web.api.shapes import ClockSchema, Instant, cursor
from workflows.desk.inspection_views import SCOPES, STATES
from workflows.inspections.shapes import KINDS, RESULTS


class InspectionQuery(Schema):
    """Which inspections are wanted."""

    scope = fields.String(load_default="all", validate=validate.OneOf(list(SCOPES)))
    state = fields.String(load_default="", validate=validate.OneOf(["", *STATES]))
    kind = fields.String(load_default="", validate=validate.OneOf(["", *KINDS]))
    result = fields.String(load_default="", validate=validate.OneOf(["", *RESULTS]))
    unit = fields.String(load_default="", validate=validate.Length(max=60))
    q = fields.String(load_default="", validate=validate.Length(max=60))
    after = fields.String(load_default="", validate=cursor)
    limit = fields.Integer(load_default=50, validate=validate.Range(1, 200))


class InspectorSchema(Schema):
    """Who inspects."""

    login = fields.String()
    name = fields.String()
    unit = fields.String()
    certificate_no = fields.String()


class SubjectSchema(Schema):
    """What an inspection is about and how far it is."""

    id = fields.UUID()
    number = fields.String()
    business_key = fields.String()
    kind = fields.String()
    state = fields.String()
    object_id = fields.UUID(allow_none=True)
    approval_id = fields.UUID(allow_none=True)
    party_name = fields.String()
    party_code = fields.String()
    site = fields.String()
    area = fields.String()
    item_code = fields.String()
    unit = fields.String()
    inspectors = fields.List(fields.Nested(InspectorSchema))
    reason = fields.String()
    source_key = fields.String()
    planned_on = fields.Date(allow_none=True)
    is_announced = fields.Boolean()
    result = fields.String(allow_none=True)
    follow_up = fields.String(allow_none=True)
    opened_at = Instant()
    closed_at = Instant(allow_none=True)


class InspectionLineSchema(Schema):
    """One line of the list; ``clock`` is the limit of the step it waits at."""

    inspection = fields.Nested(SubjectSchema, attribute="row")
    clock = fields.Nested(ClockSchema, allow_none=True)


class InspectionPageSchema(Schema):
    """A page of the list; ``next`` is the cursor of the following page."""

    rows = fields.List(fields.Nested(InspectionLineSchema))
    next = fields.String()


class SheetLineSchema(Schema):
    """One line of the sheet to be answered."""

    code = fields.String()
    text = fields.String()
    basis = fields.String()
    method = fields.String()
    is_key = fields.Boolean()


class InspectionDetailSchema(SubjectSchema):
    """Everything about one inspection."""

    sheet = fields.List(fields.Nested(SheetLineSchema))
    joint_units = fields.List(fields.Dict(keys=fields.String()))
    recusals = fields.List(fields.Dict(keys=fields.String()))
    notice_number = fields.String(allow_none=True)
    order_number = fields.String(allow_none=True)
    rectification = fields.Dict(keys=fields.String(), allow_none=True)
    transfer_key = fields.String(allow_none=True)
    close_note = fields.String(allow_none=True)


class RecordSchema(Schema):
    """An on-site record as it is kept."""

    id = fields.UUID()
    client_id = fields.UUID()
    started_at = Instant()
    ended_at = Instant()
    lines = fields.List(fields.Dict(keys=fields.String()))
    result = fields.String(attribute="found")
    summary = fields.String()
    location = fields.Dict(keys=fields.String(), allow_none=True)
    evidence = fields.List(fields.Dict(keys=fields.String()))
    signature = fields.Dict(keys=fields.String(), allow_none=True)
    submitted_by = fields.String()
    submitted_at = Instant()
    review = fields.Dict(keys=fields.String(), allow_none=True)


class FileSchema(Schema):
    """A file that is kept."""

    sha256 = fields.String()
    media_type = fields.String()
    size = fields.Integer()


class InspectionSchema(Schema):
    """One inspection; ``record_task`` is the open task when the caller may submit its record."""

    inspection = fields.Nested(InspectionDetailSchema, attribute="row")
    item_name = fields.String()
    records = fields.List(fields.Nested(RecordSchema))
    files = fields.Function(lambda view: FileSchema(many=True).dump(view.sizes.values()))
    clocks = fields.List(fields.Nested(ClockSchema))
    record_task = fields.UUID(allow_none=True)


class OfficialSchema(Schema):
    """The fields of the official layout by their codes; null where the platform does not know them."""

    fields_ = fields.Dict(
        keys=fields.String(), values=fields.String(allow_none=True), data_key="fields", attribute="fields"
    )


class StartedSchema(Schema):
    """The new inspection."""

    inspection_id = fields.UUID()
    number = fields.String()


class EvidenceKeptSchema(FileSchema):
    """A file that is kept now."""


class ClientRecordSchema(Schema):
    """A record as a device sends it; ``client_id`` is made there, before anything is sent."""

    client_id = fields.UUID(required=True)
    record = fields.Dict(keys=fields.String(), values=fields.Raw(allow_none=True), required=True)


class RecordSubmittedSchema(Schema):
    """The record that is kept."""

    record_id = fields.UUID()
    inspection_id = fields.UUID()
    number = fields.String()
    submitted_at = Instant()
