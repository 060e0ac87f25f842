"""The front of the SpiffWorkflow layer: files → definitions, states → executions."""

import threading
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from datetime import datetime

from engine.spiff import patches, validator
from engine.spiff.execution import Execution
from engine.spiff.expressions import FeelEngine, FunctionContext, Functions
from engine.spiff.model import Bundle, DefinitionSummary, Resource, StartTrigger
from engine.spiff.parser import Compiled, compile_bundle

__all__ = ["Compiled", "Execution", "FunctionContext", "Runtime", "patches"]

_CACHED = 200


class Runtime:
    """Parses definitions once and runs instances; safe to share between threads."""

    def __init__(self, functions: Functions | None = None, *, step_budget: int = 5000) -> None:
        self._functions: Functions = functions or {}
        self._step_budget = step_budget
        self._compiled: OrderedDict[str, Compiled] = OrderedDict()
        self._lock = threading.Lock()

    def summarise(self, resources: Sequence[Resource]) -> tuple[DefinitionSummary, ...]:
        """Validate every file and describe every process.

        Raises:
            DefinitionInvalid: ``findings`` names file, element, rule, message and remedy.
        """
        return validator.summarise(resources, frozenset(self._functions))

    def cached(self, bundle_hash: str) -> Compiled | None:
        """Return a definition that was compiled before, or None."""
        with self._lock:
            found = self._compiled.get(bundle_hash)
            if found is not None:
                self._compiled.move_to_end(bundle_hash)
            return found

    def compile(self, bundle: Bundle) -> Compiled:
        """Return the parsed definition of a bundle, once per content."""
        found = self.cached(bundle.hash)
        if found is not None:
            return found
        compiled = compile_bundle(bundle)
        with self._lock:
            self._compiled[bundle.hash] = compiled
            while len(self._compiled) > _CACHED:
                self._compiled.popitem(last=False)
        return compiled

    def start(
        self,
        definition: Compiled,
        *,
        now: datetime,
        business_key: str,
        variables: Mapping[str, object],
        trigger: StartTrigger | None = None,
    ) -> Execution:
        """Start an instance and run it to its first wait state."""
        engine = FeelEngine(self._functions, now, business_key)
        return Execution.started(definition, engine, variables, trigger, self._step_budget)

    def load(self, definition: Compiled, state: bytes, *, now: datetime, business_key: str) -> Execution:
        """Bring a stored instance back for one command."""
        engine = FeelEngine(self._functions, now, business_key)
        return Execution.loaded(definition, engine, state, self._step_budget)
