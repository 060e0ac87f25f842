"""Multi-instance activities, above all the supervision of one case by several units at the same time."""

from datetime import timedelta
from itertools import permutations

import pytest

from engine import errors
from tests.engine.spiff.kit import (
    NOW,
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


def repeated(**options):
    return diagram(start(), user("a", loop(**options)), user("after"), end(), flow("s", "a", "after", "e"))


def test_every_item_has_its_task_and_its_variables():
    case = Case(repeated(collection="=units", variable="unit"), units=["A", "B"])
    assert [(t.variables["unit"], t.variables["loopCounter"]) for t in case.state.user_tasks] == [("A", 0), ("B", 1)]
    case.complete("a", 1, seen=True)
    assert case.tasks == ["a"]
    assert case.complete("a").tasks == ["after"]


def test_nothing_to_repeat_is_passed_over():
    assert Case(repeated(collection="=[]")).tasks == ["after"]


def test_what_is_no_list_stops_the_step():
    with pytest.raises(errors.ExpressionFailed):
        Case(repeated(collection="=missing"))


def test_sequential_items_come_one_after_another():
    case = Case(repeated(collection="=units", variable="unit", sequential=True), units=["A", "B", "C"])
    for unit in ("A", "B", "C"):
        assert [task.variables["unit"] for task in case.state.user_tasks] == [unit]
        case.complete("a")
    assert case.tasks == ["after"]


@pytest.mark.parametrize("sequential", [True, False])
def test_the_number_of_items_may_be_computed(sequential):
    case = Case(repeated(cardinality="=n + 1", sequential=sequential), n=2)
    for _ in range(3):
        case.complete("a")
    assert case.tasks == ["after"]


@pytest.mark.parametrize("sequential", [True, False])
def test_three_of_five_are_enough(sequential):
    case = Case(repeated(cardinality="5", condition="=nrOfCompletedInstances &gt;= 3", sequential=sequential))
    for _ in range(3):
        case.complete("a")
    assert case.tasks == ["after"]


GATHER = properties(outputCollection="votes", outputElement="={voter: voter, vote: vote}")


def test_results_are_gathered_in_the_order_of_the_items_whoever_is_first():
    for order in permutations(range(3)):
        case = Case(
            diagram(
                start(), user("a", GATHER + loop("=voters", "voter")), user("after"), end(),
                flow("s", "a", "after", "e"),
            ),
            voters=["A", "B", "C"],
        )  # fmt: skip
        left = [0, 1, 2]
        for number in order:
            case.complete("a", left.index(number), vote=number)
            left.remove(number)
        assert case.variables["votes"] == [{"voter": v, "vote": n} for n, v in enumerate("ABC")]
        assert "vote" not in case.variables


def test_the_results_so_far_can_end_the_repetition():
    condition = "=count(votes[item.vote = &quot;yes&quot;]) &gt;= 2"
    case = Case(
        diagram(
            start(), user("a", GATHER + loop("=voters", "voter", condition=condition)), end(), flow("s", "a", "e"),
        ),
        voters=["A", "B", "C", "D"],
    )  # fmt: skip
    case.complete("a", vote="yes")
    case.complete("a", vote="no")
    case.complete("a", vote="yes")
    assert case.is_over
    assert [vote["voter"] for vote in case.variables["votes"]] == ["A", "B", "C"]


def test_a_repeated_service_task_and_a_repeated_call():
    child = diagram(start(), user("work"), end(), flow("s", "work", "e"), key="child")
    mapping = '<bpmn:extensionElements><camunda:in source="item" target="item"/></bpmn:extensionElements>'
    case = Case(
        diagram(
            start(), service("job", "job", loop("=[1,2]")),
            node("callActivity", "call", mapping + loop("=[1,2]"), calledElement="child"), end(),
            flow("s", "job", "call", "e"),
        ),
        child,
    )  # fmt: skip
    case.finish("job", 1).finish("job")
    assert [dict(task.variables) for task in case.state.user_tasks] == [{"item": 1}, {"item": 2}]
    case.complete("work").complete("work")
    assert case.is_over


# The main use: each supervising unit claims within a limit, is warned and escalated, and reports back.

UNIT_BODY = (
    start("us")
    + node("exclusiveGateway", "merge")
    + user("claim", camunda_candidateGroups="=[duty.unit + &quot;/officer&quot;, duty.unit + &quot;/head&quot;]")
    + boundary("warned", "claim", timer("=warn(duty.pushed_at)", "timeDate"), False)
    + boundary("overdue", "claim", timer("=due(duty.pushed_at)", "timeDate"), False)
    + node("endEvent", "warning_sent", properties(payload="={unit: duty.unit}") + catches("message", "m_go"))
    + user("urge")
    + end("urged")
    + node("exclusiveGateway", "is_claimed", default="is_claimed_reroute")
    + node("intermediateCatchEvent", "reported", properties(correlationKey="=duty.id") + catches("message", "m_stop"))
    + user("feedback")
    + service("reroute", "reroute_duty")
    + end("fed_back")
    + flow("us", "merge", "claim", "is_claimed")
    + flow("is_claimed", "reported", when="decision = &quot;claim&quot;")
    + flow("reported", "feedback", "fed_back")
    + flow("is_claimed", "reroute", "merge")
    + flow("warned", "warning_sent")
    + flow("overdue", "urge", "urged")
)
UNITS = diagram(
    start(),
    node(
        "subProcess",
        "by_unit",
        properties(outputCollection="results", outputElement="={unit: duty.unit, found: found}")
        + loop("=duties", "duty")
        + UNIT_BODY,
    ),
    boundary("changed", "by_unit", catches("message", "m_go"), True),
    service("repush", "repush"),
    users("acknowledge"),
    end(),
    flow("s", "by_unit", "acknowledge", "e"),
    flow("changed", "repush", "by_unit"),
)
LIMITS = {
    "warn": lambda text: f"{text[:10]}T12:00:00Z",
    "due": lambda text: f"{text[:8]}{int(text[8:10]) + 5:02}T12:00:00Z",
}


def supervised(count=3):
    duties = [{"id": f"D{n}", "unit": f"U{n}", "pushed_at": f"2026-03-{n + 2:02}T01:00:00Z"} for n in range(count)]
    return Case(UNITS, functions=LIMITS, duties=duties)


def test_every_unit_gets_its_own_task_candidates_and_limits():
    case = supervised()
    assert [task.candidate_groups for task in case.state.user_tasks] == [
        (f"U{n}/officer", f"U{n}/head") for n in range(3)
    ]
    due = [timer.due_at for timer in case.state.timers if timer.element_id == "overdue"]
    assert due == [NOW + timedelta(days=5 + n, hours=11) for n in range(3)]
    hosts = [task.token for task in case.state.user_tasks]
    assert [timer.attached_to for timer in case.state.timers if timer.element_id == "warned"] == hosts


@pytest.mark.parametrize("order", list(permutations(range(3))))
def test_units_finish_in_any_order(order):
    case = supervised()
    for number in order:
        place = sorted(order[order.index(number) :]).index(number)
        case.complete("claim", place, decision="claim")
        case.message("reported", "stop", note=number)
        case.complete("feedback", found=f"F{number}")
    assert case.tasks == ["acknowledge"]
    assert case.timers == {}
    assert case.variables["results"] == [{"unit": f"U{n}", "found": f"F{n}"} for n in range(3)]
    assert {"decision", "found", "duty", "note"}.isdisjoint(case.variables)


def test_a_warning_and_an_escalation_do_not_disturb_the_claim():
    case = supervised(2)
    case.fire("warned", 1)
    assert [(event.name, event.payload) for event in case.thrown] == [("go", {"unit": "U1"})]
    case.fire("overdue", 1)
    assert case.tasks == ["claim", "claim", "urge"]
    assert case.state.user_tasks[2].variables["duty"]["unit"] == "U1"
    case.complete("claim", 1, decision="claim")
    assert sorted(case.timers) == ["overdue", "warned"]
    case.message("reported", "stop").complete("feedback", found=1)
    assert case.tasks == ["claim", "urge"]
    case.complete("claim", decision="claim").message("reported", "stop").complete("feedback", found=0)
    assert case.tasks == ["urge"]
    case.complete("urge")
    assert case.tasks == ["acknowledge"]


def test_a_returned_duty_goes_to_another_unit_without_touching_the_others():
    case = supervised(2)
    case.complete("claim", 0, decision="return")
    assert case.services == ["reroute"]
    case.finish("reroute", duty={"id": "D9", "unit": "U9", "pushed_at": "2026-03-10T01:00:00Z"})
    groups = [task.candidate_groups[0] for task in case.state.user_tasks]
    assert groups == ["U1/officer", "U9/officer"]
    assert len(case.state.timers) == 4


def test_a_changed_decision_withdraws_every_open_task_and_pushes_anew():
    case = supervised(3)
    case.complete("claim", 0, decision="claim").fire("overdue", 0)
    case.message("changed", "go", reason="corrected")
    assert (case.tasks, case.services, case.timers, case.events) == ([], ["repush"], {}, [])
    case.finish("repush", duties=[{"id": "N", "unit": "UN", "pushed_at": "2026-03-20T01:00:00Z"}])
    assert case.tasks == ["claim"]
    assert case.variables["results"] == []
    case.complete("claim", decision="claim").message("reported", "stop").complete("feedback", found=1)
    assert case.complete("acknowledge").is_over


def test_tokens_stay_the_same_while_they_wait_and_are_never_used_twice():
    case = supervised(3)
    seen = {task.token for task in case.state.user_tasks}
    kept = case.token("claim", 2)
    case.complete("claim", 0, decision="return").finish("reroute", duty=case.variables["duties"][0])
    assert case.token("claim", 1) == kept
    fresh = {task.token for task in case.state.user_tasks} - seen
    assert min(fresh) > max(seen)


def test_a_hundred_units_are_handled_and_leave_nothing_behind():
    duties = [{"id": f"D{n}", "unit": f"U{n}", "pushed_at": "2026-03-02T01:00:00Z"} for n in range(100)]
    case = Case(UNITS, functions=LIMITS, duties=duties)
    assert len(case.tasks) == 100
    for _ in range(100):
        case.complete("claim", decision="claim").message("reported", "stop").complete("feedback", found=1)
    assert case.tasks == ["acknowledge"]
    assert len(case.execution._case.tokens) == 1
