"""Returning, withdrawing, delegating, undoing and batches: on pages without JavaScript, and by the API."""

import re
from typing import Any

import pytest

from tests.http.conftest import Client, token_of
from tests.processes.rig import CityRig
from tests.processes.steps import CITY, CLAIM, plan
from workflows.records import urge

HEAD = "ks.jsgc.kz"
NOBODY = "0195d3c0-0000-7000-8000-000000000000"


def the(city: CityRig, element: str) -> str:
    return next(str(t.id) for t in city.tasks(element) if "NR-CITY-JSGC" in str(t.candidate_groups))


def send(client: Any, url: str, page: str, **data: Any) -> Any:
    return client.post(url, data={"csrf_token": token_of(client.get(page).text), **data}, follow_redirects=True)


@pytest.fixture
def planned(busy: CityRig) -> str:
    """A task to feed back whose plan was made before."""
    busy.complete("claim_duty", CITY, **CLAIM)
    busy.complete("plan_supervision", CITY, **plan("2026-03-03"))
    return the(busy, "give_feedback")


@pytest.mark.acceptance("A23")
def test_a_task_is_returned_on_a_page_that_tells_what_is_closed(city: CityRig, planned: str, client_of: Client) -> None:
    head = client_of(HEAD)
    page = head.get(f"/tasks/{planned}").text
    assert f"/tasks/{planned}/return" in page
    choice = head.get(f"/tasks/{planned}/return").text
    assert "不能退回：回执已签收" in choice
    target = re.search(r'value="(plan_supervision@\d+)"', choice)
    assert target is not None
    version = re.search(r'name="version" value="(\d+)"', choice)
    assert version is not None
    url = f"/tasks/{planned}/return"
    none = send(head, url, url, target=target[1], version=version[1], reason="")
    assert (none.status_code, "请写明退回理由" in none.text) == (422, True)
    done = send(head, url, url, target=target[1], version=version[1], reason="日期有误", policy="straight_back")
    assert "已退回：反馈监管结果" in done.text
    assert [t.assignee for t in city.tasks("plan_supervision")] == [CITY]
    clerk = client_of(CITY)
    again = clerk.get(f"/tasks/{the(city, 'plan_supervision')}").text
    assert 'value="2026-03-03"' in again


@pytest.mark.acceptance("A11", "A23")
def test_what_was_submitted_is_undone_by_the_link_of_the_next_page(
    city: CityRig, busy: CityRig, client_of: Client
) -> None:
    busy.complete("claim_duty", CITY, **CLAIM)
    task, clerk = the(city, "plan_supervision"), client_of(CITY)
    page = clerk.get(f"/tasks/{task}").text
    version = re.search(r'name="version" value="(\d+)"', page)
    assert version is not None
    done = send(
        clerk, f"/tasks/{task}", f"/tasks/{task}", act="complete", version=version[1], key="k", **plan("2026-03-03")
    )
    undo = re.search(r'action="(/tasks/undo/[^"]+)"', done.text)
    assert undo is not None
    assert not city.tasks("plan_supervision")
    back = send(clerk, undo[1], "/tasks")
    assert "已撤销 1 件" in back.text
    assert 'value="2026-03-03"' in back.text
    assert [str(t.id) for t in city.tasks("plan_supervision")] == [task]
    assert "不能再撤销" in send(clerk, undo[1], "/tasks").text


def test_a_step_is_withdrawn_on_its_page_until_the_next_person_has_looked(
    city: CityRig, busy: CityRig, client_of: Client
) -> None:
    busy.complete("claim_duty", CITY, **CLAIM)
    task, clerk = the(city, "plan_supervision"), client_of(CITY)
    busy.complete("plan_supervision", CITY, **plan("2026-03-03"))
    assert "下一环节尚未查看" in clerk.get(f"/tasks/{task}").text
    assert "已撤回" in send(clerk, f"/tasks/{task}/withdraw", "/tasks").text
    busy.complete("plan_supervision", CITY, **plan("2026-03-04"))
    client_of(HEAD).get(f"/tasks/{the(city, 'give_feedback')}")
    assert "演示·周科长已查看下一环节" in clerk.get(f"/tasks/{task}").text
    assert "不能撤回" in send(clerk, f"/tasks/{task}/withdraw", "/tasks").text


def test_a_colleague_is_asked_and_answers_on_the_page(city: CityRig, planned: str, client_of: Client) -> None:
    clerk, head, page = client_of(CITY), client_of(HEAD), f"/tasks/{planned}"
    assert "委托同事提出意见" in clerk.get(page).text
    assert "请写明委托事项" in send(clerk, f"{page}/delegate", page, login=HEAD, reason="").text
    assert "已委托" in send(clerk, f"{page}/delegate", page, login=HEAD, reason="请看现场").text
    assert "提交意见，交回委托人" in head.get(page).text
    send(head, f"{page}/opinion", page, opinion="现场一致")
    shown = clerk.get(page).text
    assert "现场一致" in shown
    assert [t.assignee for t in city.tasks("give_feedback")] == [CITY]


@pytest.mark.acceptance("A10")
def test_many_tasks_are_done_together_with_one_result_each(city: CityRig, busy: CityRig, client_of: Client) -> None:
    city.submit(project_no="BJ-2", XK_WSH="建字第370402202600002号")
    city.run()
    clerk = client_of(CITY)
    tasks = [str(t.id) for t in city.tasks("claim_duty") if "NR-CITY-JSGC" in str(t.candidate_groups)]
    page = send(clerk, "/tasks/choose", "/tasks", task=tasks).text
    assert "统一填写并提交" in page
    same = send(clerk, "/tasks/choose", "/tasks", all="yes", view="todo").text
    assert all(one in same for one in tasks)
    city.app.desk.tasks.claim(city.actor(HEAD), city.tasks("claim_duty")[0].id)
    key = re.search(r'name="key" value="([^"]+)"', page)
    assert key is not None
    done = send(clerk, "/tasks/together", "/tasks", task=tasks, act="complete", key=key[1], **CLAIM).text
    assert "成功 1 件，未办 1 件" in done or "成功 2 件，未办 0 件" in done
    again = send(clerk, "/tasks/together", "/tasks", task=tasks, act="complete", key=key[1], **CLAIM).text
    assert re.search(r"成功 \d 件，未办 \d 件", again)[0] == re.search(r"成功 \d 件，未办 \d 件", done)[0]  # type: ignore[index]
    mixed = [str(t.id) for t in city.tasks() if "NR-CITY-JSGC" in str(t.candidate_groups)]
    text = send(clerk, "/tasks/choose", "/tasks", task=mixed).text
    assert ("环节不同，只能批量签收" in text) == (len({t.element_id for t in city.tasks() if str(t.id) in mixed}) > 1)
    assert "请先勾选任务" in send(clerk, "/tasks/batch", "/tasks", act="claim").text
    assert "已签收" in send(clerk, "/tasks/batch", "/tasks", act="claim", task=mixed).text
    held = send(clerk, "/tasks/choose", "/tasks", task=mixed).text
    assert f"<td>{city.actor(CITY).name}</td>" in held
    assert f"<td>{CITY}</td>" not in held  # persons, not logins


def test_the_interface_returns_withdraws_and_acts_on_many(city: CityRig, planned: str, caller: Client) -> None:
    clerk = caller(CITY)
    found = clerk.get(f"/api/v1/tasks/{planned}/return-targets").json
    assert [(one["target"], bool(one["blocked"])) for one in found] == [
        ("claim_duty", True),
        ("plan_supervision", False),
    ]
    url, body = f"/api/v1/tasks/{planned}:return", {"target": "plan_supervision", "reason": "日期有误"}
    assert clerk.post(url, json=body).status_code == 428
    stale = clerk.post(url, json=body, headers={"If-Match": '"9"'})
    assert (stale.status_code, stale.json["code"]) == (412, "stale-version")
    garbled = clerk.post(url, json=body, headers={"If-Match": '"", "{x'})
    assert (garbled.status_code, garbled.json["code"]) == (412, "stale-version")
    closed = clerk.post(url, json={**body, "target": "claim_duty"}, headers={"If-Match": "*"})
    assert (closed.status_code, closed.json["code"]) == (409, "step-not-returnable")
    assert clerk.post(url, json=body, headers={"If-Match": '"1"'}).json["status"] == "cancelled"
    task = the(city, "plan_supervision")
    city.complete("plan_supervision", CITY, **plan("2026-03-04"))
    assert clerk.post(f"/api/v1/tasks/{task}:withdraw", json={}).json["status"] == "open"
    assert caller("sp.jianshe").post(f"/api/v1/tasks/{task}:withdraw", json={}).status_code == 404
    assert clerk.post(f"/api/v1/tasks/{task}:delegate", json={"login": HEAD, "reason": "请看"}).json["assignee"] == HEAD
    assert clerk.get(f"/api/v1/tasks/{task}/delegations").json[0]["state"] == "open"
    assert caller(HEAD).post(f"/api/v1/tasks/{task}:give-opinion", json={"opinion": "可以"}).status_code == 204
    assert clerk.post(f"/api/v1/tasks/{task}:take-back").status_code == 404
    many = {"act": "release", "filter": {"view": "todo"}}
    done = clerk.post("/api/v1/tasks/batch", json=many, headers={"Idempotency-Key": "b1"})
    assert (done.status_code, done.json["done"] + done.json["failed"]) == (200, len(done.json["results"]))
    again = clerk.post("/api/v1/tasks/batch", json=many, headers={"Idempotency-Key": "b1"})
    assert again.headers.get("Idempotent-Replayed") == "true" or again.status_code == 422
    undone = clerk.post(f"/api/v1/tasks/undo/{done.json['undo']}").json["results"]
    assert all(one["ok"] for one in undone)
    assert (
        clerk.post("/api/v1/tasks/batch", json={"act": "claim"}, headers={"Idempotency-Key": "b2"}).status_code == 422
    )


def test_many_tasks_are_urged_at_once_and_each_says_whether_it_was(
    city: CityRig, busy: CityRig, client_of: Client, caller: Client
) -> None:
    overseer = client_of("zc.fagui")
    task = the(city, "claim_duty")
    choice = send(overseer, "/tasks/choose", "/tasks", task=[task]).text
    assert "催办 1 件" in choice
    key = re.search(r'name="key" value="([^"]+)"', choice)
    assert key is not None
    done = send(overseer, "/tasks/together", "/tasks", task=[task], act="urge", key=key[1], reason="请尽快认领").text
    assert "成功 1 件，未办 0 件" in done
    assert [(str(row["task_id"]), row["note"]) for row in city.rows(urge)] == [(task, "请尽快认领")]
    many = {"act": "urge", "tasks": [task, NOBODY], "reason": "再请"}
    again = caller("zc.fagui").post("/api/v1/tasks/batch", json=many, headers={"Idempotency-Key": "u1"})
    assert (again.status_code, again.json["done"], again.json["failed"]) == (200, 0, 2)  # too soon, and no such task
    assert len(city.rows(urge)) == 1
