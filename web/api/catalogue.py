"""What can be looked up: items, limits, units."""

from collections.abc import Sequence

from marshmallow import Schema, fields

from web.api.caller import caller, desk
from web.api.routes import Routes
from workflows.desk.catalogue import ItemView
from workflows.directory import Unit
from workflows.time_limits import TimeLimit

routes = Routes("catalogue", "Items, limits and units")


class ItemSchema(Schema):
    """One item in force today, and who supervises it."""

    code = fields.String(attribute="item.code")
    version = fields.Integer(attribute="item.version")
    name = fields.String(attribute="item.name")
    type = fields.String(attribute="item.type")
    category = fields.String(attribute="item.category")
    basis = fields.String(attribute="item.basis")
    clauses = fields.List(fields.String(), attribute="item.clauses")
    measure = fields.String(attribute="item.measure")
    is_key = fields.Boolean(attribute="item.is_key")
    valid_from = fields.Date(attribute="item.valid_from")
    valid_to = fields.Date(attribute="item.valid_to", allow_none=True)
    supervising = fields.List(fields.String())


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


@routes.get("/items", ItemSchema, many=True)
def list_items() -> Sequence[ItemView]:
    """List the items in force today."""
    return desk().catalogue.items(caller())


@routes.get("/limits", LimitSchema, many=True)
def list_limits() -> Sequence[TimeLimit]:
    """List all time limits."""
    return desk().catalogue.limits(caller())


@routes.get("/units", UnitSchema, many=True)
def list_units() -> Sequence[Unit]:
    """List all units."""
    return desk().catalogue.units(caller())
