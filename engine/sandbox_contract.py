"""The calls by which a conformance runner, or any other program, drives a sandbox: method, path and JSON."""

import re
from collections.abc import Callable, Mapping
from typing import Any

from engine.sandbox import Sandbox

Body = Mapping[str, Any]
Call = Callable[..., Any]


def _deploy(box: Sandbox, body: Body) -> Any:
    done = box.deploy({file["name"]: file["content"].encode() for file in body["files"]})
    return {"processes": [one.key for one in done.definitions], "warnings": [dict(one) for one in done.warnings]}


def _start(box: Sandbox, body: Body) -> Any:
    return box.start(body["process"], body.get("data") or {}, body.get("alias"))


def _message(box: Sandbox, body: Body) -> Any:
    return {"delivered": box.message(body["name"], body.get("data") or {}, body.get("correlation") or {})}


def _signal(box: Sandbox, body: Body) -> Any:
    return {"delivered": box.signal(body["name"], body.get("data") or {})}


_CALLS: tuple[tuple[str, str, int, Call], ...] = (
    ("POST", "/deployments", 201, _deploy),
    ("POST", "/instances", 201, _start),
    ("GET", "/instances", 200, lambda box, _body: box.instances()),
    ("GET", "/instances/{}", 200, lambda box, _body, name: box.instance(name)),
    ("DELETE", "/instances/{}", 204, lambda box, _body, name: box.delete(name)),
    ("PATCH", "/instances/{}/data", 200, lambda box, body, name: box.set_data(name, body["data"])),
    ("GET", "/tasks", 200, lambda box, _body: box.tasks()),
    ("POST", "/tasks/{}/complete", 200, lambda box, body, key: box.complete(key, body.get("data") or {})),
    ("POST", "/tasks/{}/error", 200, lambda box, body, key: box.throw_error(key, body["code"])),
    ("POST", "/messages", 200, _message),
    ("POST", "/signals", 200, _signal),
    ("GET", "/clock", 200, lambda box, _body: {"now": box.clock.now().isoformat()}),
    ("POST", "/clock/advance", 200, lambda box, body: {"now": box.advance(body["by"]).isoformat()}),
    ("POST", "/clock/next", 200, lambda box, _body: {"now": box.next_timer().isoformat()}),
    ("POST", "/test/trigger", 200, lambda box, body: box.trigger(body["element"], body.get("data") or {})),
    ("GET", "/history", 200, lambda box, _body: box.history()),
    ("POST", "/decisions/evaluate", 200, lambda box, body: box.decide(body["model"], body["decision"], body["inputs"])),
    ("POST", "/imports", 200, lambda box, body: box.look_into(body["name"], body["content"])),
)
_PATTERNS = [(method, re.compile(path.replace("{}", "([^/]+)")), status, call) for method, path, status, call in _CALLS]


def answer(box: Sandbox, method: str, path: str, body: Body) -> tuple[Any, int] | None:
    """Do what a call asks for; answers the JSON and the HTTP status, or None when there is no such call.

    Raises:
        AppError: what the engine refuses.
        KeyError: the body lacks a field.
    """
    for wanted, pattern, status, call in _PATTERNS:
        match = pattern.fullmatch(path) if wanted == method else None
        if match is not None:
            result = call(box, body, *match.groups())
            return ({} if result is None else result), status
    return None
