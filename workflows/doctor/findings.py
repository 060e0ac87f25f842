"""What a check finds: how bad it is, what it is, and what to do."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass

import orjson

OK, WARNING, PROBLEM = "ok", "warning", "PROBLEM"


@dataclass(frozen=True, slots=True)
class Finding:
    """One result.

    Attributes:
        name: what was looked at; the same for every result of a check.
        level: ``ok``, ``warning`` (something will go wrong, or is not as it should be) or ``PROBLEM`` (something does
            go wrong now).
        text: what was found.
        remedy: what to do; empty when all is well.
    """

    name: str
    level: str
    text: str
    remedy: str = ""


def judged(name: str, is_well: bool, text: str, remedy: str, level: str = PROBLEM) -> Finding:
    """Return a finding of the level that a failed condition has."""
    return Finding(name, OK, text) if is_well else Finding(name, level, text, remedy)


def lines(findings: Sequence[Finding]) -> list[str]:
    """Return the findings as a person reads them."""
    return [f"{one.level:<8} {one.name}: {one.text}{' → ' + one.remedy if one.remedy else ''}" for one in findings]


def as_json(findings: Sequence[Finding]) -> str:
    """Return them as a program reads them."""
    return orjson.dumps([asdict(one) for one in findings]).decode()


def exit_code(findings: Sequence[Finding], *, strict: bool) -> int:
    """Return 1 with a problem, 3 with warnings when asked to be strict, else 0."""
    levels = {one.level for one in findings}
    if PROBLEM in levels:
        return 1
    return 3 if strict and WARNING in levels else 0
