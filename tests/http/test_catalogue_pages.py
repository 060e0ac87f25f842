"""The catalogue on screen and by program: looked up as of a day, claimed, disputed, changed, imported, checked."""

import io
import re
from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
from flask.testing import FlaskClient
from openpyxl import load_workbook
from sqlalchemy import update

from tests.http.conftest import token_of
from tests.processes.rig import CityRig, Look
from tests.workflows.test_catalogue_files import edited
from workflows.records.catalogue import catalogue_batch, catalogue_change
from workflows.records.offices import item_assignment

pytestmark = pytest.mark.clause("zz2020/2.2", "zz2020/1.2")
Client = Callable[[str], FlaskClient]
CHANGES, IMPORTS = "/api/v1/catalogue-changes", "/api/v1/catalogue-imports"
PROPOSAL: dict[str, Any] = {
    "kind": "amend", "item_code": "ZR004", "contents": {"measure": "新措施"}, "effective_on": "2026-03-09",
    "reason": "职责调整文件",
}  # fmt: skip


def send(client: FlaskClient, path: str, page: str = "", **answers: Any):
    token = token_of(client.get(page or path).text)
    return client.post(path, data={"csrf_token": token, **answers})


def post(client: FlaskClient, body: dict[str, Any], key: str = "k1"):
    return client.post(CHANGES, json=body, headers={"Idempotency-Key": key})


def answers_on(page: str) -> dict[str, Any]:
    """Return what the fields of a form hold, as a browser would send it back."""
    found: dict[str, Any] = {}
    for name, value in re.findall(r'<input class="form-control"[^>]*value="([^"]*)"[^>]*?name="([^"]+)"', page):
        found[value] = name
    for name, text in re.findall(r'<textarea[^>]*name="([^"]+)"[^>]*>([^<]*)</textarea>', page):
        found[name] = text
    for name, value in re.findall(r'name="([^"]+)" value="([^"]*)" checked', page):
        found.setdefault(name, []).append(value)
    for name, options in re.findall(r'<select[^>]*name="([^"]+)"[^>]*>(.*?)</select>', page, re.DOTALL):
        chosen = re.search(r'value="([^"]*)" selected', options)
        found[name] = chosen[1] if chosen else ""
    return found


def test_the_list_is_filtered_by_the_address(client_of: Client) -> None:
    clerk = client_of("ks.jsgc")
    everything = clerk.get("/catalogue").text
    assert "建设工程规划许可证（建筑类）" in everything
    assert everything.count('class="row-title"') == 35
    assert clerk.get("/catalogue?unit=NR-CITY-CH").text.count('class="row-title"') == 5
    assert clerk.get("/catalogue?unit=NR-SZ&category=林业").text.count('class="row-title"') == 1
    assert clerk.get("/catalogue?key=1").text.count('class="row-title"') == 3
    assert clerk.get("/catalogue?mode=信用").text.count('class="row-title"') == 2
    assert clerk.get("/catalogue?q=ZR02").text.count('class="row-title"') == 10
    assert "没有符合条件的事项" in clerk.get("/catalogue?q=没有的").text
    assert "没有符合条件的事项" in clerk.get("/catalogue?on=2018-12-31").text
    assert "不是日期" in clerk.get("/catalogue?on=昨天").text


def test_an_item_shows_its_tree_checks_versions_and_owners(client_of: Client) -> None:
    page = client_of("ks.jsgc").get("/catalogue/items/ZR008").text
    for text in ("监管对象", "处理方式", "ZR008-02", "基础完工验线检查", "市局批后监管科", "市审批局", "第 1 版"):
        assert text in page
    assert client_of("ks.jsgc").get("/catalogue/items/ZR999").status_code == 404


def test_an_owner_claims_from_the_item_and_disputes_another(city: CityRig, client_of: Client) -> None:
    clerk = client_of("ks.jsgc")
    page = "/catalogue/items/ZR004"
    assert "认领</button>" in clerk.get(page).text
    done = send(clerk, f"{page}/claim", page)
    assert done.headers["Location"].endswith("/catalogue/changes/QD2026-00001")
    assert "待确认" in clerk.get("/catalogue/changes/QD2026-00001").text
    again = send(clerk, f"{page}/claim", "/catalogue/items/ZR007")
    assert again.status_code == 409
    assert "QD2026-00001" in again.text
    lacking = send(clerk, "/catalogue/items/ZR007/dispute", reason="")
    assert lacking.status_code == 422
    assert 'href="#reason"' in lacking.text
    assert send(clerk, "/catalogue/items/ZR007/dispute", reason="不属本科室职责").status_code == 302
    assert [row["kind"] for row in city.rows(catalogue_change)] == ["confirm", "dispute"]
    assert "待裁定" in client_of("zc.fagui").get("/catalogue/changes?state=open").text


def test_the_form_of_an_item_is_filled_and_sends_only_what_changed(city: CityRig, client_of: Client) -> None:
    policy, path = client_of("zc.fagui"), "/catalogue/items/ZR005/amend"
    given = answers_on(policy.get(path).text)
    assert given["name"] == "建设工程规划许可证（市政、管线）"
    same = policy.post(path, data={"csrf_token": token_of(policy.get(path).text), **given, "reason": "无变化"})
    assert same.status_code == 422
    assert "没有需要调整的" in same.text
    given |= {"measure": "覆土前验线并留影像", "reason": "补充措施"}
    assert send(policy, path, **given).status_code == 302
    row = city.rows(catalogue_change)[0]
    assert row["contents"] == {"measure": "覆土前验线并留影像"}
    shown = policy.get("/catalogue/changes/QD2026-00001").text
    assert "<del>覆土前验线</del>" in shown
    assert "<ins>覆土前验线并留影像</ins>" in shown


def test_the_owner_of_one_district_is_changed_by_the_form(city: CityRig, client_of: Client) -> None:
    policy, path = client_of("zc.fagui"), "/catalogue/items/ZR005/amend"
    given = answers_on(policy.get(path).text) | {"area": "370402", "lead_unit": "{district}", "reason": "试点"}
    assert send(policy, path, **{**given, "measure": "另一种措施"}).status_code == 422
    assert send(policy, path, **given).status_code == 302
    row = city.rows(catalogue_change)[0]
    assert (row["area"], row["units"], list(row["contents"])) == ("370402", ["NR-SZ"], ["supervising_units"])


@pytest.mark.parametrize("field", ["name", "object", "measure", "basis", "handling", "lead_unit", "checks", "reason"])
def test_a_new_item_without_a_part_is_refused_at_its_field(city: CityRig, client_of: Client, field: str) -> None:
    policy, path = client_of("zc.fagui"), "/catalogue/new"
    given = {
        "item_code": "ZR036", "main_code": "ZR-99", "category": "规划方案", "name": "临时展示设施方案备案",
        "type": "他",
        "approving_unit": "AP-CITY", "lead_unit": "NR-CITY-XG", "object": "设置单位", "object_type": "site",
        "measure": "现场核查", "basis": "演示依据", "handling": "责令改正", "modes": ["现场"], "frequency": "每年一次",
        "level": "市级", "process": "approval_handoff", "effective_on": "2026-03-09", "reason": "新增",
        "checks": "ZR036-01｜设施检查｜是否按方案｜现场检查｜每年一次",
    }  # fmt: skip
    lacking = send(policy, path, **{**given, field: ""})
    assert lacking.status_code == 422
    assert f'href="#{field}"' in lacking.text
    assert city.rows(catalogue_change) == []
    assert send(policy, path, **given).status_code == 302


def test_a_round_asks_every_owner_once(city: CityRig, client_of: Client) -> None:
    policy = client_of("zc.fagui")
    assert send(policy, "/catalogue/round", "/catalogue").status_code == 400
    assert city.rows(catalogue_change) == []
    assert send(policy, "/catalogue/round", "/catalogue", act="round").status_code == 302
    assert len(city.rows(catalogue_change)) == 35
    send(policy, "/catalogue/round", "/catalogue", act="round")
    assert len(city.rows(catalogue_change)) == 35
    assert send(client_of("ks.jsgc"), "/catalogue/round", "/catalogue/items/ZR004", act="round").status_code == 403


def test_a_change_of_others_does_not_seem_to_exist(city: CityRig, client_of: Client, caller: Client) -> None:
    post(caller("zc.fagui"), PROPOSAL)
    assert client_of("ks.jsgc").get("/catalogue/changes/QD2026-00001").status_code == 200
    other = client_of("ks.ch")
    assert other.get("/catalogue/changes/QD2026-00001").status_code == 404
    assert "QD2026-00001" not in other.get("/catalogue/changes").text
    assert caller("ks.ch").get(f"{CHANGES}/QD2026-00001").status_code == 404
    assert caller("ks.ch").get(CHANGES).json == []
    assert other.get("/catalogue/items/ZR004/amend").status_code == 200
    assert client_of("cg.sz").get("/catalogue/items/ZR004/amend").status_code == 403


def test_a_file_is_previewed_then_proposed_and_only_the_own_unit_sees_it(city: CityRig, client_of: Client) -> None:
    policy, path = client_of("zc.fagui"), "/catalogue/imports"
    data = edited(
        policy.get("/catalogue.xlsx").data, (0, "ZR001", "监管措施", "查验有效期"), (0, "ZR002", "监管措施", "")
    )
    lacking = send(policy, path, effective_on="2026-03-09", reason="换版")
    assert lacking.status_code == 422
    early = send(policy, path, file=(io.BytesIO(data), "清单.xlsx"), effective_on="2026-03-02", reason=" ")
    assert early.status_code == 422
    assert 'href="#effective_on"' in early.text
    assert 'href="#reason"' in early.text
    done = send(policy, path, file=(io.BytesIO(data), "清单.xlsx"), effective_on="2026-03-09", reason="换版")
    shown = policy.get(done.headers["Location"]).text
    for text in ("提出 1 个调整", "<ins>查验有效期</ins>", "缺少监管措施", "无变化"):
        assert text in shown
    assert city.rows(catalogue_change) == []
    place = done.headers["Location"]
    assert client_of("ks.ch").get(place).status_code == 404
    assert send(policy, place).status_code == 302
    assert "已提出 1 个调整" in policy.get(place).text
    send(policy, place)
    assert len(city.rows(catalogue_change)) == 1


def test_findings_are_shown_with_item_days_and_remedy(city: CityRig, client_of: Client, caller: Client) -> None:
    policy = client_of("zc.fagui")
    assert "没有空档、重叠或缺项" in policy.get("/catalogue/check").text
    city.app.engine.execute(Look(lambda uow: uow.connection.execute(
        update(item_assignment).where(item_assignment.c.item_code == "ZR008").values(valid_to=date(2026, 6, 1))
    )))  # fmt: skip
    shown = policy.get("/catalogue/check?first=2026-01-01&last=2026-12-31").text
    for text in ("建设工程规划验线确认", "没有责任单位", "2026-06-01", "市中区", "指定监管主体"):
        assert text in shown
    assert "没有责任单位" in policy.get("/catalogue/items/ZR008").text
    wrong = policy.get("/catalogue/check?first=2026-12-31&last=2026-01-01")
    assert wrong.status_code == 422
    assert 'href="#last"' in wrong.text
    found = caller("ks.ch").get("/api/v1/catalogue-findings?first=2026-01-01&last=2026-12-31").json
    assert [(one["item_code"], one["rule"], one["first_day"]) for one in found] == [
        ("ZR008", "owner-gap", "2026-06-01"),
    ]  # fmt: skip
    assert len(found[0]["areas"]) == 7
    assert caller("ks.ch").get("/api/v1/catalogue-findings?first=2026-01-01&last=2046-01-01").status_code == 422


def test_the_api_lists_items_of_a_day_in_pages(caller: Client) -> None:
    api = caller("ks.jsgc")
    first = api.get("/api/v1/items?limit=20").json
    rest = api.get(f"/api/v1/items?limit=20&after={first[-1]['code']}").json
    assert [one["code"] for one in (*first, *rest)] == [f"ZR{n:03d}" for n in range(1, 36)]
    assert first[3]["supervising_units"] == ["NR-CITY-JSGC", "{district}"]
    assert first[3]["checks"][0]["code"] == "ZR004-01"
    assert api.get("/api/v1/items?on=2018-01-01").json == []
    assert api.get("/api/v1/items?mode=拍脑袋").status_code == 422
    page = api.get("/api/v1/items/ZR004").json
    assert (page["item"]["code"], page["versions"][0]["version"], page["findings"]) == ("ZR004", 1, [])
    assert api.get("/api/v1/items/ZR004/differences?old=1&new=2").status_code == 404


def test_the_api_proposes_once_per_key_and_refuses_at_the_part(city: CityRig, caller: Client) -> None:
    api = caller("ks.jsgc")
    assert api.post(CHANGES, json=PROPOSAL).status_code == 400
    bad = post(api, {**PROPOSAL, "contents": {"process": "no_such"}})
    assert bad.status_code == 422
    assert "承办" in bad.get_data(as_text=True)
    assert post(api, {**PROPOSAL, "contents": {"unheard": 1}}).status_code == 422
    first, second = post(api, PROPOSAL, "k2"), post(api, PROPOSAL, "k2")
    assert (first.status_code, second.status_code) == (201, 201)
    assert first.json == second.json == {"business_key": "QD2026-00001"}
    assert second.headers["Idempotent-Replayed"] == "true"
    assert len(city.rows(catalogue_change)) == 1
    assert post(api, PROPOSAL, "k3").status_code == 409
    assert post(caller("ks.ch"), {**PROPOSAL, "item_code": "ZR001"}, "k4").status_code == 403
    shown = api.get(first.headers["Location"]).json
    assert shown["differences"][0] == {
        "key": "measure", "label": "监管措施", "old": "抄送城管, 分阶段跟踪", "new": "新措施",
    }  # fmt: skip
    assert shown["steps"] == ["合法性审核"]


def test_the_api_takes_files(city: CityRig, caller: Client) -> None:
    api = caller("zc.fagui")
    exported = api.get("/api/v1/catalogue/annex.xlsx")
    assert load_workbook(io.BytesIO(exported.data)).sheetnames == ["划转审批局事项监管目录清单", "检查实施清单"]
    data = edited(exported.data, (0, "ZR001", "监管措施", "查验有效期"))
    query = "?effective_on=2026-03-09&reason=换版"
    done = api.post(IMPORTS + query, data={"file": (io.BytesIO(data), "a.xlsx")})
    assert done.status_code == 201
    assert done.json["counts"]["ready"] == 1
    committed = api.post(f"{IMPORTS}/{done.json['id']}:commit")
    assert committed.json["counts"]["proposed"] == 1
    assert api.post(f"{IMPORTS}/{done.json['id']}:commit").json["counts"]["proposed"] == 1
    assert len(city.rows(catalogue_change)) == 1
    assert api.post(IMPORTS + query, data={"file": (io.BytesIO(b"nonsense"), "a.xlsx")}).status_code == 422
    assert len(city.rows(catalogue_batch)) == 1
    assert caller("ks.ch").get(f"{IMPORTS}/{done.json['id']}").status_code == 404


def test_a_published_change_shows_its_version_and_the_day_before_keeps_the_old(
    city: CityRig, client_of: Client, caller: Client
) -> None:
    post(caller("ks.jsgc"), PROPOSAL)
    city.complete("review_change", "zc.fagui", review="pass")
    city.complete("approve_change", "ju.lingdao", approval="approve")
    city.at("2026-03-09T00:00:00")
    clerk = client_of("ks.jsgc")
    page = clerk.get("/catalogue/items/ZR004?old=1&new=2").text
    assert "第 1 版 → 第 2 版" in page
    assert "<ins>新措施</ins>" in page
    before = clerk.get("/catalogue/items/ZR004?on=2026-03-08").text
    assert "第 1 版，2019-01-01 起，至 2026-03-09" in before
    found = caller("ks.jsgc").get("/api/v1/items/ZR004/differences?old=1&new=2").json
    assert [one["label"] for one in found] == ["监管措施"]
