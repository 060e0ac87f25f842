"""What goes out on screen and for programs: the faults with their remedies, corrections, history, and whose it is."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient

from tests.http.conftest import token_of
from tests.processes.inspections import OFFICER, OTHER_HEAD, assigned, record, submit
from tests.processes.rig import CityRig
from tests.processes.steps import USCC
from workflows.adapters.files import Files
from workflows.delivery import Courier, Route
from workflows.delivery.protocol import DeliveryFailed
from workflows.exchange.collect import Collect
from workflows.records.delivery import outbound_batch, outbound_correction, outbound_record
from workflows.records.exchange import exchange_backfill
from workflows.records.inspections import inspection

pytestmark = pytest.mark.clause("zz2020/2.2")
Client = Callable[[str], FlaskClient]
RIGHT = {"administrative_cp_ui_code": USCC, "administrative_cp_na": "2", "administrative_cp_ce_type": "001"}


class Closed(Files):
    """A receiver that is closed."""

    def send(self, *_: Any) -> Any:
        raise DeliveryFailed("前置库拒绝连接")


@pytest.fixture
def told(city: CityRig) -> str:
    """A city that tells two inspections, one of them wrongly; answers the number of the wrong one."""
    numbers = []
    for code in (USCC, "演示错误代码"):
        done = assigned(city, party_code=code)
        submit(city, record(city, done.inspection_id))
        city.complete("review_record", OTHER_HEAD, decision="confirm")
        numbers.append(done.number)
    city.app.engine.execute(Collect("inspection", city.app.rulebook))
    return numbers[1]


def send(client: FlaskClient, page: str, path: str, **given: str) -> Any:
    return client.post(path, data={"csrf_token": token_of(client.get(page).text), **given})


def test_a_person_sees_the_field_the_rule_and_the_remedy_and_corrects_it(
    city: CityRig, client_of: Client, told: str, tmp_path: Path
) -> None:
    officer, policy = client_of(OFFICER), client_of("zc.fagui")
    assert "有 1 条待更正" in officer.get("/exchange").text
    listed = officer.get("/exchange/records?status=held").text
    assert "既不是有效的统一社会信用代码" in listed
    (held,) = city.rows(outbound_record, status="held")
    page = f"/exchange/records/{held['id']}"
    shown = officer.get(page).text
    for text in ("应为：填统一社会信用代码或者居民身份证号", "公开源码 49096371738", "行政相对人（单位/个人）编码",
                 f"/cases/{held['business_key']}"):  # fmt: skip
        assert text in shown, text
    assert page in officer.get(f"/cases/{held['business_key']}").text  # and back
    (row,) = city.rows(inspection, number=told)
    assert page in officer.get(f"/inspections/{row['id']}").text

    wrong = send(
        officer, page, f"{page}/correct", **{"field-administrative_cp_ui_code": USCC, "field-check_date": "昨天"}
    )
    assert wrong.status_code == 422
    assert 'href="#reason"' in wrong.text
    assert "“检查时间”应为日期" in wrong.text
    assert USCC in wrong.text  # what was typed is kept
    given = {**{f"field-{name}": text for name, text in RIGHT.items()}, "reason": "录入错误"}
    done = send(officer, page, f"{page}/correct", **given)
    assert done.status_code == 302
    assert "待发送" in officer.get(done.location).text
    assert {one["field"] for one in city.rows(outbound_correction)} >= {"administrative_cp_ui_code"}
    assert send(officer, done.location, f"{page}/correct", **given).status_code == 409  # it is not the newest one

    city_courier = Courier(city.app.engine, {"exchange": Route(Closed(tmp_path), "370400")})
    city_courier.work()
    failed = policy.get("/exchange/batches").text
    assert "前置库拒绝连接" in failed
    (batch,) = city.rows(outbound_batch)
    place = "/exchange/batches"
    assert send(policy, place, f"{place}/{batch['id']}/dissolve").status_code == 302
    Courier(city.app.engine, {"exchange": Route(Files(tmp_path, "json"), "370400")}).work()
    assert {one["status"] for one in city.rows(outbound_record)} == {"superseded", "sent"}
    newest = done.location.rsplit("/", 1)[1]
    assert send(officer, done.location, f"/exchange/records/{newest}/resend").status_code == 302
    again = send(officer, done.location, f"/exchange/records/{newest}/refresh")
    assert again.status_code == 302

    asked = {"dataset": "inspection", "first_day": "2026-03-01", "last_day": "2026-03-02", "reason": ""}
    refused = send(policy, "/exchange/backfill", "/exchange/backfill", **asked)
    assert (refused.status_code, "请写明补录理由" in refused.text) == (422, True)
    assert send(policy, "/exchange/backfill", "/exchange/backfill", **asked | {"reason": "补报"}).status_code == 302
    assert len(city.rows(exchange_backfill)) == 1
    assert "行政检查行为" in officer.get("/exchange/layouts").text
    assert "检查人员不少于两人" in officer.get("/exchange/layouts/regulation_inspection").text
    assert officer.get("/exchange/layouts/nothing").status_code == 404


def test_another_office_sees_and_corrects_nothing_of_it(
    city: CityRig, client_of: Client, caller: Client, told: str
) -> None:
    (held,) = city.rows(outbound_record, status="held")
    stranger, program = client_of("zr.xc"), caller("zr.xc")
    assert told not in stranger.get("/exchange/records").text
    assert stranger.get(f"/exchange/records/{held['id']}").status_code == 404
    assert program.get("/api/v1/exchange/records").json == []
    place = f"/api/v1/exchange/records/{held['id']}"
    assert program.get(place).status_code == 404
    for act, body in (
        ("correct", {"values": {"supervise_object": "甲"}, "reason": "试"}),
        ("resend", {}),
        ("refresh", {}),
    ):
        assert program.post(f"{place}:{act}", json=body).status_code == 404
    assert program.get("/api/v1/exchange/batches").status_code == 403
    clerk = caller("sp.jianshe")
    assert clerk.post(f"{place}:resend", json={}).status_code in (403, 404)
    assert stranger.get("/exchange/backfill").status_code == 403


def test_a_program_reads_corrects_and_asks_for_history_once(city: CityRig, caller: Client, told: str) -> None:
    officer, policy = caller(OFFICER), caller("zc.fagui")
    listed = officer.get("/api/v1/exchange/records?dataset=inspection&limit=1").json
    assert len(listed) == 1
    rest = officer.get(f"/api/v1/exchange/records?dataset=inspection&after={listed[0]['id']}").json
    assert [one["id"] for one in rest] != [listed[0]["id"]]
    (held,) = officer.get("/api/v1/exchange/records?status=held").json
    place = f"/api/v1/exchange/records/{held['id']}"
    whole = officer.get(place).json
    assert whole["values"]["check_action_code"] == told
    assert whole["record"]["findings"][0]["remedy"]
    wrong = officer.post(f"{place}:correct", json={"values": {"check_date": "昨天"}, "reason": "试"})
    assert (wrong.status_code, wrong.json["errors"][0]["field"]) == (422, "check_date")
    values = RIGHT
    made = officer.post(f"{place}:correct", json={"values": values, "reason": "录入错误"})
    assert made.status_code == 200
    assert officer.get(f"/api/v1/exchange/records/{made.json['id']}").json["record"]["status"] == "queued"
    assert officer.post(f"{place}:correct", json={"values": values, "reason": "录入错误"}).status_code == 409
    body = {"dataset": "inspection", "first_day": "2026-01-01", "last_day": "2026-03-02", "reason": "补录"}
    assert policy.post("/api/v1/exchange/backfills", json=body).status_code == 400
    first, second = (
        policy.post("/api/v1/exchange/backfills", json=body, headers={"Idempotency-Key": "k1"}) for _ in "12"
    )
    assert (first.status_code, first.json) == (201, second.json)
    assert len(policy.get("/api/v1/exchange/backfills").json) == 1
    assert policy.get("/api/v1/exchange/receipts").json == []
    assert officer.post("/api/v1/exchange/backfills", json=body, headers={"Idempotency-Key": "k"}).status_code == 403
