"""Workers write that they live; numbers of several processes add up; waits for locks are seen."""

import subprocess
import sys
import threading
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import select, text

from engine.store.tables import metadata
from engine.testing import EngineRig
from tests.workflows.test_worker import FakeRunner
from workflows.records.vitals import worker_beat
from workflows.vitals.heart import Heart
from workflows.vitals.numbers import read_numbers
from workflows.worker import Worker

PATIENCE = 60.0
ROUNDS = 5_000
PATIENT = text(  # a busy machine must not end the wait
    "SELECT set_config(name, '0', true) FROM (VALUES ('lock_timeout'), ('statement_timeout'),"
    " ('idle_in_transaction_session_timeout')) AS limits (name)"
)


def beats(rig: EngineRig) -> dict[str, float]:
    with rig.database.reading() as connection:
        rows = connection.execute(select(worker_beat)).all()
    return {row.name: (rig.clock.now() - row.beat_at).total_seconds() for row in rows}


def test_a_worker_beats_at_most_every_fifteen_seconds_and_forgets_those_gone_for_a_day(database_url: str) -> None:
    rig = EngineRig(database_url)
    metadata.create_all(rig.database.pool)
    seconds = [0.0]
    hearts = [Heart(rig.engine, name, "0041", lambda: seconds[0]) for name in ("a:1", "b:2")]
    hearts[0].beat()
    rig.clock.advance(timedelta(seconds=14))
    seconds[0] = 14.9
    hearts[0].beat()
    assert beats(rig) == {"a:1": 14.0}
    seconds[0] = 15.0
    hearts[0].beat()
    assert beats(rig) == {"a:1": 0.0}
    rig.clock.advance(timedelta(days=1, seconds=1))
    hearts[1].beat()
    assert beats(rig) == {"b:2": 0.0}
    rig.close()


def test_a_worker_that_cannot_look_for_jobs_does_not_beat() -> None:
    heard: list[str] = []
    tries = threading.Semaphore(0)

    def fail() -> None:
        tries.release()
        raise RuntimeError("no look")

    worker = Worker(FakeRunner(fail), tick=0.05, after=lambda: heard.append("beat"))  # type: ignore[arg-type]
    worker.start()
    assert all(tries.acquire(timeout=PATIENCE) for _ in range(2))
    worker.stop()
    assert heard == []
    beat = threading.Event()
    worker = Worker(FakeRunner(), tick=0.05, after=beat.set)  # type: ignore[arg-type]
    worker.start()
    assert beat.wait(PATIENCE)
    worker.stop()


PROCESSES = """
import os
from unittest.mock import Mock
from engine import errors
from workflows.vitals.metrics import Metrics

engine = Mock()
engine.ask.side_effect = errors.DatabaseUnavailable(reason="none here")
for _ in range(2):
    child = os.fork()
    if not child:
        metrics = Metrics(engine)
        with metrics.watch("Step"):
            pass
        metrics.answered("home.sign_in", "GET", 200, 0.1)
        os._exit(0)
    assert os.waitpid(child, 0)[1] == 0
print(Metrics(engine).text().decode())
"""


def test_the_numbers_of_all_processes_of_a_machine_add_up(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", PROCESSES], env={"PROMETHEUS_MULTIPROC_DIR": str(tmp_path), "PATH": "/usr/bin:/bin"},
        cwd=Path(__file__).resolve().parents[2], capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-2000:]
    assert 'xianjie_command_seconds_count{command="Step"} 2.0' in done.stdout
    assert 'status="2xx"} 2.0' in done.stdout
    assert "xianjie_database_up 0.0" in done.stdout


@pytest.mark.postgres
def test_a_wait_for_a_lock_is_seen_while_it_lasts(database_url: str) -> None:
    if database_url.startswith("sqlite"):
        pytest.skip("SQLite has one writer and no locks to wait for")
    rig = EngineRig(database_url)
    metadata.create_all(rig.database.pool)
    assert read_numbers(rig.engine).lock_waits == 0
    with rig.database.pool.connect() as holder:
        holder.execute(PATIENT)
        holder.execute(text("LOCK TABLE message IN ACCESS EXCLUSIVE MODE"))
        waiting = threading.Thread(target=_wait, args=(rig,))
        waiting.start()
        found = (read_numbers(rig.engine) for _ in range(ROUNDS))
        seen = next(numbers for numbers in found if numbers.lock_waits)
        assert seen.lock_waits == 1
        assert seen.transaction_longest > 0
        holder.rollback()
    waiting.join(PATIENCE)
    assert not waiting.is_alive()
    rig.close()


def _wait(rig: EngineRig) -> None:
    with rig.database.pool.connect() as connection:
        connection.execute(PATIENT)
        connection.execute(text("LOCK TABLE message IN ACCESS EXCLUSIVE MODE"))
        connection.rollback()
