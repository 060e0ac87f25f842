"""Credit information on screen and by the API, and the page that everybody may read."""

import csv
import io
import json
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest
from flask.testing import FlaskClient
from openpyxl import load_workbook

from tests.http.conftest import token_of
from tests.processes.credit_platform import Platform
from tests.processes.penalty_steps import served
from tests.processes.rig import CityRig
from tests.processes.steps import permit
from web.app import create_app
from workflows.adapters.routes import read_routes
from workflows.credit.watch import OpenWatch
from workflows.delivery import Courier
from workflows.records.credit import credit_entry, credit_request
from workflows.records.delivery import outbound_batch, outbound_record
from workflows.standards import layout
from workflows.uow import local_day_of, local_time

pytestmark = pytest.mark.clause("zz2020/2.3", "zz2020/2.3/publish-7d")
Client = Callable[[str], FlaskClient]
NUMBER = "建字第370402202600001号"


def in_china(instant: datetime) -> str:
    return f"{local_time(instant):%Y-%m-%d %H:%M:%S}"


@pytest.fixture
def held(city: CityRig) -> CityRig:
    """A city with a held licence, a good one and a published penalty."""
    city.app.engine.execute(OpenWatch(city.app.rulebook, "tester"))
    permit(city)
    permit(city, XK_FRDB="演示·法人", project_no="BJ-2", XK_WSH="建字第370402202600002号", XK_XDR_MC="=演示公式公司")
    served(city)
    Platform(city).exchange()
    city.at("2026-03-03T09:00:00")
    return city


def test_a_data_person_finds_the_fault_corrects_the_field_and_reports_again(held: CityRig, client_of: Client) -> None:
    clerk = client_of("sp.jianshe")
    (row,) = held.rows(credit_entry, document_no=NUMBER)
    listed = clerk.get("/credit?state=held").text
    assert NUMBER in listed
    assert "法定代表人" in listed
    shown = clerk.get(f"/credit/{row['id']}").text
    assert "法人及非法人组织须填法定代表人" in shown
    address = f"/credit/{row['id']}/correct"
    page = clerk.get(address).text
    assert "法人及非法人组织须填法定代表人" in page
    form = {"csrf_token": token_of(page), "f-XK_FRDB": "演示·法人", "f-XK_JDRQ": "不是日期", "reason": "补填"}
    refused = clerk.post(address, data=form)
    assert refused.status_code == 422
    assert 'href="#XK_JDRQ"' in refused.text
    assert "演示·法人" in refused.text  # what was filled in is kept
    without_reason = clerk.post(address, data={**form, "f-XK_JDRQ": "2026-03-02", "reason": ""})
    assert without_reason.status_code == 422
    done = clerk.post(address, data={**form, "f-XK_JDRQ": "2026-03-02"})
    assert done.status_code == 302
    held.complete("correct_record", "sp.jianshe", decision="resubmit")
    Platform(held).exchange()
    (row,) = held.rows(credit_entry, document_no=NUMBER)
    assert row["state"] == "accepted"
    assert "按期" in clerk.get("/credit?state=accepted").text


def test_the_rates_of_a_month_open_the_lists_behind_them(held: CityRig, client_of: Client) -> None:
    leader = client_of("ju.lingdao")
    page = leader.get("/credit/rates?month=2026-03").text
    assert "市审批局" in page
    assert "市自然资源局" in page
    assert "不评分" in page
    listed = leader.get("/credit/rates?month=2026-03&organ=AP-CITY&list=owed").text
    assert "应报 2 件" in listed
    assert NUMBER in listed
    assert "没有许可和处罚决定" in leader.get("/credit/rates?month=2019-01").text
    assert "市自然资源局" not in client_of("sp.jianshe").get("/credit/rates?month=2026-03").text


def test_the_official_files_have_the_layouts_headings_and_nothing_a_sheet_would_run(
    held: CityRig, client_of: Client
) -> None:
    clerk, fields = client_of("sp.jianshe"), layout("dual_publicity_licence", local_day_of(held.clock.now())).fields

    def file(form: str) -> bytes:
        answer = clerk.get(f"/credit/export?kind=licence&format={form}&month=2026-03")
        assert answer.status_code == 200
        return answer.data

    rows = list(csv.reader(io.StringIO(file("csv").decode("utf-8-sig"))))
    assert rows[0] == [field.name for field in fields]
    assert len(rows) == 2  # the held one is not sent
    assert rows[1][0] == "'=演示公式公司"
    sheet = load_workbook(io.BytesIO(file("xlsx"))).active
    assert [cell.value for cell in sheet[1]] == rows[0]
    assert (sheet["A2"].value, sheet["A2"].data_type) == ("=演示公式公司", "s")
    (record,) = json.loads(file("json"))
    assert record["XK_JDRQ"] == "2026-03-02"
    fields_2015 = ET.fromstring(file("xml")).find("Message/Body/fields")
    assert fields_2015 is not None
    assert [one.tag for one in fields_2015][:5] == ["xk_wsh", "xk_xmmc", "xk_splb", "xk_nr", "xk_xdr"]
    assert fields_2015.findtext("xk_jdrq") == "2026/03/02"
    assert fields_2015.findtext("sjc") in {in_china(one["queued_at"]) for one in held.rows(outbound_record)}
    assert clerk.get("/credit/export?kind=licence&format=exe").status_code == 422


def test_everybody_reads_the_public_page_without_a_cookie_and_nothing_secret(held: CityRig) -> None:
    client = create_app(held.app).test_client()
    page = client.get("/public")
    assert page.status_code == 200
    assert "Set-Cookie" not in page.headers
    assert page.headers["Cache-Control"] == "public, max-age=60"
    assert "script" not in page.text.replace("description", "")
    assert "演示公式公司" in page.text
    assert NUMBER not in page.text  # held
    again = client.get("/public", headers={"If-None-Match": page.headers["ETag"]})
    assert again.status_code == 304
    assert "行政处罚" in client.get("/public?kind=penalty").text
    assert "演示置业有限公司" in client.get("/public?q=演示置业").text
    assert "没有找到" in client.get("/public?q=查无此人").text
    assert "至少输入两个字" in client.get("/public?q=演").text
    assert "没有找到" in client.get("/public?kind=device").text
    assert client.get("/public?after=x").status_code == 422
    link = page.text.split('class="row-title" href="')[1].split('"')[0]
    assert client.get(link).status_code == 200
    assert client.get("/public/00000000-0000-0000-0000-000000000000").status_code == 404


def test_strangers_ask_the_public_page_only_so_often(held: CityRig) -> None:
    app = create_app(held.app)
    app.config["PUBLIC_LIMIT"] = "2 per minute"
    client = app.test_client()
    assert [client.get("/public").status_code for _ in range(3)] == [200, 200, 429]


def test_the_outlets_show_where_each_publication_stands(held: CityRig, client_of: Client) -> None:
    policy = client_of("zc.fagui")
    page = policy.get("/publications").text
    assert "信用中国" in page
    assert "行政处罚决定" in page
    link = page.split('class="row-title" href="')[1].split('"')[0]
    assert policy.get(link).status_code == 200
    assert client_of("sp.sz").get(link).status_code == 404


def test_a_program_lists_corrects_objects_and_reads_the_rates(held: CityRig, caller: Client) -> None:
    clerk = caller("sp.jianshe")
    found = clerk.get("/api/v1/credit/entries?state=held").get_json()
    assert [one["document_no"] for one in found] == [NUMBER]
    address = f"/api/v1/credit/entries/{found[0]['id']}"
    body = {"values": {"XK_FRDB": "演示·法人"}, "reason": "按营业执照补填"}
    assert clerk.post(f"{address}/corrections", json=body).status_code == 400
    key = {"Idempotency-Key": "one"}
    assert clerk.post(f"{address}/corrections", json=body, headers=key).get_json() == {"state": "queued"}
    replay = clerk.post(f"{address}/corrections", json=body, headers=key)
    assert replay.headers["Idempotent-Replayed"] == "true"
    wrong = {"values": {"NIX": "x"}, "reason": "试"}
    refused = clerk.post(f"{address}/corrections", json=wrong, headers={"Idempotency-Key": "two"})
    assert refused.status_code == 422
    assert refused.get_json()["errors"][0]["field"] == "NIX"
    view = clerk.get(address).get_json()
    assert [clock["name"] for clock in view["clocks"]] == ["credit_upload_seed", "credit_upload"]
    answers = {"applicant": "演示", "applicant_contact": "演示", "received_on": "2026-03-03", "grounds": "内容有误"}
    made = clerk.post(f"{address}/objections", json={"answers": answers}, headers={"Idempotency-Key": "three"})
    assert made.status_code == 201
    assert held.rows(credit_request)[0]["business_key"] == made.get_json()["number"]
    assert caller("sp.sz").get(address).status_code == 404
    month = caller("zc.fagui").get("/api/v1/credit/rates?month=2026-03&organ=NR-CITY&list=reported").get_json()
    assert {one["organ"] for one in month["offices"]} == {"AP-CITY", "NR-CITY"}
    assert len(month["rows"]) == 1
    published = caller("zc.fagui").get("/api/v1/publications?state=delivered").get_json()
    assert len(published) == 3
    assert caller("zc.fagui").get("/api/v1/credit/files/penalty.json?month=2026-03").status_code == 200


@pytest.mark.parametrize("form", ["csv", "xml"])
def test_the_courier_leaves_the_official_layouts_in_a_folder(held: CityRig, tmp_path: Path, form: str) -> None:
    permit(held, XK_FRDB="演示·法人", project_no="BJ-3", XK_WSH="建字第370402202600003号")
    route = f'[credit]\nadapter = "publicity_files"\nfolder = "{tmp_path / "out"}"\nformat = "{form}"\n'
    (tmp_path / "routes.toml").write_text(route, encoding="utf-8")
    routes = read_routes(str(tmp_path / "routes.toml"), source="370400", now=held.clock.now)
    Courier(held.app.engine, routes).work()
    (path,) = (tmp_path / "out").glob(f"credit-licence-*.{form}")
    if form == "xml":
        formed = {in_china(one["formed_at"]) for one in held.rows(outbound_batch)}
        assert {one.text for one in ET.fromstring(path.read_bytes()).iter("sjc")} <= formed
        return
    head, row = csv.reader(io.StringIO(path.read_text(encoding="utf-8-sig")))
    assert head[0] == "行政相对人名称"
    assert row[head.index("行政许可决定文书号")] == "建字第370402202600003号"
