"""Too many at once, and a full disk: each is told so clearly, and nothing is half done."""

import threading
from collections import Counter
from collections.abc import Iterator
from typing import Any

import pytest
from sqlalchemy import event

from engine.store.tables import user_task
from tests.http.api_caller import Caller, owner
from tests.http.conftest import stored
from tests.processes.rig import SAMPLE, CityRig
from tests.processes.steps import CLAIM
from web.app import create_app

pytestmark = pytest.mark.faults
CLIENTS = 50


@pytest.fixture
def city(database_url: str) -> Iterator[CityRig]:
    """A city with a permit handed over."""
    rig = CityRig(database_url)
    rig.submit()
    rig.run()
    yield rig
    rig.close()


def test_of_fifty_clients_that_complete_one_task_exactly_one_does(city: CityRig) -> None:
    app, login = create_app(city.app), owner(city)
    task = next(found for found in city.tasks("claim_duty")
                if city.actor(login).groups & set(found.candidate_groups))  # fmt: skip
    gate, answers = threading.Barrier(CLIENTS), [0] * CLIENTS
    codes: list[Any] = [None] * CLIENTS
    callers = [Caller(city, app.test_client(), login) for _ in range(CLIENTS)]

    def complete(number: int) -> None:
        headers = {"If-Match": "*", "Idempotency-Key": f"client-{number}"}
        gate.wait()
        answer = callers[number].post(f"/tasks/{task.id}:complete", headers, json={"answers": CLAIM})
        answers[number], codes[number] = answer.status_code, answer.json.get("code")

    threads = [threading.Thread(target=complete, args=(number,)) for number in range(CLIENTS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert Counter(answers) == {200: 1, 409: CLIENTS - 1}
    assert {code for code in codes if code} <= {"task-not-open", "concurrent-update"}
    assert [row["status"] for row in city.rows(user_task, id=task.id)] == ["completed"]


def test_a_full_disk_refuses_with_503_and_loses_nothing(sqlite_url: str) -> None:
    city = CityRig(sqlite_url)
    caller = Caller(city, create_app(city.app).test_client(), "sp.jianshe")
    pool = city.app.engine.database.pool

    def fill(connection: Any, *_: object) -> None:
        pages = connection.execute("PRAGMA page_count").fetchone()[0]
        connection.execute(f"PRAGMA max_page_count={pages}")

    def submit(number: int) -> Any:
        row = {**SAMPLE, "XK_WSH": f"建字第3704022026{number:05}号"}
        return caller.post("/approvals", json={"layout": "dual_publicity_licence", "row": row})

    pool.dispose()
    event.listen(pool, "connect", fill)
    before, number = stored(city), 1
    while (answer := submit(number)).status_code == 201 and number < 50:  # what still fits into begun pages
        before, number = stored(city), number + 1
    assert (answer.status_code, answer.json["code"]) == (503, "database-unavailable")
    assert int(answer.headers["Retry-After"]) > 0
    assert stored(city) == before

    event.remove(pool, "connect", fill)
    pool.dispose()
    assert submit(number).status_code == 201
    city.close()
