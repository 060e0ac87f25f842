"""How well each office reports in a month: every rate with the lists behind its numerator and its denominator.

The denominator comes from the case system, not from the uploads: what was never queued is seen.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import and_, select

from workflows.directory import all_units, unit_chain
from workflows.records.approvals import approval, party
from workflows.records.credit import credit_entry
from workflows.records.penalties import penalty_case
from workflows.time_limits import months_after
from workflows.uow import UnitOfWork, begin_of, local_day_of

LISTS: Mapping[str, str] = {
    "owed": "应报", "reported": "已报", "late": "迟报",
    "overdue": "逾期未报", "compliant": "一次合规", "faulty": "有过差错",
    "hidden": "瞒报", "exempt": "说明不报",
}  # fmt: skip
FEWEST = 5
_e = credit_entry.c


@dataclass(frozen=True, slots=True)
class Decision:
    """One decision of the month as both sides know it; without ``entry_id`` nothing was ever queued."""

    kind: str
    source_id: UUID
    business_key: str
    organ: str
    party_name: str
    is_person: bool
    document_no: str
    decided_on: date
    entry_id: UUID | None
    state: str
    due_at: datetime | None
    accepted_at: datetime | None
    lists: frozenset[str]


@dataclass(frozen=True, slots=True)
class Rate:
    """A share with its raw counts; no score below five."""

    name: str
    numerator: int
    denominator: int
    above: str
    below: str

    @property
    def share(self) -> float | None:
        """Return the share in per cent, or None when there is nothing to divide by."""
        return None if self.denominator == 0 else 100 * self.numerator / self.denominator

    @property
    def is_scored(self) -> bool:
        """Tell whether there are enough cases to judge by."""
        return self.denominator >= FEWEST


@dataclass(frozen=True, slots=True)
class OrganMonth:
    """An office in a month."""

    organ: str
    name: str
    counts: Mapping[str, int]
    rates: Sequence[Rate]


def month_of(text: str, today: date) -> tuple[date, date]:
    """Return the first day of a month such as 2026-03 and of the next; this month when it is none."""
    try:
        year, month = (int(part) for part in text.split("-"))
        first = date(max(year, 2000), month, 1)
        return first, months_after(first, 1)
    except ValueError:
        return month_of(f"{today:%Y-%m}", today)


def decisions_in(uow: UnitOfWork, first: date, end: date) -> list[Decision]:
    """Return every licence granted and penalty decided from a day until before another, the oldest first."""
    since, until = begin_of(first), begin_of(end)
    organs = _Organs(uow)
    rows = [*_licences(uow, since, until), *_penalties(uow, since, until)]
    found = [_decision(row, organs, uow.now) for row in rows]
    return sorted(found, key=lambda one: (one.decided_on, one.business_key))


_ENTRY = (_e.id.label("entry_id"), _e.state.label("entry_state"), _e.due_at, _e.accepted_at, _e.faults, _e.is_backfill)


def _licences(uow: UnitOfWork, since: datetime, until: datetime) -> list[Mapping[str, Any]]:
    a = approval.c
    same = and_(_e.kind == "licence", _e.source_id == a.id)
    columns = (a.id, a.business_key, a.approving_unit.label("unit"), a.document_no, a.decided_at, party.c.name,
               party.c.category)  # fmt: skip
    rows = uow.connection.execute(
        select(*columns, *_ENTRY).join(party, party.c.id == a.party_id).outerjoin(credit_entry, same)
        .where(a.result == "granted", a.decided_at >= since, a.decided_at < until)
    ).mappings()  # fmt: skip
    return [{**row, "kind": "licence", "is_person": row["category"] == "自然人"} for row in rows]


def _penalties(uow: UnitOfWork, since: datetime, until: datetime) -> list[Mapping[str, Any]]:
    c = penalty_case.c
    same = and_(_e.kind == "penalty", _e.source_id == c.id)
    columns = (c.id, c.business_key, c.unit, c.decision_number.label("document_no"), c.decided_at,
               c.party_name.label("name"), c.party_kind)  # fmt: skip
    rows = uow.connection.execute(
        select(*columns, *_ENTRY).outerjoin(credit_entry, same)
        .where(c.outcome == "penalise", c.decided_at >= since, c.decided_at < until)
    ).mappings()  # fmt: skip
    return [{**row, "kind": "penalty", "is_person": row["party_kind"] == "1"} for row in rows]


class _Organs:
    """The office of each unit, asked once."""

    def __init__(self, uow: UnitOfWork) -> None:
        self._uow = uow
        self._known: dict[str, str] = {}

    def of(self, unit: str) -> str:
        if unit not in self._known:
            self._known[unit] = unit_chain(self._uow, unit)[-1]
        return self._known[unit]


def _decision(row: Mapping[str, Any], organs: _Organs, now: datetime) -> Decision:
    return Decision(
        row["kind"], row["id"], row["business_key"], organs.of(row["unit"]), row["name"], row["is_person"],
        row["document_no"], local_day_of(row["decided_at"]), row["entry_id"], row["entry_state"] or "",
        row["due_at"], row["accepted_at"], frozenset(_lists(row, now)),
    )  # fmt: skip


def _lists(row: Mapping[str, Any], now: datetime) -> set[str]:
    """Return the lists a decision is on."""
    found = {"owed"}
    if row["entry_id"] is None or row["is_backfill"]:
        found.add("hidden")
    if row["entry_id"] is None:
        return found
    if row["entry_state"] == "exempt":
        return found | {"exempt"}
    if row["accepted_at"] is not None:
        found |= {"reported", "faulty" if row["faults"] else "compliant"}
        if row["accepted_at"] >= row["due_at"]:
            found.add("late")
    elif now >= row["due_at"] and row["entry_state"] != "ended":
        found.add("overdue")
    return found


def organ_months(uow: UnitOfWork, decisions: Sequence[Decision]) -> tuple[OrganMonth, ...]:
    """Return the numbers of each office that decided anything."""
    names = {one.code: one.short_name for one in all_units(uow)}
    organs = sorted({one.organ for one in decisions})
    return tuple(_organ_month(code, names[code], [one for one in decisions if one.organ == code]) for code in organs)


def _organ_month(code: str, name: str, decisions: Sequence[Decision]) -> OrganMonth:
    counts = {key: sum(key in one.lists for one in decisions) for key in LISTS}
    pairs = (("迟报率", "late", "reported"), ("合规率", "compliant", "reported"), ("瞒报率", "hidden", "owed"))
    rates = tuple(Rate(title, counts[above], counts[below], above, below) for title, above, below in pairs)
    return OrganMonth(code, name, counts, rates)
