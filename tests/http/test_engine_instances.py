"""Cases, jobs and migrations for administrators: dry run first, a reason, four eyes, and the state read again."""

import re
from collections.abc import Callable

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select, update

from engine.commands.jobs import open_incident
from engine.commands.start_process import StartProcess
from engine.queries.search_instances import SearchInstances
from engine.store.tables import history_event, incident, job, process_instance, user_task
from tests.http.conftest import stored, token_of
from tests.http.test_engine_definitions import LINE, diagram, press, upload
from tests.processes.rig import CityRig
from workflows.desk.asking import Do
from workflows.engine_admin.masking import hidden
from workflows.records.audit import audit_event
from workflows.records.engine_admin import admin_request

Client = Callable[[str], FlaskClient]
HISTORY = ("admin_request", "login_session", "audit_event")


def case_of(city: CityRig, key: str = "approval_handoff"):
    return city.rows(process_instance, definition_key=key)[0]


def open_task(city: CityRig, instance_id):
    return next(row for row in city.rows(user_task, instance_id=instance_id) if row["status"] == "open")


def link(page: str, pattern: str) -> str:
    found = re.search(pattern, page)
    assert found is not None, pattern
    return found[0]


def test_cases_are_found_by_number_process_version_state_place_and_variable(busy: CityRig, client_of: Client) -> None:
    policy, case = client_of("zc.fagui"), case_of(busy)
    task, here = open_task(busy, case["id"]), f"/engine/instances/{case['id']}"
    ask = busy.app.engine.ask
    variables = policy.get(here).text
    assert "变量" in variables
    party = next(name for name in ("item_code", "approval_id", "party_name") if f"<td>{name}</td>" in variables)
    for wanted, is_found in [
        (f"number={case['business_key'][:6]}", True), ("number=XX", False),
        ("process=approval_handoff&version=1", True),
        ("version=2", False), ("status=active", True), ("status=suspended", False),
        (f"element={task['element_id']}", True), ("element=nowhere", False), (f"variable={party}&value=zzz", False),
    ]:  # fmt: skip
        page = policy.get(f"/engine/instances?{wanted}").text
        assert (here in page) is is_found, wanted
    view = busy.app.desk.engine.instances.show(busy.actor("zc.fagui"), case["id"])
    plain = next((name, one) for name, one in view.variables.items() if isinstance(one, str) and "*" not in one and one)
    found = ask(SearchInstances(variable=plain[0], value=plain[1]))
    assert case["id"] in [line.id for line in found.lines]
    assert client_of("sp.xc").get("/engine/instances").status_code == 403
    assert client_of("sp.xc").get(here).status_code == 403
    assert "提请" not in policy.get(here).text  # reads only


def test_what_identifies_a_person_is_hidden_at_any_depth() -> None:
    seen = hidden("data", {"phone": "13800001111", "list": [{"id_number": "370402199001011234"}], "contact": "张三丰"})
    assert seen == {"phone": "138****1111", "list": [{"id_number": "370***********1234"}], "contact": "张**"}
    assert hidden("note", "电话 13800001111") == "电话 138****1111"
    assert hidden("amount", 3) == 3


@pytest.mark.acceptance("A27")
def test_a_case_is_suspended_and_resumed_with_a_reason_and_its_state_is_read_again(
    busy: CityRig, client_of: Client
) -> None:
    admin, case = client_of("xt.admin"), case_of(busy)
    here = f"/engine/instances/{case['id']}"
    refused = press(admin, here, act="suspend", reason=" ")
    assert refused.status_code == 422
    assert case_of(busy)["status"] == "active"
    done = press(admin, here, act="suspend", reason="核对数据期间暂停", key="k1")
    report = admin.get(done.headers["Location"]).text
    assert "完成 1" in report
    assert report.count("已挂起") == 2  # afterwards, and read again now
    press(admin, here, act="resume", reason="核对完毕恢复", key="k2")
    again = admin.get(done.headers["Location"]).text
    assert "运行中" in again  # the old report tells what is true now
    assert case_of(busy)["status"] == "active"
    assert press_policy(client_of("zc.fagui"), here).status_code == 403


def press_policy(client: FlaskClient, page: str):
    """Send an act as somebody who may only read."""
    return client.post(page, data={"csrf_token": token_of(client.get(page).text), "act": "cancel", "reason": "试试看"})


@pytest.mark.acceptance("A27")
def test_a_token_is_moved_only_where_the_case_can_end_and_only_after_a_second_person(
    city: CityRig, client_of: Client
) -> None:
    admin, policy = client_of("xt.admin"), client_of("zc.fagui")
    two = LINE.replace('<endEvent id="end"', '<userTask id="sign" name="签批"/><endEvent id="end"').replace(
        'sourceRef="check" targetRef="end"/>',
        'sourceRef="check" targetRef="sign"/><sequenceFlow id="f3" sourceRef="sign" targetRef="end"/>',
    )
    page = upload(admin, ("demo_check.bpmn", diagram(two, nodes=("start", "check", "sign", "end"))))
    press(admin, page, act="deploy")
    case = started(city, "demo_check")
    token = open_task(city, case)["token"]
    move = f"/engine/instances/{case}/move/{token}"
    before = stored(city, *HISTORY)
    shown = admin.get(move).text
    assert '<option value="sign">' in shown
    assert ">可移到<" in shown
    assert press(admin, move, element="start", reason="退回重新核对").status_code == 422
    assert press(admin, move, element="sign", reason="").status_code == 422
    asked = press(admin, move, element="sign", reason="核对已在线下完成").headers["Location"]
    assert stored(city, *HISTORY) == before
    own = admin.get(asked).text
    assert "确认并执行" not in own
    alone = admin.post(asked, data={"csrf_token": token_of(own), "act": "confirm"})
    assert alone.status_code == 403
    assert client_of("sp.xc").get(asked).status_code == 403
    press(policy, asked, act="confirm")
    after = policy.get(asked).text
    assert "执行后重新读取" in after
    assert after.count("签批（进行中）") == 2
    assert open_task(city, case)["element_id"] == "sign"
    assert press_again(policy, asked).status_code == 409
    history = admin.get(f"/engine/instances/{case}").text
    assert f"核对已在线下完成 · 确认：{city.actor('zc.fagui').name}" in history
    records = {row["kind"]: row for row in city.rows(audit_event)}
    assert records["administration-asked"]["actor"] == "xt.admin"
    decided = records["administration-decided"]
    assert (decided["actor"], decided["request_id"] is not None) == ("zc.fagui", True)
    assert "instance-modified" in {row["kind"] for row in city.rows(history_event, instance_id=case)}


def press_again(client: FlaskClient, page: str):
    """Confirm a second time, from a page that was left open."""
    token = token_of(client.get("/engine/instances").text)
    return client.post(page, data={"csrf_token": token, "act": "confirm"})


def started(city: CityRig, key: str):
    """Start a case of a deployed process."""
    return city.app.engine.execute(StartProcess(key, "DEMO-1", "tester", {})).instance_id


@pytest.mark.acceptance("A27")
def test_a_limit_of_the_law_is_cut_short_only_by_two_and_a_refusal_changes_nothing(
    busy: CityRig, client_of: Client
) -> None:
    admin, policy = client_of("xt.admin"), client_of("zc.fagui")
    listed = admin.get("/engine/jobs?kind=timer").text
    timers = [row for row in busy.rows(job, kind="timer") if row["instance_id"] is not None]
    legal = next(row for row in timers if "提请立即执行" in admin.get(f"/engine/jobs/{row['id']}").text)
    page = f"/engine/jobs/{legal['id']}"
    assert page in listed
    assert press(admin, page, act="due", reason="").status_code == 422
    assert press(admin, page, act="skip", reason="跳过这个时限").status_code == 422  # timers are never skipped
    asked = press(admin, page, act="due", reason="当事人书面同意提前").headers["Location"]
    assert busy.rows(job, id=legal["id"])[0]["due_at"] == legal["due_at"]
    press(policy, asked, act="refuse", reason="没有书面材料")
    assert "没有书面材料" in admin.get(asked).text
    assert busy.rows(job, id=legal["id"])[0]["due_at"] == legal["due_at"]
    second = press(admin, page, act="due", reason="已补书面材料").headers["Location"]
    press(policy, second, act="confirm")
    [moved] = busy.rows(job, instance_id=legal["instance_id"], token=legal["token"])
    assert moved["due_at"] == busy.clock.now() < legal["due_at"]
    assert [row["state"] for row in sorted(busy.rows(admin_request), key=lambda one: one["asked_at"])] == [
        "refused", "done",
    ]  # fmt: skip


def test_a_failed_service_is_skipped_by_two_and_its_incident_is_closed(city: CityRig, client_of: Client) -> None:
    admin, policy = client_of("xt.admin"), client_of("zc.fagui")
    service = (
        '<startEvent id="start"/><serviceTask id="check" name="发送" camunda:type="external"'
        ' camunda:topic="demo.nobody" xmlns:camunda="http://camunda.org/schema/1.0/bpmn"/><endEvent id="end"/>'
        '<sequenceFlow id="f1" sourceRef="start" targetRef="check"/>'
        '<sequenceFlow id="f2" sourceRef="check" targetRef="end"/>'
    )
    page = upload(admin, ("demo_check.bpmn", diagram(service)))
    press(admin, page, act="deploy")
    case = started(city, "demo_check")
    [row] = city.rows(job, instance_id=case)
    city.app.engine.execute(_fail(row["id"]))
    asked = press(admin, f"/engine/jobs/{row['id']}", act="skip", reason="已线下发送").headers["Location"]
    press(policy, asked, act="confirm")
    assert "已办结" in policy.get(asked).text
    assert city.rows(job, instance_id=case) == []
    assert all(one["resolved_at"] for one in city.rows(incident, instance_id=case))


def _fail(job_id):
    """Let a job have failed for good."""

    def act(uow):
        uow.connection.execute(update(job).where(job.c.id == job_id).values(status="failed", last_error="no handler"))
        open_incident(uow, uow.connection.execute(select(job).where(job.c.id == job_id)).one(), "no handler")

    return Do(act)


def test_incidents_of_one_cause_are_tried_again_together(city: CityRig, client_of: Client) -> None:
    admin = client_of("xt.admin")
    city.submit()
    for row in city.rows(job)[:2]:
        city.app.engine.execute(_fail(row["id"]))
    page = admin.get("/engine/incidents").text
    assert "按原因" in page
    group = link(page, r'/engine/incidents/group\?[^"]+').replace("&amp;", "&")
    shown = admin.get(group).text
    form = dict(re.findall(r'type="hidden" name="(\w+)" value="([^"]*)"', shown))
    assert admin.post("/engine/incidents/group", data={**form, "reason": ""}).status_code == 422
    done = admin.post("/engine/incidents/group", data={**form, "reason": "接口已恢复"})
    assert "未能 0" in admin.get(done.headers["Location"]).text


@pytest.mark.acceptance("A27")
def test_cases_are_carried_over_after_a_dry_run_with_one_result_for_each(city: CityRig, client_of: Client) -> None:
    admin = client_of("xt.admin")
    press(admin, upload(admin, ("demo_check.bpmn", diagram(LINE))), act="deploy")
    case = started(city, "demo_check")
    renamed = LINE.replace('"check"', '"examine"')
    press(admin, upload(admin, ("demo_check.bpmn", diagram(renamed, nodes=("start", "examine", "end")))), act="deploy")
    assert "/engine/migrations/demo_check/1/2" in admin.get("/engine/migrations").text
    page = "/engine/migrations/demo_check/1/2"
    shown = admin.get(page).text
    assert '<option value="examine" selected>核对（examine） · 建议' in shown
    before = stored(city, *HISTORY)
    nowhere = press(admin, page, act="plan", clocks="keep").text
    assert "不能 1" in nowhere  # the task has no place without the mapping
    tried = press(admin, page, act="plan", clocks="keep", **{"map-check": "examine"}).text
    assert "可以迁移 1" in tried
    assert stored(city, *HISTORY) == before
    form = {"act": "commit", "target": str(case), "map-check": "examine", "clocks": "keep", "key": "m1"}
    assert press(admin, page, **form, reason="").status_code == 422
    done = press(admin, page, **form, reason="新规自本月施行")
    assert "完成 1" in admin.get(done.headers["Location"]).text
    assert open_task(city, case)["element_id"] == "examine"
    assert "第 2 版" in admin.get(f"/engine/instances/{case}").text
    assert client_of("zc.fagui").post(page, data={"csrf_token": token_of(admin.get(page).text)}).status_code in (
        400,
        403,
    )
