"""Forms on the pages and in the API of deployments: which process, previews, since when, and the program's own."""

from io import BytesIO

import orjson
import pytest

from tests.http.conftest import Client
from tests.http.test_engine_definitions import press, token_of, upload
from tests.processes.rig import CityRig
from tests.processes.test_deployed_forms import FORM, PROCESS, longer, ours, relabelled

pytestmark = pytest.mark.clause("none/engine-administration")
NEW = "/engine/deployments/new"
LATEST = f"/engine/definitions/{PROCESS}"


def test_a_form_is_uploaded_previewed_deployed_and_listed(city: CityRig, client_of: Client) -> None:
    admin = client_of("xt.admin")
    shown = admin.get(NEW).text
    assert "新开始的案件用新表单" in shown
    assert "存档" not in shown
    page = upload(admin, ("claim_duty.form", longer()))
    draft = admin.get(page).text
    assert "新开始的案件用这些表单" in draft
    assert "第 2 版" in draft
    preview = admin.get(f"{page}/forms/claim_duty.form")
    assert "现场联系人" in preview.text
    assert admin.get(f"{page}/forms/none.form").status_code == 404
    press(admin, page, act="deploy")
    listed = admin.get(f"{LATEST}/2").text
    assert f'{FORM}</td><td class="nowrap">第 2 版' in listed
    assert 'approval_handoff/arbitrate.form</td><td class="nowrap">第 1 版' in listed
    assert "随程序发布" not in listed
    assert "现场联系人" in admin.get(f"{LATEST}/2/forms/{FORM}").text
    assert "现场联系人" not in admin.get(f"{LATEST}/1/forms/{FORM}").text
    assert admin.get(f"{LATEST}/2/forms/nothing.form").status_code == 404
    assert admin.get(f"{LATEST}/2/files/{FORM}").data == longer()
    assert client_of("sp.xc").get(f"{LATEST}/2/forms/{FORM}").status_code == 403


def test_a_form_that_could_be_several_asks_for_its_process_and_one_that_lacks_a_question_is_refused(
    city: CityRig, client_of: Client
) -> None:
    admin = client_of("xt.admin")
    name = "case_transfer/start.form"
    shown = admin.get(upload(admin, ("start.form", relabelled(name, "来源")))).text
    assert "请选择所属流程" in shown
    assert 'value="deploy"' not in shown
    form = {"csrf_token": token_of(admin.get(NEW).text), "process": "case_transfer"}
    sent = {**form, "files": [(BytesIO(relabelled(name, "来源")), "start.form")]}
    page = admin.post(NEW, data=sent, content_type="multipart/form-data").headers["Location"]
    assert "case_transfer/start.form" in admin.get(page).text
    lacks = orjson.loads(ours())
    lacks["components"] = [one for one in lacks["components"] if one.get("key") != "decision"]
    refused = admin.get(upload(admin, ("claim_duty.form", orjson.dumps(lacks)))).text
    assert "缺少程序要用的问题“处理”（decision）" in refused
    assert "请保留此问题" in refused
    assert 'value="deploy"' not in refused


def test_the_program_s_own_files_are_seen_beside_the_city_s_and_taken_back(city: CityRig, client_of: Client) -> None:
    admin, policy = client_of("xt.admin"), client_of("zc.fagui")
    assert "本市已改" not in admin.get("/engine/definitions").text
    assert "与随程序发布的内容相同" in admin.get(f"{LATEST}/shipped").text
    press(admin, upload(admin, ("claim_duty.form", longer())), act="deploy")
    assert "本市已改" in admin.get("/engine/definitions").text
    compared = policy.get(f"{LATEST}/shipped").text
    assert city.actor("xt.admin").name in compared
    assert "<del>现场联系人</del>" in compared
    assert "换成随程序发布的内容" not in compared
    assert (
        policy.post(f"{LATEST}/shipped", data={"csrf_token": token_of(policy.get(LATEST + "/1").text)}).status_code
        == 403
    )
    taken = press(admin, f"{LATEST}/shipped")
    press(admin, taken.headers["Location"], act="deploy")
    assert "本市已改" not in admin.get("/engine/definitions").text
    assert admin.get("/engine/definitions/demo_none/shipped").status_code == 404


def test_a_program_does_the_same(city: CityRig, caller: Client) -> None:
    admin, api = caller("xt.admin"), "/api/v1/engine"
    files = {"files": [{"name": FORM, "content": longer().decode()}]}
    checked = admin.post(f"{api}/deployments/check", json=files).json
    assert [(one["key"], one["version"], one["is_new"]) for one in checked["definitions"]] == [(PROCESS, 2, True)]
    assert admin.post(f"{api}/deployments", json=files, headers={"Idempotency-Key": "f-1"}).status_code == 201
    forms = {one["file"]: one for one in admin.get(f"{api}/definitions/{PROCESS}/2").json["forms"]}
    assert forms[FORM]["since"] == 2
    assert {"key": "contact", "label": "现场联系人", "type": "textfield", "required": True} in forms[FORM]["questions"]
    [stands] = admin.get(f"{api}/shipped").json
    assert (stands["name"], stands["is_own"], stands["by"], stands["hash"]) == (
        FORM,
        True,
        "xt.admin",
        forms[FORM]["hash"],
    )
    assert admin.get(f"{api}/definitions/{PROCESS}/shipped").json["files"][0]["old"] == "现场联系人"
    for _ in range(2):
        done = admin.post(f"{api}/definitions/{PROCESS}/shipped", json={}, headers={"Idempotency-Key": "f-2"})
        assert [one["version"] for one in done.json["definitions"]] == [3]
    assert admin.get(f"{api}/shipped").json == []
    refused = admin.post(f"{api}/definitions/none/shipped", json={}, headers={"Idempotency-Key": "f-3"})
    assert refused.status_code == 404
    assert caller("sp.xc").get(f"{api}/shipped").status_code == 403
