"""The audit in the browser and by the API: only audit administrators read, reckon and export it, each time recorded."""

from collections.abc import Iterator

import pytest
from flask import Flask
from sqlalchemy import update

from engine.store.tables import history_event
from tests.http.api_caller import Caller
from tests.http.conftest import token_of
from tests.http.test_worklist_pages import sign_in
from tests.processes.rig import CityRig
from web.app import create_app
from workflows.audit.keys import make_key
from workflows.audit.verifying import verify
from workflows.audit.words import KINDS
from workflows.policy import ROLES
from workflows.records.audit import audit_event
from workflows.records.offices import officer

pytestmark = pytest.mark.clause("none/engine-administration")
AUDITOR = "sj.admin"
NOWHERE = {"first": "2026-03-01", "last": "2026-03-01"}


@pytest.fixture(scope="module")
def city(tmp_path_factory: pytest.TempPathFactory) -> Iterator[CityRig]:
    folder = tmp_path_factory.mktemp("audit")
    make_key(folder / "key")
    rig = CityRig(f"sqlite:///{folder / 'city.db'}", audit_key=str(folder / "key"))
    rig.submit()
    rig.run()
    yield rig
    rig.close()


@pytest.fixture(scope="module")
def app(city: CityRig) -> Flask:
    return create_app(city.app)


def kinds(city: CityRig) -> list[str]:
    return [row["kind"] for row in sorted(city.rows(audit_event), key=lambda row: row["id"])]


def test_an_audit_administrator_finds_records_by_person_case_kind_and_day_and_is_recorded(
    city: CityRig, app: Flask
) -> None:
    page = sign_in(app, AUDITOR)
    assert 'href="/audit"' in page.get("/tasks").text
    shown = page.get("/audit").text
    assert "table-wide" in shown
    assert len(shown.encode()) < 60_000
    assert all(text in shown for text in ("登录", "案件登记", "待封存", "127.0.0.1", "还没有；每天零点后"))
    assert "案件登记" in page.get("/audit?case=SG2026-00001").text.split("<tbody>")[1]
    rows = page.get("/audit?person=演示·贾审计管理员&kind=audit-read").text.split("<tbody>")[1]
    assert (AUDITOR in rows, "查询审计" in rows, "案件登记" in rows) == (True, True, False)
    assert "没有这样的记录。" in page.get("/audit", query_string=NOWHERE).text
    long = page.get("/audit?first=2026-01-01&last=2026-03-02")
    assert (long.status_code, "不超过 31 天" in long.text) == (422, True)
    assert page.get("/audit?first=0001-01-01&last=9999-12-31&case=SG2026-00001").status_code == 422
    assert "SG2026-00001" in page.get("/audit?first=2020-01-01&last=2026-03-02&case=SG2026-00001").text
    assert page.get("/audit?after=x").status_code == 422
    assert kinds(city).count("audit-read") >= 5


def test_pages_of_records_follow_each_other(city: CityRig, app: Flask) -> None:
    auditor = Caller(city, app.test_client(), AUDITOR)
    whole = auditor.get("/audit", query_string={"case": "SG2026-00001", "limit": 200}).json["lines"]
    seen: list[str] = []
    after = ""
    while True:
        answer = auditor.get("/audit", query_string={"case": "SG2026-00001", "limit": 1, "after": after}).json
        seen += [line["id"] for line in answer["lines"]]
        after = answer["next"]
        if not after:
            break
    assert seen[1:] == [line["id"] for line in whole]  # before them the record of the question that was asked first
    assert len(seen) > 1
    assert {line["kind"] for line in whole} <= KINDS.keys()
    assert auditor.get("/audit", query_string={"kind": "nonsense"}).status_code == 422


def test_the_export_is_signed_and_verifies_without_the_platform(city: CityRig, app: Flask) -> None:
    page = sign_in(app, AUDITOR)
    token = token_of(page.get("/audit").text)
    answer = page.post("/audit/export", data={"csrf_token": token})
    assert answer.headers["Content-Disposition"].startswith('attachment; filename="audit-2026-03-02')
    found = verify(answer.data.splitlines(keepends=True), city.app.sealer.public)
    assert found.records > 5
    assert "audit-exported" in kinds(city)
    shown = page.get("/audit").text
    assert all(text in shown for text in ("签名有效", city.app.sealer.public))
    auditor = Caller(city, app.test_client(), AUDITOR)
    state = auditor.get("/audit/state").json
    assert (state["is_signed"], state["root"]["number"]) == (True, 1)
    again = auditor.get("/audit/export")
    assert verify(again.data.splitlines(keepends=True), city.app.sealer.public).roots == 2


def test_whoever_is_no_audit_administrator_is_refused_everything(city: CityRig, app: Flask) -> None:
    people = city.rows(officer, is_active=True)
    others = ROLES.keys() - {"audit_administrator"}
    logins = {next((one["login"] for one in people if role in one["roles"]), "") for role in others} - {""}
    assert len(logins) >= 9
    before = kinds(city)
    for login in sorted(logins):
        other = Caller(city, app.test_client(), login)
        for path in ("/audit", "/audit/state", "/audit/export"):
            assert other.get(path).status_code == 403, (login, path)
        assert other.post("/audit/checks", json={}).status_code == 403
    leader = sign_in(app, "ju.lingdao")
    assert 'href="/audit"' not in leader.get("/tasks").text
    token = token_of(leader.get("/limits").text)
    assert leader.get("/audit").status_code == 403
    for path in ("/audit/check", "/audit/export"):
        assert leader.post(path, data={"csrf_token": token}).status_code == 403
    assert {one for one in kinds(city)[len(before) :] if one.startswith("audit")} == set()
    assert app.test_client().get("/audit").status_code == 302
    assert app.test_client().get("/api/v1/audit").status_code == 401


def test_a_request_is_named_in_the_record_it_made(city: CityRig, app: Flask) -> None:
    auditor = Caller(city, app.test_client(), AUDITOR)
    answer = auditor.get("/audit?kind=audit-read")
    assert len(answer.headers["X-Request-Id"]) == 32
    [made] = city.rows(audit_event, request_id=answer.headers["X-Request-Id"])
    assert (made["kind"], made["ip"], made["actor"]) == ("audit-read", "127.0.0.1", AUDITOR)


def test_what_was_changed_in_the_database_is_named_on_the_screen(city: CityRig, app: Flask) -> None:
    page = sign_in(app, AUDITOR)
    token = token_of(page.get("/audit").text)

    def press(**form: str) -> str:
        answer = page.post("/audit/check", data={"csrf_token": token, **form})
        return f"{answer.status_code} {answer.text}"

    assert "前后相连" in press(case="SG2026-00001")
    assert "前后相连" in press()
    assert press(case="SG2026-99999").startswith("404")
    assert press(place="x").startswith("422")
    record = next(row for row in city.rows(history_event) if row["seq"] == 1)
    with city.app.engine.database.pool.begin() as connection:
        connection.execute(update(history_event).where(history_event.c.id == record["id"]).values(actor="x"))
    shown = press()
    assert "这条记录或它之前的记录被改动" in shown
    assert f"case:{record['instance_id']}" in shown
    auditor = Caller(city, app.test_client(), AUDITOR)
    broken = auditor.post("/audit/checks", json={}).json["broken"]
    assert (broken["chain"], broken["seq"], broken["why"]) == (f"case:{record['instance_id']}", 1, "changed")
    with city.app.engine.database.pool.begin() as connection:
        connection.execute(
            update(history_event).where(history_event.c.id == record["id"]).values(actor=record["actor"])
        )
    whole = auditor.post("/audit/checks", json={}).json
    assert (whole["broken"], whole["next"]) == (None, "")
    assert whole["records"] > 5
    assert auditor.post("/audit/checks", json={"case": "SG2026-00001"}).json["broken"] is None
