"""Whatever is sent, the answer is an error that names the remedy, and nothing is written."""

import re
from collections.abc import Mapping
from typing import Any

import orjson
import pytest

from tests.http.conftest import stored
from tests.processes.rig import SAMPLE, CityRig
from web.app import create_app

NOTED = {
    "login_session",
    "api_token",
    "officer",
    "audit_event",
}  # signing in and failing to are written down, and should be


def sent(city: CityRig, body: Mapping[str, Any] | bytes) -> Any:
    data = body if isinstance(body, bytes) else orjson.dumps(body)
    token = {"Authorization": f"Bearer {city.app.identity.issue_token('sp.jianshe', 'test')}"}
    client = create_app(city.app).test_client()
    return client.post("/api/v1/approvals", data=data, content_type="application/json", headers=token)


@pytest.mark.parametrize("field", ["XK_XDR_MC", "XK_WSH", "project_name", "site"])
@pytest.mark.parametrize("value", ["\x00", "\x07", "字" * 100_000, ["x"], {"a": 1}, True])
def test_a_decision_with_an_impossible_value_is_told_its_field(city: CityRig, field: str, value: Any) -> None:
    before = stored(city, *NOTED)
    answer = sent(city, {"layout": "dual_publicity_licence", "row": {**SAMPLE, field: value}})
    assert answer.status_code == 422, answer.text[:300]
    assert all(field in one.get("pointer", one["field"]) for one in answer.json["errors"])
    assert stored(city, *NOTED) == before


@pytest.mark.parametrize(
    ("answers", "field"),
    [
        ({"decision": "maybe"}, "decision"),
        ({"decision": ["claim"]}, "decision"),
        ({"decision": {"a": 1}}, "decision"),
        ({}, "decision"),
        ({"decision": "return", "note": "长" * 2001, "return_code": "other"}, "note"),
        ({"decision": "return", "note": 7, "return_code": "other"}, "note"),
        ({"decision": "return", "note": "不属于\x00本单位", "return_code": "other"}, "note"),
        ({"decision": "claim", "unasked": "x"}, "unasked"),
    ],
)
def test_an_answer_of_the_wrong_kind_is_told_its_field(busy: CityRig, answers: dict[str, Any], field: str) -> None:
    task = busy.tasks("claim_duty")[0]
    login = next(one for one in ("ks.jsgc", "zr.sz") if busy.actor(one).groups & set(task.candidate_groups))
    headers = {
        "Authorization": f"Bearer {busy.app.identity.issue_token(login, 'test')}", "If-Match": '"1"',
        "Idempotency-Key": "k",
    }  # fmt: skip
    before = stored(busy, *NOTED)
    client = create_app(busy.app).test_client()
    answer = client.post(f"/api/v1/tasks/{task.id}:complete", json={"answers": answers}, headers=headers)
    assert answer.status_code == 422, answer.text[:300]
    assert field in {one["field"] for one in answer.json["errors"]}
    assert all(re.search(r"[\u4e00-\u9fff]", one["message"]) for one in answer.json["errors"])
    assert stored(busy, *NOTED) == before
