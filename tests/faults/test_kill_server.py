"""A web server is killed in the middle of completions; who asks again with the same key gets the same answer."""

import http.client
import os
import queue
import random
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import orjson
import pytest

from engine.clock import SystemClock
from engine.store.tables import command_receipt, process_instance
from tests.faults import checker
from tests.processes.rig import CityRig
from tests.processes.steps import CITY, CLAIM, DISTRICT, feedback, permit, plan
from workflows.migrate import migrate
from workflows.records.cases import duty
from workflows.records.letters import receipt

pytestmark = pytest.mark.faults
ROOT = Path(__file__).resolve().parents[2]
PATIENCE = 60.0
CASES = 4
SENDERS = 3
FINAL = 10**6


class Server:
    """A life of ``xianjie serve``."""

    def __init__(self, url: str, clock: str) -> None:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = int(probe.getsockname()[1])
        environ = {**os.environ, "XIANJIE_DATABASE": url, "XIANJIE_SECRET": "s" * 40, "XIANJIE_CLOCK": clock}
        command = [sys.executable, "-m", "web.serve", "serve", "--port", str(self.port)]
        self._process = subprocess.Popen(command, cwd=ROOT, env=environ, stderr=subprocess.PIPE, text=True)
        self._log: list[str] = []
        self._is_up = threading.Event()
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()
        assert self._is_up.wait(PATIENCE), "".join(self._log)

    def _read(self) -> None:
        assert self._process.stderr is not None
        for line in self._process.stderr:
            self._log.append(line)
            if '"event":"serving"' in line:
                self._is_up.set()

    def kill(self) -> None:
        self._process.kill()

    def end(self, signal_number: int = signal.SIGTERM) -> int:
        self._process.send_signal(signal_number)
        code = self._process.wait(PATIENCE)
        self._reader.join(PATIENCE)
        assert self._process.stderr is not None
        self._process.stderr.close()
        return code


class Officers:
    """Programs of two officers that complete tasks over HTTP, each completion with a key of its own."""

    def __init__(self, city: CityRig) -> None:
        self._tokens = {login: city.app.identity.issue_token(login, "test") for login in (CITY, DISTRICT)}

    def complete(self, server: Server, work: tuple[UUID, str, Any]) -> tuple[int, Any] | None:
        """Answer status and body, or None when the server died meanwhile."""
        task, login, answers = work
        headers = {
            "Authorization": f"Bearer {self._tokens[login]}", "Content-Type": "application/json",
            "If-Match": "*", "Idempotency-Key": f"key-{task}",
        }  # fmt: skip
        connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=PATIENCE)
        try:
            body = orjson.dumps({"answers": answers})
            connection.request("POST", f"/api/v1/tasks/{task}:complete", body, headers)
            answer = connection.getresponse()
            return answer.status, orjson.loads(answer.read())
        except (OSError, http.client.HTTPException):
            return None
        finally:
            connection.close()

    def send(self, server: Server, work: list[tuple[UUID, str, Any]], kill_after: int) -> dict[UUID, Any]:
        """Complete everything, several at a time; after so many answers the server is killed."""
        todo: queue.SimpleQueue[Any] = queue.SimpleQueue()
        answers: queue.SimpleQueue[Any] = queue.SimpleQueue()
        for item in [*work, *[None] * SENDERS]:
            todo.put(item)
        threads = [threading.Thread(target=self._sender, args=(server, todo, answers)) for _ in range(SENDERS)]
        for thread in threads:
            thread.start()
        found = {}
        for _ in work:
            task, answer = answers.get(timeout=PATIENCE)
            if answer is not None:
                found[task] = answer
            if len(found) == kill_after:
                server.kill()
        for thread in threads:
            thread.join(PATIENCE)
        return found

    def _sender(self, server: Server, todo: queue.SimpleQueue[Any], answers: queue.SimpleQueue[Any]) -> None:
        while (item := todo.get()) is not None:
            answers.put((item[0], self.complete(server, item)))


@pytest.fixture
def city(database_url: str) -> Iterator[CityRig]:
    """The city with some permits that were handed over."""
    migrate(database_url)
    made = CityRig(database_url)
    for n in range(CASES):
        permit(made, project_no=f"BJ-{n}", XK_WSH=f"建字第37040220260000{n}号")
    yield made
    made.close()


def open_work(city: CityRig, element: str, answers: Any) -> list[tuple[UUID, str, Any]]:
    """Return every open task of an element with who completes it."""
    groups = {login: city.actor(login).groups for login in (CITY, DISTRICT)}
    return [
        (task.id, next(login for login, mine in groups.items() if not mine.isdisjoint(task.candidate_groups)), answers)
        for task in city.tasks(element)
    ]


def test_a_killed_server_keeps_what_it_answered_and_repeats_it(city: CityRig, database_url: str) -> None:
    chance, officers = random.Random(7), Officers(city)
    ago = SystemClock().now() - city.clock.now()
    clock = f"-{int(ago / timedelta(minutes=1)) - 5}m"  # the servers live in the morning of the permits
    claims = open_work(city, "claim_duty", CLAIM)
    assert len(claims) == 2 * CASES

    life = Server(database_url, clock)
    first = officers.send(life, claims, chance.randint(2, CASES))
    assert life.end(signal.SIGKILL) == -signal.SIGKILL
    assert {status for status, _ in first.values()} == {200}
    assert checker.Stored(database_url).lost(first) == []

    life = Server(database_url, clock)
    again = officers.send(life, claims, FINAL)
    assert {status for status, _ in again.values()} == {200}
    assert {task: again[task] for task in first} == first
    plans = open_work(city, "plan_supervision", plan("2026-03-03"))
    assert len(plans) == 2 * CASES
    planned = officers.send(life, plans, chance.randint(2, CASES))
    assert life.end(signal.SIGKILL) == -signal.SIGKILL

    life = Server(database_url, clock)
    replanned = officers.send(life, plans, FINAL)
    assert {status for status, _ in replanned.values()} == {200}
    assert {task: replanned[task] for task in planned} == planned
    assert life.end() == 0
    look_on(city, database_url, {**again, **replanned})


def look_on(city: CityRig, database_url: str, answered: dict[UUID, Any]) -> None:
    """Nothing is lost or doubled in the domain either, and every case goes on to its end."""
    stored = checker.Stored(database_url)
    assert stored.lost(answered) == []
    assert stored.completions() == []
    assert len(city.rows(command_receipt)) == len(answered) == 4 * CASES
    numbers = [row["number"] for row in city.rows(receipt, outcome="claimed")]
    assert len(numbers) == len(set(numbers)) == 2 * CASES
    assert {row["state"] for row in city.rows(duty)} == {"planned"}
    city.at("2026-03-03T15:00:00")
    for login in (CITY, DISTRICT):
        for _ in range(CASES):
            city.complete("give_feedback", login, **feedback("2026-03-03"))
    for _ in range(CASES):
        city.complete("acknowledge_feedback", "sp.chuangkou", feedback_use="noted", acknowledge_note="")
    assert {row["status"] for row in city.rows(process_instance, definition_key="approval_handoff")} == {"completed"}
    assert {row["state"] for row in city.rows(duty)} == {"fed_back"}
    assert checker.Stored(database_url).completions() == []
