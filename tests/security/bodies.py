"""What to send to a route that writes, so that it gets as far as asking whose thing it is."""

import inspect
import io
import re
from collections.abc import Mapping, Sequence
from typing import Any

from flask import Flask

from tests.security.addresses import NOBODYS

FORM: Mapping[str, str] = {
    "reason": "演示：核对别人能不能办理", "note": "演示", "opinion": "演示：同意", "text": "演示：意见",
    "comment": "演示", "question": "演示：请提意见", "decision_note": "演示", "day": "2026-03-13",
    "until": "2026-03-20", "kind": "close", "version": "1", "confirmed": "1", "name": "演示", "title": "演示",
    "unit": "NR-TZ", "signers": "ks.ch", "to": "ks.ch", "login": "ks.ch", "value": "1", "threshold": "1",
    "result": "passed", "started_at": "2026-03-11T09:00", "ended_at": "2026-03-11T10:00", "summary": "演示：核对",
    "draw_text": "演示",
}  # fmt: skip
_ACTS = re.compile(r"[\"']([a-z][a-z_-]{2,20})[\"']")
_NO_ACTS = frozenset({"act", *FORM})
MOST_ACTS = 6


def acts_of(app: Flask, endpoint: str) -> Sequence[str]:
    """Return which buttons a page's route knows, told from its source; one empty act when it asks for none."""
    source = inspect.getsource(inspect.unwrap(app.view_functions[endpoint]))
    if '"act"' not in source:
        return ("",)
    module = inspect.getsource(inspect.getmodule(inspect.unwrap(app.view_functions[endpoint])))
    found = _ACTS.findall(source) or _ACTS.findall(module)
    return [one for one in dict.fromkeys(found) if one not in _NO_ACTS][:MOST_ACTS] or ("",)


class Bodies:
    """Examples of bodies made of the API's own description."""

    def __init__(self, app: Flask) -> None:
        self._spec: dict[str, Any] = app.test_client().get("/api/openapi.json").json or {}

    def of(self, path: str, method: str) -> dict[str, Any]:
        """Return what the test client is given as the body of a route."""
        described = self._spec["paths"].get(path, {}).get(method.lower(), {}).get("requestBody")
        if described is None:
            return {}
        media, content = next(iter(described["content"].items()))
        example = self._example(content["schema"])
        if media == "application/json":
            return {"json": example}
        return {"data": {name: _part(value) for name, value in example.items()}, "content_type": media}

    def _example(self, shape: Mapping[str, Any]) -> Any:
        shape = self._resolved(shape)
        if shape.get("enum"):
            return next(one for one in shape["enum"] if one)
        kind = shape.get("type", "string")
        if kind == "object":
            return {name: self._example(one) for name, one in shape.get("properties", {}).items()
                    if not self._resolved(one).get("readOnly")}  # fmt: skip
        if kind == "array":
            return [self._example(shape["items"])] * max(shape.get("minItems", 1), 1)
        if kind in ("integer", "number"):
            return max(shape.get("minimum", 1), 1)
        return True if kind == "boolean" else _text(shape)

    def _resolved(self, shape: Mapping[str, Any]) -> Mapping[str, Any]:
        for more in ("allOf", "anyOf", "oneOf"):
            if more in shape:
                shape = {**shape, **shape[more][0]}
        if "$ref" in shape:
            return self._resolved(self._spec["components"]["schemas"][shape["$ref"].rpartition("/")[2]])
        return shape


def _text(shape: Mapping[str, Any]) -> Any:
    texts = {"uuid": NOBODYS, "date": "2026-03-13", "date-time": "2026-03-13T09:00:00+08:00", "binary": b"%PDF-1.4 x"}
    if shape.get("format") in texts:
        return texts[shape["format"]]
    return "演示文字，核对权限"[: shape.get("maxLength", 9)].ljust(shape.get("minLength", 0), "x")


def _part(value: Any) -> Any:
    return (io.BytesIO(value), "演示.pdf") if isinstance(value, bytes) else str(value)
