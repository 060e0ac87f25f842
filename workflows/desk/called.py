"""The elements of a case's diagram together with those of the processes it called."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from sqlalchemy import select

from engine.store.tables import process_definition, process_instance, user_task
from workflows.uow import UnitOfWork


def elements_of(uow: UnitOfWork, instance_id: UUID) -> Mapping[str, Mapping[str, Any]]:
    """Return name, type and clauses by element id; what the case's own diagram says goes first."""
    own = uow.connection.execute(
        select(process_definition.c.key, process_definition.c.elements)
        .join(process_instance, process_instance.c.definition_id == process_definition.c.id)
        .where(process_instance.c.id == instance_id)
    ).one_or_none()
    if own is None:
        return {}
    called = select(user_task.c.definition_key).where(
        user_task.c.instance_id == instance_id, user_task.c.definition_key != own.key
    )
    others = uow.connection.scalars(
        select(process_definition.c.elements).where(
            process_definition.c.key.in_(called), process_definition.c.is_latest
        )
    )
    found: dict[str, Mapping[str, Any]] = {}
    for elements in others:
        found |= elements
    mine: Mapping[str, Mapping[str, Any]] = own.elements
    return {**found, **mine}
