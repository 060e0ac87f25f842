"""How the catalogue changes: proposals, and files with a preview; claims and rulings are tasks."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from flask import url_for
from flask_smorest.fields import Upload  # type: ignore[import-untyped, unused-ignore]
from marshmallow import Schema, fields, validate

from web.api.caller import caller, desk
from web.api.catalogue import CheckItemSchema, DifferenceSchema
from web.api.preconditions import idempotency_key, replayed
from web.api.routes import IDEMPOTENCY_KEY, Routes
from web.api.shapes import Instant, MessageSchema
from workflows.catalogue.fields import MODES, OBJECT_TYPES, TYPES
from workflows.catalogue.imports import CatalogueImport
from workflows.catalogue.proposals import KINDS, STATES, Proposal
from workflows.desk.catalogue_changes import ChangeView

routes = Routes("catalogue-changes", "How the catalogue of supervised items changes")


def _text(most: int) -> fields.String:
    return fields.String(validate=validate.Length(max=most))


def _texts(most: int) -> Any:
    return fields.List(_text(200), validate=validate.Length(max=most))


class ContentsSchema(Schema):
    """The parts of an item that change, with their new values; what is left out stays."""

    main_code = _text(36)
    category = _text(60)
    name = _text(200)
    type = fields.String(validate=validate.OneOf(list(TYPES)))
    object = _text(500)
    object_type = fields.String(validate=validate.OneOf(list(OBJECT_TYPES)))
    measure = _text(1000)
    basis = _text(2000)
    clauses = _texts(50)
    handling = _text(1000)
    modes = fields.List(fields.String(validate=validate.OneOf(MODES)), validate=validate.Length(min=1, max=5))
    frequency = _text(200)
    is_key = fields.Boolean()
    level = _text(60)
    permits = _texts(50)
    process = _text(60)
    limits = fields.Dict(keys=_text(60), values=fields.Integer(strict=True, validate=validate.Range(1, 999)))
    copy_receivers = _texts(50)
    aliases = _texts(50)
    checks = fields.List(fields.Nested(CheckItemSchema), validate=validate.Length(max=100))
    approving_unit = fields.String(allow_none=True, validate=validate.Length(max=60))
    supervising_units = _texts(50)


class ProposalSchema(Schema):
    """A proposal; ``contents`` is for kinds create and amend, ``suggested_unit`` for disputes."""

    kind = fields.String(required=True, validate=validate.OneOf(list(KINDS)))
    item_code = fields.String(required=True, validate=validate.Regexp(r"[A-Z0-9][A-Z0-9-]{2,35}\Z"))
    contents = fields.Nested(ContentsSchema, load_default=dict)
    area = fields.String(load_default="*", validate=validate.Length(max=12))
    effective_on = fields.Date(required=True)
    reason = fields.String(required=True, validate=validate.Length(min=1, max=1000))
    suggested_unit = fields.String(load_default=None, allow_none=True, validate=validate.Length(max=60))


class ProposedSchema(Schema):
    """The number of the new case."""

    business_key = fields.String()


class ChangeRowSchema(Schema):
    """One change in a list."""

    business_key = fields.String()
    kind = fields.String()
    item_code = fields.String()
    item_name = fields.String()
    area = fields.String()
    state = fields.String(metadata={"description": "handling, disputed, scheduled, published or closed"})
    unit = fields.String()
    units = fields.List(fields.String())
    proposing_unit = fields.String()
    reason = fields.String()
    effective_on = fields.Date()
    effective_from = fields.Date(allow_none=True)
    version = fields.Integer(allow_none=True)
    created_at = Instant()
    closed_at = Instant(allow_none=True)


class CatalogueOpinionSchema(Schema):
    """What somebody said to a change."""

    step = fields.String(metadata={"description": "claim, arbitration, review or approval"})
    decision = fields.String()
    note = fields.String(allow_none=True)
    unit = fields.String()
    by = fields.String()
    at = fields.String()


class ChangeSchema(Schema):
    """A change with old and new, and who said what."""

    change = fields.Nested(ChangeRowSchema, attribute="row")
    differences = fields.List(fields.Nested(DifferenceSchema))
    opinions = fields.List(fields.Nested(CatalogueOpinionSchema))
    steps = fields.List(fields.String(), metadata={"description": "steps that are open now"})


class ChangesQuery(Schema):
    """Which changes are wanted; ``after`` is the number of the last one seen."""

    state = fields.String(load_default="", validate=validate.OneOf(["", "open", *STATES]))
    item = fields.String(load_default="", validate=validate.Length(max=36))
    after = fields.String(load_default="", validate=validate.Length(max=40))
    limit = fields.Integer(load_default=50, validate=validate.Range(1, 200))


class CatalogueFileSchema(Schema):
    """The file: a workbook or CSV."""

    file = Upload(required=True)


class CatalogueFileQuery(Schema):
    """From which day on, and why."""

    effective_on = fields.Date(required=True)
    reason = fields.String(required=True, validate=validate.Length(min=1, max=1000))


class CatalogueImportRowSchema(Schema):
    """One row: its place, what becomes of it, why, and what would change."""

    sheet = fields.String()
    line = fields.Integer()
    item_code = fields.String()
    outcome = fields.String(metadata={"description": "ready, proposed, unchanged, joined or refused"})
    messages = fields.List(fields.Nested(MessageSchema))
    differences = fields.List(fields.Dict(keys=fields.String(), values=fields.String()))
    business_key = fields.String(allow_none=True)


class CatalogueImportSchema(Schema):
    """A file with its rows."""

    id = fields.UUID(attribute="batch.id")
    file_name = fields.String(attribute="batch.file_name")
    layout = fields.String(attribute="batch.layout")
    status = fields.String(attribute="batch.status", metadata={"description": "previewed or committed"})
    effective_on = fields.Date(attribute="batch.effective_on")
    counts = fields.Dict(keys=fields.String(), values=fields.Integer())
    rows = fields.List(fields.Nested(CatalogueImportRowSchema))


@routes.send(
    "POST", "/catalogue-changes", body=ProposalSchema, gives=ProposedSchema, status=201, headers=(IDEMPOTENCY_KEY,)
)  # fmt: skip
def propose_change(body: Mapping[str, Any]) -> tuple[Mapping[str, Any], int, dict[str, str]]:
    """Propose, claim (kind confirm) or dispute; the same key proposes once."""
    actor, key = caller(), idempotency_key()
    wanted = Proposal(source="api", **{**body, "contents": body["contents"]})
    done = desk().catalogue_changes.submit(actor, wanted, key)
    place = {"Location": url_for(".read_change", number=done.result["business_key"])}
    return done.result, 201, {**place, **replayed(done.was_replayed)}


@routes.get("/catalogue-changes", ChangeRowSchema, query=ChangesQuery, many=True)
def list_changes(query: Mapping[str, Any]) -> Sequence[Mapping[str, Any]]:
    """List the changes that concern the caller, the newest first."""
    return desk().catalogue_changes.changes(caller(), **query)


@routes.get("/catalogue-changes/<number>", ChangeSchema)
def read_change(number: str) -> ChangeView:
    """Read a change."""
    return desk().catalogue_changes.view(caller(), number)


@routes.send(
    "POST", "/catalogue-imports", body=CatalogueFileSchema, gives=CatalogueImportSchema, status=201, location="files",
    query=CatalogueFileQuery,
)  # fmt: skip
def preview_import(
    files: Mapping[str, Any], query: Mapping[str, Any]
) -> tuple[CatalogueImport, int, dict[str, str]]:  # fmt: skip
    """Send a file with ``effective_on`` and ``reason`` in the address; nothing is proposed until it is committed."""
    actor, file = caller(), files["file"]
    changes = desk().catalogue_changes
    batch_id = changes.preview(actor, file.filename or "", file.read(), query["effective_on"], query["reason"])
    return changes.imported(actor, batch_id), 201, {"Location": url_for(".read_import", batch_id=batch_id)}


@routes.get("/catalogue-imports/<uuid:batch_id>", CatalogueImportSchema)
def read_import(batch_id: UUID) -> CatalogueImport:
    """Read a file row by row."""
    return desk().catalogue_changes.imported(caller(), batch_id)


@routes.send("POST", "/catalogue-imports/<uuid:batch_id>:commit", gives=CatalogueImportSchema)
def commit_import(batch_id: UUID) -> CatalogueImport:
    """Propose every ready row; may be repeated."""
    return desk().catalogue_changes.take_in(caller(), batch_id)
