"""What operators do to one job by hand: let it be due now, or go on without it."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import Row, delete, select, update

from engine import errors
from engine.commands.history import Cause, write_history
from engine.commands.instances import MoveTimers
from engine.commands.wait_state import save_wait_state
from engine.store.tables import incident, job
from engine.store.unit_of_work import UnitOfWork

SKIPPED = ("service", "external")


@dataclass(frozen=True, slots=True)
class MakeJobDue:
    """Let a waiting job run now instead of at its instant.

    Raises:
        JobNotFound: it is done already.
        JobNotDue: it runs, has failed or belongs to a suspended case.
    """

    job_id: UUID
    actor: str
    reason: str

    def run(self, uow: UnitOfWork) -> None:
        """Move it."""
        row = _job(uow, self.job_id, "waiting")
        if row.kind == "timer":
            MoveTimers(row.instance_id, {row.token: uow.now}, self.actor, self.reason).run(uow)
            return
        uow.connection.execute(update(job).where(job.c.id == self.job_id).values(due_at=uow.now))
        _tell(uow, row, self.actor, "job-hastened", {"reason": self.reason})


@dataclass(frozen=True, slots=True)
class SkipJob:
    """Let a case go on as if a service had been done; nothing it would have answered is known.

    Raises:
        ApproverIsActor: the same person asks and approves.
        JobNotFound: it is done already.
        JobNotDue: it runs now, or it is a timer or message, which cannot be skipped.
    """

    job_id: UUID
    actor: str
    approved_by: str
    reason: str

    def run(self, uow: UnitOfWork) -> None:
        """Go on without it."""
        if self.actor == self.approved_by:
            raise errors.ApproverIsActor(actor=self.actor)
        row = _job(uow, self.job_id, "waiting", "failed")
        if row.kind not in SKIPPED:
            raise errors.JobNotDue(job_id=str(self.job_id), kind=row.kind, reason="only work of services is skipped")
        loaded = uow.instance(row.instance_id)
        loaded.execution.complete_service_task(row.token, {})
        uow.connection.execute(delete(job).where(job.c.id == row.id))
        uow.connection.execute(
            update(incident)
            .where(incident.c.job_id == row.id, incident.c.resolved_at.is_(None))
            .values(resolved_at=uow.now, resolved_by=self.actor)
        )
        detail = {"reason": self.reason, "approved_by": self.approved_by, "topic": row.topic}
        cause = Cause(self.actor, "job-skipped", row.element_id, row.token, detail)
        save_wait_state(uow, loaded.instance, loaded.execution, cause)


def _job(uow: UnitOfWork, job_id: UUID, *allowed: str) -> Row[Any]:
    row = uow.connection.execute(select(job).where(job.c.id == job_id)).one_or_none()
    if row is None:
        raise errors.JobNotFound(job_id=str(job_id))
    if row.status not in allowed:
        raise errors.JobNotDue(job_id=str(job_id), status=row.status)
    return row


def _tell(uow: UnitOfWork, row: Row[Any], actor: str, kind: str, detail: dict[str, object]) -> None:
    if row.instance_id is not None:
        write_history(uow, row.instance_id, [Cause(actor, kind, row.element_id, row.token, detail)])
