"""Take, finish, fail and retry jobs: timers, service tasks and messages that wait in the database."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from itertools import takewhile
from typing import Any, ClassVar
from uuid import UUID

from sqlalchemy import Integer, Row, bindparam, exists, insert, select, text, update

from engine import errors
from engine.causes import cause_of
from engine.commands.history import Cause, write_history
from engine.commands.wait_state import save_wait_state
from engine.store.tables import incident, job, process_instance
from engine.store.unit_of_work import UnitOfWork

_OPEN = ("waiting", "running")
_IS_OPEN = text("job.status IN ('waiting', 'running')")  # by letter as in the index: no bound value is known to match
_NEXT_DUE = (
    select(job.c.due_at)
    .where(_IS_OPEN, job.c.status == "waiting", job.c.kind != "external", job.c.due_at > bindparam("now"))
    .order_by(job.c.due_at)
    .limit(1)
)


@dataclass(frozen=True, slots=True)
class TakenJob:
    """A job leased to one worker; ``fence`` proves the lease, ``attempt`` counts from 1."""

    id: UUID
    kind: str
    instance_id: UUID | None
    business_key: str
    definition_key: str
    element_id: str
    token: int
    topic: str
    payload: Mapping[str, Any]
    due_at: datetime
    fence: int
    attempt: int
    lease_until: datetime


@dataclass(frozen=True, slots=True)
class TakeDueJobs:
    """Lease due jobs, oldest due first and at most one per case, counting the attempt before the work begins.

    A job whose worker died becomes due again when its lease ends. A suspect (taken before, without a
    recorded failure) is taken alone, so that a job which kills its worker takes no other down. External tasks are
    never taken, nor jobs of the kind ``without``.
    """

    owner: str
    limit: int
    lease: timedelta
    without: str = "external"

    def run(self, uow: UnitOfWork) -> tuple[TakenJob, ...]:
        """Mark the jobs as running and return them."""
        due = _due(tuple(sorted({"external", self.without})), is_shared=uow.connection.dialect.name == "postgresql")
        chosen = _up_to_a_suspect(uow.connection.execute(due, {"now": uow.now, "most": self.limit}).all())
        return taken_jobs(uow, chosen, self.owner, self.lease)


def taken_jobs(uow: UnitOfWork, chosen: Sequence[UUID], owner: str, lease: timedelta) -> tuple[TakenJob, ...]:
    """Mark jobs as running for one worker and return them, the oldest due first."""
    if not chosen:
        return ()
    values: dict[str, Any] = {
        "status": "running", "attempts": job.c.attempts + 1, "fence": job.c.fence + 1,
        "lease_until": uow.now + lease, "lease_owner": owner,
    }  # fmt: skip
    taken = uow.connection.execute(update(job).where(job.c.id.in_(chosen)).values(**values).returning(job)).all()
    keys = _business_keys(uow, [row.instance_id for row in taken if row.instance_id])
    ordered = sorted(taken, key=lambda row: (row.due_at, row.id))
    return tuple(_taken(row, keys.get(row.instance_id, ("", ""))) for row in ordered)


def _up_to_a_suspect(ready: Sequence[Row[Any]]) -> list[UUID]:
    """Return the jobs before the first suspect, or the suspect alone when it is the oldest."""
    trusted = [row.id for row in takewhile(lambda row: row.status == "waiting", ready)]
    return trusted or [row.id for row in ready[:1]]


@lru_cache  # asked at every beat, and after every commit
def _due(without: tuple[str, ...], *, is_shared: bool) -> Any:
    earlier, now = job.alias("earlier"), bindparam("now", type_=job.c.due_at.type)
    ready = (
        job.c.kind.not_in(without)
        & (job.c.due_at <= now)
        & ((job.c.status == "waiting") | ((job.c.status == "running") & (job.c.lease_until <= now)))
    )
    first_of_case = ~exists().where(
        earlier.c.instance_id == job.c.instance_id,
        earlier.c.kind.not_in(without),
        earlier.c.status.in_(_OPEN),
        (earlier.c.due_at < job.c.due_at) | ((earlier.c.due_at == job.c.due_at) & (earlier.c.id < job.c.id)),
    )
    most = bindparam("most", type_=Integer)
    statement = (
        select(job.c.id, job.c.status)
        .where(_IS_OPEN, ready, first_of_case)
        .order_by(job.c.due_at, job.c.id)
        .limit(most)
    )
    return statement.with_for_update(skip_locked=True, of=job) if is_shared else statement


def _business_keys(uow: UnitOfWork, instance_ids: list[UUID]) -> dict[UUID, tuple[str, str]]:
    if not instance_ids:
        return {}
    rows = uow.connection.execute(
        select(process_instance.c.id, process_instance.c.business_key, process_instance.c.definition_key).where(
            process_instance.c.id.in_(instance_ids)
        )
    )
    return {row.id: (row.business_key, row.definition_key) for row in rows}


def _taken(row: Row[Any], keys: tuple[str, str]) -> TakenJob:
    return TakenJob(
        row.id, row.kind, row.instance_id, keys[0], keys[1], row.element_id, row.token, row.topic, row.payload,
        row.due_at, row.fence, row.attempts, row.lease_until,
    )  # fmt: skip


def held_job(uow: UnitOfWork, job_id: UUID, fence: int) -> Row[Any]:
    """Return the job if this worker still holds it, or raise ``LeaseLost``."""
    statement = select(job).where(job.c.id == job_id, job.c.fence == fence, job.c.status == "running")
    if uow.connection.dialect.name == "postgresql":
        statement = statement.with_for_update()
    row = uow.connection.execute(statement).one_or_none()
    if row is None:
        raise errors.LeaseLost(job_id=str(job_id))
    return row


@dataclass(frozen=True, slots=True)
class FireTimer:
    """Let a due timer fire: the diagram moves on in the same transaction that removes the job.

    Raises:
        LeaseLost, InstanceNotActive, ExpressionFailed, UncaughtBpmnError.
    """

    job_id: UUID
    fence: int

    def run(self, uow: UnitOfWork) -> None:
        """Fire it."""
        row, loaded = uow.job(self.job_id, self.fence)
        loaded.execution.fire_timer(row.token)
        late = (uow.now - row.due_at).total_seconds()
        detail = {"due_at": row.due_at.isoformat(), "late_seconds": round(late, 3)}
        cause = Cause("system", "timer-fired", row.element_id, row.token, detail)
        save_wait_state(uow, loaded.instance, loaded.execution, cause, done_job=self.job_id)


@dataclass(frozen=True, slots=True)
class FinishJob:
    """Write what a handler answered and run the diagram on.

    Raises:
        LeaseLost: another worker took the job meanwhile; the answer is dropped.
    """

    job_id: UUID
    fence: int
    variables: Mapping[str, object]

    def run(self, uow: UnitOfWork) -> None:
        """Complete the service task."""
        row, loaded = uow.job(self.job_id, self.fence)
        loaded.execution.complete_service_task(row.token, self.variables)
        cause = Cause("system", "job-finished", row.element_id, row.token, {"topic": row.topic})
        save_wait_state(uow, loaded.instance, loaded.execution, cause, done_job=self.job_id)


@dataclass(frozen=True, slots=True)
class ThrowJobError:
    """Throw the BPMN error a handler raised at its service task."""

    job_id: UUID
    fence: int
    error_code: str
    message: str

    def run(self, uow: UnitOfWork) -> None:
        """Throw it; ``UncaughtBpmnError`` if the diagram does not catch it."""
        row, loaded = uow.job(self.job_id, self.fence)
        loaded.execution.throw_error(row.token, self.error_code, self.message)
        detail = {"error_code": self.error_code, "message": self.message}
        cause = Cause("system", "error-thrown", row.element_id, row.token, detail)
        save_wait_state(uow, loaded.instance, loaded.execution, cause, done_job=self.job_id)


@dataclass(frozen=True, slots=True)
class FailJob:
    """Record a failed attempt: due again at *retry_at*, or an incident when that is None."""

    job_id: UUID
    fence: int
    message: str
    retry_at: datetime | None

    def run(self, uow: UnitOfWork) -> None:
        """Write the failure."""
        row = held_job(uow, self.job_id, self.fence)
        status = "failed" if self.retry_at is None else "waiting"
        values: dict[str, Any] = {"status": status, "last_error": self.message[:2000], "lease_until": None}
        if self.retry_at is not None:
            values["due_at"] = self.retry_at
        uow.connection.execute(update(job).where(job.c.id == self.job_id).values(**values))
        if self.retry_at is None:
            open_incident(uow, row, self.message)


@dataclass(frozen=True, slots=True)
class ParkJob:
    """Give back a job whose case is suspended: it waits for the case to be resumed, and no attempt is lost."""

    job_id: UUID
    fence: int

    def run(self, uow: UnitOfWork) -> bool:
        """Let it wait; answers False, and changes nothing, when its case is not suspended."""
        row = held_job(uow, self.job_id, self.fence)
        case = select(process_instance.c.status).where(process_instance.c.id == row.instance_id)
        if uow.connection.dialect.name == "postgresql":
            case = case.with_for_update()
        if uow.connection.scalar(case) != "suspended":
            return False
        values = {"status": "suspended", "attempts": row.attempts - 1, "lease_until": None}
        uow.connection.execute(update(job).where(job.c.id == self.job_id).values(**values))
        return True


def open_incident(uow: UnitOfWork, row: Row[Any], message: str) -> UUID:
    """Tell an operator that a job failed for good."""
    incident_id = uow.new_id()
    uow.connection.execute(
        insert(incident),
        {
            "id": incident_id,
            "instance_id": row.instance_id,
            "job_id": row.id,
            "element_id": row.element_id,
            "kind": row.kind,
            "message": message[:2000],
            "cause": cause_of(message),
            "created_at": uow.now,
        },
    )
    if row.instance_id is not None:
        detail = {"incident_id": str(incident_id), "message": message[:500]}
        write_history(uow, row.instance_id, [Cause("system", "incident-opened", row.element_id, row.token, detail)])
    return incident_id


@dataclass(frozen=True, slots=True)
class NextDue:
    """When the next job that still waits falls due; None when none does."""

    is_single: ClassVar[bool] = True

    def run(self, uow: UnitOfWork) -> datetime | None:
        """Answer it from the index of due jobs."""
        found: datetime | None = uow.connection.scalar(_NEXT_DUE, {"now": uow.now})
        return found
