"""Between the offices: copies signed, transfers accepted and answered, records at the credit platform in time."""

from typing import Any

from sqlalchemy import ColumnElement, Select, and_, exists, or_

from workflows.performance.sql import DaysBetween, Window, joined, listed
from workflows.records.approvals import approval
from workflows.records.cases import copy, transfer, transfer_milestone
from workflows.records.penalties import penalty_publication

_t = transfer.c
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


def _published(window: Window, hit: Any, *conditions: ColumnElement[bool]) -> Select[Any]:
    p = penalty_publication.c
    return listed(
        key=p.id, unit=p.unit, area=p.unit, at=p.decided_at, case_key=p.business_key, hit=hit, label=p.business_key
    ).where(window.covers(p.decided_at), *conditions)


def credit_late(window: Window) -> Select[Any]:
    """Records sent to the credit platform; hit: after the limit."""
    p = penalty_publication.c
    return _published(window, p.uploaded_at >= p.credit_due_at, p.uploaded_at.is_not(None))


def credit_hidden(window: Window) -> Select[Any]:
    """Decisions whose limit is over; hit: the credit platform never had it."""
    p = penalty_publication.c
    over = or_(p.uploaded_at.is_not(None), p.credit_due_at <= window.now)
    return _published(window, and_(p.uploaded_at.is_(None), p.credit_due_at <= window.now), over)
