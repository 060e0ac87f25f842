"""Decision tables: hit policies, defaults, requirements, refusals."""

import pytest

from engine.dmn import parse_dmn, view_of
from engine.errors import DecisionFailed, DecisionNotFound, DefinitionInvalid
from engine.feel import to_json

NS = "https://www.omg.org/spec/DMN/20191111/MODEL/"


def table(policy: str, rules: list[tuple[str, str]], output: str = '<output id="o" name="级别"/>') -> bytes:
    rows = "".join(
        f'<rule id="r{number}"><inputEntry><text><![CDATA[{test}]]></text></inputEntry>'
        f"<outputEntry><text>{result}</text></outputEntry></rule>"
        for number, (test, result) in enumerate(rules, 1)
    )
    return (
        f'<definitions xmlns="{NS}" id="d" name="m" namespace="n"><decision id="risk" name="风险">'
        f'<decisionTable {policy}><input id="i" label="面积"><inputExpression typeRef="number"><text>area</text>'
        f"</inputExpression></input>{output}{rows}</decisionTable></decision></definitions>"
    ).encode()


def decide(xml: bytes, **data: object) -> object:
    return to_json(parse_dmn(xml, "t.dmn").evaluate("risk", data).value)


OVERLAPPING = [("> 10", "1"), ("> 20", "3"), ("> 5", "2")]
RANKED = '<output id="o" name="级别"><outputValues><text>3, 1, 2</text></outputValues></output>'


@pytest.mark.parametrize(
    ("policy", "expected"),
    [
        ('hitPolicy="FIRST"', 1),
        ('hitPolicy="PRIORITY"', 3),
        ('hitPolicy="RULE ORDER"', [1, 3, 2]),
        ('hitPolicy="OUTPUT ORDER"', [3, 1, 2]),
        ('hitPolicy="COLLECT"', [1, 3, 2]),
        ('hitPolicy="COLLECT" aggregation="SUM"', 6),
        ('hitPolicy="COLLECT" aggregation="MIN"', 1),
        ('hitPolicy="COLLECT" aggregation="MAX"', 3),
        ('hitPolicy="COLLECT" aggregation="COUNT"', 3),
    ],
)
def test_each_hit_policy_makes_its_own_of_three_matching_rules(policy, expected):
    assert decide(table(policy, OVERLAPPING, RANKED), area=30) == expected


def test_two_matches_in_a_unique_table_are_an_error_that_names_table_and_rules():
    with pytest.raises(DecisionFailed) as caught:
        decide(table('hitPolicy="UNIQUE"', OVERLAPPING), area=15)
    assert caught.value.facts["table"] == "风险"
    assert caught.value.facts["rules"] == ["r1", "r3"]


def test_any_accepts_equal_results_only():
    assert decide(table('hitPolicy="ANY"', [("> 1", "7"), ("> 2", "7")]), area=3) == 7
    with pytest.raises(DecisionFailed):
        decide(table('hitPolicy="ANY"', [("> 1", "7"), ("> 2", "8")]), area=3)


def test_without_a_match_the_default_answers_and_otherwise_null():
    default = '<output name="级别"><defaultOutputEntry><text>9</text></defaultOutputEntry></output>'
    assert decide(table("", [("> 100", "1")], default), area=1) == 9
    assert decide(table("", [("> 100", "1")]), area=1) is None


def test_the_result_says_which_rules_counted_and_on_what_input():
    result = parse_dmn(table('hitPolicy="FIRST"', OVERLAPPING), "t.dmn").evaluate("风险", {"area": 12})
    assert result.matched_rules == ("r1",)
    assert result.trace[0].inputs == (("面积", 12),)


def test_a_value_outside_the_declared_input_values_is_an_error():
    xml = table("", [("> 1", "1")]).replace(
        b"</inputExpression>", b"</inputExpression><inputValues><text>[0..50]</text></inputValues>"
    )
    assert decide(xml, area=50) == 1
    with pytest.raises(DecisionFailed):
        decide(xml, area=51)


def test_an_iso_text_counts_as_a_date_where_the_table_says_so():
    xml = table("", [('>= date("2026-07-01")', "1")]).replace(b'typeRef="number"', b'typeRef="date"')
    assert decide(xml, area="2026-07-02") == 1
    assert decide(xml, area="2026-06-30") is None


def test_a_decision_uses_another_decision_and_knowledge_by_name():
    xml = f"""<definitions xmlns="{NS}" id="d" name="m" namespace="n">
    <inputData id="a" name="面积"><variable name="面积" typeRef="number"/></inputData>
    <businessKnowledgeModel id="k" name="翻倍"><encapsulatedLogic><formalParameter name="x" typeRef="number"/>
      <literalExpression><text>x * 2</text></literalExpression></encapsulatedLogic></businessKnowledgeModel>
    <decision id="one" name="基数"><informationRequirement><requiredInput href="#a"/></informationRequirement>
      <literalExpression><text>面积 + 1</text></literalExpression></decision>
    <decision id="two" name="结果"><informationRequirement><requiredDecision href="#one"/></informationRequirement>
      <knowledgeRequirement><requiredKnowledge href="#k"/></knowledgeRequirement>
      <context><contextEntry><variable name="翻"/><literalExpression><text>翻倍(基数)</text></literalExpression>
      </contextEntry><contextEntry><literalExpression><text>翻 + 1</text></literalExpression></contextEntry></context>
    </decision></definitions>""".encode()
    model = parse_dmn(xml, "t.dmn")
    assert model.decisions == {"one": "基数", "two": "结果"}
    assert model.evaluate("two", {"面积": 4}).value == 11
    assert model.input_names("two") == {"面积"}


def test_an_unknown_decision_is_not_found():
    with pytest.raises(DecisionNotFound):
        parse_dmn(table("", []), "t.dmn").evaluate("nothing", {})


@pytest.mark.parametrize(
    ("before", "after", "rule"),
    [
        (b"<text>area</text>", b"<text>area ==</text>", "dmn-feel"),
        (b"<text>area</text>", b"<text></text>", "dmn-input"),
        (b"<inputExpression ", b'<inputExpression expressionLanguage="groovy" ', "dmn-language"),
        (b'hitPolicy="FIRST"', b'hitPolicy="BEST"', "dmn-hit-policy"),
        (NS.encode(), b"http://example.org/", "dmn-version"),
        (b"<outputEntry><text>1</text></outputEntry>", b"", "dmn-rule"),
    ],
)
def test_a_faulty_model_is_refused_with_the_rule_and_a_remedy(before, after, rule):
    with pytest.raises(DefinitionInvalid) as caught:
        parse_dmn(table('hitPolicy="FIRST"', [("> 1", "1")]).replace(before, after), "t.dmn")
    finding = caught.value.facts["findings"][0]
    assert finding["rule"] == rule
    assert finding["file"] == "t.dmn"
    assert finding["remedy"]


def test_a_circle_of_decisions_is_refused():
    xml = f"""<definitions xmlns="{NS}" id="d" name="m" namespace="n">
    <decision id="a" name="a"><informationRequirement><requiredDecision href="#b"/></informationRequirement></decision>
    <decision id="b" name="b"><informationRequirement><requiredDecision href="#a"/></informationRequirement></decision>
    </definitions>""".encode()
    with pytest.raises(DefinitionInvalid):
        parse_dmn(xml, "t.dmn")


def test_a_table_can_be_shown_as_text():
    view = view_of(parse_dmn(table("", [("", "1"), ("> 5", '"高"')]), "t.dmn").tables["risk"])
    assert (view.policy_label, view.inputs[0].label, view.inputs[0].detail) == ("唯一", "面积", "area")
    assert [(row.number, row.conditions, row.results) for row in view.rows] == [
        (1, ("-",), ("1",)),
        (2, ("> 5",), ('"高"',)),
    ]
