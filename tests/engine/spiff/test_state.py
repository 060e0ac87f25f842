"""The state: what it may hold, that a case goes on from it unchanged, and that damage is noticed."""

import gc
import os
import weakref
from datetime import UTC, datetime
from types import SimpleNamespace

import pytest

from engine import errors
from engine.spiff import library
from engine.spiff.expressions import FeelScriptEngine
from tests.engine.spiff.kit import NOW, Case, diagram, end, flow, node, properties, service, start, user
from tests.engine.spiff.walks import DIAGRAMS, walk

SEEDS = int(os.environ.get("XIANJIE_TEST_WALKS", "40"))
"""How many random walks there are of each diagram; ``docs/conformance.md`` tells of the last long run."""
PLAIN = diagram(start(), user("a"), end(), flow("s", "a", "e"))


@pytest.mark.parametrize("name", sorted(DIAGRAMS))
@pytest.mark.parametrize("seed", range(SEEDS))
def test_saving_between_any_two_steps_changes_nothing(name, seed):
    kept = walk(name, seed, saves=False)
    saved = walk(name, seed, saves=True)
    assert saved.trace == kept.trace
    assert saved.variables == kept.variables
    assert saved.bytes == kept.bytes


@pytest.mark.parametrize("name", sorted(DIAGRAMS))
def test_every_walk_ends(name):
    assert all(walk(name, seed, saves=True).is_over for seed in range(10))


@pytest.mark.parametrize("data", [b"", b"\x00{}", b"\x02{}", b"\x01", b"\x01[]", b"\x01{}", b'{"version":1}'])
def test_a_state_that_cannot_be_read_is_refused(data):
    case = Case(PLAIN)
    with pytest.raises(errors.StateUnreadable):
        case.runtime.load(case.definition, data, now=NOW, business_key="k")


def test_a_state_of_another_diagram_is_refused():
    other = Case(diagram(start(), user("b"), end(), flow("s", "b", "e")))
    with pytest.raises(errors.StateUnreadable):
        other.runtime.load(other.definition, Case(PLAIN).bytes, now=NOW, business_key="k")


def test_a_single_damaged_byte_is_noticed_wherever_it_is():
    case = Case(PLAIN, text="x" * 50)
    for place in range(len(case.bytes)):
        data = bytearray(case.bytes)
        data[place] ^= 1
        with pytest.raises(errors.StateUnreadable):
            case.runtime.load(case.definition, bytes(data), now=NOW, business_key="k")


def test_the_state_does_not_hold_the_diagram():
    long = diagram(start(), *(user(f"step_{n}") for n in range(100)), end(),
                   flow("s", *(f"step_{n}" for n in range(100)), "e"))  # fmt: skip
    assert len(Case(long).bytes) < len(Case(PLAIN).bytes) + 20


@pytest.mark.parametrize(
    "value",
    [
        datetime(2026, 1, 1, tzinfo=UTC),
        {1: "x"},
        {"a": object()},
        float("nan"),
        float("inf"),
        2**64,
        b"x",
        {"": 1},
        {1, 2},
    ],
)
def test_variables_are_plain_json(value):
    with pytest.raises(errors.VariablesInvalid):
        Case(PLAIN, x=value)
    with pytest.raises(errors.VariablesInvalid):
        Case(PLAIN).complete("a", x=[value])


def test_the_caller_and_the_case_share_no_mutable_value():
    given = {"list": [1]}
    case = Case(PLAIN, saves=False, given=given)
    given["list"].append(2)
    case.state.user_tasks[0].variables["given"]["list"].append(3)
    assert case.execution.wait_state().variables == {"given": {"list": [1]}}


def test_a_failed_step_leaves_the_stored_state_usable():
    case = Case(diagram(start(), user("a"), user("b", camunda_assignee="=who"), end(), flow("s", "a", "b", "e")))
    with pytest.raises(errors.ExpressionFailed):
        case.execution.complete_user_task(case.token("a"), {"who": 5})
    case._load()
    assert case.complete("a", who="li").state.user_tasks[0].assignee == "li"


def test_case_variables_can_be_set_beside_open_tasks():
    case = Case(PLAIN, x=1)
    case.step("set_variables", {"x": 2, "y": 3})
    assert case.execution.variables_of(case.token("a")) == {"x": 2, "y": 3}


def test_the_attributes_of_a_task_are_evaluated_once():
    calls = []
    case = Case(
        diagram(
            start(),
            user(
                "a", properties(anchor="=x", note="plain", count="=1 + 1"), camunda_candidateGroups="a, b",
                camunda_candidateUsers="=[&quot;u&quot;]", camunda_assignee="=who()",
                camunda_dueDate="=&quot;2026-03-09T00:00:00+08:00&quot;", camunda_priority="70",
            ),
            end(), flow("s", "a", "e"),
        ),
        functions={"who": lambda: calls.append(1) or "li"},
        x="now",
    )  # fmt: skip
    case._load()
    (task,) = case.execution.wait_state().user_tasks
    assert (task.candidate_groups, task.candidate_users, task.assignee, task.priority) == (("a", "b"), ("u",), "li", 70)
    assert task.due_at == datetime(2026, 3, 8, 16, tzinfo=UTC)
    assert task.properties == {"anchor": "now", "note": "plain", "count": "2"}
    assert calls == [1]


def test_what_waited_before_is_known_after_loading():
    case = Case(PLAIN, x=1)
    assert [task.token for task in case.execution.before.user_tasks] == [case.token("a")]
    assert case.execution.before.steps == ()
    case.execution.complete_user_task(case.token("a"), {})
    assert len(case.execution.before.user_tasks) == 1
    assert case.execution.wait_state().user_tasks == ()


def test_mappings_give_a_task_its_own_variables_and_take_out_only_what_they_name():
    mapping = (
        '<bpmn:extensionElements><camunda:inputOutput><camunda:inputParameter name="area">=size * 2'
        '</camunda:inputParameter><camunda:outputParameter name="fee">=area + paid</camunda:outputParameter>'
        "</camunda:inputOutput></bpmn:extensionElements>"
    )
    case = Case(diagram(start(), service("x", "pay", mapping), end(), flow("s", "x", "e")), size=5)
    assert case.state.service_tasks[0].variables == {"size": 5, "area": 10}
    case.finish("x", paid=1)
    assert case.variables == {"size": 5, "fee": 11}


def test_scripts_and_service_calls_are_refused_by_the_script_engine():
    case = Case(PLAIN)
    token = next(iter(case.execution._case.tokens.values()))
    engine = case.execution._case.script_engine
    assert isinstance(engine, FeelScriptEngine)
    for attack in (lambda: engine.execute(token, "x = 1"), lambda: engine.call_service(token)):
        with pytest.raises(errors.ExpressionFailed):
            attack()
    assert engine.evaluate(token, "1 + 1") == 2
    with pytest.raises(errors.AppError):
        engine.evaluate(token, "__import__('os').getpid()")


def test_no_python_in_a_diagram_is_ever_evaluated_and_no_clock_is_read(monkeypatch):
    def refuse(*_arguments, **_named):
        raise AssertionError("evaluated Python or asked for the time")

    expected = {name: walk(name, 3, saves=True).bytes for name in DIAGRAMS}
    monkeypatch.setattr("builtins.eval", refuse)
    monkeypatch.setattr("builtins.exec", refuse)
    monkeypatch.setattr("SpiffWorkflow.task.time", SimpleNamespace(time=refuse))
    monkeypatch.setattr("SpiffWorkflow.bpmn.specs.event_definitions.timer.datetime", refuse)
    assert {name: walk(name, 3, saves=True).bytes for name in DIAGRAMS} == expected


def test_a_disposed_execution_is_freed_at_once():
    case = Case(*DIAGRAMS["units"], saves=False, n=0)
    gone = weakref.ref(case.execution._case)
    gc.disable()
    try:
        case.execution.dispose()
        del case.execution
        assert gone() is None
    finally:
        gc.enable()


def test_a_changed_library_is_noticed(monkeypatch):
    library.check_library()
    monkeypatch.setattr(library, "FINGERPRINTS", dict.fromkeys(library.FINGERPRINTS, "0"))
    with pytest.raises(errors.LibraryChanged):
        library.check_library.__wrapped__()
    monkeypatch.setattr(library, "VERSION", "3.1.0")
    with pytest.raises(errors.LibraryChanged):
        library.check_library.__wrapped__()


def test_without_outputs_the_results_of_a_mapped_task_go_outward_and_its_inputs_stay():
    mapping = (
        '<bpmn:extensionElements><camunda:inputOutput><camunda:inputParameter name="area">=size * 2'
        "</camunda:inputParameter></camunda:inputOutput></bpmn:extensionElements>"
    )
    case = Case(diagram(start(), user("x", mapping), end(), flow("s", "x", "e")), size=5)
    case.complete("x", paid=1, area=0)
    assert case.variables == {"size": 5, "paid": 1}


@pytest.mark.parametrize(
    ("attribute", "value"),
    [("candidateGroups", 5), ("candidateGroups", [1]), ("assignee", True), ("dueDate", "soon"), ("priority", "high")],
)
def test_an_attribute_of_the_wrong_kind_stops_the_step_and_names_the_task(attribute, value):
    with pytest.raises(errors.ExpressionFailed) as caught:
        Case(diagram(start(), user("a", **{f"camunda_{attribute}": "=x"}), end(), flow("s", "a", "e")), x=value)
    assert caught.value.facts["element"] == "a"


def test_plain_tasks_pass_by_themselves():
    case = Case(diagram(start(), node("task", "t"), node("manualTask", "m"), end(), flow("s", "t", "m", "e")))
    assert case.is_over
    assert case.steps("completed") == ["s", "t", "m", "e"]
