"""Shapes of credit information, its rates, publications and what is public."""

from marshmallow import Schema, fields, validate

from web.api.shapes import Instant, LampSchema


class CreditQuery(Schema):
    """What is looked for."""

    kind = fields.String(load_default="", validate=validate.OneOf(["", "licence", "penalty"]))
    state = fields.String(load_default="", validate=validate.Length(max=20))
    organ = fields.String(load_default="", validate=validate.Length(max=40))
    q = fields.String(load_default="", validate=validate.Length(max=60))
    after = fields.String(load_default="", validate=validate.Length(max=40), metadata={"description": "last id seen"})
    limit = fields.Integer(load_default=50, validate=validate.Range(1, 50))


class CreditClockSchema(Schema):
    """One of the two clocks."""

    name = fields.String(attribute="limit.name")
    title = fields.String(attribute="limit.title")
    due_at = Instant()
    lamp = fields.Nested(LampSchema)
    confidence = fields.String(attribute="limit.confidence")
    source = fields.String(attribute="limit.source")


class CreditEntrySchema(Schema):
    """One decision that the credit platform must have; identity numbers are not told."""

    id = fields.UUID()
    kind = fields.String()
    business_key = fields.String()
    organ = fields.String()
    unit = fields.String()
    party_name = fields.String()
    document_no = fields.String()
    title = fields.String()
    decided_on = fields.Date()
    state = fields.String()
    message = fields.String()
    warn_at = Instant()
    due_at = Instant()
    accepted_at = Instant(allow_none=True)
    is_backfill = fields.Boolean()
    expires_on = fields.Date(allow_none=True)
    ended_how = fields.String(allow_none=True)
    correction_key = fields.String(allow_none=True)


class CreditFieldSchema(Schema):
    """One field as it is sent; numbers of identity documents are masked."""

    code = fields.String()
    name = fields.String()
    value = fields.String(attribute="shown")
    findings = fields.List(fields.Dict(keys=fields.String()))


class CreditRequestSchema(Schema):
    """An objection or a request for repair."""

    business_key = fields.String()
    kind = fields.String()
    state = fields.String()
    received_at = Instant()
    reply_number = fields.String(allow_none=True)


class CreditViewSchema(Schema):
    """An entry with its fields, clocks and requests."""

    entry = fields.Nested(CreditEntrySchema)
    fields_ = fields.List(fields.Nested(CreditFieldSchema), data_key="fields", attribute="fields")
    clocks = fields.List(fields.Nested(CreditClockSchema))
    requests = fields.List(fields.Nested(CreditRequestSchema))
    may_correct = fields.Boolean()


class CreditCorrectionSchema(Schema):
    """New values by the codes of the layout, as a person would type them, and why."""

    values = fields.Dict(keys=fields.String(validate=validate.Length(max=40)), values=fields.String(), required=True)
    reason = fields.String(required=True, validate=validate.Length(max=500))


class CreditStateSchema(Schema):
    """Where the entry is now."""

    state = fields.String()


class CreditAnswersSchema(Schema):
    """The answers to the form."""

    answers = fields.Dict(keys=fields.String(), values=fields.Raw(allow_none=True), required=True)


class CreditCaseSchema(Schema):
    """The new case."""

    number = fields.String()


class CreditMonthQuery(Schema):
    """A month, and perhaps the list behind a number."""

    month = fields.String(load_default="", validate=validate.Regexp(r"^(\d{4}-\d{2})?$"))
    organ = fields.String(load_default="", validate=validate.Length(max=40))
    list = fields.String(load_default="", validate=validate.Length(max=20))


class CreditRateSchema(Schema):
    """A share with its raw counts."""

    name = fields.String()
    numerator = fields.Integer()
    denominator = fields.Integer()
    share = fields.Float(allow_none=True)
    is_scored = fields.Boolean()


class CreditOfficeSchema(Schema):
    """An office in a month."""

    organ = fields.String()
    name = fields.String()
    counts = fields.Dict(keys=fields.String(), values=fields.Integer())
    rates = fields.List(fields.Nested(CreditRateSchema))


class CreditDecisionSchema(Schema):
    """One decision on the list."""

    kind = fields.String()
    business_key = fields.String()
    organ = fields.String()
    document_no = fields.String()
    decided_on = fields.Date()
    entry_id = fields.UUID(allow_none=True)
    state = fields.String()
    due_at = Instant(allow_none=True)
    accepted_at = Instant(allow_none=True)


class CreditMonthSchema(Schema):
    """The numbers of a month."""

    month = fields.String()
    offices = fields.List(fields.Nested(CreditOfficeSchema))
    rows = fields.List(fields.Nested(CreditDecisionSchema))


class PublicationQuery(Schema):
    """Which publications."""

    outlet = fields.String(load_default="", validate=validate.Length(max=40))
    state = fields.String(load_default="", validate=validate.Length(max=20))
    after = fields.String(load_default="", validate=validate.Length(max=40), metadata={"description": "last id seen"})
    limit = fields.Integer(load_default=50, validate=validate.Range(1, 50))


class PublicationSchema(Schema):
    """A publication at one outlet."""

    id = fields.UUID()
    kind = fields.String()
    outlet = fields.String()
    title = fields.String()
    state = fields.String()
    unit = fields.String(allow_none=True)
    business_key = fields.String(allow_none=True)
    due_at = Instant()
    queued_at = Instant()
    delivered_at = Instant(allow_none=True)
    receipt = fields.String(allow_none=True)
    message = fields.String(allow_none=True)
    withdraw_due_at = Instant(allow_none=True)
    withdrawn_at = Instant(allow_none=True)
    is_overdue = fields.Boolean()
