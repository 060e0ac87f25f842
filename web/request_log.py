"""One log line and one measurement for each request, under an id that the answer carries, too."""

import logging
import re
from time import perf_counter
from uuid import UUID

from flask import Flask, Response, g, request

from engine import ids, log_marks
from web.platform import platform

HEADER = "X-Request-Id"
_GIVEN = re.compile(r"[A-Za-z0-9._-]{8,64}")
_CASE = ("business_key", "instance_id", "task_id")
_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
_QUIET = frozenset({"static", "vitals.healthz", "vitals.readyz", "vitals.metrics", "me.badge"})
logger = logging.getLogger(__name__)


def register(app: Flask) -> None:
    """Begin and end each request; must be registered before all others."""
    app.before_request(_begin)
    app.after_request(_end)


def _begin() -> None:
    g.began = perf_counter()
    given = request.headers.get(HEADER, "")
    g.request_id = given if _GIVEN.fullmatch(given) else ids.new_id(platform().clock.now()).hex
    places = request.view_args or {}
    case = next((str(places[name]) for name in _CASE if isinstance(places.get(name), str | UUID)), "")
    log_marks.begin(g.request_id, case)


def _end(response: Response) -> Response:
    seconds = perf_counter() - g.get("began", perf_counter())
    endpoint = request.endpoint or ""
    method = request.method if request.method in _METHODS else "other"  # strangers must not make up new series
    vitals = platform().vitals
    vitals.metrics.answered(endpoint, method, response.status_code, seconds)
    if vitals.tracing is not None:
        vitals.tracing.answered(f"{method} {request.url_rule or ''}", g.get("request_id", ""), response.status_code)
    response.headers[HEADER] = g.get("request_id", "")
    if endpoint not in _QUIET:
        logger.info("answered", extra={
            "method": method, "route": str(request.url_rule or ""), "status": response.status_code,
            "milliseconds": round(seconds * 1000, 1),
        })  # fmt: skip
    return response
