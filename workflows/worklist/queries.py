"""The statements behind the worklist: each begins with the tasks that are a person's, not with all that are open."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Select, and_, case, exists, func, literal, or_, select, union

from engine.store.tables import process_instance, user_task, user_task_candidate
from workflows.absence.acting import covered_tasks
from workflows.pinyin import like
from workflows.policy import Actor
from workflows.records.clocks import running_limit

VIEWS = {
    "todo": "待办", "sign": "待签收", "cc": "抄送我的", "mine": "我发起的", "done": "已办", "closed": "办结",
    "supervised": "督办",
}  # fmt: skip
COUNTED = ("todo", "sign", "cc", "supervised")
ENDED = ("done", "closed")
SIGNED = ("claim_duty", "receive_transfer", "acknowledge_feedback")
COPIED = "acknowledge_copy"
LAMPS = {"red": "超期", "yellow": "临期", "normal": "正常", "paused": "中止"}
SORTS = {"due": "按到期", "risk": "按逾期风险", "new": "最新到达", "old": "最早到达", "subject": "按事项"}
CLOCK = [column.label(f"clock_{column.name}") for column in running_limit.c]
_T, _CLOCK = user_task.c, running_limit.c
_WITH_CLOCK = user_task.join(running_limit, _CLOCK.task_id == _T.id, isouter=True)


class Cell(NamedTuple):
    """How many tasks of a tab share a lamp, a step, a unit and a subject."""

    lamp: str
    element_id: str
    unit: str
    subject: str
    step: str
    number: int


def tasks_of(actor: Actor, view: str, *columns: Any) -> Select[Any]:
    """Return the tasks of a tab with their clocks; a stranger's are never in it."""
    return select(*columns).select_from(_WITH_CLOCK).where(_views(actor).get(view, _todo(actor)))


def rows_of(task_ids: list[Any]) -> Select[Any]:
    """Return whole rows."""
    return select(user_task, *CLOCK).select_from(_WITH_CLOCK).where(_T.id.in_(task_ids))


def _takeable(actor: Actor) -> ColumnElement[bool]:
    """Return the condition that the person may act: by what is theirs and what their groups may take."""
    groups = sorted({*actor.groups, actor.login})
    near = union(
        select(_T.id).where(_T.assignee == actor.login, _T.status == "open"),
        select(user_task_candidate.c.task_id).where(user_task_candidate.c.group_name.in_(groups)),
    ).subquery("near")
    own = and_(_T.id.in_(select(near.c[0])), or_(_T.assignee.is_(None), _T.assignee == actor.login))
    return (_T.status == "open") & (or_(own, covered_tasks(actor)) if actor.covers else own)


def _todo(actor: Actor) -> ColumnElement[bool]:
    return _takeable(actor) & (_T.element_id != COPIED)


def _views(actor: Actor) -> Mapping[str, ColumnElement[bool]]:
    by_me = (_T.ended_by == actor.login) & (_T.status == "completed")
    instance = process_instance.c
    mine = select(instance.id).where(instance.started_by == actor.login)
    return {
        "todo": _todo(actor),
        "sign": _takeable(actor) & _T.element_id.in_(SIGNED),
        "cc": _takeable(actor) & (_T.element_id == COPIED),
        "supervised": _supervised(actor),
        "done": by_me,
        "closed": by_me & exists().where(instance.id == _T.instance_id, instance.status != "active"),
        "mine": (_T.status == "open") & _T.instance_id.in_(mine),
    }


def _supervised(actor: Actor) -> ColumnElement[bool]:
    """Overseers see every late task of the city and the ladder's own; others what is asked of their unit."""
    is_open, ladder = _T.status == "open", _T.definition_key == "supervision_order"
    if not actor.oversees:
        groups = sorted({*actor.groups, actor.login})
        mine = select(user_task_candidate.c.task_id).where(user_task_candidate.c.group_name.in_(groups))
        return is_open & ladder & _T.id.in_(mine)
    watched = union(
        select(_T.id).where(is_open, ladder),
        select(_CLOCK.task_id).where(
            _CLOCK.order_id.is_not(None), _CLOCK.ended_at.is_(None), _CLOCK.task_id.is_not(None)
        ),
    ).subquery("watched")
    return is_open & _T.id.in_(select(watched.c[0]))


def lamp_column(now: datetime) -> ColumnElement[str]:
    """Return the lamp of a row as the database sees it; a task without a clock has none."""
    return case(
        (_CLOCK.id.is_(None), "none"),
        (_CLOCK.paused_since.is_not(None), "paused"),
        (_CLOCK.is_waiting, "normal"),
        (_CLOCK.due_at <= now, "red"),
        (_CLOCK.warn_at <= now, "yellow"),
        else_="normal",
    )


def counts_statement(actor: Actor) -> Select[Any]:
    """Return one statement that counts all tabs with a number."""
    mine = select(_T.element_id, _T.id).where(_takeable(actor)).subquery("mine")
    signed, copied = mine.c.element_id.in_(SIGNED), mine.c.element_id == COPIED
    supervised = tasks_of(actor, "supervised", func.count()).scalar_subquery()
    return select(
        func.count().filter(~copied).label("todo"), func.count().filter(signed).label("sign"),
        func.count().filter(copied).label("cc"), supervised.label("supervised"),
    ).select_from(mine)  # fmt: skip


def cells_statement(actor: Actor, view: str, text: str, now: datetime) -> Select[Any]:
    """Return one statement that counts a tab by everything it can be narrowed by."""
    lamp = literal("none") if view in ENDED else lamp_column(now)
    unit = func.coalesce(_CLOCK.unit, "")
    inner = with_text(
        tasks_of(actor, view, lamp.label("lamp"), _T.element_id, unit.label("unit"), _T.subject, _T.name), text
    ).subquery("narrowed")
    c = inner.c
    keys = (c.lamp, c.element_id, c.unit, c.subject)
    return select(*keys, func.min(c.name).label("step"), func.count().label("number")).group_by(*keys)


def with_text(statement: Select[Any], text: str) -> Select[Any]:
    """Return those in which a text occurs: in the number, or in what the task is about."""
    if not text.strip():
        return statement
    wanted = like(text)
    found = _T.search.like(wanted, escape="\\") | func.lower(_T.business_key).like(wanted, escape="\\")
    return statement.where(found)


def order_of(sort: str, view: str) -> tuple[ColumnElement[Any], bool]:
    """Return what rows are ordered by, and whether downwards; ties are told apart by the id."""
    if view in ENDED:
        return func.coalesce(_T.ended_at, _T.created_at), True
    if sort in ("new", "old"):
        return _T.created_at, sort == "new"
    if sort == "subject":
        return _T.subject, False
    return func.coalesce(_T.due_at, _CLOCK.due_at, _T.created_at), False
