"""Credit grades and risk levels of objects; a new one never overwrites the old one."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import Select, and_, func, insert, select

from workflows import errors
from workflows.libraries.objects import chunks
from workflows.records.libraries import inspection_object, object_rating
from workflows.uow import UnitOfWork

CREDITS: Mapping[str, str] = {"A": "A（守信）", "B": "B（一般守信）", "C": "C（一般失信）", "D": "D（严重失信）"}
RISKS: Mapping[str, str] = {"high": "高风险", "medium": "中风险", "low": "低风险"}
RATING_KINDS: Mapping[str, str] = {"credit": "信用等级", "risk": "风险等级"}
WHOLE = 100_000  # so many ids are read in one pass over everything, fewer by their index
VALUES: Mapping[str, Mapping[str, str]] = {"credit": CREDITS, "risk": RISKS}


@dataclass(frozen=True, slots=True)
class Rating:
    """What an object is rated on a day; None when nobody has rated it.

    The credit of a site is its holder's unless it has one of its own.
    """

    credit: str | None = None
    risk: str | None = None


UNRATED = Rating()


def rating_of(uow: UnitOfWork, object_id: UUID, on: date) -> Rating:
    """Return an object's rating on a day."""
    return ratings_of(uow, [object_id], on)[object_id]


def ratings_of(uow: UnitOfWork, ids: Iterable[UUID], on: date) -> dict[UUID, Rating]:
    """Return the rating of every given object on a day; very many ids are read in one pass over all ratings."""
    wanted = list(ids)
    holders = _holders(uow, wanted)
    values = _values(uow, [*wanted, *holders.values()], on)
    return {
        one: Rating(
            values.get((one, "credit")) or values.get((holders.get(one), "credit")), values.get((one, "risk"))
        )
        for one in wanted
    }  # fmt: skip


def _holders(uow: UnitOfWork, ids: list[UUID]) -> dict[UUID, UUID]:
    held = select(inspection_object.c.id, inspection_object.c.holder_id).where(
        inspection_object.c.holder_id.is_not(None)
    )
    return {row.id: row.holder_id for row in _read(uow, held, inspection_object.c.id, ids)}


def _values(uow: UnitOfWork, ids: list[UUID], on: date) -> dict[tuple[UUID | None, str], str]:
    r = object_rating.c
    newest = func.row_number().over(
        partition_by=(r.object_id, r.kind), order_by=(r.valid_from.desc(), r.changed_at.desc(), r.id.desc())
    )
    ranked = select(r.object_id, r.kind, r.value, newest.label("place")).where(r.valid_from <= on)
    found: dict[tuple[UUID | None, str], str] = {}
    for row in _read(uow, ranked, r.object_id, ids):
        if row.place == 1:
            found[(row.object_id, row.kind)] = row.value
    return found


def _read(uow: UnitOfWork, statement: Select[Any], key: Any, ids: list[UUID]) -> Iterable[Any]:
    if len(ids) > WHOLE:
        yield from uow.connection.execute(statement)
        return
    for some in chunks(ids):
        yield from uow.connection.execute(statement.where(key.in_(some)))


def history_of(uow: UnitOfWork, object_id: UUID) -> list[Mapping[str, Any]]:
    """Return every rating an object ever had, the newest first."""
    r = object_rating.c
    mine = select(object_rating).where(r.object_id == object_id)
    rows = uow.connection.execute(mine.order_by(r.valid_from.desc(), r.changed_at.desc(), r.id.desc())).mappings()
    return [dict(row) for row in rows]


@dataclass(frozen=True, slots=True)
class RateObject:
    """Rate an object from a day on.

    Raises:
        ObjectNotFound: there is none.
        FormInvalid: the value does not exist, or source or reason is missing.
    """

    object_id: UUID
    kind: str
    value: str
    source: str
    reason: str
    valid_from: date
    actor: str

    def run(self, uow: UnitOfWork) -> UUID:
        """Write the rating beside the earlier ones."""
        faults = []
        if self.value not in VALUES.get(self.kind, {}):
            faults.append({"field": "value", "message": "请选择等级：信用 A 至 D，风险高、中、低"})
        faults += [
            {"field": name, "message": message}
            for name, message in (("source", "请写明评定来源"), ("reason", "请写明评定理由"))
            if not str(getattr(self, name)).strip()
        ]
        if faults:
            raise errors.FormInvalid(errors=faults)
        known = and_(inspection_object.c.id == self.object_id, inspection_object.c.status != "merged")
        if uow.connection.execute(select(inspection_object.c.id).where(known)).first() is None:
            raise errors.ObjectNotFound(object=str(self.object_id))
        row = {
            "id": uow.new_id(), "object_id": self.object_id, "kind": self.kind, "value": self.value,
            "source": self.source.strip(), "reason": self.reason.strip(), "valid_from": self.valid_from,
            "changed_by": self.actor, "changed_at": uow.now,
        }  # fmt: skip
        uow.connection.execute(insert(object_rating), row)
        return UUID(str(row["id"]))
