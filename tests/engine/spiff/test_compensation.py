"""What was done is undone: newest first, once, and only when it was done."""

import pytest

from tests.engine.spiff.kit import Case, boundary, catches, diagram, end, flow, node, service, start, user, users

UNDO = catches("compensate")
CANCEL = catches("cancel")


def undone_by(host, handler):
    """A compensation boundary event on *host* and the activity that undoes it."""
    link = f'<bpmn:association id="{host}_as" sourceRef="{host}_c" targetRef="{handler}"/>'
    return boundary(f"{host}_c", host, UNDO) + user(handler, isForCompensation="true") + link


def throw(key="t", activity=""):
    definition = UNDO if not activity else f'<bpmn:compensateEventDefinition activityRef="{activity}"/>'
    return node("intermediateThrowEvent", key, definition)


def two_steps(*more, last=None):
    return Case(
        diagram(
            start(), users("a", "b"), last or throw(), user("after"), end(), undone_by("a", "undo_a"),
            undone_by("b", "undo_b"), flow("s", "a", "b", "t", "after", "e"), *more,
        )
    )  # fmt: skip


def test_a_throw_undoes_the_scope_newest_first_and_waits_for_all():
    case = two_steps().complete("a").complete("b")
    assert case.tasks == ["undo_b", "undo_a"]
    assert case.complete("undo_b").tasks == ["undo_a"]
    assert case.complete("undo_a").tasks == ["after"]
    assert case.complete("after").is_over


def test_a_throw_for_one_activity_leaves_the_others():
    case = two_steps(last=throw(activity="a")).complete("a").complete("b")
    assert case.tasks == ["undo_a"]
    assert case.complete("undo_a").tasks == ["after"]


def test_what_was_not_done_is_not_undone():
    case = Case(
        diagram(
            start(), node("parallelGateway", "f"), users("a", "b"), throw(), end(), end("e2"), undone_by("a", "undo_a"),
            flow("s", "f"), flow("f", "b", "t", "e"), flow("f", "a", "e2"),
        )
    )  # fmt: skip
    assert case.complete("b").tasks == ["a"]
    assert case.complete("a").is_over


def test_what_was_undone_is_not_undone_again():
    case = Case(
        diagram(
            start(), user("a"), throw("t"), throw("t2"), end(), undone_by("a", "undo_a"),
            flow("s", "a", "t", "t2", "e"),
        )
    )  # fmt: skip
    case.complete("a")
    assert case.complete("undo_a").is_over


def test_a_completed_subprocess_is_undone_from_inside():
    inner = start("is") + users("a", "b") + end("ie") + undone_by("a", "undo_a") + flow("is", "a", "b", "ie")
    case = Case(diagram(start(), node("subProcess", "sub", inner), throw(), end(), flow("s", "sub", "t", "e")))
    assert case.complete("a").complete("b").tasks == ["undo_a"]
    assert case.complete("undo_a").is_over


def test_a_compensation_end_event_waits_too():
    case = Case(diagram(start(), user("a"), end("e", UNDO), undone_by("a", "undo_a"), flow("s", "a", "e")))
    case.complete("a")
    assert not case.is_over
    assert case.complete("undo_a").is_over


@pytest.mark.parametrize("done", [True, False])
def test_a_cancelled_transaction_undoes_what_was_done_and_leaves_by_its_boundary(done):
    first = ("a", "f") if done else ("f",)
    inner = (
        start("is") + users("a", "b") + node("parallelGateway", "f") + end("ie", CANCEL) + end("ie2")
        + undone_by("a", "undo_a") + flow("is", *first, "ie") + flow("f", "b", "ie2")
    )  # fmt: skip
    case = Case(
        diagram(
            start(), node("transaction", "tx", inner), users("regular", "cancelled"), end(), end("e2"),
            boundary("c", "tx", CANCEL), flow("s", "tx", "regular", "e"), flow("c", "cancelled", "e2"),
        )
    )  # fmt: skip
    if done:
        case.complete("a")
        assert case.tasks == ["undo_a"]
        case.complete("undo_a")
    assert case.tasks == ["cancelled"]


def test_a_transaction_that_ends_regularly_undoes_nothing():
    inner = start("is") + user("a") + end("ie") + undone_by("a", "undo_a") + flow("is", "a", "ie")
    case = Case(
        diagram(
            start(), node("transaction", "tx", inner), user("x"), end(), end("e2"), boundary("c", "tx", CANCEL),
            flow("s", "tx", "e"), flow("c", "x", "e2"),
        )
    )  # fmt: skip
    assert case.complete("a").is_over


def test_a_handler_that_waits_for_a_machine_survives_saving():
    case = Case(
        diagram(
            start(), user("a"), throw(), end(), boundary("a_c", "a", UNDO), service("undo", isForCompensation="true"),
            '<bpmn:association id="as" sourceRef="a_c" targetRef="undo"/>', flow("s", "a", "t", "e"),
        )
    )  # fmt: skip
    case.complete("a")
    assert case.services == ["undo"]
    assert case.finish("undo").is_over
