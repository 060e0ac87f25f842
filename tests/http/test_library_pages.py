"""The libraries on screen: found, entered, rated, merged, imported, and closed to other areas."""

import io
from collections.abc import Callable
from typing import Any

import pytest
from flask.testing import FlaskClient
from openpyxl import Workbook, load_workbook

from tests.http.conftest import token_of
from tests.processes.key_areas import mine_of, survey_unit
from tests.processes.rig import CityRig
from tests.processes.steps import USCC
from workflows.records.libraries import (
    check_sheet,
    inspection_object,
    object_rating,
    officer_certificate,
    officer_relation,
)

pytestmark = pytest.mark.clause("zz2020/2.3", "xzcf/42", "xzcf/43")
Client = Callable[[str], FlaskClient]
OBJECT = {
    "kind": "enterprise", "name": "演示置业有限公司", "credit_code": USCC, "area": "370403", "site": "光明路",
    "lon": "117.2", "lat": "34.8", "unit": "NR-XC", "items": ["ZR022"], "reason": "新办",
}  # fmt: skip
RATING = {"kind": "credit", "credit": "D", "source": "信用平台", "reason": "失信被执行", "valid_from": "2026-03-02"}


def send(client: FlaskClient, path: str, **answers: Any):
    return client.post(path, data={"csrf_token": token_of(client.get(path).text), **answers})


def page_of(one: Any) -> str:
    return f"/libraries/objects/{one['id']}"


def test_objects_are_found_by_words_place_item_and_day(city: CityRig, client_of: Client) -> None:
    client = client_of("zc.fagui")
    assert "演示薛城一号石灰岩矿" in client.get("/libraries/objects?q=一号石灰岩矿&area=370403").text
    assert "1 个对象" in client.get("/libraries/objects?q=一号石灰岩矿&area=370403").text
    assert "12 个对象" in client.get("/libraries/objects?kind=mine&item=ZR023").text
    assert "0 个对象" in client.get("/libraries/objects?kind=mine&on=2019-01-01").text
    first = client.get("/libraries/objects").text
    assert 'rel="next"' not in first  # fewer than a page in the demo


def test_a_district_sees_its_own_area_only(city: CityRig, client_of: Client) -> None:
    client = client_of("zr.sz")
    shown = client.get("/libraries/objects?kind=mine").text
    assert "演示市中一号石灰岩矿" in shown
    assert "薛城" not in shown
    assert client.get(page_of(mine_of(city))).status_code == 404
    assert client.get(page_of(mine_of(city)) + "/rate").status_code in (403, 404)
    assert client_of("zr.xc").get(page_of(mine_of(city))).status_code == 200


def test_an_object_is_entered_once_and_edited_with_its_past_kept(city: CityRig, client_of: Client) -> None:
    client = client_of("zr.xc")
    assert send(client, "/libraries/objects/new", **OBJECT).status_code == 302
    assert send(client, "/libraries/objects/new", **OBJECT).status_code == 302
    (row,) = city.rows(inspection_object, credit_code=USCC)
    assert send(client, page_of(row) + "/edit", **{**OBJECT, "site": "和平路"}).status_code == 302
    shown = client.get(page_of(row)).text
    assert "和平路" in shown
    assert "土地复垦方案、验收" in shown


@pytest.mark.parametrize(("field", "value"), [
    ("name", ""), ("kind", ""), ("area", "370481"), ("unit", "NR-TZ"), ("lon", "500"), ("reason", ""),
])  # fmt: skip
def test_a_wrong_part_is_refused_at_its_field(city: CityRig, client_of: Client, field: str, value: str) -> None:
    before = len(city.rows(inspection_object))
    answer = send(client_of("zr.xc"), "/libraries/objects/new", **{**OBJECT, field: value})
    assert answer.status_code == 422
    assert f'href="#{field}"' in answer.text
    assert len(city.rows(inspection_object)) == before


def test_a_head_rates_and_the_history_stays(city: CityRig, client_of: Client) -> None:
    firm, head = survey_unit(city), client_of("ks.ch.kz")
    assert client_of("ks.ch").get(page_of(firm) + "/rate").status_code == 403
    assert send(head, page_of(firm) + "/rate", **{**RATING, "credit": "B"}).status_code == 302
    assert send(head, page_of(firm) + "/rate", **RATING).status_code == 302
    shown = head.get(page_of(firm)).text
    assert shown.count("失信被执行") == 2
    assert [row["value"] for row in city.rows(object_rating)] == ["B", "D"]
    assert [task.element_id for task in city.tasks()] == ["propose_entry"]


def test_another_unit_does_not_rate(city: CityRig, client_of: Client) -> None:
    assert send(client_of("ks.jsgc.kz"), page_of(survey_unit(city)) + "/rate", **RATING).status_code == 403


def test_two_doubles_become_one(city: CityRig, client_of: Client) -> None:
    policy, kept, doubled = client_of("zc.fagui"), survey_unit(city), survey_unit(city, 1)
    wrong = send(policy, page_of(kept) + "/merge", doubled="x", reason="更名")
    assert wrong.status_code == 422
    assert send(policy, page_of(kept) + "/merge", doubled=str(doubled["id"]), reason="更名").status_code == 302
    assert policy.get(page_of(doubled)).text.count("更名") == 1
    assert city.rows(inspection_object, id=doubled["id"])[0]["status"] == "merged"


def book(*rows: tuple[str, ...]) -> io.BytesIO:
    made, out = Workbook(), io.BytesIO()
    made.active.append(["种类", "名称", "统一社会信用代码", "区划", "地址", "责任单位", "监管事项"])
    for row in rows:
        made.active.append(list(row))
    made.save(out)
    out.seek(0)
    return out


def test_a_file_is_taken_in_row_by_row_and_again_without_doubles(city: CityRig, client_of: Client) -> None:
    head = client_of("zr.xc.jz")
    rows = (
        ("企业", "演示甲公司", USCC, "薛城区", "一路", "NR-XC", "ZR022、ZR027"),
        ("企业", "演示乙公司", "91370400MA3C0DEM0X", "薛城区", "", "NR-XC", ""),
        ("矿山", "演示丙矿", "", "370403", "", "薛城区自然资源局", "不存在"),
        ("企业", "演示丁公司", "", "滕州市", "", "NR-TZ", ""),
    )
    before = len(city.rows(inspection_object))
    for said in ("已新增 1", "无变化 1"):
        token = token_of(head.get("/libraries/import").text)
        answer = head.post("/libraries/import", data={"csrf_token": token, "file": (book(*rows), "对象.xlsx")})
        assert answer.status_code == 200
        assert said in answer.text
        assert "拒收 3" in answer.text
        assert "校验位不正确" in answer.text
        assert "责任单位不是您的单位" in answer.text
    assert len(city.rows(inspection_object)) == before + 1


def test_a_file_without_the_columns_is_refused_as_a_whole(city: CityRig, client_of: Client) -> None:
    head = client_of("zr.xc.jz")
    token = token_of(head.get("/libraries/import").text)
    answer = head.post("/libraries/import", data={"csrf_token": token, "file": (io.BytesIO(b"a,b\n1,2\n"), "x.csv")})
    assert answer.status_code == 422
    assert "首行缺少列" in answer.text
    assert client_of("zr.xc").get("/libraries/import").status_code == 403


def test_what_is_exported_can_be_taken_in_again(city: CityRig, client_of: Client) -> None:
    policy = client_of("zc.fagui")
    exported = policy.get("/libraries/objects.xlsx?kind=mine")
    sheet = load_workbook(io.BytesIO(exported.data)).active
    assert sheet.max_row == 13
    token = token_of(policy.get("/libraries/import").text)
    file = (io.BytesIO(exported.data), "again.xlsx")
    assert "无变化 12" in policy.post("/libraries/import", data={"csrf_token": token, "file": file}).text


def test_certificates_are_registered_warned_about_and_taken_back(city: CityRig, client_of: Client) -> None:
    policy = client_of("zc.fagui")
    given = {"login": "zr.xc", "number": "演示证 9001", "issued_on": "2026-01-01", "expires_on": "2026-05-01"}
    assert send(policy, "/libraries/officers/new", **given).status_code == 302
    assert send(policy, "/libraries/officers/new", **given).status_code == 422
    late = send(policy, "/libraries/officers/new", **{**given, "number": "演示证 9002", "expires_on": "2025-01-01"})
    assert 'href="#expires_on"' in late.text
    assert "60 天后到期" in policy.get("/libraries/officers?lamp=yellow").text
    (row,) = city.rows(officer_certificate, number="演示证 9001")
    path = f"/libraries/officers/{row['id']}/revoke"
    done = policy.post(path, data={"csrf_token": token_of(policy.get("/libraries/officers").text)})
    assert done.status_code == 302
    assert city.rows(officer_certificate, number="演示证 9001")[0]["revoked_on"] is not None
    assert client_of("zr.xc").get("/libraries/officers/new").status_code == 403


def test_an_officer_declares_a_relation_that_strangers_do_not_see(city: CityRig, client_of: Client) -> None:
    officer = client_of("zr.xc")
    given = {"login": "zr.xc", "credit_code": USCC, "reason": "配偶任职", "valid_from": "2026-03-02"}
    assert send(officer, "/libraries/relations/new", **given).status_code == 302
    assert send(officer, "/libraries/relations/new", **{**given, "credit_code": ""}).status_code == 422
    assert "配偶任职" in officer.get("/libraries/relations").text
    assert "配偶任职" in client_of("zr.xc.jz").get("/libraries/relations").text
    assert "配偶任职" not in client_of("zr.sz.jz").get("/libraries/relations").text
    assert send(client_of("zr.sz"), "/libraries/relations/new", **given).status_code == 422
    assert len(city.rows(officer_relation)) == 1


def test_a_sheet_is_revised_by_who_supervises_the_item(city: CityRig, client_of: Client) -> None:
    head = client_of("ks.jsgc.kz")
    path = "/libraries/sheets/ZR004/new"
    assert "公示牌" in head.get(path).text
    given = {
        "name": "新表",
        "lines": "*现场公示｜现场查看｜条例六十四\n层数一致",
        "valid_from": "2026-03-02",
        "reason": "修订",
    }
    assert send(head, path, **{**given, "lines": " "}).status_code == 422
    assert send(head, path, **given).status_code == 302
    newest = city.rows(check_sheet, item_code="ZR004", version=2)[0]
    assert [line["is_key"] for line in newest["lines"]] == [True, False]
    assert "新表" in head.get("/libraries/sheets/ZR004").text
    assert "公示牌" in head.get("/libraries/sheets/ZR004?version=1").text
    assert send(client_of("ks.ch.kz"), path, **given).status_code == 403
    assert send(client_of("zr.xc.jz"), path, **given).status_code == 403
    assert client_of("ks.jsgc").get(path).status_code == 403


def test_programs_find_enter_and_rate(city: CityRig, caller: Client) -> None:
    policy, key = caller("zc.fagui"), {"Idempotency-Key": "k1"}
    found = policy.get("/api/v1/objects?kind=mine&limit=5").json
    assert (found["total"], len(found["rows"])) == (12, 5)
    more = policy.get(f"/api/v1/objects?kind=mine&limit=200&after={found['next']}").json
    assert len(more["rows"]) == 7
    body = {"answers": {**OBJECT, "lon": 117.2, "lat": 34.8}}
    assert policy.post("/api/v1/objects", json=body).status_code == 400
    first, again = (policy.post("/api/v1/objects", json=body, headers=key) for _ in range(2))
    assert (first.status_code, first.json) == (201, again.json)
    one = f"/api/v1/objects/{first.json['id']}"
    rated = policy.post(one + "/ratings", json={"answers": RATING}, headers={"Idempotency-Key": "k2"})
    assert rated.status_code == 201
    read = policy.get(one).json
    assert (read["credit"], len(read["ratings"])) == ("D", 1)
    stale = policy.put(one, json=body, headers={"If-Match": '"99"'})
    assert stale.status_code == 412
    done = policy.put(one, json={"answers": {**body["answers"], "site": "和平路"}}, headers={"If-Match": '"1"'})
    assert done.json["object"]["site"] == "和平路"
    assert caller("zr.tz").get(one).status_code == 404


def test_programs_read_certificates_relations_and_sheets(city: CityRig, caller: Client) -> None:
    policy = caller("zc.fagui")
    assert {"login", "lamp", "text"} <= set(policy.get("/api/v1/certificates").json[0])
    assert policy.get("/api/v1/officer-relations").json == []
    assert len(policy.get("/api/v1/check-sheets/ZR004").json["lines"]) == 6
    body = {"name": "新表", "lines": [{"text": "层数一致"}], "valid_from": "2026-03-05", "reason": "修订"}
    for _ in range(2):
        made = policy.post("/api/v1/check-sheets/ZR004", json=body, headers={"Idempotency-Key": "s"})
        assert (made.status_code, made.json["version"]) == (201, 2)
