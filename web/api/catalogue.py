"""What can be looked up: items, limits, units; and whether the catalogue has gaps."""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any
from urllib.parse import quote

from flask import Response
from marshmallow import Schema, fields, validate

from web.api.caller import caller, desk
from web.api.routes import Routes
from workflows.catalogue.checker import Finding
from workflows.catalogue.diff import Difference
from workflows.catalogue.fields import MODES, STATUSES
from workflows.desk.catalogue import ItemFilter, ItemPage, ItemView
from workflows.directory import Unit
from workflows.time_limits import TimeLimit

routes = Routes("catalogue", "Items, limits and units")
_YEAR = timedelta(days=365)
_FILES = {"xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"}


class CheckItemSchema(Schema):
    """One check item."""

    code = fields.String(required=True, validate=validate.Length(1, 60))
    name = fields.String(required=True, validate=validate.Length(1, 200))
    content = fields.String(required=True, validate=validate.Length(1, 1000))
    mode = fields.String(required=True, validate=validate.Length(1, 200))
    ratio = fields.String(required=True, validate=validate.Length(1, 200))


class ItemSchema(Schema):
    """One item in force on the day, and who supervises it; the first unit is the responsible one."""

    code = fields.String(attribute="item.code")
    version = fields.Integer(attribute="item.version")
    name = fields.String(attribute="item.name")
    type = fields.String(attribute="item.type")
    main_code = fields.String(attribute="item.main_code")
    category = fields.String(attribute="item.category")
    object = fields.String(attribute="item.object")
    object_type = fields.String(attribute="item.object_type")
    basis = fields.String(attribute="item.basis")
    clauses = fields.List(fields.String(), attribute="item.clauses")
    measure = fields.String(attribute="item.measure")
    handling = fields.String(attribute="item.handling")
    modes = fields.List(fields.String(), attribute="item.modes")
    frequency = fields.String(attribute="item.frequency")
    level = fields.String(attribute="item.level")
    permits = fields.List(fields.String(), attribute="item.permits")
    process = fields.String(attribute="item.process")
    limits = fields.Dict(keys=fields.String(), values=fields.Integer(), attribute="item.limits")
    copy_receivers = fields.List(fields.String(), attribute="item.copy_receivers")
    aliases = fields.List(fields.String(), attribute="item.aliases")
    checks = fields.List(fields.Nested(CheckItemSchema), attribute="item.checks")
    is_key = fields.Boolean(attribute="item.is_key")
    status = fields.String(attribute="item.status")
    source = fields.String(attribute="item.source")
    valid_from = fields.Date(attribute="item.valid_from")
    valid_to = fields.Date(attribute="item.valid_to", allow_none=True)
    approving_unit = fields.String(attribute="item.approving_unit", allow_none=True)
    supervising_units = fields.List(fields.String(), attribute="item.supervising_units")
    supervising = fields.List(fields.String(), metadata={"description": "names of the units"})
    pending_change = fields.String(attribute="change", allow_none=True)


class ItemQuery(Schema):
    """Which items are wanted; without a day those of today."""

    on = fields.Date(load_default=None, metadata={"description": "the catalogue of which day"})
    q = fields.String(load_default="", validate=validate.Length(max=60))
    unit = fields.String(load_default="", validate=validate.Length(max=60))
    category = fields.String(load_default="", validate=validate.Length(max=60))
    mode = fields.String(load_default="", validate=validate.OneOf(["", *MODES]))
    status = fields.String(load_default="", validate=validate.OneOf(["", *STATUSES]))
    is_key = fields.Boolean(load_default=None)
    after = fields.String(load_default="", validate=validate.Length(max=36), metadata={"description": "last code seen"})
    limit = fields.Integer(load_default=200, validate=validate.Range(1, 500))


class DayQuery(Schema):
    """As of which day; without one today."""

    on = fields.Date(load_default=None)


class DifferenceSchema(Schema):
    """One part that changed, in words."""

    key = fields.String()
    label = fields.String()
    old = fields.String()
    new = fields.String()


class ItemVersionSchema(Schema):
    """One version of an item, and what it changed."""

    version = fields.Integer(attribute="row.version")
    valid_from = fields.Date(attribute="row.valid_from")
    valid_to = fields.Date(attribute="row.valid_to", allow_none=True)
    source = fields.String(attribute="row.source")
    differences = fields.List(fields.Nested(DifferenceSchema))


class OwnerSchema(Schema):
    """Who had an item in an area, when, and why."""

    area = fields.String()
    approving_unit = fields.String(allow_none=True)
    supervising_units = fields.List(fields.String())
    valid_from = fields.Date()
    valid_to = fields.Date(allow_none=True)
    reason = fields.String(allow_none=True)


class FindingSchema(Schema):
    """One fault of the catalogue: of which item, on which days (both included), where, and what to do."""

    item_code = fields.String()
    item_name = fields.String()
    rule = fields.String()
    title = fields.String()
    detail = fields.String()
    areas = fields.List(fields.String())
    first_day = fields.Date()
    last_day = fields.Date()
    remedy = fields.String()


class ItemPageSchema(Schema):
    """An item through time."""

    item = fields.Nested(ItemSchema, attribute="view")
    versions = fields.List(fields.Nested(ItemVersionSchema))
    owners = fields.List(fields.Nested(OwnerSchema))
    findings = fields.List(fields.Nested(FindingSchema))


class VersionsQuery(Schema):
    """Which two versions are compared."""

    old = fields.Integer(required=True, validate=validate.Range(min=1, max=1_000_000))
    new = fields.Integer(required=True, validate=validate.Range(min=1, max=1_000_000))


class CheckQuery(Schema):
    """Which days are looked at; without them a year from today."""

    first = fields.Date(load_default=None)
    last = fields.Date(load_default=None)


class LimitSchema(Schema):
    """One time limit with its source."""

    name = fields.String()
    title = fields.String()
    length = fields.Integer()
    unit = fields.String(metadata={"description": "working_day, calendar_day, hour or month"})
    text = fields.String()
    confidence = fields.String(metadata={"description": "law, practice or default"})
    clause = fields.String()
    source = fields.String()
    warn_before = fields.Integer()
    rolls = fields.Boolean()
    item = fields.String()
    version = fields.Integer()
    valid_from = fields.Date()
    valid_to = fields.Date(allow_none=True)


class UnitSchema(Schema):
    """One office or section."""

    code = fields.String()
    name = fields.String()
    short_name = fields.String()
    kind = fields.String()
    level = fields.String()
    parent = fields.String(allow_none=True)
    area = fields.String()


@routes.get("/items", ItemSchema, query=ItemQuery, many=True)
def list_items(query: Mapping[str, Any]) -> Sequence[ItemView]:
    """List the items in force on a day, in the order of their codes."""
    return desk().catalogue.items(caller(), ItemFilter(**query))


@routes.get("/items/<code>", ItemPageSchema, query=DayQuery)
def read_item(query: Mapping[str, Any], code: str) -> ItemPage:
    """Read an item as it stands on a day, with its versions and owners."""
    return desk().catalogue.page(caller(), code, query["on"])


@routes.get("/items/<code>/differences", DifferenceSchema, query=VersionsQuery, many=True)
def read_differences(query: Mapping[str, Any], code: str) -> Sequence[Difference]:
    """Read what differs between two versions of an item."""
    return desk().catalogue.difference(caller(), code, query["old"], query["new"])


@routes.get("/catalogue-findings", FindingSchema, query=CheckQuery, many=True)
def check_catalogue(query: Mapping[str, Any]) -> Sequence[Finding]:
    """List what is wrong with the catalogue on any day of a range; an empty list means nothing."""
    first = query["first"] or desk().catalogue.today
    return desk().catalogue.check(caller(), first, query["last"] or first + _YEAR)


@routes.file("/catalogue/<any(annex, national):layout>.xlsx", _FILES)
def export_catalogue(layout: str) -> Response:
    """Download today's catalogue in an official layout."""
    lookup = desk().catalogue
    headers = {"Content-Disposition": f"attachment; filename*=UTF-8''{quote(f'监管事项清单-{lookup.today}.xlsx')}"}
    return Response(lookup.workbook(caller(), lookup.today, layout), content_type=_FILES["xlsx"], headers=headers)


@routes.get("/limits", LimitSchema, many=True)
def list_limits() -> Sequence[TimeLimit]:
    """List all time limits."""
    return desk().catalogue.limits(caller())


@routes.get("/units", UnitSchema, many=True)
def list_units() -> Sequence[Unit]:
    """List all units."""
    return desk().catalogue.units(caller())
