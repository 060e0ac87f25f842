"""What was done for each duty in a stretch of time: checks, acts, acts that do not count, objects there are."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any

from sqlalchemy import Integer, case, cast, func, or_, select

from workflows.performance.scope import scope_on
from workflows.performance.sql import ACT, ScopeLine, proven
from workflows.records.inspections import supervision_act
from workflows.records.libraries import inspection_object, object_item
from workflows.records.performance import act_audit
from workflows.uow import UnitOfWork

Counts = dict[str, int]
NOTHING: Mapping[str, int] = {"checks": 0, "acts": 0, "ignored": 0, "objects": 0}
_MANY = 100


def scope_between(uow: UnitOfWork, first: date, last: date, unit: str | None = None) -> tuple[ScopeLine, ...]:
    """Return the duties that were there from the first day to the last: nobody is judged for what came in between."""
    before = {(one.item_code, one.unit) for one in scope_on(uow, first)}
    return tuple(one for one in scope_on(uow, last) if (one.item_code, one.unit) in before and unit in (None, one.unit))


def counts_between(
    uow: UnitOfWork, lines: Sequence[ScopeLine], begins: datetime, ends: datetime, city_area: str
) -> dict[tuple[str, str], Counts]:
    """Return what was done for each duty, by item and unit; two statements for however many duties."""
    units = sorted({one.unit for one in lines})
    counts = proven()
    acts = (
        select(ACT.item_code, ACT.unit, _sum(counts & (ACT.kind == "inspection")), _sum(counts), _sum(~counts))
        .where(ACT.unit.in_(units), ACT.happened_at >= begins, ACT.happened_at < ends)
        .group_by(ACT.item_code, ACT.unit)
    )
    done = {(row[0], row[1]): {"checks": int(row[2]), "acts": int(row[3]), "ignored": int(row[4])}
            for row in uow.connection.execute(acts)}  # fmt: skip
    objects = _objects(uow)
    found = {}
    for one in lines:
        everywhere = one.area == city_area
        there = sum(
            n for (code, area), n in objects.items() if code == one.item_code and (everywhere or area == one.area)
        )
        found[one.item_code, one.unit] = {**NOTHING, **done.get((one.item_code, one.unit), {}), "objects": there}
    return found


def _sum(condition: Any) -> Any:
    return func.sum(cast(case((condition, 1), else_=0), Integer))


def _objects(uow: UnitOfWork) -> dict[tuple[str, str], int]:
    """Return how many objects each item has in each area now."""
    o, tie = inspection_object.c, object_item.c
    rows = uow.connection.execute(
        select(tie.item_code, o.area, func.count(o.id.distinct()))
        .join(inspection_object, o.id == tie.object_id)
        .where(o.status == "active", tie.valid_to.is_(None))
        .group_by(tie.item_code, o.area)
    )
    return {(row[0], row[1]): int(row[2]) for row in rows}


def ignored_acts(uow: UnitOfWork, item_code: str, unit: str, begins: datetime, ends: datetime) -> list[dict[str, str]]:
    """Return the acts that do not count, each with the reason."""
    is_false = select(act_audit.c.id).where(act_audit.c.act_id == ACT.id, act_audit.c.is_false).exists()
    rows = uow.connection.execute(
        select(ACT.id, ACT.kind, ACT.happened_at, ACT.business_key, ACT.officers, is_false.label("is_false"))
        .select_from(supervision_act)
        .where(ACT.item_code == item_code, ACT.unit == unit, ACT.happened_at >= begins, ACT.happened_at < ends,
               or_(~proven()))
        .order_by(ACT.happened_at, ACT.id)
        .limit(_MANY)
    )  # fmt: skip
    return [
        {"act": str(row.id), "kind": row.kind, "at": row.happened_at.isoformat(), "business_key": row.business_key,
         "reason": _reason(row)}
        for row in rows
    ]  # fmt: skip


def _reason(row: Any) -> str:
    if row.is_false:
        return "抽查认定不实"
    return "没有照片、位置或其他证据" if row.officers else "没有执法人员"
