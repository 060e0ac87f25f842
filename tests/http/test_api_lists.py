"""What persons arrange for themselves, and rules that officials change, by the API."""

from uuid import uuid4

import pytest

from tests.http.conftest import Client
from tests.processes.rig import CityRig

pytestmark = pytest.mark.clause("zz2020/1.2")
OFFICER, HEAD, STRANGER, POLICY, LEADER = "ks.jsgc", "ks.jsgc.kz", "cg.xc", "zc.fagui", "ju.lingdao"
VIEWS, CHANGES = "/api/v1/me/views", "/api/v1/rule-changes"


def key(text: str = "") -> dict[str, str]:
    return {"Idempotency-Key": text or str(uuid4())}


def test_a_view_is_kept_once_shared_by_heads_alone_and_taken_away_by_its_owner(caller: Client) -> None:
    mine, head, other = caller(OFFICER), caller(HEAD), caller(STRANGER)
    wish = {"title": "超期的", "query": {"lamp": "red", "view": "todo"}, "is_default": True}
    assert mine.post(VIEWS, json=wish).status_code == 400  # no key
    made = mine.post(VIEWS, json=wish, headers=key("k1"))
    assert (made.status_code, made.json["query"], made.json["is_default"]) == (201, wish["query"], True)
    assert mine.post(VIEWS, json=wish, headers=key("k1")).json["id"] == made.json["id"]
    assert mine.post(VIEWS, json={**wish, "title": "别的"}, headers=key("k1")).status_code == 422
    assert [one["title"] for one in mine.get(VIEWS).json] == ["超期的"]
    assert other.get(VIEWS).json == []
    assert mine.post(VIEWS, json={**wish, "shared": True}, headers=key()).status_code == 403
    wrong = mine.post(VIEWS, json={**wish, "query": {"password": "x"}}, headers=key())
    assert wrong.status_code == 422
    shared = head.post(VIEWS, json={**wish, "shared": True, "role": "section_officer"}, headers=key())
    assert shared.status_code == 201
    assert [one["is_mine"] for one in mine.get(VIEWS).json] == [True, False]
    assert mine.put(f"{VIEWS}/first", json={"view": None}).status_code == 204
    assert not any(one["is_default"] for one in mine.get(VIEWS).json)
    assert mine.put(f"{VIEWS}/first", json={"view": shared.json["id"]}).status_code == 404  # not one's own
    assert mine.delete(f"{VIEWS}/{shared.json['id']}").status_code == 404
    assert mine.delete(f"{VIEWS}/{made.json['id']}").status_code == 204
    assert [one["is_mine"] for one in mine.get(VIEWS).json] == [False]
    assert mine.post(VIEWS, json=wish, headers=key("k1")).status_code == 404  # what this key made is gone


def test_wishes_for_notices_are_read_changed_and_refused_by_field(caller: Client) -> None:
    mine, where = caller(OFFICER), "/api/v1/me/notices"
    assert mine.get(where).json["channels"] == []
    wish = {"channels": ["mail"], "mail": "a@example.org", "quiet_from": "19:00", "quiet_until": "08:00",
            "days_off": True}  # fmt: skip
    assert mine.put(where, json=wish).json == {**wish, "phone": ""}
    assert mine.get(where).json["days_off"] is True
    refused = mine.put(where, json={**wish, "mail": "nowhere"})
    assert (refused.status_code, [one["field"] for one in refused.json["errors"]]) == (422, ["mail"])
    assert mine.get(where).json["mail"] == "a@example.org"
    assert caller(STRANGER).get(where).json["mail"] == ""
    assert mine.get("/api/v1/me/notice-deliveries").json == []


def test_a_limit_is_previewed_proposed_once_and_agreed_to_by_another_person(busy: CityRig, caller: Client) -> None:
    policy, leader = caller(POLICY), caller(LEADER)
    limit = max((one for one in busy.app.rulebook.limits.all if one.name == "claim" and one.item == "*"),
                key=lambda one: (one.valid_from, one.version))  # fmt: skip
    values = {"length": limit.length + 2, "unit": limit.unit, "warn_before": limit.warn_before,
              "confidence": "law", "source": "演示文件第三条", "valid_from": "2026-03-01"}  # fmt: skip
    wish = {"kind": "limit", "subject": "claim", "values": values}
    before = policy.get(CHANGES).json
    shown = policy.post(f"{CHANGES}:preview", json=wish)
    assert shown.status_code == 200, shown.text
    assert shown.json["needs_two"] is True
    assert shown.json["moves"]
    assert policy.get(CHANGES).json == before
    assert caller(OFFICER).post(f"{CHANGES}:preview", json=wish).status_code == 403
    proposal = {**wish, "reason": "演示：与文件一致"}
    made = policy.post(CHANGES, json=proposal, headers=key("r1"))
    assert (made.status_code, made.json["state"]) == (201, "proposed"), made.text
    assert policy.post(CHANGES, json=proposal, headers=key("r1")).json["id"] == made.json["id"]
    where = made.headers["Location"]
    assert len(leader.get(where).json["moves"]) == len(shown.json["moves"])
    assert policy.post(f"{where}:decide", json={"agrees": True}).status_code == 403
    decided = leader.post(f"{where}:decide", json={"agrees": True})
    assert decided.json == {"moved": len(shown.json["moves"])}
    assert policy.get(where).json["state"] == "approved"
    assert caller(OFFICER).get(where).status_code == 403


def test_a_day_of_the_calendar_is_named_by_its_date_and_faults_by_their_field(caller: Client) -> None:
    policy = caller(POLICY)
    day = {"kind": "day", "subject": "2026-05-16", "values": {"is_working": True, "source": "演示通知"}}
    shown = policy.post(f"{CHANGES}:preview", json=day)
    assert (shown.status_code, shown.json["needs_two"]) == (200, True), shown.text
    same = policy.post(f"{CHANGES}:preview", json={**day, "values": {"is_working": False, "source": "演示通知"}})
    assert [one["field"] for one in same.json["errors"]] == ["is_working"]
    without = policy.post(f"{CHANGES}:preview", json={**day, "values": {"is_working": True}})
    assert [one["field"] for one in without.json["errors"]] == ["source"]
    assert policy.post(CHANGES, json={**day, "reason": " "}, headers=key()).status_code == 422
