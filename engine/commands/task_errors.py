"""Throw a BPMN error at a user task: the work failed in a way the diagram knows."""

from dataclasses import dataclass
from uuid import UUID

from engine.commands.history import Cause
from engine.commands.wait_state import save_wait_state
from engine.store.unit_of_work import Change, UnitOfWork


@dataclass(frozen=True, slots=True)
class ThrowTaskError:
    """End an open user task with an error that its diagram catches.

    Raises:
        TaskNotFound, TaskNotOpen, InstanceNotActive.
        UncaughtBpmnError: nothing in the diagram catches it; the task stays open.
    """

    task_id: UUID
    actor: str
    error_code: str
    message: str = ""

    def run(self, uow: UnitOfWork) -> Change:
        """Throw it."""
        task, loaded = uow.open_task(self.task_id)
        loaded.execution.throw_error(task.token, self.error_code, self.message)
        detail = {"error_code": self.error_code, "message": self.message, "task_id": str(self.task_id)}
        cause = Cause(self.actor, "error-thrown", task.element_id, task.token, detail)
        return save_wait_state(uow, loaded.instance, loaded.execution, cause)
