"""Activities: work for people and machines, subprocesses, called processes, and each of them repeated."""

from collections.abc import Sequence
from typing import Any, Protocol

from engine.errors import ExpressionFailed, StepBudgetExceeded
from engine.spiff.attributes import evaluated_properties, task_attributes
from engine.spiff.diagram import Flow, Node
from engine.spiff.scopes import Scope
from engine.spiff.specs import NodeSpec, ProcessSpec, choose, chosen_by, default_of, is_true
from engine.spiff.tokens import SubWorkflow, Token

MAX_CALLS = 50
"""How deeply processes may call each other; a process that calls itself without end is stopped here."""


class Repetition(Protocol):
    """What the body of a multi-instance activity tells when an item is done."""

    def item_finished(self, child: Token) -> None:
        """Collect the result of an item."""


class ActivitySpec(NodeSpec):
    """The base of activities: mappings into and out of a scope of its own, and boundary events.

    ``repeated_by`` is the multi-instance activity this is the body of.
    """

    def __init__(self, process: ProcessSpec, node: Node, name: str | None = None) -> None:
        super().__init__(process, node, name)
        self.boundaries: list[str] = []
        self.catchers: list[Any] = []
        self.repeated_by: Repetition | None = None

    def _update_hook(self, my_task: Token) -> bool:
        self.map_in(my_task)
        is_automatic = self.start(my_task)
        if not is_automatic or self.manual:
            self.attach(my_task)
        return is_automatic

    def start(self, token: Token) -> bool:
        """Begin the work; return whether the element runs by itself."""
        return True

    def attach(self, host: Token) -> None:
        """Let the boundary events begin to wait."""
        for name in self.boundaries:
            token = host.workflow.place(name, host)
            token.task_spec._update(token)

    def map_in(self, token: Token) -> None:
        """Open a scope with the evaluated inputs, if the element has mappings."""
        if not (self.node.inputs or self.node.outputs):
            return
        scope = Scope({}, token.scope)
        for name, text in self.node.inputs:
            scope.assign({name: token.evaluate(text)})
        token.scope = scope

    def map_out(self, token: Token) -> None:
        """Close that scope: the outputs, or without any the results that are no inputs, go outward."""
        if not (self.node.inputs or self.node.outputs):
            return
        inner, outer = token.scope, token.scope.outer
        if outer is None:
            return
        if self.node.outputs:
            found = {name: token.evaluate(text) for name, text in self.node.outputs}
        else:
            inputs = {name for name, _ in self.node.inputs}
            found = {name: value for name, value in inner.values.items() if name not in inputs}
        token.scope = outer
        outer.assign(found)

    def _on_complete(self, my_task: Token) -> None:
        if my_task.is_gone:
            return
        for token in my_task.attached():
            token.cancel()
        self.map_out(my_task)
        if not self.is_silent:
            my_task.step("completed")
        if self.repeated_by is not None:
            self.repeated_by.item_finished(my_task)
            return
        my_task.leave(self.outgoing(my_task))

    def outgoing(self, token: Token) -> Sequence[Flow]:
        """Return every flow without condition and those whose condition is true, else the default flow."""
        flows = self.node.outgoing
        if all(flow.condition is None for flow in flows):
            return flows
        free = [flow for flow in flows if flow.condition is None and flow.id != self.node.default_flow]
        chosen = free + [flow for flow in flows if is_true(token, flow)]
        choose(token, chosen or default_of(token, self.node))
        return chosen_by(token, self.node)


class UserTaskSpec(ActivitySpec):
    """A user task: who may do it and by when is evaluated once, when it begins to wait."""

    waits = "user"

    def __init__(self, process: ProcessSpec, node: Node, name: str | None = None) -> None:
        super().__init__(process, node, name)
        self.manual = True

    def start(self, token: Token) -> bool:
        """Evaluate the attributes of the task."""
        token.internal_data["task"] = task_attributes(token)
        return True


class ServiceTaskSpec(ActivitySpec):
    """A service task: waits for the job runner, which knows the topic."""

    waits = "service"

    def start(self, token: Token) -> bool:
        """Begin to wait."""
        token.internal_data["properties"] = evaluated_properties(token)
        token.wait()
        return False


class ScriptSpec(ActivitySpec):
    """A script task: assignments, one after the other."""

    def _run_hook(self, my_task: Token) -> bool:
        for name, text in self.node.script:
            my_task.scope.assign({name: my_task.evaluate(text)})
        return True


class SubprocessSpec(ActivitySpec):
    """An embedded subprocess, or an event subprocess once it is started; shares the variables around it."""

    def start(self, token: Token) -> bool:
        """Start what is inside."""
        token.work()
        inner = token.top.open_inner(token, f"{self._wf_spec.process_key}/{self.node.id}", token.scope)
        inner.begin(inner.spec.none_start)
        return False

    def inner_finished(self, token: Token, inner: SubWorkflow) -> None:
        """Complete when everything inside has ended."""
        token.complete()


class CallSpec(ActivitySpec):
    """A call activity: another process with variables of its own, inside the same instance."""

    def start(self, token: Token) -> bool:
        """Start the called process with what is handed in."""
        call = self.node.call
        if call is None or call.process_key not in token.top.subprocess_specs:
            key = None if call is None else call.process_key
            raise ExpressionFailed(element=self.node.id, process=key, reason="the called process is not deployed")
        values = token.scope.flat() if call.all_in else {}
        values |= {target: token.evaluate(text) for target, text in call.inputs}
        if token.workflow.depth >= MAX_CALLS:
            raise StepBudgetExceeded(element=self.node.id, depth=MAX_CALLS)
        token.work()
        inner = token.top.open_inner(token, call.process_key, Scope(values))
        if inner.spec.none_start is None:
            raise ExpressionFailed(element=self.node.id, process=call.process_key, reason="it has no plain start event")
        inner.begin(inner.spec.none_start)
        return False

    def inner_finished(self, token: Token, inner: SubWorkflow) -> None:
        """Take over what is handed out, and complete."""
        call = self.node.call
        if call is not None:
            values = inner.scope.flat()
            found = values if call.all_out else {}
            evaluate = token.top.evaluator.evaluate
            found = {**found, **{target: evaluate(text, values, self.node.id) for target, text in call.outputs}}
            token.scope.assign(found)
        token.complete()
