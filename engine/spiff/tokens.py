"""Tokens and the workflows they move in: SpiffWorkflow's tasks and workflows, kept down to what lives.

SpiffWorkflow keeps a tree of everything that has happened and will happen. Here a task is a token: it
exists while it waits or is about to run, and is gone afterwards. So the cost of a step and the size
of the state depend on what is open now and never on how long a case has lasted.
"""

from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from SpiffWorkflow.bpmn import BpmnWorkflow
from SpiffWorkflow.bpmn.util.subworkflow import BpmnSubWorkflow
from SpiffWorkflow.task import Task
from SpiffWorkflow.util.task import TaskState

from engine.errors import ExpressionFailed, StepBudgetExceeded
from engine.spiff.diagram import PYTHON, Flow
from engine.spiff.expressions import Evaluator, FeelScriptEngine
from engine.spiff.model import Step, ThrownEvent
from engine.spiff.scopes import Scope

MAX_TOKENS = 50_000
"""How many tokens one instance may have; more is a diagram out of control."""


class Token(Task):  # type: ignore[misc]  # the library has no types
    """A task with a small number instead of a UUID, no clock, and a scope instead of copied data.

    ``host`` is the activity a boundary event or an item of a multi-instance activity belongs to.
    """

    def __init__(self, workflow: Any, spec: Any, number: int, host: "Token | None" = None) -> None:
        self.id = number
        self.workflow = workflow
        self.task_spec = spec
        self.scope: Scope = workflow.scope if host is None else host.scope
        self.internal_data: dict[str, Any] = {}
        self.triggered = False
        self.is_passive = False
        self.is_gone = False
        self._state = TaskState.FUTURE
        self._parent = None if host is None else host.id
        self._children: list[int] = []
        workflow.tasks[number] = workflow.top_workflow.tokens[number] = self
        if host is not None:
            host._children.append(number)

    @property
    def top(self) -> "CaseWorkflow":
        """The workflow of the whole instance."""
        top: CaseWorkflow = self.workflow.top_workflow
        return top

    @property
    def host(self) -> "Token | None":
        """The activity this token belongs to, if any."""
        return None if self._parent is None else self.top.tokens.get(self._parent)

    @property
    def data(self) -> dict[str, Any]:
        """The variables this token sees."""
        return self.scope.flat()

    def attached(self) -> list["Token"]:
        """Return the tokens that belong to this one: boundary events, items."""
        return [self.top.tokens[number] for number in self._children if number in self.top.tokens]

    def context(self, extra: Mapping[str, Any] | None = None) -> dict[str, Any]:
        """Return the variables for an expression."""
        return {**self.scope.flat(), **(extra or {})}

    def evaluate(self, text: str, extra: Mapping[str, Any] | None = None) -> Any:
        """Return the value of a FEEL expression seen from this token."""
        return self.top.evaluator.evaluate(text, self.context(extra), self.task_spec.bpmn_id)

    def is_true(self, text: str, extra: Mapping[str, Any] | None = None) -> bool:
        """Return the value of a condition.

        Raises:
            ExpressionFailed: it is neither true nor false, for instance because a variable is missing.
        """
        element = self.task_spec.bpmn_id
        value = self.top.evaluator.evaluate(text, self.context(extra), element, strict=True)
        if text.startswith(PYTHON):
            return bool(value)
        if not isinstance(value, bool):
            raise ExpressionFailed(element=element, expression=text, reason="neither true nor false")
        return value

    def holds(self, text: str) -> bool:
        """Return whether a condition is true now; one that cannot be told yet is not."""
        value = self.top.evaluator.evaluate(text, self.context(), self.task_spec.bpmn_id)
        return bool(value) if text.startswith(PYTHON) else value is True

    def step(self, what: Any, **detail: object) -> None:
        """Record for the history that something happened here."""
        self.top.steps.append(Step(self.task_spec.bpmn_id, self.id, what, detail))

    def _set_state(self, value: int) -> None:
        self._state = value

    def _inherit_data(self) -> None:
        """Do nothing: variables belong to scopes, not to tokens."""

    def wait(self) -> None:
        """Rest until somebody outside moves this token."""
        self._set_state(TaskState.WAITING)

    def work(self) -> None:
        """Rest until the tokens inside this activity are gone."""
        self._set_state(TaskState.STARTED)

    def leave(self, flows: Sequence[Flow]) -> None:
        """End here and continue along *flows*; the scope completes when nothing is left in it."""
        self.detach()
        for flow in flows:
            self.workflow.enter(flow)
        self.workflow.finish_when_empty()

    def detach_from_host(self) -> None:
        """Outlive the activity this token belonged to."""
        host = self.host
        if host is not None and self.id in host._children:
            host._children.remove(self.id)
        self._parent = None

    def detach(self) -> None:
        """Take the token out of its workflow."""
        self.detach_from_host()
        self.is_gone = True
        self.workflow.tasks.pop(self.id, None)
        self.top.tokens.pop(self.id, None)

    def cancel(self) -> None:
        """End here without continuing, with everything attached to and inside of this activity."""
        if self.is_gone:
            return
        for token in self.attached():
            token.cancel()
        inner = self.top.subprocesses.pop(self.id, None)
        if inner is not None:
            inner.cancel_tokens()
        self._set_state(TaskState.CANCELLED)
        if not self.is_passive and not self.task_spec.is_silent:
            self.step("cancelled")
        self.detach()


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
