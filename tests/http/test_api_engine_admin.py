"""Cases, jobs, moves and requests to a second person, by the API: for administrators alone."""

from uuid import UUID

import pytest

from engine.commands.deploy import Deploy
from engine.spiff.model import Resource
from engine.store.tables import user_task
from tests.http.conftest import Client
from tests.http.test_engine_definitions import LINE, diagram
from tests.http.test_engine_instances import started
from tests.processes.rig import CityRig
from workflows.engine_admin.jobs import clauses_of

ADMIN, POLICY, OFFICER = "xt.admin", "zc.fagui", "ks.jsgc"
INSTANCES, JOBS, REQUESTS = "/api/v1/engine/instances", "/api/v1/engine/jobs", "/api/v1/engine/requests"
TWO = LINE.replace('<endEvent id="end"', '<userTask id="sign" name="签批"/><endEvent id="end"').replace(
    'sourceRef="check" targetRef="end"/>',
    'sourceRef="check" targetRef="sign"/><sequenceFlow id="f3" sourceRef="sign" targetRef="end"/>',
)


def key(text: str) -> dict[str, str]:
    return {"Idempotency-Key": text}


def test_cases_are_found_page_by_page_and_read_without_what_identifies_persons(busy: CityRig, caller: Client) -> None:
    admin = caller(ADMIN)
    found = admin.get(f"{INSTANCES}?process=approval_handoff").json
    assert [one["business_key"] for one in found["lines"]] == ["SG2026-00001"]
    assert (found["next"], found["is_cut"]) == ("", False)
    case = found["lines"][0]["id"]
    view = admin.get(f"{INSTANCES}/{case}").json
    assert (view["status"], view["definition_version"]) == ("active", 1)
    assert {one["what"] for one in view["waiting"]} >= {"task"}
    assert "active" in {one["state"] for one in view["tokens"] if one["element_id"] == "claim_duty"}
    assert admin.get(f"{INSTANCES}?after=forged").status_code == 422
    for path in (INSTANCES, f"{INSTANCES}/{case}", JOBS, REQUESTS):
        assert caller(OFFICER).get(path).status_code == 403, path


@pytest.mark.acceptance("A27")
def test_a_move_is_asked_for_once_and_done_only_by_a_second_person(city: CityRig, caller: Client) -> None:
    admin, policy = caller(ADMIN), caller(POLICY)
    content = diagram(TWO, nodes=("start", "check", "sign", "end"))
    city.app.engine.execute(Deploy("test", (Resource("demo_check.bpmn", content),), "test"))
    case = started(city, "demo_check")
    token = city.rows(user_task, instance_id=case)[0]["token"]
    targets = {one["element_id"]: one["why_not"] for one in admin.get(f"{INSTANCES}/{case}/moves/{token}").json}
    assert not targets["sign"]
    wish = {"token": token, "element": "sign", "reason": "演示：核对已在线下完成"}
    where = f"{INSTANCES}/{case}/moves"
    assert admin.post(where, json=wish).status_code == 400
    assert policy.post(where, json=wish, headers=key("m")).status_code == 403
    assert admin.post(where, json={**wish, "element": "nowhere"}, headers=key("x")).status_code == 422
    asked = admin.post(where, json=wish, headers=key("m"))
    assert (asked.status_code, asked.json["state"], asked.json["kind"]) == (201, "asked", "move"), asked.text
    assert admin.post(where, json=wish, headers=key("m")).json["id"] == asked.json["id"]
    request = asked.headers["Location"]
    assert city.rows(user_task, instance_id=case)[0]["element_id"] == "check"
    assert admin.post(f"{request}:decide", json={"act": "confirm"}).status_code == 403
    done = policy.post(f"{request}:decide", json={"act": "confirm"})
    assert (done.json["state"], done.json["decided_by"]) == ("done", POLICY), done.text
    assert [one["element_id"] for one in admin.get(f"{INSTANCES}/{case}").json["waiting"]] == ["sign"]
    assert policy.post(f"{request}:decide", json={"act": "confirm"}).status_code == 409
    assert [one["id"] for one in policy.get(f"{REQUESTS}?state=done").json] == [asked.json["id"]]


@pytest.mark.acceptance("A27")
def test_a_limit_of_the_law_asks_a_second_person_and_a_refusal_leaves_it(busy: CityRig, caller: Client) -> None:
    admin, policy = caller(ADMIN), caller(POLICY)
    timers = admin.get(f"{JOBS}?kind=timer&status=waiting").json
    assert timers == sorted(timers, key=lambda one: one["due_at"])
    desk, keeper = busy.app.desk.engine.jobs, busy.actor(ADMIN)
    one = next(row for row in timers if row["instance_id"] and clauses_of(desk.job(keeper, UUID(row["id"]))))
    where = f"{JOBS}/{one['id']}:act"
    assert admin.post(where, json={"act": "skip", "reason": "演示：跳过时限"}, headers=key("s")).status_code == 422
    assert policy.post(where, json={"act": "due", "reason": "演示：提前"}, headers=key("p")).status_code == 403
    acted = admin.post(where, json={"act": "due", "reason": "演示：书面同意提前"}, headers=key("j"))
    assert acted.status_code == 200, acted.text
    request = f"{REQUESTS}/{acted.json['request']}"
    assert policy.post(f"{request}:decide", json={"act": "refuse"}).status_code == 422
    refused = policy.post(f"{request}:decide", json={"act": "refuse", "reason": "演示：没有书面材料"})
    assert refused.json["state"] == "refused"
    assert admin.get(f"{JOBS}/{one['id']}").json["due_at"] == one["due_at"]
