"""What was done is taken back while nobody has gone on, and everything is as before."""

from datetime import timedelta
from typing import Any

import orjson
import pytest
from sqlalchemy import insert, select

from engine import errors
from engine.commands.claim_task import ClaimTask
from engine.commands.complete_task import CompleteTask
from engine.commands.wait_state import job_row
from engine.commands.withdraw_completion import WithdrawCompletion
from engine.queries.instances import DescribeInstance
from engine.store.tables import job, process_instance, subscription, user_task
from engine.store.unit_of_work import Instance
from engine.testing import EngineRig
from tests.engine.diagrams import chain, diagram, end, start, user
from tests.engine.return_steps import DAY, FORKED, LINE, elements, finish, started, target, targets, the


def everything(rig: EngineRig, case: Any) -> dict[str, Any]:
    """All that a case is now, but for numbers that only ever grow."""
    with rig.database.reading() as connection:
        tasks = connection.execute(
            select(user_task).where(user_task.c.instance_id == case, user_task.c.status == "open")
        ).mappings()
        jobs = connection.execute(select(job).where(job.c.instance_id == case)).mappings()
        waits = connection.execute(select(subscription).where(subscription.c.instance_id == case)).mappings()
        instance = connection.execute(select(process_instance).where(process_instance.c.id == case)).mappings().one()
    state = orjson.loads(bytes(instance["state"])[5:])
    state.pop("last")
    return {
        "state": state, "status": instance["status"], "ended": instance["ended_at"],
        "tasks": [{k: v for k, v in row.items() if k != "version"} for row in tasks],
        "jobs": sorted((row["kind"], row["element_id"], row["token"], row["due_at"]) for row in jobs),
        "waits": sorted(tuple(row.values()) for row in waits),
    }  # fmt: skip


def complete(rig: EngineRig, element: str, actor: str = "li", **answers: object) -> Any:
    task = the(rig, element)
    rig.engine.execute(CompleteTask(task, actor, answers, may_be_withdrawn=True))
    return task


def withdraw(rig: EngineRig, task: Any, actor: str = "li", **more: Any) -> None:
    rig.engine.execute(WithdrawCompletion(task, actor, "填错了", **more))


@pytest.mark.acceptance("A11")
def test_what_was_done_is_taken_back_and_everything_is_as_before(rig: EngineRig) -> None:
    case = started(rig, LINE, "draft", kept=1)
    rig.engine.execute(ClaimTask(the(rig, "check"), "li"))
    before = everything(rig, case)
    rig.clock.advance(timedelta(hours=1))
    task = complete(rig, "check", verdict="bad", kept=2)
    assert elements(rig) == ["sign"]
    withdraw(rig, task)
    assert everything(rig, case) == before
    complete(rig, "check", verdict="good")
    finish(rig, case)


def test_the_last_step_of_a_case_is_taken_back_too(rig: EngineRig) -> None:
    case = started(rig, LINE, "draft", "check")
    before = everything(rig, case)
    task = complete(rig, "sign")
    assert rig.engine.ask(DescribeInstance(case)).status == "completed"
    withdraw(rig, task)
    assert everything(rig, case) == before
    finish(rig, case)


def test_a_branch_that_had_joined_is_taken_back(rig: EngineRig) -> None:
    case = started(rig, FORKED, "ask", "a1", "a2", "b1")
    before = everything(rig, case)
    task = complete(rig, "b2", x=1)
    assert elements(rig) == ["after"]
    withdraw(rig, task)
    assert everything(rig, case) == before
    finish(rig, case)


def refused(rig: EngineRig, task: Any, actor: str = "li") -> str:
    with pytest.raises(errors.WithdrawalRefused) as caught:
        withdraw(rig, task, actor)
    return str(caught.value.facts["reason"])


def test_nothing_is_taken_back_that_somebody_has_taken_on_or_that_is_not_ones_own(rig: EngineRig) -> None:
    started(rig, LINE, "draft")
    task = complete(rig, "check")
    assert refused(rig, task, "wang") == "not-mine"
    rig.engine.execute(ClaimTask(the(rig, "sign"), "wang"))
    assert refused(rig, task) == "taken"
    rig.complete("sign", "wang")
    assert refused(rig, task) == "moved-on"


def test_nothing_is_taken_back_after_a_sister_branch_has_gone_on(rig: EngineRig) -> None:
    started(rig, FORKED, "ask")
    task = complete(rig, "a1")
    rig.complete("b1")
    assert refused(rig, task) == "moved-on"


def test_nothing_is_taken_back_twice(rig: EngineRig) -> None:
    started(rig, LINE, "draft")
    task = complete(rig, "check")
    withdraw(rig, task)
    assert refused(rig, task) == "not-kept"


def test_a_timer_that_fell_due_meanwhile_fires_after_the_step_is_taken_back(rig: EngineRig) -> None:
    started(rig, LINE, "draft")
    rig.clock.advance(2 * DAY - timedelta(minutes=1))
    task = complete(rig, "check")
    rig.clock.advance(timedelta(minutes=2))
    assert rig.jobs.run_due() == 0
    withdraw(rig, task)
    assert rig.jobs.run_due() == 1
    assert elements(rig) == ["check", "urge"]


SENDING = diagram(
    "sending",
    start() + user("ask") + '<serviceTask id="send" camunda:type="external" camunda:topic="record"/>' + user("wait")
    + end() + chain("start", "ask", "send", "wait", "end"),
)  # fmt: skip


def test_what_bound_somebody_is_not_taken_back_and_nobody_returns_past_it(make_rig: Any) -> None:
    def record(uow: Any, work: Any) -> dict[str, object]:
        case = Instance(work.instance_id, work.instance_id, "", work.business_key, 0)
        row = job_row(uow, case, kind="message", token=0, element_id="", topic="told", payload={"optional": True})
        uow.connection.execute(insert(job), row)
        return {}

    rig = make_rig(recorders={"record": record})
    started(rig, SENDING)
    task = complete(rig, "ask")
    assert refused(rig, task) == "binding"
    assert [(one.kind, one.what) for one in target(rig, "wait", "ask").barriers] == [("record", "job")]


def test_a_message_that_went_out_is_not_taken_back(rig: EngineRig) -> None:
    telling = diagram(
        "telling",
        start() + user("ask") + '<intermediateThrowEvent id="tell"><messageEventDefinition messageRef="m"/>'
        + "</intermediateThrowEvent>" + user("wait") + end() + chain("start", "ask", "tell", "wait", "end"),
        '<message id="m" name="told"/>',
    )  # fmt: skip
    started(rig, telling)
    task = complete(rig, "ask")
    assert refused(rig, task) == "binding"
    assert [(one.kind, one.what) for one in target(rig, "wait", "ask").barriers] == [("sent", "told")]


def test_a_step_taken_back_counts_as_not_done(rig: EngineRig) -> None:
    started(rig, LINE, "draft")
    withdraw(rig, complete(rig, "check"))
    assert targets(rig, "check") == ["draft"]
    rig.complete("check")
    assert targets(rig, "sign") == ["draft", "check"]
