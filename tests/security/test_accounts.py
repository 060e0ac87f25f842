"""Three administrators, three persons: one asks, one confirms, one looks on."""

import re
from collections.abc import Mapping
from typing import Any
from uuid import UUID

import pytest
from flask import Flask

from tests.browser.crawl import sign_in
from tests.http.conftest import token_of
from tests.processes.rig import CityRig
from workflows import errors
from workflows.accounts import errors as account_errors
from workflows.commands.load_city import LoadCity
from workflows.policy import ADMINISTRATORS, fault_of_roles
from workflows.records.offices import account_request, login_session, officer

NEW = {"name": "演示·新科员", "unit": "NR-ST", "title": "科员", "roles": ["district_officer"]}
GOOD = "Yun-He7zhen"


def ask(city: CityRig, kind: str, login: str, wanted: Mapping[str, Any] | None = None) -> UUID:
    return city.app.desk.accounts.ask(city.actor("xt.admin"), kind, login, wanted or {}, "演示：岗位调整")


def confirm(city: CityRig, request: UUID) -> str:
    return city.app.desk.accounts.decide(city.actor("aq.admin"), request, "confirmed")


def test_a_new_account_needs_both_and_its_password_is_changed_at_the_first_sign_in(city: CityRig, app: Flask) -> None:
    asked = ask(city, "create", "zr.st.new", NEW)
    assert city.rows(officer, login="zr.st.new") == []
    password = confirm(city, asked)
    assert city.rows(officer, login="zr.st.new")[0]["roles"] == ["district_officer"]
    client = app.test_client()
    form = {"login": "zr.st.new", "password": password, "csrf_token": token_of(client.get("/sign-in").text)}
    client.post("/sign-in", data=form)
    assert client.get("/tasks").status_code == 302
    page = client.get("/sign-in/code", follow_redirects=True).text
    assert "设置密码" in page
    form = {"csrf_token": token_of(page), "new": password, "again": password}
    assert "相同" in client.post("/sign-in/password", data=form).text
    form |= {"new": GOOD, "again": GOOD}
    assert client.post("/sign-in/password", data=form).status_code == 302
    assert client.get("/tasks").status_code == 200


def test_rights_that_change_end_the_persons_sessions(city: CityRig, app: Flask) -> None:
    client = sign_in(app, "zr.st")
    token = city.app.identity.issue_token("zr.st", "test")
    confirm(city, ask(city, "change", "zr.st", {**NEW, "roles": ["section_head"]}))
    assert client.get("/tasks").status_code == 302
    assert city.actor("zr.st").roles == {"section_head"}
    assert city.app.identity.actor_of_token(token) is not None
    confirm(city, ask(city, "close", "zr.st"))
    assert city.app.identity.actor_of_token(token) is None
    with pytest.raises(errors.SignInFailed):
        city.app.identity.sign_in("zr.st", "demo-2026", "", "")
    confirm(city, ask(city, "open", "zr.st"))
    assert city.app.identity.sign_in("zr.st", "demo-2026", "", "").waits_for == ""
    assert city.app.identity.actor_of_token(token) is None  # a token that ended does not come back


def test_a_lost_phone_and_a_lost_password_are_two_requests(city: CityRig) -> None:
    factors = city.app.identity.factors
    from tests.security.test_second_factor import enrolled

    enrolled(city, "zr.st")
    password = confirm(city, ask(city, "password", "zr.st"))
    assert city.app.identity.sign_in("zr.st", password, "", "").waits_for == "code"
    confirm(city, ask(city, "factor", "zr.st"))
    assert factors.of("zr.st") is None
    assert city.app.identity.sign_in("zr.st", password, "", "").waits_for == "password"


def test_nobody_confirms_what_they_asked_for_or_what_is_about_them(city: CityRig) -> None:
    desk, asked = city.app.desk.accounts, ask(city, "close", "zr.st")
    for login in ("xt.admin", "sj.admin", "ju.lingdao", "zr.st"):
        with pytest.raises(errors.NotAllowed):
            desk.decide(city.actor(login), asked, "confirmed")
    for login in ("aq.admin", "sj.admin", "zc.fagui"):
        with pytest.raises(errors.NotAllowed):
            desk.ask(city.actor(login), "close", "zr.st", {}, "演示：越权")
    with pytest.raises(errors.SamePerson):
        confirm(city, ask(city, "close", "aq.admin"))
    desk.decide(city.actor("aq.admin"), asked, "refused", "演示：理由不足")
    with pytest.raises(account_errors.AccountRequestDecided):
        confirm(city, asked)
    assert city.rows(officer, login="zr.st")[0]["is_active"]


@pytest.mark.parametrize(("first", "second"), [(a, b) for a in ADMINISTRATORS for b in ADMINISTRATORS if a < b])
def test_nobody_holds_two_of_the_three(city: CityRig, first: str, second: str) -> None:
    with pytest.raises(errors.FormInvalid, match="三员分立"):
        ask(city, "create", "two", {**NEW, "roles": [first, second]})
    assert "三员分立" in fault_of_roles([first, second])


def test_the_security_and_the_audit_administrator_hold_nothing_else(city: CityRig) -> None:
    assert "只保留一个" in fault_of_roles(["security_administrator", "leader"])
    assert "只保留一个" in fault_of_roles(["audit_administrator", "section_head"])
    assert fault_of_roles(["administrator", "section_officer"]) == ""
    held = [row["roles"] for row in city.rows(officer)]
    assert {fault_of_roles(roles) for roles in held} == {""}
    assert {role for roles in held for role in roles} >= set(ADMINISTRATORS)


def test_a_citys_file_that_gives_one_person_two_of_the_three_is_refused(city: CityRig, tmp_path) -> None:
    import shutil

    folder = tmp_path / "city"
    shutil.copytree(city.app.settings.city_folder, folder)
    file = folder / "officers.toml"
    text = file.read_text(encoding="utf-8").replace(
        'roles = ["administrator"]', 'roles = ["administrator", "audit_administrator"]'
    )
    file.write_text(text, encoding="utf-8")
    with pytest.raises(errors.FormInvalid, match=r"xt\.admin"):
        city.app.engine.execute(LoadCity(folder, "tester"))


def test_mistakes_of_a_request_are_told_by_field(city: CityRig) -> None:
    with pytest.raises(errors.FormInvalid) as caught:
        ask(city, "create", "zr.st", {"name": " ", "unit": "XX", "roles": []})
    assert {one["field"] for one in caught.value.facts["errors"]} == {"login", "name", "unit", "roles"}
    with pytest.raises(account_errors.AccountNotFound):
        ask(city, "close", "nobody")
    assert city.rows(account_request) == []


def test_the_whole_way_in_the_browser(city: CityRig, app: Flask) -> None:
    admin, security, audit = (sign_in(app, login) for login in ("xt.admin", "aq.admin", "sj.admin"))
    assert "zr.st" in admin.get("/accounts?q=zr.st").text
    page = admin.get("/accounts/zr.st").text
    form = {"csrf_token": token_of(page), "kind": "password", "reason": ""}
    assert "请写明理由" in admin.post("/accounts/zr.st", data=form).text
    assert admin.post("/accounts/zr.st", data={**form, "reason": "演示：忘记密码"}).status_code == 302
    assert "申请新账号" in admin.get("/accounts/new").text
    assert (security.get("/accounts/new").status_code, audit.get("/accounts/new").status_code) == (403, 403)
    listed = security.get("/account-requests").text
    path = re.search(r'action="(/account-requests/[0-9a-f-]{36})"', listed)[1]
    assert audit.post(path, data={"csrf_token": token_of(audit.get("/me").text), "act": "confirm"}).status_code == 403
    shown = security.post(path, data={"csrf_token": token_of(listed), "act": "confirm"}).text
    password = re.search(r"<code>([\w-]{16})</code>", shown)[1]
    assert password not in security.get("/account-requests").text
    assert city.app.identity.sign_in("zr.st", password, "", "").waits_for == "password"
    form = {"csrf_token": token_of(security.get("/accounts/zr.st").text), "reason": "演示：设备遗失"}
    assert security.post("/accounts/zr.st/sessions", data=form).status_code == 302
    open_sessions = [row for row in city.rows(login_session, login="zr.st") if row["revoked_at"] is None]
    assert open_sessions == []
    assert audit.get("/accounts").status_code == 200
    assert sign_in(app, "zc.fagui").get("/accounts").status_code == 403
