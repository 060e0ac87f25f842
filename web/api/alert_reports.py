"""The webhook of devices: a report signed with HMAC-SHA256 becomes an alert, once."""

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

from flask import Response, request, url_for
from marshmallow import Schema, fields, validate

from web.api.caller import desk
from web.api.preconditions import replayed
from web.api.problem import problem
from web.api.routes import Routes
from web.scanning import scan_base64
from workflows.alerts.intake import AlertTaken
from workflows.alerts.signatures import KEY, NONCE, SIGNATURE, TIMESTAMP, Signed
from workflows.errors import SignatureRefused

routes = Routes("alert-reports", "Reports of monitoring devices")
_LONGEST_PICTURE = 1_800_000


def _header(name: str, text: str) -> dict[str, Any]:
    return {"name": name, "in": "header", "required": True, "schema": {"type": "string"}, "description": text}


HEADERS = (
    _header(KEY, "The id of the key the report is signed with."),
    _header(TIMESTAMP, "Seconds since 1970 in UTC, when it was signed; at most five minutes off."),
    _header(NONCE, "16 to 100 ASCII characters, never used before with this key."),
    _header(SIGNATURE, "sha256= and the hexadecimal HMAC-SHA256, with the key's secret, of five lines joined by LF: "
                       "timestamp, nonce, method, path, hexadecimal SHA-256 of the body."),
)  # fmt: skip


class AlertReportSchema(Schema):
    """What a device saw."""

    device = fields.String(required=True, validate=validate.Length(1, 60))
    source_key = fields.String(required=True, validate=validate.Length(1, 100))
    class_code = fields.String(required=True, data_key="class", validate=validate.Length(1, 60))
    confidence = fields.Float(required=True, validate=validate.Range(0, 1), metadata={"example": 0.87})
    happened_at = fields.AwareDateTime(required=True)
    lat = fields.Float(load_default=None, allow_none=True, validate=validate.Range(-90, 90))
    lon = fields.Float(load_default=None, allow_none=True, validate=validate.Range(-180, 180))
    preset = fields.String(load_default="", validate=validate.Length(max=60))
    note = fields.String(load_default="", validate=validate.Length(max=500))
    snapshot = fields.String(
        load_default=None, allow_none=True, validate=validate.Length(max=_LONGEST_PICTURE),
        metadata={"description": "A picture in base64; larger records are fetched from the device later."},
    )  # fmt: skip


class AlertTakenSchema(Schema):
    """The number of the alert, and what history advises."""

    alert_id = fields.UUID()
    number = fields.String()
    advice = fields.String(metadata={"description": "hot, look, doubtful or noise; only an advice"})


def _signed() -> Signed:
    key, at, nonce, signature = (request.headers.get(name, "") for name in (KEY, TIMESTAMP, NONCE, SIGNATURE))
    return Signed(key, at, nonce, signature, request.method, request.path, request.get_data(cache=True))


@routes.blueprint.before_request  # type: ignore[untyped-decorator]
def check() -> None:
    """Refuse what is not signed before anything of it is read."""
    desk().alerts.check(_signed())


@routes.blueprint.errorhandler(SignatureRefused)  # type: ignore[untyped-decorator]
def refuse(error: SignatureRefused) -> Response:
    """Answer 401 and say how to sign."""
    response = problem(HTTPStatus.UNAUTHORIZED, error.code, str(error.facts.get("reason", "")))
    response.headers["WWW-Authenticate"] = 'Xianjie-HMAC-SHA256 realm="xianjie"'
    return response


@routes.send(
    "POST", "/alert-reports", body=AlertReportSchema, gives=AlertTakenSchema, status=201, also=(200,), headers=HEADERS
)  # fmt: skip
def take_report(body: Mapping[str, Any]) -> tuple[AlertTaken, int, dict[str, str]]:
    """Send an alert. The same ``source_key`` of a device is kept once: 201 the first time, 200 afterwards.

    401 `signature-refused` says what to mend; 409 `report-replayed` asks for a new nonce; 409 `alert-key-reused` means
    that the number has another content; 403 `device-unknown`: the key is another device's.
    """
    scan_base64(str(body.get("snapshot") or ""))
    done = desk().alerts.take(_signed(), body)
    place = {"Location": url_for("api-alerts.read_alert", number=done.number)}
    return done, 200 if done.was_known else 201, {**place, **replayed(done.was_known)}
