"""What the elements of a diagram do when a token reaches them: gateways, plain events, the common base.

All of them are task specifications of SpiffWorkflow; the library drives them through its usual
transitions (update, ready, run, complete, cancel). They hold no state, so all instances share them.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from SpiffWorkflow.bpmn.specs.bpmn_process_spec import BpmnProcessSpec
from SpiffWorkflow.bpmn.specs.bpmn_task_spec import BpmnTaskSpec
from SpiffWorkflow.util.task import TaskState

from engine.errors import ExpressionFailed
from engine.spiff.diagram import Flow, Node
from engine.spiff.tokens import Token


class ProcessSpec(BpmnProcessSpec):  # type: ignore[misc]  # the library has no types
    """The elements of a process, or of a subprocess, whose name is ``<process>/<subprocess>``.

    ``event_starts`` are the start events of event subprocesses that wait from the beginning;
    ``event_subprocesses`` those that catch errors and escalations, found when one is thrown.
    """

    def __init__(self, name: str) -> None:
        super().__init__(name=name, description=name)
        self.task_specs.clear()
        self.process_key = name.partition("/")[0]
        self.none_start: str | None = None
        self.event_starts: list[str] = []
        self.event_subprocesses: list[Any] = []
        self.instantiating: frozenset[str] = frozenset()

    def has_start(self, name: str) -> bool:
        """Tell whether an instance may begin at this element."""
        found = self.task_specs.get(name)
        is_start = found is not None and found.node.type == "startEvent" and name not in self.event_starts
        return is_start or name in self.instantiating


class NodeSpec(BpmnTaskSpec):  # type: ignore[misc]  # the library has no types
    """The base of all elements: runs by itself and continues along every outgoing flow."""

    waits: str | None = None
    is_silent = False

    def __init__(self, process: ProcessSpec, node: Node, name: str | None = None) -> None:
        super().__init__(process, name or node.id, lane=node.lane, description=node.type)
        self.bpmn_id = node.id
        self.bpmn_name = node.name
        self.node = node

    def test(self) -> None:
        """Do nothing: the diagram was checked as a whole."""

    def _predict(self, my_task: Token, seen: Any = None, looked_ahead: int = 0, mask: int = 0) -> None:
        """Do nothing: the future is not kept."""

    def _update_hook(self, my_task: Token) -> bool:
        return True

    def _on_ready_hook(self, my_task: Token) -> None:
        if not self.manual:
            my_task.top.ready.append(my_task)

    def _run_hook(self, my_task: Token) -> bool | None:
        return True

    def _on_complete(self, my_task: Token) -> None:
        if my_task.is_gone:
            return
        my_task.step("completed")
        my_task.leave(self.outgoing(my_task))

    def outgoing(self, token: Token) -> Sequence[Flow]:
        """Return the flows along which the token continues."""
        return self.node.outgoing

    def take(self, token: Token, payload: Mapping[str, Any]) -> None:
        """Let what this waits for happen; what it brings becomes variables here, at a boundary those around it."""
        is_boundary = token.host is not None and self.node.attached_to is not None
        (token.workflow.scope if is_boundary else token.scope).assign(payload)
        self.fire(token)

    def fire(self, token: Token) -> None:
        """Continue because what the token waits for has happened; only events do."""

    def _on_cancel(self, my_task: Token) -> None:
        """Do nothing: the token cancels what belongs to it."""


class PassSpec(NodeSpec):
    """A start or end event, a throw event without a trigger, a link: nothing to wait for and nothing to do."""


class ExclusiveSpec(NodeSpec):
    """An exclusive gateway: the first flow whose condition is true or that has none, else the default flow."""

    def _run_hook(self, my_task: Token) -> bool:
        if len(self.node.outgoing) > 1:
            chosen = next((flow for flow in self.node.outgoing if is_true(my_task, flow)), None)
            choose(my_task, [chosen] if chosen is not None else default_of(my_task, self.node))
        return True

    def outgoing(self, token: Token) -> Sequence[Flow]:
        """Return the chosen flow."""
        return chosen_by(token, self.node)


class ParallelSpec(NodeSpec):
    """A parallel gateway: waits for one token on each incoming flow."""

    def _update_hook(self, my_task: Token) -> bool:
        if len(self.node.incoming) <= 1:
            return True
        my_task.wait()
        first = arrivals(my_task)
        if len(first) < len(self.node.incoming):
            return False
        absorb(my_task, first)
        return True


class InclusiveSpec(NodeSpec):
    """An inclusive gateway: every flow whose condition is true; joins the branches that can still come.

    ``reach`` says for each incoming flow from which elements it can be reached without passing here.
    """

    waits = "join"
    reach: Mapping[str, frozenset[str]]

    def _update_hook(self, my_task: Token) -> bool:
        if len(self.node.incoming) <= 1:
            return True
        my_task.wait()
        my_task.top.joins[my_task.id] = my_task
        return False

    def may_continue(self, token: Token) -> bool:
        """Tell whether no other token can still bring one to an incoming flow that has none."""
        first = arrivals(token)
        empty = [flow.id for flow in self.node.incoming if flow.id not in first]
        for other in token.workflow.active():
            name = other.task_spec.bpmn_id
            if other.task_spec is self or other.host is not None:
                continue
            if any(name in self.reach[flow] for flow in empty) and not any(name in self.reach[flow] for flow in first):
                return False
        absorb(token, first)
        return True

    def _run_hook(self, my_task: Token) -> bool:
        if len(self.node.outgoing) > 1:
            chosen = [flow for flow in self.node.outgoing if is_true(my_task, flow)]
            choose(my_task, chosen or default_of(my_task, self.node))
        return True

    def outgoing(self, token: Token) -> Sequence[Flow]:
        """Return the chosen flows."""
        return chosen_by(token, self.node)


class ComplexSpec(InclusiveSpec):
    """A complex gateway: splits like an inclusive one; joins as soon as its condition is true.

    ``activationCount`` in the condition is the number of tokens that have arrived. Those that come after it has fired
    are swallowed until every flow has brought one or no other can come.
    """

    def _update_hook(self, my_task: Token) -> bool:
        if len(self.node.incoming) <= 1 or self.node.activation is None:
            return super()._update_hook(my_task)
        my_task.wait()
        swallower = next((one for one in my_task.workflow.tasks.values() if self._swallows(one)), None)
        if swallower is not None:
            swallower.internal_data["seen"].append(my_task.internal_data["via"])
            my_task.detach()
            self._reset(swallower)
            return False
        first = arrivals(my_task)
        if not my_task.is_true(self.node.activation, {"activationCount": len(first)}):
            return False
        if len(first) < len(self.node.incoming):
            self._begin_swallowing(my_task, list(first))
        absorb(my_task, first)
        return True

    def _swallows(self, token: Token) -> bool:
        return token.task_spec is self and token.is_passive

    def _begin_swallowing(self, token: Token, seen: list[str]) -> None:
        swallower = token.workflow.place(self.name)
        swallower.is_passive = True
        swallower.internal_data.update(seen=seen, via="")
        swallower.work()
        swallower.top.joins[swallower.id] = swallower

    def _reset(self, swallower: Token) -> None:
        if set(swallower.internal_data["seen"]) >= {flow.id for flow in self.node.incoming}:
            swallower.detach()

    def may_continue(self, token: Token) -> bool:
        """Tell whether a join may continue; one that has fired is reset when no other token can reach it."""
        if not token.is_passive:
            return super().may_continue(token)
        empty = {flow.id for flow in self.node.incoming} - set(token.internal_data["seen"])
        others = (one.task_spec.bpmn_id for one in token.workflow.active() if one.host is None)
        if not any(name in self.reach[flow] for name in others for flow in empty):
            token.detach()
        return False


def is_true(token: Token, flow: Flow) -> bool:
    """Evaluate the condition of a flow; one without condition is true, the default flow is not."""
    if flow.id == token.task_spec.node.default_flow:
        return False
    return flow.condition is None or token.is_true(flow.condition)


def default_of(token: Token, node: Node) -> list[Flow]:
    """Return the default flow.

    Raises:
        ExpressionFailed: there is none.
    """
    found = [flow for flow in node.outgoing if flow.id == node.default_flow]
    if not found:
        raise ExpressionFailed(element=node.id, reason="no condition is true and there is no default flow")
    return found


def choose(token: Token, flows: Sequence[Flow]) -> None:
    """Remember which flows were chosen, and record it for the history."""
    token.internal_data["chosen"] = [flow.id for flow in flows]
    token.step("decided", flows=[flow.id for flow in flows])


def chosen_by(token: Token, node: Node) -> Sequence[Flow]:
    """Return the flows a gateway has chosen."""
    chosen = token.internal_data.get("chosen")
    return node.outgoing if chosen is None else [flow for flow in node.outgoing if flow.id in chosen]


def arrivals(token: Token) -> dict[str, Token]:
    """Return the oldest token that waits at this gateway for each incoming flow."""
    first: dict[str, Token] = {}
    for other in sorted(token.workflow.tasks.values(), key=lambda item: item.id):
        if other.task_spec is token.task_spec and other.state == TaskState.WAITING:
            first.setdefault(other.internal_data["via"], other)
    return first


def absorb(token: Token, first: Mapping[str, Token]) -> None:
    """Merge the tokens that were joined into this one; a later one on the same flow stays."""
    own = token.internal_data["via"]
    for flow, other in first.items():
        if flow != own:
            other.detach()
    if first[own] is not token:
        first[own].detach()
