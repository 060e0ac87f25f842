"""Bring an outside fact to the instance that waits for it, or start one."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from sqlalchemy import delete, insert, select

from engine import errors
from engine.commands.history import Cause
from engine.commands.jobs import held_job
from engine.commands.start_process import StartProcess
from engine.commands.wait_state import job_row, save_wait_state
from engine.spiff.model import StartTrigger
from engine.store.tables import job, message, start_subscription, subscription
from engine.store.unit_of_work import Instance, UnitOfWork


@dataclass(frozen=True, slots=True)
class Correlated:
    """Which instance a message reached; ``was_known`` marks a repetition that had no further effect."""

    instance_id: UUID
    business_key: str
    started: bool
    was_known: bool = False


@dataclass(frozen=True, slots=True)
class CorrelateMessage:
    """Deliver a message to the one subscription that matches, else start the process that begins with it.

    A subscription matches by name and by correlation key; one without a key by the business key. With
    ``sender`` and ``message_id`` the same message has its effect once, however often it is sent.

    Raises:
        MessageNotExpected: nobody waits for it and no process starts with it.
        Conflict: more than one instance waits for it.
    """

    name: str
    correlation_key: str | None
    variables: Mapping[str, object] = field(default_factory=dict)
    actor: str = "system"
    sender: str | None = None
    message_id: str | None = None

    def run(self, uow: UnitOfWork) -> Correlated:
        """Deliver it inside the given transaction."""
        known = self._known(uow)
        if known is not None:
            return known
        done = self._deliver(uow) or self._start(uow)
        if done is None:
            raise errors.MessageNotExpected(name=self.name, correlation_key=self.correlation_key)
        if self.sender and self.message_id:
            uow.connection.execute(
                insert(message),
                {
                    "sender": self.sender,
                    "message_id": self.message_id,
                    "name": self.name,
                    "correlation_key": self.correlation_key,
                    "received_at": uow.now,
                    "result": {"instance_id": str(done.instance_id), "business_key": done.business_key,
                               "started": done.started},
                },
            )  # fmt: skip
        return done

    def _known(self, uow: UnitOfWork) -> Correlated | None:
        if not (self.sender and self.message_id):
            return None
        result = uow.connection.scalar(
            select(message.c.result).where(message.c.sender == self.sender, message.c.message_id == self.message_id)
        )
        if result is None:
            return None
        return Correlated(UUID(result["instance_id"]), result["business_key"], result["started"], was_known=True)

    def _deliver(self, uow: UnitOfWork) -> Correlated | None:
        rows = uow.connection.execute(
            select(subscription)
            .where(
                subscription.c.kind == "message",
                subscription.c.name == self.name,
                (subscription.c.correlation_key == self.correlation_key)
                | (subscription.c.correlation_key.is_(None) & (subscription.c.business_key == self.correlation_key)),
            )
            .order_by(subscription.c.instance_id, subscription.c.token)
        ).all()
        if not rows:
            return None
        if len({row.instance_id for row in rows}) > 1:
            raise errors.Conflict(reason="more than one instance waits", name=self.name, key=self.correlation_key)
        instance = deliver(uow, rows[0], self.variables, self.actor)
        return Correlated(instance.id, instance.business_key, started=False)

    def _start(self, uow: UnitOfWork) -> Correlated | None:
        row = uow.connection.execute(
            select(start_subscription).where(
                start_subscription.c.kind == "message", start_subscription.c.name == self.name
            )
        ).first()
        if row is None:
            return None
        started = StartProcess(
            key=row.definition_key,
            business_key=str(self.variables.get("business_key") or self.correlation_key or ""),
            actor=self.actor,
            variables=self.variables,
            trigger=StartTrigger(row.element_id, "message", self.name),
        ).run(uow)
        return Correlated(started.instance_id, started.business_key, started=True)


def deliver(uow: UnitOfWork, row: Any, variables: Mapping[str, object], actor: str) -> Instance:
    """Hand a message or signal to one subscription."""
    loaded = uow.instance(row.instance_id)
    loaded.execution.deliver(row.token, row.kind, row.name, variables)
    cause = Cause(actor, f"{row.kind}-received", row.element_id, row.token, {"name": row.name})
    save_wait_state(uow, loaded.instance, loaded.execution, cause)
    return loaded.instance


@dataclass(frozen=True, slots=True)
class DeliverThrownMessage:
    """Send a message that a diagram threw; the job and the effect end together."""

    job_id: UUID
    fence: int

    def run(self, uow: UnitOfWork) -> None:
        """Correlate it, or drop it when the diagram says that nobody need wait for it."""
        row = held_job(uow, self.job_id, self.fence)
        uow.connection.execute(delete(job).where(job.c.id == self.job_id))
        try:
            CorrelateMessage(row.topic, row.payload["key"], row.payload["variables"]).run(uow)
        except errors.MessageNotExpected:
            if not row.payload.get("optional"):
                raise


@dataclass(frozen=True, slots=True)
class BroadcastSignal:
    """Bring a signal to every instance that waits for it, one transaction each, and start what begins with it.

    ``without`` is the instance that threw it: what waited there has had it already.
    """

    name: str
    variables: Mapping[str, object] = field(default_factory=dict)
    actor: str = "system"
    without: UUID | None = None

    def run(self, uow: UnitOfWork) -> int:
        """Queue one delivery per subscription; answers how many."""
        waiting = select(subscription).where(subscription.c.kind == "signal", subscription.c.name == self.name)
        if self.without is not None:
            waiting = waiting.where(subscription.c.instance_id != self.without)
        rows = uow.connection.execute(waiting).all()
        queued = [
            job_row(
                uow,
                Instance(row.instance_id, row.instance_id, "", row.business_key, 0),
                kind="delivery",
                token=row.token,
                element_id=row.element_id,
                topic=self.name,
                payload={"variables": dict(self.variables), "actor": self.actor},
            )
            for row in rows
        ]
        if queued:
            uow.connection.execute(insert(job), queued)
        starts = uow.connection.execute(
            select(start_subscription).where(
                start_subscription.c.kind == "signal", start_subscription.c.name == self.name
            )
        ).all()
        for start in starts:
            StartProcess(
                key=start.definition_key,
                business_key=str(self.variables.get("business_key") or uow.new_id()),
                actor=self.actor,
                variables=self.variables,
                trigger=StartTrigger(start.element_id, "signal", self.name),
            ).run(uow)
        return len(rows) + len(starts)


@dataclass(frozen=True, slots=True)
class BroadcastThrownSignal:
    """Broadcast a signal that a diagram threw."""

    job_id: UUID
    fence: int

    def run(self, uow: UnitOfWork) -> None:
        """Broadcast it and remove the job."""
        row = held_job(uow, self.job_id, self.fence)
        uow.connection.execute(delete(job).where(job.c.id == self.job_id))
        BroadcastSignal(row.topic, row.payload["variables"], without=row.instance_id).run(uow)


@dataclass(frozen=True, slots=True)
class DeliverSignal:
    """Bring a broadcast signal to one instance that still waits for it."""

    job_id: UUID
    fence: int

    def run(self, uow: UnitOfWork) -> None:
        """Deliver it; an instance that no longer waits is left alone."""
        row = held_job(uow, self.job_id, self.fence)
        uow.connection.execute(delete(job).where(job.c.id == self.job_id))
        waiting = uow.connection.execute(
            select(subscription).where(
                subscription.c.instance_id == row.instance_id,
                subscription.c.token == row.token,
                subscription.c.element_id == row.element_id,
            )
        ).one_or_none()
        if waiting is not None:
            deliver(uow, waiting, row.payload["variables"], row.payload["actor"])
