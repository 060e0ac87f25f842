"""Who catches a BPMN error or an escalation: the nearest catcher around the place where it was thrown."""

from collections.abc import Iterable
from typing import Any

from engine.errors import UncaughtBpmnError
from engine.spiff.diagram import Trigger
from engine.spiff.tokens import Token


def throw_code(token: Token, kind: str, code: str, message: str = "") -> None:
    """Bring an error or escalation to the nearest catcher.

    Looked at in order: the boundary events of the throwing activity, the event subprocesses of the
    scope it lies in, the boundary events of the activity around that scope, and so on outward through
    called processes. A catcher with the same code goes before one without a code.

    Raises:
        UncaughtBpmnError: nothing catches an error. An escalation may remain uncaught.
    """
    found = _catcher(token, kind, code)
    if found is None:
        if kind == "error":
            raise UncaughtBpmnError(element=token.task_spec.bpmn_id, error_code=code, message=message)
        return
    catcher, place = found
    trigger = next(one for one in _triggers(catcher) if one.kind == kind and one.code in (None, code))
    workflow = place.workflow if isinstance(place, Token) else place
    workflow.scope.assign(
        {
            name: value
            for name, value in ((trigger.code_variable, code), (trigger.message_variable, message))
            if name is not None
        }
    )
    catcher.caught(place)


def _catcher(token: Token, kind: str, code: str) -> tuple[Any, Any] | None:
    host: Token | None = token
    workflow = token.workflow
    is_leaving_event_subprocess = False
    while True:
        while host is not None:
            found = _match(getattr(host.task_spec, "catchers", ()), kind, code)
            if found is not None:
                return found, host
            host = host.host
        if not is_leaving_event_subprocess:
            found = _match(workflow.spec.event_subprocesses, kind, code)
            if found is not None:
                return found, workflow
        if workflow is workflow.top_workflow:
            return None
        host = workflow.host
        is_leaving_event_subprocess = hasattr(host.task_spec, "start_node")
        workflow = host.workflow


def _match(catchers: Iterable[Any], kind: str, code: str) -> Any:
    matching = []
    for catcher in catchers:
        matching += [
            (trigger.code is None, catcher)
            for trigger in _triggers(catcher)
            if trigger.kind == kind and trigger.code in (None, code)
        ]
    return min(matching, key=lambda item: item[0])[1] if matching else None


def _triggers(catcher: Any) -> tuple[Trigger, ...]:
    """Return what a boundary event or the start event of an event subprocess catches."""
    return (catcher.trigger,) if hasattr(catcher, "trigger") else catcher.start_node.triggers
