"""What a command costs: one commit, few statements, and no more for an old case than for a young one."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import event, select

from engine.commands.claim_task import ClaimTask
from engine.commands.complete_task import CompleteTask
from engine.commands.correlate_message import CorrelateMessage
from engine.commands.jobs import FinishJob, FireTimer, TakeDueJobs
from engine.commands.start_process import StartProcess
from engine.store.batch import WriteBatch
from engine.store.tables import process_instance
from engine.testing import EngineRig
from tests.engine.diagrams import chain, diagram, end, flow, start, timer, user

MOST = 10  # of any command: a timer that goes and one that comes are one each, and SQLite counts its BEGIN
MOST_OF_A_PLAIN_COMPLETION = 8


@dataclass
class Spent:
    """What was sent to the database."""

    statements: int = 0
    commits: int = 0


class Meter:
    """Counts what one database is asked; writes sent as one PostgreSQL pipeline pass below SQLAlchemy's events."""

    def __init__(self, rig: EngineRig) -> None:
        self._is_sqlite = rig.database.is_sqlite
        self._seen = Spent()
        event.listen(rig.database.pool, "before_cursor_execute", self._statement)
        event.listen(rig.database.pool, "commit", self._commit)

    def _statement(self, *_: object) -> None:
        self._seen.statements += 1

    def _commit(self, *_: object) -> None:
        self._seen.commits += 1

    @contextmanager
    def measure(self) -> Iterator[Spent]:
        spent = self._seen = Spent()
        sent = WriteBatch.sent
        yield spent
        self._seen = Spent()
        if not self._is_sqlite:
            spent.statements += WriteBatch.sent - sent


RING = diagram(
    "ring",
    start() + '<exclusiveGateway id="merge"/><exclusiveGateway id="again" default="again__send"/>'
    + user("work", 'camunda:candidateGroups="unit/officer"') + timer("late", "work", '"P2D"') + user("urge") + end("e2")
    + '<serviceTask id="send" camunda:type="external" camunda:topic="send"/>'
    + '<intermediateCatchEvent id="wait"><messageEventDefinition messageRef="m"/></intermediateCatchEvent>'
    + user("after", 'camunda:candidateGroups="unit/officer"') + end()
    + chain("start", "merge", "work", "again", "send", "wait", "after", "end") + flow("again", "merge", "more")
    + chain("late", "urge", "e2"),
    '<message id="m" name="answered"/>',
)  # fmt: skip


@pytest.fixture
def ring(rig: EngineRig) -> EngineRig:
    rig.deploy(RING)
    rig.start("ring", "warm")
    return rig


def the_work(rig: EngineRig, case: str = "c") -> Any:
    return next(task.id for task in rig.open_tasks() if task.business_key == case)


def take(rig: EngineRig) -> Any:
    return rig.engine.execute(TakeDueJobs("w", 50, timedelta(seconds=60)))[0]


def to_the_service_task(rig: EngineRig) -> None:
    rig.start("ring", "c")
    rig.engine.execute(CompleteTask(the_work(rig), "li", {"more": False}))


def start_one(rig: EngineRig) -> object:
    return StartProcess("ring", "c", "li", {"x": 1})


def claim_one(rig: EngineRig) -> object:
    rig.start("ring", "c")
    return ClaimTask(the_work(rig), "li")


def complete_one(rig: EngineRig) -> object:
    rig.start("ring", "c")
    return CompleteTask(the_work(rig), "li", {"more": True})


def fire_one(rig: EngineRig) -> object:
    rig.start("ring", "c")
    rig.clock.advance(timedelta(days=2))
    taken = take(rig)
    return FireTimer(taken.id, taken.fence)


def take_one(rig: EngineRig) -> object:
    to_the_service_task(rig)
    return TakeDueJobs("w", 50, timedelta(seconds=60))


def finish_one(rig: EngineRig) -> object:
    to_the_service_task(rig)
    taken = take(rig)
    return FinishJob(taken.id, taken.fence, {"receipt": "R-1"})


def correlate_one(rig: EngineRig) -> object:
    to_the_service_task(rig)
    taken = take(rig)
    rig.engine.execute(FinishJob(taken.id, taken.fence, {}))
    return CorrelateMessage("answered", "c", {"reply": "yes"}, sender="other", message_id="1")


COMMANDS = (start_one, claim_one, complete_one, fire_one, take_one, finish_one, correlate_one)


@pytest.mark.parametrize("prepare", COMMANDS, ids=lambda made: made.__name__)
def test_a_command_is_one_commit_and_few_statements(ring: EngineRig, prepare: Callable[[EngineRig], Any]) -> None:
    command, meter = prepare(ring), Meter(ring)
    with meter.measure() as spent:
        ring.engine.execute(command)
    assert spent.commits == 1
    assert 0 < spent.statements <= MOST


def test_completing_a_task_takes_at_most_eight_statements_and_one_commit(rig: EngineRig) -> None:
    rig.deploy(diagram("line", start() + user("work") + user("next") + end() + chain("start", "work", "next", "end")))
    rig.start("line", "warm")
    rig.start("line", "c")
    meter, [task] = Meter(rig), [one for one in rig.open_tasks() if one.business_key == "c"]
    rig.engine.execute(ClaimTask(task.id, "li"))
    with meter.measure() as spent:
        rig.engine.execute(CompleteTask(task.id, "li", {"decision": "yes", "note": "done"}))
    assert (spent.commits, spent.statements <= MOST_OF_A_PLAIN_COMPLETION) == (1, True), spent


def test_a_question_commits_nothing(ring: EngineRig) -> None:
    meter = Meter(ring)
    with meter.measure() as spent:
        ring.open_tasks()
    assert spent.commits == 0
    assert 0 < spent.statements <= 2


def test_the_two_hundredth_task_of_a_case_costs_what_the_first_did(ring: EngineRig) -> None:
    started = ring.start("ring", "c")
    task, meter = the_work(ring), Meter(ring)
    spending, sizes = [], []
    for n in range(200):
        with meter.measure() as spent:
            task = ring.engine.execute(CompleteTask(task, "li", {"more": True, "n": n % 10})).next_tasks[0]
        spending.append((spent.statements, spent.commits))
        with ring.database.reading() as connection:
            state = select(process_instance.c.state).where(process_instance.c.id == started.instance_id)
            sizes.append(len(bytes(connection.scalar(state))))
    assert set(spending) == {spending[0]}
    assert spending[0][0] <= MOST
    assert sizes[-1] - sizes[0] <= 16  # the token numbers have more digits


FAN = diagram(
    "fan",
    start() + user("ask")
    + '<userTask id="each" camunda:candidateGroups="unit/officer"><multiInstanceLoopCharacteristics '
    'camunda:collection="people" camunda:elementVariable="person"/></userTask>' + user("after") + end()
    + chain("start", "ask", "each", "after", "end"),
)  # fmt: skip


def test_tasks_for_four_hundred_people_take_no_more_statements_than_for_four(rig: EngineRig) -> None:
    rig.deploy(FAN)
    meter, spending = Meter(rig), []
    for count in (4, 400):
        case = rig.start("fan", f"c{count}", people=[f"p{n}" for n in range(count)])
        [ask] = rig.open_tasks(case.instance_id)
        with meter.measure() as opening:
            rig.engine.execute(CompleteTask(ask.id, "li"))
        tasks = rig.open_tasks(case.instance_id)
        assert len(tasks) == count
        with meter.measure() as completing:
            rig.engine.execute(CompleteTask(tasks[1].id, "li"))
        assert len(rig.open_tasks(case.instance_id)) == count - 1
        spending.append((opening.statements, opening.commits, completing.statements, completing.commits))
    assert spending[0] == spending[1]
    assert spending[0][0] <= MOST
    assert spending[0][2] <= MOST
    assert spending[0][1] == spending[0][3] == 1
