"""One row of any layout → one decision in our own words, or the faults that forbid it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from typing import Any

from workflows import identifiers
from workflows.intake.fields import Message, Reading
from workflows.intake.layouts import current_codes
from workflows.intake.rules import CATEGORIES, check_party, check_row, check_validity
from workflows.uow import ZONE


@dataclass(frozen=True, slots=True)
class Decision:
    """One decision of an approval bureau, checked as far as the row alone allows."""

    project_no: str
    project_code: str
    item: str
    area: str
    organ: str
    party_name: str
    party_category: str
    identity_kind: str
    identity_number: str
    legal_representative: str
    project_name: str
    site: str
    result: str
    decided_at: datetime
    document_no: str
    licence_no: str
    licence_name: str
    valid_from: date | None
    valid_to: date | None
    content: Mapping[str, str]
    is_accept: bool = False


def read_decision(
    row: Mapping[str, str], layout: str, result_types: Mapping[str, str], now: datetime
) -> tuple[Decision | None, list[Message]]:
    """Return the decision of a row and its faults; no decision when one of them forbids it."""
    reading = Reading(current_codes(row))
    is_accept = layout == "approval_accept" or (bool(row.get("accept_date")) and row.get("result_date") == "")
    decided = _decided(reading, now, is_accept=is_accept)
    check_row(reading)
    first, last = check_validity(reading, now)
    category, kind, number = check_party(reading)
    document = reading.text("XK_WSH", "XK_XKBH", "document_no", "result_cetr_no", "project_no")
    for finding in identifiers.check_document_number(document):
        reading.refuse(_named(reading, "XK_WSH", "document_no"), finding.code, finding.message, finding.level)
    code = reading.text("project_code")
    for finding in identifiers.check_project_code(code):
        reading.refuse("project_code", finding.code, finding.message, finding.level)
    values: dict[str, Any] = {
        "project_no": reading.text("project_no", "XK_XKBH", "XK_WSH", label="办件编号"),
        "project_code": code,
        "item": reading.text("item_code", "task_name", "XK_XKZS", "XK_XKWS", label="事项名称"),
        "area": reading.text("area"),
        "organ": reading.text("approving_unit", "XK_XKJG", "org_name"),
        "party_name": reading.text("XK_XDR_MC", "applyer_name", "party_name", label="行政相对人名称"),
        "party_category": category, "identity_kind": kind, "identity_number": number,
        "legal_representative": reading.text("XK_FRDB", "legal"),
        "project_name": reading.text("project_name", "XK_NR") or reading.text("XK_XDR_MC", "applyer_name"),
        "site": reading.text("site", "address"),
        "result": "accepted" if is_accept else _result(reading, layout, result_types),
        "document_no": document, "licence_no": reading.text("XK_XKBH", "result_cetr_no"),
        "licence_name": reading.text("XK_XKZS", "result_cetr_name"),
        "valid_from": first.date() if first else None, "valid_to": last.date() if last else None,
        "content": {key: value for key, value in row.items() if value}, "is_accept": is_accept,
    }  # fmt: skip
    if reading.is_refused or decided is None:
        return None, reading.messages
    moment = decided if decided.time() != time() else datetime.combine(decided.date(), time(17), ZONE)
    return Decision(decided_at=min(moment.astimezone(UTC), now), **values), reading.messages


def _decided(reading: Reading, now: datetime, *, is_accept: bool) -> datetime | None:
    names = ("accept_date", "apply_date") if is_accept else ("XK_JDRQ", "result_date", "decided_at")
    name = _named(reading, *names)
    decided = reading.day(name, label="受理日期" if is_accept else "决定（办结）日期")
    if decided is not None and decided.astimezone(UTC) > now:
        reading.refuse(name, "date-future", "日期晚于今天，请核对后填写实际日期")
    return decided


def _named(reading: Reading, *names: str) -> str:
    """Return the name of the first field that is filled, else of the first that the row has."""
    return next((n for n in names if reading.row.get(n)), next((n for n in names if n in reading.row), names[0]))


def _result(reading: Reading, layout: str, result_types: Mapping[str, str]) -> str:
    if reading.text("cd_operation").lower() == "d":
        return "withdrawn"
    text = reading.text("result_type", "result", label="办结结果" if layout == "approval_result" else "")
    if not text:
        return "withdrawn" if reading.text("XK_ZT") == "2" else "granted"
    found = result_types.get(text) or (text if text in ("granted", "refused", "withdrawn") else None)
    if found is None:
        known = "、".join(sorted(result_types))
        reading.refuse("result_type", "result-unknown", f"办结结果“{text[:20]}”无法识别，可用：{known}")
        return "granted"
    return found


__all__ = ["CATEGORIES", "Decision", "Message", "read_decision"]
