"""What the case tells the one it came from: a transfer's reports are filled in, its unit gets a message."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from sqlalchemy import select, update

from engine.commands.instances import SetVariables
from engine.store.tables import process_instance, user_task
from workflows.notices import notify
from workflows.penalties.access import seen_by
from workflows.policy import Actor
from workflows.records.cases import transfer
from workflows.records.penalties import penalty_case
from workflows.uow import UnitOfWork

_ROLES = ("section_officer", "section_head", "squad_officer", "squad_head", "district_officer")


def penalties_from(uow: UnitOfWork, actor: Actor, business_key: str) -> tuple[Mapping[str, Any], ...]:
    """Return the penalty cases that came from a case, of those the person may see."""
    c = penalty_case.c
    mine = seen_by(actor)
    rows = uow.connection.execute(
        select(c.business_key, process_instance.c.definition_key, process_instance.c.status)
        .join(process_instance, process_instance.c.id == c.instance_id)
        .where(c.source_key == business_key, mine)
        .order_by(c.created_at)
    ).mappings()
    return tuple({**row, "process": "行政处罚"} for row in rows)


def tell_source(uow: UnitOfWork, row: Any, text: str, **known: object) -> None:
    """Let the transfer that the case came from know a milestone.

    The receiver still reports it himself: his form is filled in, he looks and sends.
    """
    if row.source != "transfer" or not row.source_key:
        return
    case = uow.connection.execute(
        select(transfer.c.instance_id, transfer.c.receiver_unit, process_instance.c.status)
        .join(process_instance, process_instance.c.id == transfer.c.instance_id)
        .where(transfer.c.business_key == row.source_key)
    ).one_or_none()
    if case is None or case.status != "active":
        return
    values = {"penalty_case": row.business_key, **known}
    SetVariables(case.instance_id, values, "system", f"处罚案件 {row.business_key}：{text}").run(uow)
    _tell_open_tasks(uow, case.instance_id, values)
    unit = case.receiver_unit or row.unit
    notify(uow, [f"{unit}/{role}" for role in _ROLES], kind="milestone", business_key=row.source_key,
           text=f"处罚案件 {row.business_key} {text}，请反馈移送单位")  # fmt: skip


def _tell_open_tasks(uow: UnitOfWork, instance_id: UUID, values: Mapping[str, Any]) -> None:
    """Let the forms that are open now know it too: a task keeps what its case knew when it began to wait."""
    mine = (user_task.c.instance_id == instance_id) & (user_task.c.status == "open")
    for task in uow.connection.execute(select(user_task.c.id, user_task.c.variables).where(mine)).all():
        known = update(user_task).where(user_task.c.id == task.id)
        uow.connection.execute(known.values(variables={**task.variables, **values}))
