"""Workers hear of due jobs at once, know when the next one falls due, and do many of them in one transaction."""

import threading
from collections.abc import Mapping
from datetime import timedelta

import pytest
from sqlalchemy import event

from engine.commands.complete_task import CompleteTask
from engine.queries.instances import ListHistory
from engine.store.bell import Bell
from engine.store.database import Database
from engine.testing import EngineRig
from tests.engine.diagrams import chain, diagram, end, start, timer, user
from tests.engine.test_counts import RING, the_work

PATIENCE = 60.0
EXPIRING = diagram(
    "expiring",
    start() + user("work") + timer("late", "work", '"P2D"', interrupting=True) + user("expired") + end() + end("e2")
    + chain("start", "work", "end") + chain("late", "expired", "e2"),
)  # fmt: skip
FAULTY = diagram(
    "faulty",
    start() + user("work") + timer("late", "work", '"P2D"', interrupting=True)
    + '<serviceTask id="broken" camunda:type="external" camunda:topic="broken"/>' + end() + end("e2")
    + chain("start", "work", "end") + chain("late", "broken", "e2"),
)  # fmt: skip


def commits_of(rig: EngineRig) -> list[None]:
    found: list[None] = []
    event.listen(rig.database.pool, "commit", lambda _connection: found.append(None))
    return found


def test_a_due_job_of_another_program_rings_at_once(rig: EngineRig) -> None:
    if rig.database.is_sqlite:
        pytest.skip("one program works on a SQLite database")
    rig.deploy(RING)
    rig.start("ring", "c")
    rung, elsewhere = threading.Semaphore(0), Database(rig.database.url)
    bell = Bell(elsewhere)
    bell.start(rung.release)
    assert rung.acquire(timeout=PATIENCE)  # it listens
    rig.engine.execute(CompleteTask(the_work(rig), "li", {"more": False}))
    assert rung.acquire(timeout=PATIENCE)
    bell.stop()
    elsewhere.close()


def test_nobody_is_woken_by_a_step_without_a_due_job(rig: EngineRig, monkeypatch: pytest.MonkeyPatch) -> None:
    rig.deploy(RING)
    rung: list[None] = []
    monkeypatch.setattr(rig.database, "ring", lambda: rung.append(None))
    rig.start("ring", "c")
    assert rung == []
    rig.engine.execute(CompleteTask(the_work(rig), "li", {"more": False}))
    assert rung == [None]


def test_a_worker_knows_when_the_next_timer_falls_due(rig: EngineRig) -> None:
    rig.deploy(EXPIRING)
    assert rig.jobs.seconds_to_next() == float("inf")
    rig.start("expiring", "c")
    rig.clock.advance(timedelta(days=1))
    assert rig.jobs.seconds_to_next() == timedelta(days=1).total_seconds()
    rig.clock.advance(timedelta(days=1))
    assert rig.jobs.run_due() == 1
    assert rig.jobs.seconds_to_next() == float("inf")


def test_overdue_timers_of_many_cases_share_transactions(rig: EngineRig) -> None:
    rig.deploy(EXPIRING)
    for n in range(40):
        rig.start("expiring", f"c{n}")
    rig.clock.advance(timedelta(days=2))
    commits = commits_of(rig)
    assert rig.jobs.run_due() == 40
    assert len(commits) <= 5  # two times taken, one look that found nothing, two transactions of twenty
    assert {task.element_id for task in rig.open_tasks()} == {"expired"}
    assert len(rig.open_tasks()) == 40


def test_one_that_fails_takes_none_of_the_others_down(make_rig: type[EngineRig]) -> None:
    seen: list[str] = []

    def broken(_uow: object, job: object) -> Mapping[str, object]:
        seen.append(getattr(job, "business_key"))  # noqa: B009 - the recorder sees a ServiceJob
        raise ValueError("out of order")

    rig = make_rig(recorders={"broken": broken})
    rig.deploy(EXPIRING)
    rig.deploy(FAULTY)
    good = [rig.start("expiring", f"c{n}").instance_id for n in range(3)]
    bad = rig.start("faulty", "bad").instance_id
    good += [rig.start("expiring", f"d{n}").instance_id for n in range(3)]
    rig.clock.advance(timedelta(days=2))
    rig.jobs.run_due()
    assert set(seen) == {"bad"}
    for instance in good:
        kinds = [line.kind for line in rig.engine.ask(ListHistory(instance))]
        assert kinds.count("timer-fired") == 1
    assert "timer-fired" not in [line.kind for line in rig.engine.ask(ListHistory(bad))]
