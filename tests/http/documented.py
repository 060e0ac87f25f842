"""Compares every answer of the API in these tests with what the API's document says of its route."""

import re
from typing import Any

from flask import Flask
from flask.testing import FlaskClient
from werkzeug.exceptions import HTTPException
from werkzeug.test import TestResponse

_OPEN = FlaskClient.open
_SPEC: dict[str, dict[str, Any]] = {}


def checked_open(client: FlaskClient, *args: Any, **kwargs: Any) -> TestResponse:
    """Send a request as the client does, and fail when the document does not name the status of the answer."""
    answer = _OPEN(client, *args, **kwargs)
    sent = answer.request
    if sent.path.startswith("/api/v1/") and answer.status_code < 500:
        place = _place(client.application, sent.path, sent.method)
        if place:
            named = _responses(client.application)[place][sent.method.lower()]["responses"]
            status = str(answer.status_code)
            assert status in named, f"{sent.method} {place} answered {status}, which its document does not name"
            assert answer.status_code in (204, 304) or answer.mimetype in named[status]["content"], (
                f"{place}: {answer.mimetype}"
            )
    return answer


def _place(app: Flask, path: str, method: str) -> str:
    """Return the path of the document that a request meets; nothing where there is none."""
    try:
        rule, _ = app.url_map.bind("localhost").match(path, method, return_rule=True)
    except HTTPException:
        return ""
    return re.sub(r"<(?:[^<>]*:)?(\w+)>", r"{\1}", rule.rule) if method in {"GET", "POST", "PUT", "DELETE"} else ""


def _responses(app: Flask) -> dict[str, Any]:
    """Return the paths of the document, with what is named elsewhere put in its place."""
    if not _SPEC:
        spec = _OPEN(app.test_client(), "/api/openapi.json").json or {}
        parts = spec["components"]["responses"]
        for place, methods in spec["paths"].items():
            for method in methods.values():
                if isinstance(method, dict):
                    method["responses"] = {
                        status: parts[one["$ref"].rpartition("/")[2]] if "$ref" in one else one
                        for status, one in method["responses"].items()
                    }
            _SPEC[place] = methods
    return _SPEC
