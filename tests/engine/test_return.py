"""A case goes back to a step it has passed: what is done again, what is cancelled, what refuses it."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from engine import errors
from engine.commands.claim_task import ClaimTask
from engine.commands.correlate_message import CorrelateMessage
from engine.commands.return_task import ReturnTask
from engine.queries.instances import ListHistory
from engine.store.tables import job, user_task
from engine.testing import EngineRig
from tests.engine.diagrams import chain, diagram, end, start, user
from tests.engine.return_steps import DAY, FORKED, LINE, elements, finish, started, target, targets, the


def give_back(rig: EngineRig, element: str, to: str, actor: str = "li", **more: Any) -> None:
    rig.engine.execute(ReturnTask(the(rig, element), to, actor, "资料不全", **more))


def timers(rig: EngineRig) -> dict[str, timedelta]:
    with rig.database.reading() as connection:
        rows = connection.execute(select(job).where(job.c.kind == "timer"))
        return {row.element_id: row.due_at - rig.clock.now() for row in rows}


def test_a_step_is_returned_and_what_lies_between_is_done_again(rig: EngineRig) -> None:
    case = started(rig, LINE, "draft", "check")
    assert targets(rig, "sign") == ["draft", "check"]
    give_back(rig, "sign", "draft", assignee="wang")
    assert elements(rig) == ["draft"]
    assert rig.open_tasks()[0].assignee == "wang"
    rig.complete("draft", "wang")
    assert (elements(rig), timers(rig)) == (["check"], {"late": 2 * DAY})
    rig.complete("check")
    finish(rig, case)
    line = next(one for one in rig.engine.ask(ListHistory(case)) if one.kind == "task-returned")
    assert (line.actor, line.element_id, line.detail["to"], line.detail["policy"]) == ("li", "sign", "draft", "replay")
    assert line.detail["reason"] == "资料不全"


def test_a_returned_case_comes_straight_back_to_the_person_when_that_is_wanted(rig: EngineRig) -> None:
    case = started(rig, LINE, "draft", "check")
    give_back(rig, "sign", "draft", straight_back=True)
    rig.complete("draft")
    assert [(task.element_id, task.assignee) for task in rig.open_tasks()] == [("sign", "li")]
    rig.complete("sign", "li")
    finish(rig, case)


def test_a_step_returned_twice_comes_back_by_the_way_it_went(rig: EngineRig) -> None:
    case = started(rig, LINE, "draft", "check")
    give_back(rig, "sign", "check", "li", straight_back=True)
    give_back(rig, "check", "draft", "wang", straight_back=True)
    rig.complete("draft")
    assert elements(rig) == ["check"]
    rig.complete("check", "wang")
    assert [(task.element_id, task.assignee) for task in rig.open_tasks()] == [("sign", "li")]
    rig.complete("sign", "li")
    finish(rig, case)


def test_timers_end_with_the_returned_step_and_begin_anew(rig: EngineRig) -> None:
    started(rig, LINE, "draft")
    rig.clock.advance(DAY)
    assert timers(rig) == {"late": DAY}
    give_back(rig, "check", "draft")
    assert timers(rig) == {}
    rig.complete("draft")
    assert timers(rig) == {"late": 2 * DAY}


def test_nobody_is_sent_to_a_step_the_case_has_not_passed(rig: EngineRig) -> None:
    started(rig, LINE, "draft")
    for wanted in ("sign", "urge", "start", "nowhere"):
        with pytest.raises(errors.StepNotReturnable):
            give_back(rig, "check", wanted)
    assert elements(rig) == ["check"]


def test_a_return_needs_a_reason_the_own_task_and_the_version_that_was_seen(rig: EngineRig) -> None:
    started(rig, LINE, "draft")
    with pytest.raises(errors.StepNotReturnable):
        rig.engine.execute(ReturnTask(the(rig, "check"), "draft", "li", " "))
    rig.engine.execute(ClaimTask(the(rig, "check"), "wang"))
    with pytest.raises(errors.NotAssignee):
        give_back(rig, "check", "draft")
    with pytest.raises(errors.StaleVersion):
        give_back(rig, "check", "draft", "wang", expected_version=1)
    give_back(rig, "check", "draft", "wang", expected_version=2)


def test_a_return_inside_a_branch_leaves_the_other_branch_alone(rig: EngineRig) -> None:
    case = started(rig, FORKED, "ask", "a1")
    found = target(rig, "a2", "a1")
    assert (found.cancels, found.may_come_back) == ((), True)
    give_back(rig, "a2", "a1")
    assert elements(rig) == ["a1", "b1"]
    finish(rig, case)


def test_a_return_before_the_split_tells_what_it_cancels_and_cancels_it(rig: EngineRig) -> None:
    case = started(rig, FORKED, "ask", "a1", "b1")
    found = target(rig, "a2", "ask")
    assert (found.cancels, found.may_come_back) == ((the(rig, "b2"),), False)
    with pytest.raises(errors.StepNotReturnable):
        give_back(rig, "a2", "ask", straight_back=True)
    other = the(rig, "b2")
    give_back(rig, "a2", "ask")
    assert elements(rig) == ["ask"]
    with rig.database.reading() as connection:
        row = connection.execute(select(user_task).where(user_task.c.id == other)).one()
    assert (row.status, row.ended_by) == ("cancelled", "li")
    finish(rig, case)


def test_a_branch_that_waits_at_the_join_is_taken_along(rig: EngineRig) -> None:
    case = started(rig, FORKED, "ask", "b1", "b2")
    assert target(rig, "a1", "ask").cancels == ()
    give_back(rig, "a1", "ask")
    rig.complete("ask")
    assert elements(rig) == ["a1", "b1"]
    finish(rig, case)
    rig.start("forked", "again")
    for element in ("ask", "a1", "b1", "b2"):
        rig.complete(element)
    give_back(rig, "a2", "a1")
    assert elements(rig) == ["a1"]
    rig.complete("a1")
    rig.complete("a2")
    assert elements(rig) == ["after"]


OPEN_ENDS = diagram(
    "open_ends",
    start() + user("ask") + '<parallelGateway id="f"/>' + user("a") + user("b") + end("ea") + end("eb")
    + chain("start", "ask", "f", "a", "ea") + chain("f", "b", "eb"),
)  # fmt: skip


def test_work_is_not_doubled_where_branches_end_by_themselves(rig: EngineRig) -> None:
    case = started(rig, OPEN_ENDS, "ask")
    give_back(rig, "a", "ask")
    assert elements(rig) == ["ask"]
    rig.complete("ask")
    assert elements(rig) == ["a", "b"]
    finish(rig, case)


EACH = diagram(
    "each",
    start() + user("plan")
    + '<subProcess id="unit"><multiInstanceLoopCharacteristics camunda:collection="=units" '
    + 'camunda:elementVariable="u"/>' + start("s") + user("one") + user("two") + end("e")
    + chain("s", "one", "two", "e") + "</subProcess>" + user("sum") + end()
    + chain("start", "plan", "unit", "sum", "end"),
)  # fmt: skip


def test_an_item_of_a_repetition_goes_back_by_itself_or_with_all_the_others(rig: EngineRig) -> None:
    case = started(rig, EACH, "plan", units=["x", "y"])
    assert elements(rig) == ["one", "one"]
    rig.complete("one")
    assert targets(rig, "one") == ["plan"]  # this unit has not passed it, the other one has
    found = target(rig, "two", "one")
    assert found.cancels == ()
    assert target(rig, "two", "plan").cancels == (the(rig, "one"),)
    give_back(rig, "two", "one")
    assert elements(rig) == ["one", "one"]
    rig.complete("one")
    give_back(rig, "two", "plan")
    assert elements(rig) == ["plan"]
    finish(rig, case)


def test_a_repeated_task_is_returned_as_a_whole_and_returned_to_as_a_whole(rig: EngineRig) -> None:
    votes = diagram(
        "votes",
        start() + user("ask")
        + user("vote", "", '<multiInstanceLoopCharacteristics camunda:collection="=who"/>') + user("sum") + end()
        + chain("start", "ask", "vote", "sum", "end"),
    )  # fmt: skip
    case = started(rig, votes, "ask", "vote", who=[1, 2, 3])
    assert len(target(rig, "vote", "ask").cancels) == 1
    give_back(rig, "vote", "ask")
    assert elements(rig) == ["ask"]
    for element in ("ask", "vote", "vote", "vote"):
        rig.complete(element)
    give_back(rig, "sum", "vote")
    assert elements(rig) == ["vote"] * 3
    finish(rig, case)


def test_a_called_process_goes_back_inside_and_to_its_caller(rig: EngineRig) -> None:
    child = diagram("child", start() + user("c1") + user("c2") + end() + chain("start", "c1", "c2", "end"))
    parent = diagram(
        "parent",
        start() + user("first") + '<callActivity id="call" calledElement="child"/>' + user("last") + end()
        + chain("start", "first", "call", "last", "end"),
    )  # fmt: skip
    rig.deploy(child)
    case = started(rig, parent, "first", "c1")
    assert targets(rig, "c2") == ["c1", "first"]
    give_back(rig, "c2", "c1")
    rig.complete("c1")
    give_back(rig, "c2", "first")
    assert elements(rig) == ["first"]
    for element in ("first", "c1", "c2"):
        rig.complete(element)
    assert targets(rig, "last") == ["first", "call"]
    give_back(rig, "last", "call")
    assert elements(rig) == ["c1"]
    finish(rig, case)


BARRED = diagram(
    "barred",
    start() + user("decide") + user("serve", "", '<extensionElements><camunda:properties><camunda:property '
    + 'name="barrier" value="决定书已送达"/></camunda:properties></extensionElements>') + user("track") + user("close")
    + end() + chain("start", "decide", "serve", "track", "close", "end"),
)  # fmt: skip


def test_nobody_goes_back_past_a_barrier_of_the_diagram_and_is_told_its_name(rig: EngineRig) -> None:
    case = started(rig, BARRED, "decide")
    assert target(rig, "serve", "decide").barriers == ()
    rig.complete("serve")
    rig.complete("track")
    with pytest.raises(errors.StepNotReturnable) as caught:
        give_back(rig, "close", "decide")
    assert caught.value.facts["barriers"] == [{"kind": "marked", "what": "决定书已送达", "element": "serve"}]
    with pytest.raises(errors.StepNotReturnable):
        give_back(rig, "close", "serve")
    give_back(rig, "close", "track")
    finish(rig, case)


CALLING = diagram(
    "calling",
    start() + user("ask") + '<intermediateCatchEvent id="wait"><messageEventDefinition messageRef="m"/>'
    + "</intermediateCatchEvent>" + user("read") + user("store") + end()
    + chain("start", "ask", "wait", "read", "store", "end"),
    '<message id="m" name="answered"/>',
)  # fmt: skip


def test_nobody_goes_back_before_an_answer_that_came_from_outside(rig: EngineRig) -> None:
    case = started(rig, CALLING, "ask")
    rig.engine.execute(CorrelateMessage("answered", "case-1"))
    rig.complete("read")
    assert [one.kind for one in target(rig, "store", "ask").barriers] == ["message"]
    assert target(rig, "store", "read").barriers == ()
    give_back(rig, "store", "read")
    finish(rig, case)
