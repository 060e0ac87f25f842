"""What makes two objects the same: the credit code, else kind, area and name."""

import unicodedata
from collections.abc import Mapping
from uuid import UUID

from workflows.identifiers import PLACEHOLDER_USCC, check_credit_code

KINDS: Mapping[str, str] = {
    "enterprise": "企业", "institution": "事业单位、社会组织", "government": "机关", "survey_unit": "测绘单位",
    "person": "自然人", "site": "项目现场", "mine": "矿山", "scenic_area": "风景名胜区", "other": "其他",
}  # fmt: skip
PLACES = frozenset({"site", "mine", "scenic_area", "other"})  # an enterprise may hold many of them
_BY_PREFIX: Mapping[str, str] = {"11": "government", "12": "institution", "5": "institution"}  # GB 32100


def valid_code(code: str | None) -> str | None:
    """Return a credit code when it names somebody: it is right, and no placeholder."""
    plain = (code or "").strip().upper()
    is_named = bool(plain) and plain != PLACEHOLDER_USCC
    return plain if is_named and not check_credit_code(plain) else None


def kind_of_code(code: str | None) -> str:
    """Return what kind of holder a credit code was given to."""
    return next((kind for prefix, kind in _BY_PREFIX.items() if code and code.startswith(prefix)), "enterprise")


def plain_name(name: str) -> str:
    """Return a name without spaces and marks, in half width and lower case."""
    folded = unicodedata.normalize("NFKC", name).lower()
    return "".join(one for one in folded if one.isalnum())


def identity_of(kind: str, name: str, area: str, code: str | None = None, party_id: UUID | None = None) -> str:
    """Return the key of an object.

    A holder is known by the credit code, a person by the party record, anything else by kind, area and name;
    a place also by who holds it, since two holders may give their sites the same name.
    """
    known = valid_code(code)
    if kind in PLACES:
        return "/".join(filter(None, (kind, area, plain_name(name), known)))
    if known:
        return f"code/{known}"
    if kind == "person" and party_id is not None:
        return f"party/{party_id}"
    return f"{kind}/{area}/{plain_name(name)}"
