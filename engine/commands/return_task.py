"""Give the work of a user task back to an earlier step (退回)."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from sqlalchemy import select

from engine import errors
from engine.commands.history import Cause
from engine.commands.past_steps import BARRIER, Barrier, PastSteps, past_steps
from engine.commands.wait_state import save_wait_state
from engine.commands.withdraw_completion import MakeUndoing
from engine.spiff.going_back import CASE, WayBack
from engine.store import journal
from engine.store.completion_table import completion
from engine.store.tables import user_task
from engine.store.unit_of_work import Change, Loaded, UnitOfWork


@dataclass(frozen=True, slots=True)
class ReturnTarget:
    """An earlier step to which a task may be returned, or may not because of its ``barriers``.

    ``cancels`` are the open user tasks that would end with it; ``may_come_back`` tells whether the case can come
    straight back to the returning step. ``scope`` is the token of the activity the step lies in, 0 for the case.
    """

    element_id: str
    name: str
    scope: int
    cancels: tuple[UUID, ...]
    may_come_back: bool
    barriers: tuple[Barrier, ...]
    completions: tuple[UUID, ...]
    way: WayBack


@dataclass(frozen=True, slots=True)
class ListReturnTargets:
    """The earlier steps that a case has passed and can soundly go back to, those of the nearest scope first.

    Raises:
        TaskNotFound, TaskNotOpen, InstanceNotActive.
    """

    task_id: UUID
    marked: Mapping[str, str] = field(default_factory=dict)

    def run(self, uow: UnitOfWork) -> tuple[ReturnTarget, ...]:
        """Answer them."""
        task, loaded = uow.open_task(self.task_id)
        return return_targets(uow, task, loaded, self.marked)


@dataclass(frozen=True, slots=True)
class ReturnTask:
    """Cancel an open user task and let the case go on at an earlier step.

    What lies between is done again, or with ``straight_back`` the case comes back to this step and to ``actor`` as
    soon as the earlier one is done. Work of branches that began after the earlier step is cancelled with it; what was
    cancelled stays readable, and limits begin anew with their tasks. Rows that the steps to be done again had changed
    are put back; ``marked`` names further elements that nobody goes back past.

    Raises:
        TaskNotFound, TaskNotOpen, InstanceNotActive, NotAssignee, StaleVersion, TaskHeld.
        StepNotReturnable: the step was not passed, cannot be soundly returned to, or lies behind a barrier.
    """

    task_id: UUID
    target: str
    actor: str
    reason: str
    straight_back: bool = False
    assignee: str | None = None
    scope: int | None = None
    expected_version: int | None = None
    marked: Mapping[str, str] = field(default_factory=dict)
    undoing: MakeUndoing = lambda _uow: journal.Undoing()

    def run(self, uow: UnitOfWork) -> Change:
        """Return it inside the given transaction."""
        task, loaded = uow.open_task(self.task_id)
        self._check(task)
        found = self._chosen(return_targets(uow, task, loaded, self.marked))
        self._undo(uow, found)
        loaded.execution.go_back(
            task.token, found.way, self.assignee, self.actor if self.straight_back else None
        )  # fmt: skip
        detail: dict[str, object] = {
            "task_id": str(self.task_id), "to": self.target, "to_name": found.name, "reason": self.reason,
            "policy": "straight_back" if self.straight_back else "replay",
            "cancelled": [str(one) for one in found.cancels],
        }  # fmt: skip
        cause = Cause(self.actor, "task-returned", task.element_id, task.token, detail)
        return save_wait_state(uow, loaded.instance, loaded.execution, cause)

    def _undo(self, uow: UnitOfWork, found: ReturnTarget) -> None:
        """Put back the rows that were changed by what is done again, so that it finds what it found then."""
        tasks = list(found.completions)
        rows = uow.connection.execute(
            select(completion.c.task_id, completion.c.wrote).where(completion.c.task_id.in_(tasks))
        )
        wrote = {row.task_id: row.wrote for row in rows}
        for task in tasks:
            changed = journal.undo(uow.connection, wrote.get(task, []), self.undoing(uow))
            if changed:
                raise errors.StepNotReturnable(target=self.target, reason="changed", table=changed)

    def _check(self, task: Any) -> None:
        if task.assignee is not None and task.assignee != self.actor:
            raise errors.NotAssignee(task_id=str(self.task_id), assignee=task.assignee)
        if self.expected_version is not None and task.version != self.expected_version:
            raise errors.StaleVersion(task_id=str(self.task_id), expected=self.expected_version, actual=task.version)
        if task.held_by is not None:
            raise errors.TaskHeld(task_id=str(self.task_id), held_by=task.held_by)
        if not self.reason.strip():
            raise errors.StepNotReturnable(reason="no-reason")

    def _chosen(self, targets: tuple[ReturnTarget, ...]) -> ReturnTarget:
        wanted = [one for one in targets if one.element_id == self.target and self.scope in (None, one.scope)]
        if not wanted:
            raise errors.StepNotReturnable(target=self.target, reason="not-reachable")
        found = wanted[0]
        if found.barriers:
            raise errors.StepNotReturnable(
                target=self.target, reason="barrier",
                barriers=[{"kind": one.kind, "what": one.what, "element": one.element_id} for one in found.barriers],
            )  # fmt: skip
        if self.straight_back and not found.may_come_back:
            raise errors.StepNotReturnable(target=self.target, reason="not-straight-back")
        return found


def return_targets(
    uow: UnitOfWork, task: Any, loaded: Loaded, more_marked: Mapping[str, str]
) -> tuple[ReturnTarget, ...]:
    """Return where an open task may be returned to, with what would be cancelled and what forbids it."""
    past = past_steps(uow, loaded.instance.id)
    ways = loaded.execution.ways_back(task.token, {scope: names.keys() for scope, names in past.passed.items()})
    marked = {**more_marked, **loaded.execution.marked(BARRIER)}
    open_tasks = _open_tasks(uow, loaded.instance.id) if any(way.cancels for way in ways) else {}
    return tuple(_target(way, past, marked, open_tasks) for way in ways)


def _target(
    way: WayBack, past: PastSteps, marked: dict[str, str], open_tasks: dict[int, UUID]
) -> ReturnTarget:  # fmt: skip
    cancels = tuple(open_tasks[token] for token in way.cancels if token in open_tasks)
    return ReturnTarget(
        way.element, way.name, way.within, cancels, way.is_direct, past.barriers(way, marked),
        tuple(past.completions(way)), way
    )  # fmt: skip


def _open_tasks(uow: UnitOfWork, instance_id: UUID) -> dict[int, UUID]:
    rows = uow.connection.execute(
        select(user_task.c.id, user_task.c.token).where(
            user_task.c.instance_id == instance_id, user_task.c.status == "open"
        )
    )
    return {row.token: row.id for row in rows}


__all__ = ["CASE", "ListReturnTargets", "ReturnTarget", "ReturnTask", "return_targets"]
