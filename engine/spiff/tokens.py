"""Tokens: SpiffWorkflow's tasks, kept down to what lives.

SpiffWorkflow keeps a tree of everything that has happened and will happen. Here a task is a token: it
exists while it waits or is about to run, and is gone afterwards. So the cost of a step and the size
of the state depend on what is open now and never on how long a case has lasted.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from SpiffWorkflow.task import Task
from SpiffWorkflow.util.task import TaskState

from engine.errors import ExpressionFailed
from engine.spiff.diagram import PYTHON, Flow
from engine.spiff.model import Step
from engine.spiff.scopes import Scope

if TYPE_CHECKING:
    from engine.spiff.cases import CaseWorkflow


class Token(Task):  # type: ignore[misc]  # the library has no types
    """A task with a small number instead of a UUID, no clock, and a scope instead of copied data.

    ``host`` is the activity a boundary event or an item of a multi-instance activity belongs to.
    """

    def __init__(self, workflow: Any, spec: Any, number: int, host: Token | None = None) -> None:
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
    def top(self) -> CaseWorkflow:
        """The workflow of the whole instance."""
        top: CaseWorkflow = self.workflow.top_workflow
        return top

    @property
    def host(self) -> Token | None:
        """The activity this token belongs to, if any."""
        return None if self._parent is None else self.top.tokens.get(self._parent)

    @property
    def data(self) -> dict[str, Any]:
        """The variables this token sees."""
        return self.scope.flat()

    def attached(self) -> list[Token]:
        """Return the tokens that belong to this one: boundary events, items."""
        return [self.top.tokens[number] for number in self._children if number in self.top.tokens]

    def context(self, extra: Mapping[str, Any] | None = None) -> dict[str, Any]:
        """Return the variables for an expression."""
        return {**self.scope.flat(), **(extra or {})}

    def evaluate(self, text: str, extra: Mapping[str, Any] | None = None, *, strict: bool = False) -> Any:
        """Return the value of an expression seen from this token."""
        return self.top.evaluator.evaluate(text, self.context(extra), self.task_spec.bpmn_id, strict=strict)

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
        """Record for the history that something happened here; what begins inside of an activity says in which."""
        if what == "entered" and self.workflow is not self.top:
            detail = {**detail, "within": self.workflow.host.id}
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
