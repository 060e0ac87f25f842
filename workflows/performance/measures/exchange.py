"""Between the offices: copies signed, transfers accepted and answered, records at the credit platform in time."""

from typing import Any

from sqlalchemy import ColumnElement, Select, and_, exists, or_

from workflows.performance.sql import DaysBetween, Window, joined, listed
from workflows.records.approvals import approval
from workflows.records.cases import copy, transfer, transfer_milestone
from workflows.records.credit import credit_entry

_t, _e = transfer.c, credit_entry.c
_RESULTS = ("filed", "not_filed", "decided", "executed", "closed")


def copies_signed(window: Window) -> Select[Any]:
    """Copies sent; hit: the office signed for it."""
    c = copy.c
    return (
        listed(key=c.id, unit=c.unit, area=approval.c.area, at=c.sent_at, case_key=c.business_key,
               hit=c.acknowledged_at.is_not(None), label=joined(approval.c.document_no, " ", approval.c.project_name))
        .select_from(copy)
        .join(approval, approval.c.id == c.approval_id)
        .where(window.covers(c.sent_at))
    )  # fmt: skip


def _transfers(window: Window, hit: Any, *conditions: Any, at: Any = _t.sent_at, amount: Any = None) -> Select[Any]:
    return listed(
        key=_t.id, unit=_t.receiver_unit, area=_t.area, at=at, case_key=_t.business_key, hit=hit, amount=amount,
        label=joined(_t.party_name, " ", _t.project_name),
    ).where(window.covers(at), _t.receiver_unit.is_not(None), *conditions)  # fmt: skip


def transfers_accepted(window: Window) -> Select[Any]:
    """Transfers sent; hit: accepted."""
    return _transfers(window, _t.accepted_at.is_not(None))


def transfers_answered(window: Window) -> Select[Any]:
    """Transfers accepted; hit: the receiver reported what came of it."""
    m = transfer_milestone.c
    reported = exists().where(m.transfer_id == _t.id, m.kind.in_(_RESULTS))
    return _transfers(window, reported, _t.accepted_at.is_not(None), at=_t.accepted_at)


def transfer_days(window: Window) -> Select[Any]:
    """Transfers closed; what is added up are the days from acceptance to the end."""
    days = DaysBetween(_t.accepted_at, _t.closed_at)
    return _transfers(window, _t.closed_at.is_not(None), _t.accepted_at.is_not(None), at=_t.closed_at, amount=days)


def _entries(window: Window, hit: Any, *conditions: ColumnElement[bool]) -> Select[Any]:
    return listed(
        key=_e.id, unit=_e.organ, area=_e.area, at=_e.decided_at, case_key=_e.business_key, hit=hit,
        label=joined(_e.document_no, " ", _e.title),
    ).where(window.covers(_e.decided_at), _e.state != "exempt", *conditions)  # fmt: skip


def credit_late(window: Window) -> Select[Any]:
    """Records sent to the credit platform; hit: after seven working days."""
    return _entries(window, _e.sent_at >= _e.due_at, _e.sent_at.is_not(None))


def credit_valid(window: Window) -> Select[Any]:
    """Records that were accepted or had a fault; hit: accepted at once, without a fault."""
    return _entries(
        window, and_(_e.accepted_at.is_not(None), _e.faults == 0), or_(_e.accepted_at.is_not(None), _e.faults > 0)
    )


def credit_hidden(window: Window) -> Select[Any]:
    """Decisions that were sent or are due; hit: found missing later, or not sent though due."""
    missing = and_(_e.sent_at.is_(None), _e.due_at <= window.now)
    over = or_(_e.sent_at.is_not(None), _e.due_at <= window.now)
    return _entries(window, or_(_e.is_backfill, missing), over)
