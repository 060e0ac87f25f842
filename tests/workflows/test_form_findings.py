"""Before a form is deployed, everything that speaks against it is said with field and remedy."""

import json
from typing import Any

import pytest

from engine.spiff.model import Resource
from workflows.form_findings import form_findings
from workflows.forms import load_form

DECISION = {
    "type": "radio", "key": "decision", "label": "处理", "validate": {"required": True},
    "values": [{"value": "yes", "label": "同意"}, {"value": "no", "label": "不同意"}],
}  # fmt: skip
NOTE = {"type": "textarea", "key": "note", "label": "说明"}
DAY = {"type": "datetime", "subtype": "date", "key": "day", "label": "日期"}
INNER = {"type": "group", "id": "g", "label": "组", "conditional": {"hide": '=decision = "no"'},
         "components": [{"type": "number", "key": "sum", "label": "金额", "validate": {"required": True}}]}  # fmt: skip


def file(*components: dict[str, Any], name: str = "p/f.form") -> Resource:
    return Resource(name, json.dumps({"id": "f", "components": components}).encode())


SHIPPED = {("p", "f"): load_form(file(DECISION, NOTE, DAY, INNER).content, "p/f.form")}
EXTRA = {"type": "textfield", "key": "extra", "label": "新问题"}


@pytest.mark.parametrize(
    ("changed", "expected"),
    [
        ((DECISION, NOTE, DAY, INNER, EXTRA), []),
        (({**DECISION, "type": "select", "label": "怎么办"}, {**NOTE, "type": "textfield"}, DAY, INNER), []),
        ((NOTE, DAY, INNER), [("error", "decision", "form-question-missing")]),
        ((DECISION, DAY, INNER), [("warning", "note", "form-question-missing")]),
        ((DECISION, NOTE, DAY), [("warning", "sum", "form-question-missing")]),
        (({**DECISION, "validate": {}}, NOTE, DAY, INNER), [("error", "decision", "form-question-optional")]),
        (
            ({**DECISION, "conditional": {"hide": "=note = null"}}, NOTE, DAY, INNER),
            [("error", "decision", "form-question-optional")],
        ),
        ((DECISION, NOTE, {**DAY, "subtype": "datetime"}, INNER), [("error", "day", "form-question-kind")]),
        ((DECISION, {**NOTE, "type": "number"}, DAY, INNER), [("error", "note", "form-question-kind")]),
        (
            ({**DECISION, "values": [*DECISION["values"], {"value": "later", "label": "暂缓"}]}, NOTE, DAY, INNER),
            [("warning", "decision", "form-choice-new")],
        ),
        ((DECISION, NOTE, DAY, INNER, {**EXTRA, "key": None}), [("error", "", "form-key")]),
    ],
)
def test_a_form_keeps_what_the_program_needs(changed: Any, expected: list[tuple[str, str, str]]) -> None:
    found = form_findings(file(*changed), SHIPPED)
    assert [(one["level"], one["element"], one["rule"]) for one in found] == expected
    assert all(one["file"] == "p/f.form" and one["message"] and one["remedy"] for one in found)


def test_a_form_that_no_task_keeps_answers_of_asks_nothing_new() -> None:
    asks_more = file(DECISION, NOTE, DAY, INNER, EXTRA)
    [found] = form_findings(asks_more, SHIPPED, {("p", "f")})
    assert (found["level"], found["element"], found["rule"]) == ("error", "extra", "form-question-unkept")
    assert form_findings(file({**DECISION, "label": "怎么办"}, NOTE, DAY, INNER), SHIPPED, {("p", "f")}) == []


def test_a_form_the_program_does_not_bring_only_has_to_be_one() -> None:
    assert form_findings(file(EXTRA, name="own/f.form"), SHIPPED) == []
    [found] = form_findings(Resource("own/f.form", b"{"), SHIPPED)
    assert (found["level"], found["rule"]) == ("error", "form-unreadable")
