"""What throws: events and send tasks whose messages, signals, errors and escalations go elsewhere."""

from typing import Any

from SpiffWorkflow.util.task import TaskState

from engine.errors import ExpressionFailed, UncaughtBpmnError
from engine.spiff.activities import ActivitySpec
from engine.spiff.diagram import Trigger
from engine.spiff.errors_thrown import throw_code
from engine.spiff.events import correlation_key
from engine.spiff.model import ThrownEvent
from engine.spiff.specs import NodeSpec
from engine.spiff.tokens import Token


class ThrowSpec(NodeSpec):
    """An intermediate throw event or an end event that throws, everything it has, in order."""

    def _run_hook(self, my_task: Token) -> bool:
        for trigger in self.node.triggers:
            if not my_task.is_gone:
                throw(my_task, trigger)
        return True


def throw(token: Token, trigger: Trigger) -> None:
    """Throw one thing; an error that an end event throws and nothing catches ends the whole instance."""
    if trigger.kind in {"message", "signal"}:
        event = thrown(token, trigger)
        token.top.thrown.append(event)
        if trigger.kind == "signal":
            spread(token, event)
    elif trigger.kind == "terminate":
        token.workflow.cancel_tokens(but=token)
    elif trigger.kind in {"error", "escalation"}:
        try:
            throw_code(token, trigger.kind, trigger.code or "")
        except UncaughtBpmnError:
            token.top.fail(trigger.code or "", token.task_spec.bpmn_id)


def spread(token: Token, event: ThrownEvent) -> None:
    """Bring a signal to everything in this instance that waits for it now."""
    wanted = ["signal", event.name]
    for waiting in [one for one in token.top.tokens.values() if one.internal_data.get("event", ())[:2] == wanted]:
        if not waiting.is_gone and waiting.state == TaskState.WAITING:
            waiting.task_spec.take(waiting, event.payload)


class SendTaskSpec(ActivitySpec):
    """A send task that throws a message."""

    def _run_hook(self, my_task: Token) -> bool:
        my_task.top.thrown.append(thrown(my_task, self.node.trigger or Trigger("message")))
        return True


def thrown(token: Token, trigger: Trigger) -> ThrownEvent:
    """Evaluate what leaves the instance."""
    properties = token.task_spec.node.properties
    payload = token.evaluate(properties["payload"].removeprefix("=")) if properties.get("payload") else {}
    if not isinstance(payload, dict):
        raise ExpressionFailed(element=token.task_spec.bpmn_id, reason="the payload is not a context")
    kind: Any = trigger.kind
    return ThrownEvent(
        token.task_spec.bpmn_id, kind, trigger.name or "", correlation_key(token), payload,
        properties.get("optional") == "true",
    )  # fmt: skip
