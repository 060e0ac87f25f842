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
from engine.store.tables import incident, job, process_instance, subscription, user_task
from engine.store.unit_of_work import Change, EndedTask, Instance, UnitOfWork

THROWN = ("message", "signal")  # jobs that carry what a case has said already
_HELD = ("external",)  # locked by programs outside, which may keep a lock longer than we like


def _change_status(uow: UnitOfWork, instance_id: UUID, allowed: tuple[str, ...], **values: Any) -> Instance:
    row = uow.connection.execute(
        select(*(column for column in process_instance.c if column.name != "state")).where(
            process_instance.c.id == instance_id
        )
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
    return Instance(row.id, row.definition_id, row.definition_key, row.business_key, row.version)


def _tell(uow: UnitOfWork, instance: Instance, actor: str, acted: str, ended: tuple[EndedTask, ...] = ()) -> None:
    """Let the listeners know what no step of the diagram has told them."""
    status = "active" if acted == "resumed" else acted
    change = Change(instance, actor, False, status, (), ended, (), (), {}, acted=acted)
    for listener in uow.registry.listeners:
        listener(uow, change)


@dataclass(frozen=True, slots=True)
class SuspendInstance:
    """Stop an instance and all it has called: nothing of it can be done until it is resumed.

    Its tasks cannot be completed, its timers do not fire, its service tasks are not called, and programs outside lose
    their locks on its external tasks.

    Raises:
        InstanceNotFound, InstanceNotActive.
    """

    instance_id: UUID
    actor: str
    reason: str

    def run(self, uow: UnitOfWork) -> None:
        """Suspend it."""
        instance = _change_status(uow, self.instance_id, ("active",), status="suspended")
        is_open = (job.c.status == "waiting") | ((job.c.status == "running") & job.c.kind.in_(_HELD))
        mine = job.c.instance_id == self.instance_id
        uow.connection.execute(update(job).where(mine, is_open).values(status="suspended", lease_until=None))
        write_history(uow, self.instance_id, [Cause(self.actor, "instance-suspended", detail={"reason": self.reason})])
        _tell(uow, instance, self.actor, "suspended")


@dataclass(frozen=True, slots=True)
class ResumeInstance:
    """Let a suspended instance go on.

    Terms do not stand still while a case is suspended: a timer that fell due meanwhile fires once, now, the oldest
    first, and a repeated one counts on from now; the others keep their instants. The history names the overdue ones.

    Raises:
        InstanceNotFound, InstanceNotActive.
    """

    instance_id: UUID
    actor: str
    reason: str

    def run(self, uow: UnitOfWork) -> None:
        """Resume it."""
        instance = _change_status(uow, self.instance_id, ("suspended",), status="active")
        stopped = (job.c.instance_id == self.instance_id) & (job.c.status == "suspended")
        overdue = uow.connection.execute(
            select(job.c.element_id, job.c.due_at)
            .where(stopped, job.c.kind == "timer", job.c.due_at <= uow.now)
            .order_by(job.c.due_at, job.c.id)
        )
        late = [[row.element_id, row.due_at.isoformat()] for row in overdue]
        uow.connection.execute(update(job).where(stopped).values(status="waiting"))
        detail = {"reason": self.reason, "overdue": late}
        write_history(uow, self.instance_id, [Cause(self.actor, "instance-resumed", detail=detail)])
        _tell(uow, instance, self.actor, "resumed")


@dataclass(frozen=True, slots=True)
class CancelInstance:
    """End an instance and all it has called for good, with the reason; nothing is deleted.

    Its open tasks and their clocks are cancelled, its timers and calls end, its incidents are closed. What the case
    has already said to others is still delivered.

    Raises:
        InstanceNotFound, InstanceNotActive.
    """

    instance_id: UUID
    actor: str
    reason: str

    def run(self, uow: UnitOfWork) -> None:
        """Cancel it."""
        instance = _change_status(
            uow, self.instance_id, ("active", "suspended"),
            status="cancelled", ended_at=uow.now, end_reason=self.reason,
        )  # fmt: skip
        mine = (user_task.c.instance_id == self.instance_id) & (user_task.c.status == "open")
        tokens = tuple(uow.connection.scalars(select(user_task.c.token).where(mine).order_by(user_task.c.token)))
        values = {"status": "cancelled", "ended_at": uow.now, "ended_by": self.actor}
        uow.connection.execute(update(user_task).where(mine).values(**values, version=user_task.c.version + 1))
        ours = job.c.instance_id == self.instance_id
        uow.connection.execute(delete(job).where(ours, job.c.kind.not_in(THROWN)))
        uow.connection.execute(update(job).where(ours, job.c.status == "suspended").values(status="waiting"))
        uow.connection.execute(delete(subscription).where(subscription.c.instance_id == self.instance_id))
        unsolved = (incident.c.instance_id == self.instance_id) & incident.c.resolved_at.is_(None)
        sent = incident.c.job_id.in_(select(job.c.id).where(ours))
        uow.connection.execute(
            update(incident).where(unsolved, ~sent).values(resolved_at=uow.now, resolved_by=self.actor)
        )
        write_history(uow, self.instance_id, [Cause(self.actor, "instance-cancelled", detail={"reason": self.reason})])
        _tell(uow, instance, self.actor, "cancelled", tuple(EndedTask(token, "cancelled") for token in tokens))


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
