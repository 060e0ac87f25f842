"""What follows from each step of a diagram: clocks start and end, persons are told, ladders are released."""

from uuid import UUID

from sqlalchemy import bindparam, exists, insert, select, update

from engine.commands.wait_state import job_row
from engine.store.tables import job, user_task
from engine.store.unit_of_work import Change, CreatedTask, Listener
from workflows.clocks import change_clock, is_exceeded
from workflows.functions import anchor_of
from workflows.notices import notify
from workflows.records.clocks import running_limit
from workflows.records.task_acts import task_delegation
from workflows.records.teamwork import signing_round
from workflows.rulebook import Rulebook
from workflows.signing.store import cancel_orphans
from workflows.task_acts.delegating import cancel_delegations
from workflows.uow import UnitOfWork
from workflows.worklist.words import remember_words

LADDER_MESSAGE = "duty_fulfilled"
_START, _RELEASE = insert(running_limit), insert(job)
_DUE = update(user_task).where(user_task.c.id == bindparam("which")).values(due_at=bindparam("due"))
_RUNNING = select(running_limit).where(
    running_limit.c.instance_id == bindparam("case"),
    running_limit.c.token == bindparam("at"),
    running_limit.c.ended_at.is_(None),
)
_BESIDES = select(
    *(
        exists().where(table.c.instance_id == bindparam("case"), table.c.state == "open").label(table.name)
        for table in (signing_round, task_delegation)
    )
)


def listeners(rulebook: Rulebook) -> tuple[Listener, ...]:
    """Return the listeners, bound to the rules of the city."""

    def clocks(uow: UnitOfWork, change: Change) -> None:
        if change.started:
            remember_words(uow, change)
        for ended in change.ended:
            end_clock(uow, change, ended.token, ended.status)
        if any(ended.status == "cancelled" for ended in change.ended):
            cancel_besides(uow, change.instance.id)
        for task in change.created:
            start_clock(uow, rulebook, change, task)
            tell(uow, change, task)

    return (clocks,)


def cancel_besides(uow: UnitOfWork, instance_id: UUID) -> None:
    """End what stands beside tasks of a case that no longer wait: rounds of signers and delegations."""
    is_open = uow.connection.execute(_BESIDES, {"case": instance_id}).one()
    if is_open.signing_round:
        cancel_orphans(uow, instance_id)
    if is_open.task_delegation:
        cancel_delegations(uow, instance_id)


def start_clock(uow: UnitOfWork, rulebook: Rulebook, change: Change, task: CreatedTask) -> None:
    """Start the limit that the diagram names for a task; it is the task's due date unless it is a waiting period."""
    properties = task.waiting.properties
    name = properties.get("limit")
    if not name:
        return
    anchor = anchor_of(properties.get("anchor"), uow.now)
    item = _text(task.waiting.variables.get("item_code"))
    found = rulebook.reckon(name, anchor, item=item)
    uow.connection.execute(
        _START,
        {
            "id": uow.new_id(),
            "instance_id": change.instance.id,
            "business_key": change.instance.business_key,
            "task_id": task.id,
            "token": task.waiting.token,
            "element_id": task.waiting.element_id,
            "key": key_of(change.instance.business_key, task),
            "unit": unit_of(task.waiting.candidate_groups),
            "limit_name": name,
            "limit_version": found.limit.version,
            "item_code": item,
            "anchor_event": properties.get("anchor_event") or "任务开始",
            "anchor_at": anchor,
            "due_at": found.due_at,
            "warn_at": found.warn_at,
            "calendar_version": rulebook.calendar.version,
            "is_provisional": found.is_provisional,
            "pauses": [],
            "is_late": False,
            "is_waiting": found.limit.is_waiting,
        },
    )
    if not found.limit.is_waiting:
        uow.connection.execute(_DUE, {"which": task.id, "due": found.due_at})


def key_of(business_key: str, task: CreatedTask) -> str:
    """Return what a ladder is correlated by: case, element and duty."""
    duty = task.waiting.properties.get("duty") or ""
    return "/".join(part for part in (business_key, task.waiting.element_id, duty) if part)


def unit_of(groups: tuple[str, ...]) -> str:
    """Return the unit of the first candidate group."""
    return groups[0].rpartition("/")[0] if groups else ""


def end_clock(uow: UnitOfWork, change: Change, token: int, status: str) -> None:
    """End the clock of a task that stopped waiting; a late clock stays late for ever."""
    clock = uow.connection.execute(_RUNNING, {"case": change.instance.id, "at": token}).one_or_none()
    if clock is None:
        return
    values: dict[str, object] = {"ended_at": uow.now, "ended_how": status, "is_late": is_exceeded(clock, uow.now)}
    if clock.paused_since is not None:
        values["pauses"] = [*clock.pauses[:-1], {**clock.pauses[-1], "until": uow.now.isoformat()}]
    change_clock(uow, clock, **values)
    if clock.order_id is not None or uow.now >= clock.warn_at:
        release_ladder(uow, change, clock.key, status)


def release_ladder(uow: UnitOfWork, change: Change, key: str, how: str) -> None:
    """Tell the ladder that watches this duty that it is done; nobody need be waiting."""
    payload = {"key": key, "variables": {"fulfilled_at": uow.now.isoformat(), "fulfilled_how": how}, "optional": True}
    row = job_row(uow, change.instance, kind="message", token=0, element_id="", topic=LADDER_MESSAGE, payload=payload)
    uow.connection.execute(_RELEASE, row)


def tell(uow: UnitOfWork, change: Change, task: CreatedTask) -> None:
    """Leave a message for the persons who may take the task."""
    persons = (*task.waiting.candidate_groups, *task.waiting.candidate_users)
    if persons:
        notify(uow, persons, kind="task", text=f"新任务：{task.waiting.name}",
               business_key=change.instance.business_key, task_id=task.id)  # fmt: skip


def _text(value: object) -> str | None:
    return None if value is None else str(value)
