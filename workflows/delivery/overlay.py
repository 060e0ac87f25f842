"""The corrections of persons, laid over what the source says, as long as it says the same."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import select

from workflows.records.delivery import outbound_correction
from workflows.standards import plain
from workflows.uow import UnitOfWork


def overlaid(uow: UnitOfWork, record: Any, values: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return the values with the corrections that still hold: those whose field the source has not changed since."""
    rows = _corrections(uow, record)
    if not rows:
        return values
    told = plain(values)
    return {**values, **{row.field: row.value for row in rows if told.get(row.field) == row.was}}


def source_values(uow: UnitOfWork, record: Any) -> Mapping[str, Any]:
    """Return what the source said: the payload with the corrections taken back, the newest first."""
    values = dict(record.payload)
    for row in reversed(_corrections(uow, record)):
        if values.get(row.field) == row.value:
            values[row.field] = row.was
    return values


def _corrections(uow: UnitOfWork, record: Any) -> list[Any]:
    c = outbound_correction.c
    same = (c.channel == record.channel, c.dataset == record.dataset, c.source == record.source)
    mine = (*same, c.source_id == str(record.source_id))
    return list(
        uow.connection.execute(select(c.field, c.was, c.value).where(*mine).order_by(c.corrected_at, c.id)).all()
    )
