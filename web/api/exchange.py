"""What goes out: records and their faults, corrections, batches, receipts, history that is brought in."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from flask import url_for
from marshmallow import Schema, fields, validate

from web.api.caller import caller, desk
from web.api.penalty_shapes import RecordFindingSchema
from web.api.preconditions import idempotency_key, replayed
from web.api.routes import IDEMPOTENCY_KEY, Routes
from web.api.shapes import Instant
from workflows.delivery.queue import STATUSES
from workflows.desk.exchange import RecordView

routes = Routes("exchange", "Data exchange: what goes out and what came back")


class OutboundPlaceQuery(Schema):
    """A page of a list, the newest first."""

    after = fields.UUID(load_default=None, metadata={"description": "the id of the last one seen"})
    limit = fields.Integer(load_default=50, validate=validate.Range(1, 200))


class OutboundRecordsQuery(OutboundPlaceQuery):
    """Which records."""

    channel = fields.String(load_default="", validate=validate.Length(max=60))
    dataset = fields.String(load_default="", validate=validate.Length(max=60))
    status = fields.String(load_default="", validate=validate.OneOf(("", *STATUSES)))
    business_key = fields.String(load_default="", validate=validate.Length(max=60))


class OutboundLineSchema(Schema):
    """A record in a list."""

    id = fields.UUID()
    channel = fields.String()
    dataset = fields.String()
    organ = fields.String()
    source = fields.String()
    source_id = fields.String()
    business_key = fields.String()
    title = fields.String()
    version = fields.Integer()
    operation = fields.String()
    status = fields.String()
    findings = fields.List(fields.Nested(RecordFindingSchema))
    is_backfill = fields.Boolean()
    is_presumed = fields.Boolean()
    happened_at = Instant()
    due_on = fields.Date(allow_none=True)
    queued_at = Instant()
    sent_at = Instant(allow_none=True)
    settled_at = Instant(allow_none=True)


class OutboundReceiptSchema(Schema):
    """What a receiver said."""

    id = fields.UUID()
    record_id = fields.UUID()
    batch_number = fields.String()
    verdict = fields.String()
    code = fields.String()
    message = fields.String()
    is_applied = fields.Boolean()
    reported_at = Instant()
    received_at = Instant()


class OutboundCorrectionSchema(Schema):
    """A correction that was written down."""

    field = fields.String()
    was = fields.Raw(allow_none=True)
    value = fields.Raw(allow_none=True)
    reason = fields.String()
    corrected_by = fields.String()
    corrected_at = Instant()


class OutboundRecordSchema(Schema):
    """A record with its values by the codes of its layout, its versions, corrections and receipts."""

    record = fields.Nested(OutboundLineSchema)
    row_guid = fields.String(attribute="record.row_guid")
    layout = fields.String(attribute="record.layout")
    values = fields.Dict(keys=fields.String(), values=fields.String(allow_none=True), attribute="row")
    versions = fields.List(fields.Nested(OutboundLineSchema))
    corrections = fields.List(fields.Nested(OutboundCorrectionSchema))
    receipts = fields.List(fields.Nested(OutboundReceiptSchema))


class OutboundCorrectSchema(Schema):
    """New values by field, as text; what is not named stays."""

    values = fields.Dict(
        keys=fields.String(validate=validate.Length(1, 100)),
        values=fields.String(validate=validate.Length(max=20_000)), required=True, validate=validate.Length(1, 100),
    )  # fmt: skip
    reason = fields.String(required=True, validate=validate.Length(1, 300))


class OutboundVersionSchema(Schema):
    """The newest version of a record."""

    id = fields.UUID()


class OutboundBatchSchema(Schema):
    """A batch."""

    id = fields.UUID()
    number = fields.String()
    channel = fields.String()
    dataset = fields.String()
    adapter = fields.String()
    status = fields.String()
    size = fields.Integer()
    attempts = fields.Integer()
    last_error = fields.String(allow_none=True)
    formed_at = Instant()
    sent_at = Instant(allow_none=True)


class BackfillAskSchema(Schema):
    """Which history."""

    dataset = fields.String(required=True, validate=validate.Length(1, 60))
    first_day = fields.Date(required=True)
    last_day = fields.Date(required=True)
    reason = fields.String(required=True, validate=validate.Length(1, 300))


class BackfillSchema(Schema):
    """History that is brought in."""

    id = fields.UUID()
    dataset = fields.String()
    first_day = fields.Date()
    last_day = fields.Date()
    reason = fields.String()
    state = fields.String()
    seen = fields.Integer()
    added = fields.Integer()
    asked_by = fields.String()
    asked_at = Instant()


def _place(query: Mapping[str, Any]) -> dict[str, Any]:
    return {"after": str(query["after"] or ""), "limit": query["limit"]}


@routes.get("/exchange/records", OutboundLineSchema, query=OutboundRecordsQuery, many=True)
def list_records(query: Mapping[str, Any]) -> Sequence[Mapping[str, Any]]:
    """List the records the caller may see, the newest first."""
    same = {name: query[name] for name in ("channel", "dataset", "status", "business_key")}
    return desk().exchange.records(caller(), same, **_place(query))


@routes.get("/exchange/records/<uuid:record_id>", OutboundRecordSchema)
def read_record(record_id: UUID) -> RecordView:
    """Read a record."""
    return desk().exchange.record(caller(), record_id)


@routes.send(
    "POST", "/exchange/records/<uuid:record_id>:correct", body=OutboundCorrectSchema, gives=OutboundVersionSchema
)
def correct_record(body: Mapping[str, Any], record_id: UUID) -> Mapping[str, Any]:
    """Correct fields of the newest version; a repetition is refused, for the version is no longer the newest."""
    return {"id": desk().exchange.correct(caller(), record_id, body["values"], body["reason"])}


@routes.send("POST", "/exchange/records/<uuid:record_id>:resend", gives=OutboundVersionSchema)
def resend_record(record_id: UUID) -> Mapping[str, Any]:
    """Send the newest version again as it is."""
    return {"id": desk().exchange.resend(caller(), record_id)}


@routes.send("POST", "/exchange/records/<uuid:record_id>:refresh", gives=OutboundVersionSchema)
def refresh_record(record_id: UUID) -> Mapping[str, Any]:
    """Take the record from its source again; without a change its id stays."""
    return {"id": desk().exchange.refresh(caller(), record_id)}


@routes.get("/exchange/receipts", OutboundReceiptSchema, query=OutboundPlaceQuery, many=True)
def list_receipts(query: Mapping[str, Any]) -> Sequence[Mapping[str, Any]]:
    """List what receivers said, the newest first."""
    return desk().exchange.receipts(caller(), **_place(query))


@routes.get("/exchange/batches", OutboundBatchSchema, query=OutboundPlaceQuery, many=True)
def list_batches(query: Mapping[str, Any]) -> Sequence[Mapping[str, Any]]:
    """List batches, the newest first."""
    return desk().exchange.batches(caller(), **_place(query))


@routes.send("POST", "/exchange/batches/<uuid:batch_id>:retry", status=204)
def retry_batch(batch_id: UUID) -> None:
    """Try a failed batch again now."""
    desk().exchange.retry(caller(), batch_id)


@routes.send("POST", "/exchange/batches/<uuid:batch_id>:dissolve", status=204)
def dissolve_batch(batch_id: UUID) -> None:
    """Let the records of a failed batch wait again."""
    desk().exchange.dissolve(caller(), batch_id)


@routes.get("/exchange/backfills", BackfillSchema, many=True)
def list_backfills() -> Sequence[Mapping[str, Any]]:
    """List the newest requests to bring in history."""
    return desk().exchange.backfills(caller())


@routes.send(
    "POST", "/exchange/backfills", body=BackfillAskSchema, gives=OutboundVersionSchema, status=201,
    headers=(IDEMPOTENCY_KEY,),
)  # fmt: skip
def ask_backfill(body: Mapping[str, Any]) -> tuple[dict[str, Any], int, dict[str, str]]:
    """Ask for history; the same key asks once, and history that is there is not added again."""
    actor, key = caller(), idempotency_key()
    made, known = desk().exchange.ask_backfill(actor, {**body, "first_day": body["first_day"].isoformat(),
                                                       "last_day": body["last_day"].isoformat()}, key=key)  # fmt: skip
    return {"id": made}, 201, {"Location": url_for(".list_backfills"), **replayed(known)}
