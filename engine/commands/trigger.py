"""Let something that waits happen by hand: for trying diagrams out, and for operators."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import select

from engine import errors
from engine.commands.history import Cause
from engine.commands.wait_state import save_wait_state
from engine.store.tables import job, subscription
from engine.store.unit_of_work import UnitOfWork


@dataclass(frozen=True, slots=True)
class TriggerElement:
    """Let the message, signal or timer that waits at an element happen now; ``*`` stands for any element.

    Raises:
        JobNotFound: nothing waits there.
    """

    element_id: str
    variables: Mapping[str, object] = field(default_factory=dict)
    actor: str = "system"

    def run(self, uow: UnitOfWork) -> None:
        """Trigger the oldest that waits."""
        event = self._first(uow, select(subscription), subscription)
        timer = None if event is not None else self._first(uow, select(job).where(job.c.kind == "timer"), job)
        found = event if event is not None else timer
        if found is None:
            raise errors.JobNotFound(element=self.element_id)
        loaded = uow.instance(found.instance_id)
        if event is not None:
            loaded.execution.deliver(event.token, event.kind, event.name, self.variables)
        else:
            loaded.execution.set_variables(self.variables)
            loaded.execution.fire_timer(found.token)
        cause = Cause(self.actor, "triggered", found.element_id, found.token)
        save_wait_state(uow, loaded.instance, loaded.execution, cause)

    def _first(self, uow: UnitOfWork, statement: Any, table: Any) -> Any:
        if self.element_id != "*":
            statement = statement.where(table.c.element_id == self.element_id)
        return uow.connection.execute(statement.order_by(table.c.instance_id, table.c.token).limit(1)).one_or_none()
