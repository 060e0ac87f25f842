"""The attributes of tasks: evaluated once, when the task begins to wait, and kept with its token."""

from typing import Any

import orjson

from engine.errors import ExpressionFailed
from engine.spiff.diagram import Assignment, Text
from engine.spiff.timers import instant
from engine.spiff.tokens import Token

_OF_LOOP = {"outputCollection", "outputElement"}


def task_attributes(token: Token) -> dict[str, Any]:
    """Return who may do a user task, by when, and its properties."""
    wanted = token.task_spec.node.assignment or Assignment()
    return {
        "groups": _texts(token, wanted.candidate_groups),
        "users": _texts(token, wanted.candidate_users),
        "assignee": _text(token, wanted.assignee),
        "due": _instant(token, wanted.due),
        "follow_up": _instant(token, wanted.follow_up),
        "priority": _priority(token, wanted.priority),
        "properties": evaluated_properties(token),
    }


def evaluated_properties(token: Token) -> dict[str, str]:
    """Return the properties of the diagram; those that begin with ``=`` are evaluated to text."""
    found = {}
    for name, text in token.task_spec.node.properties.items():
        if name in _OF_LOOP and token.task_spec.node.multi is not None:
            continue
        if not text.startswith("="):
            found[name] = text
            continue
        value = token.evaluate(text[1:].strip())
        found[name] = "" if value is None else value if isinstance(value, str) else _written(value)
    return found


def _written(value: Any) -> str:
    """Return a value that is no text as JSON."""
    return orjson.dumps(value).decode()


def _value(token: Token, text: Text | None) -> Any:
    if text is None:
        return None
    return token.evaluate(text.value) if text.is_feel else text.value


def _texts(token: Token, text: Text | None) -> list[str]:
    value = _value(token, text)
    if isinstance(value, str):
        return [part.strip() for part in value.split(",") if part.strip()]
    if value is None:
        return []
    if isinstance(value, list) and all(isinstance(item, str) for item in value):
        return value
    raise ExpressionFailed(
        element=token.task_spec.bpmn_id, value=repr(value)[:200], reason="not a text or list of texts"
    )


def _text(token: Token, text: Text | None) -> str | None:
    value = _value(token, text)
    if value is None or (isinstance(value, str) and value):
        return value
    raise ExpressionFailed(element=token.task_spec.bpmn_id, value=repr(value)[:200], reason="not a text")


def _instant(token: Token, text: Text | None) -> str | None:
    value = _value(token, text)
    if value is None:
        return None
    try:
        return instant(value if isinstance(value, str) else "").isoformat()
    except ValueError as exc:
        raise ExpressionFailed(element=token.task_spec.bpmn_id, value=repr(value)[:200], reason=str(exc)) from exc


def _priority(token: Token, text: Text | None) -> int:
    value = _value(token, text)
    if value is None:
        return 50
    try:
        return int(value)
    except (TypeError, ValueError) as exc:
        raise ExpressionFailed(element=token.task_spec.bpmn_id, value=repr(value)[:200], reason="not a number") from exc
