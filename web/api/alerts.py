"""Alerts: list, read, dismiss, take back, send somebody; files by their hash; numbers of a period."""

from collections.abc import Mapping, Sequence
from typing import Any

from flask import Response, request
from marshmallow import Schema, fields, validate

from web.api.alert_shapes import (
    AlertListingSchema,
    AlertPageSchema,
    AlertQuery,
    AlertSchema,
    AlertStatementSchema,
    AlertStatisticsSchema,
    ConfirmAlertSchema,
    DismissAlertSchema,
)
from web.api.caller import caller, desk
from web.api.inspection_shapes import EvidenceKeptSchema
from web.api.preconditions import replayed
from web.api.routes import Routes
from web.paging import seal, unseal
from workflows.alerts.lists import AlertFilter
from workflows.alerts.statistics import PERIODS, Statistics
from workflows.evidence import MEDIA_TYPES, EvidenceContent, EvidenceKept

routes = Routes("alerts", "Alerts of monitoring devices")
Line = Mapping[str, Any]
_FILES = {extension: media for media, extension in MEDIA_TYPES.items()}


class PeriodQuery(Schema):
    """How many days back."""

    days = fields.Integer(load_default=30, validate=validate.OneOf(PERIODS))


@routes.get("/alerts", AlertPageSchema, query=AlertQuery)
def list_alerts(query: Mapping[str, Any]) -> Line:
    """List the alerts that concern the caller's unit, the newest first, a page at a time."""
    device = query["device"]
    wanted = {**query, "device": str(device) if device else "", "after": unseal(query["after"])}
    page = desk().alerts.page(caller(), AlertFilter(**wanted))
    return {"alerts": page.rows, "total": page.total, "next": seal(page.next)}


@routes.get("/alerts/<number>", AlertSchema)
def read_alert(number: str) -> Line:
    """Read an alert with its files and what was done."""
    return _read(number)


def _read(number: str) -> Line:
    view = desk().alerts.view(caller(), number)
    more = {"device_code": view.device["code"], "device_name": view.device["name"]}
    return {**view.row, **more, "files": view.files, "events": view.events}


@routes.send("POST", "/alerts/<number>:dismiss", body=DismissAlertSchema, gives=AlertSchema)
def dismiss(body: Mapping[str, Any], number: str) -> Line:
    """Dismiss an alert as noise; it can be taken back until ``undo_until``."""
    desk().alerts.dismiss(caller(), number, body["kind"], body["note"])
    return _read(number)


@routes.send("POST", "/alerts/<number>:undo", gives=AlertSchema)
def undo(number: str) -> Line:
    """Take a dismissal back; 409 `undo-too-late` afterwards."""
    desk().alerts.undo(caller(), number)
    return _read(number)


@routes.send("POST", "/alerts/<number>:confirm", body=ConfirmAlertSchema, gives=AlertSchema)
def confirm(body: Mapping[str, Any], number: str) -> Line:
    """Send a unit to look, the device's own unless another of the area is named; its two hours begin."""
    desk().alerts.confirm(caller(), number, body["unit"], body["note"])
    return _read(number)


@routes.send("POST", "/alerts/<number>/statements", body=AlertStatementSchema, gives=AlertSchema, status=201)
def add_statement(body: Mapping[str, Any], number: str) -> Line:
    """Take down what the party says to the alert."""
    desk().alerts.state(caller(), number, {"statement_text": body["text"]})
    return _read(number)


@routes.send("PUT", "/alerts/<number>/files/<sha256>", gives=EvidenceKeptSchema, also=(201,))
def put_file(number: str, sha256: str) -> tuple[EvidenceKept, int, dict[str, str]]:
    """Send a file under its SHA-256; sending it again changes nothing. 201 when it is new."""
    actor = caller()
    done = desk().alerts.attach(actor, number, request.get_data(cache=False), "接口上传", sha256.lower())
    return done, 200 if done.was_known else 201, replayed(done.was_known)


@routes.file("/alerts/<number>/files/<sha256>", _FILES)
def read_file(number: str, sha256: str) -> Response:
    """Download a file of an alert."""
    return _file(desk().alerts.file(caller(), number, sha256))


@routes.file("/alerts/<number>/evidence/<sha256>", _FILES)
def read_evidence(number: str, sha256: str) -> Response:
    """Fetch a file for use as evidence; 409 `evidence-not-reviewed` when it is only a lead, and why."""
    return _file(desk().alerts.as_evidence(caller(), number, sha256))


def _file(found: EvidenceContent) -> Response:
    headers = {
        "Content-Disposition": f'attachment; filename="{found.name}"',
        "Content-Security-Policy": "default-src 'none'; sandbox",
    }
    return Response(found.content, content_type=found.media_type, headers=headers)


@routes.get("/alert-statistics", AlertStatisticsSchema, query=PeriodQuery)
def read_statistics(query: Mapping[str, Any]) -> Statistics:
    """Read the numbers of a period by class, hour, device and place; ``GET /alerts`` lists what is behind each."""
    return desk().alerts.statistics(caller(), query["days"])


@routes.get("/alert-listings", AlertListingSchema, many=True)
def list_listings() -> Sequence[Line]:
    """List the places under listed supervision, at most 200, the open ones first."""
    return desk().alerts.listings(caller())
