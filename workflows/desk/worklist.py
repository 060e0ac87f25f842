"""The worklist: whose task, what about, by when, and why it came."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Select, Text, and_, cast, exists, func, or_, select

from engine.process_engine import ProcessEngine
from engine.store.tables import process_instance, user_task, user_task_candidate
from workflows import catalog
from workflows.desk.asking import Ask, lamp_of
from workflows.policy import Actor
from workflows.records.clocks import running_limit
from workflows.rulebook import Rulebook
from workflows.time_limits import Lamp
from workflows.uow import UnitOfWork

VIEWS = {
    "todo": "待办", "sign": "待签收", "cc": "抄送我的", "mine": "我发起的", "done": "已办", "closed": "办结",
    "supervised": "督办",
}  # fmt: skip
SIGNED = ("claim_duty", "receive_transfer", "acknowledge_feedback")
LAMPS = {"red": "超期", "yellow": "临期", "normal": "正常", "paused": "中止"}
_CLOCK = [column.label(f"clock_{column.name}") for column in running_limit.c]


@dataclass(frozen=True, slots=True)
class WorklistFilter:
    """What the person asked to see; everything is in the address of the page."""

    view: str = "todo"
    lamp: str = ""
    element: str = ""
    unit: str = ""
    q: str = ""
    after: str = ""
    limit: int = 50


@dataclass(frozen=True, slots=True)
class WorklistRow:
    """One line."""

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


@dataclass(frozen=True, slots=True)
class WorklistPage:
    """A page of the worklist with the counts of all tabs and lamps."""

    rows: tuple[WorklistRow, ...]
    counts: Mapping[str, int]
    lamps: Mapping[str, int]
    steps: Mapping[str, str]
    next: str = ""
    filter: WorklistFilter = field(default_factory=WorklistFilter)


class WorklistDesk:
    """Answers worklists."""

    def __init__(self, engine: ProcessEngine, rulebook: Rulebook) -> None:
        self._engine = engine
        self._rulebook = rulebook

    def page(self, actor: Actor, wanted: WorklistFilter) -> WorklistPage:
        """Return one page; a stranger's tasks are never in it."""
        return self._engine.ask(Ask(lambda uow: self._page(uow, actor, wanted)))

    def counts(self, actor: Actor) -> Mapping[str, int]:
        """Return how many tasks wait in each tab."""
        return self._engine.ask(Ask(lambda uow: self._counts(uow, actor)))

    def of_case(self, actor: Actor, business_key: str) -> tuple[WorklistRow, ...]:
        """Return what the person may do in one case now."""
        statement = _base(actor, "todo").where(user_task.c.business_key == business_key)
        copies = _base(actor, "cc").where(user_task.c.business_key == business_key)

        def read(uow: UnitOfWork) -> tuple[WorklistRow, ...]:
            rows = [*uow.connection.execute(statement), *uow.connection.execute(copies)]
            return tuple(self._row(row, actor, uow.now) for row in rows)

        return self._engine.ask(Ask(read))

    def _page(self, uow: UnitOfWork, actor: Actor, wanted: WorklistFilter) -> WorklistPage:
        statement = self._narrowed(_base(actor, wanted.view), wanted)
        lamps = self._lamp_counts(uow, statement) if wanted.view in ("todo", "sign", "cc", "supervised") else {}
        statement = self._by_lamp(statement, wanted.lamp, uow.now)
        order = (func.coalesce(user_task.c.due_at, running_limit.c.due_at, user_task.c.created_at), user_task.c.id)
        if wanted.after:
            at, _, key = wanted.after.partition("|")
            moment = datetime.fromisoformat(at)
            statement = statement.where(or_(order[0] > moment, and_(order[0] == moment, order[1] > UUID(key))))
        rows = uow.connection.execute(statement.order_by(*order).limit(wanted.limit + 1)).all()
        shown = rows[: wanted.limit]
        more = (
            f"{(_due(shown[-1]) or shown[-1].created_at).isoformat()}|{shown[-1].id}" if len(rows) > len(shown) else ""
        )
        steps = {row.element_id: row.name for row in shown}
        made = tuple(self._row(row, actor, uow.now) for row in shown)
        return WorklistPage(made, self._counts(uow, actor), lamps, steps, more, wanted)

    def _narrowed(self, statement: Select[Any], wanted: WorklistFilter) -> Select[Any]:
        if wanted.element:
            statement = statement.where(user_task.c.element_id == wanted.element)
        if wanted.unit:
            statement = statement.where(running_limit.c.unit == wanted.unit)
        if wanted.q:
            like = f"%{wanted.q.strip()[:60]}%"
            statement = statement.where(
                user_task.c.business_key.ilike(like) | cast(user_task.c.variables, Text).ilike(like)
            )
        return statement

    def _by_lamp(self, statement: Select[Any], lamp: str, now: datetime) -> Select[Any]:
        clock = running_limit.c
        runs, presses = clock.paused_since.is_(None), clock.is_waiting.is_(False)
        tests = {
            "red": (clock.due_at <= now) & runs & presses,
            "yellow": (clock.due_at > now) & (clock.warn_at <= now) & runs & presses,
            "normal": ((clock.warn_at > now) | clock.is_waiting) & runs,
            "paused": clock.paused_since.is_not(None),
        }
        return statement.where(tests[lamp]) if lamp in tests else statement

    def _lamp_counts(self, uow: UnitOfWork, statement: Select[Any]) -> dict[str, int]:
        found = {}
        for lamp in LAMPS:
            counted = self._by_lamp(statement, lamp, uow.now).with_only_columns(
                func.count(), maintain_column_froms=True
            )
            found[lamp] = uow.connection.scalar(counted) or 0
        return found

    def _counts(self, uow: UnitOfWork, actor: Actor) -> dict[str, int]:
        found = {}
        for view in ("todo", "sign", "cc", "supervised"):
            counted = _base(actor, view).with_only_columns(func.count(), maintain_column_froms=True)
            found[view] = uow.connection.scalar(counted) or 0
        return found

    def _row(self, row: Any, actor: Actor, now: datetime) -> WorklistRow:
        clock = _Clock(row)
        lamp = lamp_of(self._rulebook, clock, now) if clock.id is not None else Lamp("none", "", 0)
        if row.status != "open" and clock.id is None:
            lamp = Lamp("done", "已办", 0)
        title, subtitle = describe(row.variables)
        return WorklistRow(
            row.id, row.business_key, title, subtitle, row.element_id, row.name, clock.unit or "", lamp, _due(row),
            _why(row, actor), row.assignee, row.version, row.status, catalog.TITLES.get(row.definition_key, ""),
        )  # fmt: skip


def _due(row: Any) -> datetime | None:
    """Return when a task is due, or when the waiting period before it ends."""
    found: datetime | None = row.due_at or row.clock_due_at
    return found


class _Clock:
    """The clock's columns of a joined row."""

    def __init__(self, row: Any) -> None:
        for column in running_limit.c:
            setattr(self, column.name, getattr(row, f"clock_{column.name}"))

    id: Any
    unit: str | None


def about(variables: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return a task's variables with those of its subject, when it is one of many of a kind, on top."""
    subject = variables.get("subject")
    return {**variables, "title": None, **subject} if isinstance(subject, Mapping) else variables


def describe(variables: Mapping[str, Any]) -> tuple[str, str]:
    """Return what a task is about: the item, and the party or project; of one among many, that one."""
    variables = about(variables)
    title = variables.get("title") or variables.get("item_name") or variables.get("matter_name")
    title = title or variables.get("project_name") or "案件"
    parts: Sequence[Any] = (variables.get("party_name"), variables.get("project_name"), variables.get("document_no"))
    return str(title), " · ".join(dict.fromkeys(str(part) for part in parts if part))


def _why(row: Any, actor: Actor) -> str:
    if row.assignee == actor.login:
        return "本人已签收"
    if actor.login in row.candidate_users:
        return "本人承办"
    group = next((group for group in row.candidate_groups if group in actor.groups), None)
    if group is None:
        return "已办理" if row.status != "open" else "监督查看"
    return "本单位候选"


def _base(actor: Actor, view: str) -> Select[Any]:
    statement = select(user_task, *_CLOCK).join(running_limit, running_limit.c.task_id == user_task.c.id, isouter=True)
    mine = exists().where(
        user_task_candidate.c.task_id == user_task.c.id,
        user_task_candidate.c.group_name.in_({*actor.groups, actor.login}),
    )
    takeable = (user_task.c.status == "open") & (
        (user_task.c.assignee == actor.login) | (user_task.c.assignee.is_(None) & mine)
    )
    views = {
        "todo": takeable & (user_task.c.element_id != "acknowledge_copy"),
        "sign": takeable & user_task.c.element_id.in_(SIGNED),
        "cc": takeable & (user_task.c.element_id == "acknowledge_copy"),
        "supervised": (user_task.c.status == "open") & _supervised(actor, mine),
        "done": (user_task.c.ended_by == actor.login) & (user_task.c.status == "completed"),
        "closed": (user_task.c.ended_by == actor.login)
        & (user_task.c.status == "completed")
        & exists().where(process_instance.c.id == user_task.c.instance_id, process_instance.c.status != "active"),
        "mine": (user_task.c.status == "open")
        & exists().where(
            process_instance.c.id == user_task.c.instance_id, process_instance.c.started_by == actor.login
        ),
    }
    return statement.where(views.get(view, views["todo"]))


def _supervised(actor: Actor, mine: Any) -> Any:
    """Overseers see every late task of the city and the ladder's own; others what is asked of their unit."""
    ladder = user_task.c.definition_key == "supervision_order"
    if not actor.oversees:
        return ladder & mine
    return ladder | running_limit.c.order_id.is_not(None)
