"""Shapes of penalty cases and coercion."""

from decimal import Decimal
from typing import Any

from marshmallow import Schema, fields, validate

from web.api.shapes import ClockSchema, Instant


class CaseAnswersSchema(Schema):
    """The answers to a form."""

    answers = fields.Dict(keys=fields.String(), values=fields.Raw(allow_none=True), required=True)


class PenaltyStartSchema(CaseAnswersSchema):
    """A lead: the answers to the form, and the transfer it comes from."""

    transfer = fields.String(load_default="", validate=validate.Length(max=60))


class CoercionStartSchema(CaseAnswersSchema):
    """A request: the answers to the form, and the penalty case it belongs to."""

    case = fields.String(load_default="", validate=validate.Length(max=60))


class CaseNumberSchema(Schema):
    """What was registered."""

    number = fields.String(metadata={"description": "the case number, or the id of a payment"})


class CasePageQuery(Schema):
    """A page of a list."""

    state = fields.String(load_default="", validate=validate.Length(max=20))
    after = fields.String(load_default="", validate=validate.Length(max=60), metadata={
        "description": "the number of the last case seen"})  # fmt: skip
    limit = fields.Integer(load_default=50, validate=validate.Range(1, 50))


class RecordFindingSchema(Schema):
    """What is wrong with a field of an official record; an error keeps it from being sent, a warning does not."""

    level = fields.String()
    field = fields.String()
    name = fields.String()
    message = fields.String()
    remedy = fields.String()
    source = fields.String()


class OfficialRecordSchema(Schema):
    """An official record and what is wrong with it."""

    values = fields.Dict(keys=fields.String(), values=fields.Raw(allow_none=True))
    findings = fields.List(fields.Nested(RecordFindingSchema))


class CaseEvidenceSchema(Schema):
    """A file that is kept."""

    sha256 = fields.String()
    media_type = fields.String()
    size = fields.Integer()


class Yuan(fields.Field[Any]):
    """An amount of fen as decimal text in yuan."""

    def _serialize(self, value: Any, attr: str | None, obj: Any, **kwargs: Any) -> str | None:
        return None if value is None else str(Decimal(value) / 100)


class PenaltyLineSchema(Schema):
    """A case in the list."""

    business_key = fields.String(attribute="row.business_key")
    filing_number = fields.String(attribute="row.filing_number", allow_none=True)
    state = fields.String(attribute="row.state")
    source = fields.String(attribute="row.source")
    unit = fields.String(attribute="row.unit")
    party_name = fields.String(attribute="row.party_name")
    facts = fields.String(attribute="row.facts")
    created_at = Instant(attribute="row.created_at")
    clock = fields.Nested(ClockSchema, allow_none=True)


class BalanceSchema(Schema):
    """What a party owes today, in yuan."""

    fine = Yuan()
    paid = Yuan()
    outstanding = Yuan()
    surcharge = Yuan()
    surcharge_paid = Yuan()


class CaseLetterSchema(Schema):
    """A letter of a case."""

    id = fields.UUID()
    number = fields.String()
    kind = fields.String()
    subject = fields.String()
    created_at = Instant()


class PenaltySchema(PenaltyLineSchema):
    """The file of a case."""

    party_code = fields.String(attribute="row.party_code", allow_none=True)
    site = fields.String(attribute="row.site")
    officers = fields.List(fields.String(), attribute="row.officers")
    outcome = fields.String(attribute="row.outcome", allow_none=True)
    decision_number = fields.String(attribute="row.decision_number", allow_none=True)
    filed_at = Instant(attribute="row.filed_at", allow_none=True)
    decided_at = Instant(attribute="row.decided_at", allow_none=True)
    served_on = fields.Date(attribute="row.served_on", allow_none=True)
    pay_by = fields.Date(attribute="row.pay_by", allow_none=True)
    closed_at = Instant(attribute="row.closed_at", allow_none=True)
    source_key = fields.String(attribute="row.source_key", allow_none=True)
    clocks = fields.List(fields.Nested(ClockSchema))
    balance = fields.Nested(BalanceSchema, allow_none=True)
    letters = fields.List(fields.Nested(CaseLetterSchema))
    files = fields.List(fields.Nested(CaseEvidenceSchema))

    class Meta:
        """The single clock of the list is among the clocks."""

        exclude = ("clock",)


class CoercionLineSchema(Schema):
    """A measure or enforcement in the list."""

    business_key = fields.String()
    kind = fields.String()
    measure = fields.String()
    state = fields.String()
    unit = fields.String()
    party_name = fields.String()
    is_urgent = fields.Boolean()
    is_late = fields.Boolean()
    implemented_at = Instant(allow_none=True)
    ends_at = Instant(allow_none=True)
    decision_number = fields.String(allow_none=True)
    created_at = Instant()


class CoercionSchema(Schema):
    """A measure or enforcement."""

    row = fields.Nested(CoercionLineSchema)
    goods = fields.List(fields.Dict(keys=fields.String()), attribute="row.goods")
    case = fields.String(attribute="case_key")
    clocks = fields.List(fields.Nested(ClockSchema))
    letters = fields.List(fields.Nested(CaseLetterSchema))
