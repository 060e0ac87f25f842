"""One description of a form serves the page, the check and the API."""

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import bpmn
from engine.errors import DefinitionInvalid
from workflows.errors import FormInvalid, UnknownForm
from workflows.form_book import FormBook
from workflows.forms import Form, load_form

DECISION = {
    "type": "radio", "key": "decision", "label": "处理", "validate": {"required": True},
    "values": [{"label": "认领", "value": "claim"}, {"label": "退回", "value": "return"}],
}  # fmt: skip
NOTE = {
    "type": "textarea", "key": "note", "label": "退回说明",
    "validate": {"required": True, "minLength": 4, "maxLength": 20},
    "conditional": {"hide": '=not(decision = "return")'}, "properties": {"why": "供裁定时判断", "clause": "zz2020/1.2"},
}  # fmt: skip
UNIT = {"type": "select", "key": "unit", "label": "单位", "valuesExpression": '=units[kind = "town"]'}
DAY = {
    "type": "datetime", "key": "day", "dateLabel": "检查日期", "subtype": "date",
    "properties": {"latest": "=today", "earliest": "=filed_on"},
}  # fmt: skip
MOMENT = {"type": "datetime", "key": "moment", "dateLabel": "发现时间", "subtype": "datetime"}
AREA = {"type": "number", "key": "size", "label": "面积", "validate": {"min": 0, "max": 100}}
SURE = {"type": "checkbox", "key": "sure", "label": "已核对", "validate": {"required": True}}
MANY = {
    "type": "checklist",
    "key": "many",
    "label": "单位",
    "values": [{"label": "甲", "value": "a"}, {"label": "乙", "value": "b"}],
}
UNITS = [{"value": "T1", "label": "镇一", "kind": "town"}, {"value": "U1", "label": "城管", "kind": "urban_management"}]


def form(*components: dict[str, Any]) -> Form:
    """Return a form of these components."""
    return load_form(json.dumps({"id": "f", "components": components}).encode(), "f.form")


def mistakes(asked: Form, answers: dict[str, Any], context: dict[str, Any] | None = None) -> list[dict[str, str]]:
    """Return what is wrong with the answers."""
    with pytest.raises(FormInvalid) as refused:
        asked.validate(answers, context or {})
    return list(refused.value.facts["errors"])


def test_a_hidden_answer_is_ignored_and_stored_as_null():
    assert form(DECISION, NOTE).validate({"decision": "claim", "note": "旧的"}, {}) == {
        "decision": "claim",
        "note": None,
    }


def test_a_field_is_asked_as_soon_as_its_condition_holds():
    assert mistakes(form(DECISION, NOTE), {"decision": "return"}) == [
        {"pointer": "/note", "field": "note", "label": "退回说明", "code": "required", "message": "请填写“退回说明”"}
    ]


def test_what_depends_on_a_hidden_answer_is_hidden_too():
    chained = form(DECISION, NOTE, {**UNIT, "conditional": {"hide": "=note = null"}})
    assert chained.validate({"decision": "claim", "note": "退回说明", "unit": "x"}, {})["unit"] is None


def test_unknown_fields_are_refused_by_name():
    assert mistakes(form(DECISION), {"decision": "claim", "is_admin": True})[0]["code"] == "unknown-field"


def test_mistakes_come_in_the_order_of_the_page():
    found = mistakes(form(DECISION, AREA, SURE), {"sure": False, "size": "很大"})
    assert [(item["field"], item["code"]) for item in found] == [
        ("decision", "required"), ("size", "not-a-number"), ("sure", "required"),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("component", "answer", "code"),
    [
        (DECISION, "other", "not-an-option"),
        (DECISION, ["claim"], "not-text"),
        ({**NOTE, "conditional": {}}, "短", "too-short"),
        ({**NOTE, "conditional": {}}, "长" * 21, "too-long"),
        ({**NOTE, "conditional": {}}, "带有\x07控制符", "bad-character"),
        ({"type": "textfield", "key": "t", "label": "文号", "validate": {"pattern": "[0-9]+"}}, "1a", "bad-format"),
        (AREA, -1, "too-small"),
        (AREA, "100.5", "too-large"),
        (AREA, True, "not-a-number"),
        (AREA, float("nan"), "not-a-number"),
        (SURE, "maybe", "not-a-boolean"),
        (MANY, ["a", "c"], "not-an-option"),
        (MANY, {"a": 1}, "not-a-list"),
        (MANY, [1], "not-a-list"),
        (DAY, "2026-02-30", "not-a-date"),
        (MOMENT, "明天", "not-a-date"),
    ],
)
def test_each_mistake_has_a_code_and_names_the_field(component, answer, code):
    (found,) = mistakes(form(component), {component["key"]: answer})
    assert found["code"] == code
    assert (component.get("label") or component["dateLabel"]) in found["message"]


@pytest.mark.parametrize(
    ("component", "sent", "stored"),
    [
        (AREA, "12.50", 12.5),
        (AREA, 3.0, 3),
        (SURE, "on", True),
        (MANY, "a", ["a"]),
        (MANY, ("b", "a", "b"), ["b", "a"]),
        (DAY, "2026-03-01", "2026-03-01"),
        (MOMENT, "2026-03-01T09:30", "2026-03-01T01:30:00+00:00"),
        (MOMENT, "2026-03-01T09:30:00+09:00", "2026-03-01T00:30:00+00:00"),
        ({**NOTE, "conditional": {}}, " 第一行\r\n第二行 ", "第一行\n第二行"),
        (AREA, " ", None),
    ],
)
def test_answers_become_plain_json_whether_from_a_page_or_the_api(component, sent, stored):
    assert form(component).validate({component["key"]: sent}, {}) == {component["key"]: stored}


@pytest.mark.parametrize(("day", "code"), [("2026-03-03", "too-late"), ("2026-02-27", "too-early")])
def test_a_date_keeps_to_the_bounds_of_the_case(day, code):
    assert mistakes(form(DAY), {"day": day}, {"today": "2026-03-02", "filed_on": "2026-02-28"})[0]["code"] == code


def test_the_bound_of_an_instant_is_said_in_the_time_of_the_city():
    question = {**MOMENT, "properties": {"earliest": "=now"}}
    refused = mistakes(form(question), {question["key"]: "2026-03-02T06:59"}, {"now": "2026-03-01T23:00:00+00:00"})
    assert refused[0]["message"].endswith("不能早于 2026-03-02 07:00")


def test_choices_may_come_from_the_case():
    asked = form(UNIT)
    assert asked.validate({"unit": "T1"}, {"units": UNITS}) == {"unit": "T1"}
    assert mistakes(asked, {"unit": "U1"}, {"units": UNITS})[0]["code"] == "not-an-option"
    assert [option.label for option in asked.fields_for({"units": UNITS})[0].options] == ["镇一"]


def test_a_page_shows_the_draft_before_the_proposal():
    asked = form({**NOTE, "conditional": {}, "properties": {"prefill": "=routing.focus"}})
    context = {"routing": {"focus": "核对放线"}}
    assert asked.fields_for(context)[0].value == "核对放线"
    assert asked.fields_for(context, {"note": "我的草稿"})[0].value == "我的草稿"
    assert asked.fields_for({})[0].value is None


def test_a_page_knows_what_is_hidden_what_is_watched_and_why_it_is_asked():
    decision, note = form(DECISION, NOTE).fields_for({})
    assert (decision.is_watched, note.is_watched) == (True, False)
    assert (decision.hidden, note.hidden) == (False, True)
    assert (note.why, note.clause) == ("供裁定时判断", "zz2020/1.2")


def test_an_opinion_is_needed_only_where_the_form_says_so():
    opinion = {"type": "textarea", "key": "note", "label": "意见",
               "properties": {"requiredWhen": '=decision = "return"'}}  # fmt: skip
    asked = form(DECISION, opinion)
    assert asked.validate({"decision": "claim"}, {}) == {"decision": "claim", "note": None}
    refused = mistakes(asked, {"decision": "return", "note": " "})
    assert [(one["field"], one["message"]) for one in refused] == [("note", "请填写“意见”")]
    decision, shown = asked.fields_for({}, {"decision": "return"})
    assert (decision.is_watched, shown.required, shown.may_be_needed, shown.hidden) == (True, True, True, False)
    assert asked.fields_for({})[1].required is False
    assert "note" not in asked.json_schema()["required"]


def test_a_group_hides_all_its_fields():
    group = {
        "type": "group",
        "id": "g",
        "label": "检查",
        "components": [AREA],
        "conditional": {"hide": '=decision = "claim"'},
    }
    asked = form(DECISION, group)
    assert asked.validate({"decision": "claim", "size": "x"}, {}) == {"decision": "claim", "size": None}
    assert asked.fields_for({}, {"decision": "claim"})[1].children[0].hidden


def test_the_api_gets_the_same_rules_as_json_schema():
    schema = form(DECISION, NOTE, DAY, MANY).json_schema()
    assert (schema["required"], schema["additionalProperties"]) == (["decision"], False)
    assert schema["properties"]["decision"]["enum"] == ["claim", "return"]
    assert schema["properties"]["note"]["maxLength"] == 20
    assert schema["properties"]["day"] == {"title": "检查日期", "type": ["string", "null"], "format": "date"}
    assert schema["properties"]["many"]["items"] == {"type": "string", "enum": ["a", "b"]}


@pytest.mark.parametrize(
    ("content", "rule"),
    [
        (b"[]", "form-unreadable"),
        (b"{", "form-unreadable"),
        (b'{"id": "f", "components": [{"type": "filepicker", "key": "x"}]}', "form-component"),
        (b'{"id": "f", "components": [{"type": "textfield"}]}', "form-key"),
        (json.dumps({"id": "f", "components": [AREA, AREA]}).encode(), "form-key"),
        (
            json.dumps({"id": "f", "components": [{**AREA, "conditional": {"hide": "=1 +"}}]}).encode(),
            "form-expression",
        ),
        (
            json.dumps({"id": "f", "components": [{**AREA, "conditional": {"hide": "=open()"}}]}).encode(),
            "form-expression",
        ),
    ],
)
def test_a_form_that_could_not_be_checked_is_not_deployed(content, rule):
    with pytest.raises(DefinitionInvalid) as refused:
        load_form(content, "f.form")
    assert [finding["rule"] for finding in refused.value.facts["findings"]] == [rule]


def test_an_unknown_form_is_not_found():
    with pytest.raises(UnknownForm):
        FormBook({}).get("p", "f")


KEYS = st.sampled_from(["decision", "note", "unit", "day", "moment", "size", "sure", "many", "zz"])
VALUES = st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.lists(st.text())


def outcome(asked: Form, answers: dict[str, Any]) -> tuple[dict[str, Any] | None, list[dict[str, str]]]:
    """Return what was stored, or why it was refused."""
    try:
        return asked.validate(answers, {"units": UNITS}), []
    except FormInvalid as refused:
        return None, list(refused.facts["errors"])


@given(st.dictionaries(KEYS, VALUES))
def test_whatever_is_sent_is_either_stored_whole_or_refused_with_reasons(answers):
    asked = form(DECISION, NOTE, UNIT, DAY, MOMENT, AREA, SURE, MANY)
    stored, reasons = outcome(asked, answers)
    assert (stored is None) == bool(reasons)
    assert all(item["message"] and item["pointer"].startswith("/") for item in reasons)
    assert stored is None or set(stored) == {question.key for question in asked.questions}
    assert json.loads(json.dumps(stored)) == stored


def test_answers_are_shown_by_their_labels_even_when_options_depend_on_the_case() -> None:
    form = FormBook.load(Path(bpmn.__file__).parent).get("approval_handoff", "claim_duty")
    answers = {"decision": "return", "return_code": "other_area", "note": "在滕州", "suggested_unit": None}
    shown = dict(form.readable(answers, {"duty": {"is_final": False}, "units": []}))
    assert shown["处理"] == "退回"
    assert "地址不在本辖区" in shown.values()
    assert "在滕州" in shown.values()
    assert len(shown) == 3
