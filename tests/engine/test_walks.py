"""Tokens move as the diagram says, each step through the database."""

from datetime import timedelta

import pytest

from engine import errors
from engine.commands.claim_task import ClaimTask, ReleaseTask
from engine.commands.complete_task import CompleteTask
from engine.testing import EngineRig
from tests.engine.diagrams import chain, diagram, end, start, timer, user
from tests.engine.walk_diagrams import CHOICE, elements

TWO_STEPS = diagram("two_steps", start() + user("a") + user("b") + end() + chain("start", "a", "b", "end"))


def test_tasks_follow_one_another_to_the_end(rig: EngineRig) -> None:
    rig.deploy(TWO_STEPS)
    started = rig.start("two_steps", x=1)
    assert elements(rig) == ["a"]
    rig.complete("a", y=2)
    task = rig.open_tasks()[0]
    assert task.element_id == "b"
    assert task.variables == {"x": 1, "y": 2}
    assert rig.complete("b").status == "completed"
    assert rig.open_tasks(started.instance_id) == []


def test_a_task_is_completed_once(rig: EngineRig) -> None:
    rig.deploy(TWO_STEPS)
    rig.start("two_steps")
    task = rig.open_tasks()[0]
    rig.engine.execute(CompleteTask(task.id, "li"))
    with pytest.raises(errors.TaskNotOpen):
        rig.engine.execute(CompleteTask(task.id, "li"))


def test_a_claimed_task_belongs_to_one_person(rig: EngineRig) -> None:
    rig.deploy(TWO_STEPS)
    rig.start("two_steps")
    task = rig.open_tasks()[0]
    rig.engine.execute(ClaimTask(task.id, "li"))
    with pytest.raises(errors.TaskClaimedByOther):
        rig.engine.execute(ClaimTask(task.id, "wang"))
    with pytest.raises(errors.NotAssignee):
        rig.engine.execute(CompleteTask(task.id, "wang"))
    rig.engine.execute(ReleaseTask(task.id, "li"))
    rig.engine.execute(CompleteTask(task.id, "wang"))


@pytest.mark.parametrize(("x", "chosen"), [(4, "a"), (3, "b")])
def test_an_exclusive_gateway_takes_one_way(rig: EngineRig, x: int, chosen: str) -> None:
    rig.deploy(CHOICE)
    rig.start("choice", x=x)
    assert elements(rig) == [chosen]


PARALLEL = diagram(
    "parallel",
    start() + '<parallelGateway id="fork"/><parallelGateway id="join"/>' + user("a") + user("b") + user("c") + end()
    + chain("start", "fork", "a", "join") + chain("fork", "b", "join", "c", "end"),
)  # fmt: skip


@pytest.mark.parametrize("order", [("a", "b"), ("b", "a")])
def test_a_parallel_join_waits_for_all(rig: EngineRig, order: tuple[str, str]) -> None:
    rig.deploy(PARALLEL)
    rig.start("parallel")
    rig.complete(order[0], **{order[0]: 1})
    assert elements(rig) == [order[1]]
    rig.complete(order[1], **{order[1]: 2})
    task = rig.open_tasks()[0]
    assert task.element_id == "c"
    assert task.variables == {order[0]: 1, order[1]: 2}


URGED = diagram(
    "urged",
    start() + user("work") + timer("late", "work", '"PT48H"') + user("urge") + user("rest") + end() + end("urge_done")
    + chain("start", "work", "rest", "end") + chain("late", "urge", "urge_done"),
)  # fmt: skip


def test_a_reminder_comes_when_the_time_is_over_and_not_before(rig: EngineRig) -> None:
    rig.deploy(URGED)
    rig.start("urged")
    rig.clock.advance(timedelta(hours=47, minutes=59))
    assert rig.jobs.run_due() == 0
    rig.clock.advance(timedelta(minutes=1))
    assert rig.jobs.run_due() == 1
    assert elements(rig) == ["urge", "work"]
    assert rig.jobs.run_due() == 0
    rig.complete("work")
    assert elements(rig) == ["rest", "urge"]
    rig.complete("urge")
    assert rig.complete("rest").status == "completed"


def test_a_timer_dies_with_its_task(rig: EngineRig) -> None:
    rig.deploy(URGED)
    rig.start("urged")
    rig.complete("work")
    rig.clock.advance(timedelta(days=9))
    assert rig.jobs.run_due() == 0
    assert elements(rig) == ["rest"]


def test_an_interrupting_timer_ends_its_task(rig: EngineRig) -> None:
    rig.deploy(
        diagram(
            "expiring",
            start()
            + user("work")
            + timer("late", "work", '"P1D"', interrupting=True)
            + user("after")
            + end()
            + end("e2")
            + chain("start", "work", "end")
            + chain("late", "after", "e2"),
        )
    )
    rig.start("expiring")
    rig.clock.advance(timedelta(days=1))
    rig.jobs.run_due()
    assert elements(rig) == ["after"]
    assert rig.complete("after").status == "completed"


BY_UNIT = diagram(
    "by_unit",
    start()
    + '<subProcess id="each"><multiInstanceLoopCharacteristics camunda:collection="=units" camunda:elementVariable="unit"/>'
    + start("s") + user("claim", 'camunda:candidateGroups="=unit.code + &quot;/officer&quot;"')
    + timer("late", "claim", '"P2D"') + user("urge") + user("plan") + end("e") + end("e2")
    + chain("s", "claim", "plan", "e") + chain("late", "urge", "e2")
    + "</subProcess>" + user("archive") + end()
    + chain("start", "each", "archive", "end"),
)  # fmt: skip


def test_each_unit_works_at_its_own_pace(rig: EngineRig) -> None:
    rig.deploy(BY_UNIT)
    rig.start("by_unit", units=[{"code": "A"}, {"code": "B"}, {"code": "C"}])
    groups = [task.candidate_groups for task in rig.open_tasks()]
    assert sorted(groups) == [("A/officer",), ("B/officer",), ("C/officer",)]
    second = next(task for task in rig.open_tasks() if task.candidate_groups == ("B/officer",))
    rig.engine.execute(CompleteTask(second.id, "b", {"seen": True}))
    rig.clock.advance(timedelta(days=2))
    assert rig.jobs.run_due() == 2
    assert elements(rig) == ["claim", "claim", "plan", "urge", "urge"]
    for _ in range(2):
        rig.complete("claim")
        rig.complete("urge")
    for _ in range(3):
        assert "archive" not in elements(rig)
        rig.complete("plan")
    assert elements(rig) == ["archive"]
    assert "unit" not in rig.open_tasks()[0].variables
    assert rig.complete("archive").status == "completed"


def test_no_units_means_no_wait(rig: EngineRig) -> None:
    rig.deploy(BY_UNIT)
    rig.start("by_unit", units=[])
    assert elements(rig) == ["archive"]
