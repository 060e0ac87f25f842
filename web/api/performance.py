"""Supervising the supervisors: duties of the cycle, indicators with their lists, weights, findings, sample audits."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from flask import url_for
from marshmallow import Schema, fields, validate

from web.api.caller import caller, desk
from web.api.objects import FormAnswersSchema
from web.api.preconditions import idempotency_key
from web.api.routes import IDEMPOTENCY_KEY, Routes
from web.api.shapes import Instant
from workflows.desk.act_audits import RoundView
from workflows.desk.performance import PAGE
from workflows.performance.board import Filter, KpiPage
from workflows.performance.findings import STATES

routes = Routes("performance", "Supervising the supervisors")
_PERIOD = validate.Regexp(r"^(20\d\d(-(0[1-9]|1[0-2])|Q[1-4]|H[12])?)?$", error="2026、2026H1、2026Q1 或 2026-03")
_CODE = validate.Length(max=40)
_PAGE = validate.Range(1, 100_000)


class DutyQuery(Schema):
    """Whose duties, and for which item."""

    unit = fields.String(load_default="", validate=_CODE)
    item = fields.String(load_default="", validate=_CODE)


class CycleDutySchema(Schema):
    """A duty of the running cycle and what was done for it."""

    item_code = fields.String()
    item_name = fields.String()
    unit = fields.String()
    area = fields.String()
    state = fields.String(metadata={"description": "done, missing or no_object"})
    checks = fields.Integer()
    acts = fields.Integer()
    ignored = fields.Integer(metadata={"description": "acts that do not count: no officer, or no proof"})
    objects = fields.Integer()


class CycleDutiesSchema(Schema):
    """The running cycle."""

    cycle = fields.String()
    begins_at = Instant()
    ends_at = Instant()
    days_left = fields.Integer()
    duties = fields.List(fields.Nested(CycleDutySchema))


class KpiQuery(Schema):
    """Which period; which unit and area, everything that may be seen when empty."""

    period = fields.String(load_default="", validate=_PERIOD)
    unit = fields.String(load_default="", validate=_CODE)
    area = fields.String(load_default="", validate=validate.Regexp(r"^(\d{6})?$"))


class KpiRowsQuery(KpiQuery):
    """Which list, and which page of it."""

    which = fields.String(load_default="denominator", validate=validate.OneOf(["numerator", "denominator", "rest"]))
    page = fields.Integer(load_default=1, validate=_PAGE)


class KpiValueSchema(Schema):
    """One indicator: what it means and its numbers."""

    code = fields.String()
    name = fields.String()
    theme = fields.String()
    formula = fields.String()
    kind = fields.String()
    direction = fields.String()
    weight = fields.Integer()
    source = fields.String()
    confidence = fields.String()
    numerator = fields.Float()
    denominator = fields.Integer()
    rate = fields.Float(allow_none=True)
    score = fields.Float(allow_none=True, metadata={"description": "0 to 100; null below five cases"})
    trend = fields.Float(allow_none=True)


class BoardSchema(Schema):
    """The indicators of a period."""

    period = fields.String()
    unit = fields.String()
    area = fields.String()
    kpis = fields.List(fields.Nested(KpiValueSchema))


class KpiRowSchema(Schema):
    """One case of a list."""

    key = fields.String()
    unit = fields.String()
    area = fields.String()
    at = Instant()
    label = fields.String()
    business_key = fields.String(allow_none=True)
    is_hit = fields.Boolean()
    amount = fields.Float()


class KpiRowsSchema(Schema):
    """A page of a list and how many there are in all."""

    total = fields.Integer()
    page = fields.Integer()
    pages = fields.Integer()
    rows = fields.List(fields.Nested(KpiRowSchema))


class WeightSchema(Schema):
    """The version that was written."""

    version = fields.Integer()


class FindingQuery(Schema):
    """Which findings."""

    unit = fields.String(load_default="", validate=_CODE)
    state = fields.String(load_default="", validate=validate.OneOf(["", *STATES]))
    page = fields.Integer(load_default=1, validate=_PAGE)


class InactionSchema(Schema):
    """A finding of inaction with its evidence."""

    id = fields.UUID()
    business_key = fields.String()
    unit = fields.String()
    item_code = fields.String()
    item_name = fields.String()
    cycle = fields.String()
    ground = fields.String()
    counts = fields.Dict(keys=fields.String(), values=fields.Integer())
    evidence = fields.List(fields.Dict(keys=fields.String()))
    state = fields.String()
    number = fields.String(allow_none=True)
    found_at = Instant()
    decided_at = Instant(allow_none=True)
    closed_at = Instant(allow_none=True)


class InactionsSchema(Schema):
    """A page of findings."""

    total = fields.Integer()
    page = fields.Integer()
    size = fields.Integer()
    rows = fields.List(fields.Nested(InactionSchema))


class AuditStartedSchema(Schema):
    """The number of the case."""

    number = fields.String()


class ActAuditSchema(Schema):
    """An act that was drawn, and what was found."""

    id = fields.UUID()
    place = fields.Integer()
    act_id = fields.UUID()
    business_key = fields.String()
    audited_unit = fields.String()
    auditing_unit = fields.String()
    result = fields.String(allow_none=True)
    audited_at = Instant(allow_none=True)


class AuditRoundSchema(Schema):
    """A round of the sample audit."""

    id = fields.UUID(attribute="round.id")
    business_key = fields.String(attribute="round.business_key")
    period = fields.String(attribute="round.period")
    state = fields.String(attribute="round.state")
    snapshot_hash = fields.String(attribute="round.snapshot_hash")
    commitment = fields.String(attribute="round.commitment")
    pool = fields.Integer()
    audits = fields.List(fields.Nested(ActAuditSchema))


@routes.get("/performance/duties", CycleDutiesSchema, query=DutyQuery)
def list_duties(query: Mapping[str, Any]) -> Mapping[str, Any]:
    """List the duties of the running cycle: of the own unit, of every unit for overseers."""
    view = desk().performance.duties(caller(), query["unit"], query["item"])
    cycle = view.cycle
    return {"cycle": cycle.name, "begins_at": cycle.begins_at, "ends_at": cycle.ends_at, "days_left": view.days_left,
            "duties": view.lines}  # fmt: skip


@routes.get("/performance/kpis", BoardSchema, query=KpiQuery)
def read_board(query: Mapping[str, Any]) -> Mapping[str, Any]:
    """Read every indicator of a period, of the quarter that runs without one."""
    view = desk().kpis.board(caller(), query["period"], query["unit"], query["area"])
    names = ("theme", "formula", "kind", "direction", "weight", "source", "confidence")
    rows = [{**{name: getattr(kpi, name) for name in names},
             **{name: getattr(value, name) for name in type(value).__slots__}}
            for kpi, value in view.values]  # fmt: skip
    return {"period": view.period.name, "unit": view.unit, "area": view.area, "kpis": rows}


@routes.get("/performance/kpis/<code>/rows", KpiRowsSchema, query=KpiRowsQuery)
def list_rows(query: Mapping[str, Any], code: str) -> KpiPage:
    """List what is behind a number, fifty rows a page."""
    wanted = Filter((query["unit"],) if query["unit"] else None, query["area"])
    return desk().kpis.kpi(caller(), code, query["period"], wanted, (query["which"], query["page"])).page


@routes.send(
    "POST", "/performance/kpis/<code>/weights", body=FormAnswersSchema, gives=WeightSchema, status=201,
    headers=(IDEMPOTENCY_KEY,),
)  # fmt: skip
def change_weight(body: Mapping[str, Any], code: str) -> tuple[Mapping[str, int], int]:
    """Give an indicator another weight from a day on; the same key does it once."""
    return {"version": desk().kpis.change_weight(caller(), code, body["answers"], key=idempotency_key())}, 201


@routes.get("/performance/findings", InactionsSchema, query=FindingQuery)
def list_findings(query: Mapping[str, Any]) -> Mapping[str, Any]:
    """List findings of inaction, the newest first."""
    rows, total = desk().performance.findings(caller(), unit=query["unit"], state=query["state"], page=query["page"])
    return {"rows": rows, "total": total, "page": query["page"], "size": PAGE}


@routes.get("/performance/findings/<uuid:finding_id>", InactionSchema)
def read_finding(finding_id: UUID) -> Mapping[str, Any]:
    """Read a finding with its evidence."""
    return desk().performance.finding(caller(), finding_id)


@routes.send(
    "POST", "/performance/audits", body=FormAnswersSchema, gives=AuditStartedSchema, status=201,
    headers=(IDEMPOTENCY_KEY,),
)  # fmt: skip
def start_audit(body: Mapping[str, Any]) -> tuple[Mapping[str, str], int, dict[str, str]]:
    """Start a sample audit out of turn; the same key starts one."""
    number = desk().act_audits.start(caller(), body["answers"], key=idempotency_key())
    return {"number": number}, 201, {"Location": url_for("api-cases.read_case", business_key=number)}


@routes.get("/performance/audits", AuditRoundSchema, many=True)
def list_audits() -> Sequence[RoundView]:
    """List the newest rounds of sample audits with their acts, at most twenty."""
    audits = desk().act_audits
    return [audits.round(caller(), row["id"]) for row in audits.rounds(caller())[:20]]
