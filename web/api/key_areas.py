"""Key areas: signals from other systems, the key library, the coverage of a cycle, campaigns."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from flask import url_for
from marshmallow import Schema, fields, validate

from web.api.caller import caller, desk
from web.api.objects import FormAnswersSchema
from web.api.preconditions import idempotency_key, replayed
from web.api.routes import IDEMPOTENCY_KEY, Routes
from web.api.shapes import Instant
from workflows.desk.key_areas import CoverageView
from workflows.key_areas.coverage import LISTS
from workflows.key_areas.entries import STATES
from workflows.key_areas.signals import KINDS, SignalKept

routes = Routes("key-areas", "Key supervision")
Line = Mapping[str, Any]


class KeySignalSchema(Schema):
    """A complaint, alert, violation or hazard about an object of the library."""

    source = fields.String(required=True, validate=validate.Length(1, 60))
    source_key = fields.String(load_default=None, allow_none=True, validate=validate.Length(max=100))
    object_id = fields.UUID(required=True)
    kind = fields.String(required=True, validate=validate.OneOf(list(KINDS)))
    count = fields.Integer(load_default=1, validate=validate.Range(1, 1000))
    note = fields.String(load_default="", validate=validate.Length(max=1000))
    happened_at = fields.AwareDateTime(load_default=None, allow_none=True)


class SignalKeptSchema(Schema):
    """The stored signal; ``review`` is the case it started, if the rule made the object a candidate."""

    signal_id = fields.UUID()
    review = fields.String(allow_none=True)


class EntryQuery(Schema):
    """Which cases of the key library."""

    state = fields.String(load_default="", validate=validate.OneOf(["", *STATES]))


class KeyEntrySchema(Schema):
    """One case of the key library."""

    number = fields.String()
    object_id = fields.UUID()
    object_name = fields.String()
    item_code = fields.String()
    unit = fields.String()
    area = fields.String()
    trigger = fields.String()
    ground = fields.String()
    entry_reason = fields.String()
    legal_basis = fields.String()
    state = fields.String()
    opened_at = Instant()
    decided_at = Instant(allow_none=True)
    closed_at = Instant(allow_none=True)
    delisting_number = fields.String(allow_none=True)


class CoverageQuery(Schema):
    """Which cycle, which list behind the numbers, and whose."""

    cycle = fields.String(load_default="", validate=validate.Length(max=20))
    list = fields.String(load_default="open", validate=validate.OneOf(list(LISTS)))
    unit = fields.String(load_default="", validate=validate.Length(max=40))


class UnitCoverageSchema(Schema):
    """The numbers of a unit."""

    unit = fields.String()
    due = fields.Integer()
    checked = fields.Integer()
    missed = fields.Integer()
    percent = fields.Integer()


class KeyCheckSchema(Schema):
    """One line behind a number."""

    object_id = fields.UUID()
    object_name = fields.String()
    unit = fields.String()
    area = fields.String()
    cycle = fields.String()
    entry_number = fields.String(allow_none=True)
    planned_on = fields.Date(allow_none=True)
    inspection_number = fields.String(allow_none=True)
    result = fields.String(allow_none=True)
    ends_at = Instant()
    checked_at = Instant(allow_none=True)
    missed_at = Instant(allow_none=True)


class KeyCoverageSchema(Schema):
    """The coverage of a cycle: checked of what should be checked, and the list that was asked for."""

    cycle = fields.String()
    cycles = fields.List(fields.String())
    due = fields.Integer()
    checked = fields.Integer()
    missed = fields.Integer()
    units = fields.List(fields.Nested(UnitCoverageSchema))
    lines = fields.List(fields.Nested(KeyCheckSchema))


class KeyCampaignSchema(Schema):
    """A campaign and how far it is."""

    number = fields.String()
    name = fields.String()
    kind = fields.String()
    unit = fields.String()
    scope = fields.Dict(keys=fields.String())
    ends_on = fields.Date()
    state = fields.String()
    plan_number = fields.String(allow_none=True)
    total = fields.Integer()
    done = fields.Integer()


class KeyCaseSchema(Schema):
    """The number of the case."""

    number = fields.String()


@routes.send(
    "POST", "/key-signals", body=KeySignalSchema, gives=SignalKeptSchema, status=201, headers=(IDEMPOTENCY_KEY,)
)  # fmt: skip
def send_signal(body: Mapping[str, Any]) -> tuple[SignalKept, int, dict[str, str]]:
    """Send a signal; the same key, or the same number of the same source, is kept once."""
    done = desk().key_areas.send_signal(caller(), body, key=idempotency_key())
    return done, 201, replayed(done.was_known)


@routes.get("/key-entries", KeyEntrySchema, query=EntryQuery, many=True)
def list_entries(query: Mapping[str, Any]) -> Sequence[Line]:
    """List the newest cases of the key library that concern the caller's unit, at most 200."""
    return desk().key_areas.entries(caller(), query["state"])


@routes.send(
    "POST", "/objects/<uuid:object_id>/key-entries", body=FormAnswersSchema, gives=KeyCaseSchema, status=201,
    headers=(IDEMPOTENCY_KEY,),
)  # fmt: skip
def propose_entry(body: Mapping[str, Any], object_id: UUID) -> tuple[Line, int]:
    """Propose an object for the key library; a second proposal while one is open is refused."""
    number = desk().key_areas.propose(caller(), object_id, body["answers"], key=idempotency_key())
    return {"number": number}, 201


@routes.send("POST", "/key-entries/<number>:delist", body=FormAnswersSchema, gives=KeyCaseSchema)
def request_delisting(body: Mapping[str, Any], number: str) -> Line:
    """Ask that an object leaves the key library."""
    return {"number": desk().key_areas.request_delisting(caller(), number, body["answers"])}


@routes.get("/key-coverage", KeyCoverageSchema, query=CoverageQuery)
def read_coverage(query: Mapping[str, Any]) -> CoverageView:
    """Read the coverage of a cycle, the current one unless another is named."""
    return desk().key_areas.coverage(caller(), query["cycle"], query["list"], query["unit"])


@routes.get("/key-campaigns", KeyCampaignSchema, many=True)
def list_campaigns() -> Sequence[Line]:
    """List the newest campaigns that concern the caller's unit, at most 200."""
    return desk().key_areas.campaigns(caller())


@routes.send(
    "POST", "/key-campaigns", body=FormAnswersSchema, gives=KeyCaseSchema, status=201, headers=(IDEMPOTENCY_KEY,)
)  # fmt: skip
def propose_campaign(body: Mapping[str, Any]) -> tuple[Line, int, dict[str, str]]:
    """Propose a campaign; the same key proposes one."""
    number = desk().key_areas.propose_campaign(caller(), body["answers"], key=idempotency_key())
    return {"number": number}, 201, {"Location": url_for("key_areas.campaign", number=number)}
