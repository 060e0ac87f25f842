"""Writes the audit trail: one row per command, with what the engine did in it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any
from uuid import UUID

from sqlalchemy import insert

from engine.digests import canonical, sm3
from engine.origin import origin
from engine.spiff.model import WaitState
from engine.store.batch import WriteBatch
from engine.store.tables import history_event
from engine.store.unit_of_work import Instance, UnitOfWork

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
    uow.journal.has_record = True
    where = origin()
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
        "data_hash": None if cause.answers is None else sm3(canonical(cause.answers)).hex(),
        "request_id": where.request_id,
        "ip": where.ip,
    }


def write_history(uow: UnitOfWork, instance_id: UUID, causes: Sequence[Cause]) -> None:
    """Append lines to the audit trail of an instance."""
    batch = WriteBatch(uow.connection)
    batch.add_all(INSERT_HISTORY, [history_row(uow, instance_id, cause) for cause in causes])
    batch.flush()


def with_what_binds(
    uow: UnitOfWork, instance: Instance, cause: Cause, settled: WaitState
) -> tuple[Cause, tuple[tuple[str, str], ...]]:
    """Let the history tell what left the case or was recorded for good in a step: past it the case does not go back."""
    wrote = [("record", name) for name in uow.journal.inserted if name not in uow.registry.harmless]
    sent = [("sent", event.name) for event in settled.thrown]
    others = [("case", str(other)) for other in uow.journal.instances if other != instance.id]
    uow.journal.instances.add(instance.id)
    binding = (*wrote, *sent, *others)
    return (replace(cause, detail={**cause.detail, "binding": binding}) if binding else cause), binding
