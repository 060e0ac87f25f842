"""Coercion: list, request, read, the official record."""

from collections.abc import Mapping, Sequence
from typing import Any

from flask import url_for
from webargs.flaskparser import abort

from web.api.caller import caller, desk
from web.api.penalty_shapes import (
    CaseNumberSchema,
    CasePageQuery,
    CoercionLineSchema,
    CoercionSchema,
    CoercionStartSchema,
    OfficialRecordSchema,
)
from web.api.preconditions import idempotency_key, replayed
from web.api.routes import IDEMPOTENCY_KEY, Routes
from workflows.desk.coercions import PROCESSES, CoercionFile

routes = Routes("coercions", "Coercive measures and enforcement")


@routes.get("/coercions", CoercionLineSchema, query=CasePageQuery, many=True)
def list_coercions(query: Mapping[str, Any]) -> Sequence[Mapping[str, Any]]:
    """List the measures the caller may see, the newest first."""
    return desk().coercions.rows(caller(), **query)


@routes.send(
    "POST", "/coercions/<kind>", body=CoercionStartSchema, gives=CaseNumberSchema, status=201,
    headers=(IDEMPOTENCY_KEY,),
)  # fmt: skip
def request_coercion(body: Mapping[str, Any], kind: str) -> tuple[dict[str, str], int, dict[str, str]]:
    """Ask for a measure or for enforcement (the kind ``measure`` or ``enforcement``); the same key asks once."""
    if kind not in PROCESSES:
        abort(404)
    actor, key = caller(), idempotency_key()
    number, known = desk().coercions.request(actor, kind, body["answers"], case=body["case"], key=key)
    place = {"Location": url_for(".read_coercion", business_key=number)}
    return {"number": number}, 201, {**place, **replayed(known)}


@routes.get("/coercions/<path:business_key>", CoercionSchema)
def read_coercion(business_key: str) -> CoercionFile:
    """Read a measure."""
    return desk().coercions.view(caller(), business_key)


@routes.get("/coercions/<path:business_key>/official", OfficialRecordSchema)
def read_official(business_key: str) -> Mapping[str, Any]:
    """Read the official record with what is wrong with it."""
    return desk().coercions.record(caller(), business_key)
