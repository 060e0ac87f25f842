"""Commands that meet at the same moment: one wins, the others hear clearly that they came too late.

Every contender has an engine of its own, as programs have. On PostgreSQL all of them read before the
first one writes; on SQLite the second one may not even read until the first has committed.
"""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import event, select

from engine import errors
from engine.commands.claim_task import AssignTask, ClaimTask, ReleaseTask
from engine.commands.complete_task import CompleteTask
from engine.commands.correlate_message import CorrelateMessage
from engine.commands.idempotency import Once
from engine.commands.jobs import TakeDueJobs
from engine.commands.start_process import StartProcess
from engine.job_runner import JobRunner
from engine.process_engine import ProcessEngine
from engine.queries.instances import ListHistory
from engine.spiff.runtime import Runtime
from engine.store.database import Database
from engine.store.tables import message, process_instance
from engine.testing import EngineRig
from tests.engine.diagrams import chain, diagram, end, start, timer, user
from tests.engine.test_walks import TWO_STEPS
from tests.engine.test_walks_between import SERVICE, WAITING

MANY = 6


class Contenders:
    """Engines on the same database that act at the same moment."""

    def __init__(self, rig: EngineRig, count: int = MANY) -> None:
        self._rig = rig
        self.engines = [ProcessEngine(Database(rig.database.url), Runtime(), rig.clock) for _ in range(count)]

    def close(self) -> None:
        for engine in self.engines:
            engine.database.close()

    def act(self, work: Callable[[ProcessEngine, int], Any], gate_before: str = "") -> list[Any]:
        """Let each do its *work*; answers results and errors, in the contenders' order.

        On PostgreSQL each waits before its first statement that begins with *gate_before* until all are there.
        """
        gate = threading.Barrier(len(self.engines), timeout=60)
        outcomes: list[Any] = [None] * len(self.engines)

        def run(number: int, engine: ProcessEngine) -> None:
            try:
                with self._gated(engine, gate, gate_before):
                    outcomes[number] = work(engine, number)
            except Exception as exc:  # noqa: BLE001 - the test looks at it
                outcomes[number] = exc

        threads = [threading.Thread(target=run, args=pair) for pair in enumerate(self.engines)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        return outcomes

    @contextmanager
    def _gated(self, engine: ProcessEngine, gate: threading.Barrier, before: str) -> Iterator[None]:
        if self._rig.database.is_sqlite or not before:
            gate.wait()
            yield
            return
        waited: list[bool] = []

        def wait(_conn: Any, _cursor: Any, statement: str, *_: Any) -> None:
            if statement.startswith(before) and not waited:
                waited.append(True)
                gate.wait()

        event.listen(engine.database.pool, "before_cursor_execute", wait)
        yield
        event.remove(engine.database.pool, "before_cursor_execute", wait)


class ReadsFirst(Runtime):
    """Waits, the first time an instance is loaded, until all contenders have read the same state."""

    def __init__(self, gate: threading.Barrier) -> None:
        super().__init__()
        self._gate: threading.Barrier | None = gate

    def load(self, *args: Any, **kwargs: Any) -> Any:
        execution = super().load(*args, **kwargs)
        if self._gate is not None:
            gate, self._gate = self._gate, None
            gate.wait()
        return execution


@pytest.fixture
def contenders(rig: EngineRig) -> Iterator[Contenders]:
    made = Contenders(rig)
    yield made
    made.close()


def read_together(rig: EngineRig, contenders: Contenders) -> None:
    """Make all contenders hold the same state of the case before one writes; SQLite does not let them."""
    if not rig.database.is_sqlite:
        gate = threading.Barrier(len(contenders.engines), timeout=60)
        for engine in contenders.engines:
            engine.runtime = ReadsFirst(gate)


def winners(outcomes: list[Any]) -> list[Any]:
    return [outcome for outcome in outcomes if not isinstance(outcome, Exception)]


def losers(outcomes: list[Any]) -> set[type]:
    return {type(outcome) for outcome in outcomes if isinstance(outcome, Exception)}


def history(rig: EngineRig, instance_id: Any, kind: str) -> list[str]:
    return [line.actor for line in rig.engine.ask(ListHistory(instance_id)) if line.kind == kind]


def test_many_complete_one_task_and_one_wins(rig: EngineRig, contenders: Contenders) -> None:
    rig.deploy(TWO_STEPS)
    case = rig.start("two_steps").instance_id
    task = rig.open_tasks()[0].id
    read_together(rig, contenders)
    outcomes = contenders.act(lambda engine, n: engine.execute(CompleteTask(task, f"p{n}", {"by": n})))
    assert len(winners(outcomes)) == 1
    assert losers(outcomes) == {errors.TaskNotOpen}
    winner = next(n for n, outcome in enumerate(outcomes) if not isinstance(outcome, Exception))
    assert history(rig, case, "task-completed") == [f"p{winner}"]
    (left,) = rig.open_tasks()
    assert (left.element_id, left.variables["by"]) == ("b", winner)


PARALLEL = diagram(
    "side_by_side",
    start() + '<parallelGateway id="fork"/><parallelGateway id="join"/>'
    + "".join(user(f"t{n}") + chain("fork", f"t{n}", "join") for n in range(4)) + user("last") + end()
    + chain("start", "fork") + chain("join", "last", "end"),
)  # fmt: skip


def test_tasks_side_by_side_in_one_case_are_all_completed(rig: EngineRig) -> None:
    rig.deploy(PARALLEL)
    case = rig.start("side_by_side").instance_id
    tasks = [task.id for task in rig.open_tasks()]
    contenders = Contenders(rig, len(tasks))
    read_together(rig, contenders)
    outcomes = contenders.act(lambda engine, n: engine.execute(CompleteTask(tasks[n], f"p{n}", {f"v{n}": n})))
    contenders.close()
    assert losers(outcomes) == set()
    (last,) = rig.open_tasks()
    assert (last.element_id, last.variables) == ("last", {f"v{n}": n for n in range(4)})
    assert sorted(history(rig, case, "task-completed")) == ["p0", "p1", "p2", "p3"]


def test_many_claim_one_task_and_one_has_it(rig: EngineRig, contenders: Contenders) -> None:
    rig.deploy(TWO_STEPS)
    case = rig.start("two_steps").instance_id
    task = rig.open_tasks()[0].id
    outcomes = contenders.act(lambda engine, n: engine.execute(ClaimTask(task, f"p{n}")), "UPDATE user_task")
    refused = [outcome for outcome in outcomes if outcome is not None]
    assert len(refused) == MANY - 1
    assert losers(outcomes) == {errors.TaskClaimedByOther}
    (owner,) = history(rig, case, "task-claimed")
    assert {outcome.facts["assignee"] for outcome in refused} == {owner}
    assert rig.open_tasks()[0].assignee == owner


def test_a_task_claimed_meanwhile_is_not_completed_by_another(rig: EngineRig) -> None:
    rig.deploy(TWO_STEPS)
    rig.start("two_steps")
    task = rig.open_tasks()[0].id
    contenders = Contenders(rig, 2)
    read, claimed = threading.Event(), threading.Event()

    class ClaimedMeanwhile(Runtime):
        def load(self, *args: Any, **kwargs: Any) -> Any:
            read.set()
            assert rig.database.is_sqlite or claimed.wait(20)
            return super().load(*args, **kwargs)

    contenders.engines[1].runtime = ClaimedMeanwhile()

    def work(engine: ProcessEngine, number: int) -> Any:
        if number == 1:
            return engine.execute(CompleteTask(task, "wang"))
        assert read.wait(20)
        engine.execute(ClaimTask(task, "li"))
        claimed.set()
        return None

    claim, completion = contenders.act(work)
    contenders.close()
    if rig.database.is_sqlite:  # the completion came first, and the claim had to wait for it
        assert isinstance(claim, errors.TaskNotOpen)
        assert completion.status == "active"
    else:
        assert claim is None
        assert isinstance(completion, errors.NotAssignee)
        assert rig.open_tasks()[0].assignee == "li"


def test_a_task_assigned_meanwhile_is_not_released(rig: EngineRig) -> None:
    rig.deploy(TWO_STEPS)
    rig.start("two_steps")
    task = rig.open_tasks()[0].id
    rig.engine.execute(ClaimTask(task, "li"))
    contenders = Contenders(rig, 2)
    commands = [ReleaseTask(task, "li"), AssignTask(task, "wang", "head", "li is away")]
    released, assigned = contenders.act(lambda engine, n: engine.execute(commands[n]), "UPDATE user_task")
    contenders.close()
    assert assigned is None
    assert released is None or isinstance(released, errors.NotAssignee)
    assert rig.open_tasks()[0].assignee == "wang"


def test_two_workers_do_no_job_twice(rig: EngineRig) -> None:
    rig.deploy(SERVICE)
    for n in range(12):
        rig.start("service", f"c-{n}")
    calls: list[Any] = []

    def work(engine: ProcessEngine, number: int) -> int:
        def send(job: Any) -> dict[str, object]:
            calls.append(job.id)
            return {"by": number}

        return JobRunner(engine, {"send": send}, owner=f"w{number}", batch=2).run_due()

    contenders = Contenders(rig, 2)
    outcomes = contenders.act(work)
    contenders.close()
    assert losers(outcomes) == set()
    assert sum(outcomes) == len(calls) == len(set(calls)) == 12
    assert [task.element_id for task in rig.open_tasks()] == ["after"] * 12


def test_workers_that_look_at_the_same_moment_take_different_jobs(rig: EngineRig, contenders: Contenders) -> None:
    rig.deploy(SERVICE)
    for n in range(9):
        rig.start("service", f"c-{n}")
    take = TakeDueJobs("w", 2, timedelta(seconds=60))
    outcomes = contenders.act(lambda engine, _n: engine.execute(take), "SELECT job.id")
    assert losers(outcomes) == set()
    taken = [job.id for outcome in outcomes for job in outcome]
    taken += [job.id for job in rig.engine.execute(TakeDueJobs("w", 50, timedelta(seconds=60)))]
    assert len(taken) == len(set(taken)) == 9


def test_two_messages_for_one_wait_and_one_arrives(rig: EngineRig, contenders: Contenders) -> None:
    rig.deploy(WAITING)
    case = rig.engine.execute(CorrelateMessage("go", "k", {"case_id": "c-1", "business_key": "B1"})).instance_id
    read_together(rig, contenders)
    outcomes = contenders.act(lambda engine, n: engine.execute(CorrelateMessage("answered", "c-1", {"by": n}, f"s{n}")))
    (won,) = winners(outcomes)
    assert won.instance_id == case
    assert losers(outcomes) == {errors.MessageNotExpected}
    assert len(history(rig, case, "message-received")) == 1
    assert len(rig.open_tasks()) == 1


def test_one_message_sent_by_many_at_once_starts_one_case(rig: EngineRig, contenders: Contenders) -> None:
    rig.deploy(WAITING)
    sent = CorrelateMessage("go", "k", {"case_id": "c", "business_key": "B"}, sender="other", message_id="m-1")
    outcomes = contenders.act(lambda engine, _n: engine.execute(sent), "INSERT INTO message")
    assert losers(outcomes) == set()
    assert len({outcome.instance_id for outcome in outcomes}) == 1
    assert sorted(outcome.was_known for outcome in outcomes) == [False] + [True] * (MANY - 1)
    assert count(rig, process_instance) == count(rig, message) == 1


def test_one_key_sent_by_many_at_once_has_one_effect(rig: EngineRig, contenders: Contenders) -> None:
    rig.deploy(TWO_STEPS)
    once = Once(StartProcess("two_steps", "B", "li"), "li", "key-1", "f", lambda done: {"id": str(done.instance_id)})
    outcomes = contenders.act(lambda engine, _n: engine.execute(once), "INSERT INTO command_receipt")
    assert losers(outcomes) == set()
    assert len({outcome.result["id"] for outcome in outcomes}) == 1
    assert sorted(outcome.was_replayed for outcome in outcomes) == [False] + [True] * (MANY - 1)
    assert count(rig, process_instance) == 1


def count(rig: EngineRig, table: Any) -> int:
    with rig.database.reading() as connection:
        return len(connection.execute(select(table)).all())


DEADLINE = diagram(
    "deadline",
    start() + user("work") + timer("late", "work", '"P1D"', interrupting=True) + user("expired") + user("after")
    + end() + end("e2") + chain("start", "work", "after", "end") + chain("late", "expired", "e2"),
)  # fmt: skip


def test_a_completion_and_the_timer_that_ends_its_task_do_not_both_happen(rig: EngineRig) -> None:
    rig.deploy(DEADLINE)
    rig.start("deadline")
    task = rig.open_tasks()[0].id
    rig.clock.advance(timedelta(days=1))
    contenders = Contenders(rig, 2)

    def work(engine: ProcessEngine, number: int) -> Any:
        if number == 0:
            return engine.execute(CompleteTask(task, "li"))
        return JobRunner(engine, {}, owner="w").run_due()

    completed, _ = contenders.act(work)
    contenders.close()
    rig.jobs.run_due()
    (left,) = rig.open_tasks()
    assert left.element_id == ("expired" if isinstance(completed, errors.Conflict) else "after")
