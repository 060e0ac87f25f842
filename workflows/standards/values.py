"""The values of a record: as Python has them, as JSON keeps them, as text goes out, and as a person types them."""

from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from typing import Any

from workflows.standards.layouts import Field, Layout
from workflows.uow import ZONE

_JOIN = ";"
_WORDS = {
    "string": "文字", "text": "文字", "enum": "文字", "boolean": "是或否", "decimal": "数", "int": "整数",
    "date": "日期，如 2026-03-02", "datetime": "时间，如 2026-03-02 10:00:00", "array": "多个值，用分号隔开",
}  # fmt: skip


TYPES: Mapping[str, str] = {name: words.partition("，")[0] for name, words in _WORDS.items()}
"""What the types of fields are called."""


class NotOfType(ValueError):
    """The value is of another type than the field; the text says which one is wanted."""


def is_blank(value: Any) -> bool:
    """Tell whether nothing was filled in."""
    return value is None or (isinstance(value, str | list) and not value)


def typed(field: Field, value: Any) -> Any:
    """Return a value, given by Python or read from JSON, as the type of its field; nothing stays None.

    Raises:
        NotOfType: it is none.
    """
    if is_blank(value):
        return None
    try:
        return _READERS[field.type](value)
    except (ValueError, TypeError, InvalidOperation) as exc:
        raise NotOfType(_WORDS[field.type]) from exc


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise TypeError(value)
    return value


def _decimal(value: Any) -> Decimal:
    if isinstance(value, float | bool):
        raise TypeError(value)  # a float is never exact
    found = Decimal(value)
    if not found.is_finite():
        raise ValueError(value)
    return found


def _whole(value: Any) -> int:
    if isinstance(value, float | bool):
        raise TypeError(value)
    return int(value)


def _truth(value: Any) -> bool:
    if not isinstance(value, bool):
        raise TypeError(value)
    return value


def _day(value: Any) -> date:
    if isinstance(value, datetime):
        raise TypeError(value)
    return value if isinstance(value, date) else date.fromisoformat(_text(value))


def _instant(value: Any) -> datetime:
    found = value if isinstance(value, datetime) else datetime.fromisoformat(_text(value))
    return found.replace(tzinfo=ZONE) if found.tzinfo is None else found


def _several(value: Any) -> list[str]:
    parts = value.replace("；", _JOIN).split(_JOIN) if isinstance(value, str) else list(value)
    return [_text(part).strip() for part in parts]


_READERS: Mapping[str, Any] = {
    "string": _text, "text": _text, "enum": _text, "boolean": _truth, "decimal": _decimal, "int": _whole,
    "date": _day, "datetime": _instant, "array": _several,
}  # fmt: skip


def parsed(layout: Layout, field: Field, text: str) -> Any:
    """Return what a person typed as the value of a field; an empty text is None.

    Raises:
        NotOfType: the text cannot be read as the field's type.
    """
    text = text.strip()
    if field.type != "boolean" or not text:
        return typed(field, text)
    known = {layout.truth[0]: True, layout.truth[1]: False, "是": True, "否": False, "1": True, "0": False}
    if text not in known:
        raise NotOfType(_WORDS["boolean"])
    return known[text]


def plain(values: Mapping[str, Any]) -> dict[str, Any]:
    """Return the values as JSON: days and instants as ISO text, amounts as decimal text."""
    return {name: _plain(value) for name, value in values.items()}


def _plain(value: Any) -> Any:
    if isinstance(value, date | datetime):
        return value.isoformat()
    return str(value) if isinstance(value, Decimal) else value


def as_row(layout: Layout, values: Mapping[str, Any]) -> dict[str, str | None]:
    """Return a checked record as text by code, in the order of the layout; what is not filled is None."""
    return {field.code: _written(layout, field, values.get(field.code)) for field in layout.fields}


def _written(layout: Layout, field: Field, value: Any) -> str | None:
    if is_blank(value):
        return None
    found = typed(field, value)
    if isinstance(found, bool):
        return layout.truth[0] if found else layout.truth[1]
    if isinstance(found, datetime):
        return found.astimezone(ZONE).strftime("%Y-%m-%d %H:%M:%S")
    if isinstance(found, Decimal):
        return f"{found:f}"
    return _JOIN.join(found) if isinstance(found, list) else str(found)
