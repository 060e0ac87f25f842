"""Gaps, overlaps and dead rules are found without running a case."""

from hypothesis import given
from hypothesis import strategies as st

from engine.dmn import DecisionTable, analyse, parse_dmn
from engine.errors import DecisionFailed

NS = "https://www.omg.org/spec/DMN/20191111/MODEL/"


def read(rules: list[tuple[str, str, str]], policy: str = "UNIQUE", types: tuple[str, str] = ("number", "string")):
    rows = "".join(
        f'<rule id="r{number}"><inputEntry><text><![CDATA[{first}]]></text></inputEntry><inputEntry><text>'
        f"<![CDATA[{second}]]></text></inputEntry><outputEntry><text>{result}</text></outputEntry></rule>"
        for number, (first, second, result) in enumerate(rules, 1)
    )
    inputs = "".join(
        f'<input label="{name}"><inputExpression typeRef="{kind}"><text>{name}</text></inputExpression></input>'
        for name, kind in zip(("x", "y"), types, strict=True)
    )
    return parse_dmn(
        f'<definitions xmlns="{NS}" id="d" name="m" namespace="n"><decision id="t" name="T"><decisionTable '
        f'hitPolicy="{policy}">{inputs}<output name="o"/>{rows}</decisionTable></decision></definitions>'.encode(),
        "t.dmn",
    )


def table(*arguments: object, **named: object) -> DecisionTable:
    return read(*arguments, **named).tables["t"]


def kinds(subject: DecisionTable) -> list[str]:
    return [finding.kind for finding in analyse(subject)]


def test_a_total_and_unique_table_has_no_findings():
    assert analyse(table([("< 18", "-", "1"), (">= 18", '"a"', "2"), (">= 18", 'not("a")', "3")])) == []


def test_a_gap_is_shown_by_an_input_that_no_rule_covers():
    (finding,) = analyse(table([("< 18", "-", "1"), ("> 18", "-", "2")]))
    assert (finding.kind, finding.example) == ("gap", {"x": 18})
    assert "x = 18" in finding.message


def test_between_whole_numbers_there_is_no_gap():
    rules = [("<= 18", "-", "1"), (">= 19", "-", "2")]
    assert kinds(table(rules)) == ["gap"]
    assert kinds(table(rules, types=("integer", "string"))) == []


def test_an_overlap_names_both_rules_and_an_input():
    (finding,) = analyse(table([("<= 18", "-", "1"), (">= 18", "-", "2")]))
    assert (finding.kind, finding.rules, finding.example) == ("overlap", ("r1", "r2"), {"x": 18})


def test_any_may_overlap_where_results_agree():
    assert kinds(table([("-", "-", "1"), ("> 1", "-", "1")], "ANY")) == []
    assert kinds(table([("-", "-", "1"), ("> 1", "-", "2")], "ANY")) == ["overlap"]


def test_a_rule_that_earlier_rules_cover_never_fires():
    (finding,) = analyse(table([("< 5", "-", "1"), (">= 5", "-", "2"), ("7", '"a"', "3")], "FIRST"))
    assert (finding.kind, finding.rules) == ("masked", ("r3",))


def test_booleans_and_dates_are_cut_into_their_parts():
    rules = [("true", '>= date("2026-07-01")', "1"), ("false", "-", "2")]
    (finding,) = analyse(table(rules, types=("boolean", "date")))
    assert finding.example == {"x": True, "y": "2026-06-30"}


def test_a_condition_on_other_data_is_reported_as_undecided():
    findings = analyse(table([("< limit", "-", "1"), (">= 0", "-", "2"), ("< 0", "-", "3")]))
    assert [(finding.kind, finding.rules) for finding in findings] == [("undecided", ("r1",))]


def test_a_large_table_is_analysed_or_declared_undecided_in_time():
    rules = [(f"[{number}..{number + 1})", f'"v{number % 7}"', str(number)) for number in range(120)]
    assert set(kinds(table(rules))) == {"gap"}


CELLS = st.sampled_from(["-", "1", "2", "<2", ">=2", "[1..3]", "(1..3)", "not(2)", "2, 4", ">3"])


@given(st.lists(st.tuples(CELLS, CELLS), min_size=1, max_size=5))
def test_findings_agree_with_trying_every_input(cells):
    model = read([(first, second, str(number)) for number, (first, second) in enumerate(cells)], types=("number",) * 2)
    found = set(kinds(model.tables["t"]))
    values = [number / 2 for number in range(0, 11)]
    tried = {_outcome(model, x, y) for x in values for y in values}
    assert ("gap" in found) == ("gap" in tried)
    assert ("overlap" in found) == ("overlap" in tried)


def _outcome(model, x: float, y: float) -> str:
    try:
        return "answer" if model.evaluate("t", {"x": x, "y": y}).matched_rules else "gap"
    except DecisionFailed:
        return "overlap"
