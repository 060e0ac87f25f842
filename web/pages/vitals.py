"""What monitors ask: does the process live, can it serve, and its numbers for Prometheus."""

import hmac
from ipaddress import ip_address

from flask import Blueprint, Response, abort, jsonify, request
from flask.typing import ResponseReturnValue

from web.platform import platform
from workflows.vitals.metrics import CONTENT_TYPE

pages = Blueprint("vitals", __name__)
_FORWARDED = ("Forwarded", "X-Forwarded-For", "X-Real-IP", "Via")


@pages.get("/healthz")
def healthz() -> ResponseReturnValue:
    """Say that this process lives; whoever restarts it for a database that is away makes things worse."""
    return jsonify({"status": "ok"})


@pages.get("/readyz")
def readyz() -> ResponseReturnValue:
    """Say whether requests may be sent here: 200, or 503 without a database or its tables."""
    found = platform().vitals.readiness()
    word = "unavailable" if not found.can_serve else "ok" if found.worker == "alive" else "degraded"
    body = {
        "status": word, "database": found.database, "migrations": found.migrations, "worker": found.worker,
        "worker_age_seconds": found.worker_age,
    }  # fmt: skip
    return jsonify(body), 200 if found.can_serve else 503


@pages.get("/metrics")
def metrics() -> ResponseReturnValue:
    """Give the numbers to who shows the token, or asks from this machine with no proxy in between."""
    if not _may_read():
        abort(404)
    return Response(platform().vitals.metrics.text(), content_type=CONTENT_TYPE)


def _may_read() -> bool:
    settings = platform().settings
    scheme, _, shown = request.headers.get("Authorization", "").partition(" ")
    if settings.metrics_token and scheme.lower() == "bearer":
        return hmac.compare_digest(shown.strip().encode(), settings.metrics_token.encode())
    if settings.tls or settings.proxies or any(name in request.headers for name in _FORWARDED):
        return False  # a proxy on this machine would let everybody look like this machine
    return _is_loopback(request.remote_addr or "")


def _is_loopback(text: str) -> bool:
    try:
        return ip_address(text).is_loopback
    except ValueError:
        return False
