"""The parts of a case file; what identifies a natural person is left out."""

from marshmallow import Schema, fields

from web.api.shapes import ClauseSchema, ClockSchema, Instant


class CaseRowSchema(Schema):
    """One found case."""

    business_key = fields.String()
    project_name = fields.String()
    party_name = fields.String()
    document_no = fields.String(allow_none=True)
    result = fields.String()
    decided_at = Instant(allow_none=True)
    status = fields.String()


class TokenSchema(Schema):
    """How often an element is or was active."""

    element_id = fields.String()
    state = fields.String(metadata={"description": "done, active, waiting, late or error"})
    count = fields.Integer()


class ApprovalSchema(Schema):
    """The decision a case is about."""

    id = fields.UUID()
    project_no = fields.String()
    project_code = fields.String(allow_none=True)
    project_name = fields.String()
    item_code = fields.String()
    area = fields.String()
    site = fields.String()
    approving_unit = fields.String()
    result = fields.String()
    decided_at = Instant()
    document_no = fields.String()
    licence_no = fields.String()
    licence_name = fields.String()
    valid_from = fields.Date(allow_none=True)
    valid_to = fields.Date(allow_none=True)
    revision = fields.Integer()
    received_at = Instant()


class PartySchema(Schema):
    """Whom a case is about."""

    id = fields.UUID()
    name = fields.String()
    category = fields.String()


class EntrySchema(Schema):
    """One thing that happened."""

    at = Instant()
    kind = fields.String()
    what = fields.String()
    step = fields.String()
    person = fields.String()
    note = fields.String()
    clauses = fields.List(fields.Nested(ClauseSchema))


class DutySchema(Schema):
    """A duty handed to a unit."""

    id = fields.UUID()
    kind = fields.String()
    round = fields.Integer()
    unit = fields.String()
    state = fields.String()
    is_final = fields.Boolean()
    is_late = fields.Boolean()
    pushed_at = Instant()
    claimed_at = Instant(allow_none=True)
    returned_at = Instant(allow_none=True)
    return_code = fields.String(allow_none=True)
    return_note = fields.String(allow_none=True)
    planned_at = Instant(allow_none=True)
    plan = fields.Raw(allow_none=True)
    fed_back_at = Instant(allow_none=True)
    feedback = fields.Raw(allow_none=True)


class CopySchema(Schema):
    """A copy sent for information."""

    id = fields.UUID()
    unit = fields.String()
    purpose = fields.String()
    rule = fields.String()
    letter_id = fields.UUID(allow_none=True)
    sent_at = Instant()
    renotified = fields.Integer()
    acknowledged_at = Instant(allow_none=True)
    remark = fields.String(allow_none=True)
    is_late = fields.Boolean()


class TransferSchema(Schema):
    """A lead and its transfer."""

    id = fields.UUID()
    number = fields.String(allow_none=True)
    party_name = fields.String()
    project_name = fields.String()
    site = fields.String()
    area = fields.String()
    source = fields.String()
    matter = fields.String()
    facts = fields.String()
    found_at = Instant()
    sender_unit = fields.String()
    receiver_unit = fields.String(allow_none=True)
    rule = fields.String(allow_none=True)
    state = fields.String()
    sent_at = Instant(allow_none=True)
    accepted_at = Instant(allow_none=True)
    closed_at = Instant(allow_none=True)
    close_reason = fields.String(allow_none=True)
    is_late = fields.Boolean()


class MilestoneSchema(Schema):
    """What the receiver of a transfer reported."""

    id = fields.UUID()
    kind = fields.String()
    happened_on = fields.Date(allow_none=True)
    reported_at = Instant()
    unit = fields.String()
    document_no = fields.String(allow_none=True)


class OrderSchema(Schema):
    """A supervision order."""

    id = fields.UUID()
    number = fields.String(allow_none=True)
    business_key = fields.String()
    unit = fields.String()
    title = fields.String()
    rung = fields.String()
    state = fields.String()
    started_at = Instant()
    red_at = Instant()
    ordered_at = Instant(allow_none=True)
    replied_at = Instant(allow_none=True)
    closed_at = Instant(allow_none=True)


class RungSchema(Schema):
    """One step of the ladder."""

    order_id = fields.UUID()
    rung = fields.String()
    at = Instant()
    actor = fields.String()
    to_whom = fields.String()


class LetterSchema(Schema):
    """A letter; its file is at /letters/{id}.docx and .pdf."""

    id = fields.UUID()
    number = fields.String()
    kind = fields.String()
    subject = fields.String()
    sender_unit = fields.String()
    receiver_unit = fields.String(allow_none=True)
    sha256 = fields.String()
    created_at = Instant()


class ReceiptSchema(Schema):
    """A receipt."""

    id = fields.UUID()
    number = fields.String()
    letter_id = fields.UUID(allow_none=True)
    unit = fields.String()
    signed_by = fields.String()
    signed_at = Instant()
    outcome = fields.String()
    remark = fields.String(allow_none=True)
    sha256 = fields.String()


class CaseBlockSchema(Schema):
    """A block on new procedures."""

    id = fields.UUID()
    project_name = fields.String()
    reason = fields.String()
    clause = fields.String()
    set_at = Instant()
    lifted_at = Instant(allow_none=True)


class RelatedSchema(Schema):
    """Another case about the same approval."""

    business_key = fields.String()
    process = fields.String()
    status = fields.String()


class HolderSchema(Schema):
    """An open task of the case: whoever has taken it, else the persons and units that may."""

    task_id = fields.UUID()
    element_id = fields.String()
    step = fields.String()
    person = fields.String(metadata={"description": "Empty while nobody has taken it"})
    people = fields.List(fields.String())
    units = fields.List(fields.String())
    since = Instant()
    due_at = Instant(allow_none=True)


class CaseSchema(Schema):
    """Everything the caller may see of one case."""

    business_key = fields.String()
    title = fields.String()
    process = fields.String()
    definition_key = fields.String()
    version = fields.Integer()
    status = fields.String()
    started_at = Instant()
    ended_at = Instant(allow_none=True)
    end_reason = fields.String(allow_none=True)
    current = fields.List(fields.String())
    approval = fields.Nested(ApprovalSchema, allow_none=True)
    party = fields.Nested(PartySchema, allow_none=True)
    clocks = fields.List(fields.Nested(ClockSchema))
    timeline = fields.List(fields.Nested(EntrySchema))
    holders = fields.List(fields.Nested(HolderSchema))
    tokens = fields.List(fields.Nested(TokenSchema))
    duties = fields.List(fields.Nested(DutySchema))
    copies = fields.List(fields.Nested(CopySchema))
    transfers = fields.List(fields.Nested(TransferSchema))
    milestones = fields.List(fields.Nested(MilestoneSchema))
    orders = fields.List(fields.Nested(OrderSchema))
    rungs = fields.List(fields.Nested(RungSchema))
    letters = fields.List(fields.Nested(LetterSchema))
    receipts = fields.List(fields.Nested(ReceiptSchema))
    blocks = fields.List(fields.Nested(CaseBlockSchema))
    related = fields.List(fields.Nested(RelatedSchema))
