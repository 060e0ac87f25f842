"""Evaluates the FEEL in diagrams; the only way from a diagram to a value.

SpiffWorkflow would evaluate Python. The engine given to it here knows only FEEL and refuses scripts.
"""

import inspect
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache, partial
from typing import Any, NoReturn

from SpiffWorkflow.bpmn.script_engine import PythonScriptEngine

from engine import feel
from engine.errors import ExpressionFailed, ExpressionInvalid
from engine.feel import python_subset
from engine.spiff.diagram import PYTHON
from engine.spiff.scopes import plain

ENGINE_FUNCTIONS = frozenset({"now"})
"""Functions every diagram may call besides the built-in ones: ``now()`` is the instant of the step."""

Functions = Mapping[str, Callable[..., object]]


@dataclass(frozen=True, slots=True)
class FunctionContext:
    """What a function that declares the keyword-only parameter ``context`` is told about its caller."""

    now: datetime
    variables: Mapping[str, object]
    business_key: str
    element_id: str


@lru_cache(maxsize=20_000)
def parsed(text: str) -> feel.Expression:
    """Return the parsed expression, from the cache of the process when it is there."""
    return python_subset.parse(text.removeprefix(PYTHON)) if text.startswith(PYTHON) else feel.parse(text)


@lru_cache(maxsize=20_000)
def _called(text: str) -> frozenset[str]:
    return frozenset(parsed(text).calls())


class FunctionTable:
    """The functions from outside, and which of them want to know their caller."""

    def __init__(self, functions: Functions) -> None:
        self.functions = dict(functions)
        self.contextual = frozenset(name for name, function in functions.items() if _wants_context(function))


def _wants_context(function: Callable[..., object]) -> bool:
    parameter = inspect.signature(function).parameters.get("context")
    return parameter is not None and parameter.kind is inspect.Parameter.KEYWORD_ONLY


class Evaluator:
    """Evaluates expressions for one step of one instance, at one instant."""

    def __init__(self, table: FunctionTable, now: datetime, business_key: str) -> None:
        self._functions = {"now": lambda: now, **table.functions}
        self._contextual = table.contextual
        self.now = now
        self.business_key = business_key

    def evaluate(self, text: str, variables: Mapping[str, Any], element_id: str, *, strict: bool = False) -> Any:
        """Return the value as plain JSON; temporal values as ISO text.

        With *strict* an undefined operation, such as a comparison with a missing variable, is an error.

        Raises:
            ExpressionFailed: ``element`` names where the expression stands.
        """
        data = {**variables, "business_key": self.business_key}
        try:
            functions = self.functions(_called(text), data, element_id)
            value = parsed(text).evaluate(data, functions, strict=strict)
            return plain({"value": feel.to_json(value)})["value"]
        except ExpressionInvalid as exc:
            raise ExpressionFailed(element=element_id, expression=text, **exc.facts) from exc
        except ExpressionFailed as exc:
            raise ExpressionFailed(**{**exc.facts, "element": element_id, "expression": text}) from exc

    def functions(self, names: Iterable[str], variables: Mapping[str, Any], element_id: str) -> Functions:
        """Return the outside functions among *names*, bound to who calls them."""
        return {name: self._bound(name, variables, element_id) for name in names if name in self._functions}

    @property
    def all_names(self) -> Iterable[str]:
        """The names of all outside functions."""
        return self._functions.keys()

    def _bound(self, name: str, variables: Mapping[str, Any], element_id: str) -> Callable[..., object]:
        function = self._functions[name]
        if name not in self._contextual:
            return function
        return partial(function, context=FunctionContext(self.now, variables, self.business_key, element_id))


class FeelScriptEngine(PythonScriptEngine):  # type: ignore[misc]  # the library has no types
    """What SpiffWorkflow gets instead of its Python evaluator."""

    def __init__(self, evaluator: Evaluator) -> None:
        self.evaluator = evaluator

    def validate(self, expression: str) -> None:
        """Parse as FEEL."""
        parsed(expression)

    def evaluate(self, task: Any, expression: str, external_context: object = None) -> Any:
        """Evaluate as FEEL with the variables the token sees."""
        return self.evaluator.evaluate(expression, task.scope.flat(), task.task_spec.bpmn_id)

    def execute(self, task: Any, script: str, external_context: object = None) -> NoReturn:
        """Refuse: there are no scripts."""
        raise ExpressionFailed(element=task.task_spec.name, reason="scripts are not allowed")

    def call_service(self, task: Any, **facts: object) -> NoReturn:
        """Refuse: service tasks wait for the job runner."""
        raise ExpressionFailed(element=task.task_spec.name, reason="service calls go through the job runner")
