"""Finds records for people: of cases and beside them, newest first; and tells how far sealing and signing have come."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import Select, Table, func, or_, select

from engine.digests import canonical
from engine.store.tables import history_event, process_instance
from workflows import errors
from workflows.audit.chains import statement
from workflows.audit.keys import is_signed
from workflows.directory import names_of
from workflows.records.audit import audit_event, audit_root
from workflows.records.offices import officer
from workflows.uow import ZONE, UnitOfWork

LONGEST = timedelta(days=31)
_EARLIEST, _LATEST = date(2000, 1, 1), date(2999, 12, 31)
_COUNTED = 1000


@dataclass(frozen=True, slots=True)
class AuditFilter:
    """What is looked for; without a case at most a month of days. ``after`` is the id of the last record seen."""

    first: date
    last: date
    person: str = ""
    case: str = ""
    kind: str = ""
    after: str = ""
    limit: int = 50


@dataclass(frozen=True, slots=True)
class AuditLine:
    """One record as people see it; ``seq`` is None until it is sealed."""

    id: UUID
    at: datetime
    kind: str
    actor: str
    actor_name: str
    on_behalf_of: str
    case: str
    object: str
    element: str
    reason: str
    rows: Sequence[Mapping[str, Any]]
    request_id: str
    ip: str
    seq: int | None


@dataclass(frozen=True, slots=True)
class AuditPage:
    """Some records, and the place after which there are more."""

    lines: tuple[AuditLine, ...] = ()
    next: str = ""


@dataclass(frozen=True, slots=True)
class SealState:
    """How many records wait to be sealed (counted up to a thousand), and the newest signed root, if any."""

    waiting: int
    root: Mapping[str, Any] | None
    is_signed: bool


def find(uow: UnitOfWork, wanted: AuditFilter) -> AuditPage:
    """Return the records that are looked for.

    Raises:
        FormInvalid: more than a month without a case, or days in the wrong order.
    """
    is_long = not wanted.case and wanted.last - wanted.first > LONGEST
    if is_long or not _EARLIEST <= wanted.first <= wanted.last <= _LATEST:
        message = f"请选择不超过 {LONGEST.days} 天的起止日期；指定案件时不限"
        raise errors.FormInvalid(errors=[{"field": "last", "message": message}])
    logins = _logins(uow, wanted.person)
    rows = [*_case_rows(uow, wanted, logins), *_office_rows(uow, wanted, logins)]
    rows.sort(key=lambda row: row["id"].int, reverse=True)
    shown = rows[: wanted.limit]
    names = names_of(uow, {row["actor"] for row in shown} | {str(row["detail"].get("for") or "") for row in shown})
    lines = tuple(_line(row, names) for row in shown)
    return AuditPage(lines, str(lines[-1].id) if len(rows) > wanted.limit else "")


def _logins(uow: UnitOfWork, person: str) -> Sequence[str]:
    """Return whom a login or a name means; a login that is no officer's may be that of a program."""
    if not person:
        return ()
    c = officer.c
    found = uow.connection.scalars(select(c.login).where(or_(c.login == person, c.name == person)).limit(50)).all()
    return found or (person,)


def _case_rows(uow: UnitOfWork, wanted: AuditFilter, logins: Sequence[str]) -> list[dict[str, Any]]:
    instances = process_instance
    rows = select(history_event, instances.c.business_key).join(
        instances, instances.c.id == history_event.c.instance_id
    )
    if wanted.case:
        rows = rows.where(instances.c.business_key == wanted.case)
    return _read(uow, rows, history_event, wanted, logins)


def _office_rows(uow: UnitOfWork, wanted: AuditFilter, logins: Sequence[str]) -> list[dict[str, Any]]:
    rows = select(audit_event)
    if wanted.case:
        rows = rows.where(audit_event.c.object == wanted.case)
    return _read(uow, rows, audit_event, wanted, logins)


def _read(
    uow: UnitOfWork, rows: Select[Any], table: Table, wanted: AuditFilter, logins: Sequence[str]
) -> list[dict[str, Any]]:
    c = table.c
    low, high = (_first_id(day) for day in (wanted.first, wanted.last + timedelta(days=1)))
    rows = rows.where(c.id >= low, c.id < (UUID(wanted.after) if wanted.after else high))
    if logins:
        rows = rows.where(c.actor.in_(logins))
    if wanted.kind:
        rows = rows.where(c.kind == wanted.kind)
    found = uow.connection.execute(rows.order_by(c.id.desc()).limit(wanted.limit + 1)).mappings()
    return [dict(row) for row in found]


def _first_id(day: date) -> UUID:
    """Return the least identifier of a day: identifiers sort by the instant they were made."""
    return UUID(int=int(datetime.combine(day, time(), ZONE).timestamp() * 1000) << 80)


def _line(row: Mapping[str, Any], names: Mapping[str, str]) -> AuditLine:
    detail = row["detail"]
    principal = str(detail.get("for") or "")
    return AuditLine(
        row["id"], row["at"], row["kind"], row["actor"], names.get(row["actor"], row["actor"]),
        names.get(principal, principal), str(row.get("business_key") or ""), str(row.get("object") or ""),
        str(row.get("element_id") or ""), str(detail.get("reason") or detail.get("message") or ""),
        tuple(detail.get("rows") or ()), str(row["request_id"] or ""), str(row["ip"] or ""), row["seq"],
    )  # fmt: skip


def instances_of(uow: UnitOfWork, business_key: str) -> Sequence[UUID]:
    """Return the processes of a case.

    Raises:
        CaseNotFound.
    """
    c = process_instance.c
    found = uow.connection.scalars(select(c.id).where(c.business_key == business_key).order_by(c.id).limit(50)).all()
    if not found:
        raise errors.CaseNotFound(case=business_key)
    return found


def state_of(uow: UnitOfWork) -> SealState:
    """Return how far sealing and signing have come."""
    waiting = 0
    for table in (history_event, audit_event):
        some = select(table.c.id).where(table.c.seq.is_(None)).limit(_COUNTED).subquery()
        waiting += uow.connection.scalar(select(func.count()).select_from(some)) or 0
    newest = select(audit_root).order_by(audit_root.c.number.desc()).limit(1)
    row = uow.connection.execute(newest).mappings().one_or_none()
    if row is None:
        return SealState(waiting, None, is_signed=False)
    root = dict(row)
    content = canonical(statement(root))
    return SealState(waiting, root, is_signed=is_signed(content, root["signature"], root["public_key"]))
