"""Work by the JSON API: worklist, tasks, cases, letters, clocks, files, messages."""

import io
from typing import Any

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from tests.http.api_caller import LAYOUT, PROBLEM, Caller, owner
from tests.processes.rig import SAMPLE, CityRig
from web.app import create_app


def duty_of(officer: Caller) -> dict[str, Any]:
    rows = officer.get("/tasks?element=claim_duty").json["rows"]
    return dict(rows[0])


def complete(officer: Caller, task: str, etag: str, key: str = "k-1", **answers: Any) -> TestResponse:
    headers = {"If-Match": etag, "Idempotency-Key": key}
    return officer.post(f"/tasks/{task}:complete", headers, json={"answers": answers})


def test_the_worklist_filters_and_pages(city: CityRig, officer: Caller) -> None:
    city.submit(XK_WSH="建字第370402202600002号", XK_XKBH="建字第370402202600002号", project_no="BJ-2")
    whole = officer.get("/tasks").json
    assert len(whole["rows"]) == whole["counts"]["todo"] >= 2
    first = officer.get("/tasks?limit=1")
    assert first.headers["Link"].endswith('rel="next"')
    address = first.headers["Link"].split(">")[0].lstrip("<").removeprefix("/api/v1")
    second = officer.get(address)
    assert first.json["rows"][0]["task_id"] != second.json["rows"][0]["task_id"]
    assert first.json["rows"][0]["due_at"].endswith("+08:00")
    assert officer.get("/tasks?lamp=red").json["rows"] == []
    for query in ("limit=201", "view=x", "lamp=pink", "after=x", "after=2026-01-01|x"):
        answer = officer.get(f"/tasks?{query}")
        assert (answer.status_code, answer.content_type) == (422, PROBLEM), query
        assert answer.json["errors"][0]["pointer"] == "/" + query.split("=")[0]


def test_a_task_has_its_form_its_clock_and_its_etag(city: CityRig, officer: Caller, clerk: Caller) -> None:
    task = duty_of(officer)["task_id"]
    answer = officer.get(f"/tasks/{task}")
    assert answer.headers["ETag"] == f'"{answer.json["version"]}"'
    assert answer.json["fields"]
    assert answer.json["clock"]["due_at"].endswith("+08:00")
    assert answer.json["clauses"][0]["title"]
    assert clerk.get(f"/tasks/{task}").status_code == 404
    assert officer.get("/tasks/0195d3c0-0000-7000-8000-000000000000").status_code == 404


def test_claim_release_and_assign(city: CityRig, client: FlaskClient, officer: Caller) -> None:
    task = duty_of(officer)["task_id"]
    before = officer.get(f"/tasks/{task}").headers["ETag"]
    claimed = officer.post(f"/tasks/{task}:claim")
    assert claimed.json["assignee"] == owner(city)
    assert claimed.headers["ETag"] != before
    assert officer.post(f"/tasks/{task}:release").json["assignee"] is None
    assert officer.post(f"/tasks/{task}:release").status_code == 403
    officer.post(f"/tasks/{task}:claim")
    assert officer.post(f"/tasks/{task}:assign", json={"login": "sp.jianshe", "reason": "出差"}).status_code == 422
    assert officer.post(f"/tasks/{task}:assign", json={"login": "sp.jianshe"}).status_code == 422
    assert officer.post(f"/tasks/{task}:assign", json={"login": owner(city), "reason": "出差"}).status_code == 200


def test_completing_needs_both_headers(officer: Caller) -> None:
    task = duty_of(officer)["task_id"]
    path, body = f"/tasks/{task}:complete", {"answers": {}}
    no_match = officer.post(path, {"Idempotency-Key": "a"}, json=body)
    assert (no_match.status_code, no_match.content_type) == (428, PROBLEM)
    no_key = officer.post(path, {"If-Match": '"1"'}, json=body)
    assert (no_key.status_code, no_key.json["type"]) == (400, "/problems/idempotency-key-missing")
    assert complete(officer, task, '"999"', decision="claim").status_code == 412
    assert complete(officer, task, '"abc"', decision="claim").status_code == 412


@pytest.mark.acceptance("A15")
def test_a_repeated_completion_is_answered_again(city: CityRig, officer: Caller) -> None:
    row = duty_of(officer)
    task = row["task_id"]
    etag = officer.get(f"/tasks/{task}").headers["ETag"]
    refused = complete(officer, task, etag, nonsense=1)
    assert refused.status_code == 422
    assert refused.json["errors"]
    first = complete(officer, task, etag, decision="claim")
    assert first.status_code == 200, first.json
    assert "Idempotent-Replayed" not in first.headers
    again = complete(officer, task, etag, decision="claim")
    assert (again.status_code, again.json) == (200, first.json)
    assert again.headers["Idempotent-Replayed"] == "true"
    assert complete(officer, task, etag, decision="return").status_code == 422
    assert complete(officer, task, etag, key="k-2", decision="claim").status_code == 409


def test_a_draft_is_kept(officer: Caller) -> None:
    task = duty_of(officer)["task_id"]
    saved = officer.put(f"/tasks/{task}/draft", json={"answers": {"decision": "claim"}})
    assert saved.status_code == 200
    assert officer.get(f"/tasks/{task}").json["draft_saved_at"] == saved.json["saved_at"]


def test_cases_are_found_and_read(city: CityRig, client: FlaskClient, officer: Caller) -> None:
    key = duty_of(officer)["business_key"]
    found = officer.get("/cases?q=演示").json
    assert found[0]["project_name"] == "演示住宅小区"
    case = officer.get(f"/cases/{key}")
    assert case.status_code == 200
    assert case.json["clocks"]
    assert case.json["timeline"][0]["at"].endswith("+08:00")
    assert case.json["approval"]["document_no"] == SAMPLE["XK_WSH"]
    assert "91370400MA3C0DEM01" not in case.text
    states = {token["element_id"]: token["state"] for token in officer.get(f"/cases/{key}/tokens").json}
    assert states["claim_duty"] == "active"
    assert officer.get("/cases/none").status_code == 404


def test_letters_come_as_word_and_pdf(city: CityRig, officer: Caller, clerk: Caller) -> None:
    key = duty_of(officer)["business_key"]
    letter = officer.get(f"/cases/{key}").json["letters"][0]["id"]
    word, pdf = officer.get(f"/letters/{letter}.docx"), officer.get(f"/letters/{letter}.pdf")
    assert (word.status_code, word.data[:2]) == (200, b"PK")
    assert (pdf.status_code, pdf.data[:4]) == (200, b"%PDF")
    assert "filename*=UTF-8''" in pdf.headers["Content-Disposition"]
    assert officer.get(f"/letters/{letter}.exe").status_code == 404
    assert officer.get("/letters/0195d3c0-0000-7000-8000-000000000000.pdf").status_code == 404


def test_a_clock_is_paused_by_two_persons(city: CityRig, client: FlaskClient, officer: Caller) -> None:
    clock = officer.get(f"/tasks/{duty_of(officer)['task_id']}").json["clock"]["id"]
    assert officer.post(f"/clocks/{clock}:request-pause", json={}).status_code == 422
    assert officer.post(f"/clocks/{clock}:request-pause", json={"reason": "等待鉴定"}).status_code == 204
    assert officer.post(f"/clocks/{clock}:request-pause", json={"reason": "等待鉴定"}).status_code == 409
    policy = Caller(city, client, "zc.fagui")
    assert policy.post(f"/clocks/{clock}:approve-pause").status_code == 204
    assert len(officer.get("/tasks?lamp=paused").json["rows"]) == 1
    assert policy.post(f"/clocks/{clock}:resume", json={"reason": "鉴定完毕"}).status_code == 204
    assert policy.post(f"/clocks/{clock}:resume", json={"reason": "鉴定完毕"}).status_code == 409


def test_a_file_is_previewed_then_taken_in(clerk: Caller) -> None:
    from openpyxl import Workbook

    from workflows.intake.layouts import LAYOUTS

    columns = next(layout for layout in LAYOUTS if layout.key == LAYOUT).columns
    book, sheet = Workbook(), None
    sheet = book.active
    assert sheet is not None
    sheet.append([columns.get(key, key) for key in SAMPLE])
    sheet.append(list(SAMPLE.values()))
    stream = io.BytesIO()
    book.save(stream)
    made = clerk.post("/imports", data={"file": (io.BytesIO(stream.getvalue()), "许可.xlsx")})
    assert made.status_code == 201, made.json
    assert made.json["counts"] == {"ready": 1}, made.json
    path = made.headers["Location"].removeprefix("/api/v1")
    assert clerk.get(path).json["status"] == "previewed"
    assert clerk.post(f"{path}:commit").json["counts"] == {"accepted": 1}
    assert clerk.post(f"{path}:commit").json["status"] == "committed"


def test_a_file_that_is_none_is_refused(clerk: Caller) -> None:
    answer = clerk.post("/imports", data={"file": (io.BytesIO(b"nothing"), "x.xlsx")})
    assert (answer.status_code, answer.content_type) == (422, PROBLEM)
    assert clerk.post("/imports", data={}).status_code == 422
    assert clerk.get("/imports/0195d3c0-0000-7000-8000-000000000000").status_code == 404


def test_blocks_are_asked_for_by_project_or_party(clerk: Caller) -> None:
    assert clerk.get("/blocks?project_no=BJ-1").json == []
    assert clerk.get("/blocks").status_code == 422


def test_a_lead_starts_a_case(city: CityRig, client: FlaskClient, officer: Caller) -> None:
    key = {"Idempotency-Key": "lead-1"}
    assert officer.post("/leads", json={"answers": {}}).json["type"] == "/problems/idempotency-key-missing"
    empty = officer.post("/leads", key, json={"answers": {}})
    assert (empty.status_code, empty.content_type) == (422, PROBLEM)
    assert {"field", "message"} <= set(empty.json["errors"][0])
    case = duty_of(officer)["business_key"]
    lead = {
        "source": "检查发现", "found_at": "2026-03-02T09:00", "matter": "illegal_building", "place_kind": "planned",
        "area": "370402", "party_name": "演示置业有限公司", "project_name": "演示住宅小区", "project_no": "BJ-1",
        "site": "光明路 1 号", "facts": "现场检查发现未按许可内容建设。", "evidence": "现场照片",
    }  # fmt: skip
    made = officer.post("/leads", key, json={"case": case, "answers": lead})
    assert made.status_code == 201, made.json
    assert officer.post("/leads", key, json={"case": case, "answers": lead}).json == made.json
    assert officer.post("/leads", key, json={"case": case, "answers": {**lead, "site": "别处"}}).status_code == 422
    assert officer.get(made.headers["Location"].removeprefix("/api/v1")).json["transfers"][0]["state"] == "lead"


def test_the_cockpit_is_for_watchers(city: CityRig, client: FlaskClient, officer: Caller) -> None:
    seen = Caller(city, client, "zc.fagui").get("/cockpit")
    assert seen.json["open_cases"] >= 1
    assert seen.json["at"].endswith("+08:00")
    assert officer.get("/cockpit").status_code == 403


def test_items_limits_and_units_are_looked_up(clerk: Caller) -> None:
    items, limits, units = clerk.get("/items").json, clerk.get("/limits").json, clerk.get("/units").json
    assert items[0]["code"]
    assert items[0]["supervising"]
    assert all(limit["source"] for limit in limits)
    assert {"code", "name", "parent"} <= set(units[0])


def test_a_message_has_its_effect_once(city: CityRig, clerk: Caller, officer: Caller) -> None:
    key = duty_of(officer)["business_key"]
    body = {"name": "decision_withdrawn", "correlation_key": key, "message_id": "m-1", "variables": {}}
    assert officer.post("/messages", json=body).status_code == 403
    first = clerk.post("/messages", json=body)
    assert (first.status_code, first.json["business_key"]) == (200, key), first.json
    again = clerk.post("/messages", json=body)
    assert again.headers["Idempotent-Replayed"] == "true"
    early = {**body, "name": "nobody_waits_yet", "message_id": "m-3", "keep_for_seconds": 3600}
    kept = clerk.post("/messages", json=early)
    assert (kept.status_code, kept.json["business_key"]) == (202, None)
    assert clerk.post("/messages", json=early).json["kept_until"] == kept.json["kept_until"]
    assert clerk.post("/messages", json={**early, "keep_for_seconds": 0}).status_code in {400, 422}
    stranger = clerk.post("/messages", json={**body, "name": "nobody_waits", "message_id": "m-2"})
    assert (stranger.status_code, stranger.content_type) == (404, PROBLEM)


def test_a_mistake_of_ours_is_a_problem_without_details(city: CityRig, clerk: Caller, monkeypatch: Any) -> None:
    monkeypatch.setattr(type(city.app.desk.catalogue), "units", lambda *_args: 1 / 0)
    answer = clerk.get("/units")
    assert (answer.status_code, answer.content_type) == (500, PROBLEM)
    assert "division" not in answer.text


def test_a_session_reads_but_changes_nothing_without_its_csrf_token(city: CityRig, monkeypatch: Any) -> None:
    city.submit()
    person = city.actor(owner(city))
    monkeypatch.setattr(type(city.app.identity), "actor_of", lambda _self, _secret: person)
    browser = create_app(city.app).test_client()
    browser.set_cookie("xianjie", "secret")
    task = browser.get("/api/v1/tasks?element=claim_duty").json["rows"][0]["task_id"]
    refused = browser.post(f"/api/v1/tasks/{task}:claim")
    assert (refused.status_code, refused.content_type) == (400, PROBLEM)
    assert browser.get(f"/api/v1/tasks/{task}").json["assignee"] is None
