"""The only evaluator that SpiffWorkflow ever sees: FEEL, with the functions of the composition root."""

import inspect
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from engine import errors, feel

Functions = Mapping[str, Callable[..., object]]


@dataclass(frozen=True, slots=True)
class FunctionContext:
    """What a function called from a diagram may know beside its arguments."""

    now: datetime
    variables: Mapping[str, object]
    business_key: str
    element_id: str


class FeelEngine:
    """Evaluates FEEL for one execution; scripts and Python expressions are refused."""

    def __init__(self, functions: Functions, now: datetime, business_key: str) -> None:
        self._functions = functions
        self.now = now
        self.business_key = business_key
        self.environment = self

    def value(self, task: Any, text: str, extra: Mapping[str, object] | None = None) -> object:
        """Return the JSON value of *text* with the data of *task*.

        Raises:
            ExpressionFailed: names the element and the text.
        """
        return self.value_of({**task.data, **(extra or {})}, text, task)

    def value_of(self, data: Mapping[str, object], text: str, task: Any) -> object:
        """Return the JSON value of *text* with other data than the task's own."""
        known = {**data, "business_key": self.business_key}
        try:
            return feel.to_json(feel.parse(text).evaluate(known, self.bound_functions(task, known)))
        except errors.ExpressionFailed as exc:
            facts = {**exc.facts, "element": _element(task), "text": text[:200]}
            raise errors.ExpressionFailed(**facts) from exc

    def bound_functions(self, task: Any, data: Mapping[str, object] | None = None) -> Functions:
        """Return the outside functions, told where they are called from."""
        context = FunctionContext(self.now, task.data if data is None else data, self.business_key, _element(task))
        return {name: _bind(function, context) for name, function in self._functions.items()}

    def evaluate(self, task: Any, expression: str, external_context: object = None) -> object:
        """Evaluate a condition for SpiffWorkflow: only true is true."""
        del external_context
        return self.value(task, expression) is True

    def execute(self, task: Any, script: str, external_context: object = None) -> object:
        """Refuse: diagrams contain no scripts."""
        raise errors.ExpressionInvalid(reason="scripts are not allowed", element=str(task), text=script[:80])

    def call_service(self, *_args: object, **_kwargs: object) -> object:
        """Refuse: service tasks wait for the job runner."""
        raise errors.ExpressionInvalid(reason="service tasks are jobs")


def _element(task: Any) -> str:
    return str(getattr(task.task_spec, "bpmn_id", None) or task.task_spec.name)


def _bind(function: Callable[..., object], context: FunctionContext) -> Callable[..., object]:
    if "context" not in inspect.signature(function).parameters:
        return function
    return lambda *arguments: function(*(feel.to_json(argument) for argument in arguments), context=context)
