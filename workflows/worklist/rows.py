"""Lines of the worklist: what a person sees of one task."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from workflows import catalog
from workflows.desk.asking import lamp_of
from workflows.jurisdiction import cover_of, may_see_task
from workflows.policy import Actor
from workflows.records.clocks import running_limit
from workflows.rulebook import Rulebook
from workflows.time_limits import CONFIDENCES, Lamp, local_day
from workflows.uow import ZONE
from workflows.worklist.words import describe


@dataclass(frozen=True, slots=True)
class WorklistRow:
    """One line; ``rule`` says how its time is counted, ``ended_by`` who did it when it is done;
    ``is_near`` that it is or was the person's or their groups'.
    """

    task_id: UUID | None
    business_key: str
    title: str
    subtitle: str
    element_id: str
    step: str
    unit: str
    lamp: Lamp
    due_at: datetime | None
    why: str
    assignee: str | None
    version: int
    status: str
    process: str
    rule: str = ""
    holder: str = ""
    ended_at: datetime | None = None
    ended_by: str = ""
    is_near: bool = False


def row_of(rulebook: Rulebook, row: Any, actor: Actor, names: Mapping[str, str], now: datetime) -> WorklistRow:
    """Return the line of a task joined with its clock."""
    clock = ClockOf(row)
    lamp = lamp_of(rulebook, clock, now) if clock.id is not None else Lamp("none", "", 0)
    if row.status != "open" and clock.id is None:
        lamp = Lamp("done", "已办", 0)
    title, subtitle = describe(row.variables)
    return WorklistRow(
        row.id, row.business_key, title, subtitle, row.element_id, row.name, clock.unit or "", lamp, due_of(row),
        _why(row, actor), row.assignee, row.version, row.status, catalog.TITLES.get(row.definition_key, ""),
        rule_of(rulebook, clock) if clock.id is not None else "", names.get(row.assignee or "", row.assignee or ""),
        row.ended_at, names.get(row.ended_by or "", row.ended_by or ""),
        may_see_task(actor, row) or actor.login in (row.assignee, row.ended_by),
    )  # fmt: skip


def due_of(row: Any) -> datetime | None:
    """Return when a task is due, or when the waiting period before it ends."""
    found: datetime | None = row.due_at or row.clock_due_at
    return found


class ClockOf:
    """The clock's columns of a joined row."""

    def __init__(self, row: Any) -> None:
        for column in running_limit.c:
            setattr(self, column.name, getattr(row, f"clock_{column.name}"))

    id: Any
    unit: str | None


def rule_of(rulebook: Rulebook, clock: Any) -> str:
    """Return in words how a clock counts: its limit, from when, by which calendar, what stood still, until when."""
    day = local_day(clock.anchor_at, rulebook.calendar)
    limit = rulebook.limits.at(clock.limit_name, day, clock.item_code)
    parts = [
        f"{limit.title} {limit.text}（{CONFIDENCES[limit.confidence]}）",
        f"自{clock.anchor_event} {_local(clock.anchor_at)} 起算",
        *(_pause(one) for one in clock.pauses if one.get("from")),
        f"延长 {clock.extension['more']}" if clock.extension and clock.extension.get("more") else "",
        f"{_local(clock.due_at)} 到期",
        f"日历 {clock.calendar_version}",
    ]
    return "；".join(part for part in parts if part)


def _pause(pause: Mapping[str, Any]) -> str:
    until = _local(datetime.fromisoformat(pause["until"])) if pause.get("until") else "今"
    return f"中止 {_local(datetime.fromisoformat(pause['from']))} 至{until}（{pause.get('reason') or '未写理由'}）"


def _local(instant: datetime) -> str:
    return instant.astimezone(ZONE).strftime("%Y-%m-%d %H:%M")


def _why(row: Any, actor: Actor) -> str:
    if row.assignee == actor.login:
        return "本人已签收"
    if actor.login in row.candidate_users:
        return "本人承办"
    cover = cover_of(actor, row)
    if cover is not None and row.status == "open":
        return f"代 {cover.name} 办理"
    group = next((group for group in row.candidate_groups if group in actor.groups), None)
    if group is None:
        return "已办理" if row.status != "open" else "监督查看"
    return "本单位候选"
