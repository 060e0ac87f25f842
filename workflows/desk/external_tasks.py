"""Work that programs outside the platform fetch, lock, and finish by proof of the lock."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

from engine.commands.external_tasks import ExtendLock, FetchAndLock
from engine.commands.jobs import FailJob, FinishJob, TakenJob, ThrowJobError
from engine.process_engine import ProcessEngine
from workflows.policy import Actor, require

WORKERS = ("integration_account", "administrator")
LONGEST_LOCK = timedelta(hours=1)
MOST = 100


@dataclass(frozen=True, slots=True)
class ExternalTasks:
    """One person's or program's hands on external tasks; every call raises ``NotAllowed`` for others."""

    engine: ProcessEngine

    def lock(
        self, actor: Actor, topics: Sequence[str], worker: str, limit: int, length: timedelta
    ) -> tuple[TakenJob, ...]:
        """Lock open tasks of some topics, the oldest first."""
        require(actor, *WORKERS)
        return self.engine.execute(FetchAndLock(tuple(topics), f"{actor.login}/{worker}", min(limit, MOST), length))

    def extend(self, actor: Actor, task_id: UUID, fence: int, length: timedelta) -> None:
        """Keep a task locked for *length* from now.

        Raises:
            LeaseLost: the lock has ended.
        """
        require(actor, *WORKERS)
        self.engine.execute(ExtendLock(task_id, fence, length))

    def complete(self, actor: Actor, task_id: UUID, fence: int, variables: Mapping[str, Any]) -> None:
        """Finish a task with what it brings; its case goes on in the same transaction.

        Raises:
            LeaseLost: the lock has ended, or the task was finished already.
        """
        require(actor, *WORKERS)
        self.engine.execute(FinishJob(task_id, fence, variables))

    def fail(self, actor: Actor, task_id: UUID, fence: int, message: str, retry_in: timedelta | None) -> None:
        """Give a task back: open again after *retry_in*, or an incident when that is None.

        Raises:
            LeaseLost: the lock has ended.
        """
        require(actor, *WORKERS)
        at = None if retry_in is None else self.engine.clock.now() + retry_in
        self.engine.execute(FailJob(task_id, fence, message, at))

    def throw(self, actor: Actor, task_id: UUID, fence: int, error_code: str, message: str) -> None:
        """End a task with an error that its diagram catches.

        Raises:
            LeaseLost, UncaughtBpmnError.
        """
        require(actor, *WORKERS)
        self.engine.execute(ThrowJobError(task_id, fence, error_code, message))
