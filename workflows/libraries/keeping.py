"""Keeps the library of objects: from approvals as they arrive, from files and by hand; nothing is doubled."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import Row, insert, select, update

from engine import errors as engine_errors
from workflows import errors
from workflows.libraries.identity import PLACES, identity_of, valid_code
from workflows.records.libraries import (
    inspection_object,
    object_change,
    object_item,
    object_rating,
    officer_relation,
)
from workflows.uow import UnitOfWork, local_day_of

_o = inspection_object.c


@dataclass(frozen=True, slots=True)
class ObjectFacts:
    """What is known about an object; empty facts never wipe out known ones."""

    kind: str
    name: str
    area: str
    unit: str
    source: str
    credit_code: str | None = None
    party_id: UUID | None = None
    approval_id: UUID | None = None
    project_no: str | None = None
    site: str = ""
    lon: float | None = None
    lat: float | None = None
    valid_from: date | None = None
    holder_id: UUID | None = None

    @property
    def identity(self) -> str:
        """Return what tells whether another object is the same."""
        return identity_of(self.kind, self.name, self.area, self.credit_code, self.party_id)


def keep_object(uow: UnitOfWork, facts: ObjectFacts, actor: str, *, reason: str = "") -> tuple[UUID, str]:
    """Enter an object, or bring the same one up to date; answers its id and entered, changed or unchanged.

    An object that was merged stands for the one it was merged into, which keeps its own facts.
    """
    same = inspection_object.c.identity == facts.identity
    known = uow.connection.execute(select(inspection_object).where(same).with_for_update()).one_or_none()
    if known is None:
        return _enter(uow, facts, actor, reason), "entered"
    if known.merged_into is not None:
        return heir_of(uow, known.id), "unchanged"
    said = {
        name: value
        for name, value in _values(facts).items()
        if name not in ("identity", "valid_from", "source", "unit") and value not in (None, "")
    }
    if facts.source == "approval":
        said = _from_approval(uow, known, said)
    return known.id, "changed" if change_object(uow, known, said, actor, reason) else "unchanged"


def _from_approval(uow: UnitOfWork, known: Row[Any], said: dict[str, Any]) -> dict[str, Any]:
    """Leave what was entered by hand: an approval is noted as the newest one and adds what is missing."""
    newest = {name: said[name] for name in ("approval_id", "project_no") if name in said}
    if newest:
        uow.connection.execute(update(inspection_object).where(_o.id == known.id).values(**newest))
    return {name: value for name, value in said.items() if name not in newest and getattr(known, name) in (None, "")}


def _values(facts: ObjectFacts) -> dict[str, Any]:
    return {
        "kind": facts.kind, "name": facts.name.strip(), "credit_code": valid_code(facts.credit_code),
        "identity": facts.identity, "holder_id": facts.holder_id, "party_id": facts.party_id,
        "approval_id": facts.approval_id, "project_no": facts.project_no or None, "area": facts.area,
        "site": facts.site.strip(), "lon": facts.lon, "lat": facts.lat, "unit": facts.unit, "source": facts.source,
        "valid_from": facts.valid_from,
    }  # fmt: skip


def _enter(uow: UnitOfWork, facts: ObjectFacts, actor: str, reason: str) -> UUID:
    object_id = uow.new_id()
    row = _values(facts) | {
        "id": object_id, "is_key": False, "status": "active", "version": 1, "changed_by": actor,
        "changed_at": uow.now, "valid_from": facts.valid_from or local_day_of(uow.now),
    }  # fmt: skip
    uow.connection.execute(insert(inspection_object), row)
    note_change(uow, object_id, "entered", {"source": facts.source}, actor, reason)
    return object_id


def change_object(uow: UnitOfWork, known: Row[Any], said: Mapping[str, Any], actor: str, reason: str) -> bool:
    """Write what differs and keep what it was; tells whether anything did.

    Raises:
        FormInvalid: it would become the same as another object: the two have to be merged.
    """
    changed = {name: value for name, value in said.items() if getattr(known, name) != value}
    if not changed:
        return False
    now = {name: changed.get(name, getattr(known, name)) for name in ("kind", "name", "area", "credit_code")}
    key = identity_of(now["kind"], now["name"], now["area"], now["credit_code"], known.party_id)
    if set(changed) & set(now) and key != known.identity:
        if uow.connection.execute(select(_o.id).where(_o.identity == key)).first() is not None:
            message = "名录库中已有相同的对象，请改为合并两个对象"
            raise errors.FormInvalid(errors=[{"field": "name", "message": message}])
        changed["identity"] = key
    stamp = {"version": known.version + 1, "changed_by": actor, "changed_at": uow.now}
    uow.connection.execute(update(inspection_object).where(_o.id == known.id).values(**changed, **stamp))
    detail = {name: {"old": _plain(getattr(known, name)), "new": _plain(value)} for name, value in changed.items()}
    note_change(uow, known.id, "changed", detail, actor, reason)
    return True


def _plain(value: object) -> object:
    return value if isinstance(value, str | int | float | bool | None) else str(value)


def note_change(
    uow: UnitOfWork, object_id: UUID, kind: str, detail: Mapping[str, Any], actor: str, reason: str
) -> None:
    """Write one line of an object's history."""
    row = {
        "id": uow.new_id(), "object_id": object_id, "kind": kind, "detail": dict(detail), "reason": reason,
        "changed_by": actor, "changed_at": uow.now,
    }  # fmt: skip
    uow.connection.execute(insert(object_change), row)


def tie_item(uow: UnitOfWork, object_id: UUID, item_code: str, from_day: date, approval_id: UUID | None) -> bool:
    """Tie an object to an item it is supervised for, once; tells whether the tie is new."""
    t = object_item.c
    same = (t.object_id == object_id) & (t.item_code == item_code) & t.valid_to.is_(None)
    mine = t.approval_id.is_(None) if approval_id is None else t.approval_id == approval_id
    if uow.connection.execute(select(t.id).where(same, mine)).first() is not None:
        return False
    row = {
        "id": uow.new_id(), "object_id": object_id, "item_code": item_code, "approval_id": approval_id,
        "valid_from": from_day, "valid_to": None,
    }  # fmt: skip
    uow.connection.execute(insert(object_item), row)
    return True


def untie_approval(uow: UnitOfWork, approval_id: UUID, on: date) -> None:
    """End what an approval tied: it was withdrawn, or says something else now."""
    t = object_item.c
    uow.connection.execute(
        update(object_item).where(t.approval_id == approval_id, t.valid_to.is_(None)).values(valid_to=on)
    )


def heir_of(uow: UnitOfWork, object_id: UUID) -> UUID:
    """Return the object that stands for another one after merging."""
    into = uow.connection.scalar(select(_o.merged_into).where(_o.id == object_id))
    return object_id if into is None else heir_of(uow, into)


@dataclass(frozen=True, slots=True)
class MergeObjects:
    """Merge a doubled object into the one that is kept, with everything that hangs on it.

    Raises:
        ObjectNotFound: one of them is not there, or was merged before.
        FormInvalid: they are one and the same, of different nature, or no reason is given.
    """

    kept: UUID
    doubled: UUID
    actor: str
    reason: str

    def run(self, uow: UnitOfWork) -> None:
        """Move items, ratings, relations and sites; the doubled one stays as a pointer."""
        if self.kept == self.doubled or not self.reason.strip():
            field = ("doubled", "请选择另一个对象") if self.kept == self.doubled else ("reason", "请写明合并理由")
            raise errors.FormInvalid(errors=[{"field": field[0], "message": field[1]}])
        both = sorted((self.kept, self.doubled))
        rows = uow.connection.execute(
            select(inspection_object).where(_o.id.in_(both), _o.status != "merged").with_for_update()
        )
        found = {row.id: row for row in rows}
        for wanted in both:
            if wanted not in found:
                raise errors.ObjectNotFound(object=str(wanted))
        kept, doubled = found[self.kept], found[self.doubled]
        if (kept.kind in PLACES) != (doubled.kind in PLACES):
            message = "现场与单位不能合并：现场由单位持有，请在现场上登记持有单位"
            raise errors.FormInvalid(errors=[{"field": "doubled", "message": message}])
        self._move(uow)
        ended = {"status": "merged", "merged_into": kept.id, "valid_to": local_day_of(uow.now), "is_key": False,
                 "version": doubled.version + 1, "changed_by": self.actor, "changed_at": uow.now}  # fmt: skip
        uow.connection.execute(update(inspection_object).where(_o.id == doubled.id).values(**ended))
        facts = {name: getattr(doubled, name) for name in ("credit_code", "party_id", "lon", "lat", "site")}
        missing = {name: value for name, value in facts.items() if getattr(kept, name) in (None, "") and value}
        missing |= {"is_key": True} if doubled.is_key and not kept.is_key else {}
        uow.connection.execute(
            update(inspection_object).where(_o.id == kept.id).values(version=kept.version + 1, **missing)
        )
        detail = {"doubled": str(doubled.id), "name": doubled.name, "identity": doubled.identity}
        note_change(uow, kept.id, "merged", detail, self.actor, self.reason)

    def _move(self, uow: UnitOfWork) -> None:
        for column in (object_item.c.object_id, object_rating.c.object_id, officer_relation.c.object_id, _o.holder_id,
                       _o.merged_into):  # fmt: skip
            moved = update(column.table).where(column == self.doubled)
            uow.connection.execute(moved.values({column.name: self.kept}))


def locked_object(uow: UnitOfWork, object_id: UUID, version: int | None = None) -> Row[Any]:
    """Return an object's row for changing it.

    Raises:
        ObjectNotFound: there is none, or it was merged.
        StaleVersion: somebody changed it since it was read.
    """
    mine = (_o.id == object_id) & (_o.status != "merged")
    row = uow.connection.execute(select(inspection_object).where(mine).with_for_update()).one_or_none()
    if row is None:
        raise errors.ObjectNotFound(object=str(object_id))
    if version is not None and row.version != version:
        raise engine_errors.StaleVersion(object=str(object_id), version=row.version)
    return row
