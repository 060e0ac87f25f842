"""Administrators act on many cases by the API; nobody else does."""

from typing import Any

import pytest

from engine.commands.deploy import Deploy
from engine.commands.start_process import StartProcess
from tests.engine.test_bulk import LINE
from tests.http.conftest import Client
from tests.processes.rig import CityRig

WHERE = "/api/v1/engine/operations"


@pytest.fixture
def cases(city: CityRig) -> list[str]:
    city.app.engine.execute(Deploy("test", (LINE,), "test"))
    return [str(city.app.engine.execute(StartProcess("line", f"L-{n}", "test")).instance_id) for n in range(3)]


def body(kind: str, targets: list[str], **more: Any) -> dict[str, Any]:
    return {"kind": kind, "targets": targets, "reason": "误导入", **more}


def test_an_operation_is_ordered_once_and_its_report_read_again(caller: Client, cases: list[str]) -> None:
    admin = caller("xt.admin")
    headers = {"Idempotency-Key": "k1"}
    made = admin.post(WHERE, json=body("suspend", cases), headers=headers)
    assert made.status_code == 201, made.text
    assert (made.json["done"], made.json["refused"], made.json["waiting"]) == (3, 0, 0)
    assert [item["now"] for item in made.json["items"]] == ["suspended"] * 3
    assert admin.post(WHERE, json=body("suspend", cases), headers=headers).json["id"] == made.json["id"]
    assert admin.post(WHERE, json=body("resume", cases), headers=headers).status_code == 422
    cancelled = admin.post(WHERE, json=body("cancel", cases[:1]), headers={"Idempotency-Key": "k2"})
    assert cancelled.json["items"][0]["after"] == "cancelled"
    report = admin.get(made.headers["Location"]).json
    assert [item["now"] for item in report["items"]] == ["cancelled", "suspended", "suspended"]
    assert [one["kind"] for one in admin.get(WHERE).json] == ["cancel", "suspend"]


def test_what_is_missing_is_named(caller: Client, cases: list[str]) -> None:
    admin = caller("xt.admin")
    assert admin.post(WHERE, json=body("suspend", cases)).status_code == 400
    headers = {"Idempotency-Key": "k"}
    for wrong, field in (
        (body("paint", cases), "kind"), (body("suspend", []), "targets"), (body("migrate", cases), "version"),
        (body("suspend", cases, reason=" "), "reason"),
    ):  # fmt: skip
        answer = admin.post(WHERE, json=wrong, headers=headers)
        assert answer.status_code == 422, answer.text
        assert [one["field"] for one in answer.json["errors"]] == [field]
    unknown = admin.get(f"{WHERE}/{cases[0]}")
    assert (unknown.status_code, unknown.json["code"]) == (404, "bulk-not-found")


def test_a_migration_is_tried_first(city: CityRig, caller: Client, cases: list[str]) -> None:
    admin = caller("xt.admin")
    changed = LINE.content.replace(b"P2D", b"P5D")
    city.app.engine.execute(Deploy("test", (type(LINE)(LINE.name, changed),), "test"))
    wanted = {"targets": [*cases, "00000000-0000-7000-8000-000000000000"], "version": 2, "recomputes": True}
    lines = admin.post("/api/v1/engine/migration-plans", json=wanted).json
    assert [(line["from_version"], len(line["moved"]), len(line["problems"])) for line in lines] == [
        (1, 1, 0), (1, 1, 0), (1, 1, 0), (None, 0, 1),
    ]  # fmt: skip
    options = {"version": 2, "recomputes": True}
    order = body("migrate", cases, options=options)
    done = admin.post(WHERE, json=order, headers={"Idempotency-Key": "m"}).json
    assert (done["done"], done["refused"]) == (3, 0)


def test_groups_of_incidents_are_read_and_a_group_that_is_empty_is_refused(caller: Client, cases: list[str]) -> None:
    admin = caller("xt.admin")
    assert cases
    assert admin.get("/api/v1/engine/incident-groups").json == []
    cause = {"definition_key": "line", "element_id": "x", "kind": "service", "cause": "RuntimeError"}
    answer = admin.post(
        "/api/v1/engine/incident-groups/retries", json={"cause": cause, "reason": "修好了"},
        headers={"Idempotency-Key": "r"},
    )  # fmt: skip
    assert (answer.status_code, answer.json["errors"][0]["field"]) == (422, "targets")


@pytest.mark.parametrize("login", ["sp.jianshe", "zc.fagui"])
def test_only_administrators_act(caller: Client, cases: list[str], login: str) -> None:
    client = caller(login)
    answer = client.post(WHERE, json=body("cancel", cases), headers={"Idempotency-Key": "k"})
    assert (answer.status_code, answer.json["code"]) == (403, "not-allowed")
    plan = {"targets": cases, "version": 1}
    assert client.post("/api/v1/engine/migration-plans", json=plan).status_code == 403
