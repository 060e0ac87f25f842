"""One row of any layout → one decision in our own words, or the faults that forbid it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time
from typing import Any

from workflows import identifiers
from workflows.uow import ZONE

CATEGORIES = ("法人及非法人组织", "自然人", "个体工商户")
_OLD_CATEGORIES = {"01": "自然人",
                   "02": "法人及非法人组织", "03": "法人及非法人组织", "04": "个体工商户", "1": "自然人",
                   "2": "法人及非法人组织", "3": "法人及非法人组织"}  # fmt: skip
_FORMATS = ("%Y-%m-%d %H:%M:%S", "%Y-%m-%d %H:%M", "%Y-%m-%d", "%Y/%m/%d %H:%M:%S", "%Y/%m/%d", "%Y%m%d", "%Y.%m.%d")


@dataclass(frozen=True, slots=True)
class Message:
    """What is wrong with a field and what to do; a warning does not refuse the row."""

    field: str
    code: str
    message: str
    level: str = "error"

    def as_json(self) -> dict[str, str]:
        """Return it as plain JSON."""
        return {"field": self.field, "code": self.code, "message": self.message, "level": self.level}


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


@dataclass(slots=True)
class Reading:
    """Collects the faults of one row."""

    row: Mapping[str, str]
    messages: list[Message] = field(default_factory=list)

    def refuse(self, name: str, code: str, text: str, level: str = "error") -> None:
        """Note a fault."""
        self.messages.append(Message(name, code, text, level))

    def text(self, *names: str, label: str = "") -> str:
        """Return the first field that is filled; with a label a missing one is a fault."""
        for name in names:
            if self.row.get(name):
                return str(self.row[name]).strip()
        if label:
            self.refuse(names[0], "required", f"缺少{label}，请填写后重新导入")
        return ""

    def day(self, *names: str, label: str = "") -> datetime | None:
        """Return a date or an instant in Chinese time."""
        text = self.text(*names, label=label)
        if not text:
            return None
        for pattern in _FORMATS:
            try:
                return datetime.strptime(text, pattern).replace(tzinfo=ZONE)
            except ValueError:
                continue
        try:
            found = datetime.fromisoformat(text)
            return found if found.tzinfo else found.replace(tzinfo=ZONE)
        except ValueError:
            self.refuse(names[0], "date-format", f"{label or '日期'}“{text[:30]}”不是有效日期，请写成 2026-03-02")
            return None

    @property
    def is_refused(self) -> bool:
        """Tell whether a fault forbids the row."""
        return any(message.level == "error" for message in self.messages)


def read_decision(
    row: Mapping[str, str], layout: str, result_types: Mapping[str, str], now: datetime
) -> tuple[Decision | None, list[Message]]:
    """Return the decision of a row and its faults; no decision when one of them forbids it."""
    reading = Reading(row)
    is_licence, is_accept = layout == "dual_publicity_licence", layout == "approval_accept"
    decided = reading.day("XK_JDRQ", "result_date", "accept_date", "decided_at", label="决定（办结、受理）日期")
    if decided is not None and decided.astimezone(UTC) > now:
        reading.refuse("XK_JDRQ" if is_licence else "result_date", "date-future", "决定日期晚于今天，请核对")
    first, last = reading.day("XK_YXQZ", label=""), reading.day("XK_YXQZI", label="")
    if first and last and last < first:
        reading.refuse("XK_YXQZI", "date-order", "有效期至早于有效期自，请核对")
    category, kind, number = _party(reading)
    document = reading.text("XK_WSH", "XK_XKBH", "document_no", "result_cetr_no", "project_no")
    for finding in identifiers.check_document_number(document):
        reading.refuse("XK_WSH", finding.code, finding.message, finding.level)
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
        "legal_representative": reading.text("XK_FRDB", "XK_FR", "legal"),
        "project_name": reading.text("project_name", "XK_NR", "XK_XMMC") or reading.text("XK_XDR_MC", "applyer_name"),
        "site": reading.text("site", "address"),
        "result": "accepted" if is_accept else _result(reading, result_types),
        "document_no": document, "licence_no": reading.text("XK_XKBH", "result_cetr_no"),
        "licence_name": reading.text("XK_XKZS", "result_cetr_name"),
        "valid_from": first.date() if first else None, "valid_to": last.date() if last else None,
        "content": {key: value for key, value in row.items() if value}, "is_accept": is_accept,
    }  # fmt: skip
    if reading.is_refused or decided is None:
        return None, reading.messages
    moment = decided if decided.time() != time() else datetime.combine(decided.date(), time(17), ZONE)
    return Decision(decided_at=min(moment.astimezone(UTC), now), **values), reading.messages


def _result(reading: Reading, result_types: Mapping[str, str]) -> str:
    text = reading.text("result_type", "result")
    if not text:
        return "withdrawn" if reading.text("XK_ZT") == "2" else "granted"
    found = result_types.get(text) or (text if text in ("granted", "refused", "withdrawn") else None)
    if found is None:
        known = "、".join(sorted(result_types))
        reading.refuse("result_type", "result-unknown", f"办结结果“{text[:20]}”无法识别，可用：{known}")
        return "granted"
    return found


def _party(reading: Reading) -> tuple[str, str, str]:
    """Return the party's category, the kind of its identity and its number, checked by the category's rules."""
    given = reading.text("XK_XDR_LB", "XK_XDR_TYPE", "applyer_type", "party_category")
    category = _OLD_CATEGORIES.get(given, given) or "法人及非法人组织"
    if category not in CATEGORIES:
        reading.refuse("XK_XDR_LB", "category", f"相对人类别“{given[:20]}”应为：{'、'.join(CATEGORIES)}")
        return CATEGORIES[0], "other", ""
    if category == "自然人":
        return category, *_person(reading)
    code = reading.text("XK_XDR_SHXYM", "applyer_page_code", "identity_number", label="统一社会信用代码").upper()
    for finding in identifiers.check_credit_code(code) if code else []:
        reading.refuse("XK_XDR_SHXYM", finding.code, finding.message, finding.level)
    if code == identifiers.PLACEHOLDER_USCC:
        if category != "个体工商户":
            reading.refuse("XK_XDR_SHXYM", "uscc-placeholder", "17 个 0 加 X 只用于没有代码的个体工商户")
        register = reading.text("XK_XDR_GSZC", label="工商注册号（信用代码为 17 个 0 加 X 时必填）")
        return category, "registration", register
    return category, "uscc", code


def _person(reading: Reading) -> tuple[str, str]:
    kind = reading.text("XK_XDR_ZJLX", "applyer_page_type") or "身份证"
    number = reading.text(
        "XK_XDR_ZJHM", "XK_XDR_SFZH", "applyer_page_code", "identity_number", label="证件号码"
    ).upper()
    if kind in ("身份证", "01", "111", "居民身份证") and number:
        for finding in identifiers.check_id_number(number):
            reading.refuse("XK_XDR_ZJHM", finding.code, finding.message, finding.level)
        return "id_card", number
    return kind, number
