"""Who read what about a case or a party: attachments, who complained, and personal data in full."""

import csv
import io
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

from sqlalchemy import Select, or_, select, union

from workflows import errors
from workflows.audit.words import KINDS
from workflows.directory import names_of
from workflows.intake.report import harmless, text_workbook
from workflows.records.alerts import alert
from workflows.records.approvals import approval, party
from workflows.records.audit import audit_event
from workflows.records.coercions import coercion
from workflows.records.complaints import complaint, complaint_informant, complaint_look
from workflows.records.construction import construction_check, construction_project, patrol, patrol_subject
from workflows.records.credit import credit_entry
from workflows.records.inspections import evidence_file, inspection
from workflows.records.offices import officer, unit
from workflows.records.penalties import penalty_case
from workflows.records.teamwork import case_comment
from workflows.uow import ZONE, UnitOfWork, local_day_of

MOST, MOST_CASES, MOST_FILES = 5000, 200, 2000
ALWAYS, NEVER = date(2000, 1, 1), date(3000, 1, 1)
HEAD = ("时间", "姓名", "登录名", "单位", "行为", "案件", "对象", "理由", "地址", "请求编号", "链内序号")
_e = audit_event.c
# whose number is in which column: what a file hangs on
_OWNERS: tuple[tuple[Any, Any], ...] = (
    (inspection.c.id, inspection.c.business_key), (inspection.c.id, inspection.c.number),
    (penalty_case.c.id, penalty_case.c.business_key), (alert.c.id, alert.c.number),
    (case_comment.c.id, case_comment.c.business_key),
)  # fmt: skip
# where a party is named, and which case that is
_PARTIES: tuple[tuple[Any, Sequence[Any]], ...] = (
    (inspection.c.business_key, (inspection.c.party_name, inspection.c.party_code)),
    (penalty_case.c.business_key, (penalty_case.c.party_name, penalty_case.c.party_code)),
    (coercion.c.business_key, (coercion.c.party_name, coercion.c.party_code)),
    (complaint.c.business_key, (complaint.c.party_name, complaint.c.party_code)),
    (alert.c.number, (alert.c.party_name, alert.c.party_code)),
    (credit_entry.c.business_key, (credit_entry.c.party_name, credit_entry.c.party_code)),
)


@dataclass(frozen=True, slots=True)
class ReadsAsked:
    """About which case, or which party (the whole name, or the number of a document or telephone), and which days."""

    case: str = ""
    party: str = ""
    first: date | None = None
    last: date | None = None


@dataclass(frozen=True, slots=True)
class ReadLine:
    """One reading."""

    at: datetime
    login: str
    name: str
    unit: str
    kind: str
    case: str
    object: str
    reason: str
    ip: str
    request_id: str
    seq: int | None


@dataclass(frozen=True, slots=True)
class Reads:
    """What was found: the newest first, at most five thousand, and the cases it is about."""

    lines: tuple[ReadLine, ...] = ()
    cases: tuple[str, ...] = ()
    is_cut: bool = False


def find_reads(uow: UnitOfWork, asked: ReadsAsked) -> Reads:
    """Return who read what.

    Raises:
        FormInvalid: neither a case nor a party is named, or the days are in the wrong order.
    """
    cases = _cases(uow, asked)
    low, high = _instants(uow, asked)
    files = _files(uow, cases)
    rows = [*_recorded(uow, cases, files, (low, high)), *_looks(uow, cases, (low, high))]
    rows.sort(key=lambda row: (row["at"], str(row["id"])), reverse=True)
    shown = rows[:MOST]
    names, units = names_of(uow, {row["actor"] for row in shown}), _units(uow, {row["actor"] for row in shown})
    lines = tuple(_line(row, names, units) for row in shown)
    return Reads(lines, tuple(cases), len(rows) > MOST)


def _cases(uow: UnitOfWork, asked: ReadsAsked) -> list[str]:
    case, name = asked.case.strip(), asked.party.strip()
    if not case and not name:
        raise errors.FormInvalid(
            errors=[{"field": "case", "message": "请填写案件编号，或当事人、投诉人的全名或证件号码"}]
        )
    if case:
        return [case]
    approvals = (
        select(approval.c.business_key).join(party, party.c.id == approval.c.party_id)
        .where(approval.c.business_key.is_not(None), or_(*(party.c[one] == name for one in (
            "name", "identity_number", "contact", "phone"))))
    )  # fmt: skip
    informants = (
        select(complaint.c.business_key)
        .join(complaint_informant, complaint_informant.c.complaint_id == complaint.c.id)
        .where(or_(complaint_informant.c.name == name, complaint_informant.c.phone == name))
    )
    named = [select(key).where(or_(*(column == name for column in columns))) for key, columns in _PARTIES]
    found = union(approvals, informants, *named).limit(MOST_CASES)
    return sorted(str(one) for one in uow.connection.scalars(found))


def _instants(uow: UnitOfWork, asked: ReadsAsked) -> tuple[datetime, datetime]:
    first, last = asked.first or ALWAYS, asked.last or local_day_of(uow.now)
    if not ALWAYS <= first <= last < NEVER:
        raise errors.FormInvalid(errors=[{"field": "last", "message": "截止日期不能早于起始日期"}])
    return datetime.combine(first, time(), ZONE), datetime.combine(last + timedelta(days=1), time(), ZONE)


def _files(uow: UnitOfWork, cases: Sequence[str]) -> dict[tuple[str, str], str]:
    """Return the case of each attachment, by its owner and hash."""
    if not cases:
        return {}
    c = evidence_file.c
    owners = [select(key.label("id"), number.label("number")).where(number.in_(cases)) for key, number in _OWNERS]
    owned = union(*owners, *_of_permits(cases)).subquery()
    wanted = select(c.owner_id, c.sha256, owned.c.number).join(owned, owned.c.id == c.owner_id).limit(MOST_FILES)
    return {(str(row.owner_id), row.sha256): str(row.number) for row in uow.connection.execute(wanted)}


def _of_permits(cases: Sequence[str]) -> tuple[Select[Any], Select[Any]]:
    checks = (
        select(construction_check.c.id, construction_project.c.business_key)
        .join(construction_project, construction_project.c.id == construction_check.c.project_id)
        .where(construction_project.c.business_key.in_(cases))
    )
    patrols = (
        select(patrol.c.id, patrol_subject.c.business_key)
        .join(patrol_subject, patrol_subject.c.id == patrol.c.subject_id)
        .where(patrol_subject.c.business_key.in_(cases))
    )
    return checks, patrols


def _recorded(
    uow: UnitOfWork, cases: Sequence[str], files: Mapping[tuple[str, str], str], between: tuple[datetime, datetime]
) -> Iterable[dict[str, Any]]:
    """Yield the records of the audit about the attachments and the personal data of cases."""
    hashes = sorted({sha256 for _, sha256 in files})
    about = or_((_e.kind == "file-read") & _e.object.in_(hashes), (_e.kind == "personal-read") & _e.object.in_(cases))
    wanted = select(audit_event).where(about, _e.at >= between[0], _e.at < between[1])
    for row in uow.connection.execute(wanted.order_by(_e.id.desc()).limit(MOST + 1)).mappings():
        detail = row["detail"]
        if row["kind"] == "personal-read":
            yield {**row, "case": row["object"], "about": "、".join(detail["fields"]), "reason": detail["reason"]}
        elif case := files.get((str(detail.get("owner_id")), row["object"])):
            yield {**row, "case": case, "about": row["object"], "reason": ""}


def _looks(uow: UnitOfWork, cases: Sequence[str], between: tuple[datetime, datetime]) -> Iterable[dict[str, Any]]:
    """Yield who looked at who complained; a refused look is none, one written into an answer is."""
    c = complaint_look.c
    wanted = (
        select(complaint_look, complaint.c.business_key.label("case"))
        .join(complaint, complaint.c.id == c.complaint_id)
        .where(complaint.c.business_key.in_(cases), c.kind == "read", c.at >= between[0], c.at < between[1])
        .order_by(c.id.desc()).limit(MOST + 1)
    )  # fmt: skip
    for row in uow.connection.execute(wanted).mappings():
        fixed = {"actor": row["login"], "kind": "informant-looked-at", "about": "投诉人", "ip": "", "request_id": ""}
        yield {**row, **fixed, "seq": None}


def _units(uow: UnitOfWork, logins: Iterable[str]) -> dict[str, str]:
    wanted = select(officer.c.login, unit.c.short_name).join(unit, unit.c.code == officer.c.unit)
    found = uow.connection.execute(wanted.where(officer.c.login.in_(sorted(logins))))
    return {row.login: row.short_name for row in found}


def _line(row: Mapping[str, Any], names: Mapping[str, str], units: Mapping[str, str]) -> ReadLine:
    who = row["actor"]
    return ReadLine(
        row["at"], who, names.get(who, who), units.get(who, ""), row["kind"], row["case"], row["about"], row["reason"],
        row["ip"] or "", row["request_id"] or "", row["seq"],
    )  # fmt: skip


def as_file(found: Reads, kind: str) -> bytes:
    """Return the lines as ``xlsx`` or ``csv``; no cell can become a formula."""
    rows = [
        [
            f"{one.at.astimezone(ZONE):%Y-%m-%d %H:%M:%S}", one.name, one.login, one.unit,
            KINDS.get(one.kind, one.kind), one.case, one.object, one.reason, one.ip, one.request_id,
            "" if one.seq is None else str(one.seq),
        ]
        for one in found.lines
    ]  # fmt: skip
    if kind == "xlsx":
        return text_workbook([("查阅记录", HEAD, rows)])
    out = io.StringIO(newline="")
    writer = csv.writer(out)
    writer.writerows([HEAD, *([harmless(cell) for cell in row] for row in rows)])
    return b"\xef\xbb\xbf" + out.getvalue().encode()
