"""The audit: records of cases and beside them, how far they are sealed, whether they are whole, and all of them."""

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any

from flask import Response
from marshmallow import Schema, fields, validate

from web.api.caller import application, caller
from web.api.routes import Routes
from web.api.shapes import Instant
from web.paging import seal, unseal
from workflows.audit.checking import Checked
from workflows.audit.search import AuditFilter, SealState
from workflows.audit.words import KINDS
from workflows.uow import local_day_of

routes = Routes("audit", "The audit: who did what, when, for whom, and whether the records are whole")
_BEGINNING = date(2000, 1, 1)


class AuditQuerySchema(Schema):
    """What is looked for; without a case at most 31 days, the last eight by default."""

    first = fields.Date(load_default=None)
    last = fields.Date(load_default=None)
    person = fields.String(
        load_default="", validate=validate.Length(max=100), metadata={"description": "login or name"}
    )
    case = fields.String(load_default="", validate=validate.Length(max=200))
    kind = fields.String(load_default="", validate=validate.OneOf(["", *KINDS]))
    after = fields.String(load_default="", metadata={"description": "next of the page before"})
    limit = fields.Integer(load_default=50, validate=validate.Range(1, 200))


class AuditLineSchema(Schema):
    """One record."""

    id = fields.UUID()
    at = Instant()
    kind = fields.String()
    actor = fields.String()
    actor_name = fields.String()
    on_behalf_of = fields.String()
    case = fields.String()
    object = fields.String()
    element = fields.String()
    reason = fields.String()
    rows = fields.List(fields.Dict(keys=fields.String()))
    request_id = fields.String()
    ip = fields.String()
    seq = fields.Integer(allow_none=True, metadata={"description": "place in its chain; null: not sealed yet"})


class AuditPageSchema(Schema):
    """Some records, newest first."""

    lines = fields.List(fields.Nested(AuditLineSchema))
    next = fields.String(metadata={"description": "cursor of the next page, empty on the last"})


class RootSchema(Schema):
    """A signed root over all chains."""

    number = fields.Integer()
    day = fields.Date()
    made_at = Instant()
    previous = fields.String()
    root = fields.String()
    chains = fields.Integer()
    records = fields.Integer()
    signature = fields.String()
    public_key = fields.String()


class SealStateSchema(Schema):
    """How many records wait to be sealed, counted up to a thousand in each of two tables, and the newest root."""

    waiting = fields.Integer()
    root = fields.Nested(RootSchema, allow_none=True)
    is_signed = fields.Boolean()


class CheckSchema(Schema):
    """What is reckoned again: the chains of one case, or the next part of all chains."""

    case = fields.String(load_default="", validate=validate.Length(max=200))
    after = fields.String(load_default="", metadata={"description": "next of the part before"})


class BreakSchema(Schema):
    """The first thing that is not what was sealed."""

    chain = fields.String(metadata={"description": "case:…, office:…, or root for a signed root"})
    seq = fields.Integer()
    id = fields.String()
    at = Instant(allow_none=True)
    why = fields.String(validate=validate.OneOf(["changed", "missing", "unsigned"]))


class CheckedSchema(Schema):
    """What was found."""

    chains = fields.Integer()
    records = fields.Integer()
    roots = fields.Integer()
    broken = fields.Nested(BreakSchema, allow_none=True)
    next = fields.String(metadata={"description": "cursor of the next part, empty when all is reckoned"})


@routes.get("/audit", AuditPageSchema, query=AuditQuerySchema)
def list_audit(query: Mapping[str, Any]) -> dict[str, Any]:
    """Return records, newest first; the question is a record itself."""
    last = query["last"] or local_day_of(application().clock.now())
    first = query["first"] or (_BEGINNING if query["case"] else max(last, _BEGINNING) - timedelta(days=7))
    wanted = {**query, "last": last, "first": first, "after": unseal(query["after"])}
    page = application().audit.find(caller(), AuditFilter(**wanted))
    return {"lines": page.lines, "next": seal(page.next)}


@routes.get("/audit/state", SealStateSchema)
def audit_state() -> SealState:
    """Tell how far records are sealed and signed."""
    return application().audit.state(caller())


@routes.send("POST", "/audit/checks", body=CheckSchema, gives=CheckedSchema)
def check_audit(body: Mapping[str, str]) -> dict[str, Any]:
    """Reckon chains again: those of a case, or about twenty thousand records of all from a place on."""
    desk = application().audit
    found: Checked = (
        desk.check_case(caller(), body["case"]) if body["case"] else desk.check(caller(), unseal(body["after"]))
    )
    return {
        "chains": found.chains, "records": found.records, "roots": found.roots, "broken": found.broken,
        "next": seal(found.next),
    }  # fmt: skip


@routes.file("/audit/export", {"jsonl": "application/x-ndjson"})
def export_audit() -> Response:
    """Seal, sign and return everything; it verifies with ``xianjie verify-audit``."""
    return Response(application().audit.export(caller()), content_type="application/x-ndjson")
