"""Reads from a workflow what waits for whom."""

from datetime import datetime
from typing import Any

from SpiffWorkflow.util.task import TaskState

from engine import errors
from engine.feel.values import parse_temporal
from engine.spiff import specs
from engine.spiff.model import (
    Step,
    ThrownEvent,
    WaitingEvent,
    WaitingServiceTask,
    WaitingTimer,
    WaitingUserTask,
    WaitState,
)


def wait_state(workflow: Any, thrown: tuple[ThrownEvent, ...], steps: tuple[Step, ...]) -> WaitState:
    """Return the wait state of a workflow that has come to rest."""
    people, services = [], []
    for part in (workflow, *(sub for sub in workflow.subprocesses.values() if not sub.completed)):
        for task in part.tasks.values():
            if task._state != TaskState.READY:
                continue
            if isinstance(task.task_spec, specs.Service):
                services.append(_service(task))
            elif isinstance(task.task_spec, specs.Person):
                people.append(_person(task))
    timers, events = [], []
    for task in workflow.event_manager.tasks.values():
        if task._state == TaskState.WAITING:
            _add_event(task, timers, events)
    return WaitState(
        status="completed" if workflow.completed else "active",
        user_tasks=tuple(sorted(people, key=lambda task: task.token)),
        timers=tuple(sorted(timers, key=lambda timer: timer.token)),
        service_tasks=tuple(sorted(services, key=lambda task: task.token)),
        events=tuple(sorted(events, key=lambda event: event.token)),
        thrown=thrown,
        steps=steps,
        variables=dict(workflow.last_task.data) if workflow.last_task is not None else {},
    )


def awaited_of(task: Any) -> specs.Awaited | None:
    """Return the message or signal a task waits for."""
    definition = getattr(task.task_spec, "event_definition", None)
    return definition if isinstance(definition, specs.Awaited) else None


def _add_event(task: Any, timers: list[WaitingTimer], events: list[WaitingEvent]) -> None:
    definition = task.task_spec.event_definition
    if isinstance(definition, specs.DueTimer | specs.CycleTimer):
        due = task.internal_data.get("due")
        if due is not None:
            timers.append(WaitingTimer(task.id, task.task_spec.bpmn_id, datetime.fromisoformat(due), _host(task)))
    elif isinstance(definition, specs.Awaited):
        key = task.internal_data.get("key")
        events.append(WaitingEvent(task.id, task.task_spec.bpmn_id, definition.kind, definition.name, key))  # type: ignore[arg-type]


def _host(task: Any) -> int | None:
    """Return the token a boundary event hangs on."""
    parent = task.workflow.tasks.get(task._parent)
    if parent is None or not parent.task_spec.name.endswith(".BoundaryEventSplit"):
        return None
    return next((i for i in parent._children if not hasattr(task.workflow.tasks[i].task_spec, "cancel_activity")), None)


def _service(task: Any) -> WaitingServiceTask:
    extras = task.task_spec.extras
    properties = {key: str(value) for key, value in task.internal_data.get("service", {}).items()}
    return WaitingServiceTask(
        task.id, task.task_spec.bpmn_id, extras.attributes.get("topic", task.task_spec.bpmn_id), properties, task.data
    )


def _person(task: Any) -> WaitingUserTask:
    found = task.internal_data.get("person", {})
    spec = task.task_spec
    return WaitingUserTask(
        token=task.id,
        element_id=spec.bpmn_id,
        name=spec.bpmn_name or spec.bpmn_id,
        lane=spec.lane,
        form_key=_text(found.get("formKey") or found.get("formRef")),
        candidate_groups=_texts(found.get("candidateGroups")),
        candidate_users=_texts(found.get("candidateUsers")),
        assignee=_text(found.get("assignee")),
        due_at=_instant(spec.bpmn_id, found.get("dueDate")),
        follow_up_at=_instant(spec.bpmn_id, found.get("followUpDate")),
        priority=_number(spec.bpmn_id, found.get("priority")),
        properties={key: str(value) for key, value in found.get("properties", {}).items() if value is not None},
        variables=task.data,
    )


def _text(value: object) -> str | None:
    return None if value in (None, "") else str(value)


def _texts(value: object) -> tuple[str, ...]:
    if value is None:
        return ()
    items = value if isinstance(value, list) else str(value).split(",")
    return tuple(dict.fromkeys(text for item in items if (text := str(item).strip())))


def _instant(element: str, value: object) -> datetime | None:
    if value in (None, ""):
        return None
    found = parse_temporal(str(value))
    if not isinstance(found, datetime):
        raise errors.ExpressionFailed(element=element, reason=f"not an instant: {value!r}")
    return found


def _number(element: str, value: object) -> int:
    if value in (None, ""):
        return 50
    try:
        return int(str(value))
    except ValueError as exc:
        raise errors.ExpressionFailed(element=element, reason=f"not a priority: {value!r}") from exc
