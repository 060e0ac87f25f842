"""Random walks: the same choices lead through the same diagram, whatever is done between the steps."""

import random

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
    service,
    start,
    timer,
    user,
    users,
)

GO, STOP, ALARM = catches("message", "m_go"), catches("message", "m_stop"), catches("signal", "s_alarm")
BAD = catches("error", "e_bad")

_UNIT = (
    start("us") + node("exclusiveGateway", "m") + user("claim") + node("exclusiveGateway", "g", default="g_wait")
    + boundary("warn", "claim", timer("R3/P1D", "timeCycle"), False) + end("warned") + flow("warn", "warned")
    + boundary("late", "claim", timer("P7D"), False) + user("urge") + end("urged") + flow("late", "urge", "urged")
    + node("intermediateCatchEvent", "wait", properties(correlationKey="=unit") + GO) + service("file")
    + end("ue") + flow("us", "m", "claim", "g") + flow("g", "m", when="n &lt; 3") + flow("g", "wait")
    + flow("wait", "file", "ue")
)  # fmt: skip
_ASIDE = node("startEvent", "as", ALARM, isInterrupting="false") + user("note") + end("ae") + flow("as", "note", "ae")
_CHILD = diagram(start("cs"), service("child_work"), end("ce"), flow("cs", "child_work", "ce"), key="child")

_UNDONE = (
    boundary("book_c", "book", catches("compensate"))
    + user("unbook", isForCompensation="true")
    + '<bpmn:association id="as" sourceRef="book_c" targetRef="unbook"/>'
)
_TRIP = (
    start("ts")
    + users("book", "pay")
    + _UNDONE
    + node("exclusiveGateway", "enough", default="enough_done")
    + end("done")
    + end("given_up", catches("cancel"))
    + flow("ts", "book", "pay", "enough", "done")
    + flow("enough", "given_up", when="n &lt; 5")
)
_ROUNDS = (
    '<bpmn:standardLoopCharacteristics loopMaximum="3"><bpmn:loopCondition>=n &lt; 7</bpmn:loopCondition>'
    "</bpmn:standardLoopCharacteristics>"
)
_FULL = "<bpmn:conditionalEventDefinition><bpmn:condition>=n &gt; 3</bpmn:condition></bpmn:conditionalEventDefinition>"
_TWO = "<bpmn:activationCondition>=activationCount &gt;= 2</bpmn:activationCondition>"

DIAGRAMS = {
    "units": (
        diagram(
            start(),
            node("subProcess", "units", properties(outputCollection="r", outputElement="=n") + loop("=[1,2,3]", "unit")
                 + _UNIT),
            boundary("changed", "units", STOP), user("redo"), flow("changed", "redo", "units"), user("close"), end(),
            flow("s", "units", "close", "e"),
            node("subProcess", "aside", _ASIDE, triggeredByEvent="true"),
        ),
    ),
    "race": (
        diagram(
            start(), node("parallelGateway", "f"), node("eventBasedGateway", "race"),
            node("intermediateCatchEvent", "m1", GO), node("intermediateCatchEvent", "t1", timer("PT1H")),
            node("intermediateCatchEvent", "t2", timer("PT2H")), node("callActivity", "call", calledElement="child"),
            boundary("caught", "call", BAD), users("a", "b", "c", "d"), node("exclusiveGateway", "x"),
            node("parallelGateway", "j"), end(), flow("s", "f"), flow("f", "race"), flow("f", "call", "j"),
            flow("race", "m1", "a", "x"), flow("race", "t1", "b", "x"), flow("race", "t2", "c", "x"),
            flow("x", "j", "e"), flow("caught", "d", "call"),
        ),
        _CHILD,
    ),
    "choice": (
        diagram(
            start(), node("exclusiveGateway", "m"), node("inclusiveGateway", "i", default="i_c"), users("a", "b", "c"),
            service("d"), node("inclusiveGateway", "j"), node("exclusiveGateway", "again", default="again_e"), end(),
            user("votes", properties(outputCollection="v", outputElement="=n")
                 + loop("=[1,2,3,4]", condition="=nrOfCompletedInstances &gt;= 3")),
            flow("s", "m", "i"), flow("i", "a", when="modulo(n, 2) = 0"), flow("i", "b", when="n &gt; 4"),
            flow("b", "d"), flow("i", "c"), flow("a", "j"), flow("d", "j"), flow("c", "j"), flow("j", "votes", "again"),
            flow("again", "m", when="n &lt; 6"), flow("again", "e"),
        ),
    ),
    "undo": (
        diagram(
            start(), node("transaction", "trip", _TRIP), boundary("broken", "trip", catches("cancel")),
            users("travel", "sorry"), end(), end("e2"), flow("s", "trip", "travel", "e"), flow("broken", "sorry", "e2"),
        ),
    ),
    "rounds": (
        diagram(
            start(), user("again", _ROUNDS), node("adHocSubProcess", "any", users("y", "z"), ordering="Parallel"),
            node("parallelGateway", "f"), users("a", "b", "c", "last"),
            user("each", loop("=[1,2,3]", "item", sequential=True)), end(), end("e2"),
            node("complexGateway", "two", _TWO), node("intermediateCatchEvent", "full", _FULL), user("filled"),
            flow("s", "again", "any", "f"), flow("f", "a", "two"), flow("f", "b", "two"), flow("f", "c", "two"),
            flow("two", "each", "last", "e"), flow("f", "full", "filled", "e2"),
        ),
    ),
}  # fmt: skip


def walk(name, seed, *, saves):
    """Move a case by random choices until it ends."""
    chance = random.Random(seed)
    case = Case(*DIAGRAMS[name], saves=saves, n=0)
    disturbances = 6
    for _ in range(400):
        if case.is_over:
            return case
        possible = list(choices(case, disturbances > 0))
        what, arguments, is_disturbance = chance.choice(possible)
        disturbances -= is_disturbance
        if chance.random() < 0.3 and saves:
            case.advance(hours=0)
        case.step(what, *(argument(chance) if callable(argument) else argument for argument in arguments))
    return case


def choices(case, may_disturb):
    """Yield what can be done next: the step, its arguments, and whether it disturbs the usual way."""
    state = case.execution.wait_state()
    for task in state.user_tasks:
        yield "complete_user_task", (task.token, lambda chance: {"n": chance.randrange(10)}), False
    for task in state.service_tasks:
        yield "complete_service_task", (task.token, {"done": True}), False
        if task.element_id == "child_work" and may_disturb:
            yield "throw_error", (task.token, "bad", ""), True
    for waiting in state.timers:
        if waiting.element_id in {"t1", "t2"} or may_disturb:
            yield "fire_timer", (waiting.token,), waiting.element_id not in {"t1", "t2"}
    for event in state.events:
        if event.element_id in {"wait", "m1"} or may_disturb:
            yield "deliver", (event.token, event.kind, event.name, {"m": event.token}), event.element_id != "wait"
