"""Who sleeps: handoffs nobody signed, records not uploaded in time, units that do nothing; each with its list."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, func, literal, or_, select, union_all

from engine.store.tables import UtcDateTime
from workflows.performance.scope import scope_on
from workflows.performance.sql import joined
from workflows.records.approvals import approval
from workflows.records.cases import copy, duty
from workflows.records.clocks import running_limit
from workflows.records.credit import credit_entry
from workflows.records.delivery import outbound_record
from workflows.records.inspections import supervision_act
from workflows.records.letters import receipt
from workflows.rulebook import Rulebook
from workflows.uow import UnitOfWork, local_day_of

MOST = 200
SILENT = "silent_unit"
Row = Mapping[str, Any]
Units = Sequence[str] | None


def unsigned(uow: UnitOfWork, units: Units) -> tuple[list[Row], int]:
    """Return duties not claimed and copies not signed for although their limit is over, and how many there are."""
    clock = running_limit.c
    late = (
        select(clock.instance_id, clock.unit, func.min(clock.due_at).label("due_at"))
        .where(clock.limit_name.in_(("claim", "copy_acknowledge")), clock.ended_at.is_(None), clock.due_at <= uow.now)
        .group_by(clock.instance_id, clock.unit)
        .subquery("late")
    )
    parts = [
        _handed(table, what, sent, late).where(_open(table), *_of(table.c.unit, units))
        for table, what, sent in ((duty, "审批推送", duty.c.pushed_at), (copy, "办件抄送", copy.c.sent_at))
    ]
    return _listed(uow, union_all(*parts).subquery("unsigned"))


def _handed(table: Any, what: str, sent: Any, late: Any) -> Select[Any]:
    label = joined(approval.c.document_no, " ", approval.c.project_name)
    return (
        select(table.c.unit, literal(what).label("what"), label.label("label"), table.c.business_key,
               sent.label("since"), late.c.due_at.label("due_at"))
        .select_from(table)
        .join(late, and_(late.c.instance_id == table.c.instance_id, late.c.unit == table.c.unit))
        .join(approval, approval.c.id == table.c.approval_id)
    )  # fmt: skip


def _open(table: Any) -> ColumnElement[bool]:
    return duty.c.state == "pushed" if table is duty else copy.c.acknowledged_at.is_(None)


def late_uploads(uow: UnitOfWork, units: Units) -> tuple[list[Row], int]:
    """Return records that should have been sent by now and were not, and how many there are."""
    e, o = credit_entry.c, outbound_record.c
    credit = select(
        e.organ.label("unit"), literal("信用公示").label("what"), joined(e.document_no, " ", e.title).label("label"),
        e.business_key, e.decided_at.label("since"), e.due_at,
    ).where(
        e.sent_at.is_(None), e.due_at <= uow.now, e.state.not_in(("exempt", "ended")), *_of(e.organ, units)
    )  # fmt: skip
    others = select(
        o.organ.label("unit"), literal("数据报送").label("what"), o.title.label("label"), o.business_key,
        o.happened_at.label("since"), literal(None, UtcDateTime()).label("due_at"),
    ).where(
        o.sent_at.is_(None), o.status.in_(("held", "queued", "batched")), o.due_on < local_day_of(uow.now),
        o.channel != "credit", *_of(o.organ, units),
    )  # fmt: skip
    return _listed(uow, union_all(credit, others).subquery("uploads"))


def _of(column: Any, units: Units) -> list[ColumnElement[bool]]:
    return [] if units is None else [column.in_(list(units))]


def _listed(uow: UnitOfWork, rows: Any) -> tuple[list[Row], int]:
    total = uow.connection.scalar(select(func.count()).select_from(rows)) or 0
    found = uow.connection.execute(select(rows).order_by(rows.c.since, rows.c.label).limit(MOST)).mappings()
    return [dict(row) for row in found], int(total)


def silent_units(uow: UnitOfWork, rulebook: Rulebook, units: Units) -> list[Row]:
    """Return the units with duties that did nothing for too long: no act, no receipt, no task ended."""
    having = {one.unit for one in scope_on(uow, local_day_of(uow.now))}
    wanted = sorted(having if units is None else having & set(units))
    a, r, c = supervision_act.c, receipt.c, running_limit.c
    last: dict[str, dict[str, datetime]] = {code: {} for code in wanted}
    for kind, statement in {
        "act": select(a.unit, func.max(a.happened_at)).where(a.unit.in_(wanted)).group_by(a.unit),
        "receipt": select(r.unit, func.max(r.signed_at)).where(r.unit.in_(wanted)).group_by(r.unit),
        "task": select(c.unit, func.max(c.ended_at)).where(
            c.unit.in_(wanted), or_(c.ended_how == "completed", c.ended_how.is_(None))).group_by(c.unit),
    }.items():  # fmt: skip
        for unit, at in uow.connection.execute(statement):
            if at is not None:
                last[unit][kind] = at
    return [
        {"unit": code, **{kind: found.get(kind) for kind in ("act", "receipt", "task")}}
        for code, found in last.items()
        if not found or rulebook.reckon(SILENT, max(found.values())).due_at <= uow.now
    ]
