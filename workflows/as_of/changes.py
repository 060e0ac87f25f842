"""What rows were before they changed: remembered at each change, undone to look back."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Table, insert, select

from engine.store.journal import plain, stored
from workflows.records.as_of import row_change
from workflows.uow import UnitOfWork

_CHANGED = insert(row_change)


def remember(uow: UnitOfWork, table: Table, row_id: UUID, names: Iterable[str]) -> None:
    """Keep what the columns of a row are, before they are written over."""
    columns = [table.c[name] for name in names]
    row = uow.connection.execute(select(*columns).where(table.c.id == row_id)).mappings().one_or_none()
    if row is not None:
        remember_values(uow, table, row_id, dict(row))


def remember_values(uow: UnitOfWork, table: Table, row_id: UUID, values: Mapping[str, Any]) -> None:
    """Keep values that are known already."""
    before = {name: plain(value) for name, value in values.items()}
    change = {"id": uow.new_id(), "table_name": table.name, "row_id": row_id, "at": uow.now, "before": before}
    uow.connection.execute(_CHANGED, change)


def as_they_were(
    uow: UnitOfWork, table: Table, rows: Sequence[Mapping[str, Any]], at: datetime
) -> list[dict[str, Any]]:
    """Return rows as they were at an instant, by undoing what was changed after it."""
    found = {row["id"]: dict(row) for row in rows}
    later = uow.connection.execute(
        select(row_change)
        .where(row_change.c.row_id.in_(list(found)), row_change.c.at > at, row_change.c.table_name == table.name)
        .order_by(row_change.c.at.desc(), row_change.c.id.desc())
    )  # fmt: skip
    for change in later if found else ():
        for name, value in change.before.items():
            found[change.row_id][name] = stored(table, name, value)
    return list(found.values())
