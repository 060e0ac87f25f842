"""Activities: work for people and machines, subprocesses, called processes, and each of them repeated."""

from collections.abc import Sequence
from typing import Any, Protocol

from engine.errors import ExpressionFailed, StepBudgetExceeded
from engine.spiff.attributes import evaluated_properties, task_attributes
from engine.spiff.cases import SubWorkflow
from engine.spiff.compensation import compensated, note_completion, reopen
from engine.spiff.diagram import PYTHON, Flow, Node
from engine.spiff.scopes import Scope
from engine.spiff.specs import NodeSpec, ProcessSpec, choose, chosen_by, default_of, is_true
from engine.spiff.straight import comes_straight_back
from engine.spiff.tokens import Token

MAX_CALLS = 50
"""How deeply processes may call each other; a process that calls itself without end is stopped here."""


class Repetition(Protocol):
    """What the body of a multi-instance activity tells when an item is done."""

    def item_finished(self, child: Token) -> None:
        """Collect the result of an item."""


class ActivitySpec(NodeSpec):
    """The base of activities: mappings into and out of a scope of its own, and boundary events.

    ``repeated_by`` is the multi-instance activity or loop this is the body of; ``handler`` the activity that undoes
    this one.
    """

    def __init__(self, process: ProcessSpec, node: Node, name: str | None = None) -> None:
        super().__init__(process, node, name)
        self.boundaries: list[str] = []
        self.catchers: list[Any] = []
        self.repeated_by: Repetition | None = None
        self.handler: str | None = None

    def _update_hook(self, my_task: Token) -> bool:
        if self.node.quantity[0] > 1 and not gathered(my_task, self.node.quantity[0]):
            return False
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
        if self.node.data_in:
            known = token.scope.flat()
            token.scope.assign({target: known.get(source) for target, source in self.node.data_in})
        if not (self.node.inputs or self.node.outputs):
            return
        scope = Scope({}, token.scope)
        for name, text in self.node.inputs:
            scope.assign({name: token.evaluate(text)})
        token.scope = scope

    def map_out(self, token: Token) -> None:
        """Close that scope: the outputs, or without any the results that are no inputs, go outward."""
        if self.node.data_out:
            known = token.scope.flat()
            token.scope.assign({target: known[source] for target, source in self.node.data_out if source in known})
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
        if compensated(my_task):
            return
        note_completion(my_task, self.handler)
        if self.repeated_by is not None:
            self.repeated_by.item_finished(my_task)
            return
        my_task.leave(() if comes_straight_back(my_task) else self.outgoing(my_task))

    def outgoing(self, token: Token) -> Sequence[Flow]:
        """Return every flow without condition, and those whose condition is true or else the default flow."""
        return [flow for flow in self._chosen(token) for _ in range(self.node.quantity[1])]

    def _chosen(self, token: Token) -> Sequence[Flow]:
        flows = self.node.outgoing
        if all(flow.condition is None for flow in flows):
            return flows
        free = [flow for flow in flows if flow.condition is None and flow.id != self.node.default_flow]
        true = [flow for flow in flows if flow.condition is not None and is_true(token, flow)]
        has_default = any(flow.id == self.node.default_flow for flow in flows)
        choose(token, free + (true or (default_of(token, self.node) if has_default or not free else [])))
        return chosen_by(token, self.node)


def gathered(token: Token, wanted: int) -> bool:
    """Wait until *wanted* tokens have arrived at an activity that needs several to begin; merge them."""
    token.wait()
    spec = token.task_spec
    same = (one for one in token.workflow.tasks.values() if one.task_spec is spec)
    others = [one for one in same if one.internal_data.get("gathers")]
    if len(others) + 1 < wanted:
        token.internal_data["gathers"] = True
        return False
    for other in others[: wanted - 1]:
        other.detach()
    return True


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
            my_task.scope.assign({name: my_task.evaluate(text, strict=text.startswith(PYTHON))})
        return True


class SubprocessSpec(ActivitySpec):
    """An embedded subprocess or transaction, or an event subprocess once it is started; shares the variables around it.

    ``rescue`` is the event subprocess in it that undoes it as a whole.
    """

    def __init__(self, process: ProcessSpec, node: Node, name: str | None = None) -> None:
        super().__init__(process, node, name)
        inner = node.scope.event_subprocesses() if node.scope is not None else []
        self.rescue = next((one.id for one in inner if _begins_by(one, "compensate")), None)

    def start(self, token: Token) -> bool:
        """Start what is inside."""
        token.work()
        inner = token.top.open_inner(token, f"{self._wf_spec.process_key}/{self.node.id}", token.scope)
        if not reopen(token, inner):
            self.begin(token, inner)
        return False

    def begin(self, token: Token, inner: SubWorkflow) -> None:
        """Start at the start event."""
        inner.begin(inner.spec.none_start)

    def inner_finished(self, token: Token, inner: SubWorkflow) -> None:
        """Complete when everything inside has ended."""
        if inner.done:
            token.internal_data["done"] = inner.done
        token.complete()


def _begins_by(node: Node, kind: str) -> bool:
    starts = node.scope.of_type("startEvent") if node.scope is not None else []
    return any(trigger.kind == kind for start in starts for trigger in start.triggers)


class AdHocSpec(SubprocessSpec):
    """An ad-hoc subprocess: each activity in it once, all at a time or in the order of the diagram.

    It ends when all are done, or as soon as its condition is true after one of them.
    """

    def begin(self, token: Token, inner: SubWorkflow) -> None:
        """Start every activity that no flow leads to, or the first of them."""
        nodes = self.node.scope.nodes.values() if self.node.scope is not None else ()
        firsts = [node.id for node in nodes if not node.incoming and node.attached_to is None]
        if self.node.ad_hoc is not None and self.node.ad_hoc.is_sequential:
            token.internal_data["next"] = firsts[1:]
            firsts = firsts[:1]
        for started in [inner.place(name) for name in firsts]:
            started.step("entered")
            started.task_spec._update(started)

    def emptied(self, token: Token, inner: SubWorkflow) -> bool:
        """Start the next activity, if one is left; tells whether it did."""
        if self.is_enough(token) or not token.internal_data.get("next"):
            return False
        name, *token.internal_data["next"] = token.internal_data["next"]
        following = inner.place(name)
        following.step("entered")
        following.task_spec._update(following)
        return True

    def is_enough(self, token: Token) -> bool:
        """Tell whether the condition for ending is true."""
        wanted = self.node.ad_hoc.condition if self.node.ad_hoc is not None else None
        return wanted is not None and token.is_true(wanted)


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
