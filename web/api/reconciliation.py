"""Reconciliation: counted days, pairs, differences, and lists of the other side."""

from collections.abc import Mapping
from datetime import date
from typing import Any
from uuid import UUID

from flask import url_for
from flask_smorest.fields import Upload  # type: ignore[import-untyped, unused-ignore]
from marshmallow import Schema, fields, validate

from web.api.caller import caller, desk
from web.api.preconditions import idempotency_key, replayed
from web.api.routes import IDEMPOTENCY_KEY, Routes
from web.api.shapes import Instant
from workflows.desk.counterpart_lists import ListKept, ListView
from workflows.desk.reconciliation import COUNTS, DayView, DifferenceView
from workflows.reconciliation.compare import Scope
from workflows.reconciliation.lists import FIELDS
from workflows.reconciliation.words import OUTCOMES, STATES

routes = Routes("reconciliation", "Both sides' counts, and what nothing explains")
Numbers = Schema.from_dict({name: fields.Integer() for name in COUNTS}, name="ReconciliationNumbers")


class DaysQuery(Schema):
    """How many days, and before which."""

    limit = fields.Integer(load_default=31, validate=validate.Range(1, 366))
    before = fields.Date(load_default=None)


class ReconciliationDaySchema(Schema):
    """A counted day with the sums of what the caller may see."""

    day = fields.Date()
    lamp = fields.String(metadata={"description": "red, yellow or green"})
    is_catch_up = fields.Boolean()
    totals = fields.Nested(Numbers)


class ReconciliationLineSchema(Numbers):  # type: ignore[valid-type, misc]
    """One pair on one day: opening + sent = everything else but ``sent``."""

    day = fields.Date()
    kind = fields.String()
    sender = fields.String()
    receiver = fields.String()
    lamp = fields.String()
    causes = fields.Dict(keys=fields.String(), values=fields.Integer())


class DifferencesQuery(Schema):
    """Which differences; ``after`` is the number of the last one seen."""

    state = fields.String(load_default="open", validate=validate.OneOf(["", *STATES]))
    after = fields.String(load_default="", validate=validate.Length(max=40))
    limit = fields.Integer(load_default=100, validate=validate.Range(1, 500))


class ReconciliationDifferenceSchema(Schema):
    """One difference: of a pair, for one cause."""

    number = fields.String()
    kind = fields.String()
    cause = fields.String()
    sender = fields.String()
    receiver = fields.String()
    source = fields.String()
    first_day = fields.Date()
    state = fields.String()
    owner = fields.String(allow_none=True)
    rule = fields.String(allow_none=True)
    opened_at = Instant()
    closed_at = Instant(allow_none=True)
    open_entries = fields.Integer()


class ReconciliationEntrySchema(Schema):
    """One number on which both sides differ."""

    key = fields.String()
    title = fields.String()
    business_key = fields.String(allow_none=True)
    detail = fields.Dict(keys=fields.String())
    first_day = fields.Date()
    settled_on = fields.Date(allow_none=True)


class ReconciliationFileSchema(Schema):
    """A difference with its entries."""

    difference = fields.Nested(ReconciliationDifferenceSchema, attribute="row")
    entries = fields.List(fields.Nested(ReconciliationEntrySchema))


class CounterpartScopeSchema(Schema):
    """Whose list of what, for which days."""

    kind = fields.String(required=True, validate=validate.OneOf(list(FIELDS)))
    unit = fields.String(required=True, validate=validate.Length(max=40))
    first_day = fields.Date(required=True)
    last_day = fields.Date(required=True)


class CounterpartFileSchema(Schema):
    """The list: a workbook or CSV."""

    file = Upload(required=True)


class CounterpartKeptSchema(Schema):
    """The list that was kept."""

    id = fields.UUID()


class ListQuery(Schema):
    """Which rows; ``after`` is the place of the last one seen."""

    outcome = fields.String(load_default="", validate=validate.OneOf(["", *OUTCOMES]))
    after = fields.Integer(load_default=0, validate=validate.Range(0, 1_000_000))
    limit = fields.Integer(load_default=500, validate=validate.Range(1, 500))


class CounterpartRowSchema(Schema):
    """One number: the line of the file, both sides' fields, and what differs."""

    place = fields.Integer()
    line = fields.Integer(allow_none=True)
    key = fields.String()
    outcome = fields.String()
    theirs = fields.Dict(keys=fields.String(), values=fields.String())
    ours = fields.Dict(keys=fields.String(), values=fields.String())
    differences = fields.List(fields.Dict(keys=fields.String(), values=fields.String()))
    business_key = fields.String(allow_none=True)


class CounterpartListSchema(Schema):
    """A list with a page of its rows."""

    id = fields.Function(lambda view: str(view.row["id"]))
    status = fields.Function(lambda view: view.row["status"])
    header = fields.Function(lambda view: view.row["header"])
    mapping = fields.Function(lambda view: view.row["mapping"])
    counts = fields.Dict(keys=fields.String(), values=fields.Integer())
    rows = fields.List(fields.Nested(CounterpartRowSchema))


class CounterpartMappingSchema(Schema):
    """The column of each field, counted from 0."""

    mapping = fields.Dict(keys=fields.String(), values=fields.Integer(), required=True)


@routes.get("/reconciliation/days", ReconciliationDaySchema, query=DaysQuery, many=True)
def list_days(query: Mapping[str, Any]) -> tuple[DayView, ...]:
    """List the newest counted days."""
    return desk().reconciliation.days(caller(), query["limit"], query["before"])


@routes.get("/reconciliation/days/<string:day>", ReconciliationLineSchema, many=True)
def read_day(day: str) -> tuple[Mapping[str, Any], ...]:
    """Read every pair of a day."""
    try:
        chosen = date.fromisoformat(day)
    except ValueError:
        chosen = date.min
    return desk().reconciliation.lines(caller(), chosen)


@routes.get("/reconciliation/differences", ReconciliationDifferenceSchema, query=DifferencesQuery, many=True)
def list_differences(query: Mapping[str, Any]) -> tuple[Mapping[str, Any], ...]:
    """List differences, the newest first."""
    return desk().reconciliation.differences(caller(), **query)


@routes.get("/reconciliation/differences/<string:number>", ReconciliationFileSchema)
def read_difference(number: str) -> DifferenceView:
    """Read one difference with its entries."""
    return desk().reconciliation.difference(caller(), number)


@routes.send(
    "POST", "/reconciliation/lists", body=CounterpartFileSchema, gives=CounterpartKeptSchema, status=201,
    location="files", query=CounterpartScopeSchema, headers=(IDEMPOTENCY_KEY,),
)  # fmt: skip
def send_list(files: Mapping[str, Any], query: Mapping[str, Any]) -> tuple[ListKept, int, dict[str, str]]:
    """Send a list of the other side; it is compared, and nothing is taken over until it is committed."""
    actor, key, file = caller(), idempotency_key(), files["file"]
    scope = Scope(query["kind"], query["unit"], query["first_day"], query["last_day"])
    kept = desk().counterpart_lists.import_list(actor, scope, (file.filename or "", file.read()), key)
    return kept, 201, {"Location": url_for(".read_list", list_id=kept.id), **replayed(kept.was_known)}


@routes.get("/reconciliation/lists/<uuid:list_id>", CounterpartListSchema, query=ListQuery)
def read_list(query: Mapping[str, Any], list_id: UUID) -> ListView:
    """Read a list, row by row."""
    return desk().counterpart_lists.list(caller(), list_id, **query)


@routes.send(
    "PUT", "/reconciliation/lists/<uuid:list_id>/mapping", body=CounterpartMappingSchema, gives=CounterpartListSchema
)
def map_list(body: Mapping[str, Any], list_id: UUID) -> ListView:
    """Read a list by other columns."""
    desk().counterpart_lists.map_list(caller(), list_id, body["mapping"])
    return desk().counterpart_lists.list(caller(), list_id)


@routes.send("POST", "/reconciliation/lists/<uuid:list_id>:commit", gives=CounterpartListSchema)
def commit_list(list_id: UUID) -> ListView:
    """Take over what differs; repeating it doubles nothing."""
    desk().counterpart_lists.commit_list(caller(), list_id)
    return desk().counterpart_lists.list(caller(), list_id)
