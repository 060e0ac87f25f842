"""What comments, copies, reminders, absences and reasons look like."""

from marshmallow import Schema, fields, validate

from web.api.shapes import Instant

_LOGIN = fields.String(validate=validate.Length(1, 60))


class TeamRuleSchema(Schema):
    """A rule of a decision table that matched."""

    decision = fields.String()
    title = fields.String()
    rule_id = fields.String()
    number = fields.Integer()
    conditions = fields.Function(lambda rule: [{"label": label, "value": value} for label, value in rule.conditions])
    results = fields.Function(lambda rule: [{"label": label, "value": value} for label, value in rule.results])
    source = fields.String()


class TeamStepSchema(Schema):
    """What somebody did before."""

    what = fields.String()
    person = fields.String()
    at = Instant()
    note = fields.String()


class TeamDrawnSchema(Schema):
    """The draw behind a random inspection."""

    key = fields.String()
    title = fields.String()
    drawn_at = Instant()
    proof = fields.String()


class WhySchema(Schema):
    """Why a task came: one sentence, and what it rests on."""

    task_id = fields.UUID()
    business_key = fields.String()
    sentence = fields.String()
    process = fields.String()
    version = fields.Integer()
    rules = fields.List(fields.Nested(TeamRuleSchema))
    previous = fields.Nested(TeamStepSchema, allow_none=True)
    handed_over = fields.List(fields.Nested(TeamStepSchema))
    cover = fields.String()
    drawn = fields.Nested(TeamDrawnSchema, allow_none=True)


class CommentFileSchema(Schema):
    """A file of a comment."""

    sha256 = fields.String()
    name = fields.String()
    media_type = fields.String()
    size = fields.Integer()


class TeamCommentSchema(Schema):
    """A comment; ``former`` is what it said before it was corrected."""

    id = fields.UUID()
    task_id = fields.UUID(allow_none=True)
    step = fields.String()
    text = fields.String()
    former = fields.List(fields.Dict())
    mentions = fields.List(fields.String())
    files = fields.List(fields.Nested(CommentFileSchema))
    author = fields.String()
    person = fields.String()
    written_at = Instant()
    edited_at = Instant(allow_none=True)
    may_edit = fields.Boolean()


class CommentBody(Schema):
    """What to say; files are sent one by one afterwards, each as a comment of its own."""

    text = fields.String(required=True, validate=validate.Length(1, 2000))
    mentions = fields.List(_LOGIN, load_default=[], validate=validate.Length(max=20))
    task_id = fields.UUID(load_default=None, allow_none=True)


class CommentFileQuery(Schema):
    """What the file shows, and its name."""

    text = fields.String(required=True, validate=validate.Length(1, 2000))
    name = fields.String(load_default="", validate=validate.Length(max=120))


class CommentTextBody(Schema):
    """The corrected text."""

    text = fields.String(required=True, validate=validate.Length(1, 2000))


class TeamReceiptSchema(Schema):
    """Who read it when."""

    login = fields.String()
    name = fields.String()
    read_at = Instant()


class TeamCopySchema(Schema):
    """A copy for reading."""

    id = fields.UUID()
    business_key = fields.String()
    title = fields.String()
    login = fields.String(allow_none=True)
    unit = fields.String(allow_none=True)
    reader = fields.String()
    sender = fields.String()
    note = fields.String()
    sent_at = Instant()
    read_at = Instant(allow_none=True)
    receipts = fields.List(fields.Nested(TeamReceiptSchema))


class CopyBody(Schema):
    """To whom a case is shown."""

    persons = fields.List(_LOGIN, load_default=[], validate=validate.Length(max=50))
    units = fields.List(_LOGIN, load_default=[], validate=validate.Length(max=50))
    note = fields.String(load_default="", validate=validate.Length(max=500))


class ReadingsQuery(Schema):
    """Received or sent."""

    sent = fields.Boolean(load_default=False)


class UrgeBody(Schema):
    """What to say with a reminder."""

    note = fields.String(load_default="", validate=validate.Length(max=200))


class UrgeSchema(Schema):
    """One reminder."""

    nth = fields.Integer()
    note = fields.String()
    urged_by = fields.String()
    person = fields.String()
    urged_at = Instant()
    again_at = Instant()
    told = fields.Integer()
    told_head = fields.Boolean()


class LeaveBody(Schema):
    """An absence; no processes means all."""

    from_day = fields.Date(required=True)
    to_day = fields.Date(required=True)
    stand_in = fields.String(required=True, validate=validate.Length(1, 60))
    reason = fields.String(load_default="", validate=validate.Length(max=200))
    processes = fields.List(fields.String(validate=validate.Length(1, 60)), load_default=[],
                            validate=validate.Length(max=100))  # fmt: skip
    may_sign = fields.Boolean(load_default=False)


class LeaveSchema(Schema):
    """A registered absence."""

    number = fields.String()
    login = fields.String()
    stand_in = fields.String()
    from_day = fields.Date()
    to_day = fields.Date()
    reason = fields.String()
    processes = fields.List(fields.String())
    may_sign = fields.Boolean()
    state = fields.String()
    handed_over = fields.Integer(allow_none=True)


class ActedForSchema(Schema):
    """What was done for somebody."""

    login = fields.String()
    principal = fields.String()
    person = fields.String()
    what = fields.String()
    step = fields.String()
    business_key = fields.String()
    at = Instant()


class AbsencesSchema(Schema):
    """What concerns the caller."""

    own = fields.List(fields.Nested(LeaveSchema))
    standing_in = fields.List(fields.Nested(LeaveSchema))
    acts = fields.List(fields.Nested(ActedForSchema))


class MovingSchema(Schema):
    """A task that would move, or stays for want of the right to sign."""

    id = fields.UUID()
    title = fields.String()
    step = fields.String()
    business_key = fields.String()
    is_mine = fields.Boolean()
    stays = fields.Boolean()
    due_at = Instant(allow_none=True)


class LeavePreviewSchema(Schema):
    """What an absence would move."""

    stand_in = fields.String()
    moving = fields.Integer()
    tasks = fields.List(fields.Nested(MovingSchema))
