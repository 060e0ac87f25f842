"""Act for somebody who is away: with that person's rights, under one's own name, and both names are written down."""

from dataclasses import replace
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Row, exists, false, insert, or_

from engine import errors as engine_errors
from engine.commands.claim_task import AssignTask
from engine.store.tables import user_task, user_task_candidate
from workflows import team_errors
from workflows.directory import find_actor
from workflows.jurisdiction import cover_of, needs_signature
from workflows.policy import Actor, Cover
from workflows.records.teamwork import acted_for
from workflows.uow import UnitOfWork


def acting_as(uow: UnitOfWork, actor: Actor, task: Row[Any]) -> tuple[Actor, Cover | None]:
    """Return who does a task: the person, or the person with the rights of whom they stand in for.

    Raises:
        MayNotSign: the step is for heads and leaders, and the absent person did not hand that over.
    """
    cover = cover_of(actor, task)
    if cover is None:
        return actor, None
    if needs_signature(task) and not cover.may_sign:
        raise team_errors.MayNotSign(principal=cover.login)
    principal = find_actor(uow, cover.login)
    if principal is None:
        raise engine_errors.TaskNotFound(task_id=str(task.id))
    return replace(principal, login=actor.login, name=actor.name, covers=()), cover


def covered_tasks(actor: Actor) -> ColumnElement[bool]:
    """Return the condition that a task is one of whom the person stands in for: assigned to them, or free for them."""
    return or_(false(), *(covered_by(cover) for cover in actor.covers))


def covered_by(cover: Cover) -> ColumnElement[bool]:
    """Return the condition that an absence puts a task into the stand-in's list."""
    c, groups = user_task_candidate.c, sorted({*cover.groups, cover.login})
    candidate = exists().where(c.task_id == user_task.c.id, c.group_name.in_(groups))
    theirs = (user_task.c.assignee == cover.login) | (user_task.c.assignee.is_(None) & candidate)
    return theirs & user_task.c.definition_key.in_(cover.processes) if cover.processes else theirs


def take_over(uow: UnitOfWork, task: Row[Any], actor: Actor, cover: Cover | None, seen: int | None) -> int | None:
    """Make the substitute responsible for a task of the absent person; answers the version to complete it at.

    Raises:
        StaleVersion.
    """
    if cover is None:
        return seen
    if seen is not None and seen != task.version:
        raise engine_errors.StaleVersion(task_id=str(task.id), expected=seen, actual=task.version)
    if task.assignee == cover.login:
        AssignTask(task.id, actor.login, actor.login, f"{actor.name} 代 {cover.name}").run(uow)
    write_down(uow, actor, cover, task, "completed")
    return None


def write_down(uow: UnitOfWork, actor: Actor, cover: Cover, task: Row[Any], what: str) -> None:
    """Keep that somebody acted for another person."""
    row = {
        "id": uow.new_id(), "instance_id": task.instance_id, "business_key": task.business_key,
        "task_id": UUID(str(task.id)), "step": task.name, "what": what, "login": actor.login,
        "principal": cover.login, "absence": cover.number, "at": uow.now,
    }  # fmt: skip
    uow.connection.execute(insert(acted_for), row)
