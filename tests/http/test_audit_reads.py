"""Who read what about a case or a party: found, handed out as a file, and each question recorded without the name."""

import io
import zipfile
from collections.abc import Iterator
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import update

from tests.http.api_caller import Caller
from tests.http.conftest import token_of
from tests.http.test_worklist_pages import sign_in
from tests.processes.rig import CityRig
from web.app import create_app
from workflows.comments import WriteComment
from workflows.desk.asking import Do
from workflows.policy import ROLES
from workflows.records.approvals import approval, party
from workflows.records.audit import audit_event
from workflows.records.inspections import evidence_file
from workflows.records.offices import officer

pytestmark = pytest.mark.clause("pipl2021/45")
AUDITOR, CASE = "sj.admin", "SG2026-00001"
NUMBER = "370402199001011236"
EVIL = '=HYPERLINK("http://evil")'


@pytest.fixture(scope="module")
def city(tmp_path_factory: pytest.TempPathFactory) -> Iterator[CityRig]:
    rig = CityRig(f"sqlite:///{tmp_path_factory.mktemp('reads') / 'city.db'}")
    rig.submit()
    rig.run()
    person = update(party).values(identity_number=NUMBER, phone="13900001234")
    rig.app.engine.execute(Do(lambda uow: uow.connection.execute(person)))
    yield rig
    rig.close()


@pytest.fixture(scope="module")
def app(city: CityRig) -> Flask:
    return create_app(city.app)


@pytest.fixture(scope="module")
def read(city: CityRig, app: Flask) -> str:
    """Somebody read an attachment of the case, and its personal data; answers the attachment's hash."""
    (case,) = city.rows(approval)
    comment = city.app.engine.execute(
        WriteComment(city.actor("sp.jianshe"), CASE, "演示：附现场照片", files=(("现场.pdf", b"%PDF-1.4 paper"),))
    )
    (file,) = city.rows(evidence_file)
    assert case["business_key"] == CASE
    clerk = sign_in(app, "sp.jianshe")
    assert clerk.get(f"/teamwork-files/{comment}/{file['sha256']}").status_code == 200
    city.app.desk.personal.reveal(city.actor("sp.jianshe"), CASE, f"{EVIL} 演示：送达前核对")
    return str(file["sha256"])


def asked(client: Any, **form: str) -> Any:
    return client.post("/audit/reads", data={"csrf_token": token_of(client.get("/audit/reads").text), **form})


@pytest.mark.parametrize("about", [{"case": CASE}, {"party": "演示置业有限公司"}, {"party": NUMBER}])
def test_an_auditor_answers_who_read_what(city: CityRig, app: Flask, read: str, about: dict[str, str]) -> None:
    page = asked(sign_in(app, AUDITOR), **about).text.split("<tbody>")[1]
    assert all(text in page for text in (read[:12], "查看附件", "查看完整个人信息", "party.identity_number", CASE))
    row = city.rows(audit_event, kind="reads-asked")[-1]
    assert (row["actor"], row["detail"]["records"], row["detail"]["cases"]) == (AUDITOR, 2, [CASE])
    assert not any(value in str(row["detail"]) for value in ("演示置业", NUMBER))


def test_files_hold_the_same_and_no_formula(city: CityRig, app: Flask, read: str) -> None:
    client, auditor = sign_in(app, AUDITOR), Caller(city, app.test_client(), AUDITOR)
    for answer in (asked(client, case=CASE, act="csv"), auditor.post("/audit/reads.csv", json={"case": CASE})):
        lines = answer.data.decode("utf-8-sig").splitlines()
        assert (len(lines), answer.headers["Content-Disposition"].split(";")[0]) == (3, "attachment")
        assert f"\"'{EVIL.replace(chr(34), chr(34) * 2)}" in lines[1]
        assert read in lines[2]
    for answer in (asked(client, case=CASE, act="xlsx"), auditor.post("/audit/reads.xlsx", json={"case": CASE})):
        with zipfile.ZipFile(io.BytesIO(answer.data)) as packed:
            sheet = "".join(packed.read(name).decode() for name in packed.namelist() if name.endswith(".xml"))
        assert (read in sheet, "<f>" in sheet, "&apos;=HYPERLINK" in sheet or "'=HYPERLINK" in sheet) == (
            True, False, True,
        )  # fmt: skip
    formats = [row["detail"]["format"] for row in city.rows(audit_event, kind="reads-exported")]
    assert sorted(formats) == ["csv", "csv", "xlsx", "xlsx"]


def test_days_limit_it_and_what_nobody_read_is_empty(city: CityRig, app: Flask, read: str) -> None:
    auditor = Caller(city, app.test_client(), AUDITOR)
    whole = auditor.post("/audit/reads", json={"case": CASE}).json
    assert [line["kind"] for line in whole["lines"]] == ["personal-read", "file-read"]
    assert (whole["lines"][0]["login"], whole["is_cut"]) == ("sp.jianshe", False)
    assert auditor.post("/audit/reads", json={"case": CASE, "last": "2026-03-01"}).json["lines"] == []
    assert auditor.post("/audit/reads", json={"party": "没有这个人"}).json == {
        "lines": [],
        "cases": [],
        "is_cut": False,
    }
    assert auditor.post("/audit/reads", json={"case": CASE, "first": "2026-03-03"}).status_code == 422
    assert auditor.post("/audit/reads", json={}).status_code == 422
    page = asked(sign_in(app, AUDITOR), case="", party="")
    assert (page.status_code, "请填写案件编号" in page.text) == (422, True)


def test_nobody_else_asks(city: CityRig, app: Flask, read: str) -> None:
    login_of = {role: row["login"] for row in city.rows(officer, is_active=True) for role in row["roles"]}
    for role in ROLES.keys() & login_of.keys() - {"audit_administrator"}:
        client = Caller(city, app.test_client(), login_of[role])
        assert client.post("/audit/reads", json={"case": CASE}).status_code == 403, role
        assert client.post("/audit/reads.csv", json={"case": CASE}).status_code == 403, role
    stranger = sign_in(app, "sp.jianshe")
    assert stranger.get("/audit/reads").status_code == 403
    sent = {"csrf_token": token_of(stranger.get("/me").text), "case": CASE}
    assert stranger.post("/audit/reads", data=sent).status_code == 403
