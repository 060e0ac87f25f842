"""The outer shape of a ``.form`` file: which properties a component has, and of which kind each is."""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from marshmallow import EXCLUDE, Schema, ValidationError, fields

_MOST_LETTERS = 10_000


def _text() -> fields.String:
    return fields.String(allow_none=True)


class _Loose(Schema):
    class Meta:
        """What other tools add is left alone."""

        unknown = EXCLUDE


class _Choice(_Loose):
    value = fields.Raw(required=True)
    label = fields.String(required=True)


class _Condition(_Loose):
    hide = _text()


def _pattern(text: str | None) -> None:
    try:
        re.compile(text or "")
    except (re.error, RecursionError, OverflowError) as exc:
        raise ValidationError("不是正则表达式") from exc


class _Rules(_Loose):
    required = fields.Boolean(allow_none=True)
    minLength = fields.Integer(allow_none=True)  # noqa: N815 - the names of form-js
    maxLength = fields.Integer(allow_none=True)  # noqa: N815
    pattern = fields.String(allow_none=True, validate=_pattern)
    min = fields.Float(allow_none=True)
    max = fields.Float(allow_none=True)


class _Component(_Loose):
    type = fields.String(required=True)
    key = _text()
    id = _text()
    label = _text()
    dateLabel = _text()  # noqa: N815
    description = _text()
    text = _text()
    subtype = _text()
    validate = fields.Nested(_Rules, allow_none=True)  # type: ignore[assignment]
    values = fields.List(fields.Nested(_Choice), allow_none=True)
    valuesExpression = _text()  # noqa: N815
    conditional = fields.Nested(_Condition, allow_none=True)
    properties = fields.Dict(keys=fields.String(), values=fields.String(allow_none=True), allow_none=True)
    components = fields.List(fields.Nested(lambda: _Component()), allow_none=True)


class _Form(_Loose):
    id = fields.String(required=True)
    components = fields.List(fields.Nested(_Component), required=True)


def faults_of(data: object) -> list[str]:
    """Return what is wrong with the shape of a decoded form, each with its place in the file."""
    try:
        _Form().load(data)  # type: ignore[arg-type]  # anything may be in a file
    except ValidationError as exc:
        return [text[:_MOST_LETTERS] for text in _flat(exc.messages, "")]
    return []


def _flat(messages: Any, place: str) -> Iterator[str]:
    if isinstance(messages, Mapping):
        for key, inner in messages.items():
            yield from _flat(inner, f"{place}/{key}")
    else:
        yield f"{place or '/'}: {'; '.join(map(str, messages))}"
