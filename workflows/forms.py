"""Forms: one description for the page, for checking answers and for the API.

A form is deployed beside its diagram. Conditions, prefilled values and lists of choices are FEEL over
the task's variables and the answers given so far; the desk adds reference lists such as ``units``.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import lru_cache
from typing import Any
from zoneinfo import ZoneInfo

from marshmallow import RAISE, Schema, ValidationError

from engine import feel
from engine.errors import ExpressionFailed
from workflows import errors
from workflows.form_answers import MOST_CHOICES, Answer, Bounds, blank, plain_answer
from workflows.form_fields import CHOICES, FormField, Option, read_fields, walk

SHANGHAI = ZoneInfo("Asia/Shanghai")
_INSTANT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:\d\d)")
LONGEST_DRAFT = 20_000


@dataclass(frozen=True, slots=True)
class FieldView:
    """One field as a page shows it; ``is_watched`` means that its answer shows or hides other fields,
    ``may_be_needed`` that other answers can make it required."""

    type: str
    key: str
    label: str
    description: str
    text: str
    subtype: str
    options: tuple[Option, ...]
    required: bool
    value: Any
    max_length: int
    why: str
    clause: str
    hidden: bool
    is_watched: bool
    children: tuple["FieldView", ...] = ()
    may_be_needed: bool = False


@dataclass(frozen=True, slots=True)
class Form:
    """A form; ``zone`` is where an instant without an offset is meant.

    ``silent`` are questions that the program knows and this form leaves out: they count as left open.
    """

    id: str
    fields: tuple[FormField, ...]
    zone: ZoneInfo = SHANGHAI
    silent: tuple[str, ...] = ()

    @property
    def questions(self) -> tuple[FormField, ...]:
        """Return the fields a person answers, in the order of the page."""
        return tuple(item for item in walk(self.fields) if item.is_question)

    def validate(self, answers: Mapping[str, Any], context: Mapping[str, Any]) -> dict[str, Any]:
        """Return the checked answers as plain JSON, with null for every question hidden or left open.

        What was sent for a hidden field is ignored; a field the form does not have is refused.

        Raises:
            FormInvalid: ``errors`` is a list of {pointer, field, label, code, message}.
        """
        seen = self._seen(answers, context)
        hidden = self._hidden(seen)
        open_questions = [item for item in self.questions if item.key not in hidden]
        given = {key: value for key, value in answers.items() if key not in hidden and not blank(value)}
        asked = [replace(item, is_required=_is_required(item, seen)) for item in open_questions]
        schema = Schema.from_dict({q.key: Answer(q, self._bounds(q, seen), self.zone) for q in asked})
        try:
            loaded: Mapping[str, Any] = schema(unknown=RAISE).load(given)
        except ValidationError as exc:
            raise errors.FormInvalid(errors=list(self._mistakes(exc))) from exc
        return dict.fromkeys(self.silent) | {item.key: loaded.get(item.key) for item in self.questions}

    def draft(self, answers: Mapping[str, Any]) -> dict[str, Any]:
        """Return unfinished answers as they are kept: they need not be right, but belong to the form and are plain.

        Raises:
            FormInvalid: a field the form does not have, or a value that no field can hold.
        """
        labels = {item.key: item.label for item in self.questions}
        found = [_draft_mistake(key, labels.get(key), value) for key, value in answers.items()]
        mistakes = [mistake for mistake in found if mistake]
        if mistakes:
            raise errors.FormInvalid(errors=mistakes)
        return dict(answers)

    def fields_for(self, context: Mapping[str, Any], answers: Mapping[str, Any] | None = None) -> tuple[FieldView, ...]:
        """Return what a page shows: *answers* (a draft, or what was refused) go before prefilled values."""
        values = self.prefilled(context) | dict(answers or {})
        seen = self._seen(values, context)
        hidden, watched = self._hidden(seen), self._watched()
        return tuple(self._view(item, values, seen, hidden, watched) for item in self.fields)

    def prefilled(self, context: Mapping[str, Any]) -> dict[str, Any]:
        """Return the values proposed for this case, without those that have none."""
        found = {item.key: _value(item.prefill, context) for item in self.questions if item.prefill is not None}
        return {key: value for key, value in found.items() if value is not None}

    def readable(self, answers: Mapping[str, Any], context: Mapping[str, Any]) -> tuple[tuple[str, str], ...]:
        """Return what was answered as people read it: each label with the text of the answer."""
        seen = self._seen(answers, context)
        shown = []
        for item in self.questions:
            value = answers.get(item.key)
            if value is not False and not blank(value):
                texts = {option.value: option.label for option in _choices(item, seen)}
                parts = value if isinstance(value, list) else [value]
                shown.append((item.label, "、".join(texts.get(str(one), _plain(one)) for one in parts)))
        return tuple(shown)

    def json_schema(self) -> dict[str, Any]:
        """Return the answers as JSON Schema; a field with a condition is never in ``required``."""
        always = [item.key for item in self.questions if item.is_required and item.hide is None]
        return {
            "type": "object",
            "title": self.id,
            "properties": {item.key: _json_schema(item) for item in self.questions},
            "required": always,
            "additionalProperties": False,
        }

    def _seen(self, answers: Mapping[str, Any], context: Mapping[str, Any]) -> dict[str, Any]:
        """Return what conditions may read: the case, and each answer that can be read, null where there is none."""
        seen = dict(context)
        for item in self.questions:
            seen[item.key] = self._readable(item, answers.get(item.key))
        for item in walk(self.fields):
            if item.hide is not None and _value(item.hide, seen) is True:
                seen |= {inner.key: None for inner in walk([item]) if inner.is_question}
        return seen

    def _readable(self, item: FormField, value: Any) -> Any:
        if blank(value):
            return None
        try:
            return plain_answer(item, value, self.zone)
        except ValidationError:
            return None

    def _hidden(self, seen: Mapping[str, Any]) -> frozenset[str]:
        gone = [item for item in walk(self.fields) if item.hide is not None and _value(item.hide, seen) is True]
        return frozenset(inner.key for inner in walk(gone))

    def _watched(self) -> frozenset[str]:
        expressions = [(item.hide, item.options_from, item.required_when) for item in walk(self.fields)]
        names = [one.names() for some in expressions for one in some if one is not None]
        return frozenset().union(*names)

    def _bounds(self, item: FormField, seen: Mapping[str, Any]) -> Bounds:
        choices = frozenset(option.value for option in _choices(item, seen))
        return Bounds(choices, _iso(_value(item.earliest, seen)), _iso(_value(item.latest, seen)))

    def _mistakes(self, exc: ValidationError) -> Iterator[dict[str, str]]:
        labels = {item.key: item.label for item in self.questions}
        messages: Any = exc.messages
        order = {item.key: place for place, item in enumerate(self.questions)}
        for key in sorted(messages, key=lambda name: order.get(name, len(order))):
            found = messages[key][0] if isinstance(messages[key], list) else messages[key]
            if not isinstance(found, dict):
                found = {"code": "unknown-field", "message": f"表单没有字段“{key}”，请刷新页面后重新填写"}
            yield {"pointer": f"/{_escaped(key)}", "field": key, "label": labels.get(key, key), **found}

    def _view(
        self, item: FormField, values: Mapping[str, Any], seen: Mapping[str, Any], hidden: frozenset[str],
        watched: frozenset[str],
    ) -> FieldView:  # fmt: skip
        return FieldView(
            item.type, item.key, item.label, item.description, item.text, item.subtype, _choices(item, seen),
            _is_required(item, seen), values.get(item.key), item.max_length, item.why, item.clause, item.key in hidden,
            item.key in watched, tuple(self._view(child, values, seen, hidden, watched) for child in item.children),
            item.required_when is not None,
        )  # fmt: skip


def _draft_mistake(key: str, label: str | None, value: Any) -> dict[str, str]:
    parts = value if isinstance(value, list) and len(value) <= MOST_CHOICES else [value]
    if label is None:
        code, message = "unknown-field", f"表单没有字段“{key}”，请刷新页面后重新填写"
    elif not all(part is None or isinstance(part, str | int | float) for part in parts):
        code, message = "not-an-answer", f"“{label}”应为文字、数字、是否或若干选项"
    elif any(isinstance(part, str) and len(part) > LONGEST_DRAFT for part in parts):
        code, message = "too-long", f"“{label}”最多暂存 {LONGEST_DRAFT} 个字，请精简"
    else:
        return {}
    return {"pointer": f"/{_escaped(key)}", "field": key, "label": label or key, "code": code, "message": message}


@lru_cache(maxsize=1024)  # every program and test of one process reads the same files
def load_form(content: bytes, filename: str, zone: ZoneInfo = SHANGHAI) -> Form:
    """Return the form of a ``.form`` file.

    Raises:
        DefinitionInvalid: ``findings`` names the component, the rule and the remedy.
    """
    form_id, found = read_fields(content, filename)
    return Form(form_id, found, zone)


def _value(expression: feel.Expression | None, context: Mapping[str, Any]) -> Any:
    """Evaluate; what cannot be evaluated with this case's data counts as null."""
    if expression is None:
        return None
    try:
        return feel.to_json(expression.evaluate(context))
    except ExpressionFailed:
        return None


def _is_required(item: FormField, seen: Mapping[str, Any]) -> bool:
    return item.is_required or (item.required_when is not None and _value(item.required_when, seen) is True)


def _choices(item: FormField, seen: Mapping[str, Any]) -> tuple[Option, ...]:
    if item.options_from is None:
        return item.options
    found = _value(item.options_from, seen)
    return tuple(_option(value) for value in found if value) if isinstance(found, Sequence) else ()


def _option(value: Any) -> Option:
    if isinstance(value, Mapping):
        return Option(str(value.get("value", "")), str(value.get("label", value.get("value", ""))))
    return Option(str(value), str(value))


def _plain(value: Any) -> str:
    if value is True:
        return "是"
    text = str(value)
    return f"{datetime.fromisoformat(text).astimezone(SHANGHAI):%Y-%m-%d %H:%M}" if _INSTANT.fullmatch(text) else text


def _iso(value: Any) -> str | None:
    return value if isinstance(value, str) and value else None


def _escaped(key: str) -> str:
    return key.replace("~", "~0").replace("/", "~1")


_JSON_TYPES = {"number": "number", "checkbox": "boolean", "checklist": "array"}


def _json_schema(item: FormField) -> dict[str, Any]:
    kind = _JSON_TYPES.get(item.type, "string")
    schema: dict[str, Any] = {"title": item.label, "type": kind if item.is_required else [kind, "null"]}
    if item.why:
        schema["description"] = item.why
    if item.type in ("textfield", "textarea"):
        schema["maxLength"] = item.max_length
    if item.type == "datetime":
        schema["format"] = "date" if item.subtype == "date" else "date-time"
    if item.type == "checklist":
        schema["items"] = {"type": "string"}
    if item.type in CHOICES and item.options:
        values = [option.value for option in item.options]
        target = schema["items"] if item.type == "checklist" else schema
        target["enum"] = values if item.type == "checklist" or item.is_required else [*values, None]
    return schema
