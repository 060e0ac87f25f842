"""What persons arrange for themselves, and the rules that officials change: views, notices, limits, days."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from flask import url_for
from marshmallow import Schema, fields, validate

from web.api.caller import caller, desk
from web.api.preconditions import idempotency_key
from web.api.routes import IDEMPOTENCY_KEY, Routes
from web.api.shapes import Instant
from workflows.desk.saved_views import KEPT, ViewWish
from workflows.errors import ViewNotFound
from workflows.notifications.wishes import WAYS
from workflows.time_limits import CONFIDENCES, UNITS

routes = Routes("lists", "Saved views, notices, and changes of limits and of the calendar")
Created = tuple[Any, int, dict[str, str]]
_CLOCK = validate.Regexp(r"([01]\d|2[0-3]):[0-5]\d")
_TEXT = validate.Length(max=200)


class SavedViewSchema(Schema):
    """Filters of the worklist under a title."""

    id = fields.UUID()
    title = fields.String()
    query = fields.Dict(keys=fields.String(), values=fields.String())
    is_mine = fields.Boolean(metadata={"description": "false: the unit shares it"})
    is_default = fields.Boolean()
    role = fields.String(metadata={"description": "Whose first view it is in the unit"})
    may_change = fields.Boolean()


class ViewWishSchema(Schema):
    """A view to keep."""

    title = fields.String(required=True, validate=validate.Length(1, 40))
    query = fields.Dict(
        required=True, keys=fields.String(validate=validate.OneOf(KEPT)), values=fields.String(validate=_TEXT)
    )
    shared = fields.Boolean(load_default=False, metadata={"description": "With the unit; for its heads"})
    role = fields.String(load_default="", validate=validate.Length(max=40))
    is_default = fields.Boolean(load_default=False)


class FirstViewSchema(Schema):
    """The view one begins with."""

    view = fields.UUID(required=True, allow_none=True)


class WishesSchema(Schema):
    """How somebody is told beside the messages of the platform, and when not."""

    channels = fields.List(fields.String(validate=validate.OneOf(list(WAYS))), required=True)
    mail = fields.String(load_default="", validate=_TEXT)
    phone = fields.String(load_default="", validate=validate.Length(max=20))
    quiet_from = fields.String(load_default="18:00", validate=_CLOCK)
    quiet_until = fields.String(load_default="08:30", validate=_CLOCK)
    days_off = fields.Boolean(load_default=False, metadata={"description": "Also on days off"})


class NoticeDeliverySchema(Schema):
    """A message that went out or could not."""

    id = fields.UUID()
    channel = fields.String()
    state = fields.String(metadata={"description": "waiting, sent or failed"})
    attempts = fields.Integer()
    created_at = Instant()


class RuleValuesSchema(Schema):
    """The new values: of a limit, or of a day (``is_working`` and ``source``)."""

    length = fields.Integer(validate=validate.Range(1, 3650))
    unit = fields.String(validate=validate.OneOf(list(UNITS)))
    warn_before = fields.Integer(validate=validate.Range(0, 3650))
    confidence = fields.String(validate=validate.OneOf(list(CONFIDENCES)))
    source = fields.String(validate=validate.Length(1, 500))
    valid_from = fields.Date()
    item = fields.String(validate=validate.Length(max=60))
    is_working = fields.Boolean()


class RuleWishSchema(Schema):
    """A change of a limit (by its name) or of a day of the calendar (by its date)."""

    kind = fields.String(required=True, validate=validate.OneOf(["limit", "day"]))
    subject = fields.String(required=True, validate=validate.Length(1, 100))
    values = fields.Nested(RuleValuesSchema, required=True)


class RuleProposalSchema(RuleWishSchema):
    """A change with its reason."""

    reason = fields.String(required=True, validate=validate.Length(1, 500))


class ClockMoveSchema(Schema):
    """A running clock with its end before and after."""

    clock_id = fields.UUID()
    business_key = fields.String()
    title = fields.String()
    unit = fields.String()
    before = Instant()
    after = Instant()


class RulePreviewSchema(Schema):
    """What a change would do; nothing is written."""

    title = fields.String()
    differences = fields.List(fields.List(fields.String()), metadata={"description": "what, before, after"})
    moves = fields.List(fields.Nested(ClockMoveSchema))
    needs_two = fields.Boolean(metadata={"description": "A second person must agree"})


class RuleChangeSchema(Schema):
    """A change that was proposed."""

    id = fields.UUID()
    kind = fields.String()
    subject = fields.String()
    title = fields.String()
    differences = fields.List(fields.List(fields.String()))
    state = fields.String(metadata={"description": "proposed, approved or refused"})
    reason = fields.String()
    proposed_by = fields.String()
    proposed_at = Instant()
    decided_by = fields.String(allow_none=True)
    moves = fields.List(fields.Nested(ClockMoveSchema), metadata={"description": "While it waits"})


class RuleDecisionSchema(Schema):
    """What the second person says."""

    agrees = fields.Boolean(required=True)
    note = fields.String(load_default="", validate=validate.Length(max=500))


class RuleDecidedSchema(Schema):
    """How many clocks moved."""

    moved = fields.Integer()


@routes.get("/me/views", SavedViewSchema, many=True)
def list_views() -> Any:
    """Return the caller's views, then those of the unit."""
    return desk().lists.views.all(caller())


@routes.send("POST", "/me/views", body=ViewWishSchema, gives=SavedViewSchema, status=201, headers=(IDEMPOTENCY_KEY,))
def save_view(body: Mapping[str, Any]) -> Any:
    """Keep filters under a title; 404 when the key is of a view that was taken away meanwhile."""
    made = desk().lists.views.save(caller(), ViewWish(**body), key=idempotency_key())
    found = [view for view in desk().lists.views.all(caller()) if view.id == made]
    if not found:
        raise ViewNotFound(view=str(made))
    return found[0]


@routes.send("PUT", "/me/views/first", body=FirstViewSchema, status=204)
def choose_first_view(body: Mapping[str, Any]) -> str:
    """Choose the own view to begin with, or none."""
    desk().lists.views.begin_with(caller(), body["view"])
    return ""


@routes.send("DELETE", "/me/views/<uuid:view_id>", status=204)
def remove_view(view_id: UUID) -> str:
    """Take a view away."""
    desk().lists.views.remove(caller(), view_id)
    return ""


@routes.get("/me/notices", WishesSchema)
def read_wishes() -> Any:
    """Return how the caller wants to be told."""
    return desk().lists.notices.wishes(caller())


@routes.send("PUT", "/me/notices", body=WishesSchema, gives=WishesSchema)
def keep_wishes(body: Mapping[str, Any]) -> Any:
    """Choose how to be told."""
    given = {**{name: str(value) for name, value in body.items()}, "days_off": "1" if body["days_off"] else ""}
    desk().lists.notices.keep(caller(), given, body["channels"])
    return desk().lists.notices.wishes(caller())


@routes.get("/me/notice-deliveries", NoticeDeliverySchema, many=True)
def list_deliveries() -> Any:
    """Return the newest messages to the caller beside those of the platform."""
    return desk().lists.notices.sent(caller())


@routes.get("/rule-changes", RuleChangeSchema, many=True)
def list_changes() -> Any:
    """Return the changes of limits and days, those that wait first."""
    return desk().lists.rules.changes(caller())


@routes.get("/rule-changes/<uuid:change_id>", RuleChangeSchema)
def read_change(change_id: UUID) -> Any:
    """Return one change and, while it waits, the clocks it would move."""
    return _change(change_id)


def _change(change_id: UUID) -> dict[str, Any]:
    row, moves = desk().lists.rules.change(caller(), change_id)
    return {**row, "moves": moves}


@routes.send("POST", "/rule-changes:preview", body=RuleWishSchema, gives=RulePreviewSchema)
def preview_change(body: Mapping[str, Any]) -> Any:
    """Say what a change would do; nothing is written."""
    return desk().lists.rules.preview(caller(), body["kind"], body["subject"], _values(body))


@routes.send(
    "POST", "/rule-changes", body=RuleProposalSchema, gives=RuleChangeSchema, status=201, headers=(IDEMPOTENCY_KEY,)
)  # fmt: skip
def propose_change(body: Mapping[str, Any]) -> Created:
    """Propose a change; without law in it, it takes effect at once."""
    given = (body["kind"], body["subject"], _values(body), body["reason"])
    change_id, _ = desk().lists.rules.propose(caller(), *given, key=idempotency_key())
    where = url_for("api-lists.read_change", change_id=change_id)
    return _change(change_id), 201, {"Location": where}


@routes.send("POST", "/rule-changes/<uuid:change_id>:decide", body=RuleDecisionSchema, gives=RuleDecidedSchema)
def decide_change(body: Mapping[str, Any], change_id: UUID) -> Mapping[str, int]:
    """Agree to a change of another person, or refuse it."""
    moved = desk().lists.rules.decide(caller(), change_id, agrees=body["agrees"], note=body["note"])
    return {"moved": moved}


def _values(body: Mapping[str, Any]) -> dict[str, str]:
    """Return the values as a form sends them."""
    words = {True: "yes", False: "no"}
    return {name: words[value] if isinstance(value, bool) else str(value) for name, value in body["values"].items()}
