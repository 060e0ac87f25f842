"""Runs the neutral cases with their own runner, either in this process or over HTTP."""

import importlib
import os
import sys
from datetime import UTC, datetime
from pathlib import Path
from types import ModuleType
from typing import Any

from engine.errors import AppError, DefinitionInvalid
from engine.sandbox import Sandbox
from engine.spiff.diagram import Dialect

CASES = Path(os.environ.get("XIANJIE_TEST_CONFORMANCE", Path(__file__).parents[3] / "shared" / "conformance"))
DIALECT = Dialect(language="python", shares_variables=True, implicit_topics=True, late_calls=True)


def load(name: str) -> ModuleType:
    """Return a module of the cases' runner."""
    folder = str(CASES / "runner")
    if folder not in sys.path:
        sys.path.insert(0, folder)
    return importlib.import_module(name)


def engine_class() -> type:
    """Return the runner's client with its calls led to a sandbox of this process instead of a server."""
    http = load("http_engine")

    class Product(http.HttpEngine):
        def call(self, method: str, path: str, body: Any = None, ok: Any = ()) -> Any:
            if path == "/test/sandboxes":
                self.box = Sandbox(datetime(2026, 1, 5, 9, tzinfo=UTC), DIALECT)
                return {"id": "here"}
            try:
                return answer(self.box, method, path, body)
            except DefinitionInvalid as exc:
                raise http.DeployError(str(exc.facts)) from exc
            except AppError as exc:
                raise http.EngineError(f"{exc.code} {exc.facts}") from exc

    return Product


def answer(box: Sandbox, method: str, path: str, body: Any) -> Any:
    """Do what a call of the contract asks for."""
    parts = path.partition("?")[0].strip("/").split("/")
    match method, parts:
        case "POST", ["deployments"]:
            return {"processes": box.deploy({f["name"]: f["content"].encode() for f in body["files"]})}
        case "POST", ["instances"]:
            return box.start(body["process"], body["data"], body["alias"])
        case "GET", ["instances"]:
            return box.instances()
        case "GET", ["instances", name]:
            return box.instance(name)
        case "DELETE", ["instances", name]:
            return box.delete(name)
        case "PATCH", ["instances", name, "data"]:
            return box.set_data(name, body["data"])
        case "GET", ["tasks"]:
            return box.tasks()
        case "POST", ["tasks", key, "complete"]:
            return box.complete(key, body["data"])
        case "POST", ["tasks", key, "error"]:
            return box.throw_error(key, body["code"])
        case "POST", ["messages"]:
            return {"delivered": box.message(body["name"], body["data"], body["correlation"])}
        case "POST", ["signals"]:
            return {"delivered": box.signal(body["name"], body["data"])}
        case "GET", ["clock"]:
            return {"now": box.clock.now().isoformat()}
        case "POST", ["clock", "advance"]:
            return {"now": box.advance(body["by"]).isoformat()}
        case "POST", ["clock", "next"]:
            return {"now": box.next_timer().isoformat()}
        case "POST", ["test", "trigger"]:
            return box.trigger(body["element"], body["data"])
        case "GET", ["history"]:
            return box.history()
    raise AssertionError((method, path))
