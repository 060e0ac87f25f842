"""The workflows tokens move in: a whole case, and each subprocess or called process while it runs."""

from collections import deque
from collections.abc import Iterator
from typing import Any

from SpiffWorkflow.bpmn import BpmnWorkflow
from SpiffWorkflow.bpmn.util.subworkflow import BpmnSubWorkflow
from SpiffWorkflow.util.task import TaskState

from engine.errors import StepBudgetExceeded
from engine.spiff.diagram import Flow
from engine.spiff.expressions import Evaluator, FeelScriptEngine
from engine.spiff.model import Step, ThrownEvent
from engine.spiff.scopes import Scope
from engine.spiff.tokens import Token

MAX_TOKENS = 50_000
"""How many tokens one instance may have; more is a diagram out of control."""


class _Flowing:
    """What the workflow of a process and that of a subprocess have in common."""

    spec: Any
    scope: Scope
    tasks: dict[int, Token]
    top_workflow: Any
    completed: bool
    done: list[list[Any]]

    def enter(self, flow: Flow) -> None:
        """Let a token arrive at the end of a sequence flow."""
        token = self.place(flow.target)
        token.internal_data["via"] = flow.id
        token.step("entered", flow=flow.id)
        token.task_spec._update(token)

    def place(self, name: str, host: Token | None = None) -> Token:
        """Return a new token at an element, not yet moving."""
        if len(self.top_workflow.tokens) >= MAX_TOKENS:
            raise StepBudgetExceeded(element=name, tokens=MAX_TOKENS)
        return Token(self, self.spec.task_specs[name], self.top_workflow.next_number(), host)

    def begin(self, start: str) -> None:
        """Wait for the events that start event subprocesses, then start at the element *start*."""
        for name in self.spec.event_starts:
            token = self.place(name)
            token.is_passive = True
            token.task_spec._update(token)
        token = self.place(start)
        token.internal_data["is_start"] = True
        token.step("entered")
        token.task_spec._update(token)

    def active(self) -> Iterator[Token]:
        """Yield the tokens that keep this workflow going."""
        return (token for token in self.tasks.values() if not token.is_passive)

    def cancel_tokens(self, but: Token | None = None) -> None:
        """Cancel every token here."""
        for token in list(self.tasks.values()):
            if token is not but and not token.is_gone:
                token.cancel()

    def finish_when_empty(self) -> None:
        """Complete when no active token is left, or an ad-hoc subprocess has had enough."""
        if self.completed or not self.is_over():
            return
        self.completed = True
        self.cancel_tokens()
        self.finished()

    def is_over(self) -> bool:
        """Tell whether no active token is left."""
        return not any(True for _ in self.active())

    def finished(self) -> None:
        """Tell whoever waits for this workflow."""


class SubWorkflow(_Flowing, BpmnSubWorkflow):  # type: ignore[misc]  # the library has no types
    """A subprocess, a called process or an item of a multi-instance one, while it runs."""

    def __init__(self, spec: Any, host: Token, scope: Scope) -> None:
        super().__init__(spec, parent_task_id=host.id, top_workflow=host.top, deserializing=True)
        self.scope = scope
        self.host = host
        self.done = []

    def is_over(self) -> bool:
        """Tell whether no active token is left; an ad-hoc subprocess may go on, or end earlier."""
        spec, is_empty = self.host.task_spec, super().is_over()
        node = spec.node
        if node.ad_hoc is None or self.host.internal_data.get("undoes"):
            return is_empty
        if is_empty:
            return not spec.emptied(self.host, self)
        return bool(node.ad_hoc.cancels_rest and spec.is_enough(self.host))

    def finished(self) -> None:
        """Complete the activity this workflow belongs to."""
        self.top_workflow.subprocesses.pop(self.host.id, None)
        self.host.task_spec.inner_finished(self.host, self)


class CaseWorkflow(_Flowing, BpmnWorkflow):  # type: ignore[misc]  # the library has no types
    """One instance while a step of the engine runs."""

    def __init__(self, compiled: Any, evaluator: Evaluator, scope: Scope) -> None:
        super().__init__(
            compiled.specs[compiled.process_key],
            compiled.specs,
            script_engine=FeelScriptEngine(evaluator),
            deserializing=True,
        )
        self.compiled = compiled
        self.evaluator = evaluator
        self.scope = scope
        self.tokens: dict[int, Token] = {}
        self.ready: deque[Token] = deque()
        self.joins: dict[int, Token] = {}
        self.conditions: dict[int, Token] = {}
        self.done = []
        self.failure: list[str] | None = None
        self.steps: list[Step] = []
        self.thrown: list[ThrownEvent] = []
        self.last_number = 0
        self.budget = 0

    def get_task_from_id(self, task_id: int) -> Token:
        """Return any token of the instance."""
        return self.tokens[task_id]

    def next_number(self) -> int:
        """Return a number no token of this instance has had."""
        self.last_number += 1
        return self.last_number

    def open_inner(self, host: Token, name: str, scope: Scope) -> SubWorkflow:
        """Return a new workflow inside an activity."""
        inner = SubWorkflow(self.subprocess_specs[name], host, scope)
        self.subprocesses[host.id] = inner
        return inner

    def run(self, budget: int) -> None:
        """Run every automatic element until all tokens rest.

        Raises:
            StepBudgetExceeded: it does not come to rest within *budget* elements.
        """
        self.budget = budget
        while True:
            if self.conditions and self._true_conditions():
                continue
            if not self.ready and not self._open_joins():
                return
            if not self.ready:
                continue
            token = self.ready.popleft()
            if token.is_gone or token.state != TaskState.READY:
                continue
            self.budget -= 1
            if self.budget < 0:
                raise StepBudgetExceeded(element=token.task_spec.bpmn_id, steps=budget)
            token.run()

    def fail(self, code: str, element: str) -> None:
        """End the whole instance because of an error that nothing catches."""
        self.failure = [code, element]
        self.cancel_tokens()
        self.completed = True

    def _true_conditions(self) -> bool:
        """Let the events fire whose condition has become true; return whether one did."""
        for number in sorted(self.conditions):
            token = self.conditions[number]
            if token.is_gone or token.state != TaskState.WAITING:
                del self.conditions[number]
            elif token.task_spec.has_become_true(token):
                token.task_spec.fire(token)
                return True
        return False

    def _open_joins(self) -> bool:
        """Let inclusive joins continue that no other token can reach; return whether one does."""
        for number in sorted(self.joins):
            token = self.joins.pop(number)
            if token.is_gone:
                continue
            if token.task_spec.may_continue(token):
                token._ready()
                return True
            if not token.is_gone:
                self.joins[number] = token
        return False
