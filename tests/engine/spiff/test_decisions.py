"""Business rule tasks ask the decision tables deployed with the diagram."""

import pytest

from engine import errors
from tests.engine.spiff.kit import NOW, Case, diagram, end, flow, node, start, user

TABLE = """<?xml version="1.0" encoding="UTF-8"?>
<definitions xmlns="https://www.omg.org/spec/DMN/20191111/MODEL/" id="d" name="d" namespace="test">
<decision id="route" name="route"><decisionTable hitPolicy="UNIQUE">
<input id="i"><inputExpression><text>size</text></inputExpression></input>
<output id="o" name="way"/>
<rule id="small"><inputEntry><text>&lt; 10</text></inputEntry><outputEntry><text>"short"</text></outputEntry></rule>
<rule id="big"><inputEntry><text>[10..100]</text></inputEntry><outputEntry><text>"long"</text></outputEntry></rule>
</decisionTable></decision></definitions>"""
XML = diagram(
    start(), node("businessRuleTask", "r", camunda_decisionRef="route", camunda_resultVariable="way"),
    user("a", camunda_candidateGroups="=way"), end(), flow("s", "r", "a", "e"),
)  # fmt: skip


@pytest.mark.parametrize(("size", "way", "rule"), [(5, "short", "small"), (50, "long", "big")])
def test_the_result_becomes_a_variable_and_the_history_says_which_rule_decided(size, way, rule):
    case = Case(XML, TABLE, size=size)
    assert case.variables == {"size": size, "way": way}
    assert case.state.user_tasks[0].candidate_groups == (way,)
    (decided,) = [step for step in case.state.steps if step.what == "decided"]
    assert decided.element_id == "r"
    assert decided.detail == {"decision": "route", "matched_rules": [rule], "result": way}


def test_a_decision_that_is_not_in_the_deployment_is_refused():
    with pytest.raises(errors.DefinitionInvalid):
        Case(XML)


def test_a_table_may_use_the_functions_given_to_the_runtime():
    table = TABLE.replace("<text>size</text>", "<text>measure(size)</text>")
    case = Case(XML, table, size=1, functions={"measure": lambda size: int(size) * 20})
    assert case.variables["way"] == "long"


def test_functions_called_by_a_table_are_told_the_instant():
    table = TABLE.replace("<text>size</text>", "<text>days(size)</text>")
    case = Case(XML, table, size=1, functions={"days": lambda size, *, context: context.now.day + int(size)})
    assert NOW.day + 1 < 10
    assert case.variables["way"] == "short"
