"""Messages that come before anybody waits for them: kept, delivered once somebody does, or told to an operator."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import delete, insert, select, update

from engine import errors
from engine.commands.correlate_message import Correlated, CorrelateMessage
from engine.commands.jobs import held_job, open_incident
from engine.store.tables import early_message, job
from engine.store.unit_of_work import UnitOfWork

LONGEST_KEPT = timedelta(days=366)
_FIRST_LOOK = timedelta(seconds=1)
_LAST_LOOK = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Sent:
    """What became of a message: delivered, or kept until an instant because nobody waits for it yet."""

    correlated: Correlated | None
    kept_until: datetime | None = None


@dataclass(frozen=True, slots=True)
class SendMessage:
    """Deliver a message now, or keep it for as long as ``keep_for`` says and deliver it when somebody waits.

    The same ``sender`` and ``message_id`` have one effect, also while the message is kept.

    Raises:
        VariablesInvalid: ``keep_for`` is not between a second and 366 days.
        Conflict: more than one instance waits for it.
    """

    name: str
    correlation_key: str
    variables: Mapping[str, object] = field(default_factory=dict)
    actor: str = "system"
    sender: str | None = None
    message_id: str | None = None
    keep_for: timedelta = timedelta(days=1)

    def run(self, uow: UnitOfWork) -> Sent:
        """Deliver or keep it inside the given transaction."""
        if not timedelta(seconds=1) <= self.keep_for <= LONGEST_KEPT:
            raise errors.VariablesInvalid(field="keep_for", reason="between a second and 366 days")
        kept = self._kept(uow)
        if kept is not None:
            return Sent(None, kept)
        try:
            return Sent(self._command().run(uow))
        except errors.MessageNotExpected:
            return Sent(None, self._keep(uow))

    def _command(self) -> CorrelateMessage:
        return CorrelateMessage(
            self.name, self.correlation_key, self.variables, self.actor, self.sender, self.message_id
        )

    def _kept(self, uow: UnitOfWork) -> datetime | None:
        if not (self.sender and self.message_id):
            return None
        same = (early_message.c.sender == self.sender) & (early_message.c.message_id == self.message_id)
        found: datetime | None = uow.connection.scalar(select(early_message.c.expires_at).where(same))
        return found

    def _keep(self, uow: UnitOfWork) -> datetime:
        job_id, until = uow.new_id(), uow.now + self.keep_for
        row = {
            "job_id": job_id, "name": self.name, "correlation_key": self.correlation_key,
            "variables": dict(self.variables), "actor": self.actor, "sender": self.sender,
            "message_id": self.message_id, "received_at": uow.now, "expires_at": until,
        }  # fmt: skip
        waiting = {
            "id": job_id, "kind": "early", "instance_id": None, "token": 0, "element_id": "", "topic": self.name,
            "status": "waiting", "due_at": min(uow.now + _FIRST_LOOK, until), "attempts": 0, "fence": 0,
            "payload": {}, "created_at": uow.now,
        }  # fmt: skip
        uow.connection.execute(insert(job), waiting)
        uow.connection.execute(insert(early_message), row)
        return until


@dataclass(frozen=True, slots=True)
class DeliverEarlyMessage:
    """Try a kept message again; what nobody wanted until its end becomes an incident.

    A new subscription makes the message due at once. Two transactions that do not see each other can miss that,
    so it is looked at again in any case: after a second, then at intervals that double up to an hour.
    """

    job_id: UUID
    fence: int

    def run(self, uow: UnitOfWork) -> None:
        """Deliver it, let it wait on, or give up."""
        row = held_job(uow, self.job_id, self.fence)
        kept = uow.connection.execute(select(early_message).where(early_message.c.job_id == self.job_id)).one()
        try:
            CorrelateMessage(
                kept.name, kept.correlation_key, kept.variables, kept.actor, kept.sender, kept.message_id
            ).run(uow)
        except errors.MessageNotExpected:
            self._wait_on(uow, row, kept)
            return
        uow.connection.execute(delete(early_message).where(early_message.c.job_id == self.job_id))
        uow.connection.execute(delete(job).where(job.c.id == self.job_id))

    def _wait_on(self, uow: UnitOfWork, row: Any, kept: Any) -> None:
        if uow.now >= kept.expires_at:
            reason = f"nobody waited for message {kept.name} with key {kept.correlation_key}"
            values: dict[str, Any] = {"status": "failed", "last_error": reason, "lease_until": None}
            open_incident(uow, row, reason)
        else:
            age = uow.now - kept.received_at
            later = uow.now + min(max(age, _FIRST_LOOK), _LAST_LOOK)
            values = {
                "status": "waiting", "due_at": min(later, kept.expires_at), "attempts": row.attempts - 1,
                "lease_until": None,
            }  # fmt: skip
        uow.connection.execute(update(job).where(job.c.id == self.job_id).values(**values))
