"""Complete a user task."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from uuid import UUID

from engine import errors
from engine.commands.history import Cause
from engine.commands.wait_state import save_wait_state
from engine.commands.withdraw_completion import keep_completion
from engine.store.unit_of_work import UnitOfWork


@dataclass(frozen=True, slots=True)
class TaskCompleted:
    """What completing a user task led to; ``next_tasks`` are ids of the tasks that now wait."""

    task_id: UUID
    instance_id: UUID
    business_key: str
    status: str
    next_tasks: tuple[UUID, ...]


@dataclass(frozen=True, slots=True)
class CompleteTask:
    """Finish an open user task with its answers and run the diagram to the next wait state.

    ``variables`` go into the case; ``answers`` (by default the same) are kept with the task as entered; ``detail``
    is said of it in the audit trail. With ``may_be_withdrawn`` the case as it was is kept, too.

    Raises:
        TaskNotFound, TaskNotOpen, InstanceNotActive.
        NotAssignee: another person has claimed it.
        StaleVersion: ``expected_version`` is given and the task has changed since.
        TaskHeld: something must be settled first, such as a signing round.
    """

    task_id: UUID
    actor: str
    variables: Mapping[str, object] = field(default_factory=dict)
    answers: Mapping[str, object] | None = None
    expected_version: int | None = None
    detail: Mapping[str, object] = field(default_factory=dict)
    may_be_withdrawn: bool = False

    def run(self, uow: UnitOfWork) -> TaskCompleted:
        """Complete the task inside the given transaction."""
        task, loaded = uow.open_task(self.task_id)
        if task.assignee is not None and task.assignee != self.actor:
            raise errors.NotAssignee(task_id=str(self.task_id), assignee=task.assignee)
        if self.expected_version is not None and task.version != self.expected_version:
            raise errors.StaleVersion(task_id=str(self.task_id), expected=self.expected_version, actual=task.version)
        if task.held_by is not None:
            raise errors.TaskHeld(task_id=str(self.task_id), held_by=task.held_by)
        last_token = loaded.execution.last_number
        loaded.execution.complete_user_task(task.token, self.variables)
        answers = self.variables if self.answers is None else self.answers
        detail = {"task_id": str(self.task_id), **self.detail}
        cause = Cause(self.actor, "task-completed", task.element_id, task.token, detail, answers=answers)
        change = save_wait_state(uow, loaded.instance, loaded.execution, cause)
        if self.may_be_withdrawn:
            keep_completion(uow, task, loaded, change, last_token)
        return TaskCompleted(
            self.task_id,
            loaded.instance.id,
            loaded.instance.business_key,
            change.status,
            tuple(created.id for created in change.created),
        )
