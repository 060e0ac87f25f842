"""A verdict as findings, in the shape in which the validator's rules report theirs."""

from collections.abc import Mapping

from engine.soundness.verdict import Verdict


def findings_of(file: str, name: str, verdict: Verdict) -> list[Mapping[str, str]]:
    """Return what speaks against the soundness of a process; ``trace`` names the elements passed before."""
    if verdict.verdict == "undecided":
        return [
            {"file": file, "element": verdict.element, "rule": "soundness-undecided", "level": "warning",
             "message": f"无法判定流程 {name} 是否总能办结: {verdict.reason}",
             "remedy": "请人工检查, 或简化流程图", "trace": ""}
        ]  # fmt: skip
    return [
        {"file": file, "element": flaw.element, "rule": flaw.rule,
         "level": "warning" if flaw in verdict.notes else "error", "message": flaw.message,
         "remedy": flaw.remedy, "trace": " ".join(flaw.trace)}
        for flaw in (*verdict.flaws, *verdict.notes)
    ]  # fmt: skip
