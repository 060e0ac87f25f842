"""The one list of supervision acts: inspections, penalties, coercion and others, each exactly once."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import insert, select

from workflows.records.inspections import supervision_act
from workflows.uow import UnitOfWork

KINDS: Mapping[str, str] = {
    "inspection": "行政检查", "penalty": "行政处罚", "coercion": "行政强制", "other": "其他监管行为",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Act:
    """One act of supervision as every part reports it.

    ``source`` is the table and ``source_id`` the row that has the details; ``officers`` are
    ``{login, name, certificate_no}``.
    """

    kind: str
    item_code: str
    unit: str
    area: str
    party_name: str
    party_code: str
    source: str
    source_id: UUID
    business_key: str
    happened_at: datetime
    result: str
    object_id: UUID | None = None
    officers: Sequence[Mapping[str, Any]] = ()


def record_act(uow: UnitOfWork, **act: Any) -> UUID:
    """Record an act, given by the fields of ``Act``; the same source has one act of a kind, however often it is told.

    Raises:
        ValueError: the kind is none of ``KINDS``.
    """
    given = Act(**act)
    if given.kind not in KINDS:
        raise ValueError(f"no kind of act: {given.kind}")
    table = supervision_act.c
    same = (table.source == given.source) & (table.source_id == given.source_id) & (table.kind == given.kind)
    known = uow.connection.scalar(select(table.id).where(same))
    if known is not None:
        return UUID(str(known))
    act_id = uow.new_id()
    row = {name: getattr(given, name) for name in Act.__slots__} | {
        "id": act_id, "officers": [dict(one) for one in given.officers], "recorded_at": uow.now,
    }  # fmt: skip
    uow.connection.execute(insert(supervision_act), row)
    return act_id
