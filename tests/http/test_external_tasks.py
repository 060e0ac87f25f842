"""Another program fetches work, keeps it alive, finishes it, fails, or is too late."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from flask.testing import FlaskClient

from engine.commands.deploy import Deploy
from engine.commands.start_process import StartProcess
from engine.queries.instances import ListIncidents
from tests.engine.diagrams import chain, diagram, end, start, user
from tests.http.conftest import Client
from tests.processes.rig import CityRig

BODY = {"topics": ["print-licence"], "worker": "w1", "lock_seconds": 60}
PRINTING = diagram(
    "printing",
    start() + '<serviceTask id="print" camunda:type="external" camunda:topic="print-licence"/>' + user("collect")
    + end() + '<boundaryEvent id="jam" attachedToRef="print"><errorEventDefinition errorRef="err"/></boundaryEvent>'
    + user("repair") + end("e2") + chain("start", "print", "collect", "end") + chain("jam", "repair", "e2"),
    '<error id="err" errorCode="JAM"/>',
)  # fmt: skip


@pytest.fixture
def city(sqlite_url: str) -> Iterator[CityRig]:
    rig = CityRig(sqlite_url, external_topics="print-licence, other")
    rig.app.engine.execute(Deploy("test", (PRINTING,), "test"))
    rig.app.engine.execute(StartProcess("printing", "P-1", "test", {"licence": "建字第1号"}))
    yield rig
    rig.close()


@pytest.fixture
def worker(caller: Client) -> FlaskClient:
    return caller("xt.admin")


def post(client: FlaskClient, task: dict[str, Any], what: str, **body: Any) -> int:
    where = f"/api/v1/external-tasks/{task['id']}/{what}"
    return client.post(where, json={"fence": task["fence"], **body}).status_code


def locked(client: FlaskClient) -> list[dict[str, Any]]:
    answer = client.post("/api/v1/external-tasks/locks", json=BODY)
    assert answer.status_code == 200, answer.text
    found: list[dict[str, Any]] = answer.json
    return found


def steps(city: CityRig) -> list[str]:
    return [task.element_id for task in city.tasks() if task.business_key == "P-1"]


def test_a_program_fetches_work_and_finishes_it_once(city: CityRig, worker: FlaskClient) -> None:
    [task] = locked(worker)
    assert (task["business_key"], task["attempt"], task["variables"]["licence"]) == ("P-1", 1, "建字第1号")
    assert locked(worker) == []
    assert post(worker, task, "completion", variables={"printed": True}) == 204
    assert steps(city) == ["collect"]
    assert post(worker, task, "completion") == 409


def test_who_falls_silent_loses_the_work_and_who_gives_signs_of_life_keeps_it(
    city: CityRig, worker: FlaskClient
) -> None:
    [task] = locked(worker)
    city.clock.advance(timedelta(seconds=50))
    path = f"/api/v1/external-tasks/{task['id']}/lock"
    assert worker.put(path, json={"fence": task["fence"]}).status_code == 204
    city.clock.advance(timedelta(seconds=50))
    assert locked(worker) == []
    city.clock.advance(timedelta(seconds=10))
    [again] = locked(worker)
    assert (again["id"], again["attempt"]) == (task["id"], 2)
    assert post(worker, task, "completion") == 409
    assert post(worker, again, "completion") == 204


def test_work_that_failed_comes_back_or_waits_for_an_operator(city: CityRig, worker: FlaskClient) -> None:
    [task] = locked(worker)
    assert post(worker, task, "failure", message="no paper", retry_seconds=30) == 204
    assert locked(worker) == []
    city.clock.advance(timedelta(seconds=30))
    [task] = locked(worker)
    assert post(worker, task, "failure", message="broken") == 204
    city.clock.advance(timedelta(days=1))
    assert locked(worker) == []
    assert [one.message for one in city.app.engine.ask(ListIncidents())] == ["broken"]


def test_an_error_the_diagram_knows_takes_its_own_way(city: CityRig, worker: FlaskClient) -> None:
    [task] = locked(worker)
    assert post(worker, task, "error", error_code="FIRE") == 409
    assert post(worker, task, "error", error_code="JAM") == 204
    assert steps(city) == ["repair"]


@pytest.mark.parametrize("login", ["ks.jsgc", "sp.jianshe", "ju.lingdao"])
def test_only_accounts_of_other_systems_fetch_work(city: CityRig, caller: Client, login: str) -> None:
    assert caller(login).post("/api/v1/external-tasks/locks", json=BODY).status_code == 403


@pytest.mark.parametrize(
    "wrong", [{"topics": []}, {"limit": 0}, {"limit": 101}, {"lock_seconds": 0}, {"lock_seconds": 3601}, {"worker": ""}]
)
def test_bad_wishes_are_refused_by_field(city: CityRig, worker: FlaskClient, wrong: dict[str, Any]) -> None:
    answer = worker.post("/api/v1/external-tasks/locks", json=BODY | wrong)
    assert answer.status_code == 422
    assert next(iter(wrong)) in answer.text
