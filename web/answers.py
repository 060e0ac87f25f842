"""What a form sent, by the kinds of its fields; everything else in the request is ignored."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from werkzeug.datastructures import MultiDict

from workflows.forms import FieldView


def answers_of(fields: Sequence[FieldView], form: "MultiDict[str, str]") -> dict[str, Any]:
    """Return the answers to the questions of a form; a question that was not shown is left out."""
    found: dict[str, Any] = {}
    for field in flat(fields):
        if field.type == "checklist":
            found[field.key] = form.getlist(field.key)
        elif field.type == "checkbox":
            found[field.key] = field.key in form
        elif field.key in form:
            found[field.key] = form[field.key]
    return found


def flat(fields: Sequence[FieldView]) -> Iterator[FieldView]:
    """Yield the questions, those in groups too."""
    for field in fields:
        if field.children:
            yield from flat(field.children)
        elif field.key and field.type != "text":
            yield field


def unasked(fields: Sequence[FieldView]) -> list[str]:
    """Return the questions that are not asked with the answers so far."""
    return [field.key for field in flat(fields) if field.hidden]


def in_words(fields: Sequence[FieldView], answers: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Return label and answer of every question that is asked, as a person reads them."""
    return [(field.label, _words(field, answers.get(field.key))) for field in flat(fields) if not field.hidden]


def _words(field: FieldView, value: Any) -> str:
    labels = {option.value: option.label for option in field.options}
    if isinstance(value, list):
        return "、".join(labels.get(str(item), str(item)) for item in value) or "（未选）"
    if field.type == "checkbox":
        return "是" if value else "否"
    if value in (None, ""):
        return "（未填）"
    return labels.get(str(value), str(value).replace("T", " "))


def sent(answers: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Yield answers as the hidden fields of the next form."""
    for name, value in answers.items():
        if isinstance(value, list):
            yield from ((name, item) for item in value)
        elif value is True:
            yield name, "true"
        elif value not in (None, False):
            yield name, str(value)
