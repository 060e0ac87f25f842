"""Pages work as plain forms and links; nobody sees or does what is not theirs."""

import html
import io
import re
from collections.abc import Callable

import pytest
from flask.testing import FlaskClient

from tests.http.conftest import token_of
from tests.processes.rig import CITY, SAMPLE, CityRig
from web.app import create_app
from web.auth import OPEN, UNSEEN
from workflows.as_of.rules import RecordRuleFiles
from workflows.demo import COLUMNS

Client = Callable[[str], FlaskClient]
ROLES = ("sp.jianshe", "ks.jsgc", "zr.sz.jz", "cg.sz", "zc.fagui", "ju.lingdao", "xt.admin", "jw.zu")
PAGES = ("/tasks", "/tasks?view=cc", "/tasks?view=done&q=x", "/tasks?lamp=red", "/inbox", "/outbox", "/cases", "/me",
         "/catalogue", "/limits", "/help/start")  # fmt: skip


def first_task(client: FlaskClient, view: str = "todo") -> str:
    found = re.search(r'href="(/tasks/[0-9a-f-]{36})"', client.get(f"/tasks?view={view}").text)
    assert found is not None
    return found[1]


def submit(client: FlaskClient, path: str, **answers: str):
    page = client.get(path).text
    version = re.search(r'name="version" value="(\d+)"', page)
    key = re.search(r'name="key" value="([^"]+)"', page)
    assert version is not None
    assert key is not None
    form = {"csrf_token": token_of(page), "version": version[1], "key": key[1], "act": "complete", **answers}
    return client.post(path, data=form)


@pytest.mark.parametrize("login", ROLES)
def test_every_role_reads_its_pages(city: CityRig, client_of: Client, login: str) -> None:
    city.submit()
    city.run()
    client = client_of(login)
    for path in PAGES:
        response = client.get(path)
        assert response.status_code == 200, path
        assert len(response.data) < 60_000, path
        assert "style=" not in response.text
        assert "onclick" not in response.text


def test_strangers_are_led_to_the_sign_in(city: CityRig) -> None:
    app = create_app(city.app)
    client = app.test_client()
    for rule in app.url_map.iter_rules():
        is_open = rule.endpoint in OPEN or rule.endpoint.startswith(UNSEEN)
        if is_open or rule.rule.startswith("/api/") or "GET" not in (rule.methods or ()):
            continue
        path = re.sub(r"<any\(['\"]?([\w-]+)[^>]*>", r"\1", rule.rule)
        path = re.sub(r"<int:[^>]+>", "1", path)
        path = re.sub(r"<uuid:[^>]+>", "0199c6a0-0000-7000-8000-000000000000", path)
        path = re.sub(r"<[^>]+>", "x", path)
        response = client.get(path)
        assert response.status_code == 302, rule.rule
        assert response.headers["Location"].startswith("/sign-in"), rule.rule


def test_a_form_without_its_token_changes_nothing(city: CityRig, client_of: Client) -> None:
    city.submit()
    client = client_of("ks.jsgc")
    path = first_task(client)
    assert client.post(path, data={"act": "complete", "decision": "claim"}).status_code == 400
    assert len(city.tasks("claim_duty")) == 2


@pytest.mark.acceptance("A22")
@pytest.mark.acceptance("A23")
def test_a_duty_is_claimed_by_a_plain_form_and_its_receipt_is_seen(city: CityRig, client_of: Client) -> None:
    city.submit()
    client = client_of("ks.jsgc")
    response = submit(client, first_task(client), decision="claim")
    assert response.status_code == 302
    case = client.get(response.headers["Location"]).text
    assert "枣审管回〔2026〕00001号" in case
    assert "已认领" in case
    assert "<svg" in case


@pytest.mark.acceptance("A13")
def test_mistakes_are_listed_and_nothing_typed_is_lost(city: CityRig, client_of: Client) -> None:
    city.submit()
    client = client_of("ks.jsgc")
    response = submit(client, first_task(client), decision="return", note="不属于我科")
    assert response.status_code == 422
    assert 'id="error-summary"' in response.text
    assert "错误：" in response.text
    assert "不属于我科" in response.text
    assert len(city.tasks("claim_duty")) == 2


@pytest.mark.acceptance("A15")
def test_a_double_click_does_it_once(city: CityRig, client_of: Client) -> None:
    city.submit()
    client = client_of("ks.jsgc")
    path = first_task(client)
    page = client.get(path).text
    version, key = re.search(r'name="version" value="(\d+)"', page), re.search(r'name="key" value="([^"]+)"', page)
    form = {"csrf_token": token_of(page), "version": version[1], "key": key[1], "act": "complete", "decision": "claim"}
    first, second = client.post(path, data=form), client.post(path, data=form)
    assert (first.status_code, second.status_code) == (302, 302)
    assert len(city.tasks("plan_supervision")) == 1


def test_a_stale_form_keeps_what_was_typed(city: CityRig, client_of: Client) -> None:
    city.submit()
    client = client_of("ks.jsgc")
    path = first_task(client)
    page = client.get(path).text
    form = {"csrf_token": token_of(page), "version": "99", "key": "k", "act": "complete", "decision": "return",
            "return_code": "other", "note": "已填的说明"}  # fmt: skip
    response = client.post(path, data=form)
    assert response.status_code == 412
    assert "已填的说明" in response.text


@pytest.mark.acceptance("A19")
def test_the_clause_of_a_step_is_read_on_the_spot_and_in_full_with_one_click(city: CityRig, client_of: Client) -> None:
    city.app.engine.execute(RecordRuleFiles(CITY, CITY.parents[2] / "bpmn" / "clauses.toml"))
    city.submit()
    client = client_of("ks.jsgc")
    page = client.get(first_task(client)).text
    clause = re.search(r'<details class="clause"><summary>([^<]+)</summary>\s*<div class="clause-text">(.+?)<', page)
    assert clause is not None
    full = re.search(r'<a href="(/as-of[^"]+)">查看全文</a>', page)
    assert full is not None
    text = client.get(html.unescape(full[1])).text
    assert clause[2].strip()[:20] in text
    assert text.count('<td class="nowrap">') < 10


def test_another_units_task_looks_as_if_it_did_not_exist(city: CityRig, client_of: Client) -> None:
    city.submit()
    path = first_task(client_of("ks.jsgc"))
    other = client_of("ks.ch")
    assert other.get(path).status_code == 404
    page = other.get("/tasks").text
    assert other.post(path, data={"csrf_token": token_of(page), "act": "claim"}).status_code == 404
    assert other.get("/cases/SG2026-00001").status_code == 404
    assert "SG2026-00001" not in other.get("/cases?q=SG2026").text


def test_a_file_is_previewed_then_imported_and_may_be_repeated(city: CityRig, client_of: Client) -> None:
    client = client_of("sp.jianshe")
    bad = {**SAMPLE, "XK_XDR_SHXYM": "91370400MA3C0DEM0X", "XK_WSH": "坏行", "project_no": "B-2"}
    used = {code: name for code, name in COLUMNS.items() if code in SAMPLE}
    lines = [",".join(used.values())] + [",".join(row.get(code, "") for code in used) for row in (SAMPLE, bad)]
    data = "\n".join(lines).encode("gb18030")
    for expected in ("已接收", "无变化"):
        form = {"csrf_token": token_of(client.get("/intake").text), "file": (io.BytesIO(data), "办件.csv")}
        shown = client.post("/intake", data=form, content_type="multipart/form-data")
        place = shown.headers["Location"]
        page = client.get(place).text
        assert "校验位不正确" in page
        client.post(place, data={"csrf_token": token_of(page)})
        assert expected in client.get(place).text
    assert len(city.tasks("claim_duty")) == 2


def test_a_wrong_file_says_why(city: CityRig, client_of: Client) -> None:
    client = client_of("sp.jianshe")
    form = {"csrf_token": token_of(client.get("/intake").text), "file": (io.BytesIO(b"a,b\n1,2"), "x.csv")}
    response = client.post("/intake", data=form, content_type="multipart/form-data")
    assert response.status_code == 422
    assert "表头无法识别" in response.text


def test_letters_are_downloaded_by_both_sides_only(city: CityRig, client_of: Client) -> None:
    city.submit()
    receiver = client_of("ks.jsgc")
    link = re.search(r'href="(/letters/[0-9a-f-]+\.docx)"', receiver.get("/inbox").text)
    assert link is not None
    assert receiver.get(link[1]).data[:2] == b"PK"
    assert client_of("sp.jianshe").get(link[1]).status_code == 200
    assert client_of("ks.ch").get(link[1]).status_code == 404


def test_five_wrong_passwords_lock_the_account(city: CityRig) -> None:
    client = create_app(city.app).test_client()
    for password in ("x", "x", "x", "x", "x", "demo-2026"):
        token = token_of(client.get("/sign-in").text)
        response = client.post("/sign-in", data={"login": "ks.jsgc", "password": password, "csrf_token": token})
        assert response.status_code == 403
    city.later(minutes=16)
    token = token_of(client.get("/sign-in").text)
    response = client.post("/sign-in", data={"login": "ks.jsgc", "password": "demo-2026", "csrf_token": token})
    assert response.status_code == 302


def test_an_idle_session_ends(city: CityRig, client_of: Client) -> None:
    client = client_of("ks.jsgc")
    assert client.get("/tasks").status_code == 200
    city.later(minutes=31)
    assert client.get("/tasks").status_code == 302


@pytest.mark.parametrize("target", ["//evil.example", "https://evil.example", "/\\evil.example", "javascript:alert(1)"])
def test_signing_in_never_leads_elsewhere(city: CityRig, target: str) -> None:
    client = create_app(city.app).test_client()
    token = token_of(client.get("/sign-in").text)
    form = {"login": "ks.jsgc", "password": "demo-2026", "csrf_token": token, "next": target}
    assert client.post("/sign-in", data=form).headers["Location"] == "/"


@pytest.mark.acceptance("A24")
def test_pages_forbid_inline_code_and_foreign_hosts(city: CityRig, client_of: Client) -> None:
    response = client_of("ju.lingdao").get("/cockpit")
    policy = response.headers["Content-Security-Policy"]
    assert "default-src 'self'" in policy
    assert "unsafe" not in policy
    assert not re.search(r'(?:src|href)="https?://', response.text)


@pytest.mark.acceptance("A30")
def test_the_numbers_of_the_cockpit_equal_their_lists(city: CityRig, client_of: Client) -> None:
    city.submit()
    city.at("2026-03-06T10:00:00")
    client = client_of("zc.fagui")
    page = client.get("/cockpit").text
    red = re.search(r'lamp=red"[^>]*>\s*<span class="metric-name">超期</span><span class="metric-value">(\d+)', page)
    assert red is not None
    listed = client.get("/cockpit/clocks?lamp=red").text
    assert f"计时清单 {red[1]}" in listed
    assert int(red[1]) == 2


def test_how_pages_look_is_set_in_one_place_to_which_the_other_leads(client_of: Client) -> None:
    client = client_of("ks.jsgc")
    mine, settings = client.get("/me").text, client.get("/settings").text
    assert 'name="contrast"' not in mine
    assert '<a href="/settings">到“设置”修改字号' in mine
    assert settings.count('name="contrast"') == 1
    kept = client.post("/me/display", data={"csrf_token": token_of(settings), "contrast": "high"})
    assert kept.location == "/settings"
    assert 'data-contrast="high"' in client.get("/settings").text
