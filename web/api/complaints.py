"""Complaints: taken in from other platforms, read, counted; who complained is read by one route that is kept."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any
from uuid import UUID

from flask import url_for

from web.api.caller import caller, desk
from web.api.clocks import ReasonSchema
from web.api.complaint_shapes import (
    ComplaintFiguresQuery,
    ComplaintFiguresSchema,
    ComplaintFileQuery,
    ComplaintFileSchema,
    ComplaintImportSchema,
    ComplaintPageSchema,
    ComplaintQuery,
    ComplaintRecusalSchema,
    ComplaintUrgedSchema,
    InformantSchema,
    NewComplaintSchema,
    RegisteredComplaintSchema,
)
from web.api.imports import FileSchema
from web.api.objects import FormAnswersSchema
from web.api.preconditions import idempotency_key, replayed
from web.api.routes import IDEMPOTENCY_KEY, Routes
from web.paging import seal, unseal
from workflows.complaints.figures import Line
from workflows.complaints.imports import ImportView
from workflows.complaints.informants import Informant
from workflows.complaints.register import Registered
from workflows.desk.complaint_views import ComplaintPage, ComplaintView
from workflows.desk.complaints import ComplaintFilter

routes = Routes("complaints", "Complaints and tips")


@routes.send(
    "POST", "/complaints", body=NewComplaintSchema, gives=RegisteredComplaintSchema, status=201,
    headers=(IDEMPOTENCY_KEY,),
)  # fmt: skip
def register_complaint(body: Mapping[str, Any]) -> tuple[Registered, int, dict[str, str]]:
    """Register a complaint and start its case; the same key, or the same number of a source, registers one."""
    actor, key = caller(), idempotency_key()
    done = desk().complaints.register(actor, body["answers"], key=key)
    place = {"Location": url_for(".read_complaint", complaint_id=done.complaint_id)}
    return done, 201, {**place, **replayed(done.was_known)}


@routes.get("/complaints", ComplaintPageSchema, query=ComplaintQuery)
def list_complaints(query: Mapping[str, Any]) -> ComplaintPage:
    """List the complaints that concern the caller, the newest first, by cursor."""
    wanted = ComplaintFilter(**{**query, "after": unseal(query["after"])})
    page = desk().complaints.page(caller(), wanted)
    return replace(page, next=seal(page.next))


@routes.get("/complaints/<uuid:complaint_id>", ComplaintFileSchema)
def read_complaint(complaint_id: UUID) -> ComplaintView:
    """Read a complaint with its clocks and its log."""
    return desk().complaints.view(caller(), complaint_id)


@routes.send("POST", "/complaints/<uuid:complaint_id>:look", body=ReasonSchema, gives=InformantSchema)
def look_at_informant(body: Mapping[str, str], complaint_id: UUID) -> Informant:
    """Read who complained, with the reason; the reading is kept, and so is a refused one."""
    return desk().complaints.look(caller(), complaint_id, body["reason"])


@routes.send("POST", "/complaints/<uuid:complaint_id>:urge", body=ReasonSchema, gives=ComplaintUrgedSchema)
def urge(body: Mapping[str, str], complaint_id: UUID) -> Mapping[str, str]:
    """Urge the unit in writing."""
    return {"number": desk().complaints.urge(caller(), complaint_id, body["reason"])}


@routes.send("POST", "/complaints/<uuid:complaint_id>:recuse", body=ComplaintRecusalSchema, status=204)
def recuse(body: Mapping[str, str], complaint_id: UUID) -> tuple[str, int]:
    """Note that somebody keeps out of a complaint."""
    desk().complaints.recuse(caller(), complaint_id, body["login"], body["reason"])
    return "", 204


@routes.send("POST", "/complaints/<uuid:complaint_id>:extend", body=FormAnswersSchema, status=204)
def ask_extension(body: Mapping[str, Any], complaint_id: UUID) -> tuple[str, int]:
    """Ask for more time by the form ``complaint/extension``; the head decides in a task."""
    desk().complaints.ask_extension(caller(), complaint_id, body["answers"])
    return "", 204


@routes.send("POST", "/complaints/<uuid:complaint_id>:follow-up", body=FormAnswersSchema, status=204)
def follow_up(body: Mapping[str, Any], complaint_id: UUID) -> tuple[str, int]:
    """Set an inspection, a transfer or a penalty going by the form ``complaint/follow_up``."""
    desk().complaints.follow_up(caller(), complaint_id, body["answers"])
    return "", 204


@routes.get("/complaint-figures", ComplaintFiguresSchema, query=ComplaintFiguresQuery, many=True)
def read_figures(query: Mapping[str, Any]) -> Sequence[Line]:
    """Count the complaints received in a period: together first, then by group."""
    return desk().complaints.figures(caller(), query["since"], query["until"], query["group"])


@routes.send(
    "POST", "/complaint-imports", body=FileSchema, gives=ComplaintImportSchema, status=201, location="files",
    query=ComplaintFileQuery,
)  # fmt: skip
def preview_complaints(
    files: Mapping[str, Any], query: Mapping[str, str]
) -> tuple[ImportView, int, dict[str, str]]:  # fmt: skip
    """Send a file in one of the two official layouts; nothing is registered until the import is committed."""
    actor, file = caller(), files["file"]
    import_id = desk().complaints.preview(actor, query["channel"], file.filename or "", file.read())
    place = {"Location": url_for(".read_complaint_import", import_id=import_id)}
    return desk().complaints.imported(actor, import_id), 201, place


@routes.get("/complaint-imports/<uuid:import_id>", ComplaintImportSchema)
def read_complaint_import(import_id: UUID) -> ImportView:
    """Read an import row by row; who complained is in none of them."""
    return desk().complaints.imported(caller(), import_id)


@routes.send("POST", "/complaint-imports/<uuid:import_id>:commit", gives=ComplaintImportSchema)
def commit_complaints(import_id: UUID) -> ImportView:
    """Register every ready row; may be repeated."""
    return desk().complaints.take_in(caller(), import_id)
