"""Messages that one process sends another: stored with the step, delivered in a transaction of their own."""

from collections.abc import Mapping

from sqlalchemy import insert

from engine.store.tables import job
from workflows.uow import UnitOfWork


def send_later(
    uow: UnitOfWork, name: str, key: str, variables: Mapping[str, object], *, optional: bool = False
) -> None:
    """Queue a message; *optional*: nobody need be waiting for it. What becomes of the sender does not matter."""
    payload = {"key": key, "variables": dict(variables), **({"optional": True} if optional else {})}
    row = {
        "id": uow.new_id(), "instance_id": None, "kind": "message", "token": 0, "element_id": "", "topic": name,
        "status": "waiting", "due_at": uow.now, "attached_to": None, "attempts": 0, "fence": 0, "payload": payload,
        "created_at": uow.now,
    }  # fmt: skip
    uow.connection.execute(insert(job), row)
