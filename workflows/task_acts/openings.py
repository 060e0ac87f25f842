"""Who opened a task: what somebody has read is not taken back any more."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import insert, select

from workflows.jurisdiction import require_task
from workflows.policy import Actor, may_take
from workflows.records.task_acts import task_opening
from workflows.uow import UnitOfWork


def note_opening(uow: UnitOfWork, actor: Actor, task_id: UUID) -> None:
    """Keep that a person who may do the task has seen it; those who only supervise leave no trace here."""
    task = uow.task(task_id)
    require_task(actor, task)
    mine = (task_opening.c.task_id == task_id) & (task_opening.c.login == actor.login)
    if not uow.connection.execute(select(task_opening.c.first_at).where(mine)).first():
        uow.connection.execute(insert(task_opening), {"task_id": task_id, "login": actor.login, "first_at": uow.now})


def is_to_note(uow: UnitOfWork, actor: Actor, task: Any) -> bool:
    """Tell whether the person opens an open task of theirs for the first time."""
    if task.status != "open" or not may_take(actor, task.candidate_groups, task.candidate_users, None):
        return False
    mine = (task_opening.c.task_id == task.id) & (task_opening.c.login == actor.login)
    return uow.connection.execute(select(task_opening.c.first_at).where(mine)).first() is None


def opened_by_others(uow: UnitOfWork, tasks: Sequence[UUID], login: str) -> list[str]:
    """Return who else has opened one of the tasks."""
    others = (task_opening.c.task_id.in_(list(tasks))) & (task_opening.c.login != login)
    return list(uow.connection.scalars(select(task_opening.c.login).where(others).distinct())) if tasks else []
