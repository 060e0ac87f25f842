"""Messages, signals, the event-based gateway, event subprocesses, terminate."""

import pytest

from engine import errors
from engine.spiff.model import StartTrigger
from tests.engine.spiff.kit import (
    Case,
    boundary,
    catches,
    diagram,
    end,
    flow,
    loop,
    node,
    properties,
    start,
    timer,
    user,
    users,
)

GO, STOP, ALARM = catches("message", "m_go"), catches("message", "m_stop"), catches("signal", "s_alarm")


def test_a_catch_event_waits_with_the_evaluated_key():
    case = Case(
        diagram(
            start(), node("intermediateCatchEvent", "c", properties(correlationKey="=&quot;K-&quot; + string(x)") + GO),
            end(), flow("s", "c", "e"),
        ),
        x=7,
    )  # fmt: skip
    event = case.state.events[0]
    assert (event.element_id, event.kind, event.name, event.correlation_key) == ("c", "message", "go", "K-7")
    case.message("c", "go", answer=42)
    assert case.is_over
    assert case.variables == {"x": 7, "answer": 42}


def test_a_message_nobody_waits_for_is_refused():
    case = Case(diagram(start(), user("a"), node("intermediateCatchEvent", "c", GO), end(), flow("s", "a", "c", "e")))
    with pytest.raises(errors.MessageNotExpected):
        case.execution.deliver(1, "message", "go", {})
    case.complete("a")
    with pytest.raises(errors.MessageNotExpected):
        case.execution.deliver(case.token("c"), "message", "stop", {})


def test_a_thrown_message_leaves_with_payload_and_key():
    thrown = properties(payload="={a: x + 1, b: [x]}", correlationKey="=other_key", optional="true")
    case = Case(
        diagram(
            start(), node("intermediateThrowEvent", "t", thrown + GO), end("e", properties(payload="") + STOP),
            flow("s", "t", "e"),
        ),
        x=1,
        other_key="case-9",
    )  # fmt: skip
    first, second = case.thrown
    assert (first.name, first.correlation_key, first.payload, first.optional) == (
        "go",
        "case-9",
        {"a": 2, "b": [1]},
        True,
    )
    assert (second.name, second.correlation_key, second.payload, second.optional) == ("stop", None, {}, False)


def test_a_send_task_throws_and_a_receive_task_waits():
    case = Case(
        diagram(
            start(), node("sendTask", "send", messageRef="m_go"), node("receiveTask", "get", messageRef="m_stop"),
            end(), flow("s", "send", "get", "e"),
        )
    )  # fmt: skip
    assert [event.name for event in case.thrown] == ["go"]
    assert case.events == ["get"]
    assert case.message("get", "stop").is_over


@pytest.mark.parametrize("interrupting", [True, False])
def test_a_message_on_the_boundary(interrupting):
    case = Case(
        diagram(
            start(), users("a", "b"), end(), end("be"), boundary("m", "a", GO, interrupting),
            flow("s", "a", "e"), flow("m", "b", "be"),
        )
    )  # fmt: skip
    case.message("m", "go", why="changed")
    assert case.tasks == (["b"] if interrupting else ["a", "b"])
    assert case.variables == {"why": "changed"}
    if not interrupting:
        case.message("m", "go")
        assert case.tasks == ["a", "b", "b"]
        case.complete("a")
        assert case.events == []


def test_a_signal_is_delivered_like_a_message():
    case = Case(diagram(start(), node("intermediateCatchEvent", "c", ALARM), end("e", ALARM), flow("s", "c", "e")))
    assert case.state.events[0].kind == "signal"
    case.signal("c", "alarm")
    assert case.is_over
    assert [(event.kind, event.name) for event in case.thrown] == [("signal", "alarm")]


RACE = diagram(
    start(), node("eventBasedGateway", "g"), node("intermediateCatchEvent", "m", GO),
    node("intermediateCatchEvent", "t1", timer("PT1H")), node("intermediateCatchEvent", "t2", timer("PT2H")),
    users("a", "b", "c"), end(), flow("s", "g"), flow("g", "m", "a", "e"), flow("g", "t1", "b", "e"),
    flow("g", "t2", "c", "e"),
)  # fmt: skip


@pytest.mark.parametrize(("event", "task"), [("m", "a"), ("t1", "b"), ("t2", "c")])
def test_the_first_event_behind_a_gateway_decides(event, task):
    case = Case(RACE)
    assert (case.events, sorted(case.timers)) == (["m"], ["t1", "t2"])
    case.message("m", "go") if event == "m" else case.fire(event)
    assert case.tasks == [task]
    assert (case.events, case.timers) == ([], {})
    assert case.complete(task).is_over


def aside(what, interrupting, inner=""):
    """An event subprocess with one task."""
    begin = node("startEvent", "es", what, isInterrupting=str(interrupting).lower())
    body = begin + inner + user("x") + end("ee") + flow("es", "x", "ee")
    return node("subProcess", "aside", body, triggeredByEvent="true")


@pytest.mark.parametrize("what", [GO, ALARM, timer("PT1H")])
def test_a_non_interrupting_event_subprocess_runs_beside_the_case(what):
    case = Case(diagram(start(), user("a"), end(), flow("s", "a", "e"), aside(what, False)))
    if what == GO:
        case.message("es", "go")
    else:
        case.signal("es", "alarm") if what == ALARM else case.fire("es")
    assert case.tasks == ["a", "x"]
    case.complete("a")
    assert not case.is_over
    assert case.complete("x").is_over


@pytest.mark.parametrize("what", [GO, timer("PT1H")])
def test_an_interrupting_event_subprocess_replaces_the_case(what):
    case = Case(diagram(start(), user("a"), end(), flow("s", "a", "e"), aside(what, True)))
    case.message("es", "go", why="withdrawn") if what == GO else case.fire("es")
    assert case.tasks == ["x"]
    assert (case.events, case.timers) == ([], {})
    assert case.complete("x").is_over


def test_an_event_subprocess_that_is_never_needed_does_not_keep_the_case_open():
    case = Case(diagram(start(), user("a"), end(), flow("s", "a", "e"), aside(GO, True)))
    assert case.complete("a").is_over
    assert case.events == []


def test_an_event_subprocess_inside_a_subprocess_interrupts_only_that():
    inner = start("is") + user("a") + end("ie") + flow("is", "a", "ie") + aside(GO, True)
    case = Case(
        diagram(
            start(), node("parallelGateway", "split"), node("subProcess", "sub", inner), users("b", "c"),
            node("parallelGateway", "join"), end(),
            flow("s", "split"), flow("split", "sub", "b", "join"), flow("split", "c", "join"), flow("join", "e"),
        )
    )  # fmt: skip
    case.message("es", "go")
    assert sorted(case.tasks) == ["c", "x"]
    case.complete("x")
    assert sorted(case.tasks) == ["b", "c"]


def test_token_zero_stands_for_an_event_subprocess():
    case = Case(diagram(start(), user("a"), end(), flow("s", "a", "e"), aside(GO, True)))
    assert case.step("deliver", 0, "message", "go", {}).tasks == ["x"]


def test_a_repeated_event_subprocess_timer_starts_it_again():
    case = Case(diagram(start(), user("a"), end(), flow("s", "a", "e"), aside(timer("R2/PT1H", "timeCycle"), False)))
    case.advance(hours=1).fire("es").advance(hours=1).fire("es")
    assert case.tasks == ["a", "x", "x"]
    assert case.timers == {}


def test_terminate_ends_only_the_scope_it_lies_in():
    inner = start("is") + node("parallelGateway", "f") + users("a", "b") + end("te", catches("terminate")) + end("ie")
    inner += flow("is", "f") + flow("f", "a", "te") + flow("f", "b", "ie")
    case = Case(
        diagram(start(), node("subProcess", "sub", inner), user("after"), end(), flow("s", "sub", "after", "e"))
    )
    case.complete("a")
    assert case.tasks == ["after"]
    assert case.complete("after").is_over


@pytest.mark.parametrize("kind", ["message", "timer"])
def test_a_case_can_start_at_a_message_or_timer(kind):
    xml = diagram(
        start(), node("startEvent", "ms", GO), node("startEvent", "ts", timer("R/P1D", "timeCycle")),
        users("a", "b", "c"), end(), flow("s", "a", "e"), flow("ms", "b", "e"), flow("ts", "c", "e"),
    )  # fmt: skip
    trigger = StartTrigger("ms" if kind == "message" else "ts", kind)
    case = Case(xml, start=trigger, x=1)
    assert case.tasks == (["b"] if kind == "message" else ["c"])


def test_a_message_reaches_one_item_of_a_repeated_subprocess():
    wait = node("intermediateCatchEvent", "c", properties(correlationKey="=unit") + GO)
    inner = start("is") + wait + user("a") + end("ie") + flow("is", "c", "a", "ie")
    sub = node("subProcess", "sub", loop("=units", "unit") + inner)
    case = Case(diagram(start(), sub, end(), flow("s", "sub", "e")), units=["A", "B", "C"])
    assert [event.correlation_key for event in case.state.events] == ["A", "B", "C"]
    case.message("c", "go", nth=1, note="for B")
    assert case.state.user_tasks[0].variables["unit"] == "B"
    assert case.state.user_tasks[0].variables["note"] == "for B"
    assert "note" not in case.variables
