"""Messages to persons: the duty stays with the unit, the message goes to the person."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import insert

from workflows.directory import members_of
from workflows.records.letters import notification
from workflows.uow import UnitOfWork

_LEAVE = insert(notification)


def notify(
    uow: UnitOfWork, groups: Sequence[str], *, kind: str, text: str, business_key: str, task_id: UUID | None = None
) -> int:
    """Leave a message for everybody in the groups, or named by login, and their stand-ins; answers how many."""
    rows = [
        {"id": uow.new_id(), "login": login, "kind": kind, "text": text, "business_key": business_key,
         "task_id": task_id, "created_at": uow.now}
        for login in members_of(uow, groups)
    ]  # fmt: skip
    if rows:
        uow.connection.execute(_LEAVE, rows)
    return len(rows)
