"""Loops, conditions, several triggers, ad-hoc work, complex gateways, quantities, data, scripts, Python conditions."""

import pytest

from engine.errors import DefinitionInvalid, ExpressionFailed
from engine.spiff.model import StartTrigger
from tests.engine.spiff.kit import Case, boundary, catches, diagram, end, flow, node, start, timer, user, users

PYTHON = 'expressionLanguage="https://www.python.org/"'


def condition(text):
    return (
        f"<bpmn:conditionalEventDefinition><bpmn:condition>={text}</bpmn:condition></bpmn:conditionalEventDefinition>"
    )


def repeated(text="", maximum=None, before=False):
    most = f' loopMaximum="{maximum}"' if maximum is not None else ""
    wanted = f"<bpmn:loopCondition>={text}</bpmn:loopCondition>" if text else ""
    return (
        f'<bpmn:standardLoopCharacteristics testBefore="{str(before).lower()}"{most}>{wanted}'
        "</bpmn:standardLoopCharacteristics>"
    )


def looping(inner, **variables):
    return Case(diagram(start(), user("a", inner), end(), flow("s", "a", "e")), **variables)


def test_a_loop_goes_on_while_its_condition_is_true():
    case = looping(repeated("more"))
    assert case.complete("a", more=True).tasks == ["a"]
    assert case.complete("a", more=False).is_over


def test_a_loop_that_tests_before_may_never_begin():
    assert looping(repeated("more", before=True), more=False).is_over
    assert looping(repeated("more", before=True), more=True).tasks == ["a"]


def test_a_loop_ends_at_its_maximum():
    case = looping(repeated(maximum=2))
    assert case.complete("a").tasks == ["a"]
    assert case.complete("a").is_over


def test_a_condition_is_waited_for_and_fires_when_it_becomes_true():
    case = Case(
        diagram(
            start(), node("parallelGateway", "f"), users("a", "b"), end(), end("e2"),
            node("intermediateCatchEvent", "c", condition("x > 2")), flow("s", "f"), flow("f", "a", "e"),
            flow("f", "c", "b", "e2"),
        ),
        x=1,
    )  # fmt: skip
    assert case.events == ["c"]
    assert case.step("set_variables", {"x": 2}).tasks == ["a"]
    assert case.step("set_variables", {"x": 3}).tasks == ["a", "b"]


def test_a_condition_that_is_true_already_does_not_wait():
    case = Case(
        diagram(
            start(), node("intermediateCatchEvent", "c", condition("x > 2")), user("a"), end(), flow("s", "c", "a", "e")
        ),
        x=3,
    )
    assert case.tasks == ["a"]


def test_a_conditional_boundary_that_does_not_interrupt_fires_each_time_it_becomes_true():
    case = Case(
        diagram(
            start(), users("a", "b"), end(), end("e2"), boundary("c", "a", condition("hot"), False),
            flow("s", "a", "e"), flow("c", "b", "e2"),
        )
    )  # fmt: skip
    for hot, waiting in ((True, ["a", "b"]), (True, ["a", "b"]), (False, ["a", "b"]), (True, ["a", "b", "b"])):
        assert case.step("set_variables", {"hot": hot}).tasks == waiting


@pytest.mark.parametrize(("needs_all", "waiting"), [("false", ["a"]), ("true", [])])
def test_an_event_with_two_triggers_needs_one_or_all(needs_all, waiting):
    triggers = catches("message", "m_go") + catches("signal", "s_alarm")
    case = Case(
        diagram(
            start(), node("intermediateCatchEvent", "c", triggers, parallelMultiple=needs_all), user("a"), end(),
            flow("s", "c", "a", "e"),
        )
    )  # fmt: skip
    assert case.events == ["c", "c"]
    assert case.message("c", "go", paid=True).tasks == waiting
    if waiting == []:
        assert case.signal("c", "alarm").tasks == ["a"]


def test_a_boundary_with_two_triggers_fires_by_either():
    case = Case(
        diagram(
            start(), users("a", "b"), end(), end("e2"), boundary("c", "a", timer("PT1H") + catches("message", "m_go")),
            flow("s", "a", "e"), flow("c", "b", "e2"),
        )
    )  # fmt: skip
    assert case.message("c", "go", nth=1).tasks == ["b"]


def test_a_signal_is_caught_in_its_own_case_before_the_throw_continues():
    aside = node("startEvent", "es", catches("signal", "s_alarm"), isInterrupting="false") + user("x") + end("ee")
    inner = (
        start("is") + node("intermediateThrowEvent", "t", catches("signal", "s_alarm")) + end("ie")
        + node("subProcess", "aside", aside + flow("es", "x", "ee"), triggeredByEvent="true") + flow("is", "t", "ie")
    )  # fmt: skip
    case = Case(diagram(start(), node("subProcess", "sub", inner), user("a"), end(), flow("s", "sub", "a", "e")))
    assert case.tasks == ["x"]
    assert [event.name for event in case.thrown] == ["alarm"]
    assert case.complete("x").tasks == ["a"]


@pytest.mark.parametrize(("ordering", "first"), [("Parallel", ["a", "b"]), ("Sequential", ["a"])])
def test_ad_hoc_work_is_done_at_a_time_or_in_order(ordering, first):
    inner = users("a", "b")
    case = Case(
        diagram(
            start(),
            node("adHocSubProcess", "sub", inner, ordering=ordering),
            user("x"),
            end(),
            flow("s", "sub", "x", "e"),
        )
    )
    assert case.tasks == first
    assert case.complete("a").tasks == ["b"]
    assert case.complete("b").tasks == ["x"]


def test_ad_hoc_work_ends_as_soon_as_it_is_enough():
    inner = users("a", "b") + "<bpmn:completionCondition>=enough</bpmn:completionCondition>"
    case = Case(
        diagram(start(), node("adHocSubProcess", "sub", inner), user("x"), end(), flow("s", "sub", "x", "e")),
        enough=False,
    )
    assert case.complete("a", enough=True).tasks == ["x"]


def test_a_complex_gateway_fires_at_its_count_and_swallows_the_rest():
    gateway = node("complexGateway", "g", "<bpmn:activationCondition>=activationCount >= 2</bpmn:activationCondition>")
    case = Case(
        diagram(
            start(), node("parallelGateway", "f"), users("a", "b", "c", "x"), gateway, end(), flow("s", "f"),
            flow("f", "a", "g"), flow("f", "b", "g"), flow("f", "c", "g"), flow("g", "x", "e"),
        )
    )  # fmt: skip
    assert case.complete("a").tasks == ["b", "c"]
    assert case.complete("b").tasks == ["c", "x"]
    assert case.complete("c").tasks == ["x"]
    assert case.complete("x").is_over


def test_an_activity_may_need_several_tokens_and_send_several():
    many = user("b").replace("userTask id", 'userTask startQuantity="2" completionQuantity="2" id')
    case = Case(
        diagram(
            start(), node("parallelGateway", "f"), users("a", "a2", "x"), many, end(), flow("s", "f"),
            flow("f", "a", "b"), flow("f", "a2", "b"), flow("b", "x", "e"),
        )
    )  # fmt: skip
    assert case.complete("a").tasks == ["a2"]
    assert case.complete("a2").tasks == ["b"]
    assert case.complete("b").tasks == ["x", "x"]


def test_a_receive_task_may_begin_a_case():
    xml = diagram(
        node("receiveTask", "r", messageRef="m_go", instantiate="true"), user("a"), end(), flow("r", "a", "e")
    )
    assert Case(xml, start=StartTrigger("r", "message", "go")).tasks == ["a"]


def test_a_global_task_can_be_called():
    xml = diagram(
        start(), node("callActivity", "c", calledElement="ask"), end(), flow("s", "c", "e"),
        more='<bpmn:globalUserTask id="ask" name="Ask"/>',
    )  # fmt: skip
    case = Case(xml)
    assert case.tasks == ["ask"]
    assert case.complete("ask").is_over


def test_data_objects_carry_values_from_one_activity_to_the_next():
    output = (
        "<bpmn:dataOutputAssociation><bpmn:sourceRef>found</bpmn:sourceRef><bpmn:targetRef>ref</bpmn:targetRef>"
        "</bpmn:dataOutputAssociation>"
    )
    given = (
        "<bpmn:dataInputAssociation><bpmn:sourceRef>ref</bpmn:sourceRef><bpmn:targetRef>seen</bpmn:targetRef>"
        "</bpmn:dataInputAssociation>"
    )
    case = Case(
        diagram(
            start(), user("a", output), user("b", given), end(), '<bpmn:dataObject id="data"/>',
            '<bpmn:dataObjectReference id="ref" dataObjectRef="data"/>', flow("s", "a", "b", "e"),
        )
    )  # fmt: skip
    assert case.complete("a", found="stone").variables["seen"] == "stone"


def python(*body):
    return diagram(*body).replace("<bpmn:definitions ", f"<bpmn:definitions {PYTHON} ").replace(">=", ">")


SCRIPT = '<bpmn:scriptTask id="a" scriptFormat="python"><bpmn:script>{}</bpmn:script></bpmn:scriptTask>'


def test_scripts_of_assignments_and_conditions_in_python_are_understood():
    xml = python(
        start(), SCRIPT.format("n = n + 1\nlabel = 'x' if n > 1 else 'y'"),
        node("exclusiveGateway", "g", default="g_b"), users("b", "c"), end(), flow("s", "a", "g"), flow("g", "b", "e"),
        flow("g", "c", when="label == 'x' and not closed.get('by')"), flow("c", "e"),
    )  # fmt: skip
    assert Case(xml, n=1, closed={}).tasks == ["c"]
    assert Case(xml, n=0, closed={}).tasks == ["b"]


def test_a_name_python_does_not_know_stops_the_step():
    xml = python(start(), SCRIPT.format("x = unknown"), user("b"), end(), flow("s", "a", "b", "e"))
    with pytest.raises(ExpressionFailed):
        Case(xml)
    gateway = python(
        start(), node("exclusiveGateway", "g", default="g_b"), users("b", "c"), end(), flow("s", "g", "b", "e"),
        flow("g", "c", when="unknown == 1"), flow("c", "e"),
    )  # fmt: skip
    with pytest.raises(ExpressionFailed):
        Case(gateway)


@pytest.mark.parametrize(
    "script",
    [
        "import os",
        "x = __import__('os')",
        "x = ().__class__",
        "x = [a for a in y]",
        "def f(): pass",
        "x.y = 1",
        "x = open('a')",
    ],
)
def test_more_of_python_is_refused(script):
    with pytest.raises(DefinitionInvalid):
        Case(python(start(), SCRIPT.format(script), end(), flow("s", "a", "e")))
