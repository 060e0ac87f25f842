"""Every address answers garbage with an explained refusal: never an error of ours, never half a change."""

import re
from collections.abc import Iterator, Sequence
from contextlib import nullcontext
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.routing import Rule
from werkzeug.test import TestResponse

from tests.conftest import POSTGRES, new_postgres_database
from tests.http.conftest import stored, token_of
from tests.processes.rig import CityRig
from web.app import create_app

PEOPLE = ("sp.jianshe", "ks.jsgc", "zr.sz.jz", "cg.sz", "zc.fagui", "ju.lingdao", "xt.admin", "jw.zu")
NOBODY = "0195d3c0-0000-7000-8000-000000000000"
SIGNING = ("home.sign_out", "home.sign_in_post")
WHOLE = ("teamwork.urge", "factor.begin")  # the button alone says everything: an empty form is what it sends
WHOLE_BODIES = ("/tasks/<uuid:task_id>:urge",)  # the same by the API: an empty object urges
# a wrong old password is counted; messages read; unfinished answers kept; no way of notice is chosen; all recorded
OWN = ("officer", "notification", "draft", "notice_setting", "audit_event")
IN_PATHS = (
    "x",
    NOBODY,
    "%00",
    "..%2f..%2fetc%2fpasswd",
    "'%22%3Cb%3E%0d%0aX-A:1",
    "衔" * 300,
    "%ed%a0%80",
    "-1",
    "17878515922185598976",
    "%F0%9F%92%A9",
    "' OR 1=1 --",
)
QUERIES = ("?view=x&lamp=x&unit=x&q=%25&after=x&limit=-1&sel=x&box=x&outcome=x&case=x&next=//x&kind=x",
           "?q=%00&unit=%00&after=%00&case=%00&view=%00&project_no=%00", "?limit=99999999999999999999&q=" + "q" * 5000,
           "?q=%ff%fe&case=%ed%a0%80&limit=NaN")  # fmt: skip
BODIES: tuple[bytes, ...] = (
    b"", b"{", b"null", b"[]", b"3", b'"x"', b"{}", b'{"a":1}', b'{"answers":[]}', b'{"answers":{"\\ud800":"\\ud800"}}',
    b'{"answers":{"decision":"\\u0000"},"case":"\\u0000","login":"\\u0000","reason":"\\u0000"}', b"[" * 9000,
    b'{"answers":{"decision":1e999}}', b'{"answers":{"decision":NaN}}', b"\xff\xfe",
    b'{"answers":{"decision":' + b"9" * 6000 + b"}}",
)  # fmt: skip
FORMS: tuple[dict[str, str], ...] = (
    {}, {"act": "complete"}, {"act": "x", "version": "x", "key": "k" * 900}, {"act": "draft", "decision": "\0"},
    {"act": "assign", "login": "\0", "reason": "\0"}, {"act": "check", "version": "9" * 400, "confirmed": "yes"},
    {"act": "conditions", "note": "x" * 90_000}, {"act": "release", "task": "x"}, {"case": "\r\nX-A: 1", "reason": "x"},
    {"act": "resume", "reason": "\0"}, {"act": "approve"}, {"login": "\0", "password": "\0", "next": "//evil.example"},
    {"new": "x", "again": "y", "old": "z"}, {"text": "9", "lang": "xx", "contrast": "\r\n"},
)  # fmt: skip


@pytest.fixture(scope="module")
def stirred(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[CityRig, Flask]]:
    """A city with one case in hand, and its application; on the stricter database where there is one."""
    file = f"sqlite:///{tmp_path_factory.mktemp('city') / 'test.db'}"
    with new_postgres_database() if POSTGRES else nullcontext(file) as url:
        rig = CityRig(url)
        rig.submit()
        rig.run()
        yield rig, create_app(rig.app)
        rig.close()


def signed_in(app: Flask, login: str) -> FlaskClient:
    client = app.test_client()
    form = {"login": login, "password": "demo-2026", "csrf_token": token_of(client.get("/sign-in").text)}
    assert client.post("/sign-in", data=form).status_code == 302
    return client


def address(rule: Rule, fill: str) -> str:
    """Return the address of a route with the same text in every place that is open."""
    return re.sub(r"<[^>]+>", lambda _: fill, rule.rule)


def explained(answer: TestResponse, what: str) -> None:
    """Fail when an answer is an error of ours, or leaves the asker alone."""
    assert answer.status_code < 500, f"{what}: {answer.status_code}"
    if answer.status_code >= 400 and what.split()[1].startswith("/api/"):
        assert answer.content_type == "application/problem+json", what
        assert re.search("[一-龥]", answer.json["detail"]), what
    assert "X-A" not in answer.headers


def share(things: Sequence[Any], login: str) -> Sequence[Any]:
    """Return the part of the garbage that one person brings; four neighbours together bring all of it."""
    return things[PEOPLE.index(login) % 4 :: 4]


@pytest.mark.parametrize("login", PEOPLE)
def test_reading_garbage_is_never_an_error_of_ours(stirred: tuple[CityRig, Flask], login: str) -> None:
    rig, app = stirred
    client, before = signed_in(app, login), stored(rig)
    for rule in app.url_map.iter_rules():
        if "GET" not in (rule.methods or ()) or rule.endpoint == "static":
            continue
        fills = share(IN_PATHS, login) if "<" in rule.rule else ("",)
        paths = [address(rule, fill) for fill in fills] + [address(rule, NOBODY) + q for q in share(QUERIES, login)]
        for path in paths:
            explained(client.get(path), f"GET {path[:120]}")
    assert stored(rig) == before


@pytest.mark.parametrize("login", PEOPLE)
def test_forms_of_garbage_are_never_an_error_of_ours(stirred: tuple[CityRig, Flask], login: str) -> None:
    rig, app = stirred
    client, task = signed_in(app, login), str(rig.tasks()[0].id)
    token, before = token_of(client.get("/me").text), stored(rig, *OWN)
    for rule in app.url_map.iter_rules():
        if "POST" not in (rule.methods or ()) or rule.rule.startswith("/api/") or rule.endpoint in (*SIGNING, *WHOLE):
            continue
        for path in {address(rule, NOBODY), address(rule, task)}:
            for form in share(FORMS, login):
                explained(client.post(path, data={**form, "csrf_token": token}), f"POST {path} {form}")
    assert stored(rig, *OWN) == before


@pytest.mark.parametrize("login", PEOPLE)
def test_bodies_of_garbage_are_never_an_error_of_ours(stirred: tuple[CityRig, Flask], login: str) -> None:
    rig, app = stirred
    client, task = app.test_client(), str(rig.tasks()[0].id)
    headers = {"Authorization": f"Bearer {rig.app.identity.issue_token(login, 'test')}", "If-Match": "*",
               "Idempotency-Key": "k"}  # fmt: skip
    before = stored(rig)
    for rule in app.url_map.iter_rules():
        for method in {"POST", "PUT"} & set(rule.methods or ()) if rule.rule.startswith("/api/") else ():
            for path in {address(rule, NOBODY), address(rule, task)} if ":claim" not in rule.rule else ():
                for body in share(BODIES, login):
                    if body == b"{}" and rule.rule.endswith(WHOLE_BODIES):
                        continue
                    sent = {"method": method, "headers": headers, "content_type": "application/json", "data": body}
                    explained(client.open(path, **sent), f"{method} {path} {body[:60]!r}")
    assert stored(rig) == before
