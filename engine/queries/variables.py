"""The variables of an instance."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import select

from engine import errors
from engine.store.tables import process_definition, process_instance
from engine.store.unit_of_work import UnitOfWork


@dataclass(frozen=True, slots=True)
class ReadVariables:
    """The variables of an instance as they are now, or as they were when it ended.

    Raises:
        InstanceNotFound.
    """

    instance_id: UUID

    def run(self, uow: UnitOfWork) -> Mapping[str, Any]:
        """Answer them."""
        row = uow.connection.execute(
            select(
                process_instance.c.state, process_instance.c.definition_id, process_instance.c.business_key,
                process_definition.c.bundle_hash,
            )
            .join(process_definition)
            .where(process_instance.c.id == self.instance_id)
        ).one_or_none()  # fmt: skip
        if row is None:
            raise errors.InstanceNotFound(instance_id=str(self.instance_id))
        compiled = uow.compiled(row.definition_id, row.bundle_hash)
        execution = uow.runtime.load(compiled, bytes(row.state), now=uow.now, business_key=row.business_key)
        return execution.wait_state().variables
