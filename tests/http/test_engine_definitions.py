"""Deployed processes on screen and by API: read, compare, check, deploy, and who may not."""

import io
import re
from collections.abc import Callable

import pytest
from flask.testing import FlaskClient

from tests.http.conftest import stored, token_of
from tests.processes.rig import CityRig

Client = Callable[[str], FlaskClient]
NOTED = ("admin_request", "login_session", "audit_event")  # what is being asked for, by whom, and that it was
HEAD = (
    '<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL"'
    ' xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"'
    ' xmlns:bpmndi="http://www.omg.org/spec/BPMN/20100524/DI" xmlns:dc="http://www.omg.org/spec/DD/20100524/DC"'
    ' xmlns:di="http://www.omg.org/spec/DD/20100524/DI" targetNamespace="t">'
    '<process id="{key}" name="演示流程" isExecutable="true">'
)
NODES = ("start", "check", "end")


def diagram(body: str, key: str = "demo_check", nodes: tuple[str, ...] = NODES) -> bytes:
    """A process whose nodes are drawn in a row."""
    shapes = "".join(
        f'<bpmndi:BPMNShape bpmnElement="{node}"><dc:Bounds x="{100 + 150 * place}" y="100" width="100" height="80"/>'
        "</bpmndi:BPMNShape>"
        for place, node in enumerate(nodes)
    )
    plane = (
        f'<bpmndi:BPMNDiagram><bpmndi:BPMNPlane bpmnElement="{key}">{shapes}</bpmndi:BPMNPlane></bpmndi:BPMNDiagram>'
    )
    return f"{HEAD.format(key=key)}{body}</process>{plane}</definitions>".encode()


def flow(name: str, source: str, target: str) -> str:
    return f'<sequenceFlow id="{name}" sourceRef="{source}" targetRef="{target}"/>'


LINE = (
    '<startEvent id="start" name="收到"/><userTask id="check" name="核对"/><endEvent id="end" name="办结"/>'
    + flow("f1", "start", "check") + flow("f2", "check", "end")
)  # fmt: skip
STUCK = (
    '<startEvent id="start"/><exclusiveGateway id="fork" default="f2"/><userTask id="check" name="核对"/>'
    '<userTask id="sign" name="签批"/><parallelGateway id="join"/><endEvent id="end"/>'
    + flow("f1", "start", "fork") + flow("f2", "fork", "check")
    + '<sequenceFlow id="f3" sourceRef="fork" targetRef="sign"><conditionExpression xsi:type="tFormalExpression">=1 = 2'
    "</conditionExpression></sequenceFlow>"
    + flow("f4", "check", "join") + flow("f5", "sign", "join") + flow("f6", "join", "end")
)  # fmt: skip
STUCK_NODES = ("start", "fork", "check", "sign", "join", "end")
NEW = "/engine/deployments/new"


def upload(client: FlaskClient, *files: tuple[str, bytes]) -> str:
    """Send files to be checked; answers the page of the prepared deployment."""
    sent = [(io.BytesIO(content), name) for name, content in files]
    form = {"csrf_token": token_of(client.get(NEW).text), "name": "演示部署", "files": sent}
    answer = client.post(NEW, data=form, content_type="multipart/form-data")
    assert answer.status_code == 302, answer.text
    return answer.headers["Location"]


def press(client: FlaskClient, page: str, **form: str):
    return client.post(page, data={"csrf_token": token_of(client.get(page).text), **form})


def test_a_diagram_is_checked_then_deployed_then_compared_with_its_next_version(
    city: CityRig, client_of: Client
) -> None:
    admin = client_of("xt.admin")
    before = stored(city, *NOTED)
    page = upload(admin, ("demo_check.bpmn", diagram(LINE)))
    shown = admin.get(page).text
    assert "目前还没有部署任何内容" in shown
    assert "第 1 版" in shown
    assert stored(city, *NOTED) == before
    assert press(admin, page, act="deploy").status_code == 302
    again = admin.get(page).text
    assert "重新读取" in again
    assert "demo_check 第 1 版" in again
    assert press_again(admin, page).status_code == 409
    changed = LINE.replace('name="核对"', 'name="复核"').replace(
        '<endEvent id="end" name="办结"/>', '<endEvent id="end"/>'
    )
    second = upload(admin, ("demo_check.bpmn", diagram(changed)))
    press(admin, second, act="deploy")
    found = admin.get("/engine/definitions/demo_check/compare?old=1&new=2").text
    assert "<del>核对</del> → <ins>复核</ins>" in found
    assert "<del>办结</del> → <ins>（无）</ins>" in found
    assert found.count("～修改") == 4  # both elements, in both pictures
    listed = admin.get("/engine/definitions").text
    assert listed.index("demo_check/2") < listed.index("demo_check/1")
    assert admin.get("/engine/definitions/demo_check/2").text.count("没有发现问题") == 1


def press_again(client: FlaskClient, page: str):
    """Send the deployment a second time, as an impatient person does."""
    return client.post(page, data={"csrf_token": token_of(client.get(NEW).text), "act": "deploy"})


def test_an_unsound_diagram_shows_where_and_how_it_gets_stuck_and_needs_a_reason(
    city: CityRig, client_of: Client
) -> None:
    admin = client_of("xt.admin")
    page = upload(admin, ("demo_check.bpmn", diagram(STUCK, nodes=STUCK_NODES)))
    shown = admin.get(page).text
    assert "流程不健全" in shown
    assert re.search(r"d-note-error.*?>错误 1[、<]", shown)
    assert re.search(r"d-note-trace.*?>步 1<", shown)
    assert "走到这里的路径" in shown
    refused = press(admin, page, act="deploy", reason=" ")
    assert refused.status_code == 422
    assert "demo_check" not in admin.get("/engine/definitions").text
    press(admin, page, act="deploy", reason="试点期间人工盯办")
    assert "保留部署的理由：试点期间人工盯办" in admin.get(page).text
    assert "试点期间人工盯办" in admin.get("/engine/definitions").text
    assert "错误 1" in admin.get("/engine/definitions/demo_check/1").text


def test_a_faulty_diagram_cannot_be_deployed_and_says_why_on_the_element(city: CityRig, client_of: Client) -> None:
    admin = client_of("xt.admin")
    faulty = LINE.replace('targetRef="end"', 'targetRef="nowhere"')
    page = upload(admin, ("demo_check.bpmn", diagram(faulty)))
    shown = admin.get(page).text
    assert "不能部署" in shown
    assert 'value="deploy"' not in shown
    assert "nowhere" in shown or "f2" in shown
    assert press(admin, page, act="deploy").status_code == 422
    assert press(admin, page, act="withdraw").status_code == 302
    assert "已放弃" in admin.get(page).text


@pytest.mark.parametrize("name", ["demo.exe", "../demo.bpmn", "de mo.bpmn", ""])
def test_only_diagrams_tables_and_forms_with_plain_names_are_taken(city: CityRig, client_of: Client, name: str) -> None:
    admin = client_of("xt.admin")
    form = {"csrf_token": token_of(admin.get(NEW).text), "files": [(io.BytesIO(b"x"), name)] if name else []}
    answer = admin.post(NEW, data=form, content_type="multipart/form-data")
    assert answer.status_code == 422
    assert 'href="#files"' in answer.text


def test_the_policy_section_reads_and_others_see_nothing(city: CityRig, client_of: Client) -> None:
    policy, clerk = client_of("zc.fagui"), client_of("sp.xc")
    listed = policy.get("/engine/definitions")
    assert listed.status_code == 200
    assert "部署文件" not in listed.text
    assert policy.get(NEW).status_code == 403
    shown = policy.get("/engine/definitions/approval_handoff/1").text
    assert "决策表" in shown
    assert "文字版流程" in shown
    assert "细则" in shown
    assert policy.get("/engine/definitions/approval_handoff/9").status_code == 404
    assert policy.get("/engine/definitions/approval_handoff/1/files/approval_handoff.bpmn").data.startswith(b"<?xml")
    assert policy.get("/engine/definitions/approval_handoff/1/files/none.bpmn").status_code == 404
    for path in ("/engine/definitions", "/engine/definitions/approval_handoff/1", NEW):
        assert clerk.get(path).status_code == 403


def test_a_program_checks_deploys_once_and_compares(city: CityRig, caller: Client) -> None:
    admin = caller("xt.admin")
    files = {"files": [{"name": "demo_check.bpmn", "content": diagram(LINE).decode()}]}
    checked = admin.post("/api/v1/engine/deployments/check", json=files)
    assert (checked.json["is_refused"], checked.json["is_unsound"], checked.json["findings"]) == (False, False, [])
    assert checked.json["definitions"][0]["version"] == 1
    key = {"Idempotency-Key": "d-1"}
    done = admin.post("/api/v1/engine/deployments", json=files, headers=key)
    assert done.status_code == 201
    assert done.json["definitions"][0]["is_new"]
    again = admin.post("/api/v1/engine/deployments", json=files, headers=key)
    assert again.headers["Idempotent-Replayed"] == "true"
    assert again.json == done.json
    stuck = {"files": [{"name": "demo_check.bpmn", "content": diagram(STUCK, nodes=STUCK_NODES).decode()}]}
    found = admin.post("/api/v1/engine/deployments/check", json=stuck).json
    assert found["is_unsound"]
    assert found["findings"][0]["trace"][-1] in STUCK_NODES
    refused = admin.post("/api/v1/engine/deployments", json=stuck, headers={"Idempotency-Key": "d-2"})
    assert refused.status_code == 422
    taken = admin.post(
        "/api/v1/engine/deployments", json={**stuck, "accept_unsound": "试点期间"}, headers={"Idempotency-Key": "d-3"}
    )
    assert taken.status_code == 201
    compared = admin.get("/api/v1/engine/definitions/demo_check/differences/1/2").json["diagram"]
    assert {"fork", "sign", "join"} <= {one["element_id"] for one in compared if one["change"] == "added"}
    assert caller("sp.xc").get("/api/v1/engine/definitions").status_code == 403


def test_the_heat_map_says_how_often_a_step_is_late(busy: CityRig, client_of: Client, caller: Client) -> None:
    leader = client_of("zc.fagui")
    page = "/engine/definitions/approval_handoff/1/lateness"
    assert ">超期0/" in leader.get(page).text
    busy.at("2026-06-01T10:00:00")
    shown = client_of("zc.fagui").get(page).text  # the first session is over
    assert "is-heat-3" in shown
    assert "100%" in shown
    steps = caller("zc.fagui").get(f"/api/v1{page}").json
    assert steps[0]["late"] == steps[0]["total"] > 0
    assert client_of("sp.xc").get(page).status_code == 403
