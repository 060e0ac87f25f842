"""A number larger than a column takes is refused by name on the API, and leads nowhere on the pages."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from flask import Flask

from tests.http.conftest import Client
from tests.http.test_garbage import address, explained, signed_in
from tests.processes.rig import CityRig
from web.app import create_app
from web.whole import LARGEST

LARGE = ("9" * 12, "9" * 40, "9" * 5000)
NAMES = ("version", "old", "new", "after", "page", "days", "sel", "limit", "years", "interval")


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Flask]:
    """The application on the database that refuses large numbers hardest."""
    file: Path = tmp_path_factory.mktemp("numbers") / "city.db"
    rig = CityRig(f"sqlite:///{file}")
    rig.submit()
    rig.run()
    yield create_app(rig.app)
    rig.close()


def whole(schema: dict[str, Any], parts: dict[str, Any], name: str, seen: frozenset[str]) -> Iterator[tuple[str, Any]]:
    """Yield every whole number of a shape with its place; a shape may hold itself."""
    if (found := schema.get("$ref", "").rpartition("/")[2]) and found not in seen:
        yield from whole(parts[found], parts, name, seen | {found})
    if "integer" in (kind if isinstance(kind := schema.get("type"), list) else [kind]):
        yield name, schema
    for key, inner in schema.get("properties", {}).items():
        yield from whole(inner, parts, f"{name}.{key}", seen)
    for inner in (*filter(None, [schema.get("items")]), *schema.get("allOf", ())):
        yield from whole(inner, parts, name, seen)


def asked(document: dict[str, Any]) -> Iterator[tuple[str, Any]]:
    """Yield the whole numbers that callers may send."""
    parts = document["components"]["schemas"]
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            if not isinstance(operation, dict):
                continue
            for one in operation.get("parameters", ()):
                yield from whole(one.get("schema", {}), parts, f"{method} {path} ?{one.get('name')}", frozenset())
            for body in operation.get("requestBody", {}).get("content", {}).values():
                yield from whole(body["schema"], parts, f"{method} {path}", frozenset())


def test_every_number_a_program_may_send_has_a_largest(client_of: Client) -> None:
    numbers = list(asked(client_of("xt.admin").get("/api/openapi.json").json))
    assert len(numbers) > 40
    open_ended = [
        name for name, schema in numbers if schema.get("maximum", LARGEST + 1) > LARGEST and "enum" not in schema
    ]
    assert open_ended == []


@pytest.mark.parametrize("login", ["xt.admin", "zc.fagui"])
def test_a_large_number_on_a_page_is_no_error_of_ours(small: Flask, login: str) -> None:
    client = signed_in(small, login)
    for rule in small.url_map.iter_rules():
        if "GET" not in (rule.methods or ()) or rule.endpoint == "static" or rule.rule.startswith("/api/"):
            continue
        for number in LARGE:
            query = "&".join(f"{name}={number}" for name in NAMES)
            path = address(rule, "approval_handoff") if "<key>" in rule.rule else address(rule, number)
            for more in ("&key=approval_handoff", "&key="):
                explained(client.get(f"{path}?{query}{more}"), f"GET {path[:120]}")
