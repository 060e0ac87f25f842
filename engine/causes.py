"""Which incidents have the same cause: their messages without what differs from case to case."""

import re

_LONGEST = 300
_DIFFERS = (
    (re.compile(r"[0-9a-f]{8}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{12}", re.IGNORECASE), "<id>"),
    (re.compile(r"\d{4}-\d\d-\d\d(?:[T ]\d\d:\d\d(?::\d\d(?:\.\d+)?)?(?:Z|[+-]\d\d:?\d\d)?)?"), "<time>"),
    (re.compile(r"\b[0-9a-f]{12,}\b", re.IGNORECASE), "<id>"),
    (re.compile(r"\d+"), "<n>"),
    (re.compile(r"\s+"), " "),
)


def cause_of(message: str) -> str:
    """Return a message without its numbers, instants and ids."""
    text = message[:2000]
    for pattern, instead in _DIFFERS:
        text = pattern.sub(instead, text)
    return text.strip()[:_LONGEST]
