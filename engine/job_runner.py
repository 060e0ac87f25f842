"""Takes due jobs: timers and messages inside a transaction, handlers outside of any."""

import logging
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import timedelta
from itertools import groupby
from math import inf
from typing import TypeVar
from uuid import UUID

from engine import errors, log_marks
from engine.commands.correlate_message import BroadcastThrownSignal, DeliverSignal, DeliverThrownMessage
from engine.commands.early_messages import DeliverEarlyMessage
from engine.commands.jobs import FailJob, FinishJob, FireTimer, NextDue, ParkJob, TakeDueJobs, TakenJob, ThrowJobError
from engine.commands.start_timers import FireStartTimer
from engine.handlers import BpmnError, Handler, ServiceJob
from engine.process_engine import Command, ProcessEngine

logger = logging.getLogger(__name__)
T = TypeVar("T")
_TOGETHER = 20  # jobs in a transaction; a person who works on one of their cases waits for all of them

_INSIDE: Mapping[str, Callable[[UUID, int], Command[object]]] = {
    "timer": FireTimer,
    "start": FireStartTimer,
    "early": DeliverEarlyMessage,
    "message": DeliverThrownMessage,
    "signal": BroadcastThrownSignal,
    "delivery": DeliverSignal,
}


class JobRunner:
    """One worker's hands: takes due jobs in order and does them.

    Args:
        owner: names this worker in the leases.
        lease: how long a handler may take before another worker tries; at least three times its time-out.
        max_attempts: after so many tries (counted when a job is taken) an incident opens.
    """

    def __init__(
        self,
        engine: ProcessEngine,
        handlers: Mapping[str, Handler],
        *,
        owner: str,
        lease: timedelta = timedelta(seconds=60),
        max_attempts: int = 5,
        batch: int = 50,
    ) -> None:
        self._engine = engine
        self._handlers = handlers
        self._owner = owner
        self._lease = lease
        self._max_attempts = max_attempts
        self._batch = batch

    def run_due(self, limit: int = 10_000, *, without: str = "external") -> int:
        """Do everything that is due now, oldest first; answers how many jobs were done or failed."""
        done = 0
        while done < limit:
            size = min(self._batch, limit - done)
            taken = self._engine.execute(TakeDueJobs(self._owner, size, self._lease, without))
            if not taken:
                return done
            for jobs in _in_transactions(taken):
                self._do_together(jobs)
            done += len(taken)
        return done

    def seconds_to_next(self) -> float:
        """Return how long nothing more falls due, as far as is known now."""
        due_at = self._engine.ask(NextDue())
        return inf if due_at is None else max(0.0, (due_at - self._engine.clock.now()).total_seconds())

    def _do_together(self, jobs: Sequence[TakenJob]) -> None:
        """Do jobs of several cases in one transaction; if any of them fails, each in one of its own."""
        if len(jobs) > 1 and self._engine.clock.now() < jobs[0].lease_until:
            try:
                self._engine.execute_all([_INSIDE[job.kind](job.id, job.fence) for job in jobs])
            except Exception as exc:  # noqa: BLE001 - whoever is to blame fails alone, and is told of there
                logger.info("jobs are done one by one", extra={"jobs": len(jobs), "reason": type(exc).__name__})
            else:
                return
        for job in jobs:
            self._do(job)

    def _do(self, job: TakenJob) -> None:
        log_marks.begin(business_key=job.business_key)
        if self._engine.clock.now() >= job.lease_until:
            logger.warning("lease ended before the job began", extra={"job_id": str(job.id)})
            return
        if job.attempt > self._max_attempts:
            self._fail(job, "the worker did not survive this job", final=True)
            return
        try:
            if job.kind == "service":
                self._call(job)
            else:
                self._engine.execute(_INSIDE[job.kind](job.id, job.fence))
        except errors.LeaseLost:
            logger.warning("job lost to another worker", extra={"job_id": str(job.id)})
        except errors.InstanceNotActive:
            if self._settle(job, ParkJob(job.id, job.fence)) is False:
                self._fail(job, "instance is not active", final=False)
        except Exception as exc:
            logger.exception("job failed", extra={"job_id": str(job.id), "element_id": job.element_id})
            self._fail(job, f"{type(exc).__name__}: {exc}", final=False)

    def _call(self, job: TakenJob) -> None:
        handler = self._handlers.get(job.topic)
        if handler is None:
            self._fail(job, f"no handler for topic {job.topic}", final=True)
            return
        service_job = ServiceJob(
            id=stable_id(job),
            instance_id=_required(job.instance_id),
            business_key=job.business_key,
            definition_key=job.definition_key,
            element_id=job.element_id,
            topic=job.topic,
            variables=job.payload.get("variables", {}),
            properties=job.payload.get("properties", {}),
            attempt=job.attempt,
        )
        try:
            variables = handler(service_job)
        except BpmnError as exc:
            self._engine.execute(ThrowJobError(job.id, job.fence, exc.error_code, str(exc)))
            return
        self._engine.execute(FinishJob(job.id, job.fence, variables))

    def _fail(self, job: TakenJob, message: str, *, final: bool) -> None:
        is_last = final or job.attempt >= self._max_attempts
        delay = timedelta(seconds=min(2**job.attempt, 300))
        retry_at = None if is_last else self._engine.clock.now() + delay
        self._settle(job, FailJob(job.id, job.fence, message, retry_at))

    def _settle(self, job: TakenJob, command: Command[T]) -> T | None:
        try:
            return self._engine.execute(command)
        except errors.LeaseLost:
            logger.warning("job lost to another worker", extra={"job_id": str(job.id)})
            return None


def _in_transactions(taken: Sequence[TakenJob]) -> Iterator[list[TakenJob]]:
    """Split jobs, in order, by what may be done in one transaction: what never failed and calls nothing outside."""
    for is_shared, found in groupby(taken, key=lambda job: job.kind in _INSIDE and job.attempt == 1):
        jobs, size = list(found), _TOGETHER if is_shared else 1
        yield from (jobs[first : first + size] for first in range(0, len(jobs), size))


def stable_id(job: TakenJob) -> UUID:
    """Return the idempotency key of a job: the same for every attempt."""
    return job.id


def _required(value: UUID | None) -> UUID:
    if value is None:
        raise errors.JobNotFound(reason="a service job without an instance")
    return value
