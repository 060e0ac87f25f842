"""Penalty cases: list, start, read, pay, hold evidence, stop the surcharge, overturn, attach, the official record."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from flask import request, url_for

from web.api.caller import caller, desk
from web.api.penalty_shapes import (
    CaseAnswersSchema,
    CaseEvidenceSchema,
    CaseNumberSchema,
    CasePageQuery,
    OfficialRecordSchema,
    PenaltyLineSchema,
    PenaltySchema,
    PenaltyStartSchema,
)
from web.api.preconditions import idempotency_key, replayed
from web.api.routes import IDEMPOTENCY_KEY, Routes
from workflows.desk.penalties import CaseFile, CaseLine

routes = Routes("penalties", "Administrative penalties")
Created = tuple[dict[str, str], int, dict[str, str]]
Act = Callable[..., tuple[str, bool]]
_ACT: Any = {"body": CaseAnswersSchema, "gives": CaseNumberSchema, "status": 201, "headers": (IDEMPOTENCY_KEY,)}


@routes.get("/penalties", PenaltyLineSchema, query=CasePageQuery, many=True)
def list_penalties(query: Mapping[str, Any]) -> Sequence[CaseLine]:
    """List the cases the caller may see, the newest first."""
    return desk().penalties.cases(caller(), **query)


@routes.send(
    "POST", "/penalties", body=PenaltyStartSchema, gives=CaseNumberSchema, status=201, headers=(IDEMPOTENCY_KEY,)
)  # fmt: skip
def start_penalty(body: Mapping[str, Any]) -> Created:
    """Register a lead and start its case; the same key registers one."""
    actor, key = caller(), idempotency_key()
    number, known = desk().penalties.start(actor, body["answers"], source=body["transfer"], key=key)
    place = {"Location": url_for(".read_penalty", business_key=number)}
    return {"number": number}, 201, {**place, **replayed(known)}


@routes.get("/penalties/<path:business_key>", PenaltySchema)
def read_penalty(business_key: str) -> CaseFile:
    """Read the file of a case."""
    return desk().penalties.view(caller(), business_key)


@routes.get("/penalties/<path:business_key>/official", OfficialRecordSchema)
def read_official(business_key: str) -> Mapping[str, Any]:
    """Read the official record of a case with what is wrong with it."""
    return desk().penalties.record(caller(), business_key)


def _done(act: Act, business_key: str, body: Mapping[str, Any]) -> Created:
    number, known = act(caller(), business_key, body["answers"], key=idempotency_key())
    return {"number": number}, 201, replayed(known)


@routes.send("POST", "/penalties/<path:business_key>/payments", **_ACT)
def pay(body: Mapping[str, Any], business_key: str) -> Created:
    """Record a payment; the same key and the same voucher record one."""
    return _done(desk().penalties.pay, business_key, body)


@routes.send("POST", "/penalties/<path:business_key>/remedies", **_ACT)
def stop(body: Mapping[str, Any], business_key: str) -> Created:
    """Note review or litigation: no surcharge grows on those days; the same first day replaces what was noted."""
    return _done(desk().penalties.stop, business_key, body)


@routes.send("POST", "/penalties/<path:business_key>/holds", **_ACT)
def hold(body: Mapping[str, Any], business_key: str) -> Created:
    """Ask the head to hold evidence; the same key asks once."""
    return _done(desk().penalties.hold, business_key, body)


@routes.send("POST", "/penalties/<path:business_key>/overturn", **_ACT)
def overturn(body: Mapping[str, Any], business_key: str) -> Created:
    """Register that the decision was overturned; a second time is refused, the same key answers as before."""
    return _done(desk().penalties.overturn, business_key, body)


@routes.send("POST", "/penalties/<path:business_key>/evidence", gives=CaseEvidenceSchema, status=201, also=(200,))
def attach(business_key: str) -> tuple[Any, int, dict[str, str]]:
    """Send a file as it is; sending it again changes nothing."""
    actor = caller()
    done = desk().penalties.attach(actor, business_key, request.get_data(cache=False))
    return done, 200 if done.was_known else 201, replayed(done.was_known)
