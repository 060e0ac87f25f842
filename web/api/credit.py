"""Credit information: list, read, correct, object, repair, rates, files; and what is published where."""

from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import quote
from uuid import UUID

from flask import Response, request, url_for

from web.api.caller import caller, desk
from web.api.credit_shapes import (
    CreditAnswersSchema,
    CreditCaseSchema,
    CreditCorrectionSchema,
    CreditEntrySchema,
    CreditMonthQuery,
    CreditMonthSchema,
    CreditQuery,
    CreditStateSchema,
    CreditViewSchema,
    PublicationQuery,
    PublicationSchema,
)
from web.api.preconditions import idempotency_key, replayed
from web.api.routes import IDEMPOTENCY_KEY, Routes
from workflows.credit.outputs import MEDIA
from workflows.desk.credit import EntryFilter, MonthView
from workflows.desk.credit_views import EntryView

routes = Routes("credit", "Credit information and publication")
Created = tuple[dict[str, str], int, dict[str, str]]


@routes.get("/credit/entries", CreditEntrySchema, query=CreditQuery, many=True)
def list_entries(query: Mapping[str, Any]) -> Sequence[Mapping[str, Any]]:
    """List the entries the caller may see, the newest decision first."""
    return desk().credit.entries(caller(), EntryFilter(**query))


@routes.get("/credit/entries/<uuid:entry_id>", CreditViewSchema)
def read_entry(entry_id: UUID) -> EntryView:
    """Read an entry with its fields and clocks."""
    return desk().credit.view(caller(), entry_id)


@routes.send(
    "POST", "/credit/entries/<uuid:entry_id>/corrections", body=CreditCorrectionSchema, gives=CreditStateSchema,
    status=201, headers=(IDEMPOTENCY_KEY,),
)  # fmt: skip
def correct_entry(body: Mapping[str, Any], entry_id: UUID) -> Created:
    """Correct fields of an entry of the own office; it is checked and queued again."""
    actor, key = caller(), idempotency_key()
    state, known = desk().credit.correct(actor, entry_id, body["values"], body["reason"], key=key)
    return {"state": state}, 201, replayed(known)


@routes.send(
    "POST", "/credit/entries/<uuid:entry_id>/objections", body=CreditAnswersSchema, gives=CreditCaseSchema,
    status=201, headers=(IDEMPOTENCY_KEY,),
)  # fmt: skip
def object_to_entry(body: Mapping[str, Any], entry_id: UUID) -> Created:
    """Register an objection and start its case."""
    return _registered("objection", entry_id, body)


@routes.send(
    "POST", "/credit/entries/<uuid:entry_id>/repairs", body=CreditAnswersSchema, gives=CreditCaseSchema,
    status=201, headers=(IDEMPOTENCY_KEY,),
)  # fmt: skip
def repair_entry(body: Mapping[str, Any], entry_id: UUID) -> Created:
    """Register a request for repair and start its case."""
    return _registered("repair", entry_id, body)


def _registered(kind: str, entry_id: UUID, body: Mapping[str, Any]) -> Created:
    actor, key = caller(), idempotency_key()
    number, known = desk().credit.register(actor, kind, entry_id, body["answers"], key=key)
    place = {"Location": url_for("api-cases.read_case", business_key=number)}
    return {"number": number}, 201, {**place, **replayed(known)}


@routes.get("/credit/rates", CreditMonthSchema, query=CreditMonthQuery)
def read_month(query: Mapping[str, Any]) -> MonthView:
    """Read the rates of a month by office, and the list behind one number."""
    return desk().credit.month(caller(), query["month"], query["organ"], query["list"])


@routes.file("/credit/files/<kind>.<form>", MEDIA)
def read_file(kind: str, form: str) -> Response:
    """Read the rows of a month (query ``month``) in an official layout."""
    args = request.args
    content, media, name = desk().credit.export(caller(), kind, form, args.get("month", ""), args.get("organ", ""))
    response = Response(content, mimetype=media)
    response.headers["Content-Disposition"] = f"attachment; filename*=UTF-8''{quote(name)}"
    return response


@routes.get("/publications", PublicationSchema, query=PublicationQuery, many=True)
def list_publications(query: Mapping[str, Any]) -> Sequence[Mapping[str, Any]]:
    """List publications by outlet and state, the newest first."""
    return desk().publication.rows(caller(), **query)
