"""The conformance profile: sandboxes over HTTP for published test cases, on this machine only.

It shares nothing with the platform: no database, no people, no city. Every sandbox is named by the header
``X-Test-Sandbox``; the oldest go when there are too many.
"""

import secrets
from collections import OrderedDict
from threading import Lock
from typing import Any

from flask import Flask, Response, jsonify, request
from flask.typing import ResponseReturnValue
from waitress import serve

from engine.errors import AppError, DefinitionInvalid, NotFound
from engine.sandbox import Sandbox, parsed_instant
from engine.sandbox_contract import answer

LOOPBACK = "127.0.0.1"
_MOST = 20


class Sandboxes:
    """The open sandboxes; one call at a time."""

    def __init__(self) -> None:
        self.lock = Lock()
        self._open: OrderedDict[str, Sandbox] = OrderedDict()

    def open(self, clock: str) -> str:
        """Open a sandbox with its clock frozen at an instant."""
        key = secrets.token_hex(8)
        self._open[key] = Sandbox(parsed_instant(clock))
        while len(self._open) > _MOST:
            self._open.popitem(last=False)[1].close()
        return key

    def get(self, key: str) -> Sandbox | None:
        """Return an open sandbox."""
        return self._open.get(key)


def create_conformance_app() -> Flask:
    """Return the application of the profile."""
    app = Flask(__name__, static_folder=None)
    boxes = Sandboxes()

    @app.route("/", defaults={"path": ""}, methods=["GET", "POST", "PATCH", "DELETE"])
    @app.route("/<path:path>", methods=["GET", "POST", "PATCH", "DELETE"])
    def call(path: str) -> ResponseReturnValue:
        """Answer one call of the contract."""
        body = request.get_json(silent=True) or {}
        with boxes.lock:
            return _answered(boxes, f"/{path}", body)

    return app


def _answered(boxes: Sandboxes, path: str, body: Any) -> ResponseReturnValue:
    if (request.method, path) == ("POST", "/test/sandboxes"):
        return jsonify(id=boxes.open(str(body.get("clock") or "2026-01-05T09:00:00Z"))), 201
    box = boxes.get(request.headers.get("X-Test-Sandbox", ""))
    if box is None:
        return jsonify(error="no such sandbox: open one with POST /test/sandboxes"), 404
    try:
        found = answer(box, request.method, path, body)
    except KeyError as exc:
        return jsonify(error=f"the body lacks {exc}"), 400
    except DefinitionInvalid as exc:
        return jsonify(errors=[_error(one) for one in _findings(exc)]), 422
    except AppError as exc:
        return jsonify(error=exc.code, detail=exc.message), 404 if isinstance(exc, NotFound) else 409
    if found is None:
        return jsonify(error="no such call"), 404
    return (Response(status=204), 204) if found[1] == 204 else (jsonify(found[0]), found[1])


def _findings(exc: DefinitionInvalid) -> list[Any]:
    found = exc.facts.get("findings")
    return list(found) if isinstance(found, list | tuple) else []


def _error(finding: Any) -> dict[str, str]:
    return {"file": finding["file"], "element": finding["element"], "code": finding["rule"],
            "message": finding["message"]}  # fmt: skip


def serve_conformance(port: int) -> None:
    """Serve the profile on the loopback address until stopped."""
    serve(create_conformance_app(), host=LOOPBACK, port=port, threads=1, ident=None)
