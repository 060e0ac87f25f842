"""The lists that bulletins and their drill-down pages share: what became late, which letters went out, who slept."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, or_, select

from workflows.oversight.letters import KINDS
from workflows.records.clocks import running_limit
from workflows.records.letters import letter
from workflows.records.orders import supervision_order
from workflows.records.performance import inaction_finding
from workflows.uow import UnitOfWork

CAUSES: Mapping[str, str] = {
    "staff": "人手不足", "dispute": "职责有争议", "complex": "情况复杂", "waiting": "等待其他单位或当事人",
    "overlooked": "疏漏", "other": "其他",
}  # fmt: skip
SILENT, PAUSED = "没有书面说明", "中止计时"
LISTS: Mapping[str, str] = {"late": "逾期", "open": "其中仍未办结", "confirmed": "确认的不作为", **KINDS}
MOST = 50_000  # rows of one list, more than a city has in a year
_CONFIRMED = ("confirmed", "appealed", "upheld")
_r = running_limit.c


@dataclass(frozen=True, slots=True)
class Line:
    """One case of a list."""

    unit: str
    business_key: str
    label: str
    at: datetime
    reason: str


@dataclass(frozen=True, slots=True)
class Span:
    """From an instant up to, but not including, another; ``now`` is when it is looked at."""

    begin: datetime
    end: datetime
    now: datetime


def lines(uow: UnitOfWork, section: str, code: str, span: Span, unit: str | None = None) -> list[Line]:
    """Return a list: ``late`` with late or open, ``letters`` of a kind, ``inaction`` with confirmed."""
    if section == "late":
        return _late(uow, span, unit, is_open=code == "open")
    return _letters(uow, code, span, unit) if section == "letters" else _inaction(uow, span, unit)


def by_unit(found: Sequence[Line]) -> dict[str, list[Line]]:
    """Return the lines by unit."""
    units: dict[str, list[Line]] = {}
    for one in found:
        units.setdefault(one.unit, []).append(one)
    return units


def reasons_of(found: Sequence[Line]) -> list[dict[str, Any]]:
    """Return how often each reason was given, the most frequent first."""
    counts: dict[str, int] = {}
    for one in found:
        counts[one.reason] = counts.get(one.reason, 0) + 1
    ordered = sorted(counts.items(), key=lambda pair: (-pair[1], pair[0]))
    return [{"reason": reason, "count": count} for reason, count in ordered]


def _late(uow: UnitOfWork, span: Span, unit: str | None, *, is_open: bool) -> list[Line]:
    """Return the limits that ran out in the span before they were met: none that is paused, no waiting period."""
    missed = or_(_r.is_late, and_(_r.ended_at.is_(None), _r.paused_since.is_(None), _r.due_at <= span.now))
    wanted: list[ColumnElement[bool]] = [
        _r.due_at >= span.begin,
        _r.due_at < span.end,
        _r.is_waiting.is_(False),
        missed,
    ]
    wanted += [_r.ended_at.is_(None)] if is_open else []
    wanted += [_r.unit == unit] if unit else []
    o = supervision_order.c
    statement: Select[Any] = (
        select(_r.unit, _r.business_key, _r.limit_name, _r.due_at, _r.pauses, o.title, o.reply)
        .join(supervision_order, o.id == _r.order_id, isouter=True)
        .where(*wanted)
        .order_by(_r.due_at, _r.id)
        .limit(MOST)
    )
    return [
        Line(row.unit, row.business_key, row.title or row.limit_name, row.due_at, _reason(row))
        for row in uow.connection.execute(statement)
    ]


def _reason(row: Any) -> str:
    if row.reply:
        return CAUSES.get(str(row.reply.get("delay_cause")), CAUSES["other"])
    return PAUSED if row.pauses else SILENT


def _letters(uow: UnitOfWork, kind: str, span: Span, unit: str | None) -> list[Line]:
    newest = (letter.c.created_at.desc(), letter.c.id.desc())
    rows = uow.connection.execute(letters_in(kind, span, unit).order_by(*newest).limit(MOST))
    return [Line(row.receiver_unit, row.business_key, row.number, row.created_at, "") for row in rows]


def letters_in(kind: str, span: Span | None, unit: str | None) -> Select[Any]:
    """Return the statement of the oversight letters of a kind (none: all)."""
    c = letter.c
    wanted: list[ColumnElement[bool]] = [c.kind == kind if kind else c.kind.in_(list(KINDS))]
    wanted += [c.created_at >= span.begin, c.created_at < span.end] if span else []
    if unit:
        sent_by = and_(c.kind == "oversight_report", c.sender_unit == unit)
        wanted.append(or_(c.receiver_unit == unit, sent_by))
    columns = (c.id, c.number, c.kind, c.subject, c.business_key, c.sender_unit, c.receiver_unit, c.created_at)
    return select(*columns).where(*wanted)


def _inaction(uow: UnitOfWork, span: Span, unit: str | None) -> list[Line]:
    f = inaction_finding.c
    wanted = [f.decided_at >= span.begin, f.decided_at < span.end, f.state.in_(_CONFIRMED)]
    wanted += [f.unit == unit] if unit else []
    rows = uow.connection.execute(select(inaction_finding).where(*wanted).order_by(f.decided_at, f.id).limit(MOST))
    return [
        Line(row.unit, row.business_key, f"{row.item_name} {row.cycle}", row.decided_at, row.ground) for row in rows
    ]
