"""Saved views of the worklist: a person's own and those a unit shares, and which one somebody begins with."""

from collections.abc import Mapping
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import delete, insert, or_, select, update

from engine.process_engine import ProcessEngine
from workflows import errors
from workflows.desk.asking import Ask, Do
from workflows.desk.once import made_once
from workflows.policy import APPROVERS, ROLES, Actor
from workflows.records.lists import saved_view
from workflows.uow import UnitOfWork

MOST = 30
KEPT = ("view", "lamp", "step", "item", "unit", "q", "sort")
_V = saved_view.c


@dataclass(frozen=True, slots=True)
class SavedView:
    """One view; ``is_mine`` unless a unit shares it, ``may_change`` whether the person may take it away."""

    id: UUID
    title: str
    query: Mapping[str, str]
    is_mine: bool
    is_default: bool
    role: str
    may_change: bool


@dataclass(frozen=True, slots=True)
class ViewWish:
    """Filters to keep under a title: for oneself, or shared with the unit (then *role* begins with them)."""

    title: str
    query: Mapping[str, str]
    shared: bool = False
    role: str = ""
    is_default: bool = False

    @property
    def kept(self) -> dict[str, str]:
        """Return the filters that a view has."""
        return {name: self.query[name][:200] for name in KEPT if self.query.get(name)}


class SavedViewDesk:
    """Keeps views."""

    def __init__(self, engine: ProcessEngine) -> None:
        self._engine = engine

    def all(self, actor: Actor) -> tuple[SavedView, ...]:
        """Return the person's views, then those of the unit."""
        seen = or_(_V.login == actor.login, _V.unit.in_(actor.units))
        statement = select(saved_view).where(seen).order_by(_V.login.is_(None), _V.created_at, _V.id).limit(MOST * 2)

        def read(uow: UnitOfWork) -> tuple[SavedView, ...]:
            return tuple(
                SavedView(row.id, row.title, row.query, row.login is not None, row.is_default, row.role or "",
                          row.login is not None or _leads(actor, row.unit))
                for row in uow.connection.execute(statement)
            )  # fmt: skip

        return self._engine.ask(Ask(read))

    def first_of(self, actor: Actor) -> Mapping[str, str]:
        """Return the filters the person begins with: the own choice, else the unit's for the role, else none."""
        views = self.all(actor)
        own = next((view for view in views if view.is_mine and view.is_default), None)
        shared = next((view for view in views if not view.is_mine and (view.role == "*" or actor.has(view.role))), None)
        found = own or shared
        return {**found.query, "saved": str(found.id)} if found else {}

    def save(self, actor: Actor, wish: ViewWish, *, key: str = "") -> UUID:
        """Keep filters under a title; heads may share one with the unit, and say which role begins with it.

        Raises:
            FormInvalid: no title, no such role, or there are too many.
            NotAllowed: only heads share.
        """
        if wish.shared and not _leads(actor, actor.unit):
            raise errors.NotAllowed(needs=[ROLES[one] for one in sorted(APPROVERS)])
        asked = ("view", wish.title, wish.kept, wish.shared, wish.role, wish.is_default)
        return made_once(self._engine, Do(lambda uow: _save(uow, actor, wish)), actor.login, key, *asked)

    def begin_with(self, actor: Actor, view_id: UUID | None) -> None:
        """Choose the own view the person begins with, or none.

        Raises:
            ViewNotFound: it is not one of the person's own.
        """

        def do(uow: UnitOfWork) -> None:
            mine = _V.login == actor.login
            uow.connection.execute(update(saved_view).where(mine).values(is_default=False))
            if view_id is not None:
                chosen = update(saved_view).where(mine, _V.id == view_id).values(is_default=True)
                if uow.connection.execute(chosen).rowcount == 0:
                    raise errors.ViewNotFound(view=str(view_id))

        self._engine.execute(Do(do))

    def remove(self, actor: Actor, view_id: UUID) -> None:
        """Forget a view.

        Raises:
            ViewNotFound: there is none, or it is not the person's to take away.
        """

        def do(uow: UnitOfWork) -> None:
            row = uow.connection.execute(select(saved_view).where(_V.id == view_id)).one_or_none()
            if row is None or not (row.login == actor.login or (row.unit and _leads(actor, row.unit))):
                raise errors.ViewNotFound(view=str(view_id))
            uow.connection.execute(delete(saved_view).where(_V.id == view_id))

        self._engine.execute(Do(do))


def _save(uow: UnitOfWork, actor: Actor, wish: ViewWish) -> UUID:
    title, mine = wish.title.strip()[:40], _V.unit == actor.unit if wish.shared else _V.login == actor.login
    faults = [] if title else [{"field": "title", "message": "请填写视图名称"}]
    faults += [{"field": "role", "message": "没有这个角色"}] if wish.role not in ("", "*", *ROLES) else []
    if len(uow.connection.execute(select(_V.id).where(mine).limit(MOST)).all()) >= MOST:
        faults.append({"field": "title", "message": f"最多保存 {MOST} 个视图，请先删除不用的"})
    if faults:
        raise errors.FormInvalid(errors=faults)
    if wish.is_default and not wish.shared:
        uow.connection.execute(update(saved_view).where(mine).values(is_default=False))
    if wish.role and wish.shared:
        uow.connection.execute(update(saved_view).where(mine, _V.role == wish.role).values(role=None))
    row = {
        "id": uow.new_id(), "title": title, "query": wish.kept, "login": None if wish.shared else actor.login,
        "unit": actor.unit if wish.shared else None, "role": wish.role or None if wish.shared else None,
        "is_default": wish.is_default and not wish.shared, "created_by": actor.login, "created_at": uow.now,
    }  # fmt: skip
    uow.connection.execute(insert(saved_view), row)
    return UUID(str(row["id"]))


def _leads(actor: Actor, unit: str) -> bool:
    return actor.has(*APPROVERS) and unit in actor.units
