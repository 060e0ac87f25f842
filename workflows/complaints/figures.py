"""What is counted about complaints: each rate with its numerator and denominator, none of a person."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, func, select

from workflows.complaints.access import seen_by
from workflows.complaints.words import OPEN
from workflows.policy import Actor
from workflows.records.complaints import complaint
from workflows.uow import UnitOfWork

FEWEST = 5
MOST = 100_000
_c = complaint.c
Rows = Sequence[Any]
GROUPS: Mapping[str, str] = {"channel": "来源", "unit": "承办单位", "matter": "反映的事情"}
RATES: Mapping[str, tuple[str, str]] = {
    "on_time": ("按期办结率", "已答复的件中未超期的"),
    "satisfied": ("满意率", "回访表明满意与否的件中满意的"),
    "reopened": ("重办率", "已答复的件中重办过的"),
    "accepted": ("受理率", "已审查的件中受理的"),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Rate:
    """One rate; below five of them no percentage is said."""

    part: int
    whole: int

    @property
    def text(self) -> str:
        """Return it in words: the raw counts, and the percentage when there are enough."""
        if self.whole == 0:
            return "没有"
        share = f"{100 * self.part / self.whole:.1f}%" if self.whole >= FEWEST else "样本不足"
        return f"{self.part} / {self.whole}（{share}）"


@dataclass(frozen=True, slots=True)
class Line:
    """The counts of one channel, unit or matter; the key is empty for all together."""

    key: str
    received: int
    open: int
    merged: int
    late: int
    confirmed: int
    rates: Mapping[str, Rate]


_COLUMNS = ("channel", "unit", "matter", "state", "outcome", "is_late", "satisfied", "reopen_count", "replied_at",
            "accepted_at", "merged_into")  # fmt: skip


def figures(uow: UnitOfWork, actor: Actor, since: datetime, until: datetime, group: str) -> tuple[Line, ...]:
    """Return the counts of a period of all that the person may see: together first, then by group."""
    span = (_c.received_at >= since) & (_c.received_at < until)
    rows = uow.connection.execute(
        select(*(_c[name] for name in _COLUMNS)).where(span, seen_by(actor)).limit(MOST)
    ).all()  # fmt: skip
    by_key: dict[str, list[Any]] = {}
    for row in rows:
        by_key.setdefault(str(getattr(row, group) or ""), []).append(row)
    return (_line("", rows), *(_line(key or "none", by_key[key]) for key in sorted(by_key)))


def _line(key: str, rows: Rows) -> Line:
    own = [row for row in rows if row.merged_into is None]
    replied = [row for row in own if row.replied_at is not None]
    judged = [row for row in replied if row.satisfied in ("satisfied", "unsatisfied")]
    reviewed = [row for row in own if row.accepted_at is not None or row.state == "refused"]

    def rate(part: Callable[[Any], bool], whole: Rows) -> Rate:
        return Rate(sum(1 for row in whole if part(row)), len(whole))

    rates = {
        "on_time": rate(lambda row: not row.is_late, replied),
        "satisfied": rate(lambda row: row.satisfied == "satisfied", judged),
        "reopened": rate(lambda row: row.reopen_count > 0, replied),
        "accepted": rate(lambda row: row.accepted_at is not None, reviewed),
    }
    return Line(
        key, len(rows), sum(row.state in OPEN for row in own), len(rows) - len(own), sum(row.is_late for row in own),
        sum(row.outcome in ("established", "partly") for row in own), rates,
    )  # fmt: skip


def which(rate: str, part: bool) -> ColumnElement[bool]:
    """Return the condition of the list behind a rate: its numerator, or its denominator."""
    own, replied = _c.merged_into.is_(None), _c.replied_at.is_not(None)
    wholes: Mapping[str, ColumnElement[bool]] = {
        "on_time": own & replied,
        "satisfied": own & replied & _c.satisfied.in_(("satisfied", "unsatisfied")),
        "reopened": own & replied,
        "accepted": own & (_c.accepted_at.is_not(None) | (_c.state == "refused")),
    }
    parts: Mapping[str, ColumnElement[bool]] = {
        "on_time": _c.is_late.is_(False), "satisfied": _c.satisfied == "satisfied", "reopened": _c.reopen_count > 0,
        "accepted": _c.accepted_at.is_not(None),
    }  # fmt: skip
    return wholes[rate] & parts[rate] if part else wholes[rate]


def waiting(uow: UnitOfWork, actor: Actor) -> Mapping[str, int]:
    """Return how many complaints that the person may see are in each state."""
    counted = select(_c.state, func.count()).where(seen_by(actor)).group_by(_c.state)
    return {str(state): int(count) for state, count in uow.connection.execute(counted)}
