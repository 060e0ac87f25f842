"""Writes the audit trail: one row per command, with what the engine did in it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from sqlalchemy import insert

from engine.store.tables import history_event
from engine.store.unit_of_work import UnitOfWork

INSERT_HISTORY = insert(history_event)


@dataclass(frozen=True, slots=True)
class Cause:
    """Who moved the token, by what, and the user task this completed, if any."""

    actor: str
    event: str
    element_id: str | None = None
    token: int | None = None
    detail: Mapping[str, object] = field(default_factory=dict)
    answers: Mapping[str, object] | None = None


def history_row(uow: UnitOfWork, instance_id: UUID, cause: Cause) -> dict[str, Any]:
    """Return one line of the audit trail."""
    return {
        "id": uow.new_id(),
        "instance_id": instance_id,
        "at": uow.now,
        "kind": cause.event,
        "element_id": cause.element_id,
        "token": cause.token,
        "actor": cause.actor,
        "detail": dict(cause.detail),
        "steps": [],
    }


def write_history(uow: UnitOfWork, instance_id: UUID, causes: Sequence[Cause]) -> None:
    """Append lines to the audit trail of an instance."""
    uow.connection.execute(INSERT_HISTORY, [history_row(uow, instance_id, cause) for cause in causes])
