"""会签、抄送、催办、意见、外出与代理 on screen and by API: what works, and who is kept out."""

import re
from collections.abc import Callable
from io import BytesIO
from typing import Any

import pytest
from flask.testing import FlaskClient

from engine.store.tables import user_task
from tests.http.conftest import token_of
from tests.processes.rig import CityRig
from tests.processes.steps import permit
from tests.security.addresses import NOBODYS
from tests.security.meter import Meter
from workflows.records.teamwork import case_comment, reading, reading_receipt, signing_entry, urge

pytestmark = pytest.mark.clause("zz2020/2.1")
Client = Callable[[str], FlaskClient]
OWNER, HEAD, OTHER, STRANGER = "ks.jsgc", "ks.jsgc.kz", "ks.ytgz", "zr.tz"
SECTION = "NR-CITY-JSGC/section_officer"
PNG = b"\x89PNG\r\n\x1a\n" + b"0" * 40


@pytest.fixture
def task(city: CityRig) -> Any:
    permit(city)
    city.run()
    return next(one for one in city.tasks("claim_duty") if SECTION in one.candidate_groups)


def send(client: FlaskClient, page: str, target: str = "", **answers: Any) -> Any:
    form = {"csrf_token": token_of(client.get(page).text), **answers}
    return client.post(target or page, data=form, content_type="multipart/form-data")


def test_a_round_is_opened_signed_and_read_in_the_browser(city: CityRig, client_of: Client, task: Any) -> None:
    owner, head, stranger = client_of(OWNER), client_of(HEAD), client_of(STRANGER)
    page = f"/tasks/{task.id}/signing"
    wrong = send(owner, page, question="", signers=[HEAD], act="open")
    assert (wrong.status_code, "请写明请会签的事项" in wrong.text) == (422, True)
    shown = send(owner, page, question="请会签", signers=[HEAD, OTHER], mode="sequence", act="preview")
    assert "将请 2 人会签，依次" in shown.text
    assert city.rows(signing_entry) == []
    assert send(owner, page, question="请会签归口", signers=[HEAD, OTHER], act="open").status_code == 302
    assert "会签中" in owner.get(f"/tasks/{task.id}").text
    held = send(owner, f"/tasks/{task.id}", act="complete", decision="claim", version=str(version(city, task)))
    assert held.status_code == 409
    assert stranger.get(page).status_code == 404
    assert "会签：" in head.get("/tasks").text  # it waits in the worklist, marked as what it is
    mine = re.search(r"/signings/[0-9a-f-]{36}", head.get("/signings").text)
    assert mine is not None
    assert stranger.get(mine[0]).status_code == 404
    empty = send(head, mine[0], act="dissent", opinion="")
    assert (empty.status_code, "不同意的，请写明意见" in empty.text) == (422, True)
    assert send(head, mine[0], act="dissent", opinion="不属本科职责").status_code == 302
    assert "未通过" in owner.get(page).text
    file = owner.get(f"/cases/{task.business_key}").text
    assert "会签不同意" in file
    assert "不属本科职责" in file


def version(city: CityRig, task: Any) -> int:
    return int(city.rows(user_task, id=task.id)[0]["version"])


def test_a_copy_opens_the_case_to_its_reader_alone_and_shows_the_receipt(
    city: CityRig, client_of: Client, task: Any
) -> None:
    owner, reader, stranger = client_of(OWNER), client_of("zr.tz"), client_of("zr.xc")
    case = f"/cases/{task.business_key}"
    assert reader.get(case).status_code == 404
    team = f"/teamwork/{task.business_key}"
    assert send(owner, team, act="copy").status_code == 422
    assert send(owner, team, act="copy", persons=["zr.tz"], note="请知悉").status_code == 302
    assert reader.get(case).status_code == 200
    assert stranger.get(case).status_code == 404
    assert reader.get(f"/tasks/{task.id}").status_code == 404  # to read the case is not to do its tasks
    refused = reader.post(team, data={"csrf_token": token_of(reader.get(team).text), "act": "copy", "persons": "zr.xc"})
    assert refused.status_code == 404
    row = city.rows(reading)[0]
    assert f"/readings/{row['id']}" in reader.get("/tasks?view=cc").text
    assert stranger.get(f"/readings/{row['id']}").status_code == 404
    assert send(reader, f"/readings/{row['id']}").status_code == 302
    assert send(reader, f"/readings/{row['id']}").status_code == 302
    assert len(city.rows(reading_receipt)) == 1
    assert "未阅" not in owner.get("/readings?view=sent").text
    assert f"/readings/{row['id']}" not in reader.get("/tasks?view=cc").text


def test_a_comment_stays_with_its_files_and_what_it_said_before(city: CityRig, client_of: Client, task: Any) -> None:
    owner, head, stranger = client_of(OWNER), client_of(HEAD), client_of(STRANGER)
    team = f"/teamwork/{task.business_key}"
    assert send(owner, team, text="").status_code == 422
    wrong = send(owner, team, text="看图", files=(b_io(b"MZ no picture"), "a.png"))
    assert wrong.status_code == 422
    assert city.rows(case_comment) == []
    assert send(owner, team, text="请看现场照片", mentions=[HEAD], files=(b_io(PNG), "现场.png")).status_code == 302
    row = city.rows(case_comment)[0]
    assert row["files"][0]["media_type"] == "image/png"
    file = f"/teamwork-files/{row['id']}/{row['files'][0]['sha256']}"
    assert (head.get(file).data, stranger.get(file).status_code) == (PNG, 404)
    assert "提到您" in head.get("/me").text
    city.later(minutes=10)
    assert send(owner, team, act="edit", comment=str(row["id"]), text="请看现场照片（东侧）").status_code == 302
    page = head.get(team).text
    assert ("（东侧）" in page, "原文" in page) == (True, True)
    assert send(head, team, act="edit", comment=str(row["id"]), text="x").status_code == 422
    city.later(seconds=1)
    assert send(owner, team, act="edit", comment=str(row["id"]), text="太晚").status_code == 422
    assert stranger.get(team).status_code == 404


def b_io(content: bytes) -> Any:
    return BytesIO(content)


def test_an_urge_reaches_who_has_the_task_and_not_too_often(city: CityRig, client_of: Client, task: Any) -> None:
    page, target = f"/tasks/{task.id}", f"/tasks/{task.id}/urge"
    head_page = client_of("zc.fagui")
    assert send(head_page, page, target, note="请尽快认领").status_code == 302
    assert "第 1 次" in client_of(OWNER).get("/me").text
    send(head_page, page, target)
    assert len(city.rows(urge)) == 1
    assert "已催办 1 次" in head_page.get(page).text
    for _ in range(2):
        city.clock.set(max(row["again_at"] for row in city.rows(urge)))
        assert send(client_of("zc.fagui"), page, target).status_code == 302
    assert [row["told_head"] for row in sorted(city.rows(urge), key=lambda row: row["nth"])] == [False, False, True]
    assert "第 3 次" in client_of(HEAD).get("/me").text
    stranger = client_of(STRANGER)
    refused = stranger.post(target, data={"csrf_token": token_of(stranger.get("/tasks").text)})
    assert refused.status_code == 404


@pytest.mark.acceptance("A28")
@pytest.mark.clause("zz2020/3.2")
def test_out_of_office_is_one_form_with_a_preview_and_a_banner(city: CityRig, client_of: Client, task: Any) -> None:
    owner, deputy = client_of(OWNER), client_of(OTHER)
    page = "/me/delegations"
    form = {"from_day": "2026-03-02", "to_day": "2026-03-03", "stand_in": OTHER}
    shown = send(owner, page, **form, act="preview")
    assert re.search(r"这 \d+ 项待办将由 演示·刘科员 办理", shown.text)
    assert "您正在代" not in banner(deputy)
    assert send(owner, page, **{**form, "to_day": "2026-03-01"}, act="register").status_code == 422
    assert send(owner, page, **form, act="register").status_code == 302
    assert "您正在代 演示·黄科员 办理" in banner(deputy)
    number = re.search(r'name="number" value="([^"]+)"', owner.get(page).text)
    assert number is not None
    assert send(owner, page, act="revoke", number=number[1]).status_code == 302
    assert "您正在代" not in banner(deputy)


def banner(client: FlaskClient) -> str:
    return client.get("/tasks").text


@pytest.mark.acceptance("A18")
def test_why_names_rule_version_previous_step_and_who_handed_it_over(
    city: CityRig, client_of: Client, caller: Client, task: Any
) -> None:
    city.app.desk.tasks.claim(city.actor(OWNER), task.id)
    told = caller(OWNER).get(f"/api/v1/tasks/{task.id}/why").get_json()
    rule = next(one for one in told["rules"] if one["decision"] == "handoff_routing")
    assert (rule["decision"], rule["rule_id"]) == ("handoff_routing", "handoff_routing_01")
    for part in (rule["title"], rule["rule_id"], "流程第 1 版", rule["source"], "认领", "科室承办人"):
        assert part in told["sentence"], part
    assert {one["label"] for one in rule["conditions"]} == {"审批结果", "事项类别"}
    page = client_of(OWNER).get(f"/tasks/{task.id}/why").text
    assert told["sentence"] in page
    assert caller(STRANGER).get(f"/api/v1/tasks/{task.id}/why").status_code == 404


def test_programs_do_the_same(city: CityRig, caller: Client, task: Any) -> None:
    owner, head, stranger = caller(OWNER), caller(HEAD), caller(STRANGER)
    url, key = f"/api/v1/tasks/{task.id}/signings", {"Idempotency-Key": "k1"}
    body = {"signers": [HEAD], "question": "请会签"}
    assert owner.post(url, json=body).status_code == 400  # without a key
    first, again = owner.post(url, json=body, headers=key), owner.post(url, json=body, headers=key)
    assert (first.status_code, first.get_json()) == (201, again.get_json())
    entry = head.get("/api/v1/signings").get_json()[0]["entry_id"]
    assert stranger.post(f"/api/v1/signings/{entry}:sign", json={"agrees": True}).status_code == 404
    done = head.post(f"/api/v1/signings/{entry}:sign", json={"agrees": True, "opinion": "同意"}).get_json()
    assert (done["state"], done["outcome"]) == ("decided", "passed")
    views = {who: [len(one.get(f"/api/v1/signings?view={view}").get_json()) for view in ("open", "done", "mine")]
             for who, one in (("owner", owner), ("head", head), ("stranger", stranger))}  # fmt: skip
    assert views == {"owner": [0, 0, 1], "head": [0, 1, 0], "stranger": [0, 0, 0]}
    assert head.post(f"/api/v1/signings/{entry}:sign", json={"agrees": True}).status_code == 409
    team = f"/api/v1/teamwork/{task.business_key}"
    said = owner.post(f"{team}/comments", json={"text": "已核对"}, headers={"Idempotency-Key": "k2"})
    assert (said.status_code, said.get_json()[0]["text"]) == (201, "已核对")
    assert stranger.get(f"{team}/comments").status_code == 404
    filed = owner.post(f"{team}/files?text=照片&name=a.png", data=PNG, headers={"Idempotency-Key": "k3"})
    assert filed.status_code == 201
    comment = filed.get_json()[1]
    assert owner.get(f"/api/v1/comments/{comment['id']}/{comment['files'][0]['sha256']}").data == PNG
    copied = owner.post(f"{team}/copies", json={"units": ["NR-XC"], "note": "请阅"}, headers={"Idempotency-Key": "k4"})
    assert copied.status_code == 201
    reader = caller("zr.xc")
    shown = reader.get("/api/v1/readings").get_json()
    assert reader.post(f"/api/v1/readings/{shown[0]['id']}:read").status_code == 204
    assert owner.get(f"{team}/copies").get_json()[0]["receipts"][0]["login"] == "zr.xc"
    urged = caller("zc.fagui").post(f"/api/v1/tasks/{task.id}:urge", json={})
    assert urged.get_json()[0]["nth"] == 1
    assert caller("zc.fagui").post(f"/api/v1/tasks/{task.id}:urge", json={}).status_code == 409
    leave = {"from_day": "2026-03-02", "to_day": "2026-03-03", "stand_in": OTHER}
    assert owner.post("/api/v1/me/delegations:preview", json=leave).get_json()["moving"] >= 1
    made = owner.post("/api/v1/me/delegations", json=leave, headers={"Idempotency-Key": "k5"}).get_json()["own"][0]
    assert (made["state"], made["stand_in"]) == ("外出中", OTHER)
    assert owner.post(f"/api/v1/me/delegations/{made['number']}:revoke").status_code == 204
    assert owner.post(f"/api/v1/me/delegations/{made['number']}:revoke").status_code == 404


def test_a_round_of_others_that_goes_on_or_has_ended_answers_like_none(
    city: CityRig, caller: Client, task: Any
) -> None:
    owner, stranger = caller(OWNER), caller(STRANGER)
    url, meter = f"/api/v1/tasks/{task.id}/signings", Meter(city.app.engine.database.pool)
    asked = {"json": {"signers": [HEAD], "question": "请会签"}}
    ended = owner.post(url, headers={"Idempotency-Key": "k1"}, **asked).get_json()["rounds"][0]["id"]
    assert owner.post(f"{url}/{ended}:close", json={"reason": "问错了人"}).status_code == 200
    going = owner.post(url, headers={"Idempotency-Key": "k2"}, **asked).get_json()["rounds"][0]["id"]

    def told(client: FlaskClient, round_id: str, act: str, of: str = url) -> tuple[int, str, int, set[str]]:
        body = {"reason": "演示"} if act == "close" else {"signers": [OTHER]}
        with meter.measure() as spent:
            answer = client.post(f"{of}/{round_id}:{act}", json=body)
        text = re.sub(r'"instance":"[^"]*"', "", answer.text).replace(round_id, "…")
        return answer.status_code, text, spent.statements, spent.written

    for act in ("add", "close"):
        nothing = told(stranger, NOBODYS, act)
        assert told(stranger, going, act) == told(stranger, ended, act) == nothing
        assert (nothing[0], nothing[3]) == (404, set())
        assert told(owner, ended, act)[0] == 409  # who may see the case is told that it has ended
        assert told(owner, going, act, f"/api/v1/tasks/{NOBODYS}/signings")[::3] == (404, set())  # not about this task
    assert owner.post(f"{url}/{going}:close", json={"reason": "不再需要"}).status_code == 200
