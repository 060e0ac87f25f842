"""What comes from outside: complaints answered, alerts checked on site. Who complained is not looked at."""

from typing import Any

from sqlalchemy import ColumnElement, Select, and_, exists, func, null, or_, select

from workflows.performance.sql import ACT, Window, joined, listed, proven
from workflows.records.alerts import alert
from workflows.records.clocks import running_limit
from workflows.records.complaints import complaint

_c, _a = complaint.c, alert.c
_JUDGED = ("satisfied", "unsatisfied")


def _complaints(window: Window, hit: Any, at: Any, *conditions: ColumnElement[bool]) -> Select[Any]:
    return listed(
        key=_c.id, unit=_c.unit, area=_c.area, at=at, case_key=_c.business_key, hit=hit,
        label=joined(_c.number, " ", _c.party_name),
    ).where(window.covers(at), _c.merged_into.is_(None), _c.unit.is_not(None), *conditions)  # fmt: skip


def complaints_handled(window: Window) -> Select[Any]:
    """Complaints received and routed; hit: answered."""
    return _complaints(window, _c.replied_at.is_not(None), _c.received_at)


def complaints_in_time(window: Window) -> Select[Any]:
    """Complaints answered, or past a limit; hit: answered in time."""
    clock = running_limit.c
    presses = clock.ended_at.is_(None) & clock.is_waiting.is_(False)
    over = exists().where(clock.instance_id == _c.instance_id, presses, clock.due_at <= window.now)
    hit = and_(_c.replied_at.is_not(None), _c.is_late.is_(False))
    return _complaints(window, hit, _c.received_at, or_(_c.replied_at.is_not(None), _c.is_late, over))


def complaints_satisfied(window: Window) -> Select[Any]:
    """Complaints answered and called back; hit: satisfied."""
    return _complaints(window, _c.satisfied == "satisfied", _c.replied_at, _c.satisfied.in_(_JUDGED))


def complaints_redone(window: Window) -> Select[Any]:
    """Complaints answered; hit: opened again."""
    return _complaints(window, _c.reopen_count > 0, _c.replied_at)


def complaints_matched(window: Window) -> Select[Any]:
    """Items complained about, by unit; hit: the unit acted on the item in the same time."""
    asked = (
        select(_c.item_code, _c.unit, func.min(_c.area).label("area"), func.min(_c.received_at).label("at"))
        .where(window.covers(_c.received_at), _c.merged_into.is_(None), _c.unit.is_not(None), _c.item_code != "")
        .group_by(_c.item_code, _c.unit)
        .subquery("asked")
    )
    a = asked.c
    acted = exists().where(ACT.item_code == a.item_code, ACT.unit == a.unit, window.covers(ACT.happened_at), proven())
    return listed(
        key=joined(a.item_code, "/", a.unit), unit=a.unit, area=a.area, at=a["at"], label=a.item_code, hit=acted,
        case_key=null(),
    )  # fmt: skip


def _alerts(window: Window, hit: Any, *conditions: ColumnElement[bool]) -> Select[Any]:
    return listed(
        key=_a.id, unit=_a.unit, area=_a.area, at=_a.received_at, case_key=_a.number, hit=hit,
        label=joined(_a.number, " ", _a.place),
    ).where(window.covers(_a.received_at), *conditions)  # fmt: skip


def alerts_true(window: Window) -> Select[Any]:
    """Alerts judged, at the desk or on site; hit: true."""
    return _alerts(window, _a.verdict == "true", or_(_a.verdict.is_not(None), _a.dismissal.is_not(None)))


def alerts_checked(window: Window) -> Select[Any]:
    """Alerts sent on site that were checked, or are past their limit; hit: checked in time."""
    clock = running_limit.c
    presses = clock.ended_at.is_(None) & clock.is_waiting.is_(False)
    over = and_(
        _a.state == "on_site",
        exists().where(clock.instance_id == _a.instance_id, presses, clock.due_at <= window.now),
    )
    hit = and_(_a.checked_at.is_not(None), _a.is_late.is_(False))
    return _alerts(window, hit, or_(_a.checked_at.is_not(None), over))
