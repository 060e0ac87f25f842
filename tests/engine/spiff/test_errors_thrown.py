"""BPMN errors and escalations find the nearest catcher, or nobody."""

import pytest

from engine import errors
from tests.engine.spiff.kit import Case, boundary, catches, diagram, end, flow, loop, node, service, start, user, users

BAD, ANY, OTHER = catches("error", "e_bad"), catches("error"), catches("error", "e_other")
UP = catches("escalation", "x_up")


def failing(*catchers):
    return Case(
        diagram(
            start(), service("work"), users("a", "b"), end(), end("ae"), end("be"), *catchers, flow("s", "work", "e"),
        )
    )  # fmt: skip


def test_a_handler_error_is_caught_on_the_boundary():
    case = failing(boundary("c", "work", BAD), flow("c", "a", "ae"), flow("b", "be"), flow("a", "b"))
    case.fail("work", "bad")
    assert case.tasks == ["a"]
    assert case.services == []


def guarded(*catchers, extra=""):
    return Case(diagram(start(), service("work"), end(), *catchers, flow("s", "work", "e"), extra))


def test_a_catcher_with_the_code_goes_before_one_for_any():
    case = guarded(
        boundary("any", "work", ANY), boundary("exact", "work", BAD), users("a", "b"), end("ae"), end("be"),
        flow("any", "a", "ae"), flow("exact", "b", "be"),
    )  # fmt: skip
    assert case.fail("work", "bad").tasks == ["b"]


def test_a_catcher_for_another_code_does_not_catch():
    case = guarded(boundary("c", "work", OTHER), user("a"), end("ae"), flow("c", "a", "ae"))
    with pytest.raises(errors.UncaughtBpmnError) as caught:
        case.execution.throw_error(case.token("work"), "bad", "went wrong")
    assert caught.value.facts["error_code"] == "bad"


def test_the_code_and_the_message_can_be_kept_in_variables():
    what = '<bpmn:errorEventDefinition camunda:errorCodeVariable="code" camunda:errorMessageVariable="text"/>'
    case = guarded(boundary("c", "work", what), user("a"), end("ae"), flow("c", "a", "ae"))
    case.fail("work", "bad")
    assert case.variables == {"code": "bad", "text": "went wrong"}


NESTED = start("is") + service("work") + end("ie", BAD) + flow("is", "work", "ie")


def test_an_error_end_event_is_caught_around_its_subprocess():
    case = Case(
        diagram(
            start(), node("subProcess", "sub", NESTED), user("a"), end(), end("ae"), boundary("c", "sub", BAD),
            flow("s", "sub", "e"), flow("c", "a", "ae"),
        )
    )  # fmt: skip
    assert case.finish("work").tasks == ["a"]


def test_an_error_crosses_a_called_process_and_a_repeated_subprocess():
    child = diagram(start(), service("work"), end("ie", BAD), flow("s", "work", "ie"), key="child")
    inner = start("is") + node("callActivity", "call", calledElement="child") + end("ie") + flow("is", "call", "ie")
    parent = diagram(
        start(), node("subProcess", "sub", loop("=[1,2]") + inner), user("a"), end(), end("ae"),
        boundary("c", "sub", BAD), flow("s", "sub", "e"), flow("c", "a", "ae"),
    )  # fmt: skip
    case = Case(parent, child)
    assert case.services == ["work", "work"]
    case.finish("work", 1)
    assert (case.tasks, case.services) == (["a"], [])
    assert case.complete("a").is_over


def test_an_error_end_event_that_nothing_catches_ends_the_case_as_failed():
    case = Case(
        diagram(
            start(), node("parallelGateway", "f"), users("a", "b"), end("e", BAD), end("e2"), flow("s", "f"),
            flow("f", "a", "e"), flow("f", "b", "e2"),
        )
    )  # fmt: skip
    case.complete("a")
    state = case.execution.wait_state()
    assert (state.status, state.user_tasks, state.failure) == ("failed", (), ("bad", "e"))


def test_an_error_event_subprocess_replaces_its_scope():
    aside = node("startEvent", "es", ANY) + user("x") + end("ee") + flow("es", "x", "ee")
    case = Case(
        diagram(
            start(), node("parallelGateway", "f"), service("work"), user("a"), end(), end("e2"), flow("s", "f"),
            flow("f", "work", "e"), flow("f", "a", "e2"), node("subProcess", "aside", aside, triggeredByEvent="true"),
        )
    )  # fmt: skip
    assert case.fail("work", "whatever").tasks == ["x"]
    assert case.complete("x").is_over


def test_an_error_thrown_while_handling_an_error_is_not_caught_by_the_same_handler():
    aside = node("startEvent", "es", ANY) + service("again") + end("ee") + flow("es", "again", "ee")
    case = Case(
        diagram(
            start(), service("work"), end(), flow("s", "work", "e"),
            node("subProcess", "aside", aside, triggeredByEvent="true"),
        )
    )  # fmt: skip
    case.fail("work", "bad")
    with pytest.raises(errors.UncaughtBpmnError):
        case.execution.throw_error(case.token("again"), "bad", "")


@pytest.mark.parametrize(("interrupting", "tasks"), [(True, ["x"]), (False, ["a", "x"])])
def test_an_escalation_may_interrupt_or_not(interrupting, tasks):
    inner = start("is") + node("intermediateThrowEvent", "t", UP) + user("a") + end("ie") + flow("is", "t", "a", "ie")
    case = Case(
        diagram(
            start(), node("subProcess", "sub", inner), user("x"), end(), end("xe"),
            boundary("c", "sub", UP, interrupting), flow("s", "sub", "e"), flow("c", "x", "xe"),
        )
    )  # fmt: skip
    assert sorted(case.tasks) == tasks


def test_an_escalation_nobody_catches_changes_nothing():
    case = Case(diagram(start(), node("intermediateThrowEvent", "t", UP), user("a"), end(), flow("s", "t", "a", "e")))
    assert case.tasks == ["a"]
