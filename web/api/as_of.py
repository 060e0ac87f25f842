"""Looking back: a case and the rules as they were known at a past instant."""

from collections.abc import Mapping
from dataclasses import asdict
from datetime import datetime
from typing import Any

from marshmallow import Schema, fields

from web.api.caller import caller, desk
from web.api.routes import Routes
from web.api.shapes import Instant
from web.times import local
from workflows.as_of.rules import RulesThen
from workflows.desk.as_of import CaseAsOf

routes = Routes("as-of", "The past as it was known then")


class AtQuery(Schema):
    """The instant; without an offset it is Chinese time."""

    at = fields.DateTime(required=True)


class TaskThenSchema(Schema):
    """A task as it stood."""

    id = fields.UUID()
    element_id = fields.String()
    name = fields.String()
    status = fields.String()
    owner = fields.String(allow_none=True)
    units = fields.List(fields.String())
    created_at = Instant()
    ended_at = Instant(allow_none=True)


class ClockThenSchema(Schema):
    """A clock as it stood."""

    limit = fields.Function(lambda one: one.row["limit_name"])
    unit = fields.Function(lambda one: one.row["unit"])
    due_at = fields.Function(lambda one: local(one.row["due_at"]).isoformat())
    lamp = fields.Function(lambda one: one.lamp.kind)
    text = fields.Function(lambda one: one.lamp.text)


class CaseThenSchema(Schema):
    """A case as it stood: nothing later than ``at`` is in it."""

    at = Instant(attribute="then.at")
    status = fields.String(attribute="then.status")
    definition_version = fields.Integer(attribute="then.version")
    tasks = fields.List(fields.Nested(TaskThenSchema), attribute="then.tasks")
    clocks = fields.List(fields.Nested(ClockThenSchema))
    duties = fields.Function(lambda view: [[row["unit"], row["round"], row["state"]] for row in view.then.duties])
    transfers = fields.Function(lambda view: [row["state"] for row in view.then.transfers])
    letters = fields.Function(lambda view: [row["number"] for row in view.then.letters])
    receipts = fields.Function(lambda view: [row["number"] for row in view.then.receipts])


class RulesThenSchema(Schema):
    """The rules in force on the day of an instant, as they were known then."""

    at = Instant()
    day = fields.Date()
    is_working_day = fields.Boolean()
    calendar_version = fields.String()
    limits = fields.Function(
        lambda found: [{k: str(v) for k, v in asdict(one).items() if v is not None} for one in found.limits]
    )
    items = fields.Function(lambda found: [{"code": row["code"], "version": row["version"]} for row in found.items])
    clauses = fields.List(fields.Dict(keys=fields.String(), values=fields.String()))
    definitions = fields.Function(lambda found: {row["key"]: row["version"] for row in found.definitions})


def _instant(value: datetime) -> datetime:
    return local(value)


@routes.get("/cases/<path:business_key>/as-of", CaseThenSchema, query=AtQuery)
def read_case_then(query: Mapping[str, Any], business_key: str) -> CaseAsOf:
    """Read a case as it could be seen at an instant."""
    return desk().as_of.case(caller(), business_key, _instant(query["at"]))


@routes.get("/rules/as-of", RulesThenSchema, query=AtQuery)
def read_rules_then(query: Mapping[str, Any]) -> RulesThen:
    """Read the rules as they were known at an instant."""
    return desk().as_of.rules(caller(), _instant(query["at"]))
