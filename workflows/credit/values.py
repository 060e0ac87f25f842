"""A licence and a penalty in the fields of 双公示 (the newer variant): what the case system knows, nothing guessed."""

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Any

from workflows.credit.words import ENDLESS
from workflows.identifiers import PLACEHOLDER_USCC
from workflows.intake.layouts import current_codes
from workflows.penalties.words import TYPES
from workflows.uow import local_day_of

PERSON, SOLE_TRADER, ORGANISATION = "自然人", "个体工商户", "法人及非法人组织"
_TEN_THOUSAND = Decimal(1_000_000)  # fen in ten thousand yuan
_ID_NAMES: Mapping[str, str] = {
    "id_card": "身份证", "passport": "护照",
    "hk_mo_permit": "港澳居民来往内地通行证", "tw_permit": "台湾居民来往大陆通行证",
    "residence": "外国人永久居留身份证",
}  # fmt: skip
_VALID, _INVALID = "1", "2"


def licence_values(row: Any, organ: str, code: str | None) -> dict[str, Any]:
    """Return an approval (with its party's columns) by the fields of the licence layout.

    What the bureau sent goes first; an organ whose code the city's data knows is named by that.
    """
    given = {**current_codes(row.content)}
    decided = local_day_of(row.decided_at)
    return {
        **_licence_party(row, given), "XK_XKWS": given.get("XK_XKWS") or row.licence_name or None,
        "XK_WSH": row.document_no, "XK_XKLB": given.get("XK_XKLB"),
        "XK_XKZS": given.get("XK_XKZS") or row.licence_name or None, "XK_XKBH": row.licence_no or None,
        "XK_NR": given.get("XK_NR") or row.project_name, "XK_JDRQ": decided, "XK_YXQZ": row.valid_from or decided,
        "XK_YXQZI": row.valid_to or date.fromisoformat(ENDLESS), "XK_XKJG": organ,
        "XK_XKJGDM": code or given.get("XK_XKJGDM"), "XK_ZT": _VALID if row.result == "granted" else _INVALID,
        "XK_LYDW": organ, "XK_LYDWDM": code or given.get("XK_LYDWDM") or given.get("XK_XKJGDM"), "BZ": given.get("BZ"),
    }  # fmt: skip


def _licence_party(row: Any, given: Mapping[str, str]) -> dict[str, Any]:
    """Return who holds a licence: of a person only the identity document, of others the reverse."""
    who: dict[str, Any] = {"XK_XDR_MC": row.party_name, "XK_XDR_LB": row.category}
    if row.category == PERSON:
        return who | {
            "XK_XDR_ZJLX": _ID_NAMES.get(row.identity_kind, "其他-未注明"),
            "XK_XDR_ZJHM": row.identity_number,
        }
    has_code = row.identity_kind == "uscc"
    codes = {
        "XK_XDR_SHXYM": row.identity_number if has_code else PLACEHOLDER_USCC if row.category == SOLE_TRADER else None,
        "XK_XDR_GSZC": given.get("XK_XDR_GSZC") or (None if has_code else row.identity_number),
    }
    others = ("XK_XDR_ZZJG", "XK_XDR_SWDJ", "XK_XDR_SYDW", "XK_XDR_SHZZ", "XK_FR_ZJLX", "XK_FR_ZJHM")
    legal = row.legal_representative or given.get("XK_FRDB")
    return who | codes | {name: given[name] for name in others if given.get(name)} | {"XK_FRDB": legal}


def penalty_values(row: Any, organ: str, code: str | None, last_day: date) -> dict[str, Any]:
    """Return a decided penalty case by the fields of the penalty layout; amounts are in ten thousand yuan."""
    inquiry: Mapping[str, Any] = row.inquiry or {}
    decision: Mapping[str, Any] = row.decision or {}
    types = [TYPES[one] for one in decision.get("types") or ()]
    person = row.party_kind == "1"
    return {
        "CF_XDR_MC": row.party_name, "CF_XDR_LB": PERSON if person else ORGANISATION,
        "CF_XDR_SHXYM": None if person else row.party_code, "CF_XDR_ZJLX": "身份证" if person else None,
        "CF_XDR_ZJHM": row.party_code if person else None, "CF_WSH": row.decision_number,
        "CF_WFXW": inquiry.get("facts"), "CF_SY": inquiry.get("facts"), "CF_YJ": inquiry.get("penalty_basis"),
        "CF_CFLB": ";".join(types) or None, "CF_NR": decision.get("penalty_content"),
        "CF_NR_FK": Decimal(row.fine_fen) / _TEN_THOUSAND if row.fine_fen else None,
        "CF_JDRQ": local_day_of(row.decided_at), "CF_YXQ": last_day, "CF_GSJZQ": last_day, "CF_CFJG": organ,
        "CF_CFJGDM": code, "CF_SJLY": organ, "CF_SJLYDM": code,
    }  # fmt: skip
