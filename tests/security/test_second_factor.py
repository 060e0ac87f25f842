"""The second step of signing in: codes by time, once each, recovery codes, required for administrators."""

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
from workflows import errors
from workflows.accounts import errors as account_errors
from workflows.accounts import totp
from workflows.desk.asking import Do
from workflows.records.offices import officer, second_factor


def enrolled(city: CityRig, login: str) -> tuple[str, list[str]]:
    """Give a person a second factor; answers its secret and the recovery codes."""
    secret = city.app.identity.factors.enrolment(login).typed.replace(" ", "")
    return secret, city.app.identity.factors.confirm(login, code(city, secret))


def code(city: CityRig, secret: str, *, periods: int = 0) -> str:
    return totp.code_at(secret, totp.step_of(city.clock.now()) + periods)


def first_step(client: FlaskClient, login: str, password: str = "demo-2026") -> TestResponse:
    form = {"login": login, "password": password, "csrf_token": token_of(client.get("/sign-in").text), "next": "/me"}
    return client.post("/sign-in", data=form)


def send(client: FlaskClient, path: str, **form: str) -> TestResponse:
    page = client.get(path).text
    return client.post(path, data={"csrf_token": token_of(page), "next": "/me", **form})


@pytest.mark.parametrize(
    ("at", "wanted"), [(59, "287082"), (1111111109, "081804"), (1234567890, "005924"), (20000000000, "353130")]
)
def test_codes_are_those_of_the_standard(at: int, wanted: str) -> None:
    secret = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"  # RFC 6238, appendix B, shortened to six digits
    assert totp.code_at(secret, at // 30) == wanted


def test_a_code_is_good_one_period_early_and_late_and_never_twice(city: CityRig) -> None:
    factors = city.app.identity.factors
    secret, _ = enrolled(city, "zr.st")
    for off, is_good in ((-2, False), (-1, True), (2, False), (1, True)):
        city.later(seconds=300)
        if is_good:
            factors.check("zr.st", code(city, secret, periods=off))
        with pytest.raises(account_errors.FactorRefused):  # wrong, or the same again
            factors.check("zr.st", code(city, secret, periods=off))


def test_five_failures_lock_for_fifteen_minutes(city: CityRig) -> None:
    factors = city.app.identity.factors
    secret, _ = enrolled(city, "zr.st")
    city.later(seconds=60)
    for _ in range(5):
        with pytest.raises(account_errors.FactorRefused):
            factors.check("zr.st", "000000x")
    city.later(minutes=14)
    with pytest.raises(account_errors.FactorRefused):
        factors.check("zr.st", code(city, secret))
    city.later(minutes=1)
    factors.check("zr.st", code(city, secret))


def test_who_has_a_second_factor_opens_nothing_with_the_password_alone(city: CityRig, app: Flask) -> None:
    secret, recovery = enrolled(city, "zr.st")
    city.later(seconds=60)
    client = app.test_client()
    assert first_step(client, "zr.st").headers["Location"] == "/sign-in/code?next=/me"
    half = client.get_cookie("xianjie").value
    assert client.get("/tasks").status_code == 302
    assert client.get("/api/v1/tasks").status_code == 401
    assert send(client, "/sign-in/code", code="123456").status_code == 403
    assert send(client, "/sign-in/code", code=code(city, secret)).headers["Location"] == "/me"
    assert client.get_cookie("xianjie").value != half
    assert client.get("/tasks").status_code == 200
    assert city.app.identity.actor_of(half) is None

    other = app.test_client()  # without the phone
    first_step(other, "zr.st")
    assert send(other, "/sign-in/code", code=recovery[0].upper().replace("-", " ")).status_code == 302
    again = app.test_client()
    first_step(again, "zr.st")
    assert send(again, "/sign-in/code", code=recovery[0]).status_code == 403
    city.later(minutes=10)
    assert again.get("/sign-in/code").headers["Location"].startswith("/sign-in?")
    assert city.app.identity.factors.of("zr.st").recovery_left == 9


def test_an_administrator_enrols_at_the_first_sign_in(city: CityRig, app: Flask) -> None:
    real = update(officer).where(officer.c.login == "xt.admin").values(is_demo=False)
    city.app.engine.execute(Do(lambda uow: uow.connection.execute(real)))
    client = app.test_client()
    assert "/sign-in/code" in first_step(client, "xt.admin").headers["Location"]
    page = client.get("/sign-in/code").text
    assert "data:image/svg+xml" in page
    secret = re.search(r"<code>([A-Z2-7 ]+)</code>", page)[1].replace(" ", "")
    shown = send(client, "/sign-in/code", code=code(city, secret))
    assert len(re.findall(r"<code>[a-z2-7-]{29}</code>", shown.text)) == 10
    assert client.get("/engine/definitions").status_code == 200
    assert "不能停用" in client.get("/me/factor").text
    with pytest.raises(errors.NotAllowed):
        city.app.identity.remove_factor(city.actor("xt.admin"), code(city, secret))


def test_a_person_enrols_renews_and_stops_in_the_browser(city: CityRig, app: Flask) -> None:
    client = sign_in(app, "zr.st")
    assert "二维码" in client.get("/me/factor").text
    assert city.rows(second_factor) == []  # looking begins nothing
    begin = {"csrf_token": token_of(client.get("/me/factor").text)}
    assert client.post("/me/factor/begin", data=begin).status_code == 302
    page = client.get("/me/factor").text
    secret = re.search(r"<code>([A-Z2-7 ]+)</code>", page)[1].replace(" ", "")
    assert client.get("/me/factor").text.count(secret[:4]) == 1  # the same secret when the page is loaded again
    assert send(client, "/me/factor", code="nonsense").status_code == 422
    assert "恢复码" in send(client, "/me/factor", code=code(city, secret)).text
    stored = city.rows(second_factor)[0]
    assert secret not in stored["secret"]
    token = token_of(client.get("/me").text)
    city.later(seconds=60)
    form = {"csrf_token": token, "code": code(city, secret)}
    assert "以前的恢复码已全部作废" in client.post("/me/factor/recovery", data=form).text
    assert client.post("/me/factor/remove", data=form).status_code == 422  # the same code again
    city.clock.advance(timedelta(seconds=60))
    assert client.post("/me/factor/remove", data={**form, "code": code(city, secret)}).status_code == 302
    assert city.rows(second_factor) == []


def test_programs_need_no_code(city: CityRig, app: Flask) -> None:
    enrolled(city, "zr.st")
    token = city.app.identity.issue_token("zr.st", "test")
    answer = app.test_client().get("/api/v1/tasks", headers={"Authorization": f"Bearer {token}"})
    assert answer.status_code == 200


def test_a_secret_is_of_no_use_to_another_installation_or_account() -> None:
    sealed = totp.Sealer("k" * 40).seal("JBSWY3DPEHPK3PXP", "a")
    assert totp.Sealer("k" * 40).open(sealed, "a") == "JBSWY3DPEHPK3PXP"
    assert totp.Sealer("k" * 40).open(sealed, "b") is None
    assert totp.Sealer("l" * 40).open(sealed, "a") is None
