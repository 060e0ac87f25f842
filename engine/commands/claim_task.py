"""Claim, release and reassign user tasks."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import Row, update

from engine import errors
from engine.commands.history import Cause, write_history
from engine.store.tables import user_task
from engine.store.unit_of_work import UnitOfWork


@dataclass(frozen=True, slots=True)
class ClaimTask:
    """Make one person the assignee of an open task; claiming again what is already mine changes nothing.

    Raises:
        TaskNotFound, TaskNotOpen.
        TaskClaimedByOther: somebody else was first; the facts name who and when.
    """

    task_id: UUID
    actor: str

    def run(self, uow: UnitOfWork) -> None:
        """Set the assignee if there is none."""
        task = uow.task(self.task_id)
        if task.status != "open":
            raise errors.TaskNotOpen(task_id=str(self.task_id), status=task.status, ended_by=task.ended_by)
        if task.assignee == self.actor:
            return
        done = uow.connection.execute(
            update(user_task)
            .where(user_task.c.id == self.task_id, user_task.c.status == "open", user_task.c.assignee.is_(None))
            .values(assignee=self.actor, claimed_at=uow.now, version=user_task.c.version + 1)
        )
        if done.rowcount != 1:
            raise _refused(uow, self.task_id)
        cause = Cause(self.actor, "task-claimed", task.element_id, task.token, {"task_id": str(self.task_id)})
        write_history(uow, task.instance_id, [cause])


@dataclass(frozen=True, slots=True)
class ReleaseTask:
    """Give a claimed task back to its candidates.

    Raises:
        TaskNotFound, TaskNotOpen, NotAssignee.
    """

    task_id: UUID
    actor: str

    def run(self, uow: UnitOfWork) -> None:
        """Clear the assignee."""
        task = uow.task(self.task_id)
        if task.status != "open":
            raise errors.TaskNotOpen(task_id=str(self.task_id), status=task.status)
        if task.assignee != self.actor:
            raise errors.NotAssignee(task_id=str(self.task_id), assignee=task.assignee)
        _assign(uow, task, None)
        cause = Cause(self.actor, "task-released", task.element_id, task.token, {"task_id": str(self.task_id)})
        write_history(uow, task.instance_id, [cause])


@dataclass(frozen=True, slots=True)
class AssignTask:
    """Make *assignee* responsible for an open task, whoever had it before, and keep the reason.

    Raises:
        TaskNotFound, TaskNotOpen.
    """

    task_id: UUID
    assignee: str
    actor: str
    reason: str

    def run(self, uow: UnitOfWork) -> None:
        """Set the assignee."""
        task = uow.task(self.task_id)
        if task.status != "open":
            raise errors.TaskNotOpen(task_id=str(self.task_id), status=task.status)
        _assign(uow, task, self.assignee)
        detail = {"task_id": str(self.task_id), "from": task.assignee, "to": self.assignee, "reason": self.reason}
        write_history(uow, task.instance_id, [Cause(self.actor, "task-assigned", task.element_id, task.token, detail)])


def _refused(uow: UnitOfWork, task_id: UUID) -> errors.Conflict:
    """Return why a claim came too late, as the winner left the task."""
    task = uow.task(task_id)
    if task.status != "open":
        return errors.TaskNotOpen(task_id=str(task_id), status=task.status, ended_by=task.ended_by)
    claimed_at = task.claimed_at.isoformat() if task.claimed_at else None
    return errors.TaskClaimedByOther(task_id=str(task_id), assignee=task.assignee, claimed_at=claimed_at)


def _assign(uow: UnitOfWork, task: Row[Any], assignee: str | None) -> None:
    """Set the assignee of a task that has not changed since it was read."""
    done = uow.connection.execute(
        update(user_task)
        .where(user_task.c.id == task.id, user_task.c.status == "open", user_task.c.version == task.version)
        .values(assignee=assignee, claimed_at=uow.now if assignee else None, version=user_task.c.version + 1)
    )
    if done.rowcount != 1:
        raise errors.ConcurrentUpdate(task_id=str(task.id))
