"""Cases that call, tell and wait for each other, handlers, and long lives."""

from datetime import timedelta

import pytest

from engine import errors
from engine.commands.correlate_message import CorrelateMessage
from engine.queries.instances import ListHistory, ListIncidents, ListTokens
from engine.testing import EngineRig
from tests.engine.diagrams import chain, diagram, end, flow, start, timer, user
from tests.engine.walk_diagrams import CHOICE, elements

CALLED = diagram("called", start() + user("inner") + end() + chain("start", "inner", "end"))
CALLING = diagram(
    "calling",
    start()
    + '<callActivity id="call" calledElement="called"><extensionElements><camunda:in source="x" target="given"/>'
    + '<camunda:out sourceExpression="=answer + 1" target="result"/></extensionElements></callActivity>'
    + timer("late", "call", '"P1D"', interrupting=True) + user("after") + user("expired") + end() + end("e2")
    + chain("start", "call", "after", "end") + chain("late", "expired", "e2"),
)  # fmt: skip


def test_a_called_process_gets_and_gives_only_what_is_mapped(rig: EngineRig) -> None:
    rig.deploy(CALLED)
    rig.deploy(CALLING)
    rig.start("calling", x=5, secret=1)
    task = rig.open_tasks()[0]
    assert (task.definition_key, task.element_id, task.variables) == ("called", "inner", {"given": 5})
    rig.complete("inner", answer=41)
    task = rig.open_tasks()[0]
    assert (task.element_id, task.variables) == ("after", {"x": 5, "secret": 1, "result": 42})


def test_a_timer_ends_a_called_process_with_all_that_waits_in_it(rig: EngineRig) -> None:
    rig.deploy(CALLED, CALLING)
    rig.start("calling", x=5)
    rig.clock.advance(timedelta(days=1))
    rig.jobs.run_due()
    assert elements(rig) == ["expired"]


MESSAGE = '<message id="m" name="answered"/><message id="go" name="go"/>'
WAITING = diagram(
    "waiting",
    '<startEvent id="start"><messageEventDefinition messageRef="go"/></startEvent>'
    + '<intermediateCatchEvent id="wait"><extensionElements><camunda:properties>'
    + '<camunda:property name="correlationKey" value="=case_id"/></camunda:properties></extensionElements>'
    + '<messageEventDefinition messageRef="m"/></intermediateCatchEvent>'
    + user("after") + end() + chain("start", "wait", "after", "end"),
    MESSAGE,
)  # fmt: skip


def test_a_message_starts_an_instance_and_another_moves_it_on(rig: EngineRig) -> None:
    rig.deploy(WAITING)
    first = rig.engine.execute(CorrelateMessage("go", "k1", {"case_id": "c-1", "business_key": "B1"}))
    rig.engine.execute(CorrelateMessage("go", "k2", {"case_id": "c-2", "business_key": "B2"}))
    assert first.started
    answered = CorrelateMessage("answered", "c-1", {"reply": "yes"}, sender="other", message_id="1")
    done = rig.engine.execute(answered)
    assert (done.instance_id, done.started) == (first.instance_id, False)
    assert rig.engine.execute(answered).was_known
    assert [task.variables["reply"] for task in rig.open_tasks()] == ["yes"]
    with pytest.raises(errors.MessageNotExpected):
        rig.engine.execute(CorrelateMessage("answered", "c-9"))


THROWING = diagram(
    "throwing",
    start() + '<intermediateThrowEvent id="tell"><extensionElements><camunda:properties>'
    + '<camunda:property name="payload" value="{case_id: &quot;c-7&quot;, business_key: business_key + &quot;-1&quot;}"'
    + '/>'
    + '</camunda:properties></extensionElements><messageEventDefinition messageRef="go"/></intermediateThrowEvent>'
    + user("a") + end() + chain("start", "tell", "a", "end"),
    MESSAGE,
)  # fmt: skip


def test_a_thrown_message_starts_the_other_process_once(rig: EngineRig) -> None:
    rig.deploy(WAITING, THROWING)
    rig.start("throwing", "B5")
    assert rig.jobs.run_due() == 1
    assert rig.jobs.run_due() == 0
    done = rig.engine.execute(CorrelateMessage("answered", "c-7"))
    assert done.business_key == "B5-1"


SERVICE = diagram(
    "service",
    start() + '<serviceTask id="send" camunda:type="external" camunda:topic="send"/>' + user("after") + end()
    + '<boundaryEvent id="refused" attachedToRef="send"><errorEventDefinition errorRef="err"/></boundaryEvent>'
    + user("repair") + end("e2")
    + chain("start", "send", "after", "end") + chain("refused", "repair", "e2"),
    '<error id="err" name="err" errorCode="E1"/>',
)  # fmt: skip


def test_a_handler_runs_outside_and_its_answer_goes_into_the_case(make_rig) -> None:
    calls = []

    def send(job):
        calls.append(job.id)
        return {"receipt": "R-1"}

    rig = make_rig(handlers={"send": send})
    rig.deploy(SERVICE)
    rig.start("service")
    assert elements(rig) == []
    assert rig.jobs.run_due() == 1
    assert rig.open_tasks()[0].variables["receipt"] == "R-1"
    assert len(calls) == 1


def test_a_failing_handler_is_tried_again_with_the_same_key_and_then_opens_an_incident(make_rig) -> None:
    keys = []

    def send(job):
        keys.append(job.id)
        raise errors.ServiceFailed(reason="down")

    rig = make_rig(handlers={"send": send})
    rig.deploy(SERVICE)
    started = rig.start("service")
    for _ in range(8):
        rig.jobs.run_due()
        rig.clock.advance(timedelta(minutes=10))
    assert len(keys) == 5
    assert len(set(keys)) == 1
    incidents = rig.engine.ask(ListIncidents())
    assert [incident.instance_id for incident in incidents] == [started.instance_id]
    states = {token.element_id: token.state for token in rig.engine.ask(ListTokens(started.instance_id))}
    assert states["send"] == "error"


def test_a_bpmn_error_of_a_handler_takes_the_drawn_way(make_rig) -> None:
    from engine.handlers import BpmnError

    def send(job):
        raise BpmnError("E1", "no such office")

    rig = make_rig(handlers={"send": send})
    rig.deploy(SERVICE)
    rig.start("service")
    rig.jobs.run_due()
    assert elements(rig) == ["repair"]


def test_a_recorder_writes_inside_the_transaction(make_rig) -> None:
    seen = []

    def send(uow, job):
        seen.append(uow.now)
        return {"receipt": "R-2"}

    rig = make_rig(recorders={"send": send})
    rig.deploy(SERVICE)
    rig.start("service")
    assert rig.open_tasks()[0].variables["receipt"] == "R-2"
    assert len(seen) == 1


LOOP = diagram(
    "loop",
    start() + '<exclusiveGateway id="merge"/><exclusiveGateway id="again" default="again__end"/>'
    + user("work") + timer("late", "work", '"P2D"') + end() + end("e2")
    + chain("start", "merge", "work", "again", "end") + flow("again", "merge", "more") + chain("late", "e2"),
)  # fmt: skip


def test_a_case_of_a_thousand_tasks_stays_small(sqlite_url: str) -> None:
    from sqlalchemy import select

    from engine.store.tables import process_instance

    rig = EngineRig(sqlite_url)
    rig.deploy(LOOP)
    rig.start("loop")
    sizes = []
    for round_number in range(1000):
        rig.complete("work", more=True, n=round_number)
        if round_number in (10, 999):
            with rig.database.reading() as connection:
                sizes.append(len(connection.scalar(select(process_instance.c.state))))
    assert sizes[1] < sizes[0] * 1.5
    assert rig.complete("work", more=False).status == "completed"
    rig.close()


def test_history_tells_what_happened_in_order(rig: EngineRig) -> None:
    rig.deploy(CHOICE)
    started = rig.start("choice", x=4)
    rig.complete("a", actor="li")
    lines = [(line.kind, line.element_id, line.actor) for line in rig.engine.ask(ListHistory(started.instance_id))]
    assert lines[0][0] == "instance-started"
    assert ("task-completed", "a", "li") in lines
    assert lines.index(("element-completed", "which", "system")) < lines.index(("task-completed", "a", "li"))
