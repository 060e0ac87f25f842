"""Shapes that several resources share: instants with their offset, clocks, clauses."""

from datetime import datetime
from typing import Any
from uuid import UUID

from marshmallow import Schema, ValidationError, fields, validate

from web.whole import LARGEST
from workflows.uow import ZONE

NUMBER = validate.Range(0, LARGEST)
VERSION = validate.Range(1, LARGEST)


class Instant(fields.DateTime):
    """An instant as ISO 8601 in Chinese time with its offset."""

    def _serialize(self, value: datetime | None, *args: Any, **kwargs: Any) -> str | float | None:
        return None if value is None else value.astimezone(ZONE).isoformat()


def cursor(text: str) -> None:
    """Refuse a place in a list, an instant and an id, that no answer of ours contained.

    Raises:
        ValidationError: with the remedy.
    """
    if not text:
        return
    at, _, key = text.partition("|")
    try:
        moment, _row = datetime.fromisoformat(at), UUID(key)
    except ValueError as exc:
        raise ValidationError("不是本列表给出的翻页位置，请从第一页开始") from exc
    if moment.tzinfo is None:
        raise ValidationError("不是本列表给出的翻页位置，请从第一页开始")


class LampSchema(Schema):
    """What a clock shows now."""

    kind = fields.String(metadata={"description": "red, yellow, normal, paused, done or none"})
    text = fields.String()
    days_left = fields.Integer()
    is_provisional = fields.Boolean()


class ClockSchema(Schema):
    """One clock: its limit, its source and when it is due."""

    id = fields.String()
    title = fields.String()
    unit = fields.String()
    lamp = fields.String()
    text = fields.String()
    due_at = Instant()
    limit_text = fields.String()
    confidence = fields.String()
    source = fields.String()
    clause = fields.String()
    anchor_event = fields.String()
    anchor_at = Instant()
    is_late = fields.Boolean()
    is_provisional = fields.Boolean()
    is_open = fields.Boolean()
    is_waiting = fields.Boolean(metadata={"description": "a term that must be over before anybody acts; never late"})
    paused_since = Instant(allow_none=True)
    pauses = fields.List(fields.Dict(keys=fields.String()))
    element_id = fields.String()


class ClauseSchema(Schema):
    """The legal basis of a step."""

    id = fields.String()
    instrument = fields.String()
    article = fields.String()
    title = fields.String()
    text = fields.String()
    status = fields.String()


class MessageSchema(Schema):
    """What is wrong with a field of a row, or worth knowing."""

    field = fields.String()
    code = fields.String()
    message = fields.String()
    level = fields.String()
