"""Every error a command or query can answer with.

Five kinds tell the caller what to do; each leaf has a stable ``code``, its docstring is the English
message, and the facts are keyword arguments. The layer above turns a kind into an HTTP status.
"""

from collections.abc import Mapping
from typing import ClassVar


class AppError(Exception):
    """Something the caller asked for cannot be done."""

    code: ClassVar[str] = "app-error"

    def __init__(self, **facts: object) -> None:
        self.facts: Mapping[str, object] = facts
        super().__init__(self.message)

    @property
    def message(self) -> str:
        """Return the first line of the class's docstring followed by the facts."""
        head = (type(self).__doc__ or "").strip().splitlines()[0]
        tail = ", ".join(f"{key}={value}" for key, value in self.facts.items())
        return f"{head} ({tail})" if tail else head


class NotFound(AppError):
    """The thing asked for does not exist, or the caller may not know that it does."""

    code = "not-found"


class Conflict(AppError):
    """The thing has changed, or is not in a state that allows this."""

    code = "conflict"


class Forbidden(AppError):
    """The caller may not do this."""

    code = "forbidden"


class Invalid(AppError):
    """The input is wrong; ``errors`` names each field and the remedy."""

    code = "invalid"


class OutOfRange(Invalid):
    """A number or a date is beyond what can be stored."""

    code = "out-of-range"


class Unavailable(AppError):
    """The system cannot answer now; try again later."""

    code = "unavailable"


class TaskNotFound(NotFound):
    """There is no such user task."""

    code = "task-not-found"


class InstanceNotFound(NotFound):
    """There is no such process instance."""

    code = "instance-not-found"


class DefinitionNotFound(NotFound):
    """No process definition is deployed under this key or id."""

    code = "definition-not-found"


class DecisionNotFound(NotFound):
    """The model has no decision of this id or name."""

    code = "decision-not-found"


class JobNotFound(NotFound):
    """There is no such job."""

    code = "job-not-found"


class IncidentNotFound(NotFound):
    """There is no such incident."""

    code = "incident-not-found"


class MessageNotExpected(NotFound):
    """No instance waits for this message and no process starts with it."""

    code = "message-not-expected"


class TaskNotOpen(Conflict):
    """The user task was already completed or cancelled."""

    code = "task-not-open"


class TaskHeld(Conflict):
    """The user task cannot be completed before something else is settled; ``held_by`` names it."""

    code = "task-held"


class TaskClaimedByOther(Conflict):
    """Another person has claimed this user task."""

    code = "task-claimed"


class InstanceNotActive(Conflict):
    """The process instance is suspended, ended or stopped by an incident."""

    code = "instance-not-active"


class ConcurrentUpdate(Conflict):
    """Another command changed the same case at the same moment; nothing was written."""

    code = "concurrent-update"


class StaleVersion(Conflict):
    """The caller's copy is older than the stored one."""

    code = "stale-version"


class LeaseLost(Conflict):
    """The worker no longer holds this job; its result was not written."""

    code = "lease-lost"


class JobNotDue(Conflict):
    """The job was done, cancelled or moved to a later instant."""

    code = "job-not-due"


class NotAssignee(Forbidden):
    """The user task belongs to another person."""

    code = "not-assignee"


class KeyReused(Invalid):
    """This idempotency key was already used for another request."""

    code = "idempotency-key-reused"


class DefinitionInvalid(Invalid):
    """The diagram, table or form cannot be deployed; ``findings`` names file, element, rule and remedy."""

    code = "definition-invalid"


class ModificationInvalid(Invalid):
    """A token cannot be moved there by hand, or the case could not end afterwards."""

    code = "modification-invalid"


class StepNotReturnable(Conflict):
    """The case cannot go back to this step; ``reason`` and ``barriers`` say why."""

    code = "step-not-returnable"


class WithdrawalRefused(Conflict):
    """What was done cannot be taken back any more; ``reason``, ``barriers`` and ``tasks`` say why."""

    code = "withdrawal-refused"


class MigrationInvalid(Invalid):
    """The instance cannot be carried over to that version; ``problems`` names each element and why."""

    code = "migration-invalid"


class ApproverIsActor(Forbidden):
    """Two different people are needed: the one who asks and the one who approves."""

    code = "approver-is-actor"


class ExpressionInvalid(Invalid):
    """An expression is outside the language that diagrams and tables may use."""

    code = "expression-invalid"


class ExpressionFailed(Conflict):
    """An expression could not be evaluated with the case's data."""

    code = "expression-failed"


class DecisionFailed(Conflict):
    """A decision gives no answer for the case's data; ``table``, ``rules`` and ``reason`` say why."""

    code = "decision-failed"


class VariablesInvalid(Invalid):
    """The process variables are not plain JSON, or are too large."""

    code = "variables-invalid"


class StepBudgetExceeded(Conflict):
    """The diagram ran for too many steps without reaching a wait state."""

    code = "step-budget-exceeded"


class UncaughtBpmnError(Conflict):
    """An error event was thrown that nothing in the diagram catches."""

    code = "uncaught-bpmn-error"


class ServiceFailed(Unavailable):
    """A handler could not do its work; the job runner tries again later."""

    code = "service-failed"


class DatabaseUnavailable(Unavailable):
    """The database does not answer, is full or is read-only; nothing was written."""

    code = "database-unavailable"


class StateUnreadable(Unavailable):
    """The stored state of a process instance cannot be read by this version."""

    code = "state-unreadable"


class LibraryChanged(Unavailable):
    """The installed SpiffWorkflow is not the one this program was written against."""

    code = "library-changed"
