"""Reads ``.form`` files, the form-js schema that Camunda Modeler writes, into plain values."""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from engine import feel
from engine.errors import DefinitionInvalid, ExpressionInvalid
from workflows.form_shape import faults_of

QUESTIONS = frozenset({"textfield", "textarea", "number", "checkbox", "radio", "select", "checklist", "datetime"})
CHOICES = frozenset({"radio", "select", "checklist"})
_LONGEST = {"textfield": 200, "textarea": 4000}


@dataclass(frozen=True, slots=True)
class Option:
    """One choice: the value that is stored and the words a person reads."""

    value: str
    label: str


@dataclass(frozen=True, slots=True)
class FormField:
    """One component of a form; expressions are FEEL over the task's variables and the answers.

    Attributes:
        type: a form-js type; dates are ``datetime`` with the subtype date or datetime.
        options_from: list of ``{label, value}``, in place of fixed options.
        hide: the field is not asked while this is true.
        prefill: the value proposed to the person.
        earliest, latest: bounds of a date, as ISO text; no bound while they are null.
        required_when: the answer is needed while this is true, as an opinion is for whatever is not agreed to.
        why: the legal or business reason for asking.
    """

    type: str
    key: str
    label: str
    description: str = ""
    text: str = ""
    subtype: str = "date"
    is_required: bool = False
    min_length: int = 0
    max_length: int = 4000
    pattern: str | None = None
    minimum: float | None = None
    maximum: float | None = None
    options: tuple[Option, ...] = ()
    options_from: feel.Expression | None = None
    hide: feel.Expression | None = None
    prefill: feel.Expression | None = None
    earliest: feel.Expression | None = None
    latest: feel.Expression | None = None
    required_when: feel.Expression | None = None
    why: str = ""
    clause: str = ""
    children: tuple["FormField", ...] = field(default=())

    @property
    def is_question(self) -> bool:
        """Tell whether a person answers it."""
        return self.type in QUESTIONS


class _Refused(Exception):
    """A component cannot be used; carries key, rule, message and remedy."""


def read_fields(content: bytes, filename: str) -> tuple[str, tuple[FormField, ...]]:
    """Return the id of a form and its components.

    Raises:
        DefinitionInvalid: it is no form, uses an unknown component or condition, or a key twice.
    """
    try:
        data = json.loads(content)
        faults = faults_of(data)
    except (ValueError, RecursionError) as exc:
        raise _invalid(filename, "", "form-unreadable", "不是表单文件", "请用 Camunda Modeler 重新保存") from exc
    if faults:
        raise _invalid(filename, "", "form-unreadable", f"表单内容有误: {'; '.join(faults[:5])}", "请改正所列各处")
    form_id, components = data["id"], data["components"]
    try:
        fields = tuple(_field(item) for item in components)
        _refuse_twins(fields)
    except _Refused as exc:
        raise _invalid(filename, *exc.args) from exc
    return form_id, fields


def walk(fields: Iterable[FormField]) -> Iterator[FormField]:
    """Yield the fields with those in their groups, each group before its fields."""
    for item in fields:
        yield item
        yield from walk(item.children)


def _invalid(filename: str, element: str, rule: str, message: str, remedy: str) -> DefinitionInvalid:
    finding = {"file": filename, "element": element, "rule": rule, "message": message, "remedy": remedy}
    return DefinitionInvalid(findings=[finding])


def _field(item: Mapping[str, Any]) -> FormField:
    kind, key = item.get("type", ""), item.get("key") or item.get("id") or ""
    if kind not in QUESTIONS | {"text", "group"}:
        raise _Refused(key, "form-component", f"不支持的组件 {kind}", "请改用文本、数字、日期、单选、多选或勾选")
    if kind in QUESTIONS and not item.get("key"):
        raise _Refused(key, "form-key", "组件没有字段名", "请填写 Key")
    extra, rules = item.get("properties") or {}, item.get("validate") or {}
    return FormField(
        type=kind,
        key=key,
        label=item.get("label") or item.get("dateLabel") or "",
        description=item.get("description") or "",
        text=item.get("text") or "",
        subtype=item.get("subtype") or "date",
        is_required=bool(rules.get("required")),
        min_length=int(rules.get("minLength") or 0),
        max_length=int(rules.get("maxLength") or _LONGEST.get(kind, 200)),
        pattern=rules.get("pattern"),
        minimum=rules.get("min"),
        maximum=rules.get("max"),
        options=_options(item.get("values") or ()),
        options_from=_feel(key, item.get("valuesExpression")),
        hide=_feel(key, (item.get("conditional") or {}).get("hide")),
        prefill=_feel(key, extra.get("prefill")),
        earliest=_feel(key, extra.get("earliest")),
        latest=_feel(key, extra.get("latest")),
        required_when=_feel(key, extra.get("requiredWhen")),
        why=extra.get("why") or "",
        clause=extra.get("clause") or "",
        children=tuple(_field(child) for child in item.get("components") or ()),
    )


def _options(values: Sequence[Mapping[str, str]]) -> tuple[Option, ...]:
    return tuple(Option(str(value["value"]), str(value["label"])) for value in values)


def _feel(key: str, text: str | None) -> feel.Expression | None:
    if not text or not text.strip():
        return None
    try:
        expression = feel.parse(text)
    except ExpressionInvalid as exc:
        raise _Refused(key, "form-expression", f"表达式无效: {text}", "请按 FEEL 语法改写") from exc
    unknown = expression.calls() - feel.BUILTIN_NAMES
    if unknown:
        raise _Refused(key, "form-expression", f"未知函数 {', '.join(sorted(unknown))}", "请只用 FEEL 内置函数")
    return expression


def _refuse_twins(fields: Iterable[FormField]) -> None:
    seen: set[str] = set()
    for item in walk(fields):
        if item.is_question and item.key in seen:
            raise _Refused(item.key, "form-key", f"字段名 {item.key} 出现多次", "请为每个字段使用不同的 Key")
        seen.add(item.key)
