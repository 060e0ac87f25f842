"""Events: what waits for timers, messages and signals, and what throws them.

Messages and signals that are thrown always leave the instance: the layer above brings them to whoever waits. A
signal reaches what waits in its own instance at once, before the throw continues.
"""

from typing import Any

from engine.errors import ExpressionFailed
from engine.spiff.activities import ActivitySpec, SubprocessSpec
from engine.spiff.diagram import Node, Trigger
from engine.spiff.specs import NodeSpec, ProcessSpec
from engine.spiff.timers import Schedule, TimerDefinition
from engine.spiff.tokens import Token


class CatchSpec(NodeSpec):
    """An intermediate catch event; the base of everything that waits for an event.

    One of several triggers of an event has a specification of its own, named ``<id>~<place>``.
    """

    def __init__(
        self, process: ProcessSpec, node: Node, name: str | None = None, trigger: Trigger | None = None
    ) -> None:
        super().__init__(process, node, name)
        self.trigger = trigger or node.trigger or Trigger("none")
        self.waits = "timer" if self.trigger.kind == "timer" else "event"
        self.timer = TimerDefinition(self.trigger, node.id) if self.trigger.kind == "timer" else None

    def _update_hook(self, my_task: Token) -> bool:
        if my_task.internal_data.get("event_fired") or my_task.internal_data.pop("is_start", False):
            return True
        wait_for(my_task, self.trigger, self.timer)
        my_task.wait()
        return False

    def fire(self, token: Token) -> None:
        """Continue because the event has happened."""
        token.step("fired")
        win(token)
        token.internal_data["event_fired"] = True
        self._update(token)

    def has_become_true(self, token: Token) -> bool:
        """Tell whether the condition is true and was not before."""
        is_true, was_true = token.holds(self.trigger.condition or "false"), token.internal_data.get("was_true", False)
        token.internal_data["was_true"] = is_true
        return is_true and not was_true


def win(token: Token) -> None:
    """Let the event-based gateway an event stands behind decide for it."""
    gateway = token.host
    if gateway is not None and isinstance(gateway.task_spec, EventGatewaySpec):
        gateway.task_spec.decided(gateway, token)


class MultipleCatchSpec(NodeSpec):
    """An intermediate event with several triggers: the first of them decides, or all are needed.

    ``parts`` are the names of what waits for each of them.
    """

    parts: tuple[str, ...] = ()

    def _update_hook(self, my_task: Token) -> bool:
        if my_task.internal_data.get("event_fired"):
            return True
        my_task.work()
        for name in self.parts:
            part = my_task.workflow.place(name, my_task)
            part.task_spec._update(part)
        return False

    def part_fired(self, token: Token, part: Token) -> None:
        """Continue if that was enough."""
        part.detach()
        if self.node.needs_all and token.attached():
            return
        for other in token.attached():
            other.cancel()
        token.step("fired")
        win(token)
        token.internal_data["event_fired"] = True
        self._update(token)


class PartSpec(CatchSpec):
    """One of the triggers of an intermediate event."""

    is_silent = True

    def fire(self, token: Token) -> None:
        """Tell the event."""
        if token.host is not None:
            token.host.task_spec.part_fired(token.host, token)


class BoundarySpec(CatchSpec):
    """A boundary event; interrupting ones cancel their activity, the others may happen again."""

    is_silent = True

    def fire(self, token: Token) -> None:
        """Leave the activity, or run beside it."""
        host = token.host
        token.scope = token.workflow.scope
        token.step("fired")
        if self.node.is_interrupting:
            token.detach_from_host()
            if host is not None:
                host.cancel()
            self._finish(token)
        elif again(token):
            for flow in self.node.outgoing:
                token.workflow.enter(flow)
        else:
            self._finish(token)

    def caught(self, host: Token) -> None:
        """Catch an error or escalation that was thrown inside *host*."""
        token = host.workflow.place(self.name)
        token.step("fired")
        if self.node.is_interrupting:
            host.cancel()
        self._finish(token)

    def _finish(self, token: Token) -> None:
        token.internal_data["event_fired"] = True
        self._update(token)


class EventStartSpec(CatchSpec):
    """The start event of an event subprocess, waiting in the scope around it."""

    is_silent = True

    def __init__(self, process: ProcessSpec, node: Node, name: str, subprocess: str, trigger: Trigger) -> None:
        super().__init__(process, node, name, trigger)
        self.subprocess = subprocess

    def fire(self, token: Token) -> None:
        """Start the event subprocess; an interrupting one cancels everything else in its scope."""
        token.step("fired")
        workflow = token.workflow
        stays = not self.node.is_interrupting and again(token)
        if not stays:
            token.detach()
        start_event_subprocess(workflow, self.subprocess, self.node)


class EventSubprocessSpec(SubprocessSpec):
    """An event subprocess while it runs."""

    def __init__(self, process: ProcessSpec, node: Node, start: Node) -> None:
        super().__init__(process, node)
        self.start_node = start

    def caught(self, workflow: Any) -> None:
        """Start because of an error or escalation thrown in the scope around it."""
        start_event_subprocess(workflow, self.name, self.start_node)


class EventGatewaySpec(NodeSpec):
    """An event-based gateway: the first of the events behind it decides."""

    def _update_hook(self, my_task: Token) -> bool:
        my_task.work()
        for flow in self.node.outgoing:
            token = my_task.workflow.place(flow.target, my_task)
            token.internal_data["via"] = flow.id
            token.step("entered", flow=flow.id)
            token.task_spec._update(token)
        return False

    def decided(self, gateway: Token, winner: Token) -> None:
        """Let the winner go on and cancel the others."""
        winner.detach_from_host()
        gateway.step("decided", flows=[winner.internal_data["via"]])
        for token in gateway.attached():
            token.cancel()
        gateway.step("completed")
        gateway.detach()


class ReceiveTaskSpec(ActivitySpec):
    """A receive task: an activity that waits for a message."""

    waits = "event"

    def start(self, token: Token) -> bool:
        """Begin to wait, unless the message has just started the process here."""
        if token.internal_data.pop("is_start", False):
            return True
        wait_for(token, self.node.trigger or Trigger("message"), None)
        token.wait()
        return False

    def fire(self, token: Token) -> None:
        """Complete because the message has come."""
        token.step("fired")
        token.complete()


def correlation_key(token: Token) -> str | None:
    """Evaluate the property ``correlationKey``; None when the element has none.

    Raises:
        ExpressionFailed: the value is no text and no integer, for instance because a variable is missing.
    """
    text = token.task_spec.node.properties.get("correlationKey", "").strip()
    if not text:
        return None
    value = token.evaluate(text.removeprefix("="))
    if isinstance(value, str) and value:
        return value
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    raise ExpressionFailed(element=token.task_spec.bpmn_id, expression=text, reason="the correlation key is not a text")


def wait_for(token: Token, trigger: Trigger, timer: TimerDefinition | None) -> None:
    """Evaluate once what the token waits for and keep it with the token."""
    if timer is not None:
        due = timer.schedule(token.top.evaluator, token.context(), token.task_spec.bpmn_id, token.top.evaluator.now)
        token.internal_data["due"] = due.to_json()
    elif trigger.kind in {"message", "signal"}:
        key = correlation_key(token) if trigger.kind == "message" else None
        token.internal_data["event"] = [trigger.kind, trigger.name or "", key]
    elif trigger.kind == "conditional":
        token.internal_data["event"] = ["condition", "", None]
        token.top.conditions[token.id] = token


def again(token: Token) -> bool:
    """Prepare a non-interrupting event for its next occurrence; False when there is none."""
    if "due" not in token.internal_data:
        return True
    following = Schedule.from_json(token.internal_data["due"]).after(token.top.evaluator.now)
    if following is None:
        return False
    token.internal_data["due"] = following.to_json()
    return True


def start_event_subprocess(workflow: Any, name: str, start: Node) -> None:
    """Run an event subprocess in its scope; an interrupting one replaces everything else there."""
    if start.is_interrupting:
        workflow.cancel_tokens()
    token = workflow.place(name)
    token.step("entered")
    token.task_spec._update(token)
