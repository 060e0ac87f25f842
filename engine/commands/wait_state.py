"""Makes the tables agree with an execution; shared by every command that moves a token."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import bindparam, delete, insert, select, update

from engine import errors
from engine.causes import cause_of
from engine.commands.candidates import FORGET_CANDIDATES
from engine.commands.history import INSERT_HISTORY, Cause, history_row, with_what_binds
from engine.handlers import BpmnError, ServiceJob
from engine.spiff.model import WaitingServiceTask, WaitingUserTask, WaitState
from engine.spiff.runtime import Execution
from engine.store.batch import WriteBatch
from engine.store.tables import (
    early_message,
    incident,
    job,
    process_instance,
    subscription,
    user_task,
    user_task_candidate,
)
from engine.store.unit_of_work import Change, CreatedTask, EndedTask, Instance, UnitOfWork

_RECORDER_ROUNDS = 200

# Statements of the hot path are built once: making one costs more than running it.
_UPDATE_INSTANCE = (
    update(process_instance)
    .where(process_instance.c.id == bindparam("which"), process_instance.c.version == bindparam("seen"))
    .values(
        status=bindparam("new_status"), version=bindparam("new_version"), state=bindparam("new_state"),
        ended_at=bindparam("new_ended_at"), end_reason=bindparam("new_end_reason"),
    )
)  # fmt: skip
_OPEN_TOKEN = (
    (user_task.c.instance_id == bindparam("which"))
    & (user_task.c.token == bindparam("at"))
    & (user_task.c.status == "open")
)
_COMPLETE_TASK = (
    update(user_task)
    .where(_OPEN_TOKEN & (user_task.c.assignee.is_(None) | (user_task.c.assignee == bindparam("actor"))))
    .where(user_task.c.held_by.is_(None))
    .values(
        status="completed", ended_at=bindparam("now"), ended_by=bindparam("actor"), assignee=bindparam("actor"),
        answers=bindparam("given", type_=user_task.c.answers.type), version=user_task.c.version + 1,
    )
)  # fmt: skip
_CANCEL_TASK = (
    update(user_task)
    .where(_OPEN_TOKEN)
    .values(status="cancelled", ended_at=bindparam("now"), ended_by=bindparam("actor"), version=user_task.c.version + 1)
)
_DELETE_JOB = delete(job).where(job.c.instance_id == bindparam("which"), job.c.token == bindparam("at"))
_REMOVE_JOB = delete(job).where(job.c.id == bindparam("which"))
_DELETE_SUBSCRIPTION = delete(subscription).where(
    subscription.c.instance_id == bindparam("which"),
    subscription.c.token == bindparam("at"),
    subscription.c.element_id == bindparam("where"),
)
_WAKE_EARLY = (
    update(job)
    .where(
        job.c.status == "waiting",
        job.c.id.in_(
            select(early_message.c.job_id).where(
                early_message.c.name == bindparam("awaited"), early_message.c.correlation_key == bindparam("by")
            )
        ),
    )
    .values(due_at=bindparam("now"))
)
_INSERT_INSTANCE, _INSERT_TASK, _INSERT_CANDIDATE = (
    insert(process_instance), insert(user_task), insert(user_task_candidate),
)  # fmt: skip
_INSERT_JOB, _INSERT_SUBSCRIPTION, _INSERT_INCIDENT = insert(job), insert(subscription), insert(incident)


def save_wait_state(
    uow: UnitOfWork, instance: Instance, execution: Execution, cause: Cause,
    *, reopened: frozenset[int] = frozenset(), done_job: UUID | None = None,
) -> Change:  # fmt: skip
    """Write the state and every row that follows from it, remove the job that led here, and tell the listeners.

    User tasks under the tokens ``reopened`` have their row already.

    Raises:
        ConcurrentUpdate: the instance changed since it was read; nothing may be committed.
    """
    settled = run_recorders(uow, instance, execution)
    before = execution.before
    batch = WriteBatch(uow.connection)
    cause, binding = with_what_binds(uow, instance, cause, settled)
    save = _Saving(uow, instance, cause, batch, reopened)
    save.instance_row(settled, execution.dump(), is_new=before is None)
    if done_job is not None:
        batch.add(_REMOVE_JOB, {"which": done_job})
    created, ended = save.user_tasks(before, settled)
    save.jobs(before, settled)
    save.subscriptions(before, settled)
    save.history(settled)
    save.failure(settled)
    batch.flush()
    change = Change(
        instance, cause.actor, before is None, settled.status, created, ended,
        settled.thrown, settled.steps, settled.variables, binding,
    )  # fmt: skip
    execution.dispose()
    for listener in uow.registry.listeners:
        listener(uow, change)
    return change


def run_recorders(uow: UnitOfWork, instance: Instance, execution: Execution) -> WaitState:
    """Complete every waiting service task whose topic writes domain rows in this transaction."""
    known = {task.token for task in execution.before.service_tasks} if execution.before else set()
    for _ in range(_RECORDER_ROUNDS):
        state = execution.wait_state()
        due = [task for task in state.service_tasks if task.topic in uow.registry.recorders and task.token not in known]
        if not due:
            return state
        for task in due:
            record(uow, instance, execution, task)
    raise errors.StepBudgetExceeded(instance_id=str(instance.id), rounds=_RECORDER_ROUNDS)


def record(uow: UnitOfWork, instance: Instance, execution: Execution, task: WaitingServiceTask) -> None:
    """Call one recorder and complete its token."""
    service_job = ServiceJob(
        id=uow.new_id(), instance_id=instance.id, business_key=instance.business_key,
        definition_key=task.process_key, element_id=task.element_id, topic=task.topic, variables=task.variables,
        properties=task.properties,
    )  # fmt: skip
    try:
        variables = uow.registry.recorders[task.topic](uow, service_job)
    except BpmnError as exc:
        execution.throw_error(task.token, exc.error_code, str(exc))
        return
    execution.complete_service_task(task.token, variables)


@dataclass(frozen=True, slots=True)
class _Saving:
    """Queues the rows of one step."""

    uow: UnitOfWork
    instance: Instance
    cause: Cause
    batch: WriteBatch
    reopened: frozenset[int] = frozenset()

    def instance_row(self, settled: WaitState, state: bytes, *, is_new: bool) -> None:
        """Queue the state; an existing instance only at the version that was read."""
        instance, now, status = self.instance, self.uow.now, settled.status
        reason = None if settled.failure is None else f"uncaught error {settled.failure[0]}"
        ended_at = None if status == "active" else now
        if not is_new:
            values = {
                "which": instance.id, "seen": instance.version, "new_status": status,
                "new_version": instance.version + 1, "new_state": state, "new_ended_at": ended_at,
                "new_end_reason": reason,
            }  # fmt: skip
            self.batch.add(_UPDATE_INSTANCE, values, must_hit={"instance_id": str(instance.id)})
            return
        row = {
            "id": instance.id, "definition_id": instance.definition_id, "definition_key": instance.definition_key,
            "business_key": instance.business_key, "status": status, "version": 1, "state": state,
            "started_at": now, "started_by": self.cause.actor, "ended_at": ended_at, "end_reason": reason,
        }  # fmt: skip
        self.batch.add(_INSERT_INSTANCE, row)

    def user_tasks(
        self, before: WaitState | None, after: WaitState
    ) -> tuple[tuple[CreatedTask, ...], tuple[EndedTask, ...]]:
        """Queue the tasks that ended and those that began to wait."""
        old = {task.token for task in before.user_tasks} if before else set()
        new = {task.token: task for task in after.user_tasks}
        done = self.cause.token if self.cause.answers is not None else None
        ended = tuple(
            EndedTask(token, "completed" if token == done else "cancelled") for token in sorted(old - new.keys())
        )
        for ending in ended:
            self._end(ending)
        created = tuple(
            CreatedTask(self.uow.new_id(), new[token]) for token in sorted(new.keys() - old - self.reopened)
        )
        self.batch.add_all(_INSERT_TASK, [self._task_row(task) for task in created])
        for task in created:
            for group in dict.fromkeys((*task.waiting.candidate_groups, *task.waiting.candidate_users)):
                self.batch.add(_INSERT_CANDIDATE, {"group_name": group, "task_id": task.id})
        return created, ended

    def _end(self, task: EndedTask) -> None:
        values: dict[str, Any] = {
            "which": self.instance.id, "at": task.token, "now": self.uow.now, "actor": self.cause.actor,
        }  # fmt: skip
        statement = _CANCEL_TASK
        if task.status == "completed":
            statement, values["given"] = _COMPLETE_TASK, dict(self.cause.answers or {})
        self.batch.add(statement, values, must_hit={"instance_id": str(self.instance.id), "token": task.token})
        self.batch.add(FORGET_CANDIDATES, {"which": self.instance.id, "at": task.token})

    def _task_row(self, task: CreatedTask) -> dict[str, Any]:
        waiting: WaitingUserTask = task.waiting
        return {
            "id": task.id, "instance_id": self.instance.id, "token": waiting.token,
            "definition_key": waiting.process_key, "business_key": self.instance.business_key,
            "element_id": waiting.element_id, "name": waiting.name, "lane": waiting.lane, "status": "open",
            "form_key": waiting.form_key, "form_hash": waiting.form_hash, "assignee": waiting.assignee,
            "candidate_users": list(waiting.candidate_users), "candidate_groups": list(waiting.candidate_groups),
            "due_at": waiting.due_at, "follow_up_at": waiting.follow_up_at, "priority": waiting.priority,
            "properties": dict(waiting.properties), "variables": dict(waiting.variables), "version": 1,
            "created_at": self.uow.now, "subject": "", "search": "", **self.uow.registry.words_of(waiting.variables),
        }  # fmt: skip

    def jobs(self, before: WaitState | None, after: WaitState) -> None:
        """Queue timers and service tasks that came, moved or went, and what was thrown."""
        old_timers = {timer.token: timer.due_at for timer in before.timers} if before else {}
        old_services = {task.token for task in before.service_tasks} if before else set()
        timers = {timer.token: timer for timer in after.timers}
        services = {task.token: task for task in after.service_tasks}
        moved = {token for token in old_timers.keys() & timers.keys() if old_timers[token] != timers[token].due_at}
        gone = (old_timers.keys() - timers.keys()) | (old_services - services.keys()) | moved
        for token in sorted(gone):
            self.batch.add(_DELETE_JOB, {"which": self.instance.id, "at": token})
        for token in sorted((timers.keys() - old_timers.keys()) | moved):
            timer = timers[token]
            self._job("timer", token, timer.element_id, due_at=timer.due_at, attached_to=timer.attached_to)
        for token in sorted(services.keys() - old_services):
            task = services[token]
            payload = {"variables": dict(task.variables), "properties": dict(task.properties)}
            kind = "external" if self.uow.registry.is_external(task.topic) else "service"
            self._job(kind, token, task.element_id, topic=task.topic, payload=payload)
        for event in after.thrown:
            thrown = {"key": event.correlation_key, "variables": dict(event.payload), "optional": event.optional}
            self._job(event.kind, 0, event.element_id, topic=event.name, payload=thrown)

    def _job(self, kind: str, token: int, element_id: str, **values: Any) -> None:
        row = job_row(self.uow, self.instance, kind=kind, token=token, element_id=element_id, **values)
        self.batch.add(_INSERT_JOB, row)

    def subscriptions(self, before: WaitState | None, after: WaitState) -> None:
        """Queue messages and signals that began or ceased to be awaited."""
        old = {(event.token, event.element_id) for event in before.events} if before else set()
        new = {(event.token, event.element_id): event for event in after.events}
        for token, element_id in sorted(old - new.keys()):
            self.batch.add(_DELETE_SUBSCRIPTION, {"which": self.instance.id, "at": token, "where": element_id})
        begun = [event for key, event in new.items() if key not in old]
        for event in begun:
            row = {
                "instance_id": self.instance.id, "token": event.token, "element_id": event.element_id,
                "kind": event.kind, "name": event.name, "correlation_key": event.correlation_key,
                "business_key": self.instance.business_key,
            }  # fmt: skip
            self.batch.add(_INSERT_SUBSCRIPTION, row)
        for awaited in {(event.name, event.correlation_key) for event in begun if event.kind == "message"}:
            name, by = awaited[0], awaited[1] or self.instance.business_key
            self.batch.add(_WAKE_EARLY, {"awaited": name, "by": by, "now": self.uow.now})

    def failure(self, after: WaitState) -> None:
        """Queue an incident when an error that nothing caught has ended the instance."""
        if after.failure is None:
            return
        code, element_id = after.failure
        row = {
            "id": self.uow.new_id(), "instance_id": self.instance.id, "job_id": self.uow.new_id(),
            "element_id": element_id, "kind": "error", "message": f"uncaught error {code}",
            "cause": cause_of(f"uncaught error {code}"), "created_at": self.uow.now,
        }  # fmt: skip
        self.batch.add(_INSERT_INCIDENT, row)

    def history(self, after: WaitState) -> None:
        """Queue the one line of the audit trail."""
        row = history_row(self.uow, self.instance.id, self.cause)
        row["steps"] = [[step.what, step.element_id, step.token, dict(step.detail)] for step in after.steps]
        self.batch.add(INSERT_HISTORY, row)


def job_row(uow: UnitOfWork, instance: Instance, **values: Any) -> dict[str, Any]:
    """Return a complete row of the job table; due now, and workers are told, unless ``due_at`` is given."""
    uow.has_due_jobs |= "due_at" not in values
    row: dict[str, Any] = {
        "id": uow.new_id(),
        "instance_id": instance.id,
        "topic": "",
        "status": "waiting",
        "due_at": uow.now,
        "attached_to": None,
        "attempts": 0,
        "fence": 0,
        "payload": {},
        "created_at": uow.now,
    }
    return row | values
