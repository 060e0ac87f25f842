"""What a changed limit or calendar day is, whether it can be, and which running clocks it would move."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select

from workflows import errors
from workflows.clocks import granted, spans
from workflows.records.clocks import running_limit
from workflows.rulebook import Reckoned, Rulebook
from workflows.time_limits import CONFIDENCES, UNITS, TimeLimit, limit_of, local_day
from workflows.uow import UnitOfWork

MOST = 5000
LONGEST = 3650


@dataclass(frozen=True, slots=True)
class Move:
    """One running clock with its end before and after."""

    clock_id: UUID
    business_key: str
    title: str
    unit: str
    before: datetime
    after: datetime


@dataclass(frozen=True, slots=True)
class Change:
    """A limit (then ``limit``) or a day (then ``day`` and ``is_working``) as it shall be."""

    kind: str
    subject: str
    data: Mapping[str, Any]

    @property
    def day(self) -> date:
        """Return the day of the calendar."""
        return date.fromisoformat(self.subject)

    @property
    def limit(self) -> TimeLimit:
        """Return the limit."""
        return limit_of(self.subject, dict(self.data))


def checked(rulebook: Rulebook, kind: str, subject: str, given: Mapping[str, str]) -> tuple[Change, Mapping[str, Any]]:
    """Return a change as data and what it would replace.

    Raises:
        FormInvalid: names each wrong field.
    """
    return _day(rulebook, subject, given) if kind == "day" else _limit(rulebook, subject, given)


def _day(rulebook: Rulebook, subject: str, given: Mapping[str, str]) -> tuple[Change, Mapping[str, Any]]:
    faults, day = [], _date(subject)
    if day is None:
        faults.append({"field": "day", "message": "请填写日期"})
    if given.get("is_working") not in ("yes", "no"):
        faults.append({"field": "is_working", "message": "请选择上班或放假"})
    if not given.get("source", "").strip():
        faults.append({"field": "source", "message": "请写明依据的文件"})
    if day is not None and not faults and rulebook.calendar.is_working_day(day) == (given["is_working"] == "yes"):
        faults.append({"field": "is_working", "message": "该日现在已是这样，无须调整"})
    if faults or day is None:
        raise errors.FormInvalid(errors=faults)
    data = {"is_working": given["is_working"] == "yes", "source": given["source"].strip()[:300]}
    return Change("day", day.isoformat(), data), {"is_working": rulebook.calendar.is_working_day(day)}


def _limit(rulebook: Rulebook, name: str, given: Mapping[str, str]) -> tuple[Change, Mapping[str, Any]]:
    item, begins = given.get("item") or "*", _date(given.get("valid_from", ""))
    known = [limit for limit in rulebook.limits.all if limit.name == name]
    before = max((limit for limit in known if limit.item in (item, "*")), default=None,
                 key=lambda one: (one.item == item, one.valid_from, one.version))  # fmt: skip
    if before is None:
        raise errors.UnknownTimeLimit(name=name)
    length, warn = _number(given.get("length", "")), _number(given.get("warn_before", ""))
    wrong = {
        "length": length is None or not 1 <= length <= LONGEST,
        "warn_before": warn is None or not 0 <= warn <= (length or 0),
        "unit": given.get("unit") not in UNITS, "confidence": given.get("confidence") not in CONFIDENCES,
        "source": not given.get("source", "").strip(), "valid_from": begins is None,
    }  # fmt: skip
    faults = [{"field": field, "message": _FAULTS[field]} for field, is_wrong in wrong.items() if is_wrong]
    if faults or begins is None or length is None or warn is None:
        raise errors.FormInvalid(errors=faults)
    after = replace(
        before, length=length, unit=given["unit"], warn_before=warn, confidence=given["confidence"],
        source=given["source"].strip()[:500], valid_from=begins, valid_to=None, item=item,
    )  # fmt: skip
    return Change("limit", name, _row(after)), _row(before)


_FAULTS = {
    "length": f"长度应为 1 至 {LONGEST} 的整数", "warn_before": "临期提醒应为 0 到时限长度之间的整数",
    "unit": "请选择单位",
    "confidence": "请选择性质", "source": "请写明依据（文件、条款）",
    "valid_from": "请填写生效日期",
}  # fmt: skip


def _row(limit: TimeLimit) -> dict[str, Any]:
    row = {key: getattr(limit, key) for key in TimeLimit.__dataclass_fields__ if key not in ("name", "version")}
    return {key: value.isoformat() if isinstance(value, date) else value for key, value in row.items()}


def _date(text: str) -> date | None:
    try:
        return date.fromisoformat(text.strip())
    except ValueError:
        return None


def _number(text: str) -> int | None:
    return int(text) if text.strip().isdecimal() and len(text) < 6 else None


def moves(uow: UnitOfWork, rulebook: Rulebook, change: Change) -> list[tuple[Any, Reckoned]]:
    """Return the running clocks whose end a change moves, each as it would be reckoned; paused ones when they resume.

    A limit moves what began on or after the day it takes effect; a day of the calendar whatever counts over it.
    """
    c = running_limit.c
    wanted = select(running_limit).where(c.ended_at.is_(None), c.paused_since.is_(None)).order_by(c.due_at).limit(MOST)
    if change.kind == "limit":
        wanted = wanted.where(c.limit_name == change.subject)
        if change.limit.item != "*":
            wanted = wanted.where(c.item_code == change.limit.item)
    found = []
    for clock in uow.connection.execute(wanted):
        after = _after(rulebook, change, clock)
        if after is not None and after.due_at != clock.due_at:
            found.append((clock, after))
    return found


def _after(rulebook: Rulebook, change: Change, clock: Any) -> Reckoned | None:
    if change.kind == "day":
        return rulebook.imagined(change.day, is_working=bool(change.data["is_working"])).reckon_again(
            clock, spans(clock.pauses), granted(clock)
        )
    began = local_day(clock.anchor_at, rulebook.calendar)
    own = rulebook.limits.at(clock.limit_name, began, clock.item_code)
    if began < change.limit.valid_from or own.valid_from > change.limit.valid_from or own.item != change.limit.item:
        return None
    return rulebook.apply(change.limit, clock.anchor_at, spans(clock.pauses), granted(clock))


def as_moves(rulebook: Rulebook, found: list[tuple[Any, Reckoned]]) -> tuple[Move, ...]:
    """Return moves for the screen."""
    return tuple(
        Move(clock.id, clock.business_key, after.limit.title, clock.unit, clock.due_at, after.due_at)
        for clock, after in found
    )
