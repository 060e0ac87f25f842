"""Shapes of projects, temporary permits, patrols and passports."""

from marshmallow import Schema, fields, validate

from web.api.shapes import Instant, LampSchema


class ProjectQuery(Schema):
    """Which projects."""

    stage = fields.String(load_default="", validate=validate.Length(max=40))
    show = fields.String(load_default="open", validate=validate.OneOf(["open", "late", "failed", "closed"]))


class WatchQuery(Schema):
    """Which temporary permits."""

    show = fields.String(load_default="open", validate=validate.OneOf(["open", "closed"]))


class PermitNameSchema(Schema):
    """What a permit is called."""

    id = fields.UUID()
    project_name = fields.String()
    document_no = fields.String()
    site = fields.String()
    party_name = fields.String()
    area = fields.String()


class PermitLineSchema(PermitNameSchema):
    """What every line of a list names: the permit, its case, who has it, and how urgent it is."""

    approval_id = fields.UUID()
    business_key = fields.String()
    unit = fields.String()
    state = fields.String()
    lamp = fields.Nested(LampSchema, allow_none=True)


class ProjectFileSchema(Schema):
    """The file of a project."""

    id = fields.UUID()
    business_key = fields.String()
    unit = fields.String()
    state = fields.String()
    project_type = fields.String()
    stage = fields.String()
    stage_name = fields.String()
    permitted_height = fields.Float(allow_none=True)
    permitted_area = fields.Float(allow_none=True)
    coordinates = fields.String(allow_none=True)


class TemporaryFileSchema(Schema):
    """The file of a temporary permit."""

    id = fields.UUID()
    business_key = fields.String()
    unit = fields.String()
    state = fields.String()
    kind = fields.String()
    valid_from = fields.Date()
    valid_to = fields.Date()
    warning = fields.String()


class ConstructionProjectSchema(PermitLineSchema):
    """A project and how far it is."""

    project_type = fields.String()
    stage = fields.String()
    stage_name = fields.String()
    check_state = fields.String()
    permitted_height = fields.Float(allow_none=True)
    permitted_area = fields.Float(allow_none=True)
    coordinates = fields.String(allow_none=True)
    needs_review = fields.Boolean()
    opened_at = Instant()
    closed_at = Instant(allow_none=True)


class WatchSchema(PermitLineSchema):
    """A temporary permit and its last day."""

    kind = fields.String(metadata={"description": "works or land"})
    valid_from = fields.Date()
    valid_to = fields.Date()
    remind_on = fields.Date()
    warning = fields.String()
    lead_key = fields.String(allow_none=True)


class PatrolSchema(PermitLineSchema):
    """A permit in the plan of a squad."""

    level = fields.String()
    chosen_level = fields.String(allow_none=True)
    next_on = fields.Date(allow_none=True)
    last_at = Instant(allow_none=True)
    last_result = fields.String(allow_none=True)


class ChosenPatrol(Schema):
    """How often, instead of what the table says."""

    level = fields.String(required=True, validate=validate.OneOf(["high", "normal", "low"]))
    reason = fields.String(required=True, validate=validate.Length(min=2, max=500))


class ConstructionCheckSchema(Schema):
    """One check of a stage."""

    id = fields.UUID()
    round = fields.Integer()
    state = fields.String()
    requested_on = fields.Date()
    checked_on = fields.Date(allow_none=True)
    officers = fields.List(fields.String())
    measured = fields.Dict(keys=fields.String())
    outcome_reason = fields.String(allow_none=True)
    findings = fields.String(allow_none=True)
    certificate_no = fields.String(allow_none=True)
    order_no = fields.String(allow_none=True)
    lead_key = fields.String(allow_none=True)
    is_late = fields.Boolean()


class ConstructionStageSchema(Schema):
    """One stage with its lamp."""

    code = fields.String()
    name = fields.String()
    is_current = fields.Boolean()
    lamp = fields.Nested(LampSchema)
    checks = fields.List(fields.Nested(ConstructionCheckSchema))


class VisitSchema(Schema):
    """One visit of a squad."""

    kind = fields.String()
    planned_on = fields.Date()
    done_at = Instant()
    result = fields.String()
    note = fields.String(allow_none=True)
    location = fields.String(allow_none=True)
    lead_key = fields.String(allow_none=True)


class PermitCaseSchema(Schema):
    """A case about the permit."""

    business_key = fields.String()
    state = fields.String()


class PassportSchema(Schema):
    """Everything about a permit."""

    permit = fields.Nested(PermitNameSchema)
    project = fields.Nested(ProjectFileSchema, allow_none=True)
    stages = fields.List(fields.Nested(ConstructionStageSchema))
    temporary = fields.Nested(TemporaryFileSchema, allow_none=True)
    patrols = fields.List(fields.Nested(VisitSchema))
    inspections = fields.List(fields.Nested(PermitCaseSchema))
    transfers = fields.List(fields.Nested(PermitCaseSchema))
    penalties = fields.List(fields.Nested(PermitCaseSchema))
