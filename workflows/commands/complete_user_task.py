"""Complete a user task of a domain process: may this person, what does it record, where does the token go."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import delete

from engine import errors as engine_errors
from engine.commands.complete_task import CompleteTask, TaskCompleted
from workflows import catalog
from workflows.absence.acting import acting_as, take_over
from workflows.jurisdiction import require_task
from workflows.policy import Actor
from workflows.process import TaskContext
from workflows.records.letters import draft
from workflows.rulebook import Rulebook
from workflows.signing.intent import keep, outcome_for, require_signed
from workflows.uow import UnitOfWork


@dataclass(frozen=True, slots=True)
class CompleteUserTask:
    """Complete an open task with validated answers; an unclaimed task is claimed by doing it.

    While colleagues sign about it, what is submitted is kept until they have, as far as their round allows that.

    Raises:
        TaskNotFound: it does not exist, or is not the actor's to see.
        TaskNotOpen, NotAssignee, StaleVersion, and whatever the process refuses.
    """

    task_id: UUID
    actor: Actor
    answers: Mapping[str, Any]
    rulebook: Rulebook
    expected_version: int | None = None

    def run(self, uow: UnitOfWork) -> TaskCompleted:
        """Do all of it in the given transaction."""
        task = uow.task(self.task_id)
        require_task(self.actor, task)
        if task.status != "open":
            raise engine_errors.TaskNotOpen(task_id=str(self.task_id), status=task.status, ended_by=task.ended_by)
        actor, cover = acting_as(uow, self.actor, task)
        if task.held_by is not None:
            return keep(uow, task, actor, self.answers, self.expected_version)
        if task.properties.get("signing"):
            require_signed(uow, task)
        uow.journal.keeps_images = True
        context = TaskContext(
            self.task_id, task.instance_id, task.business_key, task.definition_key, task.element_id,
            task.variables, actor, self.rulebook,
        )  # fmt: skip
        seen = take_over(uow, task, actor, cover, self.expected_version)
        effect = catalog.effect_of(task.definition_key, task.element_id)
        more = effect(uow, context, self.answers) if effect else {}
        uow.connection.execute(delete(draft).where(draft.c.task_id == self.task_id))
        secrets = catalog.secrets_of(task.definition_key)
        told = {name: value for name, value in self.answers.items() if name not in secrets}
        told |= {name: more[name] for name in secrets if name in more and name in self.answers}
        variables = {**told, **more, **outcome_for(task)}
        detail = {"for": cover.login} if cover is not None else {}
        return CompleteTask(self.task_id, actor.login, variables, told, seen, detail, may_be_withdrawn=True).run(uow)
