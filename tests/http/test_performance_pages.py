"""Supervising the supervisors on screen: numbers open lists as long as they are, units see their own, weights keep
who and why, and nobody ranks persons."""

import io
import re
from collections.abc import Callable

import pytest
from flask.testing import FlaskClient
from openpyxl import load_workbook

from tests.http.conftest import token_of
from tests.processes.rig import CityRig
from tests.processes.test_cycle_duty import act, begin

pytestmark = pytest.mark.clause("zz2020/2.2", "zz2020/2.8")
Client = Callable[[str], FlaskClient]
POLICY, HEAD, OTHER = "zc.fagui", "zr.sz", "zr.xc"


def shown_total(page: str) -> int:
    found = re.search(r'class="panel-title">(?:分母清单|分子清单|未计入分子) (\d+)<', page)
    assert found is not None
    return int(found[1])


def test_numbers_of_the_board_open_lists_as_long_as_they_are(busy: CityRig, client_of: Client) -> None:
    act(busy, "ZR023")
    act(busy, "ZR026", proven=False)
    policy = client_of(POLICY)
    board = policy.get("/performance/board?period=2026Q1").text
    links = re.findall(r'href="(/performance/kpis/\w+\?[^"#]*which=\w+)#list">(\d+)<', board.replace("&amp;", "&"))
    assert len(links) > 15
    for url, number in links[:12]:
        assert shown_total(policy.get(url).text) == int(number), url
    kpi = policy.get("/performance/kpis/acts_proven?period=2026Q1&which=rest").text
    assert shown_total(kpi) == 1
    assert "不排名" in kpi


def test_a_unit_sees_its_own_numbers_and_nobody_elses(busy: CityRig, client_of: Client) -> None:
    head = client_of(HEAD)
    assert head.get("/performance?unit=NR-SZ").status_code == 200
    for path in ("/performance?unit=NR-XC", "/performance/duties/NR-XC/ZR023", "/performance/board?unit=NR-XC",
                 "/performance/kpis/check_coverage?unit=NR-XC", "/performance/kpis/nothing",
                 "/performance/findings?unit=NR-XC"):  # fmt: skip
        assert head.get(path).status_code == 404, path
    rows = head.get("/performance/kpis/check_coverage?period=2026Q1").text
    assert "市中区自然资源局" in rows
    assert "薛城区自然资源局" not in rows
    assert head.get("/performance/board?period=2026X").status_code == 422


def test_a_duty_shows_what_counts_what_does_not_and_how_long_is_left(city: CityRig, client_of: Client) -> None:
    begin(city)
    act(city, "ZR023", officers=[])
    policy = client_of(POLICY)
    page = policy.get("/performance?unit=NR-SZ").text
    assert "2026年1月至6月" in page
    assert ">120<" in re.sub(r"\s", "", page)
    duty = policy.get("/performance/duties/NR-SZ/ZR023").text
    assert "没有执法人员" in duty
    assert "未检查" in duty
    assert policy.get("/performance/duties/NR-SZ/ZR001").status_code == 404
    assert policy.get("/performance?by=item").status_code == 200
    assert "NR-" not in re.sub(r"<[^>]*>", "", policy.get("/performance/watch").text)


def test_a_finding_is_explained_on_its_page_to_its_unit_alone(city: CityRig, client_of: Client) -> None:
    begin(city)
    city.at("2026-07-01T00:00:00")
    listed = client_of(HEAD).get("/performance/findings").text
    url = re.search(r'href="(/performance/findings/[0-9a-f-]{36})"', listed)
    assert url is not None
    page = client_of(HEAD).get(url[1]).text
    assert "等待责任单位说明情况" in page
    assert client_of(OTHER).get(url[1]).status_code == 404


def test_a_weight_is_changed_from_a_day_on_with_the_reason(city: CityRig, client_of: Client) -> None:
    policy = client_of(POLICY)
    path = "/performance/weights/claim_rate"
    form = {
        "csrf_token": token_of(policy.get(path).text),
        "weight": "9",
        "valid_from": "2026-03-09",
        "reason": "会议定",
    }
    assert policy.post(path, data={**form, "weight": "101"}).status_code == 422
    assert policy.post(path, data={**form, "valid_from": "2026-03-01"}).status_code == 422
    assert policy.post(path, data={**form, "reason": ""}).status_code == 422
    assert policy.post(path, data=form).status_code == 302
    shown = policy.get("/performance/weights").text
    assert "会议定" in shown
    assert "9 " in re.sub(r"<[^>]*>", " ", policy.get("/performance/kpis/claim_rate").text)
    assert client_of(HEAD).get(path).status_code == 403


def test_an_indicator_is_handed_out_with_both_lists(busy: CityRig, client_of: Client) -> None:
    data = client_of(POLICY).get("/performance/kpis/claim_rate.xlsx?period=2026Q1").data
    book = load_workbook(io.BytesIO(data), read_only=True)
    assert book.sheetnames == ["说明", "各单位", "分子清单", "分母清单"]
    assert len(list(book["分母清单"].rows)) == 3
    assert len(list(book["分子清单"].rows)) == 1


def test_a_program_reads_numbers_lists_and_duties_and_weighs_once(busy: CityRig, caller: Client) -> None:
    api = caller(POLICY)
    board = api.get("/api/v1/performance/kpis?period=2026Q1").json
    value = next(one for one in board["kpis"] if one["code"] == "claim_rate")
    rows = api.get("/api/v1/performance/kpis/claim_rate/rows?period=2026Q1&which=denominator").json
    assert (rows["total"], len(rows["rows"])) == (value["denominator"], value["denominator"])
    assert api.get("/api/v1/performance/kpis/claim_rate/rows?which=all").status_code == 422
    assert api.get("/api/v1/performance/kpis/none/rows").status_code == 404
    duties = api.get("/api/v1/performance/duties?unit=NR-SZ").json
    assert {one["unit"] for one in duties["duties"]} == {"NR-SZ"}
    answers = {"answers": {"weight": 8, "valid_from": "2026-03-02", "reason": "会议定"}}
    path = "/api/v1/performance/kpis/claim_rate/weights"
    assert api.post(path, json=answers).status_code == 400
    for _ in range(2):
        done = api.post(path, json=answers, headers={"Idempotency-Key": "w-1"})
        assert (done.status_code, done.json) == (201, {"version": 1})
    assert api.get("/api/v1/performance/findings").json["total"] == 0
    started = api.post(
        "/api/v1/performance/audits", json={"answers": {"period": "2026Q1"}}, headers={"Idempotency-Key": "a-1"}
    )
    assert started.status_code == 201
    assert api.get("/api/v1/performance/audits").json[0]["state"] == "empty"
    other = caller(HEAD)
    assert other.get("/api/v1/performance/kpis?unit=NR-XC").status_code == 404
    assert other.post(path, json=answers, headers={"Idempotency-Key": "w-2"}).status_code == 403
