"""Forgets the finished past of a case, so that its state stays small however long it lives.

What a later step could still look at is kept: everything unfinished, the path to it where a join or a
boundary event searches its ancestors, and the data of finished branches that an open join will merge.
"""

from typing import Any

from SpiffWorkflow.bpmn.specs.control import BoundaryEventJoin
from SpiffWorkflow.bpmn.specs.mixins.multiinstance_task import LoopTask
from SpiffWorkflow.specs.Join import Join
from SpiffWorkflow.util.task import TaskState

_DONE = TaskState.FINISHED_MASK
_ACTIVE = TaskState.WAITING | TaskState.READY | TaskState.STARTED


def prune(workflow: Any) -> None:
    """Drop finished parts of a workflow and of its subprocesses."""
    for task_id, sub in list(workflow.subprocesses.items()):
        host = workflow.get_task_from_id(task_id)
        if host is None or host._state & _DONE:
            del workflow.subprocesses[task_id]
        elif not sub.completed:
            _prune_tree(sub)
    if not workflow.completed:
        _prune_tree(workflow)


def _prune_tree(workflow: Any) -> None:
    tasks = workflow.tasks
    order = _post_order(workflow)
    open_joins = {t.task_spec.name for t in order if t._state & _ACTIVE and isinstance(t.task_spec, Join)}
    open_joins.add(workflow.spec.end.name)
    needed = _needed_splits(order)
    live: dict[int, bool] = {}
    keep: dict[int, bool] = {}
    for task in order:
        children = [child for child in task._children if child in tasks]
        live[task.id] = not task._state & _DONE or any(live[child] for child in children)
        waited_for = task.task_spec.name in open_joins and isinstance(task.task_spec, Join)
        keep[task.id] = live[task.id] or waited_for or any(keep[child] for child in children)
    for task in order:
        parent = tasks.get(task._parent)
        if task.id not in tasks or parent is None or not parent._state & _DONE:
            continue
        if not keep[task.id]:
            if parent.id not in needed:
                _drop(tasks, task)
        elif task._state == TaskState.COMPLETED and len(task._children) == 1:
            _splice(tasks, task, parent, (needed, open_joins))


def _post_order(workflow: Any) -> list[Any]:
    found, stack = [], [workflow.task_tree]
    while stack:
        task = stack.pop()
        found.append(task)
        stack.extend(workflow.tasks[child] for child in task._children)
    return found[::-1]


def _needed_splits(order: list[Any]) -> set[int]:
    """Return the boundary splits whose join has not fired yet."""
    needed = set()
    for task in order:
        if not task._state & _DONE and isinstance(task.task_spec, BoundaryEventJoin):
            split = task.parent
            while split is not None and split.task_spec.name != task.task_spec.split_task:
                split = split.parent
            if split is not None:
                needed.add(split.id)
    return needed


def _drop(tasks: dict[int, Any], task: Any) -> None:
    tasks[task._parent]._children.remove(task.id)
    stack = [task]
    while stack:
        gone = stack.pop()
        tasks.pop(gone.id, None)
        stack.extend(tasks[child] for child in gone._children if child in tasks)


def _splice(tasks: dict[int, Any], task: Any, parent: Any, looked_at: tuple[set[int], set[str]]) -> None:
    """Take a finished task with one successor out of the chain."""
    needed, open_joins = looked_at
    child = tasks[task._children[0]]
    is_join = isinstance(child.task_spec, Join) and not isinstance(child.task_spec, BoundaryEventJoin)
    looks_back = is_join and (not child._state & _DONE or child.task_spec.name in open_joins)
    if task.id in needed or parent.id in needed or looks_back or isinstance(task.task_spec, LoopTask):
        return
    place = parent._children.index(task.id)
    parent._children[place] = child.id
    child._parent = parent.id
    del tasks[task.id]
