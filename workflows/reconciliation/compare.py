"""Compares the list of the other side with what we have, number by number."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from sqlalchemy import or_, select

from workflows.city import City
from workflows.reconciliation.entries import begin_of
from workflows.reconciliation.lists import FIELDS, KEY
from workflows.records.approvals import approval, party
from workflows.records.cases import copy, duty, transfer
from workflows.uow import UnitOfWork, local_day_of
from workflows.working_days import ONE_DAY

_DATES = ("decided_on", "sent_on", "received_on")
_DAY = re.compile(r"^\s*(\d{4})\s*[-/.年]?\s*(\d{1,2})\s*[-/.月]?\s*(\d{1,2})")
_SAME = str.maketrans({"（": "(", "）": ")", "〔": "[", "〕": "]", " ": None, "　": None})
_RESULTS = {"granted": "准予", "refused": "不予", "withdrawn": "撤回"}


@dataclass(frozen=True, slots=True)
class Compared:
    """One number: the line of the file if it has it, both sides' fields, and what differs."""

    key: str
    outcome: str
    line: int | None = None
    theirs: Mapping[str, str] = field(default_factory=dict)
    ours: Mapping[str, str] = field(default_factory=dict)
    differences: tuple[Mapping[str, str], ...] = ()
    business_key: str | None = None


@dataclass(frozen=True, slots=True)
class Scope:
    """Whose list of what, and for which days."""

    kind: str
    unit: str
    first_day: date
    last_day: date


def ours_of(uow: UnitOfWork, scope: Scope) -> dict[str, dict[str, Any]]:
    """Return what we have in the days of a list, by the number both sides know."""
    rows = uow.connection.execute(_STATEMENTS[scope.kind](scope)).mappings()
    found: dict[str, dict[str, Any]] = {}
    for row in rows:
        texts = {name: _as_text(value) for name, value in row.items() if name not in ("business_key", "at")}
        found[str(row[KEY])] = {
            "texts": texts,
            "business_key": row["business_key"],
            "in_period": _inside(row["at"], scope),
        }
    return found


def _inside(at: datetime, scope: Scope) -> bool:
    return scope.first_day <= local_day_of(at) <= scope.last_day


def _as_text(value: object) -> str:
    if isinstance(value, datetime):
        return local_day_of(value).isoformat()
    return str(value) if value is not None else ""


def _around(column: Any, scope: Scope) -> Any:
    """Return the days of a list and a month about them: what the other side has on another day is not missing."""
    begin, end = begin_of(scope.first_day - ONE_DAY * 31), begin_of(scope.last_day + ONE_DAY * 32)
    return (column >= begin) & (column < end)


def _decisions(scope: Scope) -> Any:
    return (
        select(approval.c.project_no.label(KEY), approval.c.document_no, party.c.name.label("party_name"),
               approval.c.project_name, approval.c.result, approval.c.decided_at.label("decided_on"),
               approval.c.business_key, approval.c.decided_at.label("at"))
        .join(party, party.c.id == approval.c.party_id)
        .where(approval.c.approving_unit == scope.unit, _around(approval.c.decided_at, scope))
        .order_by(approval.c.received_at)
    )  # fmt: skip


def _duties(scope: Scope) -> Any:
    return _about(duty, duty.c.pushed_at, duty.c.claimed_at, scope).order_by(duty.c.round)


def _copies(scope: Scope) -> Any:
    return _about(copy, copy.c.sent_at, copy.c.acknowledged_at, scope).order_by(copy.c.sent_at)


def _about(table: Any, sent: Any, received: Any, scope: Scope) -> Any:
    return (
        select(approval.c.project_no.label(KEY), approval.c.document_no, party.c.name.label("party_name"),
               approval.c.project_name, sent.label("sent_on"), received.label("received_on"), table.c.business_key,
               sent.label("at"))
        .join(approval, approval.c.id == table.c.approval_id)
        .join(party, party.c.id == approval.c.party_id)
        .where(table.c.unit == scope.unit, _around(sent, scope))
    )  # fmt: skip


def _transfers(scope: Scope) -> Any:
    return (
        select(transfer.c.number.label(KEY), transfer.c.party_name, transfer.c.project_name,
               transfer.c.sent_at.label("sent_on"), transfer.c.accepted_at.label("received_on"),
               transfer.c.business_key, transfer.c.sent_at.label("at"))
        .where(or_(transfer.c.sender_unit == scope.unit, transfer.c.receiver_unit == scope.unit),
               transfer.c.number.is_not(None), _around(transfer.c.sent_at, scope))
        .order_by(transfer.c.sent_at)
    )  # fmt: skip


_STATEMENTS: Mapping[str, Callable[[Scope], Any]] = {
    "decision": _decisions, "handoff": _duties, "copy": _copies, "transfer": _transfers,
}  # fmt: skip


def compare(
    city: City, kind: str, rows: Sequence[tuple[int, Mapping[str, str]]], ours: Mapping[str, Mapping[str, Any]]
) -> list[Compared]:
    """Return every line of the file, then what only we have in its days."""
    found: list[Compared] = []
    seen: dict[str, int] = {}
    by_plain = {_plain(key): key for key in ours}
    for line, theirs in rows:
        given = theirs.get(KEY, "").strip()
        if not given or _plain(given) in seen:
            text = "没有编号，无法核对" if not given else f"与第 {seen[_plain(given)]} 行的编号重复"
            found.append(Compared(given, "refused", line, theirs, {}, ({"field": KEY, "label": text},)))
            continue
        seen[_plain(given)] = line
        key = by_plain.get(_plain(given))
        if key is None:
            found.append(Compared(given, "only_there", line, theirs))
            continue
        wrong = tuple(_differing(city, kind, theirs, ours[key]["texts"]))
        outcome = "different" if wrong else "matched"
        found.append(Compared(key, outcome, line, theirs, ours[key]["texts"], wrong, ours[key]["business_key"]))
    rest = [key for key in ours if _plain(key) not in seen and ours[key]["in_period"]]
    found += [
        Compared(key, "only_here", None, {}, ours[key]["texts"], (), ours[key]["business_key"]) for key in sorted(rest)
    ]
    return found


def _differing(
    city: City, kind: str, theirs: Mapping[str, str], ours: Mapping[str, str]
) -> Sequence[Mapping[str, str]]:
    found = []
    for one in FIELDS[kind]:
        if one.code == KEY or not theirs.get(one.code):
            continue
        left, right = _comparable(city, one.code, ours[one.code]), _comparable(city, one.code, theirs[one.code])
        if left != right:
            shown = _RESULTS.get(ours[one.code], ours[one.code]) if one.code == "result" else ours[one.code]
            found.append({"field": one.code, "label": one.label, "ours": shown, "theirs": theirs[one.code]})
    return found


def _comparable(city: City, code: str, text: str) -> str:
    if code == "result":
        return city.result_types.get(text.strip(), text.strip())
    day = _DAY.match(text) if code in _DATES else None
    if day is not None:
        return f"{int(day[1]):04d}-{int(day[2]):02d}-{int(day[3]):02d}"
    return _plain(text)


def _plain(text: str) -> str:
    return (
        text.strip()
        .replace("（", "(")
        .replace("）", ")")
        .replace("〔", "[")
        .replace("〕", "]")
        .replace(" ", "")
        .lower()
    )
