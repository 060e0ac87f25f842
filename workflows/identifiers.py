"""Checks and masks identity numbers; messages are what an official reads."""

import re
from dataclasses import dataclass
from datetime import date

_USCC = "0123456789ABCDEFGHJKLMNPQRTUWXY"
_USCC_WEIGHTS = (1, 3, 9, 27, 19, 26, 16, 17, 20, 29, 25, 13, 8, 24, 10, 30, 28)
_ID_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
PLACEHOLDER_USCC = "0" * 17 + "X"
_DOCUMENT = re.compile(r"[\w〔〕\[\]()（）第号字\-—·.]{2,64}")
_PROJECT_CODE = re.compile(r"\d{4}-\d{6}-\d{2}-\d{2}-\d{5}[0-9A-Z]")
_DAY = r"(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])"
_ID_NUMBER = re.compile(
    rf"(?<![0-9A-Za-z])(?:\d{{6}}(?:19|20)\d{{2}}{_DAY}\d{{3}}[0-9Xx]|\d{{8}}{_DAY}\d{{3}})(?![0-9A-Za-z])"
)
_PHONE = re.compile(r"(?<!\d)1[3-9]\d{9}(?!\d)")
_ANY_PHONE = re.compile(r"\d[\d -]{5,}\d")
_TRAVEL_DOCUMENT = re.compile(r"[A-Za-z]{1,2}\d{6,10}")  # passports and permits of persons from elsewhere
_PLACE = re.compile(r".*(?:街道|[省市区县旗镇乡])")


@dataclass(frozen=True, slots=True)
class Finding:
    """One fault of a value; ``level`` is error or warning."""

    code: str
    message: str
    level: str = "error"


def check_credit_code(value: str) -> list[Finding]:
    """Check a unified social credit code (GB 32100), letter-first codes included."""
    if value == PLACEHOLDER_USCC:
        return []
    if len(value) != 18 or any(character not in _USCC for character in value):
        return [Finding("uscc-format", "统一社会信用代码应为 18 位数字或大写字母(不含 I、O、S、V、Z)")]
    total = sum(_USCC.index(c) * w for c, w in zip(value[:17], _USCC_WEIGHTS, strict=True))
    if _USCC[(31 - total % 31) % 31] != value[17]:
        return [Finding("uscc-checksum", "统一社会信用代码校验位不正确, 请核对营业执照或登记证书")]
    return []


def credit_code_check_character(body: str) -> str:
    """Return the check character of the first 17 characters."""
    total = sum(_USCC.index(c) * w for c, w in zip(body, _USCC_WEIGHTS, strict=True))
    return _USCC[(31 - total % 31) % 31]


def check_id_number(value: str) -> list[Finding]:
    """Check a citizen identity number (GB 11643): checksum strictly, the birth date as well."""
    if not re.fullmatch(r"\d{17}[\dX]", value):
        return [Finding("id-format", "身份证号应为 17 位数字加 1 位数字或大写 X")]
    total = sum(int(c) * w for c, w in zip(value[:17], _ID_WEIGHTS, strict=True))
    if "10X98765432"[total % 11] != value[17]:
        return [Finding("id-checksum", "身份证号校验位不正确, 请核对证件")]
    try:
        date(int(value[6:10]), int(value[10:12]), int(value[12:14]))
    except ValueError:
        return [Finding("id-birth", "身份证号中的出生日期不存在, 请核对证件")]
    return []


def check_document_number(value: str) -> list[Finding]:
    """Check a document number permissively: local forms differ."""
    if not value:
        return [Finding("document-missing", "缺少许可文书号; 没有文书号时填许可编号")]
    if not _DOCUMENT.fullmatch(value):
        return [Finding("document-format", "文书号含有不该出现的字符或过长, 请按文书原样填写")]
    return []


def check_project_code(value: str) -> list[Finding]:
    """Check the shape of a project code (GB/T 40058); the check character is not verified."""
    if value and not _PROJECT_CODE.fullmatch(value):
        return [Finding("project-code", "项目代码形如 2020-000000-47-03-123456, 请核对", "warning")]
    return []


def mask_id_number(value: str) -> str:
    """Return the number with all but the first three and last four characters hidden."""
    return value if len(value) < 10 else value[:3] + "*" * (len(value) - 7) + value[-4:]


def mask_phone(value: str) -> str:
    """Return the phone number with its middle hidden."""
    return value if len(value) < 7 else value[:3] + "****" + value[-4:]


def mask_name(value: str) -> str:
    """Return a person's name with all but the surname hidden."""
    return value[:1] + "*" * (len(value) - 1) if value else value


def masked(text: object) -> str:
    """Return a text with the identity and telephone numbers of persons hidden."""
    hidden = _ID_NUMBER.sub(lambda found: mask_id_number(found[0]), str(text))
    return _PHONE.sub(lambda found: mask_phone(found[0]), hidden)


def mask_personal_number(value: str) -> str:
    """Return the number of a person's document with its middle hidden; numbers of enterprises are public."""
    if _TRAVEL_DOCUMENT.fullmatch(value):
        return value[:2] + "*" * (len(value) - 4) + value[-2:]
    return masked(value)


def mask_phones(value: str) -> str:
    """Return what somebody left to be called at, with the middle of each number hidden, of whatever kind it is."""
    return _ANY_PHONE.sub(lambda found: mask_phone(found[0]), value)


def mask_address(value: str) -> str:
    """Return an address down to the town; what comes after is hidden."""
    place = _PLACE.match(value)
    return f"{place[0] if place else value[:2]}***"
