"""The rules of the official layouts: sourced ones refuse a row, recalled ones only warn."""

import re
import unicodedata
from collections.abc import Mapping, Sequence
from datetime import datetime

from workflows import identifiers
from workflows.intake.fields import Reading
from workflows.intake.layouts import ACCEPT, DUAL_LICENCE, LOCAL, RESULT
from workflows.uow import local_day_of

CATEGORIES = ("法人及非法人组织", "自然人", "个体工商户")
CATEGORY_CODES: Mapping[str, str] = {
    "01": CATEGORIES[1], "02": CATEGORIES[0], "03": CATEGORIES[0], "04": CATEGORIES[2], "1": CATEGORIES[1],
    "2": CATEGORIES[0], "3": CATEGORIES[0],
}  # fmt: skip
LICENCE_KINDS = ("普通", "特许", "认可", "核准", "登记", "其他")
_LICENCE_CODES: Mapping[str, str] = {f"{number:02d}": kind for number, kind in enumerate(LICENCE_KINDS[:-1], 1)}
ID_KINDS: Mapping[str, str] = {
    "身份证": "id_card", "居民身份证": "id_card", "01": "id_card", "111": "id_card", "护照": "passport",
    "护照号": "passport", "02": "passport", "港澳居民来往内地通行证": "hk_mo_permit", "03": "hk_mo_permit",
    "台湾居民来往大陆通行证": "tw_permit", "04": "tw_permit", "外国人永久居留身份证": "residence", "05": "residence",
}  # fmt: skip
_ORGANISATION_ONLY = ("XK_XDR_SHXYM", "XK_XDR_GSZC", "XK_XDR_ZZJG", "XK_XDR_SWDJ", "XK_XDR_SYDW", "XK_XDR_SHZZ",
                      "XK_FRDB")  # fmt: skip
_NAMES: Mapping[str, str] = {**ACCEPT, **RESULT, **DUAL_LICENCE, **LOCAL}
_MUST_FILL = ("XK_XKWS", "XK_XKLB", "XK_NR", "XK_XKJGDM")  # sourced
_SHOULD_FILL = ("XK_XKJG", "XK_YXQZ", "XK_YXQZI", "XK_ZT", "XK_LYDW", "XK_LYDWDM")  # recalled
_TOO_LONG: Mapping[str, int] = {"project_no": 50, "task_name": 1000, "applyer_name": 100}  # from table definitions
_RATHER_LONG: Mapping[str, int] = {"XK_XDR_MC": 200, "XK_WSH": 64, "XK_XKBH": 64, "XK_NR": 4000, "XK_XKWS": 64}


_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ufffe\uffff]")
_LONGEST = 32_767  # as in a cell of a workbook


def check_row(reading: Reading) -> None:
    """Check what concerns neither the party nor a date.

    A rule that a column must be filled holds for the columns that the file has.
    """
    _check_storable(reading)
    _check_filled(reading, _MUST_FILL, "error")
    _check_filled(reading, _SHOULD_FILL, "warning")
    _check_lengths(reading, _TOO_LONG, "error")
    _check_lengths(reading, _RATHER_LONG, "warning")
    _check_licence_kind(reading)
    for code in ("XK_XKJGDM", "XK_LYDWDM"):
        value = reading.row.get(code, "")
        if value and identifiers.check_credit_code(value):
            reading.refuse(code, "uscc-checksum", f"“{_NAMES[code]}”不是有效的统一社会信用代码，请核对", "warning")


def _check_storable(reading: Reading) -> None:
    for code, value in reading.row.items():
        name = _NAMES.get(code, code)
        if _CONTROL.search(value):
            reading.refuse(code, "bad-character", f"“{name}”含有不可见的控制字符，请删除后重新导入")
        if len(value) > _LONGEST:
            reading.refuse(code, "too-long", f"“{name}”超过 {_LONGEST} 字，请精简")


def _check_filled(reading: Reading, codes: Sequence[str], level: str) -> None:
    for code in codes:
        if code in reading.row and not reading.row[code]:
            reading.refuse(code, "required", f"“{_NAMES[code]}”未填写，请补全", level)


def _check_lengths(reading: Reading, lengths: Mapping[str, int], level: str) -> None:
    for code, length in lengths.items():
        if len(reading.row.get(code, "")) > length:
            reading.refuse(code, "too-long", f"“{_NAMES[code]}”超过 {length} 字，请核对", level)


def _check_licence_kind(reading: Reading) -> None:
    given = reading.row.get("XK_XKLB", "")
    kind = _LICENCE_CODES.get(given, given)
    if kind in ("其他", "06", "其他-"):
        reading.refuse("XK_XKLB", "licence-kind", "许可类别为“其他”时须写明具体类别，如“其他-备案”")
    elif kind and kind not in LICENCE_KINDS and not kind.startswith(("其他-", "其他—", "其他:", "其他：")):
        text = f"许可类别“{given[:20]}”应为：{'、'.join(LICENCE_KINDS[:-1])}，或“其他-具体类别”"
        reading.refuse("XK_XKLB", "licence-kind", text)


def check_validity(reading: Reading, now: datetime) -> tuple[datetime | None, datetime | None]:
    """Return from when to when a licence holds, in the right order."""
    first, last = reading.day("XK_YXQZ"), reading.day("XK_YXQZI")
    if first and last and last < first:
        reading.refuse("XK_YXQZI", "date-order", "有效期至早于有效期自，请核对")
    elif last and local_day_of(last) < local_day_of(now):
        reading.refuse("XK_YXQZI", "date-expired", "有效期已过，请确认是否补录历史许可", "warning")
    return first, last


def check_party(reading: Reading) -> tuple[str, str, str]:
    """Return the party's category, the kind of its identity and its number, checked by the category's rules."""
    given = reading.text("XK_XDR_LB", "applyer_type", "party_category")
    category = CATEGORY_CODES.get(given, given) or _guessed(reading)
    if category not in CATEGORIES:
        reading.refuse("XK_XDR_LB", "category", f"相对人类别“{given[:20]}”应为：{'、'.join(CATEGORIES)}")
        return CATEGORIES[0], "other", ""
    if category == CATEGORIES[1]:
        return category, *_person(reading)
    return category, *_organisation(reading, category)


def _guessed(reading: Reading) -> str:
    """Return the category of a variant that has none: who has no credit code but an identity card is a person."""
    has_card = reading.text("XK_XDR_ZJHM") and not reading.text("XK_XDR_SHXYM", "applyer_page_code")
    return CATEGORIES[1] if has_card else CATEGORIES[0]


def _organisation(reading: Reading, category: str) -> tuple[str, str]:
    code = _code(reading, ("XK_XDR_SHXYM", "applyer_page_code", "identity_number"), "统一社会信用代码")
    for finding in identifiers.check_credit_code(code) if code else []:
        reading.refuse("XK_XDR_SHXYM", finding.code, finding.message, finding.level)
    if category == CATEGORIES[0] and "XK_FRDB" in reading.row:
        reading.text("XK_FRDB", label="法定代表人")
    if reading.text("XK_XDR_ZJHM"):
        reading.refuse("XK_XDR_ZJHM", "party-mixed", "法人、个体工商户不填自然人证件号码，请核对相对人类别", "warning")
    if code != identifiers.PLACEHOLDER_USCC:
        return "uscc", code
    if category != CATEGORIES[2]:
        reading.refuse("XK_XDR_SHXYM", "uscc-placeholder", "17 个 0 加 X 只用于没有代码的个体工商户，请填写实际代码")
    return "registration", reading.text("XK_XDR_GSZC", label="工商注册号（信用代码为 17 个 0 加 X 时必填）")


def _person(reading: Reading) -> tuple[str, str]:
    given = reading.text("XK_XDR_ZJLX", "applyer_page_type") or "身份证"
    kind = ID_KINDS.get(given) or (given if given.startswith("其他-") and len(given) > 3 else "")
    if not kind:
        known = "、".join(dict.fromkeys(name for name in ID_KINDS if not name.isdigit()))
        reading.refuse("XK_XDR_ZJLX", "id-kind", f"证件类型“{given[:20]}”应为：{known}，或“其他-具体类型”")
    number = _code(reading, ("XK_XDR_ZJHM", "applyer_page_code", "identity_number"), "证件号码")
    if kind == "id_card" and number:
        for finding in identifiers.check_id_number(number):
            reading.refuse("XK_XDR_ZJHM", finding.code, finding.message, finding.level)
    if reading.text(*_ORGANISATION_ONLY):
        text = "自然人不填统一社会信用代码等单位代码和法定代表人，请核对相对人类别"
        reading.refuse("XK_XDR_LB", "party-mixed", text, "warning")
    return kind or "other", number


def _code(reading: Reading, names: Sequence[str], label: str) -> str:
    text = unicodedata.normalize("NFKC", reading.text(*names, label=label))
    return "".join(text.split()).upper()
