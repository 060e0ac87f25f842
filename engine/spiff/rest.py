"""Where an instance rests: turns its tokens into the values the rest of the engine knows."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from SpiffWorkflow.util.task import TaskState

from engine.spiff.cases import CaseWorkflow
from engine.spiff.model import (
    WaitingEvent,
    WaitingServiceTask,
    WaitingTimer,
    WaitingUserTask,
    WaitState,
    form_name,
)
from engine.spiff.scopes import copied
from engine.spiff.tokens import Token


def wait_state(case: CaseWorkflow, fresh: int | None) -> WaitState:
    """Return what waits.

    Tasks with a token above *fresh* began to wait in this step: they get a copy of their variables of
    their own. With *fresh* None no variables, steps or thrown events are filled.
    """
    found: dict[str, list[Any]] = {"user": [], "service": [], "timer": [], "event": []}
    copies: dict[int, Any] = {}
    for token in sorted(case.tokens.values(), key=_number):
        waits = token.task_spec.waits
        is_resting = token.state in (TaskState.WAITING, TaskState.READY) and not token.internal_data.get("gathers")
        if waits in found and is_resting:
            found[waits].append(_READERS[waits](token, _variables(token, fresh, copies)))
    is_full = fresh is not None
    return WaitState(
        status="failed" if case.failure else "completed" if case.completed else "active",
        user_tasks=tuple(found["user"]),
        timers=tuple(found["timer"]),
        service_tasks=tuple(found["service"]),
        events=tuple(item for item in found["event"] if item is not None),
        thrown=tuple(case.thrown) if is_full else (),
        steps=tuple(case.steps) if is_full else (),
        variables=case.scope.flat() if is_full else {},
        failure=None if case.failure is None else (case.failure[0], case.failure[1]),
    )


def _number(token: Token) -> int:
    number: int = token.id
    return number


def _variables(token: Token, fresh: int | None, copies: dict[int, Any]) -> Mapping[str, Any]:
    """Return what a task sees; user tasks share the copies of what they all see, for nobody writes there."""
    waits = token.task_spec.waits
    if fresh is None or waits not in {"user", "service"}:
        return {}
    values = token.scope.flat()
    if token.id <= fresh:
        return values
    return _copied_once(values, copies) if waits == "user" else copied(values)


def _copied_once(values: Mapping[str, Any], copies: dict[int, Any]) -> dict[str, Any]:
    found = {}
    for name, value in values.items():
        if isinstance(value, dict | list):
            if id(value) not in copies:
                copies[id(value)] = copied(value)
            value = copies[id(value)]
        found[name] = value
    return found


def _user_task(token: Token, variables: Mapping[str, Any]) -> WaitingUserTask:
    facts, node = token.internal_data["task"], token.task_spec.node
    process_key = token.task_spec._wf_spec.process_key
    forms: Mapping[str, str] = token.top.compiled.forms
    return WaitingUserTask(
        token=token.id,
        process_key=process_key,
        element_id=node.id,
        name=node.name,
        lane=node.lane,
        form_key=node.form_key,
        candidate_groups=tuple(facts["groups"]),
        candidate_users=tuple(facts["users"]),
        assignee=facts["assignee"],
        due_at=_instant(facts["due"]),
        follow_up_at=_instant(facts["follow_up"]),
        priority=facts["priority"],
        properties=dict(facts["properties"]),
        variables=variables,
        form_hash=forms.get(form_name(process_key, node.form_key or node.id)),
    )


def _instant(text: str | None) -> datetime | None:
    return None if text is None else datetime.fromisoformat(text)


def _service_task(token: Token, variables: Mapping[str, Any]) -> WaitingServiceTask:
    node = token.task_spec.node
    properties = dict(token.internal_data["properties"])
    return WaitingServiceTask(
        token.id, token.task_spec._wf_spec.process_key, node.id, node.topic or "", properties, variables
    )


def _timer(token: Token, _: Mapping[str, Any]) -> WaitingTimer:
    due = datetime.fromisoformat(token.internal_data["due"][0])
    node = token.task_spec.node
    return WaitingTimer(token.id, node.id, due, token._parent if node.attached_to is not None else None)


def _event(token: Token, _: Mapping[str, Any]) -> WaitingEvent | None:
    if "event" not in token.internal_data:
        return None
    kind, name, key = token.internal_data["event"]
    return WaitingEvent(token.id, token.task_spec.bpmn_id, kind, name, key)


_READERS = {"user": _user_task, "service": _service_task, "timer": _timer, "event": _event}
