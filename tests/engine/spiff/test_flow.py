"""Plain flow: tasks, gateways, subprocesses, called processes."""

import pytest

from engine import errors
from tests.engine.spiff.kit import Case, diagram, end, flow, node, service, start, user, users


def test_a_case_moves_from_task_to_task_to_its_end():
    case = Case(diagram(start(), users("a", "b"), end(), flow("s", "a", "b", "e")))
    assert case.tasks == ["a"]
    case.complete("a", x=1)
    assert case.tasks == ["b"]
    case.complete("b")
    assert case.is_over
    assert case.variables == {"x": 1}
    assert case.steps("completed") == ["s", "a", "b", "e"]


def test_a_completed_task_cannot_be_completed_again():
    case = Case(diagram(start(), users("a", "b"), end(), flow("s", "a", "b", "e")))
    token = case.token("a")
    case.complete("a")
    with pytest.raises(errors.TaskNotOpen):
        case.execution.complete_user_task(token, {})


def test_a_service_task_waits_for_its_job():
    case = Case(diagram(start(), service("push", "push_duties"), end(), flow("s", "push", "e")))
    assert case.services == ["push"]
    assert case.state.service_tasks[0].topic == "push_duties"
    case.finish("push", receipt="R1")
    assert case.is_over
    assert case.variables == {"receipt": "R1"}


EXCLUSIVE = diagram(
    start(), node("exclusiveGateway", "g", default="g_c"), users("a", "b", "c"), end(),
    flow("s", "g"), flow("g", "a", when="n &gt; 5"), flow("g", "b", when="n &gt; 3"), flow("g", "c"),
    flow("a", "e"), flow("b", "e"), flow("c", "e"),
)  # fmt: skip


@pytest.mark.parametrize(("number", "task"), [(6, "a"), (4, "b"), (1, "c")])
def test_the_first_true_condition_decides_else_the_default(number, task):
    case = Case(EXCLUSIVE, n=number)
    assert case.tasks == [task]


def test_the_history_says_which_flow_was_chosen():
    case = Case(EXCLUSIVE, n=4)
    assert ("g", "decided") in case.trace


def test_a_condition_on_a_missing_variable_stops_the_step_instead_of_taking_the_default():
    with pytest.raises(errors.ExpressionFailed) as caught:
        Case(EXCLUSIVE)
    assert caught.value.facts["element"] == "g"


PARALLEL = diagram(
    start(), node("parallelGateway", "split"), users("a", "b", "after"), node("parallelGateway", "join"), end(),
    flow("s", "split"), flow("split", "a", "join"), flow("split", "b", "join"), flow("join", "after", "e"),
)  # fmt: skip


@pytest.mark.parametrize("order", ["ab", "ba"])
def test_a_parallel_join_waits_for_both_branches(order):
    case = Case(PARALLEL)
    assert case.tasks == ["a", "b"]
    case.complete(order[0])
    assert case.tasks == [order[1]]
    case.complete(order[1])
    assert case.tasks == ["after"]


def test_a_branch_that_finishes_late_does_not_undo_what_the_other_wrote():
    case = Case(PARALLEL, shared="old")
    case.complete("a", shared="new")
    case.complete("b", other=1)
    assert case.variables == {"shared": "new", "other": 1}


INCLUSIVE = diagram(
    start(), node("inclusiveGateway", "split", default="split_c"), users("a", "b", "c", "after"),
    node("inclusiveGateway", "join"), end(),
    flow("s", "split"), flow("split", "a", when="list contains(ways, &quot;a&quot;)"),
    flow("split", "b", when="list contains(ways, &quot;b&quot;)"), flow("split", "c"),
    flow("a", "join"), flow("b", "join"), flow("c", "join"), flow("join", "after", "e"),
)  # fmt: skip


@pytest.mark.parametrize(("ways", "tasks"), [(["a"], ["a"]), (["a", "b"], ["a", "b"]), ([], ["c"])])
def test_an_inclusive_join_waits_for_the_branches_that_were_taken(ways, tasks):
    case = Case(INCLUSIVE, ways=ways)
    assert case.tasks == tasks
    for task in reversed(tasks):
        assert "after" not in case.tasks
        case.complete(task)
    assert case.tasks == ["after"]


def test_a_parallel_join_inside_a_loop_waits_in_every_round():
    case = Case(diagram(
        start(), node("exclusiveGateway", "merge"), node("parallelGateway", "split"), users("a", "b"),
        node("parallelGateway", "join"), node("exclusiveGateway", "again", default="again_e"), end(),
        flow("s", "merge", "split"), flow("split", "a", "join"), flow("split", "b", "join"),
        flow("join", "again"), flow("again", "merge", when="repeat"), flow("again", "e"),
    ), repeat=True)  # fmt: skip
    for _ in range(5):
        assert sorted(case.tasks) == ["a", "b"]
        case.complete("b")
        assert case.tasks == ["a"]
        case.complete("a")
    case.complete("a")
    case.complete("b", repeat=False)
    assert case.is_over


def test_an_embedded_subprocess_shares_the_variables_around_it():
    inner = start("is") + user("a") + end("ie") + flow("is", "a", "ie")
    case = Case(diagram(start(), node("subProcess", "sub", inner), users("b"), end(), flow("s", "sub", "b", "e")), x=1)
    case.complete("a", x=2)
    assert case.tasks == ["b"]
    assert case.variables == {"x": 2}


CALL = """<bpmn:extensionElements><camunda:in source="x" target="given"/>
<camunda:in sourceExpression="=x + 1" target="more"/>
<camunda:out source="found" target="answer"/></bpmn:extensionElements>"""


def test_a_called_process_gets_and_returns_only_what_is_mapped():
    child = diagram(start(), user("work"), end(), flow("s", "work", "e"), key="child")
    parent = diagram(start(), node("callActivity", "call", CALL, calledElement="child"), users("b"), end(),
                     flow("s", "call", "b", "e"))  # fmt: skip
    case = Case(parent, child, x=1, hidden=True)
    assert dict(case.state.user_tasks[0].variables) == {"given": 1, "more": 2}
    case.complete("work", found="yes", other=1)
    assert case.variables == {"x": 1, "hidden": True, "answer": "yes"}


def test_a_loop_that_never_rests_is_stopped_by_the_step_budget():
    endless = diagram(start(), node("exclusiveGateway", "m"), node("exclusiveGateway", "g", default="g_e"), end(),
                      flow("s", "m", "g"), flow("g", "m", when="true"), flow("g", "e"))  # fmt: skip
    with pytest.raises(errors.StepBudgetExceeded):
        Case(endless, budget=100)


def test_a_link_goes_on_where_it_is_caught():
    link = '<bpmn:linkEventDefinition name="page 2"/>'
    case = Case(diagram(
        start(), node("intermediateThrowEvent", "t", link), node("intermediateCatchEvent", "c", link), user("a"), end(),
        flow("s", "t"), flow("c", "a", "e"),
    ))  # fmt: skip
    assert case.tasks == ["a"]


@pytest.mark.parametrize(("number", "tasks"), [(1, ["always"]), (5, ["always", "b"]), (9, ["always", "b", "c"])])
def test_an_activity_may_be_followed_by_conditions(number, tasks):
    case = Case(diagram(
        start(), user("a"), users("always", "b", "c"), end(), flow("s", "a"), flow("a", "always", "e"),
        flow("a", "b", when="n &gt; 3"), flow("b", "e"), flow("a", "c", when="n &gt; 7"), flow("c", "e"),
    ))  # fmt: skip
    assert sorted(case.complete("a", n=number).tasks) == tasks


def test_an_activity_takes_its_default_flow_when_no_condition_is_true():
    case = Case(diagram(
        start(), user("a", default="a_c"), users("b", "c"), end(), flow("s", "a"), flow("a", "b", when="n &gt; 3"),
        flow("b", "e"), flow("a", "c", "e"),
    ))  # fmt: skip
    assert case.complete("a", n=1).tasks == ["c"]


def test_a_process_that_calls_itself_without_end_is_stopped():
    with pytest.raises(errors.StepBudgetExceeded):
        Case(diagram(start(), node("callActivity", "c", calledElement="p"), end(), flow("s", "c", "e")))


def test_a_diagram_that_splits_without_end_is_stopped():
    with pytest.raises(errors.StepBudgetExceeded):
        Case(diagram(
            start(), node("exclusiveGateway", "m"), node("parallelGateway", "f"), user("a"), end(),
            flow("s", "m", "f"), flow("f", "a", "e"), flow("f", "m"),
        ))  # fmt: skip


def test_a_thousand_rounds_leave_the_state_as_small_as_one():
    case = Case(diagram(
        start(), node("exclusiveGateway", "m"), user("a"), node("exclusiveGateway", "g", default="g_e"), end(),
        flow("s", "m", "a", "g"), flow("g", "m", when="again"), flow("g", "e"),
    ), again=True)  # fmt: skip
    case.complete("a", round=1)
    small = len(case.bytes)
    for number in range(1000):
        case.complete("a", round=number)
    assert len(case.bytes) < small + 20
    assert len(case.execution._case.tokens) == 1
    case.complete("a", again=False)
    assert case.is_over
