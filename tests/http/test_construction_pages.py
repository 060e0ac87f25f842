"""批后跟踪、到期清单、城管巡查 on screen and by program: who sees what, what is refused where."""

from collections.abc import Callable
from typing import Any

import pytest
from flask.testing import FlaskClient

from tests.http.conftest import token_of
from tests.processes import building
from tests.processes.building import CHECKER, checks, claimed, indicators, project
from tests.processes.rig import CityRig
from tests.processes.steps import permit
from workflows.records.construction import (
    construction_project,
    construction_skip,
    patrol,
    patrol_subject,
    temporary_permit,
)

pytestmark = pytest.mark.clause("zz2020/1.1/patrol", "sdcx/52", "sdcx/51")
Client = Callable[[str], FlaskClient]
SIGN = {"decision": "acknowledged", "patrol_officer": "", "remark": ""}


def send(client: FlaskClient, path: str, **answers: str) -> Any:
    return client.post(path, data={"csrf_token": token_of(client.get(path).text), **answers})


@pytest.fixture
def site(city: CityRig) -> CityRig:
    """A tracked building whose copy the squad signed for."""
    claimed(city)
    city.complete("acknowledge_copy", "cg.sz", **SIGN)
    city.run()
    return city


def test_the_section_registers_indicators_then_a_request_and_sees_the_task(site: CityRig, client_of: Client) -> None:
    officer, row = client_of(CHECKER), project(site)
    assert "指标待核对" in officer.get("/construction").text
    change = f"/construction/{row['id']}/indicators"
    assert send(officer, change, project_type="building", permitted_height="54", permitted_area="x").status_code == 422
    assert send(officer, change, project_type="building", permitted_height="54").status_code == 302
    assert project(site)["permitted_height"] == 54
    request = f"/construction/{row['id']}/request/sign_board"
    assert send(officer, request, requested_on="2026-03-01").status_code == 422
    assert send(officer, request, requested_on="2026-03-02").status_code == 302
    assert send(officer, request, requested_on="2026-03-02").status_code == 422
    assert len(checks(site, "sign_board")) == 1
    assert "现场核验" in officer.get("/tasks").text


def test_the_passport_shows_stages_copies_and_the_code_of_the_sign_board(site: CityRig, client_of: Client) -> None:
    indicators(site)
    building.passed(site, "sign_board")
    officer, row = client_of(CHECKER), project(site)
    page = officer.get(f"/permits/{row['approval_id']}").text
    assert all(text in page for text in ("公示牌设置", "合格", "竣工规划核实", "已签收", "X=1 Y=2"))
    picture = officer.get(f"/permits/{row['approval_id']}/qr.svg")
    assert picture.mimetype == "image/svg+xml"
    assert b"<svg" in picture.data
    for login in ("cg.sz", "zr.sz", "sp.jianshe", "ju.lingdao"):
        assert client_of(login).get(f"/permits/{row['approval_id']}").status_code == 200
    assert client_of("cg.xc").get(f"/permits/{row['approval_id']}").status_code == 404
    assert "演示住宅小区" not in client_of("zr.xc").get("/construction").text


def test_everybody_reads_the_sign_board_but_nothing_more(site: CityRig, client_of: Client) -> None:
    indicators(site)
    stranger = client_of(CHECKER).application.test_client()
    page = stranger.get(f"/s/{project(site)['public_code']}")
    assert page.status_code == 200
    assert "建字第370402202600001号" in page.text
    assert "演示联系人" not in page.text
    assert stranger.get("/s/unknown").status_code == 404
    assert stranger.get("/construction").status_code == 302


def test_a_skipped_stage_is_registered_on_a_page(site: CityRig, client_of: Client) -> None:
    path = f"/construction/{project(site)['id']}/skip"
    officer = client_of(CHECKER)
    wrong = send(officer, path, skipped_code="unknown", found_on="2026-03-02", violation_facts="已开挖")
    assert wrong.status_code == 422
    answers = {"skipped_code": "start_line", "found_on": "2026-03-02", "violation_facts": "已开挖基坑"}
    assert send(officer, path, **answers).status_code == 302
    site.run()
    assert len(site.rows(construction_skip)) == 1
    assert client_of("zr.sz").get(path).status_code == 404
    assert client_of("cg.sz").get(path).status_code == 403


def test_the_watch_list_and_an_extension_that_is_refused_at_its_field(city: CityRig, client_of: Client) -> None:
    permit(city, XK_XKZS="临时建设工程规划许可", XK_YXQZI="2026-06-30")
    city.run()
    city.complete("claim_duty", "ks.jsgc", decision="claim")
    city.run()
    officer, row = client_of("ks.jsgc"), city.rows(temporary_permit)[0]
    assert "剩 120 日" in officer.get("/temporary-permits").text
    path = f"/temporary-permits/{row['id']}/extend"
    answer = send(officer, path, document_no="无", applied_on="2026-03-02", new_valid_to="2027-06-30")
    assert answer.status_code == 422
    assert 'href="#document_no"' in answer.text
    assert "演示住宅小区" not in client_of("zr.xc").get("/temporary-permits").text


def test_the_patrol_plan_is_the_squads_and_its_results_are_the_sections(site: CityRig, client_of: Client) -> None:
    head, row = client_of("cg.sz.dz"), site.rows(patrol_subject)[0]
    page = head.get("/patrols").text
    assert "28 日后" in page
    assert "抄送的许可都已纳入" in page
    path = f"/patrols/{row['id']}/spot-check"
    assert send(head, path, spot_reason="").status_code == 422
    assert send(head, path, spot_reason="群众反映").status_code == 302
    assert send(head, f"/patrols/{row['id']}/priority", level="high", priority_reason="临近学校").status_code == 302
    site.complete("patrol_site", "cg.sz", patrol_result="no_problem", patrol_note="按图施工", location="")
    assert "按图施工" in client_of(CHECKER).get("/patrols").text
    assert "按图施工" not in client_of("zr.xc").get("/patrols").text


def test_copies_nobody_signed_for_are_listed_as_uncovered(city: CityRig, client_of: Client) -> None:
    claimed(city)
    page = client_of("cg.sz").get("/patrols").text
    assert "未纳入巡查的抄送 1" in page


def test_programs_do_the_same_once_per_key(site: CityRig, caller: Client) -> None:
    program, row = caller(CHECKER), project(site)
    listed = program.get("/api/v1/construction-projects").json
    assert [(one["stage"], one["unit"], one["state"]) for one in listed] == [("sign_board", "NR-CITY-PHJG", "tracking")]
    path = f"/api/v1/construction-projects/{row['id']}"
    answers = {"project_type": "building", "permitted_height": 54}
    assert program.put(f"{path}/indicators", json={"answers": answers}).status_code == 204
    body = {"code": "sign_board", "answers": {"requested_on": "2026-03-02"}}
    assert program.post(f"{path}/requests", json=body).status_code in (400, 422)
    key = {"Idempotency-Key": "k1"}
    first = program.post(f"{path}/requests", json=body, headers=key)
    again = program.post(f"{path}/requests", json=body, headers=key)
    assert (first.status_code, first.json) == (201, again.json)
    wrong = program.post(f"{path}/requests", json={**body, "code": "completion"}, headers={"Idempotency-Key": "k2"})
    assert (wrong.status_code, wrong.mimetype) == (422, "application/problem+json")
    passport = program.get(f"/api/v1/permits/{row['approval_id']}/passport").json
    assert passport["stages"][0]["checks"][0]["state"] == "requested"
    assert caller("zr.xc").get(f"/api/v1/permits/{row['approval_id']}/passport").status_code == 404
    late = program.post(f"{path}/skips", json={"answers": {
        "skipped_code": "start_line", "found_on": "2026-03-02", "violation_facts": "已开挖基坑"}},
        headers={"Idempotency-Key": "k3"})  # fmt: skip
    assert late.status_code == 204
    assert len(site.rows(construction_project)) == 1


def test_programs_of_the_squad_order_and_rank(site: CityRig, caller: Client) -> None:
    head, row = caller("cg.sz.dz"), site.rows(patrol_subject)[0]
    assert [one["level"] for one in head.get("/api/v1/patrols").json] == ["normal"]
    path = f"/api/v1/patrols/{row['id']}"
    assert head.put(f"{path}/priority", json={"level": "high", "reason": "临近学校"}).status_code == 204
    assert head.put(f"{path}/priority", json={"level": "never", "reason": "临近学校"}).status_code == 422
    sent = {"json": {"answers": {"spot_reason": "群众反映"}}, "headers": {"Idempotency-Key": "s1"}}
    assert [head.post(f"{path}/spot-checks", **sent).status_code for _ in range(2)] == [204, 204]
    assert [one["kind"] for one in site.rows(patrol)] == ["spot"]
    assert caller("cg.xc.dz").put(f"{path}/priority", json={"level": "low", "reason": "偏远"}).status_code == 404
    assert head.get("/api/v1/temporary-permits").json == []
