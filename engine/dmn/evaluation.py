"""One evaluation of a model: every required decision once, each seeing what it requires."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from engine.dmn.item_types import read_typed
from engine.dmn.requirements import BusinessKnowledge, Decision, InputData, Reference, Service
from engine.dmn.table import TableTrace
from engine.feel.environment import CaseData, Env, Functions
from engine.feel.undefined import Undefined
from engine.feel.values import NativeFunction

if TYPE_CHECKING:
    from engine.dmn.model import DecisionModel

Element = Decision | InputData | BusinessKnowledge | Service


@dataclass(frozen=True, slots=True)
class DecisionResult:
    """The value (FEEL), the rules of the decision's own table that count, and how all tables decided."""

    value: object
    matched_rules: tuple[str, ...]
    trace: tuple[TableTrace, ...]


class Evaluation:
    """Remembers the values of decisions while one of them is evaluated."""

    def __init__(self, model: DecisionModel, env: Env) -> None:
        self._model = model
        self._env = env
        self._known: dict[str, object] = {}
        self._imported: dict[str, Evaluation] = {}

    @classmethod
    def start(cls, model: DecisionModel, context: Mapping[str, object], functions: Functions) -> Evaluation:
        """Begin with plain JSON from outside."""
        return cls(model, Env(CaseData(context), functions))

    def result(self, wanted: Decision | Service) -> DecisionResult:
        """Evaluate *wanted* and tell how its value came about."""
        value = self._service(wanted) if isinstance(wanted, Service) else self._value(wanted)
        trace = tuple(note for note in self._env.notes if isinstance(note, TableTrace))
        rules = [rule for note in trace if note.decision_id == wanted.id for rule in note.matched_rules]
        return DecisionResult(value, tuple(rules), trace)

    def needs(self, wanted: Element) -> frozenset[str]:
        """Return the names of case data that *wanted* and what it requires may read."""
        names = set(self._own_names(wanted))
        for reference in self._references(wanted):
            evaluation, element = self._resolve(reference)
            names |= {element.name} if isinstance(element, InputData) else evaluation.needs(element)
        return frozenset(names)

    def _own_names(self, element: Element) -> Iterator[str]:
        if isinstance(element, Decision) and element.node is None:
            yield element.name
        if isinstance(element, Decision) and element.node is not None:
            required = {self._resolve(reference)[1].name for reference in element.requires}
            yield from (name for name, _ in element.node.free(frozenset(required)) if not _)

    @staticmethod
    def _references(element: Element) -> tuple[Reference, ...]:
        if isinstance(element, Service):
            return element.outputs
        return () if isinstance(element, InputData) else element.requires

    def _resolve(self, reference: Reference) -> tuple[Evaluation, Element]:
        if not reference.alias:
            return self, self._model.elements[reference.id]
        if reference.alias not in self._imported:
            self._imported[reference.alias] = Evaluation(self._model.imports[reference.alias], self._env)
        inner = self._imported[reference.alias]
        return inner, inner._model.elements[reference.id]

    def _value(self, element: Element) -> object:
        if element.id not in self._known:
            self._known[element.id] = self._computed(element)
        return self._known[element.id]

    def _computed(self, element: Element) -> object:
        match element:
            case InputData():
                return self._input(element)
            case BusinessKnowledge():
                return element.function.evaluate(self._env.inside(self._scope(element.requires)))
            case Service():
                return self._service_function(element)
            case Decision(node=None):
                return self._env.find(element.name)[1]
            case Decision():
                return element.node.evaluate(self._env.inside(self._scope(element.requires))) if element.node else None

    def _input(self, element: InputData) -> object:
        value = self._env.find(element.name)[1]
        if element.type is None:
            return value
        value = read_typed(value, element.type.type)
        element.type.check(value, self._env, element.name)
        return value

    def _scope(self, references: tuple[Reference, ...]) -> dict[str, object]:
        """Return the required values by name, those of an import inside a context named like it."""
        scope: dict[str, object] = {}
        for reference in references:
            evaluation, element = self._resolve(reference)
            target = scope
            if reference.alias:
                target = scope.setdefault(reference.alias, {})  # type: ignore[assignment]
            target[element.name] = evaluation._value(element)
        return scope

    def _service(self, service: Service) -> object:
        """Evaluate a service: its input decisions are given, not computed."""
        for reference in service.input_decisions:
            evaluation, element = self._resolve(reference)
            known, value = self._env.find(element.name)
            if known:
                evaluation._known[element.id] = value
        outputs = [self._resolve(reference) for reference in service.outputs]
        values = {element.name: evaluation._value(element) for evaluation, element in outputs}
        return next(iter(values.values())) if len(values) == 1 else values

    def _service_function(self, service: Service) -> NativeFunction:
        references = (*service.inputs, *service.input_decisions)
        parameters = tuple(self._resolve(reference)[1].name for reference in references)

        def run(*arguments: object) -> object:
            scope = dict(zip(parameters, arguments, strict=True))
            self._env.budget.spend(100)
            if self._env.budget.depth > 50:
                raise Undefined("decision services call each other too deeply")
            return Evaluation(self._model, self._env.inside(scope))._service(service)

        return NativeFunction(parameters, run)
