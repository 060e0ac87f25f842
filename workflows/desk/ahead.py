"""Who has a case now, since when, and until when: the present of its timeline."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import bindparam, select

from engine.store.tables import user_task
from workflows.directory import names_of
from workflows.records.clocks import running_limit
from workflows.uow import UnitOfWork

_T, _CLOCK = user_task.c, running_limit.c
_OPEN = (
    select(_T.id, _T.element_id, _T.name, _T.assignee, _T.candidate_groups, _T.candidate_users, _T.created_at,
           _T.due_at, _CLOCK.due_at.label("clock_due_at"))
    .select_from(user_task.join(running_limit, _CLOCK.task_id == _T.id, isouter=True))
    .where(_T.instance_id == bindparam("case"), _T.status == "open")
    .order_by(_T.created_at, _T.id)
    .limit(50)
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Holder:
    """An open task: whoever has taken it, else the persons and units that may."""

    task_id: UUID
    element_id: str
    step: str
    person: str
    people: tuple[str, ...]
    units: tuple[str, ...]
    since: datetime
    due_at: datetime | None


def holders_of(uow: UnitOfWork, instance_id: UUID) -> tuple[Holder, ...]:
    """Return the open tasks of a case, those that wait longest first."""
    rows = uow.connection.execute(_OPEN, {"case": instance_id}).all()
    logins = {login for row in rows for login in (row.assignee, *row.candidate_users) if login}
    names = names_of(uow, logins) if logins else {}
    return tuple(
        Holder(
            row.id, row.element_id, row.name, names.get(row.assignee or "", row.assignee or ""),
            tuple(names.get(login, login) for login in row.candidate_users),
            tuple(dict.fromkeys(group.rpartition("/")[0] for group in row.candidate_groups if "/" in group)),
            row.created_at, row.due_at or row.clock_due_at,
        )
        for row in rows
    )  # fmt: skip
