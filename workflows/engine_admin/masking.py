"""Variables as administrators may see them: what identifies a person is hidden."""

import re
from typing import Any

from workflows.identifiers import mask_id_number, mask_name, mask_phone
from workflows.publication.pages import masked

_PHONES = re.compile(r"phone|mobile|tel(ephone)?$", re.IGNORECASE)
_NUMBERS = re.compile(r"id_number|id_card|id_no|identity|party_code|certificate_no", re.IGNORECASE)
_NAMES = re.compile(r"(person|contact|informant|representative|complainant|party|applicant)(_name)?$", re.IGNORECASE)
_SECRET = re.compile(r"password|secret|token|key_hash", re.IGNORECASE)
LONGEST_NAME = 4


def hidden(name: str, value: Any) -> Any:
    """Return a value with names, telephone and identity numbers of persons masked, at any depth."""
    if isinstance(value, dict):
        return {key: hidden(str(key), one) for key, one in value.items()}
    if isinstance(value, list):
        return [hidden(name, one) for one in value]
    if not isinstance(value, str):
        return value
    if _SECRET.search(name):
        return "******"
    if _PHONES.search(name):
        return mask_phone(value)
    if _NUMBERS.search(name):
        return mask_id_number(value)
    if _NAMES.search(name) and len(value) <= LONGEST_NAME:
        return mask_name(value)
    return masked(value)
