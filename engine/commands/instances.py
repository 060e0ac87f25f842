"""Suspend, resume and cancel process instances, and move their timers."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import delete, select, update

from engine import errors
from engine.commands.history import Cause, write_history
from engine.commands.wait_state import save_wait_state
from engine.store.tables import job, process_instance, subscription, user_task
from engine.store.unit_of_work import UnitOfWork


def _change_status(uow: UnitOfWork, instance_id: UUID, allowed: tuple[str, ...], **values: Any) -> Any:
    row = uow.connection.execute(
        select(process_instance.c.status, process_instance.c.version).where(process_instance.c.id == instance_id)
    ).one_or_none()
    if row is None:
        raise errors.InstanceNotFound(instance_id=str(instance_id))
    if row.status not in allowed:
        raise errors.InstanceNotActive(instance_id=str(instance_id), status=row.status)
    done = uow.connection.execute(
        update(process_instance)
        .where(process_instance.c.id == instance_id, process_instance.c.version == row.version)
        .values(version=row.version + 1, **values)
    )
    if done.rowcount != 1:
        raise errors.ConcurrentUpdate(instance_id=str(instance_id))
    return row


@dataclass(frozen=True, slots=True)
class SuspendInstance:
    """Stop an instance: its tasks cannot be completed and its timers do not fire until it is resumed."""

    instance_id: UUID
    actor: str
    reason: str

    def run(self, uow: UnitOfWork) -> None:
        """Suspend it."""
        _change_status(uow, self.instance_id, ("active",), status="suspended")
        waiting = (job.c.instance_id == self.instance_id) & (job.c.status == "waiting")
        uow.connection.execute(update(job).where(waiting).values(status="suspended"))
        write_history(uow, self.instance_id, [Cause(self.actor, "instance-suspended", detail={"reason": self.reason})])


@dataclass(frozen=True, slots=True)
class ResumeInstance:
    """Let a suspended instance go on; timers that fell due meanwhile fire now."""

    instance_id: UUID
    actor: str
    reason: str

    def run(self, uow: UnitOfWork) -> None:
        """Resume it."""
        _change_status(uow, self.instance_id, ("suspended",), status="active")
        stopped = (job.c.instance_id == self.instance_id) & (job.c.status == "suspended")
        uow.connection.execute(update(job).where(stopped).values(status="waiting"))
        write_history(uow, self.instance_id, [Cause(self.actor, "instance-resumed", detail={"reason": self.reason})])


@dataclass(frozen=True, slots=True)
class CancelInstance:
    """End an instance for good, with the reason; its open tasks are cancelled, nothing is deleted."""

    instance_id: UUID
    actor: str
    reason: str

    def run(self, uow: UnitOfWork) -> None:
        """Cancel it."""
        _change_status(
            uow, self.instance_id, ("active", "suspended"),
            status="cancelled", ended_at=uow.now, end_reason=self.reason,
        )  # fmt: skip
        mine = user_task.c.instance_id == self.instance_id
        uow.connection.execute(
            update(user_task)
            .where(mine, user_task.c.status == "open")
            .values(status="cancelled", ended_at=uow.now, ended_by=self.actor, version=user_task.c.version + 1)
        )
        uow.connection.execute(delete(job).where(job.c.instance_id == self.instance_id))
        uow.connection.execute(delete(subscription).where(subscription.c.instance_id == self.instance_id))
        write_history(uow, self.instance_id, [Cause(self.actor, "instance-cancelled", detail={"reason": self.reason})])


@dataclass(frozen=True, slots=True)
class MoveTimers:
    """Give waiting timers of one instance new instants: a clock was paused, resumed or extended.

    ``due`` maps the timer's token to its new instant; tokens that no longer wait are refused.

    Raises:
        JobNotDue: no such timer waits.
    """

    instance_id: UUID
    due: Mapping[int, datetime]
    actor: str
    reason: str

    def run(self, uow: UnitOfWork) -> None:
        """Move them in the state and in the job table."""
        loaded = uow.instance(self.instance_id)
        for token, due_at in self.due.items():
            loaded.execution.move_timer(token, due_at)
        detail = {"reason": self.reason, "due": {str(token): at.isoformat() for token, at in self.due.items()}}
        save_wait_state(uow, loaded.instance, loaded.execution, Cause(self.actor, "timers-moved", detail=detail))


@dataclass(frozen=True, slots=True)
class SetVariables:
    """Change case-level facts from outside the diagram, with the reason."""

    instance_id: UUID
    variables: Mapping[str, object]
    actor: str
    reason: str

    def run(self, uow: UnitOfWork) -> None:
        """Merge the variables into every waiting token."""
        loaded = uow.instance(self.instance_id)
        loaded.execution.set_variables(self.variables)
        detail = {"reason": self.reason, "names": sorted(self.variables)}
        save_wait_state(uow, loaded.instance, loaded.execution, Cause(self.actor, "variables-changed", detail=detail))
