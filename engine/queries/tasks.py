"""Questions about user tasks."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, ClassVar
from uuid import UUID

from sqlalchemy import Integer, bindparam, select

from engine.store.tables import user_task
from engine.store.unit_of_work import UnitOfWork

_COLUMNS = tuple(
    user_task.c[name]
    for name in ("id", "instance_id", "token", "definition_key", "element_id", "name", "business_key", "assignee",
                 "candidate_groups", "due_at", "version", "variables")
)  # fmt: skip
_OPEN = (
    select(*_COLUMNS)
    .where(user_task.c.status == "open")
    .order_by(user_task.c.created_at, user_task.c.id)
    .limit(bindparam("most", type_=Integer))
)
_OPEN_OF_INSTANCE = _OPEN.where(user_task.c.instance_id == bindparam("which"))


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

    is_single: ClassVar[bool] = True

    instance_id: UUID | None = None
    limit: int = 500

    def run(self, uow: UnitOfWork) -> tuple[OpenTask, ...]:
        """Answer the tasks."""
        statement = _OPEN if self.instance_id is None else _OPEN_OF_INSTANCE
        given = {"which": self.instance_id, "most": self.limit}
        return tuple(
            OpenTask(
                row.id, row.instance_id, row.token, row.definition_key, row.element_id, row.name, row.business_key,
                row.assignee, tuple(row.candidate_groups), row.due_at, row.version, row.variables,
            )
            for row in uow.connection.execute(statement, given)
        )  # fmt: skip
