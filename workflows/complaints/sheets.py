"""Files of complaints in the official columns: what a row means to us, and what is doubtful about it."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

import orjson

from workflows.complaints.words import KINDS, MATTERS
from workflows.intake.layouts import Layout
from workflows.standards import layout as standard
from workflows.uow import ZONE

PLATFORM, HOTLINE = "regulation_complaint", "hotline_workorder"
LOCAL: Mapping[str, str] = {
    "source_no": "来源编号", "received_at": "收到时间", "matter": "反映的事情", "site": "地点",
    "item_code": "监管事项编码",
}  # fmt: skip
_MARKERS: Mapping[str, tuple[str, ...]] = {PLATFORM: ("tipDetail", "complaintDetail"), HOTLINE: ("LDBH", "FYNR")}
_TIMES = ("%Y-%m-%d %H:%M:%S", "%Y-%m-%d %H:%M", "%Y/%m/%d %H:%M:%S", "%Y/%m/%d %H:%M", "%Y%m%d%H%M%S", "%Y-%m-%d",
          "%Y/%m/%d", "%Y-%m-%dT%H:%M:%S")  # fmt: skip
_YES = frozenset({"是", "1", "Y", "y", "true", "保密", "匿名"})


@dataclass(frozen=True, slots=True)
class Read:
    """A row as the answers of the intake form; each warning is {field, code, message, level}."""

    answers: dict[str, Any]
    warnings: tuple[Mapping[str, str], ...]


def layouts_on(on: date) -> tuple[Layout, ...]:
    """Return the two layouts as they hold on a day, with the columns of our own that may stand beside them."""
    found = []
    for key in (PLATFORM, HOTLINE):
        known = standard(key, on)
        columns = {field.code: field.name for field in known.fields}
        found.append(Layout(key, known.title, {**columns, **LOCAL}, _MARKERS[key]))
    return tuple(found)


def read_row(layout_key: str, row: Mapping[str, str], channel: str, divisions: Mapping[str, str]) -> Read:
    """Return what a row says in terms of the intake form."""
    given = _platform(row) if layout_key == PLATFORM else _hotline(row)
    warnings: list[Mapping[str, str]] = []
    area = _area_of(str(given.pop("territory")), divisions)
    matter = _matter_of(row.get("matter") or str(given.pop("type_text")))
    if not area:
        warnings.append(_warning("area", "看不出属地，导入后由人工分派"))
    if matter == "other":
        warnings.append(_warning("matter", "看不出职能，导入后由人工分派"))
    answers = {
        "channel": channel, "source_no": row.get("source_no") or given["source_no"] or _digest(row), "matter": matter,
        "area": area, "place_kind": "unknown", "item_code": row.get("item_code") or None, "accused_unit": None,
        "party_name": given["party_name"] or "未写明", "party_code": given["party_code"],
        "site": row.get("site") or "", "content": given["content"], "kind": given["kind"],
        "received_at": _moment(row.get("received_at") or str(given["received"]), warnings),
        "informant_name": given["name"], "informant_phone": given["phone"], "informant_address": given["address"],
        "is_confidential": given["is_confidential"],
    }  # fmt: skip
    return Read(answers, tuple(warnings))


def _platform(row: Mapping[str, str]) -> dict[str, Any]:
    is_tip = bool(row.get("tipDetail") or row.get("tipObject"))
    pre = "tip" if is_tip else "complaint"
    extra = [f"{label}：{row[code]}" for code, label in (("serviceName", "服务名称"), ("disputeDate", "争议发生日期"))
             if row.get(code)]  # fmt: skip
    return {
        "kind": pre, "source_no": "", "party_name": row.get(f"{pre}Object", ""),
        "party_code": row.get("enterpriseCreditCode" if is_tip else "complaintObjectCertCode", ""),
        "territory": row.get(f"{pre}Territory", ""), "type_text": row.get(f"{pre}Type", ""),
        "content": "\n".join(part for part in (row.get(f"{pre}Detail", ""), *extra) if part), "received": "",
        "name": "", "phone": "", "address": "", "is_confidential": False,
    }  # fmt: skip


def _hotline(row: Mapping[str, str]) -> dict[str, Any]:
    is_anonymous = row.get("SFLM", "") in _YES
    kind = "complaint" if KINDS["complaint"] in row.get("LDMD", "") else "tip"
    return {
        "kind": kind, "source_no": row.get("LDBH", ""), "party_name": row.get("TSDX", ""), "party_code": "",
        "territory": row.get("WTSD", ""), "type_text": row.get("NRFL", ""), "content": row.get("FYNR", ""),
        "received": row.get("HRSJ", ""), "name": "" if is_anonymous else row.get("XM", ""),
        "phone": row.get("LXDH") or row.get("LDHM", ""), "address": row.get("CZDZ", ""),
        "is_confidential": row.get("SFBM", "") in _YES,
    }  # fmt: skip


def _area_of(text: str, divisions: Mapping[str, str]) -> str:
    """Return the division a territory names: by code, else the narrowest name in the text."""
    plain = text.strip()
    if plain in divisions:
        return plain
    found = [code for code, name in divisions.items() if name in plain]
    return found[-1] if found else ""


def _matter_of(text: str) -> str:
    plain = text.strip()
    if plain in MATTERS:
        return plain
    return next((key for key, label in MATTERS.items() if plain and (plain in label or label in plain)), "other")


def _moment(text: str, warnings: list[Mapping[str, str]]) -> str | None:
    plain = text.strip()
    for pattern in _TIMES:
        try:
            return datetime.strptime(plain, pattern).replace(tzinfo=ZONE).astimezone(UTC).isoformat()
        except ValueError:
            continue
    warnings.append(_warning("received_at", "没有可读的收到时间，按导入时间计"))
    return None


def _digest(row: Mapping[str, str]) -> str:
    """Return a number for a row that has none: the same row always gets the same."""
    return f"行-{hashlib.sha256(orjson.dumps(dict(row), option=orjson.OPT_SORT_KEYS)).hexdigest()[:16]}"


def _warning(field: str, message: str) -> Mapping[str, str]:
    return {"field": field, "code": "doubtful", "message": message, "level": "warning"}
