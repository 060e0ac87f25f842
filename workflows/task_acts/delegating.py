"""Ask a colleague to look at a task and give an opinion (委托); the owner completes it afterwards."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import Row, insert, select, update

from engine import errors as engine_errors
from engine.commands.claim_task import AssignTask, ClaimTask
from engine.commands.history import Cause, write_history
from engine.store.tables import user_task
from workflows import errors
from workflows.directory import find_actor, names_of
from workflows.jurisdiction import require_task
from workflows.notices import notify
from workflows.policy import Actor, may_take
from workflows.records.task_acts import task_delegation
from workflows.uow import UnitOfWork

HOLD = "delegation"
_d = task_delegation.c


def open_delegation(uow: UnitOfWork, task_id: UUID) -> Row[Any] | None:
    """Return the delegation of a task that waits for its opinion."""
    return uow.connection.execute(
        select(task_delegation).where(_d.task_id == task_id, _d.state == "open")
    ).one_or_none()  # fmt: skip


@dataclass(frozen=True, slots=True)
class DelegateTask:
    """Let a colleague see to an open task and give an opinion; nobody can complete it meanwhile.

    Raises:
        TaskNotFound, TaskNotOpen, TaskClaimedByOther, TaskHeld.
        FormInvalid: the colleague may not take the task, or there is no reason.
    """

    task_id: UUID
    actor: Actor
    login: str
    reason: str

    def run(self, uow: UnitOfWork) -> UUID:
        """Ask for the opinion."""
        task = uow.task(self.task_id)
        require_task(self.actor, task)
        other = find_actor(uow, self.login)
        if other is None or other.login == self.actor.login or not may_take(
            other, task.candidate_groups, task.candidate_users, None
        ):  # fmt: skip
            raise errors.FormInvalid(errors=[{"field": "login", "message": "此人不在本任务的候选范围内"}])
        if not self.reason.strip():
            raise errors.FormInvalid(errors=[{"field": "reason", "message": "请写明委托事项"}])
        if task.held_by is not None:
            raise engine_errors.TaskHeld(task_id=str(task.id), held_by=task.held_by)
        ClaimTask(self.task_id, self.actor.login).run(uow)
        AssignTask(self.task_id, self.login, self.actor.login, f"委托：{self.reason.strip()}").run(uow)
        _hold(uow, self.task_id, HOLD)
        row = {
            "id": uow.new_id(), "task_id": task.id, "instance_id": task.instance_id, "business_key": task.business_key,
            "owner": self.actor.login, "delegate": self.login, "reason": self.reason.strip(), "state": "open",
            "created_at": uow.now,
        }  # fmt: skip
        uow.connection.execute(insert(task_delegation), row)
        text = f"{self.actor.name}委托您办理“{task.name}”并提出意见：{self.reason.strip()[:80]}"
        notify(uow, [self.login], kind="delegated", text=text, business_key=task.business_key, task_id=task.id)
        return UUID(str(row["id"]))


@dataclass(frozen=True, slots=True)
class AnswerDelegation:
    """Give the opinion one was asked for; the task goes back to its owner.

    Raises:
        TaskNotFound: nobody asked the actor.
        FormInvalid: the opinion is empty.
    """

    task_id: UUID
    actor: Actor
    opinion: str

    def run(self, uow: UnitOfWork) -> None:
        """Answer, and give the task back."""
        row = open_delegation(uow, self.task_id)
        if row is None or row.delegate != self.actor.login:
            raise engine_errors.TaskNotFound(task_id=str(self.task_id))
        if not self.opinion.strip():
            raise errors.FormInvalid(errors=[{"field": "opinion", "message": "请填写意见"}])
        _end(uow, row, self.actor, "answered", self.opinion.strip())
        text = f"{self.actor.name}已提出意见，请办理：{self.opinion.strip()[:80]}"
        notify(uow, [row.owner], kind="delegated", text=text, business_key=row.business_key, task_id=row.task_id)


@dataclass(frozen=True, slots=True)
class TakeBackDelegation:
    """Take a task back that one had asked a colleague to see to.

    Raises:
        TaskNotFound: the actor has delegated no such task.
    """

    task_id: UUID
    actor: Actor

    def run(self, uow: UnitOfWork) -> None:
        """Take it back."""
        row = open_delegation(uow, self.task_id)
        if row is None or row.owner != self.actor.login:
            raise engine_errors.TaskNotFound(task_id=str(self.task_id))
        _end(uow, row, self.actor, "taken_back", None)
        text = f"{self.actor.name}已收回委托，无需再办理。"
        notify(uow, [row.delegate], kind="delegated", text=text, business_key=row.business_key, task_id=row.task_id)


def _end(uow: UnitOfWork, row: Row[Any], actor: Actor, state: str, opinion: str | None) -> None:
    same = (_d.id == row.id) & (_d.state == "open")
    values = {"state": state, "opinion": opinion, "ended_at": uow.now}
    if uow.connection.execute(update(task_delegation).where(same).values(**values)).rowcount != 1:
        raise engine_errors.ConcurrentUpdate(task_id=str(row.task_id))
    AssignTask(row.task_id, row.owner, actor.login, "委托结束").run(uow)
    _hold(uow, row.task_id, None)
    task = uow.task(row.task_id)
    detail = {"task_id": str(row.task_id), "owner": row.owner, "delegate": row.delegate, "opinion": opinion}
    event = "delegation-answered" if state == "answered" else "delegation-taken-back"
    write_history(uow, row.instance_id, [Cause(actor.login, event, task.element_id, task.token, detail)])


def _hold(uow: UnitOfWork, task_id: UUID, why: str | None) -> None:
    same = (user_task.c.id == task_id) & (user_task.c.status == "open")
    uow.connection.execute(update(user_task).where(same).values(held_by=why))


def cancel_delegations(uow: UnitOfWork, instance_id: UUID) -> None:
    """End the delegations of a case whose task no longer waits."""
    waits = select(user_task.c.id).where(user_task.c.instance_id == instance_id, user_task.c.status == "open")
    left = (_d.instance_id == instance_id) & (_d.state == "open") & _d.task_id.not_in(waits)
    uow.connection.execute(update(task_delegation).where(left).values(state="cancelled", ended_at=uow.now))


@dataclass(frozen=True, slots=True)
class DelegationView:
    """One delegation of a task as its page shows it."""

    owner: str
    owner_name: str
    delegate: str
    delegate_name: str
    reason: str
    state: str
    opinion: str | None
    at: Any


def delegations_of(uow: UnitOfWork, task_id: UUID) -> tuple[DelegationView, ...]:
    """Return the delegations of a task, the newest first."""
    rows = uow.connection.execute(
        select(task_delegation).where(_d.task_id == task_id).order_by(_d.created_at.desc(), _d.id.desc()).limit(20)
    ).all()  # fmt: skip
    names = names_of(uow, [name for row in rows for name in (row.owner, row.delegate)]) if rows else {}
    return tuple(
        DelegationView(
            row.owner, names.get(row.owner, row.owner), row.delegate, names.get(row.delegate, row.delegate),
            row.reason, row.state, row.opinion, row.ended_at or row.created_at,
        )
        for row in rows
    )  # fmt: skip
