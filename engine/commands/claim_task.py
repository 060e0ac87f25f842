"""Claim, release and reassign user tasks."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import Row, bindparam, update

from engine import errors
from engine.commands.history import Cause, write_history
from engine.store.tables import user_task
from engine.store.unit_of_work import UnitOfWork

_CLAIM = (
    update(user_task)
    .where(user_task.c.id == bindparam("wanted"), user_task.c.status == "open", user_task.c.assignee.is_(None))
    .values(assignee=bindparam("actor"), claimed_at=bindparam("now"), version=user_task.c.version + 1)
    .returning(user_task.c.instance_id, user_task.c.element_id, user_task.c.token)
)


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
        claim = {"wanted": self.task_id, "actor": self.actor, "now": uow.now}
        task = uow.connection.execute(_CLAIM, claim).one_or_none()
        if task is None:
            self._explain(uow)
            return
        cause = Cause(self.actor, "task-claimed", task.element_id, task.token, {"task_id": str(self.task_id)})
        write_history(uow, task.instance_id, [cause])

    def _explain(self, uow: UnitOfWork) -> None:
        """Say why nothing was claimed, unless it was mine before; what the winner of a race wrote is seen here."""
        task = uow.task(self.task_id)
        if task.status != "open":
            raise errors.TaskNotOpen(task_id=str(self.task_id), status=task.status, ended_by=task.ended_by)
        if task.assignee != self.actor:
            claimed_at = task.claimed_at.isoformat() if task.claimed_at else None
            raise errors.TaskClaimedByOther(task_id=str(self.task_id), assignee=task.assignee, claimed_at=claimed_at)


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


def _assign(uow: UnitOfWork, task: Row[Any], assignee: str | None) -> None:
    """Set the assignee of a task that has not changed since it was read."""
    done = uow.connection.execute(
        update(user_task)
        .where(user_task.c.id == task.id, user_task.c.status == "open", user_task.c.version == task.version)
        .values(assignee=assignee, claimed_at=uow.now if assignee else None, version=user_task.c.version + 1)
    )
    if done.rowcount != 1:
        raise errors.ConcurrentUpdate(task_id=str(task.id))
