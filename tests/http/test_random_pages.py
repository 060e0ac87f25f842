"""Random inspections on pages and by API: the ceremony, the proof, plans, and who may see what."""

import json
import re
from collections.abc import Callable

import pytest
from flask.testing import FlaskClient

from tests.http.conftest import token_of
from tests.processes.random_checks import HEAD, LINE, OFFICER, POLICY, TASK, UNIT, WITNESS, begun, drawn, lots, planned
from tests.processes.rig import CityRig
from workflows.draws import verify_proof

pytestmark = pytest.mark.clause("zz2020/2.3")
Client = Callable[[str], FlaskClient]
API = "/api/v1"


def send(client: FlaskClient, path: str, page: str = "", **answers: object):
    return client.post(path, data={"csrf_token": token_of(client.get(page or path).text), **answers})


def plain(answers: dict) -> dict:
    return {name: value for name, value in answers.items() if value not in (None, [])}


def test_a_task_is_begun_sealed_by_two_drawn_and_repeated_on_its_page(city: CityRig, client_of: Client) -> None:
    head = client_of(HEAD)
    done = send(head, "/random-checks/new", **plain({**TASK, "ratio": 50}))
    assert done.status_code == 302
    page = done.headers["Location"]
    lot = lots(city)[0]
    assert lot["commitment"] in head.get(page).text
    assert lot["salt"] not in head.get(page).text
    short = send(head, page + "/seal", page, draw_text="一")
    assert short.status_code == 422
    assert 'href="#draw_text"' in short.text
    assert send(head, page + "/seal", page, draw_text="抽取人的文字").status_code == 302
    witness = client_of(WITNESS)
    shown = witness.get(page).text
    assert "抽取人的文字" not in shown
    assert "以监督人身份封存的文字" in shown
    assert send(witness, page + "/seal", page, draw_text="监督人的文字").status_code == 302
    shown = witness.get(page).text
    assert "抽取人的文字" in shown
    assert lot["salt"] in shown
    proof = witness.get(f"/random-checks/draws/{lot['id']}/proof.json")
    assert proof.headers["Content-Disposition"].startswith("attachment")
    assert verify_proof(json.loads(proof.data)) is None
    again = send(witness, f"/random-checks/draws/{lot['id']}/verify", page)
    assert "复算一致" in again.text


def test_a_second_seal_of_the_same_step_is_refused(city: CityRig, client_of: Client) -> None:
    page = f"/random-checks/tasks/{begun(city)['business_key']}"
    officer = client_of(OFFICER)
    token = token_of(officer.get(page).text)
    form = {"csrf_token": token, "draw_text": "第一份文字"}
    assert officer.post(page + "/seal", data=form).status_code == 302
    assert officer.post(page + "/seal", data=form).status_code == 403


def test_a_task_of_another_unit_does_not_seem_to_exist(city: CityRig, client_of: Client) -> None:
    row = drawn(city)
    lot = lots(city)[0]
    other = client_of("ks.ch")
    assert row["title"] not in other.get("/random-checks").text
    assert other.get(f"/random-checks/tasks/{row['business_key']}").status_code == 404
    assert other.get(f"/random-checks/draws/{lot['id']}/proof.json").status_code == 404
    assert row["title"] in client_of("jw.zu").get("/random-checks").text


def test_a_plan_is_edited_line_by_line_and_warns_at_once(city: CityRig, client_of: Client) -> None:
    policy = client_of(POLICY)
    done = send(policy, "/random-checks/plans/new", year="2026", title="2026 年度双随机抽查计划")
    page = done.headers["Location"]
    for item, unit in (("ZR023", UNIT), ("ZR026", "NR-CITY-STXF")):
        line = plain({**LINE, "item_code": item, "unit": unit, "ratio": 100})
        assert send(policy, page + "/lines/new", **line).status_code == 302
    shown = policy.get(page).text
    assert "超过企业年度检查次数，不能报送" in shown
    assert "建议合并检查" in shown
    wrong = send(policy, page + "/lines/new", **plain({**LINE, "month_to": 3}))
    assert wrong.status_code == 422
    assert "结束月份不能早于开始月份" in wrong.text
    edit = re.search(r'href="(/random-checks/plans/[^"]+/lines/[0-9a-f-]{36})"', shown)
    assert edit is not None
    assert 'value="100"' in policy.get(edit[1]).text
    assert send(policy, edit[1], **plain({**LINE, "ratio": 20})).status_code == 302
    assert send(policy, edit[1] + "/remove", page).status_code == 302
    assert policy.get(page).text.count("/remove") == 1
    assert client_of("sp.xc").get(page).status_code == 404


@pytest.mark.parametrize("path", ["/random-checks", "/random-checks/plans", "/random-checks/results"])
def test_every_list_says_what_to_do_when_it_is_empty(city: CityRig, client_of: Client, path: str) -> None:
    assert 'class="empty"' in client_of("sp.xc").get(path).text


def test_a_program_begins_once_seals_reads_and_repeats(city: CityRig, caller: Client) -> None:
    head, witness = caller(HEAD), caller(WITNESS)
    key = {"Idempotency-Key": "k1"}
    body = {"answers": {**TASK, "ratio": 50}}
    made = [head.post(f"{API}/random-tasks", json=body, headers=key) for _ in range(2)]
    assert [one.status_code for one in made] == [201, 201]
    number = made[0].json["business_key"]
    assert made[1].json["business_key"] == number
    assert head.post(f"{API}/random-tasks", json=body).status_code == 400
    for client, text in ((head, "第一份文字"), (witness, "第二份文字")):
        assert client.post(f"{API}/random-tasks/{number}/seal", json={"text": text}).status_code == 200
    assert witness.post(f"{API}/random-tasks/{number}/seal", json={"text": "第三份文字"}).status_code == 403
    shown = head.get(f"{API}/random-tasks/{number}").json
    lot = shown["lots"][0]
    assert len(shown["targets"]) == 6
    assert verify_proof(json.loads(head.get(f"{API}/draws/{lot['id']}/proof").data)) is None
    assert head.get(f"{API}/draws/{lot['id']}/verification").json == {"agrees": True, "place": "", "message": ""}
    assert [one["business_key"] for one in head.get(f"{API}/random-tasks?limit=1").json["items"]] == [number]
    assert caller("ks.ch").get(f"{API}/random-tasks/{number}").status_code == 404
    assert caller("ks.ch").get(f"{API}/random-tasks").json == {"items": [], "next": ""}


def test_a_proof_is_not_there_before_the_draw(city: CityRig, caller: Client) -> None:
    begun(city)
    answer = caller(HEAD).get(f"{API}/draws/{lots(city)[0]['id']}/proof")
    assert (answer.status_code, answer.json["code"]) == (409, "not-drawn")


def test_what_is_sealed_is_in_no_answer_before_the_draw(city: CityRig, caller: Client) -> None:
    number = begun(city)["business_key"]
    head = caller(HEAD)
    head.post(f"{API}/random-tasks/{number}/seal", json={"text": "猜不到的文字"})
    for path in (f"/random-tasks/{number}", f"/cases/{number}", f"/cases/{number}/history", "/tasks"):
        for login in (WITNESS, OFFICER, "zc.fagui"):
            text = caller(login).get(API + path).get_data(as_text=True)
            assert "猜不到的文字" not in text
            assert json.dumps("猜不到的文字")[1:-1] not in text
            assert lots(city)[0]["salt"] not in text


def test_pages_of_tasks_follow_each_other(city: CityRig, caller: Client) -> None:
    for number in range(3):
        begun(city, reason=f"第 {number} 次")
    head = caller(HEAD)
    first = head.get(f"{API}/random-tasks?limit=2").json
    second = head.get(f"{API}/random-tasks?limit=2&cursor={first['next']}").json
    keys = [one["business_key"] for one in first["items"] + second["items"]]
    assert keys == ["SJ2026-00003", "SJ2026-00002", "SJ2026-00001"]
    assert second["next"] == ""
    assert head.get(f"{API}/random-tasks?cursor=x").status_code == 422


def test_a_program_edits_a_plan(city: CityRig, caller: Client) -> None:
    policy = caller(POLICY)
    body = {"answers": {"year": 2026, "title": "2026 年度双随机抽查计划"}}
    plan = policy.post(f"{API}/random-plans", json=body, headers={"Idempotency-Key": "p"}).json["id"]
    lines = f"{API}/random-plans/{plan}/lines"
    line = policy.post(lines, json={"answers": LINE}, headers={"Idempotency-Key": "l"}).json["id"]
    changed = policy.put(f"{lines}/{line}", json={"answers": {**LINE, "ratio": 20}})
    assert (changed.status_code, changed.json["ratio"]) == (200, 20)
    assert policy.get(f"{API}/random-plans/{plan}").json["lines"][0]["ratio"] == 20
    assert policy.delete(f"{lines}/{line}").status_code == 204
    assert policy.get(f"{API}/random-plans").json[0]["lines"] == 0
    assert caller("sp.xc").get(f"{API}/random-plans").json == []
    assert planned(city)["state"] == "draft"
