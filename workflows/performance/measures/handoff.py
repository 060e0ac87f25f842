"""Handing over from approval to supervision: pushed, claimed, returned, fed back, signed for."""

from typing import Any

from sqlalchemy import Select, and_, func, or_, select

from workflows.performance.sql import LocalDay, Window, due_table, joined, listed
from workflows.records.approvals import approval
from workflows.records.cases import duty
from workflows.records.clocks import running_limit
from workflows.records.offices import unit

_GONE = ("superseded", "withdrawn")
_d, _a = duty.c, approval.c


def pushed_in_time(window: Window) -> Select[Any]:
    """Decisions whose push is done or due; hit: pushed within the limit after the decision."""
    first = (
        select(_d.approval_id, func.min(_d.pushed_at).label("pushed_at"))
        .where(_d.pushed_at >= window.begins_at)
        .group_by(_d.approval_id)
        .subquery("first_push")
    )
    due = due_table(window)
    return (
        listed(
            key=_a.id, unit=_a.approving_unit, area=_a.area, at=_a.decided_at, case_key=_a.business_key,
            label=joined(_a.document_no, " ", _a.project_name), hit=first.c.pushed_at < due.c.due_at,
        )
        .select_from(approval)
        .join(due, due.c.day == LocalDay(_a.decided_at))
        .outerjoin(first, first.c.approval_id == _a.id)
        .where(window.covers(_a.decided_at), or_(first.c.pushed_at.is_not(None), due.c.due_at <= window.now))
    )  # fmt: skip


def _duties(window: Window, hit: Any, *conditions: Any, at: Any = _d.pushed_at) -> Select[Any]:
    return (
        listed(
            key=_d.id, unit=_d.unit, area=_a.area, at=at, case_key=_d.business_key, hit=hit,
            label=joined(_a.document_no, " ", _a.project_name),
        )
        .select_from(duty)
        .join(approval, _a.id == _d.approval_id)
        .where(window.covers(at), *conditions)
    )  # fmt: skip


def claimed(window: Window) -> Select[Any]:
    """Duties pushed and not taken back; hit: claimed."""
    return _duties(window, _d.claimed_at.is_not(None), _d.state.not_in(_GONE))


def claimed_in_time(window: Window) -> Select[Any]:
    """Duties claimed or past their limit; hit: claimed within it."""
    clock = running_limit.c
    is_over = and_(clock.due_at <= window.now, _d.claimed_at.is_(None), _d.returned_at.is_(None))
    in_time = and_(_d.claimed_at.is_not(None), _d.is_late.is_(False))
    wanted = or_(_d.claimed_at.is_not(None), is_over)
    same = and_(
        clock.instance_id == _d.instance_id, clock.limit_name == "claim", clock.unit == _d.unit,
        clock.anchor_at == _d.pushed_at,
    )  # fmt: skip
    return _duties(window, in_time, _d.state.not_in(_GONE), wanted).outerjoin(running_limit, same)


def returned(window: Window) -> Select[Any]:
    """Duties pushed; hit: returned by the unit."""
    return _duties(window, _d.returned_at.is_not(None), _d.state.not_in(_GONE))


def unclaimed(window: Window) -> Select[Any]:
    """Duties pushed; hit: neither claimed nor returned."""
    return _duties(window, _d.state == "pushed", _d.state.not_in(_GONE))


def fed_back(window: Window) -> Select[Any]:
    """Duties claimed; hit: the result went back to the approval bureau."""
    return _duties(window, _d.fed_back_at.is_not(None), _d.claimed_at.is_not(None), at=_d.claimed_at)


def clocks_warned(window: Window) -> Select[Any]:
    """Clocks started, but no waiting periods; hit: they came so near to their end that they turned yellow, or red."""
    hit = or_(_c.is_late, _c.warn_at <= func.coalesce(_c.ended_at, window.now))
    return _clocks(window, hit, _c.is_waiting.is_(False))


def orders_replied(window: Window) -> Select[Any]:
    """Clocks of replies to supervision orders that ended or are over; hit: replied in time."""
    in_time = and_(_c.ended_at.is_not(None), _c.is_late.is_(False))
    over = or_(_c.ended_at.is_not(None), _c.due_at <= window.now)
    return _clocks(window, in_time, _c.limit_name == "order_reply", over)


_c = running_limit.c


def _clocks(window: Window, hit: Any, *conditions: Any) -> Select[Any]:
    return (
        listed(key=_c.id, unit=_c.unit, area=unit.c.area, at=_c.anchor_at, case_key=_c.business_key, hit=hit,
               label=joined(_c.business_key, " ", _c.element_id))
        .select_from(running_limit)
        .join(unit, unit.c.code == _c.unit)
        .where(window.covers(_c.anchor_at), *conditions)
    )  # fmt: skip
