"""What forbids to import a diagram: it is no valid BPMN. What must only be reworked before it can run does not."""

from collections.abc import Iterable

from engine.spiff.reading import Finding

_REWORKED = frozenset(
    {"expression-invalid", "expression-language", "function-unknown", "feature-unsupported", "decision-missing",
     "result-missing", "topic-missing", "message-missing", "event-name-missing", "event-code-missing", "timer-missing",
     "instant-invalid", "priority-invalid", "called-process", "loop-endless", "loop-items", "timer-cycle",
     "element-unsupported", "start-missing", "timer-short", "reference-missing", "data-end"}
)  # fmt: skip
"""What an imported diagram may still lack: words of other engines, and things they find elsewhere."""
_INVALID = frozenset({"event-data-missing"})
"""What no valid BPMN may lack, though nothing here depends on it."""


def invalid_among(findings: Iterable[Finding]) -> list[Finding]:
    """Return the findings of a diagram that no rework of ours could mend."""
    grave = [one for one in findings if one.get("level") != "warning" or one["rule"] in _INVALID]
    return [one for one in grave if one["rule"] not in _REWORKED]
