"""Two windows, one form: which answers differ, and the answers a person chose among them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from web.answers import flat, in_words
from workflows.forms import FieldView


@dataclass(frozen=True, slots=True)
class Difference:
    """One question that was answered differently."""

    key: str
    label: str
    mine: str
    theirs: str


def differences(
    fields: Sequence[FieldView], mine: Mapping[str, Any], theirs: Mapping[str, Any]
) -> tuple[Difference, ...]:  # fmt: skip
    """Return the questions that both windows answered, and differently, in the order of the form."""
    words = [dict(in_words(fields, answers)) for answers in (mine, theirs)]
    return tuple(
        Difference(one.key, one.label, *(each.get(one.label, "") for each in words))
        for one in flat(fields)
        if one.key in mine and one.key in theirs and _same(mine[one.key]) != _same(theirs[one.key])
    )


def merged(mine: Mapping[str, Any], theirs: Mapping[str, Any], form: Mapping[str, str]) -> dict[str, Any]:
    """Return the answers as they were picked one by one."""
    return {
        key: theirs[key] if form.get(f"pick.{key}") == "theirs" and key in theirs else value
        for key, value in mine.items()
    }


def _same(value: Any) -> Any:
    return "" if value is None else str(value) if isinstance(value, int | float) else value
