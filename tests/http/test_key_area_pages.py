"""Key areas on screen and for programs: each number leads to its list; strangers see nothing."""

from collections.abc import Callable

import pytest
from flask.testing import FlaskClient

from tests.http.test_library_pages import page_of, send
from tests.processes.key_areas import (
    DELIST,
    ENTRY,
    LEADER,
    POLICY,
    inspected,
    mine_of,
    plan,
    standing,
    survey_unit,
)
from tests.processes.rig import CityRig
from workflows.records.key_areas import key_entry, key_signal

pytestmark = pytest.mark.clause("zz2020/2.4")
Client = Callable[[str], FlaskClient]
CAMPAIGN = {
    "name": "汛前排查", "kind": "sieve", "item_code": "ZR023", "areas": ["370403"], "ends_on": "2026-03-31",
    "reason": "汛前排查",
}  # fmt: skip


def test_a_number_leads_to_its_list(city: CityRig, client_of: Client) -> None:
    standing(city)
    standing(city, 1)
    plan(city, "2026-03-02")
    inspected(city)
    policy = client_of("zc.fagui")
    shown = policy.get("/key-areas").text
    assert "50%" in shown
    assert shown.count("演示薛城") >= 1
    checked = policy.get("/key-areas?list=checked&unit=NR-XC").text
    assert "已查 1" in checked
    assert "JC2026-" in checked
    assert "未查 1" in policy.get("/key-areas?list=open&unit=NR-XC").text
    assert "应查 0" in client_of("zr.sz").get("/key-areas?list=all&unit=NR-XC").text


def test_an_object_is_proposed_from_its_page_and_seen_by_its_unit_only(city: CityRig, client_of: Client) -> None:
    head = client_of("zr.xc.jz")
    path = f"/key-areas/objects/{mine_of(city)['id']}/propose"
    assert send(head, path, **{**ENTRY, "entry_reason": ""}).status_code == 422
    done = send(head, path, **ENTRY)
    assert done.status_code == 302
    assert "待审批" in head.get("/key-areas/library").text
    assert head.get(done.headers["Location"]).status_code == 200
    assert client_of("zr.sz.jz").get(done.headers["Location"]).status_code == 404
    assert send(head, path, **ENTRY).status_code == 422
    assert client_of("zr.sz.jz").get(path).status_code == 404


def test_delisting_is_asked_for_with_evidence_after_the_check(city: CityRig, client_of: Client) -> None:
    number = standing(city)
    head = client_of("zr.xc.jz")
    path = f"/key-areas/library/{number}/delist"
    assert send(head, path, **DELIST).status_code == 409
    plan(city, "2026-03-02")
    inspected(city, "closed")
    assert send(head, path, **{**DELIST, "delist_evidence": ""}).status_code == 422
    assert send(head, path, **DELIST).status_code == 302
    assert "验收意见书" in head.get(f"/key-areas/library/{number}").text
    city.complete("approve_delisting", POLICY, decision="approve", approval_note="已关闭")
    assert "枣审管销" in head.get(f"/key-areas/library/{number}").text


def test_a_signal_that_reaches_the_rule_is_told(city: CityRig, client_of: Client) -> None:
    officer = client_of("ks.ch")
    path = f"/key-areas/objects/{survey_unit(city)['id']}/signal"
    assert send(officer, path, source="12345", kind="complaint", count="0").status_code == 422
    assert send(officer, path, source="12345", kind="complaint", count="3", note="来电").status_code == 302
    assert "达到列入规则" in officer.get(page_of(survey_unit(city))).text
    assert "12345" in officer.get("/key-areas/signals").text
    assert "12345" not in client_of("zr.sz").get("/key-areas/signals").text


def test_a_campaign_is_proposed_approved_and_followed(city: CityRig, client_of: Client) -> None:
    policy = client_of("zc.fagui")
    wrong = send(policy, "/key-areas/campaigns/new", **{**CAMPAIGN, "credit": "D"})
    assert wrong.status_code == 422
    assert "0 个对象" in wrong.text
    done = send(policy, "/key-areas/campaigns/new", **CAMPAIGN)
    assert done.status_code == 302
    city.complete("approve_campaign", LEADER, decision="approve", approval_note="")
    city.run()
    shown = policy.get(done.headers["Location"]).text
    assert shown.count("演示薛城") >= 2
    assert "0 / 2" in policy.get("/key-areas/campaigns").text
    assert client_of("zr.xc").get(done.headers["Location"]).status_code == 200
    assert client_of("zr.sz").get(done.headers["Location"]).status_code == 404
    assert client_of("zr.xc").get("/key-areas/campaigns/new").status_code == 403


def test_programs_send_signals_once(city: CityRig, caller: Client) -> None:
    officer = caller("ks.ch")
    body = {"source": "视频平台", "source_key": "V-1", "object_id": str(survey_unit(city)["id"]), "kind": "alert",
            "count": 3, "happened_at": "2026-03-01T08:00:00+08:00"}  # fmt: skip
    assert officer.post("/api/v1/key-signals", json=body).status_code == 400
    first = officer.post("/api/v1/key-signals", json=body, headers={"Idempotency-Key": "a"})
    assert first.status_code == 201
    assert first.json["review"].startswith("ZD2026-")
    for key in ("a", "b"):
        again = officer.post("/api/v1/key-signals", json=body, headers={"Idempotency-Key": key})
        assert again.json["signal_id"] == first.json["signal_id"]
        assert again.headers["Idempotent-Replayed"] == "true"
    assert len(city.rows(key_signal)) == 1
    assert (
        officer.post("/api/v1/key-signals", json={**body, "kind": "x"}, headers={"Idempotency-Key": "c"}).status_code
        == 422
    )
    assert caller("zr.sz").post("/api/v1/key-signals", json={**body, "object_id": str(mine_of(city)["id"])},
                                headers={"Idempotency-Key": "d"}).status_code == 404  # fmt: skip


def test_programs_read_the_coverage_and_propose(city: CityRig, caller: Client) -> None:
    standing(city)
    policy, key = caller("zc.fagui"), {"Idempotency-Key": "p"}
    read = policy.get("/api/v1/key-coverage?list=all").json
    assert (read["cycle"], read["due"], read["checked"]) == ("2026-01/2026-06", 1, 0)
    assert [line["unit"] for line in read["lines"]] == ["NR-XC"]
    assert [row["state"] for row in policy.get("/api/v1/key-entries?state=standing").json] == ["standing"]
    path = f"/api/v1/objects/{mine_of(city, 1)['id']}/key-entries"
    first, again = (policy.post(path, json={"answers": ENTRY}, headers=key) for _ in range(2))
    assert first.json == again.json
    assert len(city.rows(key_entry)) == 2
    made = policy.post("/api/v1/key-campaigns", json={"answers": CAMPAIGN}, headers=key)
    assert made.status_code == 422  # the key was used for another request
    made = policy.post("/api/v1/key-campaigns", json={"answers": CAMPAIGN}, headers={"Idempotency-Key": "q"})
    assert made.json["number"] == policy.get("/api/v1/key-campaigns").json[0]["number"]
