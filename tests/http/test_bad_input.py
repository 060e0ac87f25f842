"""Whatever is sent, the answer is an error that names the remedy, and nothing is written."""

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import orjson
import pytest
from flask.testing import FlaskClient
from sqlalchemy import func, select

from engine.store.tables import metadata
from tests.http.conftest import token_of
from tests.processes.rig import SAMPLE, CityRig, Look
from web.app import create_app

Client = Callable[[str], FlaskClient]
NOTED = {"login_session", "api_token", "officer"}  # signing in and failing to are written down, and should be
NOBODY = "0199c6a0-0000-7000-8000-000000000000"
ODD = ("x", "0", "-1", "%00", "%F0%9F%92%A9", "..%2F..%2Fetc%2Fpasswd", "a" * 3000, "' OR 1=1 --", "<script>")
GARBAGE = (
    b"", b"{", b"[]", b"null", b"1e999", b'{"answers": []}', b'{"answers": {"decision": {"a": [1]}}}',
    b'{"answers": {"decision": "\\u0000"}}', b'{"answers": {"note": "\\ud800"}}', b"[" * 2000, b"\xff\xfe\x00",
)  # fmt: skip
ROLES = ("sp.jianshe", "zr.sz", "cg.sz", "zc.fagui", "ju.lingdao", "xt.admin")


@pytest.fixture
def busy(city: CityRig) -> CityRig:
    """A city with a permit handed over."""
    city.submit()
    city.run()
    return city


def counted(city: CityRig) -> dict[str, int]:
    """Return how many rows each table has, except those that note who signed in."""

    def read(uow: Any) -> dict[str, int]:
        tables = [table for table in metadata.sorted_tables if table.name not in NOTED]
        return {table.name: uow.connection.scalar(select(func.count()).select_from(table)) for table in tables}

    return city.app.engine.ask(Look(read))


def routes(city: CityRig, method: str) -> Iterator[str]:
    """Yield every rule that takes a method."""
    for rule in create_app(city.app).url_map.iter_rules():
        if method in (rule.methods or ()) and not rule.rule.startswith("/static"):
            yield rule.rule


def filled(rule: str, odd: str) -> str:
    """Return a rule's address with odd values in it."""
    path = re.sub(r"<uuid:[^>]+>", NOBODY, rule)
    return re.sub(r"<[^>]+>", odd, path)


@pytest.mark.parametrize("login", ROLES)
def test_no_address_breaks_on_odd_values(busy: CityRig, client_of: Client, login: str) -> None:
    client, before = client_of(login), counted(busy)
    for rule in routes(busy, "GET"):
        for odd in ODD if "<" in rule else ODD[:1]:
            answer = client.get(filled(rule, odd), query_string={"q": odd, "view": odd, "cursor": odd, "limit": odd})
            assert answer.status_code < 500, (rule, odd, answer.text[:300])
    assert counted(busy) == before


@pytest.mark.parametrize("login", ROLES)
def test_no_form_breaks_on_garbage(busy: CityRig, client_of: Client, login: str) -> None:
    client, before = client_of(login), counted(busy)
    token = token_of(client.get("/tasks").text)
    for rule in routes(busy, "POST"):
        if rule.startswith("/api/") or rule in ("/sign-out", "/sign-in"):
            continue
        for value in ("", "x", "\x00", "9" * 400):
            form = {"csrf_token": token, "key": value, "version": value, "decision": value, "reason": value}
            answer = client.post(filled(rule, "x"), data=form)
            assert answer.status_code < 500, (rule, value, answer.text[:300])
    assert counted(busy) == before


def test_no_resource_breaks_on_garbage(busy: CityRig) -> None:
    client, before = create_app(busy.app).test_client(), None
    headers = {
        "Authorization": f"Bearer {busy.app.identity.issue_token('zc.fagui', 'test')}", "If-Match": '"1"',
        "Idempotency-Key": "k",
    }  # fmt: skip
    before = counted(busy)
    for method in ("POST", "PUT"):
        for rule in routes(busy, method):
            if not rule.startswith("/api/"):
                continue
            for body in GARBAGE:
                answer = client.open(
                    filled(rule, "x"), method=method, data=body, content_type="application/json", headers=headers
                )
                assert 400 <= answer.status_code < 500, (rule, body[:30], answer.text[:300])
                assert answer.content_type == "application/problem+json"
    assert counted(busy) == before


def sent(city: CityRig, body: Mapping[str, Any] | bytes) -> Any:
    data = body if isinstance(body, bytes) else orjson.dumps(body)
    token = {"Authorization": f"Bearer {city.app.identity.issue_token('sp.jianshe', 'test')}"}
    client = create_app(city.app).test_client()
    return client.post("/api/v1/approvals", data=data, content_type="application/json", headers=token)


@pytest.mark.parametrize("field", ["XK_XDR_MC", "XK_WSH", "project_name", "site"])
@pytest.mark.parametrize("value", ["\x00", "字" * 100_000, 7, ["x"], {"a": 1}, None])
def test_a_decision_with_an_impossible_value_is_told_its_field(city: CityRig, field: str, value: Any) -> None:
    before = counted(city)
    answer = sent(city, {"layout": "dual_publicity_licence", "fields": {**SAMPLE, field: value}})
    assert answer.status_code == 422, answer.text[:300]
    assert answer.json["errors"]
    assert counted(city) == before


@pytest.mark.parametrize(
    ("answers", "field"),
    [
        ({"decision": "maybe"}, "decision"),
        ({"decision": ["claim"]}, "decision"),
        ({"decision": {"a": 1}}, "decision"),
        ({}, "decision"),
        ({"decision": "return", "note": "长" * 2001, "return_code": "other"}, "note"),
        ({"decision": "return", "note": 7, "return_code": "other"}, "note"),
        ({"decision": "return", "note": "不属于\x00本单位", "return_code": "other"}, "note"),
        ({"decision": "claim", "unasked": "x"}, "unasked"),
    ],
)
def test_an_answer_of_the_wrong_kind_is_told_its_field(busy: CityRig, answers: dict[str, Any], field: str) -> None:
    task = busy.tasks("claim_duty")[0]
    login = next(one for one in ("ks.jsgc", "zr.sz") if busy.actor(one).groups & set(task.candidate_groups))
    headers = {
        "Authorization": f"Bearer {busy.app.identity.issue_token(login, 'test')}", "If-Match": '"1"',
        "Idempotency-Key": "k",
    }  # fmt: skip
    before = counted(busy)
    client = create_app(busy.app).test_client()
    answer = client.post(f"/api/v1/tasks/{task.id}:complete", json={"answers": answers}, headers=headers)
    assert answer.status_code == 422, answer.text[:300]
    assert field in {one["field"] for one in answer.json["errors"]}
    assert all(re.search(r"[\u4e00-\u9fff]", one["message"]) for one in answer.json["errors"])
    assert counted(busy) == before
