"""Take a completed step back (撤回) while nothing has followed from it: the case is again what it was before."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import delete, insert, select, update

from engine import errors
from engine.commands.history import Cause
from engine.commands.wait_state import save_wait_state
from engine.store import journal
from engine.store.completion_table import completion
from engine.store.tables import job, user_task
from engine.store.unit_of_work import Change, Loaded, UnitOfWork

MakeUndoing = Callable[[UnitOfWork], journal.Undoing]

_KEEP = insert(completion)


def keep_completion(uow: UnitOfWork, task: Any, loaded: Loaded, change: Change, last_token: int) -> None:
    """Keep what a case was before a user task of it was completed, and what forbids to take that back."""
    binding = [list(one) for one in change.binding]
    if "job" in uow.journal.inserted:
        binding.append(["sent", "message"])
    if not uow.journal.is_complete:
        binding.append(["record", ""])
    row = {
        "task_id": task.id, "instance_id": loaded.instance.id, "version": loaded.instance.version + 1,
        "last_token": last_token, "state": loaded.state, "assignee": task.assignee, "claimed_at": task.claimed_at,
        "wrote": uow.journal.entries, "binding": binding, "at": uow.now,
    }  # fmt: skip
    uow.connection.execute(_KEEP, row)


@dataclass(frozen=True, slots=True)
class Withdrawable:
    """Whether a completion can be taken back now; ``reason`` is empty when it can.

    Reasons are ``not-kept``, ``not-mine``, ``binding`` (see ``barriers``), ``moved-on`` and ``taken`` (see ``tasks``).
    ``following`` are the tasks that began by it and are still open.
    """

    reason: str
    barriers: tuple[tuple[str, str], ...] = ()
    tasks: tuple[UUID, ...] = ()
    following: tuple[UUID, ...] = ()


def withdrawable(uow: UnitOfWork, task: Any, actor: str) -> tuple[Withdrawable, Any, Mapping[str, Any]]:
    """Return whether *actor* can take back a completed task, what was kept of it, and its instance."""
    kept = uow.connection.execute(select(completion).where(completion.c.task_id == task.id)).one_or_none()
    row = uow.stored_instance(task.instance_id)
    if task.status != "completed" or kept is None:
        return Withdrawable("not-kept"), kept, row
    if task.ended_by != actor:
        return Withdrawable("not-mine"), kept, row
    if row["version"] != kept.version or row["status"] not in ("active", "completed"):
        return Withdrawable("moved-on"), kept, row
    later = _since(uow, kept)
    binding = tuple((str(kind), str(what)) for kind, what in kept.binding) + _jobs_since(uow, kept)
    if binding:
        return Withdrawable("binding", binding), kept, row
    taken = tuple(one.id for one in later if one.claimed_at is not None)
    following = tuple(one.id for one in later)
    return Withdrawable("taken" if taken else "", tasks=taken, following=following), kept, row


def _since(uow: UnitOfWork, kept: Any) -> Sequence[Any]:
    mine = (user_task.c.instance_id == kept.instance_id) & (user_task.c.token > kept.last_token)
    return uow.connection.execute(select(user_task).where(mine, user_task.c.status == "open")).all()


def _jobs_since(uow: UnitOfWork, kept: Any) -> tuple[tuple[str, str], ...]:
    mine = (job.c.instance_id == kept.instance_id) & (job.c.token > kept.last_token)
    rows = uow.connection.execute(select(job.c.topic).where(mine, job.c.kind.in_(("service", "external"))))
    return tuple(("job", row.topic) for row in rows)


@dataclass(frozen=True, slots=True)
class WithdrawCompletion:
    """Put a case back to what it was before *actor* completed a task of it.

    Tokens, variables, timers, limits and rows that the completion wrote are as they were; the tasks that had begun by
    it are cancelled, and numbers of letters or tokens are not used again. ``undoing`` says how rows are put back.

    Raises:
        TaskNotFound.
        WithdrawalRefused: ``reason`` says why it is too late.
    """

    task_id: UUID
    actor: str
    reason: str
    undoing: MakeUndoing = lambda _uow: journal.Undoing()

    def run(self, uow: UnitOfWork) -> Change:
        """Take it back inside the given transaction."""
        task = uow.task(self.task_id)
        may, kept, row = withdrawable(uow, task, self.actor)
        if may.reason:
            raise errors.WithdrawalRefused(
                task_id=str(self.task_id), reason=may.reason, tasks=[str(one) for one in may.tasks],
                barriers=[{"kind": kind, "what": what} for kind, what in may.barriers],
            )  # fmt: skip
        changed = journal.undo(uow.connection, kept.wrote, self.undoing(uow))
        if changed:
            raise errors.WithdrawalRefused(task_id=str(self.task_id), reason="changed", table=changed)
        self._reopen(uow, kept)
        now = uow.revived(row)
        before = uow.revived({**row, "state": kept.state})
        before.execution.follow(now.execution)
        detail = {"task_id": str(self.task_id), "reason": self.reason, "cancelled": [str(one) for one in may.following]}
        cause = Cause(self.actor, "task-withdrawn", task.element_id, task.token, detail)
        return save_wait_state(
            uow, before.instance, before.execution, cause, reopened=frozenset({task.token})
        )  # fmt: skip

    def _reopen(self, uow: UnitOfWork, kept: Any) -> None:
        uow.connection.execute(delete(completion).where(completion.c.task_id == self.task_id))
        same = (user_task.c.id == self.task_id) & (user_task.c.status == "completed")
        done = uow.connection.execute(
            update(user_task).where(same).values(
                status="open", ended_at=None, ended_by=None, answers=None, assignee=kept.assignee,
                claimed_at=kept.claimed_at, version=user_task.c.version + 1,
            )
        )  # fmt: skip
        if done.rowcount != 1:
            raise errors.ConcurrentUpdate(task_id=str(self.task_id))
