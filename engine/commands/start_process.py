"""Start a new instance of a process."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from sqlalchemy import Row, bindparam, select

from engine import errors
from engine.commands.history import Cause
from engine.commands.wait_state import save_wait_state
from engine.spiff.model import StartTrigger
from engine.store.tables import process_definition
from engine.store.unit_of_work import Change, Instance, UnitOfWork

_DEFINITION = select(
    process_definition.c.id, process_definition.c.key, process_definition.c.version, process_definition.c.bundle_hash
).where(process_definition.c.key == bindparam("wanted"))
_LATEST: Any = _DEFINITION.where(process_definition.c.is_latest)
_OF_VERSION: Any = _DEFINITION.where(process_definition.c.version == bindparam("which"))


@dataclass(frozen=True, slots=True)
class Started:
    """A new process instance."""

    instance_id: UUID
    business_key: str
    definition_key: str
    version: int
    status: str


@dataclass(frozen=True, slots=True)
class StartProcess:
    """Start the latest version of a process, or a given one.

    Raises:
        DefinitionNotFound: nothing is deployed under ``key``.
        ExpressionFailed, StepBudgetExceeded: the diagram could not reach its first wait state.
    """

    key: str
    business_key: str
    actor: str
    variables: Mapping[str, object] = field(default_factory=dict)
    version: int | None = None
    trigger: StartTrigger | None = None

    def run(self, uow: UnitOfWork) -> Started:
        """Create the instance and run it to its first wait state."""
        row = definition_row(uow, self.key, self.version)
        compiled = uow.compiled(row.id, row.bundle_hash)
        instance = Instance(uow.new_id(), row.id, row.key, self.business_key, version=0)
        execution = uow.runtime.start(
            compiled, now=uow.now, business_key=self.business_key, variables=self.variables, trigger=self.trigger
        )
        cause = Cause(self.actor, "instance-started", detail={"definition": row.key, "version": row.version})
        change: Change = save_wait_state(uow, instance, execution, cause)
        return Started(instance.id, self.business_key, row.key, row.version, change.status)


def definition_row(uow: UnitOfWork, key: str, version: int | None = None) -> Row[Any]:
    """Return the row of the latest or the given version, or raise ``DefinitionNotFound``."""
    statement = _LATEST if version is None else _OF_VERSION
    row = uow.connection.execute(statement, {"wanted": key, "which": version}).one_or_none()
    if row is None:
        raise errors.DefinitionNotFound(key=key, version=version)
    return row
