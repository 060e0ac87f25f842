"""What operators do about jobs that failed for good."""

from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import select, update

from engine import errors, lifecycle_errors
from engine.commands.history import Cause, write_history
from engine.store.tables import incident, job, process_instance
from engine.store.unit_of_work import UnitOfWork


@dataclass(frozen=True, slots=True)
class ResolveIncident:
    """Close an incident and try its failed job again: now, or when its suspended case is resumed.

    An incident behind which no failed job stands is closed all the same, unless it ``must_retry``.

    Raises:
        IncidentNotFound: there is none, or it is resolved.
        NothingToRetry: only with ``must_retry``.
    """

    incident_id: UUID
    actor: str
    reason: str
    must_retry: bool = False

    def run(self, uow: UnitOfWork) -> None:
        """Close the incident and make its job due."""
        open_one = (incident.c.id == self.incident_id) & incident.c.resolved_at.is_(None)
        row = uow.connection.execute(
            select(incident, process_instance.c.status)
            .join_from(incident, process_instance, process_instance.c.id == incident.c.instance_id, isouter=True)
            .where(open_one)
        ).one_or_none()
        if row is None:
            raise errors.IncidentNotFound(incident_id=str(self.incident_id))
        closed = uow.connection.execute(
            update(incident).where(open_one).values(resolved_at=uow.now, resolved_by=self.actor)
        )
        if closed.rowcount != 1:
            raise errors.ConcurrentUpdate(incident_id=str(self.incident_id))
        status = "suspended" if row.status == "suspended" else "waiting"
        failed = (job.c.id == row.job_id) & (job.c.status == "failed")
        again = uow.connection.execute(update(job).where(failed).values(status=status, due_at=uow.now, attempts=0))
        if self.must_retry and again.rowcount == 0:
            raise lifecycle_errors.NothingToRetry(incident_id=str(self.incident_id), kind=row.kind)
        if row.instance_id is not None:
            detail = {"incident_id": str(self.incident_id), "reason": self.reason}
            write_history(uow, row.instance_id, [Cause(self.actor, "incident-resolved", row.element_id, detail=detail)])
