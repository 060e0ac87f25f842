"""The statements behind the worklist: each begins with the tasks that are a person's, not with all that are open.

A statement is made once for each shape of question, for making one costs more than running it; who asks, and for what,
are its parameters.
"""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from functools import wraps
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import (
    BindParameter,
    ColumnElement,
    Select,
    and_,
    bindparam,
    case,
    exists,
    func,
    literal,
    or_,
    select,
    union,
)

from engine.store.tables import process_instance, user_task, user_task_candidate
from workflows.absence.acting import covered_tasks
from workflows.pinyin import like
from workflows.policy import Actor
from workflows.records.clocks import running_limit

VIEWS = {
    "todo": "待办", "sign": "待签收", "cc": "抄送我的", "mine": "我发起的", "done": "已办", "closed": "办结",
    "supervised": "督办",
}  # fmt: skip
ENDED = ("done", "closed")
SIGNED = ("claim_duty", "receive_transfer", "acknowledge_feedback")
COPIED = "acknowledge_copy"
TAKEN = "taken"  # no tab of its own: all that the person may act on
LAMPS = {"red": "超期", "yellow": "临期", "normal": "正常", "paused": "中止"}
SORTS = {"due": "按到期", "risk": "按逾期风险", "new": "最新到达", "old": "最早到达", "subject": "按事项"}
_T, _CLOCK, _CANDIDATE = user_task.c, running_limit.c, user_task_candidate.c
_WITH_CLOCK = user_task.join(running_limit, _CLOCK.task_id == _T.id, isouter=True)
_ME: BindParameter[str] = bindparam("me")
_GROUPS: BindParameter[str] = bindparam("groups", expanding=True)
_WORDS: BindParameter[str] = bindparam("words")
_NOW = bindparam("now", type_=_T.created_at.type)
_NEVER = literal(datetime(9999, 1, 1, tzinfo=UTC), _T.due_at.type)  # what has no limit comes after all that has one
_NEAR_GROUPS = select(_CANDIDATE.task_id).where(_CANDIDATE.group_name.in_(_GROUPS))
ROWS = (
    select(user_task, *(column.label(f"clock_{column.name}") for column in _CLOCK))
    .select_from(_WITH_CLOCK)
    .where(_T.id.in_(bindparam("ids", expanding=True)))
)
ENDED_AMONG = select(_T.id).where(_T.id.in_(bindparam("ids", expanding=True)), _T.status != "open")


class Cell(NamedTuple):
    """How many tasks of a tab share a lamp, a step, a unit and a subject."""

    lamp: str
    element_id: str
    unit: str
    subject: str
    step: str
    number: int


class Shape(NamedTuple):
    """What a question for rows looks like, whoever asks."""

    view: str
    sort: str = "due"
    narrowed: tuple[str, ...] = ()  # of: text lamp element unit subject after case


def _once(make: Callable[..., Select[Any]]) -> Callable[..., Select[Any]]:
    """Keep the statements of a maker by the shape of the question; who stands in for somebody has one of their own."""
    made: dict[tuple[Any, ...], Select[Any]] = {}

    @wraps(make)
    def found(actor: Actor, *shape: Any) -> Select[Any]:
        if actor.covers:
            return make(actor, *shape)
        key = (actor.oversees, *shape)
        if key not in made:
            made[key] = make(actor, *shape)
        return made[key]

    return found


def asked_by(actor: Actor, now: datetime, text: str = "") -> dict[str, Any]:
    """Return the parameters of every statement: who asks, when, and which words are looked for."""
    return {"me": actor.login, "groups": sorted({*actor.groups, actor.login}), "now": now, "words": like(text)}


def _takeable(actor: Actor) -> ColumnElement[bool]:
    """Return the condition that the person may act: by what is theirs and what their groups may take.

    Whoever stands in for somebody may also do what that person might; the others' statements are made once for all.
    """
    near = union(select(_T.id).where(_T.assignee == _ME, _T.status == "open"), _NEAR_GROUPS).subquery("near")
    own = and_(_T.id.in_(select(near.c[0])), or_(_T.assignee.is_(None), _T.assignee == _ME))
    return (_T.status == "open") & (or_(own, covered_tasks(actor)) if actor.covers else own)


def _condition(view: str, actor: Actor) -> ColumnElement[bool]:
    by_me = (_T.ended_by == _ME) & (_T.status == "completed")
    instance = process_instance.c
    mine = select(instance.id).where(instance.started_by == _ME)
    if view == "supervised":
        return _supervised(actor)
    conditions: dict[str, Callable[[], ColumnElement[bool]]] = {
        TAKEN: lambda: _takeable(actor),
        "sign": lambda: _takeable(actor) & _T.element_id.in_(SIGNED),
        "cc": lambda: _takeable(actor) & (_T.element_id == COPIED),
        "done": lambda: by_me,
        "closed": lambda: by_me & exists().where(instance.id == _T.instance_id, instance.status != "active"),
        "mine": lambda: (_T.status == "open") & _T.instance_id.in_(mine),
    }
    return conditions.get(view, lambda: _takeable(actor) & (_T.element_id != COPIED))()


def _supervised(actor: Actor) -> ColumnElement[bool]:
    """Overseers see every late task of the city and the ladder's own; others what is asked of their unit."""
    is_open, ladder = _T.status == "open", _T.definition_key == "supervision_order"
    if not actor.oversees:
        return is_open & ladder & _T.id.in_(_NEAR_GROUPS)
    urged = (_CLOCK.order_id.is_not(None), _CLOCK.ended_at.is_(None), _CLOCK.task_id.is_not(None))
    watched = union(select(_T.id).where(is_open, ladder), select(_CLOCK.task_id).where(*urged)).subquery("watched")
    return is_open & _T.id.in_(select(watched.c[0]))


def _lamp() -> ColumnElement[str]:
    """Return the lamp of a row as the database sees it; a task without a clock has none."""
    return case(
        (_CLOCK.id.is_(None), "none"),
        (_CLOCK.paused_since.is_not(None), "paused"),
        (_CLOCK.is_waiting, "normal"),
        (_CLOCK.due_at <= _NOW, "red"),
        (_CLOCK.warn_at <= _NOW, "yellow"),
        else_="normal",
    )


def _tasks(view: str, actor: Actor, *columns: Any) -> Select[Any]:
    return select(*columns).select_from(_WITH_CLOCK).where(_condition(view, actor))


@_once
def counts_statement(actor: Actor) -> Select[Any]:
    """Return one statement that counts all tabs with a number."""
    mine = select(_T.element_id).where(_takeable(actor)).subquery("mine")
    signed, copied = mine.c.element_id.in_(SIGNED), mine.c.element_id == COPIED
    return select(
        func.count().filter(~copied).label("todo"), func.count().filter(signed).label("sign"),
        func.count().filter(copied).label("cc"), watched_statement(actor).scalar_subquery().label("supervised"),
    ).select_from(mine)  # fmt: skip


@_once
def watched_statement(actor: Actor) -> Select[Any]:
    """Return one statement that counts what is supervised."""
    return select(func.count()).where(_supervised(actor)).select_from(user_task)


@_once
def cells_statement(actor: Actor, view: str, has_text: bool) -> Select[Any]:
    """Return one statement that counts a tab by everything it can be narrowed by."""
    lamp = literal("none") if view in ENDED else _lamp()
    unit = func.coalesce(_CLOCK.unit, "")
    inner = _tasks(view, actor, lamp.label("lamp"), _T.element_id, unit.label("unit"), _T.subject, _T.name)
    c = (inner.where(_with_words()) if has_text else inner).subquery("narrowed").c
    keys = (c.lamp, c.element_id, c.unit, c.subject)
    return select(*keys, func.min(c.name).label("step"), func.count().label("number")).group_by(*keys)


@_once
def keys_statement(actor: Actor, shape: Shape) -> Select[Any]:
    """Return the ids of a tab in order, from the place ``at``, ``last`` where the last page ended, ``most`` of them."""
    order, is_down = _order(shape)
    statement = _tasks(shape.view, actor, _T.id, order.label("at"))
    conditions = {
        "text": _with_words(),
        "lamp": _lamp() == bindparam("lamp"),
        "element": _T.element_id == bindparam("element"),
        "unit": _CLOCK.unit == bindparam("unit"),
        "subject": _T.subject == bindparam("subject"),
        "case": _T.business_key == bindparam("case"),
        "after": _beyond(order, is_down=is_down),
    }
    statement = statement.where(*(conditions[name] for name in shape.narrowed))
    statement = statement.order_by(order.desc(), _T.id.desc()) if is_down else statement.order_by(order, _T.id)
    return statement.limit(bindparam("most"))


def _with_words() -> ColumnElement[bool]:
    """Return the condition that words occur: in the number, or in what the task is about."""
    return _T.search.like(_WORDS, escape="\\") | func.lower(_T.business_key).like(_WORDS, escape="\\")


def _order(shape: Shape) -> tuple[ColumnElement[Any], bool]:
    """Return what rows are ordered by, and whether downwards; ties are told apart by the id."""
    if shape.view in ENDED:
        return func.coalesce(_T.ended_at, _T.created_at), True
    if shape.sort in ("new", "old"):
        return _T.created_at, shape.sort == "new"
    if shape.sort == "subject":
        return _T.subject, False
    return func.coalesce(_T.due_at, _CLOCK.due_at, _NEVER), False


def _beyond(order: ColumnElement[Any], *, is_down: bool) -> ColumnElement[bool]:
    at, last = bindparam("at", type_=order.type), bindparam("last", type_=_T.id.type)
    ahead, behind = (order < at, _T.id < last) if is_down else (order > at, _T.id > last)
    return or_(ahead, and_(order == at, behind))


def place_of(text: str, shape: Shape) -> Mapping[str, Any]:
    """Return the place in a list that its cursor means."""
    place, _, last = text.rpartition("|")
    is_time = not isinstance(_order(shape)[0].type, type(_T.subject.type))
    return {"at": datetime.fromisoformat(place) if is_time else place, "last": UUID(last)}
