"""Inspections: list, start, read, files by their hash, and the on-site record exactly once."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from flask import Response, request, url_for
from marshmallow import Schema, fields, validate

from web.api.caller import caller, desk
from web.api.inspection_shapes import (
    ClientRecordSchema,
    EvidenceKeptSchema,
    InspectionPageSchema,
    InspectionQuery,
    InspectionSchema,
    OfficialSchema,
    RecordSubmittedSchema,
    StartedSchema,
)
from web.api.preconditions import idempotency_key, replayed
from web.api.routes import IDEMPOTENCY_KEY, Routes
from workflows.desk.inspection_views import InspectionFilter, InspectionPage, InspectionView
from workflows.evidence import MEDIA_TYPES, EvidenceKept
from workflows.inspections.records import RecordSubmitted
from workflows.inspections.start import InspectionStarted

routes = Routes("inspections", "Inspections, their records and their files")
Headers = dict[str, str]
_FILES = {extension: media for media, extension in MEDIA_TYPES.items()}
_RAW = {
    "in": "header", "name": "Content-Type", "required": True,
    "schema": {"type": "string", "enum": sorted(MEDIA_TYPES)},
    "description": "The body is the file itself; its SHA-256 is the last part of the address.",
}  # fmt: skip


class StartSchema(Schema):
    """A new inspection: the answers to the form, and the object or the case it is about."""

    case = fields.String(load_default="", validate=validate.Length(max=60))
    object_id = fields.UUID(load_default=None, allow_none=True)
    answers = fields.Dict(keys=fields.String(), values=fields.Raw(allow_none=True), required=True)


@routes.get("/inspections", InspectionPageSchema, query=InspectionQuery)
def list_inspections(query: Mapping[str, Any]) -> InspectionPage:
    """List the inspections that concern the caller, the newest first, a page at a time."""
    return desk().inspections.page(caller(), InspectionFilter(**query))


@routes.send(
    "POST", "/inspections", body=StartSchema, gives=StartedSchema, status=201, headers=(IDEMPOTENCY_KEY,)
)  # fmt: skip
def start_inspection(body: Mapping[str, Any]) -> tuple[InspectionStarted, int, Headers]:
    """Start an inspection; the same key starts one."""
    actor, key = caller(), idempotency_key()
    about = {"case": body["case"], "object_id": str(body["object_id"] or "")}
    done = desk().inspections.start(actor, about, body["answers"], key=key)
    place = {"Location": url_for(".read_inspection", inspection_id=done.inspection_id)}
    return done, 201, {**place, **replayed(done.was_known)}


@routes.get("/inspections/<uuid:inspection_id>", InspectionSchema)
def read_inspection(inspection_id: UUID) -> InspectionView:
    """Read an inspection: the sheet to be answered, who inspects, the records, the files."""
    return desk().inspections.view(caller(), inspection_id)


@routes.get("/inspections/<uuid:inspection_id>/official", OfficialSchema)
def read_official(inspection_id: UUID) -> Mapping[str, Any]:
    """Read an inspection in the fields of the official layout of inspection acts."""
    return {"fields": desk().inspections.official(caller(), inspection_id)}


@routes.send(
    "PUT", "/inspections/<uuid:inspection_id>/evidence/<sha256>", gives=EvidenceKeptSchema, also=(201,), headers=(_RAW,)
)  # fmt: skip
def put_evidence(inspection_id: UUID, sha256: str) -> tuple[EvidenceKept, int, Headers]:
    """Send a file under its SHA-256; sending it again changes nothing. 201 when it is new."""
    actor = caller()
    content = request.get_data(cache=False)
    done = desk().inspections.put_evidence(actor, inspection_id, sha256, request.mimetype, content)
    return done, 200 if done.was_known else 201, replayed(done.was_known)


@routes.file("/inspections/<uuid:inspection_id>/evidence/<sha256>", _FILES)
def read_evidence(inspection_id: UUID, sha256: str) -> Response:
    """Download a file of an inspection."""
    found = desk().inspections.evidence(caller(), inspection_id, sha256)
    headers = {
        "Content-Disposition": f'attachment; filename="{found.name}"',
        "Content-Security-Policy": "default-src 'none'; sandbox",
    }
    return Response(found.content, content_type=found.media_type, headers=headers)


@routes.send(
    "POST",
    "/inspections/<uuid:inspection_id>/record",
    body=ClientRecordSchema,
    gives=RecordSubmittedSchema,
    status=201,
    also=(200,),
)
def submit_record(body: Mapping[str, Any], inspection_id: UUID) -> tuple[RecordSubmitted, int, Headers]:
    """Submit the on-site record; the same ``client_id`` with the same content is answered the same.

    409 `record-conflict` names whose record was kept before, 409 `evidence-missing` lists the files to send first.
    """
    done = desk().inspections.submit(caller(), inspection_id, body["record"], body["client_id"])
    return done, 200 if done.was_known else 201, replayed(done.was_known)
