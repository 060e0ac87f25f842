"""What the screens of credit information show: an entry with its fields, how it travelled, and who asked about it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Row, select

from workflows.credit.words import LAYOUTS
from workflows.directory import find_unit
from workflows.identifiers import mask_id_number
from workflows.records.credit import credit_request
from workflows.records.delivery import delivery_receipt, outbound_correction, outbound_record
from workflows.rulebook import Rulebook
from workflows.standards import Layout, as_row, layout
from workflows.time_limits import Lamp, TimeLimit, lamp
from workflows.uow import UnitOfWork, local_day_of

_SECRET = ("ZJHM", "SFZH")  # numbers of identity documents of persons


@dataclass(frozen=True, slots=True)
class FieldLine:
    """One field of the layout: what is sent, and what is wrong with it."""

    code: str
    name: str
    value: str
    shown: str
    rule: str
    source: str
    confidence: str
    required: str
    findings: Sequence[Mapping[str, str]]


@dataclass(frozen=True, slots=True)
class ClockLine:
    """One of the two clocks of an entry."""

    limit: TimeLimit
    due_at: datetime
    lamp: Lamp
    is_met: bool | None


@dataclass(frozen=True, slots=True)
class EntryView:
    """An entry with everything about it."""

    entry: Mapping[str, Any]
    organ: str
    unit: str
    fields: Sequence[FieldLine]
    clocks: Sequence[ClockLine]
    versions: Sequence[Mapping[str, Any]]
    receipts: Sequence[Mapping[str, Any]]
    corrections: Sequence[Mapping[str, Any]]
    requests: Sequence[Mapping[str, Any]]
    is_own: bool
    may_correct: bool


def view_of(uow: UnitOfWork, rulebook: Rulebook, row: Row[Any], is_own: bool) -> EntryView:
    """Return an entry as its page shows it."""
    versions = _versions(uow, row)
    newest = versions[0] if versions else None
    q, c = credit_request.c, outbound_correction.c
    ids = [one["id"] for one in versions]
    return EntryView(
        dict(row._mapping), find_unit(uow, row.organ).name, find_unit(uow, row.unit).short_name,
        field_lines(layout(LAYOUTS[row.kind], local_day_of(uow.now)), newest) if newest else (),
        clocks_of(rulebook, row, uow.now), versions,
        _rows(uow, select(delivery_receipt).where(delivery_receipt.c.record_id.in_(ids))
              .order_by(delivery_receipt.c.received_at.desc())),
        _rows(uow, select(outbound_correction).where(c.record_id.in_(ids)).order_by(c.corrected_at.desc())),
        _rows(uow, select(credit_request).where(q.entry_id == row.id).order_by(q.created_at.desc())),
        is_own, is_own and newest is not None and newest["operation"] != "d" and row.state not in ("ended", "exempt"),
    )  # fmt: skip


def _versions(uow: UnitOfWork, row: Row[Any]) -> list[Mapping[str, Any]]:
    """Return all versions of an entry's record, the newest first."""
    r = outbound_record.c
    guid = select(r.row_guid).where(r.id == row.record_id).scalar_subquery()
    return _rows(uow, select(outbound_record).where(r.row_guid == guid).order_by(r.version.desc()))


def _rows(uow: UnitOfWork, query: Any) -> list[Mapping[str, Any]]:
    return [dict(row) for row in uow.connection.execute(query).mappings()]


def field_lines(fields: Layout, record: Mapping[str, Any]) -> list[FieldLine]:
    """Return the fields of a record in the order of its layout."""
    try:
        written = as_row(fields, record["payload"])
    except ValueError:  # a value of the wrong kind: show it as it is
        written = {code: None if value is None else str(value) for code, value in record["payload"].items()}
    lines = []
    for field in fields.fields:
        value = written.get(field.code) or ""
        shown = mask_id_number(value) if field.code.endswith(_SECRET) else value
        findings = [one for one in record["findings"] if one["field"] == field.code]
        lines.append(FieldLine(field.code, field.name, value, shown, field.rule, field.source, field.confidence,
                               field.required, findings))  # fmt: skip
    return lines


def clocks_of(rulebook: Rulebook, row: Any, now: datetime) -> tuple[ClockLine, ...]:
    """Return the seven calendar days that warn and the seven working days that bind."""
    pairs = (("credit_upload_seed", row.warn_at), ("credit_upload", row.due_at))
    return tuple(_clock(rulebook, name, due, row, now) for name, due in pairs)


def _clock(rulebook: Rulebook, name: str, due: datetime, row: Any, now: datetime) -> ClockLine:
    found = rulebook.reckon(name, row.decided_at)
    if row.accepted_at is not None:
        met = row.accepted_at < due
        return ClockLine(found.limit, due, Lamp("done" if met else "red", "按期" if met else "逾期报送", 0), met)
    if row.state in ("exempt", "ended"):
        return ClockLine(found.limit, due, Lamp("none", "不再计时", 0), None)
    return ClockLine(found.limit, due, lamp(found.limit, due, found.warn_at, now, rulebook.calendar), None)
