"""Sessions end when they must, cookies and headers keep pages to themselves."""

import re
from datetime import timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import update
from werkzeug.test import TestResponse

from tests.browser.crawl import sign_in
from tests.http.conftest import token_of
from tests.processes.rig import CityRig
from tests.security.meter import Meter
from web.app import create_app
from workflows.accounts import sessions
from workflows.desk.asking import Do
from workflows.identity import SignInRules
from workflows.records.audit import audit_event
from workflows.records.offices import login_session, officer


def test_a_session_ends_twelve_hours_after_it_began_however_busy(city: CityRig, app: Flask) -> None:
    client = sign_in(app, "zr.st")
    for _ in range(12 * 3 - 1):
        city.clock.advance(timedelta(minutes=20))
        assert client.get("/me").status_code == 200
    city.clock.advance(timedelta(minutes=19, seconds=59))
    assert client.get("/me").status_code == 200
    city.clock.advance(timedelta(seconds=1))
    assert client.get("/me").status_code == 302


def test_signing_out_ends_the_session_on_the_server(city: CityRig, app: Flask) -> None:
    client = sign_in(app, "zr.st")
    kept = client.get_cookie("xianjie").value
    client.post("/sign-out", data={"csrf_token": token_of(client.get("/me").text)})
    assert city.app.identity.actor_of(kept) is None


def test_each_session_is_listed_and_ended_and_a_new_password_ends_the_others(city: CityRig, app: Flask) -> None:
    here, there = sign_in(app, "zr.st"), sign_in(app, "zr.st")
    rows = city.rows(login_session, login="zr.st")
    assert len({row["id"] for row in rows}) == 2
    secrets = {client.get_cookie("xianjie").value for client in (here, there)}
    assert not any(secret in str(row) for row in rows for secret in secrets)
    assert here.get("/me").text.count("/me/devices/") == 1
    other = next(row["id"] for row in rows if f"/me/devices/{row['id']}/revoke" in here.get("/me").text)
    stranger = sign_in(app, "zr.tz")
    stranger.post(f"/me/devices/{other}/revoke", data={"csrf_token": token_of(stranger.get("/me").text)})
    assert there.get("/me").status_code == 200
    here.post(f"/me/devices/{other}/revoke", data={"csrf_token": token_of(here.get("/me").text)})
    assert there.get("/me").status_code == 302
    third = sign_in(app, "zr.st")
    form = {"old": "demo-2026", "new": "Yun-He7zhen", "again": "Yun-He7zhen"}
    here.post("/me/password", data={**form, "csrf_token": token_of(here.get("/me").text)})
    assert (here.get("/me").status_code, third.get("/me").status_code) == (200, 302)


def test_a_password_older_than_the_city_allows_must_be_changed(city: CityRig) -> None:
    identity = city.app.identity
    identity._rules = SignInRules(password_days=90)
    old = update(officer).where(officer.c.login == "zr.st").values(password_set_at=city.clock.now())
    city.app.engine.execute(Do(lambda uow: uow.connection.execute(old)))
    city.clock.advance(timedelta(days=90))
    assert identity.sign_in("zr.st", "demo-2026", "", "").waits_for == ""
    city.clock.advance(timedelta(seconds=1))
    signed = identity.sign_in("zr.st", "demo-2026", "", "")
    assert signed.waits_for == "password"
    full = identity.enter_password(signed.secret, "Yun-He7zhen")
    assert identity.actor_of(full.secret) is not None
    assert identity.sign_in("zr.st", "Yun-He7zhen", "", "").waits_for == ""


def test_the_session_cookie_is_bound_to_the_host_behind_tls(sqlite_url: str) -> None:
    rig = CityRig(sqlite_url, tls=True)
    client = create_app(rig.app).test_client()
    page = client.get("/sign-in", base_url="https://localhost")
    assert page.headers["Strict-Transport-Security"] == "max-age=31536000; includeSubDomains"
    form = {"login": "zr.st", "password": "demo-2026", "csrf_token": token_of(page.text)}
    answer = client.post("/sign-in", data=form, base_url="https://localhost", headers={"Referer": "https://localhost/"})
    cookie = next(one for one in answer.headers.getlist("Set-Cookie") if one.startswith("__Host-xianjie="))
    assert all(part in cookie for part in ("Secure", "HttpOnly", "SameSite=Lax", "Path=/"))
    rig.close()


def test_every_answer_has_the_headers_that_keep_it_to_itself(app: Flask) -> None:
    client = app.test_client()
    for path in ("/sign-in", "/api/v1/tasks", "/nowhere", "/healthz"):
        headers = client.get(path).headers
        policy = headers["Content-Security-Policy"]
        assert all(part in policy for part in ("object-src 'none'", "base-uri 'none'", "frame-ancestors 'none'"))
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert headers["Referrer-Policy"] == "same-origin"
        assert headers["Cache-Control"] == "no-store"
        assert "Access-Control-Allow-Origin" not in headers
    assert client.open("/sign-in", method="TRACE").status_code == 405


def attempt(client: FlaskClient, login: str, password: str = "wrong", token: str = "") -> TestResponse:
    token = token or token_of(client.get("/sign-in").text)
    return client.post("/sign-in", data={"login": login, "password": password, "csrf_token": token})


def test_every_failure_is_recorded_and_no_answer_tells_which_names_there_are(city: CityRig, app: Flask) -> None:
    client, meter = app.test_client(), Meter(city.app.engine.database.pool)
    seen, costs, token = set(), set(), token_of(client.get("/sign-in").text)
    for login in ("zr.st", "nobody", *["zr.tz"] * 6):
        with meter.measure() as spent:
            answer = attempt(client, login, token=token)
        seen.add((answer.status_code, re.sub(r'value="[^"]*"|content="[^"]*"', "", answer.text)))
        costs.add(spent.statements)
    assert (len(seen), len(costs)) == (1, 1)
    rows = sorted(city.rows(audit_event, kind="sign-in-failed"), key=lambda row: row["id"])
    assert [row["object"] for row in rows] == ["zr.st", "nobody", *["zr.tz"] * 6]
    assert [row["detail"].get("reason") for row in rows[:2]] == [None, "没有这个登录名"]
    assert (rows[-1]["detail"]["reason"], rows[-1]["ip"], rows[-1]["actor"]) == ("账号已锁定", "127.0.0.1", "zr.tz")


def test_a_name_as_it_was_typed_is_one_short_line(city: CityRig, app: Flask) -> None:
    attempt(app.test_client(), "a\r\nb\x1b[31m\u202e" + "长" * 80)
    (row,) = city.rows(audit_event, kind="sign-in-failed")
    assert row["object"] == ("a��b�[31m�" + "长" * 80)[:40] + "…"
    auditor = sign_in(app, "sj.admin")
    assert "没有这个登录名" in auditor.get("/audit?kind=sign-in-failed").text


def test_a_flood_of_failures_does_not_fill_the_disk(city: CityRig, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sessions, "KEPT_AN_HOUR", 5)

    def fail(name: str) -> None:
        city.app.engine.execute(Do(lambda uow: sessions.refused(uow, name)))

    for place in range(9):
        fail(f"nobody{place}")
    reasons = [row["detail"]["reason"] for row in
               sorted(city.rows(audit_event, kind="sign-in-failed"), key=lambda row: row["id"])]  # fmt: skip
    assert ("不再逐条记录" in reasons[-1], len(reasons)) == (True, 5)
    city.clock.advance(timedelta(hours=1, seconds=1))
    fail("nobody")
    assert len(city.rows(audit_event, kind="sign-in-failed")) == 6
