"""Undo right after the act (撤销): a ticket remembers what was done, and each act has its opposite."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import insert, select, update

from engine import errors as engine_errors
from engine.commands.claim_task import AssignTask, ClaimTask, ReleaseTask
from workflows import errors
from workflows.policy import Actor
from workflows.records.task_acts import undo_ticket
from workflows.task_acts.delegating import TakeBackDelegation
from workflows.task_acts.moving import WithdrawTask
from workflows.task_acts.openings import opened_by_others
from workflows.uow import UnitOfWork

Act = tuple[str, str, Mapping[str, Any]]
"""What was done, to which task, and what must be known to undo it."""

UNDOABLE = ("claim", "release", "assign", "complete", "delegate")
OPEN_FOR = timedelta(minutes=10)
"""How long a page without JavaScript may lie open before its link is pressed; the button in sight lasts ten seconds."""


@dataclass(frozen=True, slots=True)
class KeepTicket:
    """Keep what was done, so that it can be undone; answers the ticket."""

    actor: Actor
    acts: Sequence[Act]

    def run(self, uow: UnitOfWork) -> UUID:
        """Write the ticket."""
        row = {
            "id": uow.new_id(), "login": self.actor.login, "acts": [list(one) for one in self.acts],
            "created_at": uow.now,
        }  # fmt: skip
        uow.connection.execute(insert(undo_ticket), row)
        return UUID(str(row["id"]))


@dataclass(frozen=True, slots=True)
class UseTicket:
    """Take a ticket, once; answers the acts to undo.

    Raises:
        UndoTooLate: it is another person's, used, or too old.
    """

    ticket: UUID
    actor: Actor

    def run(self, uow: UnitOfWork) -> list[Act]:
        """Mark it as used."""
        t = undo_ticket.c
        mine = (t.id == self.ticket) & (t.login == self.actor.login) & t.used_at.is_(None)
        mine = mine & (t.created_at >= uow.now - OPEN_FOR)
        row = uow.connection.execute(select(undo_ticket).where(mine)).one_or_none()
        done = uow.connection.execute(update(undo_ticket).where(mine).values(used_at=uow.now))
        if row is None or done.rowcount != 1:
            raise errors.UndoExpired(ticket=str(self.ticket))
        return [(str(act), str(task), facts) for act, task, facts in row.acts]


@dataclass(frozen=True, slots=True)
class UndoAct:
    """Undo one act, if nothing has followed.

    Raises:
        TaskNotOpen, NotAssignee, TaskClaimedByOther, WithdrawalRefused, TaskNotFound.
        UndoExpired: the other person has opened it.
    """

    act: str
    task_id: UUID
    facts: Mapping[str, Any]
    actor: Actor

    def run(self, uow: UnitOfWork) -> None:
        """Do the opposite."""
        if self.act == "claim":
            ReleaseTask(self.task_id, self.actor.login).run(uow)
        elif self.act == "release":
            ClaimTask(self.task_id, self.actor.login).run(uow)
        elif self.act == "complete":
            WithdrawTask(self.task_id, self.actor, "撤销").run(uow)
        elif self.act == "delegate":
            self._unread(uow, str(self.facts.get("to")))
            TakeBackDelegation(self.task_id, self.actor).run(uow)
        else:
            self._unassign(uow)

    def _unassign(self, uow: UnitOfWork) -> None:
        task, to = uow.task(self.task_id), str(self.facts.get("to"))
        if task.status != "open":
            raise engine_errors.TaskNotOpen(task_id=str(self.task_id), status=task.status, ended_by=task.ended_by)
        if task.assignee != to or task.version != self.facts.get("version"):
            raise engine_errors.StaleVersion(task_id=str(self.task_id))
        self._unread(uow, to)
        before = self.facts.get("from")
        AssignTask(self.task_id, str(before) if before else self.actor.login, self.actor.login, "撤销转办").run(uow)
        if not before:
            ReleaseTask(self.task_id, self.actor.login).run(uow)

    def _unread(self, uow: UnitOfWork, login: str) -> None:
        if login in opened_by_others(uow, [self.task_id], self.actor.login):
            raise errors.UndoExpired(task_id=str(self.task_id), reason="对方已查看")
