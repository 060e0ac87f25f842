"""What is refused at deployment, and what deployment learns of a diagram."""

import threading
from datetime import timedelta

import pytest

from engine.errors import DefinitionInvalid, DefinitionNotFound
from engine.spiff.model import Bundle, Resource, StartTrigger
from engine.spiff.runtime import Runtime
from tests.engine.spiff.kit import (
    NOW,
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


def summarise(*texts, functions=None):
    files = [Resource(f"{n}.bpmn", text.encode()) for n, text in enumerate(texts)]
    return Runtime(functions or {}).summarise(files)


def faults(*body, functions=None, key="p"):
    try:
        summarise(diagram(*body, key=key), functions=functions)
    except DefinitionInvalid as exc:
        for finding in exc.facts["findings"]:
            assert set(finding) - {"level"} == {"file", "element", "rule", "message", "remedy"}
            assert all(finding[part] for part in ("rule", "message", "remedy"))
        return {(finding["element"], finding["rule"]) for finding in exc.facts["findings"]}
    return set()


def warnings(*body):
    (summary,) = summarise(diagram(*body))
    assert all(warning["level"] == "warning" for warning in summary.warnings)
    return {(warning["element"], warning["rule"]) for warning in summary.warnings}


def around(element, *more):
    """A process with one element between start and end."""
    return (start(), element, end(), flow("s", "x", "e"), *more)


UNSUPPORTED = {
    "script": node("scriptTask", "x", "<bpmn:script>1</bpmn:script>"),
    "group of people": node("choreographyTask", "x"),
    "transaction": node("transaction", "x"),
    "link to nowhere": node("intermediateThrowEvent", "x", '<bpmn:linkEventDefinition name="gone"/>'),
    "loop that throws": user("x", loop("=[1]").replace("isSeq", 'behavior="One" isSeq')),
    "conditional": node("intermediateCatchEvent", "x", catches("conditional")),
    "cancel outside": node("intermediateThrowEvent", "x", catches("cancel")),
    "loop": user("x", "<bpmn:standardLoopCharacteristics/>"),
    "plain catch": node("intermediateCatchEvent", "x"),
    "two links": node(
        "intermediateThrowEvent", "x", '<bpmn:linkEventDefinition name="a"/>' + catches("signal", "s_alarm")
    ),
    "no token": user("x").replace("userTask id", 'userTask startQuantity="0" id'),
    "java class": service("x", camunda_class="com.example.Work"),
    "java expression": service("x", camunda_expression="${bean.run()}"),
    "listener script": service("x", inner="<bpmn:extensionElements><camunda:connector/></bpmn:extensionElements>"),
    "task listener": user("x", "<bpmn:extensionElements><camunda:taskListener/></bpmn:extensionElements>"),
    "generated form": user("x", "<bpmn:extensionElements><camunda:formData/></bpmn:extensionElements>"),
    "another engine": user("x").replace(
        "userTask id", 'userTask xmlns:f="http://flowable.org/bpmn" f:assignee="li" id'
    ),
    "mapping by script": user(
        "x",
        '<bpmn:extensionElements><camunda:inputOutput><camunda:inputParameter name="a"><camunda:script>1'
        "</camunda:script></camunda:inputParameter></camunda:inputOutput></bpmn:extensionElements>",
    ),
}


@pytest.mark.parametrize("name", UNSUPPORTED)
def test_what_would_not_run_as_drawn_is_refused(name):
    assert any(element == "x" for element, _ in faults(*around(UNSUPPORTED[name])))


FAULTY = {
    "topic-missing": node("serviceTask", "x"),
    "message-missing": node("sendTask", "x"),
    "called-process": node("callActivity", "x", calledElement="${which}"),
    "timer-missing": node("intermediateCatchEvent", "x", timer("")),
    "timer-invalid": node("intermediateCatchEvent", "x", timer("P1M")),
    "timer-cycle": node("intermediateCatchEvent", "x", timer("R3/PT1H", "timeCycle")),
    "event-name-missing": node("intermediateCatchEvent", "x", catches("message")),
    "expression-invalid": user("x", camunda_assignee="=a +"),
    "expression-language": user("x", camunda_candidateGroups="${groups}"),
    "instant-invalid": user("x", camunda_dueDate="tomorrow"),
    "priority-invalid": user("x", camunda_priority="high"),
    "function-unknown": user("x", camunda_dueDate="=due(1)"),
    "result-missing": node("businessRuleTask", "x", camunda_decisionRef="nowhere"),
    "decision-missing": node("businessRuleTask", "x", camunda_decisionRef="nowhere"),
    "loop-items": user("x", loop()),
    "loop-output": user("x", properties(outputElement="=1") + loop("=[1]")),
}


@pytest.mark.parametrize("rule", FAULTY)
def test_a_faulty_element_is_named_with_its_rule(rule):
    assert ("x", rule) in faults(*around(FAULTY[rule]))


def test_a_split_without_a_default_flow_or_with_an_open_flow_is_warned_of():
    body = (
        start(),
        node("exclusiveGateway", "g"),
        users("a", "b"),
        end(),
        flow("s", "g", "a", "e"),
        flow("g", "b", "e"),
    )
    assert {("g", "default-missing"), ("g_a", "condition-missing")} <= warnings(*body)


def test_a_condition_that_would_be_ignored_is_refused():
    body = (start(), user("a"), end(), flow("s", "a", when="x"), flow("a", "e"))
    assert ("s_a", "condition-misplaced") in faults(*body)


def test_conditions_after_an_activity_that_leave_no_way_out_are_warned_of():
    body = (start(), user("a"), end(), end("f"), flow("s", "a"), flow("a", "e", when="x"), flow("a", "f", when="y"))
    assert ("a", "default-missing") in warnings(*body)


def test_an_element_nobody_can_reach_is_warned_of():
    assert ("b", "unreachable") in warnings(start(), users("a", "b"), end(), flow("s", "a", "e"), flow("b", "e"))


def test_a_flow_into_another_level_is_refused():
    inner = start("is") + user("a") + end("ie") + flow("is", "a", "ie")
    body = (start(), node("subProcess", "sub", inner), end(), flow("s", "sub", "e"), flow("sub", "a"))
    assert ("sub_a", "flow-end") in faults(*body)


def test_ids_must_be_unique():
    assert ("a", "duplicate-id") in faults(start(), users("a", "a"), end(), flow("s", "a", "e"))


def test_a_boundary_event_on_what_never_waits_is_warned_of():
    body = (*around(node("task", "x")), boundary("t", "x", timer("PT1H")), end("te"), flow("t", "te"))
    assert ("t", "boundary-idle") in warnings(*body)


def test_an_error_event_that_does_not_interrupt_is_refused():
    body = (*around(service("x")), boundary("t", "x", catches("error"), False), end("te"), flow("t", "te"))
    assert ("t", "error-not-interrupting") in faults(*body)


def test_a_subprocess_has_exactly_one_plain_start():
    inner = node("startEvent", "is", timer("PT1H")) + end("ie") + flow("is", "ie")
    assert ("x", "start-event") in faults(*around(node("subProcess", "x", inner)))


def test_an_event_gateway_leads_to_catch_events_only():
    body = (start(), node("eventBasedGateway", "g"), user("a"), end(), flow("s", "g", "a", "e"))
    assert ("g", "event-gateway") in faults(*body)


def test_all_faults_are_reported_at_once():
    assert len(faults(start(), user("x", loop()), service("y", ""), end(), flow("s", "x", "y", "e"))) >= 2


def test_a_diagram_that_is_not_to_be_executed_is_kept_but_not_checked():
    text = diagram(node("choreographyTask", "x")).replace('isExecutable="true"', 'isExecutable="false"')
    drawn = "<bpmn:choreographyTask"
    text = text.replace(drawn, flow("x", "x", when="${juel}") + "<!-- drawn -->" + drawn)
    assert summarise(text)[0].executable is False


@pytest.mark.parametrize("text", ["", "<a", "<!DOCTYPE a [<!ENTITY b 'c'>]><a>&b;</a>"])
def test_what_is_not_safe_xml_is_refused(text):
    with pytest.raises(DefinitionInvalid):
        summarise(text)


def test_the_summary_names_elements_starts_and_calls():
    clause = '<bpmn:documentation textFormat="text/x-clause">law/2.3 law/2.4</bpmn:documentation>'
    lane = '<bpmn:lane id="l" name="审批局"><bpmn:flowNodeRef>a</bpmn:flowNodeRef></bpmn:lane>'
    attributes = {"camunda_formKey": "claim", "camunda_dueDate": "=due(&quot;claim&quot;)"}
    text = diagram(
        f"<bpmn:laneSet>{lane}</bpmn:laneSet>", start(), node("startEvent", "ms", catches("message", "m_go")),
        node("startEvent", "ts", timer("R/P1D", "timeCycle")),
        user("a", clause + properties(limit="claim"), **attributes), node("callActivity", "c", calledElement="other"),
        end(), flow("s", "a", "c", "e"), flow("ms", "a"), flow("ts", "a"),
    )  # fmt: skip
    (summary,) = summarise(text, functions={"due": lambda limit: NOW})
    task = next(element for element in summary.elements if element.id == "a")
    assert (task.lane, task.clauses, task.form_key, task.properties) == (
        "审批局", ("law/2.3", "law/2.4"), "claim", {"limit": "claim"},
    )  # fmt: skip
    assert summary.starts == (
        StartTrigger("s", "none"),
        StartTrigger("ms", "message", "go"),
        StartTrigger("ts", "timer", timer="R/P1D"),
    )
    assert summary.called_processes == ("other",)
    assert summary.called_functions == {"due"}


def test_compiling_without_a_called_process_is_refused():
    text = diagram(*around(node("callActivity", "x", calledElement="other")))
    with pytest.raises(DefinitionInvalid):
        Runtime().compile(Bundle("p", (Resource("p.bpmn", text.encode()),), "h"))


@pytest.mark.parametrize("name", ["x", "nowhere"])
def test_a_trigger_must_name_a_start_event(name):
    runtime = Runtime()
    compiled = runtime.compile(Bundle("p", (Resource("p.bpmn", diagram(*around(user("x"))).encode()),), "h"))
    with pytest.raises(DefinitionNotFound):
        runtime.start(compiled, now=NOW, business_key="k", variables={}, trigger=StartTrigger(name, "message"))


@pytest.mark.parametrize(
    ("text", "days"), [("R/P1D", 1), ("P3D", 3), ("2026-03-12T01:00:00Z", 10), ("=later()", 5), ("=daily()", 1)]
)
def test_a_timer_start_event_knows_when_it_falls_due(text, days):
    runtime = Runtime({"later": lambda: NOW + timedelta(days=5), "daily": lambda: "R/P1D"})
    schedule = runtime.start_schedule(StartTrigger("s", "timer", timer=text), now=NOW)
    assert schedule.due_at == NOW + timedelta(days=days)


def test_a_definition_accepted_before_a_rule_was_added_still_runs():
    text = diagram(*around(user("x", camunda_priority="high")))
    assert ("x", "priority-invalid") in faults(*around(user("x", camunda_priority="high")))
    assert Runtime().compile(Bundle("p", (Resource("p.bpmn", text.encode()),), "h")).process_key == "p"


def test_a_definition_whose_function_is_gone_does_not_run():
    text = diagram(*around(user("x", camunda_dueDate="=due(1)")))
    with pytest.raises(DefinitionInvalid):
        Runtime().compile(Bundle("p", (Resource("p.bpmn", text.encode()),), "h"))


def test_a_process_without_plain_start_needs_a_trigger():
    text = diagram(node("startEvent", "s", catches("message", "m_go")), end(), flow("s", "e"))
    runtime = Runtime()
    compiled = runtime.compile(Bundle("p", (Resource("p.bpmn", text.encode()),), "h"))
    with pytest.raises(DefinitionNotFound):
        runtime.start(compiled, now=NOW, business_key="k", variables={})


def test_threads_share_one_compiled_definition():
    runtime, found = Runtime(), []
    bundle = Bundle("p", (Resource("p.bpmn", diagram(*around(user("x"))).encode()),), "h")
    gate = threading.Barrier(8)

    def work():
        gate.wait()
        compiled = runtime.compile(bundle)
        execution = runtime.start(compiled, now=NOW, business_key="k", variables={})
        found.append((id(compiled), execution.wait_state().user_tasks[0].element_id))

    threads = [threading.Thread(target=work) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 8
    assert len(set(found)) == 1
