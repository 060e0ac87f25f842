"""A parsed DMN file: its decisions, what they require, and how to evaluate them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from engine.dmn.evaluation import DecisionResult, Evaluation
from engine.dmn.item_types import ItemType
from engine.dmn.requirements import BusinessKnowledge, Decision, InputData, Service
from engine.dmn.table import DecisionTable
from engine.errors import DecisionNotFound
from engine.feel.environment import Env, Functions
from engine.feel.expression import NO_FUNCTIONS


@dataclass(frozen=True, slots=True)
class DecisionModel:
    """The decisions of one file and of the files it imports."""

    filename: str
    name: str
    namespace: str
    elements: Mapping[str, Decision | InputData | BusinessKnowledge | Service]
    imports: Mapping[str, DecisionModel] = field(default_factory=lambda: MappingProxyType({}))
    types: Mapping[str, ItemType] = field(default_factory=lambda: MappingProxyType({}))

    @property
    def decisions(self) -> Mapping[str, str]:
        """Return id → name of every decision, in the order of the file."""
        return {key: item.name for key, item in self.elements.items() if isinstance(item, Decision)}

    @property
    def tables(self) -> Mapping[str, DecisionTable]:
        """Return id → table of every decision that is a decision table."""
        found = {key: item.table for key, item in self.elements.items() if isinstance(item, Decision)}
        return {key: table for key, table in found.items() if table is not None}

    def input_names(self, decision_id: str) -> frozenset[str]:
        """Return the names of case data that the decision and what it requires may read."""
        return Evaluation(self, Env({}, {})).needs(self._wanted(decision_id))

    def evaluate(
        self, decision_id: str, context: Mapping[str, object], functions: Functions = NO_FUNCTIONS
    ) -> DecisionResult:
        """Evaluate a decision or decision service, by id or by name, on plain JSON in *context*.

        Raises:
            DecisionNotFound: there is none of this id or name.
            DecisionFailed: the rules contradict the hit policy, or a value is not an allowed one.
            ExpressionFailed: an expression does too much work.
        """
        return Evaluation.start(self, context, functions).result(self._wanted(decision_id))

    def _wanted(self, wanted: str) -> Decision | Service:
        for kind in (Decision, Service):
            for key, item in self.elements.items():
                if isinstance(item, kind) and wanted in (key, item.name):
                    return item
        raise DecisionNotFound(decision=wanted, file=self.filename)
