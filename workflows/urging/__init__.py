"""Reminders (催办): whoever the case concerns may urge an open task, not more often than the rules allow."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import Row, insert, select

from engine import errors as engine_errors
from engine.commands.history import Cause, write_history
from workflows import errors, team_errors
from workflows.directory import names_of
from workflows.jurisdiction import find_task, if_seen
from workflows.notices import notify
from workflows.policy import Actor
from workflows.records.teamwork import urge
from workflows.rulebook import Rulebook
from workflows.uow import ZONE, UnitOfWork

COOL_DOWN, HEAD_AFTER, LONGEST = "urge_again", 3, 200
_HEADS = ("section_head", "squad_head")
_u = urge.c


@dataclass(frozen=True, slots=True)
class Urge:
    """Urge whoever has a task; its head hears of it when that happens often. Answers which time it is.

    The property ``urge_limit`` of the step names another time limit than the general one as the pause between two.

    Raises:
        TaskNotFound: there is none, or its case concerns the actor not at all or only as a reader.
        TaskNotOpen, UrgedTooSoon.
        FormInvalid: the actor has the task, or the note is too long.
    """

    task_id: UUID
    actor: Actor
    note: str
    rulebook: Rulebook

    def run(self, uow: UnitOfWork) -> int:
        """Write it down and tell the persons."""
        found = find_task(uow, self.task_id)
        task = if_seen(uow, self.actor, found, lambda one: one.instance_id, as_reader=False)
        if task is None:
            raise engine_errors.TaskNotFound(task_id=str(self.task_id))
        if task.status != "open":
            raise engine_errors.TaskNotOpen(task_id=str(task.id), status=task.status, ended_by=task.ended_by)
        self._check(task)
        last = latest(uow, task.id)
        if last is not None and uow.now < last.again_at:
            raise team_errors.UrgedTooSoon(again_at=last.again_at.isoformat(), reason=_until(last.again_at))
        nth = last.nth + 1 if last is not None else 1
        is_told = nth >= self._head_after(task)
        row = {
            "id": uow.new_id(), "task_id": task.id, "instance_id": task.instance_id,
            "business_key": task.business_key, "nth": nth, "note": self.note.strip(), "urged_by": self.actor.login,
            "urged_at": uow.now, "again_at": self._again(uow, task), "told_head": is_told,
            "told": self._tell(uow, task, nth, is_told=is_told),
        }  # fmt: skip
        uow.connection.execute(insert(urge), row)
        detail = {
            "task_id": str(task.id),
            "reason": f"第 {nth} 次{'，并告知其负责人' if is_told else ''} {row['note']}",
        }
        write_history(uow, task.instance_id, [Cause(self.actor.login, "urged", task.element_id, task.token, detail)])
        return nth

    def _check(self, task: Row[Any]) -> None:
        if task.assignee == self.actor.login:
            raise errors.FormInvalid(errors=[{"field": "note", "message": "任务由您承办，不能催办自己"}])
        if len(self.note) > LONGEST:
            raise errors.FormInvalid(errors=[{"field": "note", "message": f"说明不超过 {LONGEST} 字"}])

    def _again(self, uow: UnitOfWork, task: Row[Any]) -> Any:
        return self.rulebook.reckon(str(task.properties.get("urge_limit") or COOL_DOWN), uow.now).due_at

    def _head_after(self, task: Row[Any]) -> int:
        text = str(task.properties.get("urge_head_after") or "")
        return int(text) if text.isdecimal() else HEAD_AFTER

    def _tell(self, uow: UnitOfWork, task: Row[Any], nth: int, *, is_told: bool) -> int:
        who = [task.assignee] if task.assignee else [*task.candidate_groups, *task.candidate_users]
        units = {group.rpartition("/")[0] for group in task.candidate_groups}
        heads = [f"{unit}/{role}" for unit in sorted(units) for role in _HEADS] if is_told else []
        text = f"催办（第 {nth} 次）：{task.name}" + (f"，{self.note.strip()}" if self.note.strip() else "")
        return notify(
            uow, [*who, *heads], kind="urge", text=text, business_key=task.business_key, task_id=task.id
        )  # fmt: skip


def _until(at: Any) -> str:
    return f"{at.astimezone(ZONE):%Y-%m-%d %H:%M} 之后可以再次催办"


def latest(uow: UnitOfWork, task_id: UUID) -> Row[Any] | None:
    """Return the last time somebody urged a task."""
    return uow.connection.execute(select(urge).where(_u.task_id == task_id).order_by(_u.nth.desc()).limit(1)).first()


def urges_of(uow: UnitOfWork, task_id: UUID) -> list[Mapping[str, Any]]:
    """Return how often, when and by whom a task was urged, the newest first."""
    wanted = select(urge).where(_u.task_id == task_id).order_by(_u.nth.desc()).limit(50)
    rows = uow.connection.execute(wanted).mappings().all()
    names = names_of(uow, {row["urged_by"] for row in rows}) if rows else {}
    return [{**row, "person": names.get(row["urged_by"], row["urged_by"])} for row in rows]
