"""One alert with everything its page shows."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import select

from engine.store.tables import user_task
from workflows.alerts.evidence import files_of
from workflows.alerts.store import WATCHERS, alert_for
from workflows.desk.asking import ClockView, clock_view
from workflows.directory import all_units, names_of
from workflows.policy import Actor, may_take
from workflows.privacy.veil import veiled, veiled_all
from workflows.records.alerts import alert, alert_event, monitoring_device
from workflows.records.clocks import running_limit
from workflows.rulebook import Rulebook
from workflows.uow import UnitOfWork

Row = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class AlertView:
    """An alert, its device, files, history, clocks, and what the person may do now."""

    row: Row
    device: Row
    files: tuple[Row, ...]
    events: tuple[Row, ...]
    clocks: tuple[ClockView, ...]
    nearby: tuple[Row, ...]
    names: Mapping[str, str]
    units: Mapping[str, str]
    may_decide: bool
    may_undo: bool
    may_state: bool
    may_attach: bool
    site_task: UUID | None
    tasks: tuple[Row, ...]


def view_of(uow: UnitOfWork, rulebook: Rulebook, actor: Actor, number: str) -> AlertView:
    """Return an alert the person may see."""
    row = alert_for(uow, actor, number)
    device = uow.connection.execute(select(monitoring_device).where(monitoring_device.c.id == row.device_id)).one()
    events = select(alert_event).where(alert_event.c.alert_id == row.id).order_by(alert_event.c.at, alert_event.c.id)
    clocks = select(running_limit).where(running_limit.c.instance_id == row.instance_id)
    near = (
        select(alert)
        .where(alert.c.cell == row.cell, alert.c.id != row.id)
        .order_by(alert.c.received_at.desc())
        .limit(5)
    )
    told = [dict(one) for one in uow.connection.execute(events).mappings()]
    watches = actor.has(*WATCHERS) and row.watch_unit in actor.units
    tasks = _tasks(uow, actor, row)
    undo = row.state == "dismissed" and row.undo_until is not None and uow.now < row.undo_until
    return AlertView(
        veiled(actor, row._mapping, (row.unit, row.watch_unit)), dict(device._mapping),
        tuple(dict(one._mapping) for one in files_of(uow, row.id)), tuple(told),
        tuple(clock_view(rulebook, one, uow.now) for one in uow.connection.execute(clocks.order_by("anchor_at"))),
        veiled_all(actor, uow.connection.execute(near).mappings()),
        names_of(uow, {one["actor"] for one in told} | {row.checked_by or "", row.decided_by or ""}),
        {one.code: one.short_name for one in all_units(uow)}, watches and row.state == "new", watches and undo,
        row.unit in actor.units and row.notice_number is not None and actor.has(*WATCHERS),
        actor.has(*WATCHERS) and (row.unit in actor.units or row.watch_unit in actor.units),
        next((one["id"] for one in tasks if one["element_id"] == "check_site"), None), tuple(tasks),
    )  # fmt: skip


def _tasks(uow: UnitOfWork, actor: Actor, row: Any) -> list[Row]:
    """Return the open tasks of the case the person may take."""
    mine = (user_task.c.instance_id == row.instance_id) & (user_task.c.status == "open")
    found = uow.connection.execute(select(user_task).where(mine)).mappings()
    return [
        {"id": one["id"], "element_id": one["element_id"], "name": one["name"], "version": one["version"]}
        for one in found
        if may_take(actor, one["candidate_groups"], one["candidate_users"], one["assignee"])
    ]
