"""DMN decision tables: parsed once, evaluated as often as a diagram asks."""

from collections.abc import Callable, Mapping

from engine.dmn.evaluate import evaluate
from engine.dmn.model import Decision, DecisionResult, DecisionTable
from engine.dmn.parser import parse_decisions

__all__ = ["Decision", "DecisionModel", "DecisionResult", "DecisionTable", "parse_dmn"]


class DecisionModel:
    """The decisions of one or more files."""

    def __init__(self, decisions: Mapping[str, Decision]) -> None:
        self.decisions = dict(decisions)

    def evaluate(
        self,
        decision_id: str,
        context: Mapping[str, object],
        functions: Mapping[str, Callable[..., object]] | None = None,
    ) -> DecisionResult:
        """Evaluate one decision; the result's value is plain JSON.

        Raises:
            DecisionFailed: the table cannot answer.
        """
        return evaluate(self.decisions, decision_id, context, functions or {})


def parse_dmn(xml: bytes, filename: str) -> DecisionModel:
    """Return the decisions of a DMN file, or raise ``DefinitionInvalid``."""
    return DecisionModel(parse_decisions(xml, filename))
