"""Limits and the calendar are changed by officials: first it is seen what moves, law needs a second person; books of
letters tell both sides the same; whoever may not see a case may ask."""

import re
from collections.abc import Iterator
from datetime import timedelta
from uuid import uuid4
from zoneinfo import ZoneInfo

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import insert

from tests.http.conftest import token_of
from tests.http.test_worklist_pages import sign_in
from tests.processes.rig import CityRig
from tests.processes.steps import CLAIM
from tests.security.meter import Meter
from web.app import create_app
from workflows.records.audit import audit_event
from workflows.records.clocks import running_limit, time_limit
from workflows.records.letters import letter, receipt
from workflows.records.lists import access_request, rule_change

CHINA = ZoneInfo("Asia/Shanghai")
POLICY, SECOND, ADMIN, OFFICER = "zc.fagui", "zc.kezhang", "xt.admin", "ks.jsgc"


@pytest.fixture(scope="module")
def city(tmp_path_factory: pytest.TempPathFactory) -> Iterator[CityRig]:
    """A city with a permit handed over on a Monday; it is to be claimed until Wednesday."""
    rig = CityRig(f"sqlite:///{tmp_path_factory.mktemp('rules') / 'city.db'}")
    rig.submit()
    rig.run()
    yield rig
    rig.close()


@pytest.fixture(scope="module")
def app(city: CityRig) -> Flask:
    return create_app(city.app)


def due(city: CityRig) -> str:
    clock = city.rows(running_limit, unit="NR-CITY-JSGC")[0]
    return f"{clock['due_at'].astimezone(CHINA):%m-%d %H:%M}"


def send(client: FlaskClient, path: str, **form: str):
    return client.post(path, data={"csrf_token": token_of(client.get("/limits").text), **form})


def test_a_day_off_is_proposed_with_what_it_moves_and_moves_it_when_another_person_agrees(
    app: Flask, city: CityRig
) -> None:
    policy, second = sign_in(app, POLICY), sign_in(app, SECOND)
    assert due(city) == "03-05 00:00"
    day = {"day": "2026-03-03", "is_working": "no", "source": "演示通知", "reason": "演示"}
    seen = send(policy, "/limits/edit/day/new", act="preview", **day).text
    assert "SG2026-00001" in seen
    assert "03-04 24:00" in seen
    assert "03-05 24:00" in seen
    assert city.rows(rule_change) == []
    sent = send(policy, "/limits/edit/day/new", act="propose", **day)
    assert sent.status_code == 302
    assert due(city) == "03-05 00:00"
    assert send(policy, sent.location, act="agree").status_code == 403
    assert send(second, sent.location, act="refuse").status_code == 422
    assert "03-05 24:00" in second.get(sent.location).text
    assert send(second, sent.location, act="agree").status_code == 302
    assert due(city) == "03-06 00:00"
    records = {row["kind"]: row for row in city.rows(audit_event) if row["actor"] in (POLICY, SECOND)}
    assert (records["rule-proposed"]["actor"], records["rule-decided"]["actor"]) == (POLICY, SECOND)
    [row] = [one for one in records["calendar-changed"]["detail"]["rows"] if one["table"] == "calendar_override"]
    assert row["after"]["is_working"] is False
    timers = {row["due_at"] for row in city.rows(running_limit) if row["unit"] == "NR-CITY-JSGC"}
    assert timers == {
        task.due_at for task in city.tasks("claim_duty") if "NR-CITY-JSGC/section_head" in task.candidate_groups
    }
    assert send(second, sent.location, act="agree").status_code == 409
    assert "规则调整后重算时限" in policy.get("/cases/SG2026-00001").text
    assert "2026-03-03" in policy.get("/limits").text
    assert "待第二人批准" not in policy.get("/limits/changes").text


def test_a_limit_gets_a_new_version_from_a_day_on_and_law_waits_for_a_second_person(app: Flask, city: CityRig) -> None:
    policy, officer = sign_in(app, POLICY), sign_in(app, OFFICER)
    assert officer.get("/limits/edit/limit/claim").status_code == 403
    new = {"length": "4", "unit": "working_day", "warn_before": "1", "confidence": "practice", "source": "演示文件",
           "valid_from": "2026-03-02", "reason": "演示"}  # fmt: skip
    wrong = send(policy, "/limits/edit/limit/claim", act="preview", **{**new, "length": "0", "source": ""})
    assert wrong.status_code == 422
    assert "长度应为" in wrong.text
    later = send(policy, "/limits/edit/limit/claim", act="preview", **{**new, "valid_from": "2026-04-01"}).text
    assert "没有正在运行的计时会变动" in later
    assert "SG2026-00001" in send(policy, "/limits/edit/limit/claim", act="preview", **new).text
    assert send(policy, "/limits/edit/limit/claim", act="propose", **new).status_code == 302
    assert due(city) == "03-10 00:00"
    versions = city.rows(time_limit, name="claim")
    assert [row["version"] for row in versions] == [1, 2]
    assert (versions[1]["changed_by"], versions[1]["data"]["length"]) == (POLICY, 4)
    [change] = city.rows(audit_event, kind="limit-changed", actor=POLICY)
    inserted = next(one["after"] for one in change["detail"]["rows"] if one["op"] == "insert")
    assert (change["actor"], inserted["version"], inserted["data"]["length"]) == (POLICY, 2, 4)
    law = {**new, "confidence": "law", "length": "3"}
    sent = send(sign_in(app, ADMIN), "/limits/edit/limit/claim", act="propose", **law)
    assert "待第二人批准" in policy.get(sent.location).text
    assert due(city) == "03-10 00:00"
    assert send(policy, sent.location, act="refuse", note="没有依据").status_code == 302
    assert due(city) == "03-10 00:00"
    assert "没有依据" in policy.get(sent.location).text


@pytest.mark.acceptance("A22")
def test_both_sides_read_that_a_letter_is_unsigned_after_its_limit_and_the_receipt_at_once(
    app: Flask, city: CityRig
) -> None:
    sender, receiver = sign_in(app, "sp.jianshe"), sign_in(app, OFFICER)
    assert "未签收，剩" in sender.get("/outbox?box=unsigned").text
    city.later(days=20)
    sender, receiver = sign_in(app, "sp.jianshe"), sign_in(app, OFFICER)
    assert "对方超期未签收" in sender.get("/outbox?box=unsigned").text
    mine = receiver.get("/inbox").text
    assert "超期未签收" in mine
    assert "去签收" in mine
    city.complete("claim_duty", OFFICER, **CLAIM)
    signed = sender.get("/outbox?box=signed").text
    made = city.rows(receipt, unit="NR-CITY-JSGC")[-1]
    assert made["number"] in signed
    assert made["sha256"] in signed
    assert made["number"] in receiver.get("/inbox?box=signed").text
    assert "没有函件" in sender.get("/outbox?q=nothing").text


def test_who_may_not_see_a_case_may_ask_and_reads_it_for_thirty_days(app: Flask, city: CityRig) -> None:
    stranger, policy = sign_in(app, "zr.xc"), sign_in(app, POLICY)
    refused = stranger.get("/cases/SG2026-00001")
    assert refused.status_code == 404
    assert "政策法规科、局领导、纪检监督" in refused.text
    assert "申请查看" in refused.text
    assert send(stranger, "/access", case="SG2026-00001", reason=" ").status_code == 422
    assert send(stranger, "/access", case="请点击 http://evil", reason="协办需要").status_code == 422
    meter, told = Meter(city.app.engine.database.pool), []
    for number in ("SG2026-09999", "SG2026-00001"):
        form = {"csrf_token": token_of(stranger.get("/me").text), "case": number, "reason": "协办需要"}
        with meter.measure() as spent:
            answer = stranger.post("/access", data=form)
        told.append((answer.status_code, answer.text, spent.statements, spent.written))
    assert told[0] == told[1]  # neither the answer nor its time tells whether there is such a case
    assert (told[0][0], "access_request" in told[0][3]) == (302, True)
    waiting = policy.get("/access").text
    assert all(number in waiting for number in ("SG2026-00001", "SG2026-09999"))  # who tries numbers is seen
    nothing = next(row for row in city.rows(access_request) if row["instance_id"] is None)
    assert (nothing["business_key"], waiting.count("没有这个编号的案件")) == ("SG2026-09999", 1)
    assert send(policy, f"/access/{nothing['id']}", act="grant").status_code == 422
    assert send(policy, f"/access/{nothing['id']}", act="refuse").status_code == 302
    assert stranger.get("/cases/SG2026-09999").status_code == 404
    waiting = policy.get("/access").text
    assert stranger.get("/access").status_code == 403
    path = re.search(r'action="(/access/[0-9a-f-]{36})"', waiting)
    assert path is not None
    assert send(policy, path[1], act="grant").status_code == 302
    assert stranger.get("/cases/SG2026-00001").status_code == 200
    assert stranger.get("/cases?q=SG2026-00001").status_code == 302
    assert "已同意" in stranger.get("/me").text
    city.clock.advance(timedelta(days=31))
    assert stranger_again(app).get("/cases/SG2026-00001").status_code == 404


def stranger_again(app: Flask) -> FlaskClient:
    return sign_in(app, "zr.xc")


def test_the_numbers_of_the_heat_map_are_the_lengths_of_its_lists(app: Flask) -> None:
    leader = sign_in(app, "ju.lingdao")
    for by in ("week", "process"):
        page = leader.get(f"/cockpit/heat?by={by}").text
        cells = re.findall(r'href="(/cockpit/late[?][^"]+)">(\d+)<', page)
        assert cells
        for path, number in cells:
            shown = leader.get(path.replace("&amp;", "&")).text
            assert f'超期清单 <span class="num">{number}</span>' in shown
            assert shown.count("<tr>") == int(number) + 1
    assert sign_in(app, "sp.jianshe").get("/cockpit/heat").status_code == 403


def test_settings_are_kept_and_wrong_ones_named(app: Flask) -> None:
    client = sign_in(app, OFFICER)
    page = client.get("/settings").text
    assert all(word in page for word in ("字号", "高对比", "快捷键", "免打扰开始", "系统尚未开通"))
    wrong = send(client, "/settings/notices", channels="mail", mail="x", quiet_from="18:00", quiet_until="08:30")
    assert wrong.status_code == 422
    assert "请填写可用的电子邮箱" in wrong.text
    right = {"channels": "mail", "mail": "demo@example.gov.cn", "quiet_from": "19:00", "quiet_until": "08:00"}
    assert send(client, "/settings/notices", **right).status_code == 302
    assert 'value="demo@example.gov.cn"' in client.get("/settings").text
    assert send(client, "/settings/begin", view="").status_code == 302


def test_the_inbox_counts_what_the_menu_counts_and_a_letter_that_needs_no_receipt_says_so(
    app: Flask, city: CityRig
) -> None:
    pushed = next(row for row in city.rows(letter, kind="push") if row["receiver_unit"] == "NR-SZ")
    order = {**pushed, "id": uuid4(), "number": "演示督办单1号", "kind": "order", "about": "an order"}
    with city.app.engine.database.pool.begin() as connection:
        connection.execute(insert(letter), order)
    client = sign_in(app, "zr.sz")
    for box in ("unsigned", "signed", "all"):
        page = client.get(f"/inbox?box={box}").text
        tab = re.search(r'未签收 <span class="tab-count[^>]*>(\d+)<', page)
        badge = re.search(r'data-badge="inbox">(\d+)<', page)
        assert (tab and tab[1], badge and badge[1]) == ("1", "1"), box
    every, waiting = client.get("/inbox?box=all").text, client.get("/inbox").text
    assert "无须签收" in every.split(order["number"])[1].split("</tr>")[0]
    assert order["number"] not in waiting
    assert pushed["number"] in waiting
    assert "本单位尚无回执的函件 1" in waiting
