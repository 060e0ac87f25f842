"""State ↔ bytes: a version byte, then JSON; the specification is never part of it.

One row per task, parents before children, data as the difference to the parent's:
``[id, parent row, state, spec, triggered, internal data, changed data, removed keys, order]``.
"""

from collections.abc import Mapping
from typing import Any

import orjson
from SpiffWorkflow.bpmn.specs.mixins.events.event_types import CatchingEvent
from SpiffWorkflow.bpmn.util.subworkflow import BpmnSubWorkflow
from SpiffWorkflow.bpmn.workflow import BpmnWorkflow
from SpiffWorkflow.task import Task
from SpiffWorkflow.util.task import TaskState

from engine import errors
from engine.spiff.parser import Compiled

VERSION = 1
_HEAD = bytes([VERSION])


def dumps(workflow: Any, counters: tuple[int, int]) -> bytes:
    """Return the state of a workflow; *counters* are the last task number and the last change's order."""
    subs = [
        [task_id, sub.spec.name, sub.completed, _tasks(sub), sub.data, _last(sub)]
        for task_id, sub in workflow.subprocesses.items()
    ]
    state = [list(counters), workflow.completed, _tasks(workflow), workflow.data, _last(workflow), subs]
    return _HEAD + orjson.dumps(state)


def _last(workflow: Any) -> int | None:
    return workflow.last_task.id if workflow.last_task is not None and workflow.last_task.id in workflow.tasks else None


def _tasks(workflow: Any) -> list[list[Any]]:
    rows: list[list[Any]] = []
    stack = [(workflow.task_tree, -1, None)]
    while stack:
        task, parent_row, inherited = stack.pop()
        data = task.data
        if inherited is None:
            changed, removed = data, []
        else:
            changed = {
                k: v for k, v in data.items() if k not in inherited or inherited[k] is not v and inherited[k] != v
            }
            removed = [k for k in inherited if k not in data]
        rows.append(
            [task.id, parent_row, task._state, task.task_spec.name, int(task.triggered),
             task.internal_data or 0, changed or 0, removed or 0,
             int(task.last_state_change) if task._state & TaskState.FINISHED_MASK else 0]
        )  # fmt: skip
        row = len(rows) - 1
        known = workflow.tasks
        stack.extend((known[child], row, data) for child in reversed(task._children))
    return rows


def loads(compiled: Compiled, data: bytes, engine: Any) -> tuple[Any, tuple[int, int]]:
    """Return the workflow of a state and its counters.

    Raises:
        Conflict: the state was written by a version this program does not know.
    """
    if data[:1] != _HEAD:
        raise errors.Conflict(reason="unknown state version", version=data[:1].hex())
    counters, completed, rows, wf_data, last, subs = orjson.loads(data[1:])
    workflow = BpmnWorkflow(compiled.spec, compiled.subprocess_specs, script_engine=engine, deserializing=True)
    workflow.thrown = []
    _restore(workflow, rows, wf_data, last, completed)
    for task_id, spec_name, sub_completed, sub_rows, sub_data, sub_last in subs:
        _restore_sub(
            workflow, task_id, compiled.subprocess_specs[spec_name], (sub_rows, sub_data, sub_last, sub_completed)
        )
    _find_waiting_events(workflow)
    return workflow, (counters[0], counters[1])


def _restore_sub(workflow: Any, task_id: int, spec: Any, stored: tuple[Any, Any, Any, Any]) -> None:
    host = workflow.get_task_from_id(task_id)
    sub = BpmnSubWorkflow(spec, task_id, workflow, deserializing=True)
    workflow.subprocesses[task_id] = sub
    rows, data, last, completed = stored
    _restore(sub, rows, data, last, completed)
    if not completed:
        sub.completed_event.connect(host.task_spec._on_subworkflow_completed, host)


def _restore(workflow: Any, rows: list[Any], data: Mapping[str, Any], last: int | None, completed: bool) -> None:
    specs, tasks, made = workflow.spec.task_specs, workflow.tasks, []
    for task_id, parent_row, state, spec_name, triggered, internal, changed, removed, order in rows:
        task = Task.__new__(Task)
        parent = made[parent_row] if parent_row >= 0 else None
        inherited = parent.data if parent is not None else {}
        task.data = {**inherited, **changed} if changed else dict(inherited)
        for key in removed or ():
            task.data.pop(key, None)
        task.id, task.workflow, task.task_spec = task_id, workflow, specs[spec_name]
        task._parent = parent.id if parent is not None else None
        task._children, task._state, task.triggered = [], state, bool(triggered)
        task.internal_data, task.thread_id, task.last_state_change = internal or {}, 0, order
        if parent is not None:
            parent._children.append(task_id)
        tasks[task_id] = task
        made.append(task)
    workflow.task_tree = made[0]
    workflow.data, workflow.completed, workflow.success = dict(data), completed, True
    workflow.last_task = tasks.get(last) if last is not None else made[0]


def _find_waiting_events(workflow: Any) -> None:
    add = workflow.event_manager.add_task
    for part in (workflow, *workflow.subprocesses.values()):
        for task in part.tasks.values():
            if task._state == TaskState.WAITING and isinstance(task.task_spec, CatchingEvent):
                add(task)
