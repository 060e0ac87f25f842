"""What is wrong with a record: the field, the rule, the remedy, and how sure the rule is."""

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass

ERROR, WARNING = "error", "warning"


@dataclass(frozen=True, slots=True)
class Finding:
    """One fault; an ``error`` keeps a record from being sent, a ``warning`` comes from a rule nobody has read."""

    level: str
    field: str
    name: str
    message: str
    remedy: str
    source: str

    def as_json(self) -> Mapping[str, str]:
        """Return it as a row keeps it."""
        return asdict(self)


def errors_of(findings: Iterable[Finding]) -> list[Finding]:
    """Return what keeps a record from being sent."""
    return [one for one in findings if one.level == ERROR]
