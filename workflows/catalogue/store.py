"""Reads and writes versions of items and of their owners; the past is never written over."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, Table, insert, select, update

from workflows.catalogue.fields import ANY_AREA, EMPTY, ITEM_KEYS, OWNER_KEYS, contents_of
from workflows.records.offices import item, item_assignment
from workflows.uow import UnitOfWork


def in_force(table: Table, on: date) -> ColumnElement[bool]:
    """Return the condition that a row holds on a day."""
    return (table.c.valid_from <= on) & (table.c.valid_to.is_(None) | (table.c.valid_to > on))


def last_version(uow: UnitOfWork, code: str, *conditions: ColumnElement[bool]) -> Mapping[str, Any] | None:
    """Return the newest version of an item, or the newest that meets the conditions."""
    rows = select(item).where(item.c.code == code, *conditions).order_by(item.c.version.desc())
    found = uow.connection.execute(rows).mappings().first()
    return dict(found) if found is not None else None


def write_version(uow: UnitOfWork, code: str, contents: Mapping[str, Any], begins: date, source: str) -> int:
    """Let a new version of an item begin on a day, on top of what holds then; answers its number.

    What *contents* leaves out stays as it was. A version that would have begun later is replaced.
    """
    last = last_version(uow, code)
    number = last["version"] + 1 if last else 1
    if last is not None:
        open_ones = (item.c.code == code) & (item.c.valid_to.is_(None) | (item.c.valid_to > begins))
        uow.connection.execute(update(item).where(open_ones).values(valid_to=begins))
    base = contents_of(last) if last is not None else {key: EMPTY[key] for key in ITEM_KEYS}
    row = {**base, **{key: contents[key] for key in ITEM_KEYS if key in contents}}
    keys = {"code": code, "version": number, "source": source, "valid_from": begins, "valid_to": None}
    uow.connection.execute(insert(item), {**row, **keys})
    return number


def end_item(uow: UnitOfWork, code: str, on: date) -> None:
    """Let an item and its owners end on a day."""
    for table, same in ((item, item.c.code == code), (item_assignment, item_assignment.c.item_code == code)):
        open_ones = same & (table.c.valid_to.is_(None) | (table.c.valid_to > on))
        uow.connection.execute(update(table).where(open_ones).values(valid_to=on))


def owner_on(uow: UnitOfWork, code: str, area: str, on: date) -> Mapping[str, Any] | None:
    """Return the rule that says who owns an item in an area on a day; the area's own goes before the general one."""
    same = (item_assignment.c.item_code == code) & item_assignment.c.area.in_((area, ANY_AREA))
    rows = uow.connection.execute(select(item_assignment).where(same, in_force(item_assignment, on))).mappings()
    found = sorted(rows, key=lambda row: (row["area"] != ANY_AREA, row["valid_from"]))
    return dict(found[-1]) if found else None


def write_owner(
    uow: UnitOfWork, code: str, area: str, owner: Mapping[str, Any], begins: date, by: tuple[str, str]
) -> None:
    """Let the owner of an item in an area change on a day; *by* is who decided and why.

    What *owner* leaves out stays as it was.
    """
    same = (item_assignment.c.item_code == code) & (item_assignment.c.area == area)
    open_ones = same & (item_assignment.c.valid_to.is_(None) | (item_assignment.c.valid_to > begins))
    old = owner_on(uow, code, area, begins)
    uow.connection.execute(update(item_assignment).where(open_ones).values(valid_to=begins))
    kept = contents_of(old, OWNER_KEYS) if old is not None else {key: EMPTY[key] for key in OWNER_KEYS}
    row = {**kept, **{key: owner[key] for key in OWNER_KEYS if key in owner}}
    keys = {"id": uow.new_id(), "item_code": code, "area": area, "valid_from": begins, "valid_to": None,
            "changed_by": by[0], "changed_at": uow.now, "reason": by[1]}  # fmt: skip
    uow.connection.execute(insert(item_assignment), {**row, **keys})


def contents_on(uow: UnitOfWork, code: str, area: str, on: date) -> dict[str, Any] | None:
    """Return an item with its owner in an area as they stand on a day, or None when it is not in force."""
    row = last_version(uow, code, in_force(item, on))
    if row is None:
        return None
    owner = owner_on(uow, code, area, on)
    owned = contents_of(owner, OWNER_KEYS) if owner is not None else {key: EMPTY[key] for key in OWNER_KEYS}
    return {**contents_of(row), **owned}


def catalogue_on(uow: UnitOfWork, on: date, area: str = ANY_AREA) -> list[dict[str, Any]]:
    """Return every item in force on a day with its owner in an area; parts and the columns of the version."""
    owners = select(item_assignment).where(in_force(item_assignment, on), item_assignment.c.area.in_((area, ANY_AREA)))
    held: dict[str, Any] = {}
    for row in sorted(
        uow.connection.execute(owners).mappings(), key=lambda one: (one["area"] != ANY_AREA, one["valid_from"])
    ):
        held[row["item_code"]] = row
    nobody = {key: EMPTY[key] for key in OWNER_KEYS}
    newest: dict[str, dict[str, Any]] = {}
    for row in uow.connection.execute(
        select(item).where(in_force(item, on)).order_by(item.c.code, item.c.version)
    ).mappings():
        owner = held.get(row["code"])
        newest[row["code"]] = {**row, **(contents_of(owner, OWNER_KEYS) if owner is not None else nobody)}
    return list(newest.values())


def versions_of(uow: UnitOfWork, code: str) -> Sequence[Mapping[str, Any]]:
    """Return all versions of an item, the newest first."""
    rows = select(item).where(item.c.code == code).order_by(item.c.version.desc())
    return [dict(row) for row in uow.connection.execute(rows).mappings()]


def owners_of(uow: UnitOfWork, code: str) -> Sequence[Mapping[str, Any]]:
    """Return all rules that ever said who owns an item, the newest first."""
    rows = (
        select(item_assignment)
        .where(item_assignment.c.item_code == code)
        .order_by(item_assignment.c.valid_from.desc(), item_assignment.c.area)
    )
    return [dict(row) for row in uow.connection.execute(rows).mappings()]
