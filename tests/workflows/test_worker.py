"""The worker looks at every beat and after every commit, survives what a job does to it, and stops cleanly."""

import queue
import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from engine import errors
from engine.clock import SystemClock
from engine.commands.complete_task import CompleteTask
from engine.job_runner import JobRunner
from engine.process_engine import ProcessEngine
from engine.store.unit_of_work import Registry
from engine.testing import EngineRig
from tests.engine.diagrams import chain, diagram, end, start, timer, user
from workflows.worker import Worker

PATIENCE = 60.0
NEVER = 3600.0
SENDING = diagram(
    "sending",
    start() + user("ask") + '<serviceTask id="send" camunda:type="external" camunda:topic="send"/>' + user("after")
    + end() + chain("start", "ask", "send", "after", "end"),
)  # fmt: skip
WAITING = diagram(
    "waiting",
    start() + user("work") + timer("late", "work", '"PT0.3S"', interrupting=True) + user("expired") + end()
    + end("e2") + chain("start", "work", "end") + chain("late", "expired", "e2"),
)  # fmt: skip


class FakeRunner:
    """Stands for the job table: says when it was looked at, and does what the test wants then."""

    def __init__(self, act: Callable[[], None] = lambda: None) -> None:
        self.looks: queue.Queue[str] = queue.Queue()
        self._act = act

    def run_due(self) -> int:
        self.looks.put(threading.current_thread().name)
        self._act()
        return 0

    def seconds_to_next(self) -> float:
        return NEVER


class Rig:
    """An engine on the machine's clock with a worker."""

    def __init__(self, url: str, tick: float, send: Callable[[Any], dict[str, object]]) -> None:
        self.rig = EngineRig(url)
        self.engine = ProcessEngine(self.rig.database, self.rig.engine.runtime, SystemClock(), Registry({}, ()))
        self.rig.engine = self.engine
        self.worker = Worker(JobRunner(self.engine, {"send": send}, owner="w"), tick=tick)
        self.engine.on_commit.append(self.worker.wake)


@pytest.fixture
def make_rig(sqlite_url: str) -> Iterator[Callable[..., Rig]]:
    made: list[Rig] = []

    def make(tick: float, send: Callable[[Any], dict[str, object]] = lambda _job: {}) -> Rig:
        made.append(Rig(sqlite_url, tick, send))
        return made[-1]

    yield make
    for rig in made:
        rig.worker.stop()
        rig.rig.close()


def start_worker(runner: FakeRunner, tick: float) -> Worker:
    worker = Worker(runner, tick=tick)  # type: ignore[arg-type]
    worker.start()
    return worker


def test_a_job_that_falls_due_is_done_at_a_beat_without_any_commit(make_rig: Callable[..., Rig]) -> None:
    made = make_rig(tick=0.05)
    made.rig.deploy(WAITING)
    made.rig.start("waiting")
    expired = threading.Event()
    made.engine.on_commit.append(lambda: expired.set() if _expired(made) else None)
    made.worker.start()
    assert expired.wait(PATIENCE)


def _expired(made: Rig) -> bool:
    return [task.element_id for task in made.rig.open_tasks()] == ["expired"]


def test_the_worker_looks_again_at_every_beat() -> None:
    runner = FakeRunner()
    worker = start_worker(runner, tick=0.02)
    names = [runner.looks.get(timeout=PATIENCE) for _ in range(3)]
    worker.stop()
    assert set(names) == {"worker"}


def test_a_commit_wakes_the_worker_before_the_next_beat(make_rig: Callable[..., Rig]) -> None:
    called = threading.Event()

    def send(_job: Any) -> dict[str, object]:
        called.set()
        return {}

    made = make_rig(NEVER, send)
    made.rig.deploy(SENDING)
    made.rig.start("sending")
    made.worker.start()
    made.engine.execute(CompleteTask(made.rig.open_tasks()[0].id, "li"))
    assert called.wait(PATIENCE)


def test_the_workers_own_commits_do_not_keep_it_busy() -> None:
    is_woken: queue.Queue[bool] = queue.Queue()

    def commit() -> None:
        worker.wake()
        is_woken.put(worker._wake.is_set())

    worker = Worker(FakeRunner(commit), tick=NEVER)  # type: ignore[arg-type]
    worker.start()
    worker.wake()
    assert is_woken.get(timeout=PATIENCE) is False
    worker.stop()


def test_a_job_that_raises_does_not_stop_the_others(make_rig: Callable[..., Rig]) -> None:
    calls: queue.Queue[str] = queue.Queue()

    def send(job: Any) -> dict[str, object]:
        calls.put(job.business_key)
        if job.business_key == "bad":
            raise errors.ServiceFailed(reason="down")
        return {}

    made = make_rig(0.02, send)
    made.rig.deploy(SENDING)
    for key in ("bad", "good-1", "good-2"):
        made.rig.start("sending", key)
    for task in made.rig.open_tasks():
        made.engine.execute(CompleteTask(task.id, "li"))
    made.worker.start()
    assert [calls.get(timeout=PATIENCE) for _ in range(3)] == ["bad", "good-1", "good-2"]


def test_a_database_that_does_not_answer_is_asked_again() -> None:
    broken = [errors.DatabaseUnavailable(reason="down"), RuntimeError("a bug")]

    def act() -> None:
        if broken:
            raise broken.pop(0)

    runner = FakeRunner(act)
    worker = start_worker(runner, tick=0.02)
    for _ in range(3):
        runner.looks.get(timeout=PATIENCE)
    worker.stop()
    assert broken == []


def test_a_scheduler_that_stands_still_is_noticed(caplog: pytest.LogCaptureFixture) -> None:
    runner = FakeRunner()
    worker = Worker(runner, tick=0.02)  # type: ignore[arg-type]
    worker._scheduler.add_job = lambda *_args, **_more: None  # the wall clock jumped back: no beat comes
    worker.start()
    runner.looks.get(timeout=PATIENCE)
    worker.stop()
    assert "no beat of the scheduler" in caplog.text


def test_stopping_finishes_the_job_in_hand_and_leaves_no_thread() -> None:
    begun, finished = threading.Event(), threading.Event()

    def act() -> None:
        begun.set()
        assert stopping.wait(PATIENCE)
        finished.set()

    stopping = threading.Event()
    runner = FakeRunner(act)
    worker = start_worker(runner, tick=0.02)
    assert begun.wait(PATIENCE)
    stopper = threading.Thread(target=worker.stop)
    stopper.start()
    stopping.set()
    stopper.join(PATIENCE)
    assert finished.is_set()
    assert not stopper.is_alive()
    assert "worker" not in {thread.name for thread in threading.enumerate()}


def test_a_worker_that_never_started_can_be_stopped() -> None:
    runner = FakeRunner()
    Worker(runner, tick=1.0).stop()  # type: ignore[arg-type]
    assert runner.looks.empty()


def test_chores_are_done_beside_the_jobs_and_one_that_fails_stops_no_other() -> None:
    done: queue.Queue[str] = queue.Queue()

    def fails() -> None:
        done.put("fails")
        raise OSError("the receiver is away")

    chores = (fails, lambda: done.put(threading.current_thread().name))
    worker = Worker(FakeRunner(), tick=NEVER / 100, chores=chores, pause=0.01)  # type: ignore[arg-type]
    worker.start()
    assert [done.get(timeout=PATIENCE) for _ in range(4)] == ["fails", "chores", "fails", "chores"]
    worker.stop()
    while not done.empty():
        done.get_nowait()
    with pytest.raises(queue.Empty):
        done.get(timeout=0.1)
