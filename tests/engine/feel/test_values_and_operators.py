"""What FEEL expressions yield, as DMN 1.3 chapter 10 has it."""

import datetime
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.errors import ExpressionFailed
from engine.feel import from_json, parse, to_json
from engine.feel.temporal import Date


def value(text: str, **context: object) -> object:
    return to_json(parse(text).evaluate(context))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("=1 + 2 * 3", 7),
        ("0.1 + 0.2 = 0.3", True),
        ("-5 ** 2", 25),
        ("10 / 0", None),
        ("1 + null", None),
        ('"衔" + "接"', "衔接"),
        ("true and null", None),
        ("false and null", False),
        ("true or null", True),
        ("not(null)", None),
        ("null = null", True),
        ('1 = "1"', None),
        ("if null then 1 else 2", 2),
        ("[1, 2, 3][-1]", 3),
        ("[1, 2, 3][4]", None),
        ("[1, 2, 3][item > 1]", [2, 3]),
        ("[{a: 1}, {a: 2}][a = 2].a", [2]),
        ("{a: 1, b: a + 1}.b", 2),
        ('{"a-b": 1}', {"a-b": 1}),
        ("for i in 1..3, j in [i, 10] return i * j", [1, 10, 4, 20, 9, 30]),
        ("for i in 0..4 return if i = 0 then 1 else i * partial[-1]", [1, 1, 2, 6, 24]),
        ("some x in [1, 2] satisfies x > 1", True),
        ("every x in [1, 2] satisfies x > 1", False),
        ("3 between 1 and 3", True),
        ("3 in ]1..3[", False),
        ("3 in (<2, >=3)", True),
        ("5 in (1, [4..6])", True),
        ("[1, 2] instance of list<number>", True),
        ("(function(a, b) a - b)(b: 1, a: 3)", 2),
        ("sort([3, 1, 2], function(x, y) x > y)", [3, 2, 1]),
        ('get or else(missing.part, "默认")', "默认"),
        ("is defined(missing)", False),
        ('substring("衔接平台", 3)', "平台"),
        ('matches("13800138000", "^1[3-9][0-9]{9}$")', True),
    ],
)
def test_an_expression_has_the_value_the_standard_gives_it(text, expected):
    assert value(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('date("2024-01-31") + @"P1M"', "2024-02-29"),
        ('@"2026-07-01T08:00:00+08:00" - @"2026-07-01T00:00:00Z"', "P0D"),
        ('@"2026-07-01T10:00:00@Asia/Shanghai" + @"PT15H"', "2026-07-02T01:00:00@Asia/Shanghai"),
        ('@"2026-07-03" - @"2026-07-01"', "P2D"),
        ('date("2026-02-30")', None),
        ('date("2026-07-01").weekday', 3),
        ('day of week(@"2026-07-01")', "Wednesday"),
        ('years and months duration(date("2024-03-15"), date("2026-01-14"))', "P1Y9M"),
        ('@"2026-07-01T10:00:00" < @"2026-07-01T10:00:00Z"', None),
        ('@"P1Y" = @"P12M"', True),
    ],
)
def test_dates_and_durations_are_calculated_by_the_calendar(text, expected):
    assert value(text) == expected


def test_names_may_contain_blanks_and_chinese():
    assert value('申请 人 = "张三" and 年龄 >= 18', **{"申请 人": "张三", "年龄": 20}) is True


def test_a_name_with_an_operator_is_recognised_if_it_was_declared():
    assert parse("pre-check + 1", names=["pre-check"]).evaluate({"pre-check": 1}) == 2


def test_unary_tests_compare_the_input_and_may_ask_about_it():
    assert parse("< 18, > 60", unary=True).matches(Decimal(70), {})
    assert parse('not("高", "中")', unary=True).matches("低", {})
    assert parse("-", unary=True).matches(None, {})
    assert parse('contains(?, "危")', unary=True).matches("危化品", {})
    assert not parse("< limit", unary=True).matches(Decimal(70), {"limit": 60})


def test_a_strict_evaluation_stops_where_a_lenient_one_answers_null():
    condition = parse("amount > 5")
    assert condition.evaluate({}) is None
    with pytest.raises(ExpressionFailed):
        condition.evaluate({}, strict=True)


def test_functions_from_outside_receive_plain_json_and_may_be_named():
    seen = []
    functions = {"due": lambda limit, days=0: seen.append((limit, days)) or datetime.date(2026, 7, 1)}
    assert parse('due(limit: "claim", days: 2) > @"2026-06-30"').evaluate({}, functions) is True
    assert seen == [("claim", 2)]


def test_wrong_arguments_for_a_function_from_outside_are_an_error():
    with pytest.raises(ExpressionFailed):
        parse("due()").evaluate({}, {"due": lambda limit: limit})


def test_free_names_and_calls_are_known_without_evaluating():
    expression = parse("for i in items return i + f(offset) + count([1]) + {x: 1, y: x + z}.y")
    assert expression.names() == {"items", "offset", "z"}
    assert expression.calls() == {"f", "count"}


def test_python_dates_come_in_as_feel_dates_and_texts_remain_texts():
    data = {"at": datetime.datetime(2026, 7, 1, 8, tzinfo=datetime.UTC), "note": "2026-07-01"}
    assert value("at.hour", **data) == 8
    assert value("note instance of string", **data) is True


@given(st.dates())
def test_every_day_of_python_is_the_same_day_here(day):
    ours = from_json(day)
    assert str(ours) == day.isoformat()
    assert Date.from_ordinal((day - datetime.date(1970, 1, 1)).days) == ours
    assert ours.weekday == day.isoweekday()


@given(st.integers(min_value=-(10**12), max_value=10**12))
def test_any_day_number_survives_the_way_to_a_date_and_back(days):
    assert Date.from_ordinal(days % 10**11).ordinal == days % 10**11


@given(st.integers(), st.integers())
def test_whole_numbers_add_as_in_python(left, right):
    if abs(left) < 10**33 and abs(right) < 10**33:
        assert value("a + b", a=left, b=right) == left + right


@given(st.lists(st.integers(min_value=-1000, max_value=1000), min_size=1))
def test_lists_are_sorted_and_summed_as_in_python(numbers):
    assert value("sort(xs)", xs=numbers) == sorted(numbers)
    assert value("sum(xs)", xs=numbers) == sum(numbers)
    assert value("distinct values(xs)", xs=numbers) == list(dict.fromkeys(numbers))


@given(st.recursive(st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.text(), st.lists, max_leaves=8))
def test_json_survives_the_way_in_and_out(data):
    assert to_json(from_json(data)) == data
