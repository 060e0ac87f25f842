"""Clocks of a whole stage, such as the ninety days of a case: opened and ended by recorders, not by one user task.

The stage is a call activity or subprocess ``<element>``; the boundary timer that warns is ``<element>_warned``. Such a
clock pauses, is extended and leads to a ladder like that of a task.
"""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import insert, select

from engine.commands.wait_state import job_row
from engine.store.tables import job
from engine.store.unit_of_work import Instance
from workflows.clocks import Clock, change_clock, is_exceeded
from workflows.listeners import LADDER_MESSAGE
from workflows.records.clocks import running_limit
from workflows.rulebook import Reckoned, Rulebook
from workflows.uow import UnitOfWork

NO_TOKEN = -1


def open_stage_clock(  # noqa: PLR0913 - a clock has these parts
    uow: UnitOfWork, rulebook: Rulebook, case: Any, *, element: str, limit: str, anchor: datetime, anchor_event: str,
    unit: str, item: str | None = None,
) -> Reckoned:  # fmt: skip
    """Start the clock of a stage of *case* (a job or a task of it); answers what it comes to."""
    found = rulebook.reckon(limit, anchor, item=item)
    row = {
        "id": uow.new_id(), "instance_id": case.instance_id, "business_key": case.business_key, "task_id": None,
        "token": NO_TOKEN, "element_id": element, "key": f"{case.business_key}/{element}", "unit": unit,
        "limit_name": limit, "limit_version": found.limit.version, "item_code": item, "anchor_event": anchor_event,
        "anchor_at": anchor, "due_at": found.due_at, "warn_at": found.warn_at,
        "calendar_version": rulebook.calendar.version, "is_provisional": found.is_provisional, "pauses": [],
        "is_late": False, "is_waiting": found.limit.is_waiting,
    }  # fmt: skip
    uow.connection.execute(insert(running_limit), row)
    return found


def stage_clock(uow: UnitOfWork, instance_id: UUID, element: str) -> Clock | None:
    """Return the clock of a stage that still runs."""
    mine = (running_limit.c.instance_id == instance_id) & (running_limit.c.element_id == element)
    return uow.connection.execute(select(running_limit).where(mine, running_limit.c.ended_at.is_(None))).one_or_none()


def end_stage_clock(uow: UnitOfWork, instance_id: UUID, element: str) -> bool:
    """End a stage's clock and release the ladder that watches it; tells whether it is late."""
    clock = stage_clock(uow, instance_id, element)
    if clock is None:
        return False
    late = is_exceeded(clock, uow.now)
    values: dict[str, object] = {"ended_at": uow.now, "ended_how": "completed", "is_late": late}
    if clock.paused_since is not None:
        values["pauses"] = [*clock.pauses[:-1], {**clock.pauses[-1], "until": uow.now.isoformat()}]
    change_clock(uow, clock, **values)
    if clock.order_id is not None or uow.now >= clock.warn_at:
        told = {"fulfilled_at": uow.now.isoformat(), "fulfilled_how": "completed"}
        payload = {"key": clock.key, "variables": told, "optional": True}
        instance = Instance(clock.instance_id, clock.instance_id, "", clock.business_key, 0)
        row = job_row(uow, instance, kind="message", token=0, element_id="", topic=LADDER_MESSAGE, payload=payload)
        uow.connection.execute(insert(job), row)
    return late
