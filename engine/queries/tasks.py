"""Questions about user tasks."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select

from engine.store.tables import user_task
from engine.store.unit_of_work import UnitOfWork


@dataclass(frozen=True, slots=True)
class OpenTask:
    """One open user task; ``definition_key`` is the process that draws it, a called one's own."""

    id: UUID
    instance_id: UUID
    token: int
    definition_key: str
    element_id: str
    name: str
    business_key: str
    assignee: str | None
    candidate_groups: tuple[str, ...]
    due_at: datetime | None
    version: int
    variables: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class ListOpenTasks:
    """All open user tasks, of one instance or of all, oldest first."""

    instance_id: UUID | None = None
    limit: int = 500

    def run(self, uow: UnitOfWork) -> tuple[OpenTask, ...]:
        """Answer the tasks."""
        statement = (
            select(user_task).where(user_task.c.status == "open").order_by(user_task.c.created_at, user_task.c.id)
        )
        if self.instance_id is not None:
            statement = statement.where(user_task.c.instance_id == self.instance_id)
        return tuple(
            OpenTask(
                row.id, row.instance_id, row.token, row.definition_key, row.element_id, row.name, row.business_key,
                row.assignee, tuple(row.candidate_groups), row.due_at, row.version, row.variables,
            )
            for row in uow.connection.execute(statement.limit(self.limit))
        )  # fmt: skip
