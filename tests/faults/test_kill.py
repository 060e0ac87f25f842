"""Processes are killed in the middle of their work: nothing answered is lost, nothing is done twice."""

import multiprocessing
import random
import signal
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from engine.commands.complete_task import CompleteTask
from engine.commands.deploy import Deploy
from engine.commands.start_process import StartProcess
from engine.process_engine import ProcessEngine
from engine.queries.tasks import ListOpenTasks
from tests.faults import checker, lives

pytestmark = pytest.mark.faults
PATIENCE = 60.0
ROUNDS = 16
SPAWN: Any = multiprocessing.get_context("forkserver")
SPAWN.set_forkserver_preload(["tests.faults.lives"])


@pytest.fixture
def engine(database_url: str) -> Iterator[ProcessEngine]:
    """The engine of the one who looks on."""
    made = lives.open_engine(database_url)
    lives.make_tables(made)
    made.execute(Deploy("test", (lives.BOOKED, lives.SENT), "tester"))
    yield made
    made.database.close()


def start_cases(engine: ProcessEngine, key: str, count: int) -> None:
    for n in range(count):
        engine.execute(StartProcess(key, f"{key}-{n}", "tester"))


def answered(answers: Any) -> list[UUID]:
    """Read what a client sent before it died."""
    found = []
    try:
        while True:
            found.append(UUID(bytes=answers.recv_bytes()))
    except EOFError:
        return found


def finish(engine: ProcessEngine) -> None:
    """Complete everything that waits, to the end of every case."""
    for _ in lives.STEPS:
        for task in engine.ask(ListOpenTasks(limit=1000)):
            engine.execute(CompleteTask(task.id, "finisher", {}))


def test_clients_that_die_lose_no_answered_completion(engine: ProcessEngine, database_url: str) -> None:
    chance, accepted = random.Random(20260302), []
    for round_number in range(ROUNDS):
        start_cases(engine, "booked", 4)
        pipes, clients = [], []
        for n in range(2):
            ours, theirs = SPAWN.Pipe(duplex=False)
            life = (database_url, 2 * round_number + n, chance.randint(2, 70), theirs)
            clients.append(SPAWN.Process(target=lives.client, args=life, daemon=True))
            clients[-1].start()
            theirs.close()
            pipes.append(ours)
        accepted += [task for pipe in pipes for task in answered(pipe)]
        for dead in clients:
            dead.join(PATIENCE)
        assert {dead.exitcode for dead in clients} <= {0, -signal.SIGKILL}
        assert -signal.SIGKILL in {dead.exitcode for dead in clients}
        assert checker.Stored(database_url).faults(accepted) == []
    assert len(accepted) > ROUNDS
    finish(engine)
    stored = checker.Stored(database_url)
    assert stored.faults(accepted) == []
    assert {row.status for row in stored.instances.values()} == {"completed"}
    wanted = {(case, f"book_{step}"): 1 for case in stored.instances for step in lives.STEPS}
    assert checker.booked(database_url) == wanted


DEATHS = (
    lives.Death(2, "before the effect"),
    lives.Death(3, "after the effect", 1),
    lives.Death(2, "after the effect", 4),
    lives.Death(3, "after the effect", 7),
    lives.Death(2, "after the effect", 10),
    lives.Death(2, "after the effect", 13),
)


def test_workers_that_die_repeat_effects_with_the_same_key_and_write_once(
    engine: ProcessEngine, database_url: str, tmp_path: Path
) -> None:
    start_cases(engine, "sent", 16)
    sink = tmp_path / "sink"
    sink.touch()
    for number, death in enumerate((*DEATHS, None)):
        late = timedelta(minutes=2 * number)  # the leases of the dead have ended
        life = SPAWN.Process(target=lives.worker, args=(database_url, str(sink), late, death), daemon=True)
        life.start()
        life.join(PATIENCE)
        assert life.exitcode == (0 if death is None else -signal.SIGKILL)
        assert checker.Stored(database_url).faults([]) == []
    stored, effects = checker.Stored(database_url), checker.effects(sink)
    assert stored.jobs == []
    assert effects.keys() == stored.instances.keys()
    assert {len(keys) for keys in effects.values()} == {1}
    assert len(sink.read_text().splitlines()) > len(effects)  # somebody did die between effect and commit
    assert checker.booked(database_url) == {(case, "book_send"): 1 for case in stored.instances}
    for task in engine.ask(ListOpenTasks()):
        assert {UUID(str(task.variables["receipt"]))} == effects[task.instance_id]
    finish(engine)
    assert {row.status for row in checker.Stored(database_url).instances.values()} == {"completed"}
