"""Finds objects: by words, place, item, rating and day, a page at a time."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, func, or_, select
from sqlalchemy.sql.selectable import ScalarSelect

from workflows.libraries.identity import valid_code
from workflows.libraries.objects import linked_on, stands_on
from workflows.records.libraries import inspection_object, object_item, object_rating
from workflows.uow import UnitOfWork

PAGE = 50
MOST_COUNTED = 10_000
STATUSES: Mapping[str, str] = {"active": "在名录", "closed": "已退出"}
_o = inspection_object.c


@dataclass(frozen=True, slots=True)
class ObjectFilter:
    """What is looked for; empty means anything. ``on`` is the day the library is read as of."""

    on: date
    q: str = ""
    kind: str = ""
    area: str = ""
    item: str = ""
    unit: str = ""
    credit: str = ""
    risk: str = ""
    key: bool = False
    after: str = ""
    limit: int = PAGE


@dataclass(frozen=True, slots=True)
class ObjectPage:
    """Some objects, how many there are (at most counted to 10 000), and where the next page begins."""

    rows: tuple[Mapping[str, Any], ...]
    total: int
    next: str


def _rating(kind: str, on: date) -> ScalarSelect[Any]:
    """Return an object's newest value of a kind; credit falls back to the holder's."""
    r = object_rating.c

    def newest(owner: Any) -> ScalarSelect[Any]:
        same = (r.object_id == owner) & (r.kind == kind) & (r.valid_from <= on)
        order = (r.valid_from.desc(), r.changed_at.desc(), r.id.desc())
        return select(r.value).where(same).order_by(*order).limit(1).correlate(inspection_object).scalar_subquery()

    own = newest(_o.id)
    return func.coalesce(own, newest(_o.holder_id)) if kind == "credit" else own  # type: ignore[return-value]


def _matching(uow: UnitOfWork, wanted: ObjectFilter, seen: ColumnElement[bool]) -> Select[Any]:
    credit, risk = _rating("credit", wanted.on), _rating("risk", wanted.on)
    found = select(inspection_object, credit.label("credit"), risk.label("risk")).where(stands_on(wanted.on), seen)
    same: tuple[tuple[Any, str], ...] = (
        (_o.kind, wanted.kind), (_o.area, wanted.area), (_o.unit, wanted.unit), (credit, wanted.credit),
        (risk, wanted.risk),
    )  # fmt: skip
    for column, value in same:
        if value:
            found = found.where(column == value)
    if wanted.key:
        found = found.where(_o.is_key)
    if wanted.item:
        tied = select(object_item.c.object_id).where(object_item.c.item_code == wanted.item, linked_on(wanted.on))
        found = found.where(_o.id.in_(tied))
    return found.where(_words(uow, wanted.q.strip(), seen)) if wanted.q.strip() else found


def _words(uow: UnitOfWork, text: str, seen: ColumnElement[bool]) -> ColumnElement[bool]:
    """Return the condition of some words; a credit code or the number of a project is looked up alone, by index."""
    if code := valid_code(text):
        return _o.credit_code == code
    numbered = select(_o.id).where(_o.project_no == text, seen).limit(1)
    if uow.connection.execute(numbered).first() is not None:
        return _o.project_no == text
    like = "%" + text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_") + "%"
    return or_(_o.name.ilike(like, escape="\\"), _o.site.ilike(like, escape="\\"))


def search_objects(uow: UnitOfWork, wanted: ObjectFilter, seen: ColumnElement[bool]) -> ObjectPage:
    """Return a page of objects, the newest first."""
    found = _matching(uow, wanted, seen)
    counted = found.with_only_columns(_o.id).limit(MOST_COUNTED).subquery()
    total = uow.connection.scalar(select(func.count()).select_from(counted)) or 0
    if wanted.after:
        found = found.where(_o.id < UUID(wanted.after))
    rows = uow.connection.execute(found.order_by(_o.id.desc()).limit(wanted.limit + 1)).mappings().all()
    shown = tuple(dict(row) for row in rows[: wanted.limit])
    return ObjectPage(shown, total, str(shown[-1]["id"]) if len(rows) > wanted.limit else "")
