"""The functions that diagrams may call: by when, and from when on to warn."""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime, time

from engine import errors
from engine.spiff.runtime import FunctionContext
from workflows.rulebook import Rulebook
from workflows.uow import ZONE


def make_functions(rulebook: Rulebook) -> Mapping[str, Callable[..., object]]:
    """Return ``due`` and ``warn``; both take the name of a limit and, optionally, the anchor as ISO text."""

    def due(limit: str, start: object = None, *, context: FunctionContext) -> str:
        """Return when the limit is exceeded, as ISO 8601 in UTC."""
        item = context.variables.get("item_code")
        return rulebook.reckon(limit, anchor_of(start, context.now), item=_text(item)).due_at.isoformat()

    def warn(limit: str, start: object = None, *, context: FunctionContext) -> str:
        """Return when the lamp turns yellow, as ISO 8601 in UTC."""
        item = context.variables.get("item_code")
        return rulebook.reckon(limit, anchor_of(start, context.now), item=_text(item)).warn_at.isoformat()

    return {"due": due, "warn": warn}


def anchor_of(value: object, now: datetime) -> datetime:
    """Return the instant a limit starts from: an ISO instant, an ISO day (its noon in Chinese time), or now.

    Raises:
        ExpressionFailed: the text is neither.
    """
    if value in (None, ""):
        return now
    text = str(value)
    try:
        found = datetime.fromisoformat(text)
    except ValueError as exc:
        raise errors.ExpressionFailed(reason="not a date or an instant", value=text) from exc
    if len(text) == 10:
        return datetime.combine(found.date(), time(12), ZONE).astimezone(UTC)
    return found.astimezone(UTC) if found.tzinfo else found.replace(tzinfo=UTC)


def _text(value: object) -> str | None:
    return None if value is None else str(value)
