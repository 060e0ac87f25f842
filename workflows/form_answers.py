"""Checks one answer to one question, from JSON or from an HTML form, and says in Chinese what to mend."""

import math
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any, NoReturn
from zoneinfo import ZoneInfo

from marshmallow import ValidationError, fields

from workflows.form_fields import FormField
from workflows.uow import ZONE

_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")
_TRUE, _FALSE = {"true", "on", "1", "yes"}, {"false", "off", "0", "no", ""}
_VERBS = {
    "radio": "请选择",
    "select": "请选择",
    "checklist": "请至少选择一项",
    "checkbox": "请勾选",
    "datetime": "请填写",
}
MOST_CHOICES = 200


@dataclass(frozen=True, slots=True)
class Bounds:
    """What an answer must keep to in this very case: the choices offered and the first and last day."""

    choices: frozenset[str] = frozenset()
    earliest: str | None = None
    latest: str | None = None


def refuse(code: str, message: str) -> NoReturn:
    """Refuse an answer."""
    raise ValidationError({"code": code, "message": message})


def blank(value: object) -> bool:
    """Tell whether nothing was answered."""
    return value is None or value == [] or (isinstance(value, str) and not value.strip())


class Answer(fields.Field[Any]):
    """The marshmallow field of one question; yields plain JSON."""

    def __init__(self, question: FormField, bounds: Bounds, zone: ZoneInfo) -> None:
        missing = {"code": "required", "message": f"{_VERBS.get(question.type, '请填写')}“{question.label}”"}
        super().__init__(
            required=question.is_required,
            allow_none=not question.is_required,
            error_messages={"required": missing, "null": missing},
        )
        self._question, self._bounds, self._zone = question, bounds, zone

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> Any:
        answer = plain_answer(self._question, value, self._zone)
        _CHECKS[self._question.type](self._question, answer, self._bounds)
        return answer


def plain_answer(question: FormField, value: object, zone: ZoneInfo) -> Any:
    """Return the answer as it is stored.

    Instants become ISO text in UTC: without an offset they are meant in *zone*. Dates stay dates.

    Raises:
        ValidationError: it cannot be read at all.
    """
    reader: Callable[[FormField, Any, ZoneInfo], Any] = _READERS[question.type]
    return reader(question, value, zone)


def _text(question: FormField, value: Any, zone: ZoneInfo) -> str:
    if not isinstance(value, str):
        refuse("not-text", f"“{question.label}”应为文字")
    return value.replace("\r\n", "\n").strip()


def _number(question: FormField, value: Any, zone: ZoneInfo) -> int | float:
    try:
        number = float(value) if not isinstance(value, bool) else math.nan
    except (TypeError, ValueError, OverflowError):
        number = math.nan
    if not math.isfinite(number) or abs(number) > 1e15:
        refuse("not-a-number", f"“{question.label}”应为数字，例如 12.5")
    return int(number) if number.is_integer() else number


def _yes_no(question: FormField, value: Any, zone: ZoneInfo) -> bool:
    if isinstance(value, bool):
        return value
    word = value.strip().lower() if isinstance(value, str) else None
    if word in _TRUE or word in _FALSE:
        return word in _TRUE
    refuse("not-a-boolean", f"“{question.label}”只能是勾选或不勾选")


def _list(question: FormField, value: Any, zone: ZoneInfo) -> list[str]:
    values = [value] if isinstance(value, str) else value
    if not isinstance(values, list | tuple) or len(values) > MOST_CHOICES:
        refuse("not-a-list", f"“{question.label}”应为若干选项")
    if not all(isinstance(item, str) for item in values):
        refuse("not-a-list", f"“{question.label}”应为若干选项")
    return list(dict.fromkeys(values))


def _instant(question: FormField, value: Any, zone: ZoneInfo) -> str:
    text = value.strip() if isinstance(value, str) else ""
    try:
        if question.subtype == "date":
            return date.fromisoformat(text).isoformat()
        instant = datetime.fromisoformat(text)
        aware = instant if instant.tzinfo else instant.replace(tzinfo=zone)
        return aware.astimezone(UTC).isoformat()
    except (ValueError, OverflowError):
        example = "2026-03-01" if question.subtype == "date" else "2026-03-01T09:30"
        refuse("not-a-date", f"“{question.label}”应为日期，例如 {example}")


def _check_text(question: FormField, answer: str, bounds: Bounds) -> None:
    if _CONTROL.search(answer):
        refuse("bad-character", f"“{question.label}”含有不可见的控制字符，请删除后重新输入")
    if len(answer) > question.max_length:
        refuse("too-long", f"“{question.label}”最多 {question.max_length} 个字，现有 {len(answer)} 个，请精简")
    if len(answer) < question.min_length:
        refuse("too-short", f"“{question.label}”至少 {question.min_length} 个字，请补充")
    if question.pattern and not re.fullmatch(question.pattern, answer):
        refuse(
            "bad-format", f"“{question.label}”格式不对，请核对{question.description and '：' + question.description}"
        )


def _check_number(question: FormField, answer: float, bounds: Bounds) -> None:
    if question.minimum is not None and answer < question.minimum:
        refuse("too-small", f"“{question.label}”不能小于 {question.minimum:g}")
    if question.maximum is not None and answer > question.maximum:
        refuse("too-large", f"“{question.label}”不能大于 {question.maximum:g}")


def _check_tick(question: FormField, answer: bool, bounds: Bounds) -> None:
    if question.is_required and not answer:
        refuse("required", f"请勾选“{question.label}”")


def _check_choice(question: FormField, answer: str | list[str], bounds: Bounds) -> None:
    chosen = [answer] if isinstance(answer, str) else answer
    if not bounds.choices.issuperset(chosen):
        refuse("not-an-option", f"“{question.label}”的选项无效，请从列表中重新选择")


def _check_date(question: FormField, answer: str, bounds: Bounds) -> None:
    if bounds.earliest and _is_before(question, answer, bounds.earliest):
        refuse("too-early", f"“{question.label}”不能早于 {_written(question, bounds.earliest)}")
    if bounds.latest and _is_before(question, bounds.latest, answer):
        refuse("too-late", f"“{question.label}”不能晚于 {_written(question, bounds.latest)}")


def _written(question: FormField, bound: str) -> str:
    """Return a bound as people read it: a day, or an instant in the city's time."""
    if question.subtype == "date":
        return bound[:10]
    return f"{datetime.fromisoformat(bound).astimezone(ZONE):%Y-%m-%d %H:%M}"


def _is_before(question: FormField, first: str, second: str) -> bool:
    if question.subtype == "date":
        return first[:10] < second[:10]
    return datetime.fromisoformat(first) < datetime.fromisoformat(second)


_READERS: Mapping[str, Callable[[FormField, Any, ZoneInfo], Any]] = {
    "textfield": _text, "textarea": _text, "number": _number, "checkbox": _yes_no,
    "radio": _text, "select": _text, "checklist": _list, "datetime": _instant,
}  # fmt: skip
_CHECKS: Mapping[str, Callable[[FormField, Any, Bounds], None]] = {
    "textfield": _check_text, "textarea": _check_text, "number": _check_number, "checkbox": _check_tick,
    "radio": _check_choice, "select": _check_choice, "checklist": _check_choice, "datetime": _check_date,
}  # fmt: skip
