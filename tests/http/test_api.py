"""The JSON API as another system or a script sees it."""

import re

import pytest
from flask.testing import FlaskClient

from tests.http.api_caller import LAYOUT, PROBLEM, Caller
from tests.processes.rig import SAMPLE


@pytest.mark.parametrize("headers", [{}, {"Authorization": "Bearer no"}, {"Authorization": "Basic eDp5"}])
def test_without_a_token_the_answer_is_401_and_says_how(client: FlaskClient, headers: dict[str, str]) -> None:
    answer = client.get("/api/v1/tasks", headers=headers)
    assert (answer.status_code, answer.content_type) == (401, PROBLEM)
    assert answer.headers["WWW-Authenticate"].startswith("Bearer")
    assert answer.json["type"] == "/problems/credentials-missing"


def test_a_change_without_token_or_session_is_401(client: FlaskClient) -> None:
    answer = client.post("/api/v1/leads", json={"answers": {}})
    assert (answer.status_code, answer.content_type) == (401, PROBLEM)
    assert answer.headers["WWW-Authenticate"].startswith("Bearer")


def test_http_errors_are_problems_under_api_only(client: FlaskClient) -> None:
    missing = client.get("/api/v1/nothing")
    assert (missing.status_code, missing.content_type, missing.json["status"]) == (404, PROBLEM, 404)
    wrong = client.delete("/api/v1/tasks", headers={"Authorization": "Bearer no"})
    assert (wrong.status_code, wrong.content_type) == (405, PROBLEM)
    assert "GET" in wrong.headers["Allow"]
    unknown = client.post("/api/v1/coercions/%0D", headers={"Authorization": "Bearer no"})
    assert (unknown.status_code, unknown.content_type) == (401, PROBLEM)
    page = client.get("/no-such-page", headers={"Accept": "text/html"})
    assert page.status_code in (302, 404)
    assert page.mimetype == "text/html"


def test_the_description_documents_problems_and_every_resource(client: FlaskClient) -> None:
    spec = client.get("/api/openapi.json").json
    assert spec["openapi"].startswith("3.")
    refusals = spec["paths"]["/api/v1/tasks/{task_id}:complete"]["post"]["responses"]
    assert {"400", "401", "403", "404", "409", "412", "413", "415", "422", "428", "503"} <= set(refusals)
    assert list(spec["components"]["responses"]["CONFLICT"]["content"]) == [PROBLEM]
    assert all("default" not in method["responses"] for path in spec["paths"].values() for method in path.values()
               if isinstance(method, dict))  # fmt: skip
    wanted = {
        "/tasks", "/tasks/{task_id}", "/tasks/{task_id}:claim", "/tasks/{task_id}:release", "/tasks/{task_id}:assign",
        "/tasks/{task_id}:complete", "/tasks/{task_id}/draft", "/cases", "/cases/{business_key}",
        "/cases/{business_key}/tokens", "/approvals", "/imports", "/imports/{batch_id}", "/imports/{batch_id}:commit",
        "/blocks", "/leads", "/letters/{letter_id}.{kind}", "/clocks/{clock_id}:request-pause",
        "/clocks/{clock_id}:approve-pause", "/clocks/{clock_id}:resume", "/cockpit", "/items", "/limits", "/units",
        "/messages",
    }  # fmt: skip
    assert {f"/api/v1{path}" for path in wanted} <= set(spec["paths"])
    rules = [rule.rule for rule in client.application.url_map.iter_rules() if rule.rule.startswith("/api/v1/")]
    assert set(spec["paths"]) == {re.sub(r"<(?:[^<>]*:)?(\w+)>", r"{\1}", rule) for rule in rules}
    named = {p["name"] for p in spec["paths"]["/api/v1/tasks/{task_id}:complete"]["post"]["parameters"] if "name" in p}
    assert {"If-Match", "Idempotency-Key"} <= named
    assert "http://" not in str(spec) + "".join(spec["paths"])


@pytest.mark.acceptance("A15")
def test_a_decision_is_accepted_once(clerk: Caller) -> None:
    first = clerk.post("/approvals", json={"layout": LAYOUT, "row": SAMPLE})
    assert (first.status_code, first.json["outcome"]) == (201, "accepted")
    assert first.headers["Location"].endswith(f"/cases/{first.json['business_key']}")
    again = clerk.post("/approvals", json={"layout": LAYOUT, "row": SAMPLE})
    assert (again.status_code, again.json["outcome"]) == (200, "unchanged")
    changed = clerk.post("/approvals", json={"layout": LAYOUT, "row": {**SAMPLE, "XK_NR": "演示住宅小区二期"}})
    assert (changed.status_code, changed.json["outcome"]) == (201, "changed")


def test_a_faulty_decision_names_its_fields(clerk: Caller) -> None:
    answer = clerk.post("/approvals", json={"layout": LAYOUT, "row": {**SAMPLE, "XK_XDR_SHXYM": "1"}})
    assert (answer.status_code, answer.content_type) == (422, PROBLEM)
    assert answer.json["errors"][0]["field"]
    unknown = clerk.post("/approvals", json={"layout": "x", "row": SAMPLE})
    assert unknown.json["errors"][0]["pointer"] == "/layout"
    nested = clerk.post("/approvals", json={"layout": LAYOUT, "row": {"XK_NR": {"a": 1}}})
    assert nested.json["errors"][0]["pointer"] == "/row/XK_NR/value"


def test_broken_json_is_told_as_a_whole(clerk: Caller) -> None:
    answer = clerk.post("/approvals", data="{", content_type="application/json")
    assert (answer.status_code, answer.content_type) == (400, PROBLEM)
    assert "JSON" in answer.json["detail"]
    assert "errors" not in answer.json


def test_only_clerks_hand_decisions_in(officer: Caller) -> None:
    assert officer.post("/approvals", json={"layout": LAYOUT, "row": SAMPLE}).status_code == 403
