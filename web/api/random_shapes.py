"""Shapes of plans, tasks, draws and results."""

from marshmallow import Schema, fields

from web.api.shapes import Instant, LampSchema


class RandomPlanFactsSchema(Schema):
    """A plan."""

    id = fields.UUID()
    business_key = fields.String()
    year = fields.Integer()
    title = fields.String()
    state = fields.String(metadata={"description": "draft, approving, published or finished"})
    published_at = Instant(allow_none=True)


class RandomPlanRowSchema(RandomPlanFactsSchema):
    """A plan in a list, with the number of its lines."""

    lines = fields.Integer()


class RandomPlanLineSchema(Schema):
    """One line of a plan."""

    id = fields.UUID()
    place = fields.Integer()
    item_codes = fields.List(fields.String())
    unit = fields.String()
    joint_units = fields.List(fields.String())
    areas = fields.List(fields.String())
    direction = fields.String()
    object_kind = fields.String()
    condition = fields.String()
    ratio = fields.Integer(allow_none=True)
    per_unit = fields.Integer()
    month_from = fields.Integer()
    month_to = fields.Integer()
    task = fields.String(allow_none=True)


class RandomFindingSchema(Schema):
    """What the caps say."""

    kind = fields.String(metadata={"description": "over, may_be_over or merge"})
    message = fields.String()


class RandomPublicationSchema(Schema):
    """Where it goes."""

    outlet = fields.String()
    state = fields.String()
    is_late = fields.Boolean()
    due_at = Instant()
    delivered_at = Instant(allow_none=True)
    sha256 = fields.String()


class RandomPlanSchema(Schema):
    """A plan with its lines."""

    plan = fields.Nested(RandomPlanFactsSchema)
    lines = fields.List(fields.Nested(RandomPlanLineSchema))
    findings = fields.List(fields.Nested(RandomFindingSchema))
    publications = fields.List(fields.Nested(RandomPublicationSchema))
    may_edit = fields.Boolean()


class RandomTaskFactsSchema(Schema):
    """A task."""

    id = fields.UUID()
    business_key = fields.String()
    title = fields.String()
    item_codes = fields.List(fields.String())
    unit = fields.String()
    joint_units = fields.List(fields.String())
    state = fields.String()
    problem = fields.String(allow_none=True)
    due_on = fields.Date()
    published_at = Instant(allow_none=True)


class RandomTaskRowSchema(RandomTaskFactsSchema):
    """A task in a list, with its lamp."""

    lamp = fields.Nested(LampSchema)


class RandomTaskPageSchema(Schema):
    """A page of tasks."""

    items = fields.List(fields.Nested(RandomTaskRowSchema))
    next = fields.String()


class RandomSealSchema(Schema):
    """Who has sealed, without the text."""

    role = fields.String()
    person = fields.String()
    name = fields.String()
    seal = fields.String()
    sealed_at = Instant()


class RandomProofSchema(Schema):
    """Of a proof, what identifies it; the whole is at its own address."""

    number = fields.Integer()
    hash = fields.String()
    previous = fields.String()
    seed = fields.String()
    drawn_at = Instant()


class RandomLotSchema(Schema):
    """One draw."""

    id = fields.UUID()
    attempt = fields.Integer()
    committed_at = Instant()
    commitment = fields.String()
    snapshot_hash = fields.String()
    snapshot = fields.Dict()
    seals = fields.List(fields.Nested(RandomSealSchema))
    redraw = fields.Dict(allow_none=True)
    proof = fields.Nested(RandomProofSchema, allow_none=True)


class RandomTargetSchema(Schema):
    """An object that was drawn."""

    id = fields.UUID()
    object_id = fields.UUID()
    attempt = fields.Integer()
    place = fields.Integer()
    name = fields.String()
    officers = fields.List(fields.Dict())
    state = fields.String()
    inspection_id = fields.UUID(allow_none=True)
    result = fields.String(allow_none=True)


class RandomChangeSchema(Schema):
    """An approved change."""

    kind = fields.String()
    target_id = fields.UUID()
    officer_out = fields.String(allow_none=True)
    officer_in = fields.String(allow_none=True)
    reason = fields.String()
    asked_by = fields.String()
    approved_by = fields.String()
    approved_at = Instant()


class RandomTaskSchema(Schema):
    """A task with its draws."""

    task = fields.Nested(RandomTaskFactsSchema)
    lamp = fields.Nested(LampSchema)
    lots = fields.List(fields.Nested(RandomLotSchema))
    targets = fields.List(fields.Nested(RandomTargetSchema))
    changes = fields.List(fields.Nested(RandomChangeSchema))
    publications = fields.List(fields.Nested(RandomPublicationSchema))
    mine = fields.Dict(keys=fields.String(), values=fields.UUID())
    summary = fields.String()


class RandomResultSchema(RandomTaskFactsSchema):
    """Published results of a task."""

    publications = fields.List(fields.Nested(RandomPublicationSchema))
    results = fields.Function(lambda row: row["publications"][0]["data"]["results"] if row["publications"] else [])


class RandomResultPageSchema(Schema):
    """A page of results."""

    items = fields.List(fields.Nested(RandomResultSchema))
    next = fields.String()


class RandomVerdictSchema(Schema):
    """Whether a draw agrees with its proof, and if not, where."""

    agrees = fields.Boolean()
    place = fields.String()
    message = fields.String()
