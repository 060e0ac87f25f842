"""Makes the tables agree with an execution; shared by every command that moves a token."""

from typing import Any

from sqlalchemy import bindparam, delete, insert, update

from engine import errors
from engine.commands.history import INSERT_HISTORY, Cause, history_row
from engine.handlers import BpmnError, ServiceJob
from engine.spiff.model import WaitingServiceTask, WaitingUserTask, WaitState
from engine.spiff.runtime import Execution
from engine.store.tables import (
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
        ended_at=bindparam("new_ended_at"),
    )
)  # fmt: skip
_OPEN_TOKEN = (
    (user_task.c.instance_id == bindparam("which"))
    & (user_task.c.token == bindparam("at"))
    & (user_task.c.status == "open")
)
_COMPLETE_TASK = (
    update(user_task)
    .where(_OPEN_TOKEN)
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
_DELETE_JOBS = delete(job).where(
    job.c.instance_id == bindparam("which"), job.c.token.in_(bindparam("tokens", expanding=True))
)
_INSERT_TASKS, _INSERT_CANDIDATES = insert(user_task), insert(user_task_candidate)
_INSERT_JOBS = insert(job)


def save_wait_state(uow: UnitOfWork, instance: Instance, execution: Execution, cause: Cause) -> Change:
    """Write the state and every row that follows from it, and tell the listeners.

    Raises:
        ConcurrentUpdate: the instance changed since it was read; nothing may be committed.
    """
    settled = run_recorders(uow, instance, execution)
    before = execution.before
    state = execution.dump()
    _save_instance(uow, instance, settled.status, state, before is None, cause)
    created, ended = _save_user_tasks(uow, instance, before, settled, cause)
    _save_jobs(uow, instance, before, settled)
    _save_subscriptions(uow, instance, before, settled)
    _save_history(uow, instance, settled, cause)
    change = Change(
        instance, cause.actor, before is None, settled.status, created, ended,
        settled.thrown, settled.steps, settled.variables,
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
        id=uow.new_id(),
        instance_id=instance.id,
        business_key=instance.business_key,
        definition_key=instance.definition_key,
        element_id=task.element_id,
        topic=task.topic,
        variables=task.variables,
        properties=task.properties,
    )
    try:
        variables = uow.registry.recorders[task.topic](uow, service_job)
    except BpmnError as exc:
        execution.throw_error(task.token, exc.error_code, str(exc))
        return
    execution.complete_service_task(task.token, variables)


def _save_instance(uow: UnitOfWork, instance: Instance, status: str, state: bytes, is_new: bool, cause: Cause) -> None:
    ended_at = uow.now if status == "completed" else None
    if is_new:
        uow.connection.execute(
            insert(process_instance),
            {
                "id": instance.id,
                "definition_id": instance.definition_id,
                "definition_key": instance.definition_key,
                "business_key": instance.business_key,
                "status": status,
                "version": 1,
                "state": state,
                "started_at": uow.now,
                "started_by": cause.actor,
                "ended_at": ended_at,
            },
        )
        return
    values = {
        "which": instance.id, "seen": instance.version, "new_status": status, "new_version": instance.version + 1,
        "new_state": state, "new_ended_at": ended_at,
    }  # fmt: skip
    done = uow.connection.execute(_UPDATE_INSTANCE, values)
    if done.rowcount != 1:
        raise errors.ConcurrentUpdate(instance_id=str(instance.id))


def _save_user_tasks(
    uow: UnitOfWork, instance: Instance, before: WaitState | None, after: WaitState, cause: Cause
) -> tuple[tuple[CreatedTask, ...], tuple[EndedTask, ...]]:
    old = {task.token for task in before.user_tasks} if before else set()
    new = {task.token: task for task in after.user_tasks}
    ended = tuple(
        EndedTask(token, "completed" if token == cause.token and cause.answers is not None else "cancelled")
        for token in sorted(old - new.keys())
    )
    for task in ended:
        _end_task(uow, instance, task, cause)
    created = tuple(CreatedTask(uow.new_id(), new[token]) for token in sorted(new.keys() - old))
    if created:
        uow.connection.execute(_INSERT_TASKS, one_or_many([_task_row(uow, instance, task) for task in created]))
        groups = [
            {"group_name": group, "task_id": task.id}
            for task in created
            for group in set(task.waiting.candidate_groups)
        ]
        if groups:
            uow.connection.execute(_INSERT_CANDIDATES, one_or_many(groups))
    return created, ended


def _end_task(uow: UnitOfWork, instance: Instance, task: EndedTask, cause: Cause) -> None:
    values: dict[str, Any] = {"which": instance.id, "at": task.token, "now": uow.now, "actor": cause.actor}
    statement = _CANCEL_TASK
    if task.status == "completed":
        statement, values["given"] = _COMPLETE_TASK, dict(cause.answers or {})
    done = uow.connection.execute(statement, values)
    if done.rowcount != 1:
        raise errors.ConcurrentUpdate(instance_id=str(instance.id), token=task.token)


def _task_row(uow: UnitOfWork, instance: Instance, task: CreatedTask) -> dict[str, Any]:
    waiting: WaitingUserTask = task.waiting
    return {
        "id": task.id,
        "instance_id": instance.id,
        "token": waiting.token,
        "definition_key": instance.definition_key,
        "business_key": instance.business_key,
        "element_id": waiting.element_id,
        "name": waiting.name,
        "lane": waiting.lane,
        "form_key": waiting.form_key,
        "status": "open",
        "assignee": waiting.assignee,
        "candidate_users": list(waiting.candidate_users),
        "candidate_groups": list(waiting.candidate_groups),
        "due_at": waiting.due_at,
        "follow_up_at": waiting.follow_up_at,
        "priority": waiting.priority,
        "properties": dict(waiting.properties),
        "variables": dict(waiting.variables),
        "version": 1,
        "created_at": uow.now,
    }


def _save_jobs(uow: UnitOfWork, instance: Instance, before: WaitState | None, after: WaitState) -> None:
    old_timers = {timer.token: timer.due_at for timer in before.timers} if before else {}
    old_services = {task.token for task in before.service_tasks} if before else set()
    timers = {timer.token: timer for timer in after.timers}
    services = {task.token: task for task in after.service_tasks}
    moved = {token for token in old_timers.keys() & timers.keys() if old_timers[token] != timers[token].due_at}
    gone = (old_timers.keys() - timers.keys()) | (old_services - services.keys()) | moved
    if gone:
        uow.connection.execute(_DELETE_JOBS, {"which": instance.id, "tokens": sorted(gone)})
    rows = [
        job_row(uow, instance, kind="timer", token=t, element_id=timers[t].element_id, due_at=timers[t].due_at,
                attached_to=timers[t].attached_to)
        for t in sorted((timers.keys() - old_timers.keys()) | moved)
    ]  # fmt: skip
    rows += [
        job_row(uow, instance, kind="service", token=t, element_id=services[t].element_id, topic=services[t].topic,
                payload={"variables": dict(services[t].variables), "properties": dict(services[t].properties)})
        for t in sorted(services.keys() - old_services)
    ]  # fmt: skip
    rows += [
        job_row(uow, instance, kind=event.kind, token=0, element_id=event.element_id, topic=event.name,
                payload={"key": event.correlation_key, "variables": dict(event.payload), "optional": event.optional})
        for event in after.thrown
    ]  # fmt: skip
    if rows:
        uow.connection.execute(_INSERT_JOBS, one_or_many(rows))


def job_row(uow: UnitOfWork, instance: Instance, **values: Any) -> dict[str, Any]:
    """Return a complete row of the job table; due now unless ``due_at`` is given."""
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


def _save_subscriptions(uow: UnitOfWork, instance: Instance, before: WaitState | None, after: WaitState) -> None:
    old = {(event.token, event.element_id) for event in before.events} if before else set()
    new = {(event.token, event.element_id): event for event in after.events}
    for token, element_id in sorted(old - new.keys()):
        uow.connection.execute(
            delete(subscription).where(
                subscription.c.instance_id == instance.id,
                subscription.c.token == token,
                subscription.c.element_id == element_id,
            )
        )
    rows = [
        {
            "instance_id": instance.id,
            "token": event.token,
            "element_id": event.element_id,
            "kind": event.kind,
            "name": event.name,
            "correlation_key": event.correlation_key,
            "business_key": instance.business_key,
        }
        for key, event in new.items()
        if key not in old
    ]
    if rows:
        uow.connection.execute(insert(subscription), rows)


def _save_history(uow: UnitOfWork, instance: Instance, after: WaitState, cause: Cause) -> None:
    row = history_row(uow, instance.id, cause)
    row["steps"] = [[step.what, step.element_id, step.token, dict(step.detail)] for step in after.steps]
    uow.connection.execute(INSERT_HISTORY, row)


def one_or_many(rows: list[dict[str, Any]]) -> Any:
    """Return a single row by itself: drivers are faster with one set of parameters than with a list of one."""
    return rows[0] if len(rows) == 1 else rows
