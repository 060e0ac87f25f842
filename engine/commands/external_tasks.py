"""Work that programs outside fetch: locked for a while, extended while they live, finished by proof of the lock."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import select, update

from engine import errors
from engine.commands.jobs import TakenJob, held_job, taken_jobs
from engine.store.tables import job
from engine.store.unit_of_work import UnitOfWork


@dataclass(frozen=True, slots=True)
class FetchAndLock:
    """Lock up to *limit* open tasks of some topics for one worker, oldest first.

    A task whose worker fell silent is open again when its lock ends; its ``fence`` then makes the old worker's answer
    void.
    """

    topics: Sequence[str]
    owner: str
    limit: int
    lease: timedelta

    def run(self, uow: UnitOfWork) -> tuple[TakenJob, ...]:
        """Lock them and return them."""
        open_ones = (
            select(job.c.id)
            .where(job.c.kind == "external", job.c.topic.in_(self.topics), _is_open(uow))
            .order_by(job.c.due_at, job.c.id)
            .limit(self.limit)
        )
        if uow.connection.dialect.name == "postgresql":
            open_ones = open_ones.with_for_update(skip_locked=True)
        chosen = list(uow.connection.scalars(open_ones))
        return taken_jobs(uow, chosen, self.owner, self.lease)


@dataclass(frozen=True, slots=True)
class LockExternalTask:
    """Lock one task by its id.

    Raises:
        JobNotFound: there is no such task.
        JobNotDue: another worker holds it, or it is not due.
    """

    job_id: UUID
    owner: str
    lease: timedelta

    def run(self, uow: UnitOfWork) -> TakenJob:
        """Lock it and return it."""
        found = select(job.c.id).where(job.c.id == self.job_id, job.c.kind == "external")
        if uow.connection.scalar(found) is None:
            raise errors.JobNotFound(job_id=str(self.job_id))
        taken = taken_jobs(uow, list(uow.connection.scalars(found.where(_is_open(uow)))), self.owner, self.lease)
        if not taken:
            raise errors.JobNotDue(job_id=str(self.job_id))
        return taken[0]


@dataclass(frozen=True, slots=True)
class ExtendLock:
    """Keep a task locked for *lease* from now: the worker is still busy with it.

    Raises:
        LeaseLost: the lock has ended and somebody else may have the task.
    """

    job_id: UUID
    fence: int
    lease: timedelta

    def run(self, uow: UnitOfWork) -> None:
        """Extend the lock."""
        held_job(uow, self.job_id, self.fence)
        mine = job.c.id == self.job_id
        uow.connection.execute(update(job).where(mine).values(lease_until=uow.now + self.lease))


def _is_open(uow: UnitOfWork) -> Any:
    is_free = (job.c.status == "waiting") | ((job.c.status == "running") & (job.c.lease_until <= uow.now))
    return is_free & (job.c.due_at <= uow.now)
