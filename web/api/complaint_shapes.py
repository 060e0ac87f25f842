"""Shapes of complaints; who complained is in one of them only."""

from marshmallow import Schema, fields, validate

from web.api.clocks import ReasonSchema
from web.api.shapes import ClockSchema, Instant
from workflows.complaints.figures import GROUPS
from workflows.complaints.words import MATTERS, STATES


class NewComplaintSchema(Schema):
    """A complaint: the answers to the form ``complaint/start``."""

    answers = fields.Dict(keys=fields.String(), values=fields.Raw(allow_none=True), required=True)


class RegisteredComplaintSchema(Schema):
    """The registered complaint; ``was_known`` when the source's number had come before."""

    complaint_id = fields.UUID()
    number = fields.String()
    was_known = fields.Boolean()


class ComplaintQuery(Schema):
    """Which complaints."""

    state = fields.String(load_default="", validate=validate.OneOf(["", "open", *STATES]))
    channel = fields.String(load_default="", validate=validate.Length(max=40))
    matter = fields.String(load_default="", validate=validate.OneOf(["", *MATTERS]))
    unit = fields.String(load_default="", validate=validate.Length(max=40))
    q = fields.String(load_default="", validate=validate.Length(max=60))
    after = fields.String(load_default="", validate=validate.Length(max=200))
    limit = fields.Integer(load_default=50, validate=validate.Range(1, 50))


class ComplaintSchema(Schema):
    """A complaint without who complained."""

    id = fields.UUID()
    number = fields.String()
    business_key = fields.String()
    channel = fields.String()
    source_no = fields.String(allow_none=True)
    kind = fields.String()
    matter = fields.String()
    place_kind = fields.String()
    item_code = fields.String()
    party_name = fields.String()
    party_code = fields.String()
    area = fields.String()
    site = fields.String()
    content = fields.String()
    object_id = fields.UUID(allow_none=True)
    is_confidential = fields.Boolean()
    can_contact = fields.Boolean()
    unit = fields.String(allow_none=True)
    routing = fields.Dict(keys=fields.String(), allow_none=True)
    state = fields.String()
    outcome = fields.String(allow_none=True)
    received_at = Instant()
    registered_at = Instant()
    accepted_at = Instant(allow_none=True)
    replied_at = Instant(allow_none=True)
    reply_text = fields.String(allow_none=True)
    satisfied = fields.String(allow_none=True)
    reopen_count = fields.Integer()
    is_late = fields.Boolean()
    merged_into = fields.UUID(allow_none=True)
    closed_at = Instant(allow_none=True)


class ComplaintLineSchema(Schema):
    """A complaint in the register, with the clock that ends first."""

    row = fields.Nested(ComplaintSchema)
    clock = fields.Nested(ClockSchema, allow_none=True)


class ComplaintPageSchema(Schema):
    """A page of the register; ``next`` is the cursor of the following one, empty on the last."""

    rows = fields.List(fields.Nested(ComplaintLineSchema))
    next = fields.String()


class ComplaintEventSchema(Schema):
    """One line of a complaint's log."""

    kind = fields.String()
    at = Instant()
    by = fields.String()
    unit = fields.String()
    detail = fields.Dict(keys=fields.String())


class ComplaintFileSchema(Schema):
    """A complaint with its clocks and its log."""

    row = fields.Nested(ComplaintSchema)
    clocks = fields.List(fields.Nested(ClockSchema))
    events = fields.List(fields.Nested(ComplaintEventSchema))


class ComplaintRecusalSchema(ReasonSchema):
    """Who keeps out, oneself when empty, and why."""

    login = fields.String(load_default="", validate=validate.Length(max=60))


class InformantSchema(Schema):
    """Who complained. Every reading is kept."""

    name = fields.String()
    phone = fields.String()
    address = fields.String()


class ComplaintUrgedSchema(Schema):
    """The number of the letter that urges."""

    number = fields.String()


class ComplaintFiguresQuery(Schema):
    """Which period, and how to group."""

    since = fields.Date(required=True)
    until = fields.Date(required=True)
    group = fields.String(load_default="channel", validate=validate.OneOf(list(GROUPS)))


class ComplaintRateSchema(Schema):
    """A rate with its numerator and denominator."""

    part = fields.Integer()
    whole = fields.Integer()
    text = fields.String()


class ComplaintFiguresSchema(Schema):
    """The counts of one channel, unit or matter; the key is empty for all together."""

    key = fields.String()
    received = fields.Integer()
    open = fields.Integer()
    merged = fields.Integer()
    late = fields.Integer()
    confirmed = fields.Integer()
    rates = fields.Dict(keys=fields.String(), values=fields.Nested(ComplaintRateSchema))


class ComplaintRowSchema(Schema):
    """One row of a file: what became of it, and why."""

    line = fields.Integer()
    outcome = fields.String()
    messages = fields.List(fields.Dict(keys=fields.String()))
    answers = fields.Dict(keys=fields.String())
    number = fields.String(allow_none=True)
    has_informant = fields.Boolean()


class ComplaintImportSchema(Schema):
    """A file of complaints with its rows."""

    id = fields.UUID()
    file_name = fields.String()
    layout = fields.String()
    channel = fields.String()
    status = fields.String(metadata={"description": "previewed or committed"})
    counts = fields.Dict(keys=fields.String(), values=fields.Integer())
    rows = fields.List(fields.Nested(ComplaintRowSchema))


class ComplaintFileQuery(Schema):
    """The source the file comes from."""

    channel = fields.String(required=True, validate=validate.Length(1, 40))
