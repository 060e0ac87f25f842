"""Business rule tasks: evaluate the decision tables that were deployed with the diagram."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from engine import dmn, feel
from engine.errors import DecisionFailed, ExpressionFailed
from engine.spiff.activities import ActivitySpec
from engine.spiff.diagram import Node
from engine.spiff.scopes import plain
from engine.spiff.specs import ProcessSpec
from engine.spiff.tokens import Token


class BusinessRuleSpec(ActivitySpec):
    """Evaluates one decision with the variables of the case and writes the result into one variable."""

    def __init__(self, process: ProcessSpec, node: Node, name: str | None = None) -> None:
        super().__init__(process, node, name)
        self.manual = False

    def _run_hook(self, my_task: Token) -> bool:
        decision = self.node.decision or ""
        result = decide(my_task, my_task.top.compiled.decisions, decision)
        value = plain({"value": feel.to_json(result.value)})["value"]
        my_task.step("decided", decision=decision, matched_rules=list(result.matched_rules), result=value)
        if self.node.result_variable:
            my_task.scope.assign({self.node.result_variable: value})
        return True


def decide(token: Token, decisions: Mapping[str, dmn.DecisionModel], decision: str) -> dmn.DecisionResult:
    """Evaluate a decision seen from a token.

    Raises:
        ExpressionFailed: it fails, or is not deployed with the diagram.
    """
    model = decisions.get(decision)
    if model is None:
        raise ExpressionFailed(element=token.task_spec.bpmn_id, decision=decision, reason="no such decision")
    evaluator = token.top.evaluator
    context: dict[str, Any] = {**token.scope.flat(), "business_key": evaluator.business_key}
    functions = evaluator.functions(evaluator.all_names, context, token.task_spec.bpmn_id)
    try:
        return model.evaluate(decision, context, functions)
    except (ExpressionFailed, DecisionFailed) as exc:
        raise ExpressionFailed(**{**exc.facts, "element": token.task_spec.bpmn_id, "decision": decision}) from exc
