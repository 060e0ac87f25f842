"""Penalties and coercion on screen and by API: the own unit works, others see nothing."""

from collections.abc import Callable
from io import BytesIO
from typing import Any

import pytest
from flask.testing import FlaskClient

from tests.http.conftest import token_of
from tests.processes.penalty_steps import (
    ANSWER,
    DECIDE,
    FIVE,
    LEAD,
    LEADER,
    OFFICER,
    PAIR,
    case,
    decided,
    filed,
    investigate,
    lead,
    serve_decision,
    serve_notice,
    served,
)
from tests.processes.rig import CityRig
from tests.processes.steps import LEAD as TRANSFER_LEAD
from tests.processes.steps import sent_transfer
from workflows.penalties.leads import RegisterPenaltyLead
from workflows.records.coercions import coercion
from workflows.records.penalties import evidence_hold, penalty_case, penalty_event, penalty_payment

pytestmark = pytest.mark.clause("zz2020/2.2", "zz2020/2.5", "zz2020/2.8")
Client = Callable[[str], FlaskClient]
PNG = b"\x89PNG\r\n\x1a\n" + b"0" * 20
FORM = {**LEAD, "item_code": "ZR004"}
PAYMENT = {"kind": "fine", "amount": "20000", "paid_on": "2026-03-02", "voucher": "P1"}
COERCE = {
    "measure": "seize", "party_name": "演示置业有限公司", "party_code": "", "party_kind": "2", "site": "光明路 1 号",
    "item_code": "ZR004", "facts": "未经许可施工", "basis": "演示条例第一条", "officers": PAIR, "goods": "挖掘机 1台",
}  # fmt: skip


def send(client: FlaskClient, path: str, **answers: Any) -> Any:
    return client.post(path, data={"csrf_token": token_of(client.get(path).text), **answers})


def test_a_lead_is_registered_on_screen_and_opens_its_file(city: CityRig, client_of: Client) -> None:
    officer = client_of(OFFICER)
    empty = send(officer, "/penalties/new", **{**FORM, "party_name": ""})
    assert empty.status_code == 422
    assert "请填写“当事人”" in empty.text
    done = send(officer, "/penalties/new", **FORM)
    assert done.status_code == 302
    page = officer.get(done.location).text
    assert "立案审查" in page
    assert "演示置业有限公司" in page
    assert case(city)["item_code"] == "ZR004"
    assert case(city)["business_key"] in officer.get("/penalties").text


def test_what_is_not_decided_is_hidden_from_other_units(city: CityRig, client_of: Client) -> None:
    number = filed(city)
    for stranger in ("zr.sz", "cg.sz", "ks.ytgz"):
        client = client_of(stranger)
        assert client.get(f"/penalties/{number}").status_code == 404
        assert client.get(f"/cases/{number}").status_code == 404
        assert number not in client.get("/penalties").text
        assert client.get(f"/penalties/{number}/forms/payment").status_code == 404
    assert client_of("sp.jianshe").get("/penalties").status_code == 403
    for overseer in (LEADER, "zc.fagui"):
        assert client_of(overseer).get(f"/penalties/{number}").status_code == 200


def test_only_what_may_be_done_now_is_offered(city: CityRig, client_of: Client) -> None:
    number = filed(city)
    officer = client_of(OFFICER)

    def offered() -> set[str]:
        page = officer.get(f"/penalties/{number}").text
        return {
            form for form in ("payment", "remedy", "hold", "overturn") if f"/penalties/{number}/forms/{form}" in page
        }

    assert offered() == {"hold"}
    investigate(city)
    serve_notice(city)
    city.complete("hear_party", OFFICER, **ANSWER)
    city.complete("decide_case", LEADER, **DECIDE)
    assert offered() == {"overturn"}
    serve_decision(city)
    assert offered() == {"payment", "remedy", "overturn"}
    assert send(officer, f"/penalties/{number}/forms/payment", **PAYMENT).status_code == 302
    assert offered() == {"remedy", "overturn"}
    assert client_of(LEADER).get(f"/penalties/{number}").text.count("/forms/") == 0


def test_the_squad_that_decides_for_a_squad_of_two_sees_the_file(city: CityRig, client_of: Client) -> None:
    lead = RegisterPenaltyLead(city.actor("cg.sz"), {**LEAD, "found_on": "2026-03-02"}, city.app.rulebook)
    number = city.app.engine.execute(lead)
    city.complete("check_filing", "cg.sz", **FIVE)
    (task,) = city.tasks("approve_filing")
    head = client_of("cg.shi.dz")
    assert head.get(f"/tasks/{task.id}").status_code == 200
    for path in (f"/penalties/{number}", f"/cases/{number}", f"/penalties/{number}/record"):
        assert head.get(path).status_code == 200
    assert number in head.get("/penalties").text
    assert f"/penalties/{number}/forms/" not in head.get(f"/penalties/{number}").text
    assert send(client_of("cg.sz"), "/coercions/new/measure", **{**COERCE, "officers": ["cg.sz", "cg.sz.dz"]}
                ).status_code == 302  # fmt: skip
    (measure,) = city.rows(coercion)
    assert head.get(f"/coercions/{measure['business_key']}").status_code == 200
    assert client_of("cg.xc").get(f"/penalties/{number}").status_code == 404
    assert client_of("cg.xc").get(f"/coercions/{measure['business_key']}").status_code == 404


def test_payments_holds_and_remedies_are_registered_beside_the_tasks(city: CityRig, client_of: Client) -> None:
    number = served(city)
    officer = client_of(OFFICER)
    path = f"/penalties/{number}/forms/"
    refused = send(officer, path + "hold", things="电脑 1台", hold_place="仓库", hold_reason="可能灭失")
    assert refused.status_code == 422
    assert "只有调查中的案件" in refused.text
    much = send(officer, path + "payment", **{**PAYMENT, "amount": "20000.01"})
    assert much.status_code == 422
    assert "未缴 20,000.00 元" in much.text
    assert send(officer, path + "payment", **PAYMENT).status_code == 302
    again = send(officer, path + "payment", **PAYMENT)
    assert again.status_code == 422
    assert len(city.rows(penalty_payment)) == 1
    assert send(officer, path + "remedy", remedy="review", from_day="2026-03-02", until_day="").status_code == 302
    page = officer.get(f"/penalties/{number}").text
    assert "20,000.00 元" in page
    assert officer.get(f"/penalties/{number}/forms/unknown").status_code == 404
    assert client_of(LEADER).get(path + "payment").status_code == 403


def test_evidence_is_kept_and_only_ever_downloaded(city: CityRig, client_of: Client) -> None:
    number = filed(city)
    officer = client_of(OFFICER)
    page = officer.get(f"/penalties/{number}").text
    data = {"csrf_token": token_of(page), "files": [(_file(PNG), "a.png"), (_file(b"<html>"), "b.png")]}
    assert officer.post(f"/penalties/{number}/evidence", data=data).status_code == 302
    page = officer.get(f"/penalties/{number}").text
    assert "证据文件 1" in page
    address = page.split("/evidence/")[1].split('"')[0]
    found = officer.get(f"/penalties/{number}/evidence/{address}")
    assert (found.data, found.headers["Content-Disposition"].startswith("attachment")) == (PNG, True)
    assert client_of("zr.sz").get(f"/penalties/{number}/evidence/{address}").status_code == 404
    assert send(officer, f"/penalties/{number}/forms/hold", things="电脑 1台", hold_place="仓库",
                hold_reason="可能灭失").status_code == 302  # fmt: skip
    assert city.rows(evidence_hold)[0]["state"] == "requested"


def _file(content: bytes) -> Any:

    return BytesIO(content)


def test_a_case_that_comes_from_a_transfer_fills_in_its_reports(city: CityRig, client_of: Client) -> None:
    transfer = sent_transfer(city)
    (received,) = city.tasks("receive_transfer")
    about = client_of("cg.sz").get(f"/tasks/{received.id}").text
    assert ("违法建设" in about, "illegal_building" in about) == (True, False)
    city.complete("receive_transfer", "cg.sz", decision="accept", case_officer="演示·承办人")
    squad = client_of("cg.sz")
    assert client_of("cg.xc").get(f"/penalties/new?transfer={transfer}").status_code == 404
    form = squad.get(f"/penalties/new?transfer={transfer}").text
    assert TRANSFER_LEAD["facts"] in form
    done = send(squad, f"/penalties/new?transfer={transfer}", **FORM)
    assert done.status_code == 302
    row = case(city)
    assert (row["source"], row["source_key"], row["unit"]) == ("transfer", transfer, "CG-SZ")
    city.complete("check_filing", "cg.sz", **{**FIVE, "has_jurisdiction": "no"})
    assert case(city)["state"] == "not_filed"
    (report,) = city.tasks("report_filing")
    assert "本机关没有管辖权" in squad.get(f"/tasks/{report.id}").text
    assert row["business_key"] in squad.get(f"/cases/{transfer}").text


def test_a_measure_is_asked_for_from_a_case(city: CityRig, client_of: Client) -> None:
    number = filed(city)
    officer = client_of(OFFICER)
    path = f"/coercions/new/measure?case={number}"
    assert "演示置业有限公司" in officer.get(path).text
    alone = send(officer, path, **{**COERCE, "officers": [OFFICER]})
    assert alone.status_code == 422
    assert "执法人员不得少于两人" in alone.text
    done = send(officer, path, **COERCE)
    assert done.status_code == 302
    assert number in officer.get(done.location).text
    assert city.rows(coercion)[0]["case_id"] == case(city)["id"]
    assert client_of("zr.sz").get(done.location).status_code == 404
    assert officer.get("/coercions").status_code == 200
    assert officer.get(done.location + "/record").status_code == 200


def test_programs_register_once_and_read_everything(city: CityRig, caller: Client) -> None:
    officer = caller(OFFICER)
    body, head = {"answers": FORM}, {"Idempotency-Key": "k1"}
    first = officer.post("/api/v1/penalties", json=body, headers=head)
    assert first.status_code == 201
    number = first.json["number"]
    again = officer.post("/api/v1/penalties", json=body, headers=head)
    assert (again.json["number"], again.headers["Idempotent-Replayed"]) == (number, "true")
    assert len(city.rows(penalty_case)) == 1
    assert officer.post("/api/v1/penalties", json=body).status_code == 400
    bad = officer.post("/api/v1/penalties", json={"answers": {}}, headers={"Idempotency-Key": "k2"})
    assert (bad.status_code, bad.mimetype) == (422, "application/problem+json")
    assert officer.get("/api/v1/penalties").json[0]["business_key"] == number
    found = officer.get(f"/api/v1/penalties/{number}").json
    assert (found["state"], found["balance"]) == ("lead", None)
    assert officer.get("/api/v1/penalties?limit=51").status_code == 422
    assert caller("zr.sz").get(f"/api/v1/penalties/{number}").status_code == 404
    official = officer.get(f"/api/v1/penalties/{number}/official").json
    assert official["values"]["illegal_fact"] == LEAD["facts"]
    assert "punish_set_date" in {one["field"] for one in official["findings"]}
    asked = officer.post("/api/v1/coercions/measure", json={"answers": COERCE}, headers={"Idempotency-Key": "k3"})
    assert asked.status_code == 201
    assert officer.get(f"/api/v1/coercions/{asked.json['number']}").json["row"]["measure"] == "seize"
    assert officer.get("/api/v1/coercions").json[0]["business_key"] == asked.json["number"]


def test_programs_pay_and_see_the_balance(city: CityRig, caller: Client) -> None:
    number = served(city)
    officer = caller(OFFICER)
    part = {"answers": {**PAYMENT, "amount": 5000}}
    paid = officer.post(f"/api/v1/penalties/{number}/payments", json=part, headers={"Idempotency-Key": "p1"})
    assert paid.status_code == 201
    assert officer.get(f"/api/v1/penalties/{number}").json["balance"]["outstanding"] == "15000"
    sent = officer.post(f"/api/v1/penalties/{number}/evidence", data=PNG, content_type="image/png")
    assert sent.status_code == 201
    assert officer.post(f"/api/v1/penalties/{number}/evidence", data=PNG).status_code == 200
    turn = {"answers": {"overturn_kind": "revoked", "overturn_document": "演示复议决定", "overturned_on": "2026-03-02",
                        "overturn_reason": "事实不清"}}  # fmt: skip
    path = f"/api/v1/penalties/{number}/overturn"
    for key, status in (("", 400), ("o1", 201), ("o1", 201), ("o2", 422)):
        assert officer.post(path, json=turn, headers={"Idempotency-Key": key} if key else {}).status_code == status


@pytest.mark.parametrize(
    ("path", "answers"),
    [
        ("holds", {"things": "电脑 1台", "hold_place": "仓库", "hold_reason": "可能灭失"}),
        ("remedies", {"remedy": "litigation", "from_day": "2026-03-02"}),
        ("overturn", {"overturn_kind": "revoked", "overturn_document": "复议决定", "overturned_on": "2026-03-02",
                      "overturn_reason": "程序违法"}),
    ],
)  # fmt: skip
def test_the_same_key_registers_once(city: CityRig, caller: Client, path: str, answers: dict[str, str]) -> None:
    number = filed(city) if path == "holds" else served(city)
    officer, address = caller(OFFICER), f"/api/v1/penalties/{number}/{path}"
    assert officer.post(address, json={"answers": answers}).status_code == 400
    before = len(city.rows(penalty_event))
    first, again = (officer.post(address, json={"answers": answers}, headers={"Idempotency-Key": "k"}) for _ in "ab")
    assert (first.status_code, again.status_code, first.json) == (201, 201, again.json)
    assert again.headers["Idempotent-Replayed"] == "true"
    assert len(city.rows(penalty_event)) + len(city.rows(evidence_hold)) == before + 1
    other = officer.post(address, json={"answers": {**answers, "x": "y"}}, headers={"Idempotency-Key": "k"})
    assert other.status_code in (409, 422)


def test_cases_are_found_by_number_party_and_place_of_whom_they_concern(city: CityRig, client_of: Client) -> None:
    number = decided(city)
    for text in ("演示置业", "光明路", case(city)["decision_number"]):
        assert number in client_of(OFFICER).get("/cases", query_string={"q": text}).text
    assert number in client_of(LEADER).get("/cases?q=演示置业").text
    assert number not in client_of("zr.sz").get("/cases?q=演示置业").text
    assert client_of(OFFICER).get(f"/cases?q={number}").location.endswith(f"/cases/{number}")


def test_letters_open_as_word_and_pdf(city: CityRig, client_of: Client) -> None:
    number = decided(city)
    officer = client_of(OFFICER)
    page = officer.get(f"/penalties/{number}").text
    links = [part.split('"')[0] for part in page.split('href="') if part.startswith("/letters/")]
    assert len(links) >= 8
    for link in links:
        found = officer.get(link)
        assert found.status_code == 200
        assert found.data[:2] in (b"PK", b"%P")


def test_lists_go_on_page_by_page(city: CityRig, caller: Client) -> None:
    numbers = [lead(city), lead(city), lead(city)]
    officer = caller(OFFICER)
    first = officer.get("/api/v1/penalties?limit=2").json
    rest = officer.get(f"/api/v1/penalties?limit=2&after={first[-1]['business_key']}").json
    assert [one["business_key"] for one in (*first, *rest)] == numbers[::-1]
