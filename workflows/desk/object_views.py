"""One object as screens and programs see it: what it is, and everything that hangs on it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, Row, or_, select

from workflows.directory import all_units, names_of
from workflows.items import items_on
from workflows.libraries.objects import items_of
from workflows.libraries.ratings import Rating, history_of, rating_of
from workflows.records.approvals import approval
from workflows.records.cases import transfer
from workflows.records.inspections import inspection, supervision_act
from workflows.records.key_areas import key_entry, key_signal
from workflows.records.libraries import inspection_object, object_change, object_item
from workflows.uow import UnitOfWork, local_day_of

Line = Mapping[str, Any]
_MOST = 50


@dataclass(frozen=True, slots=True)
class ObjectView:
    """An object; ``items`` by code with names in ``item_names``, persons by login in ``names``."""

    row: Line
    on: date
    rating: Rating
    items: tuple[str, ...]
    item_names: Mapping[str, str]
    unit_name: str
    holder: Line | None
    held: tuple[Line, ...]
    ratings: tuple[Line, ...]
    approvals: tuple[Line, ...]
    inspections: tuple[Line, ...]
    acts: tuple[Line, ...]
    transfers: tuple[Line, ...]
    entries: tuple[Line, ...]
    signals: tuple[Line, ...]
    changes: tuple[Line, ...]
    names: Mapping[str, str]


def view_of(uow: UnitOfWork, row: Row[Any], on: date | None = None) -> ObjectView:
    """Return an object as of a day; lists are cut to the newest fifty."""
    day = on or local_day_of(uow.now)
    o, mine = inspection_object.c, row.id
    ratings = tuple(history_of(uow, mine))
    changes = _newest(uow, object_change, object_change.c.object_id == mine, object_change.c.changed_at)
    tied = select(object_item.c.approval_id).where(object_item.c.object_id == mine)
    holder = _newest(uow, inspection_object, o.id == row.holder_id, o.changed_at) if row.holder_id else ()
    cases: ColumnElement[bool] = approval.c.id.in_(tied)
    if row.holder_id is None and row.party_id is not None:
        cases = or_(cases, approval.c.party_id == row.party_id)
    party = row.party_id
    persons = [*(one["changed_by"] for one in ratings), *(one["changed_by"] for one in changes)]
    return ObjectView(
        dict(row._mapping), day, rating_of(uow, mine, day), items_of(uow, [mine], day).get(mine, ()),
        {one.code: one.name for one in items_on(uow, day)},
        next((one.short_name for one in all_units(uow) if one.code == row.unit), row.unit),
        holder[0] if holder else None, _newest(uow, inspection_object, o.holder_id == mine, o.changed_at), ratings,
        _newest(uow, approval, cases, approval.c.decided_at),
        _newest(uow, inspection, inspection.c.object_id == mine, inspection.c.opened_at),
        _newest(uow, supervision_act, supervision_act.c.object_id == mine, supervision_act.c.happened_at),
        _newest(uow, transfer, transfer.c.party_id == party, transfer.c.created_at) if party else (),
        _newest(uow, key_entry, key_entry.c.object_id == mine, key_entry.c.opened_at),
        _newest(uow, key_signal, key_signal.c.object_id == mine, key_signal.c.happened_at), changes,
        names_of(uow, persons),
    )  # fmt: skip


def _newest(uow: UnitOfWork, table: Any, condition: Any, order: Any) -> tuple[Line, ...]:
    rows = select(table).where(condition).order_by(order.desc(), table.c.id.desc()).limit(_MOST)
    return tuple(dict(row) for row in uow.connection.execute(rows).mappings())
