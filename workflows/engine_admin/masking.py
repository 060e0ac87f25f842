"""Variables as administrators may see them: what identifies a person is hidden."""

import re
from typing import Any

from workflows.identifiers import mask_name, masked
from workflows.privacy.veil import rules

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
    if _NAMES.search(name) and len(value) <= LONGEST_NAME:
        return mask_name(value)
    kind = rules().kind_of(name)
    return masked(value) if kind is None else kind.mask(value)
