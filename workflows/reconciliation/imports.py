"""Lists of the other side: kept as they came, compared as often as one likes, taken over as differences."""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import Row, delete, insert, select, update

from workflows import errors
from workflows.city import City
from workflows.reconciliation.compare import Compared, Scope, compare, ours_of
from workflows.reconciliation.differences import Group, Source, add_entries, open_difference, tell_agreed
from workflows.reconciliation.lists import KEY, RawList, guess, rows_of
from workflows.reconciliation.words import LIST
from workflows.records.reconciliation import (
    reconciliation_difference,
    reconciliation_entry,
    reconciliation_list,
    reconciliation_list_row,
)
from workflows.uow import UnitOfWork, local_day_of

DIFFERING = ("only_here", "only_there", "different")


@dataclass(frozen=True, slots=True)
class StoreList:
    """Keep a file and compare it; the same file for the same days is the same list. Answers its id."""

    scope: Scope
    file_name: str
    raw: RawList
    city: City
    actor: str

    def run(self, uow: UnitOfWork) -> UUID:
        """Keep it, unless it is kept already."""
        scope, same = self.scope, reconciliation_list.c
        known: UUID | None = uow.connection.scalar(
            select(same.id).where(
                same.kind == scope.kind, same.unit == scope.unit, same.file_hash == self.raw.sha256,
                same.first_day == scope.first_day, same.last_day == scope.last_day,
            )
        )  # fmt: skip
        if known is not None:
            recompare(uow, self.city, list_row(uow, known))
            return known
        list_id: UUID = uow.new_id()
        uow.connection.execute(
            insert(reconciliation_list),
            {
                "id": list_id, "kind": scope.kind, "unit": scope.unit, "file_name": self.file_name,
                "file_hash": self.raw.sha256, "header": list(self.raw.header),
                "mapping": guess(scope.kind, self.raw.header), "cells": [[n, list(row)] for n, row in self.raw.cells],
                "first_day": scope.first_day, "last_day": scope.last_day, "status": "mapping", "counts": {},
                "created_by": self.actor, "created_at": uow.now,
            },
        )  # fmt: skip
        recompare(uow, self.city, list_row(uow, list_id))
        return list_id


def list_row(uow: UnitOfWork, list_id: UUID) -> Row[Any]:
    """Return a list.

    Raises:
        CaseNotFound: there is none.
    """
    row = uow.connection.execute(select(reconciliation_list).where(reconciliation_list.c.id == list_id)).one_or_none()
    if row is None:
        raise errors.CaseNotFound(list=str(list_id))
    return row


def map_columns(uow: UnitOfWork, city: City, list_id: UUID, mapping: Mapping[str, int]) -> None:
    """Read a list by other columns; what was taken over is not changed any more.

    Raises:
        FormInvalid: its differences were taken over.
    """
    row = list_row(uow, list_id)
    if row.status == "committed":
        message = "该清单的差异已经登记，列的对应关系不能再改；请重新导入文件"
        raise errors.FormInvalid(errors=[{"field": f"map-{KEY}", "message": message}])
    same = reconciliation_list.c.id == list_id
    uow.connection.execute(update(reconciliation_list).where(same).values(mapping=dict(mapping)))
    recompare(uow, city, list_row(uow, list_id))


def recompare(uow: UnitOfWork, city: City, row: Row[Any]) -> list[Compared]:
    """Compare a list with what we have now, and keep what became of each line."""
    if KEY not in row.mapping:
        return []
    scope = Scope(row.kind, row.unit, row.first_day, row.last_day)
    found = compare(city, row.kind, rows_of(row.mapping, row.cells), ours_of(uow, scope))
    uow.connection.execute(delete(reconciliation_list_row).where(reconciliation_list_row.c.list_id == row.id))
    stored = [
        {
            "list_id": row.id, "place": place, "line": one.line, "key": one.key, "outcome": one.outcome,
            "theirs": dict(one.theirs), "ours": dict(one.ours), "differences": [dict(d) for d in one.differences],
            "business_key": one.business_key,
        }
        for place, one in enumerate(found, 1)
    ]  # fmt: skip
    if stored:
        uow.connection.execute(insert(reconciliation_list_row), stored)
    status = row.status if row.status == "committed" else "previewed"
    values = {"counts": dict(Counter(one.outcome for one in found)), "status": status}
    uow.connection.execute(update(reconciliation_list).where(reconciliation_list.c.id == row.id).values(**values))
    return found


@dataclass(frozen=True, slots=True)
class CommitList:
    """Take over what differs: each cause becomes a difference, or joins the open one; repeating it doubles nothing."""

    list_id: UUID
    city: City

    def run(self, uow: UnitOfWork) -> int:
        """Answer how many numbers differ."""
        row = list_row(uow, self.list_id)
        if KEY not in row.mapping:
            message = "请先选择编号所在的列"
            raise errors.FormInvalid(errors=[{"field": f"map-{KEY}", "message": message}])
        found = recompare(uow, self.city, row)
        settle_lists(uow, row, found)
        for cause, rows in _by_cause(found).items():
            self._note(uow, row, cause, rows)
        if row.status != "committed":
            values = {"status": "committed", "committed_at": uow.now}
            same = reconciliation_list.c.id == row.id
            uow.connection.execute(update(reconciliation_list).where(same).values(**values))
        return sum(one.outcome in DIFFERING for one in found)

    def _note(self, uow: UnitOfWork, row: Row[Any], cause: str, found: Sequence[Compared]) -> None:
        day = local_day_of(uow.now)
        group = _group(self.city, row, cause)
        mine = _of_list(row.kind, row.unit) & (reconciliation_difference.c.cause == cause)
        known = uow.connection.execute(select(reconciliation_difference).where(mine)).all()
        explained = _explained(uow, [one.id for one in known if one.state == "explained"])
        rows = [_entry(one) for one in found if one.key not in explained]
        standing = next((one for one in known if one.state == "open"), None)
        if rows and standing is not None:
            add_entries(uow, standing.id, rows, day)
        elif rows:
            open_difference(uow, self.city, group, rows, Source(day, LIST, row.id, row.unit))


def _by_cause(found: Sequence[Compared]) -> dict[str, list[Compared]]:
    causes: dict[str, list[Compared]] = defaultdict(list)
    for one in found:
        if one.outcome in DIFFERING:
            causes[one.outcome].append(one)
    return causes


def _group(city: City, row: Row[Any], cause: str) -> Group:
    """Return the pair: of decisions the approval bureau is the sender, else the unit of the list receives."""
    if row.kind == "decision":
        return row.kind, row.unit, city.bureau_unit, cause
    return row.kind, city.bureau_unit, row.unit, cause


def _entry(one: Compared) -> dict[str, Any]:
    title = one.ours.get("project_name") or one.theirs.get("project_name") or one.theirs.get("party_name") or ""
    return {
        "subject": one.key, "key": one.key, "title": title, "business_key": one.business_key,
        "detail": {"differences": [dict(d) for d in one.differences]},
    }  # fmt: skip


def _of_list(kind: str, unit: str) -> Any:
    side = reconciliation_difference.c.sender if kind == "decision" else reconciliation_difference.c.receiver
    return (
        (reconciliation_difference.c.source == LIST) & (reconciliation_difference.c.kind == kind) & (side == unit)
    )  # fmt: skip


def _explained(uow: UnitOfWork, ids: Sequence[UUID]) -> frozenset[str]:
    mine = reconciliation_entry.c.difference_id.in_(ids)
    return frozenset(uow.connection.scalars(select(reconciliation_entry.c.subject).where(mine)))


def settle_lists(uow: UnitOfWork, row: Row[Any], found: Sequence[Compared]) -> None:
    """Settle what open differences of the same unit name and this comparison finds in agreement."""
    outcomes = {one.key: one.outcome for one in found}
    mine = _of_list(row.kind, row.unit) & (reconciliation_difference.c.state == "open")
    for known in uow.connection.execute(select(reconciliation_difference).where(mine)).all():
        its = reconciliation_entry.c.difference_id == known.id
        waiting = its & reconciliation_entry.c.settled_on.is_(None)
        keys = set(uow.connection.scalars(select(reconciliation_entry.c.subject).where(waiting)))
        settled = {key for key in keys if key in outcomes and outcomes[key] != known.cause}
        if settled:
            gone = waiting & reconciliation_entry.c.subject.in_(settled)
            uow.connection.execute(
                update(reconciliation_entry).where(gone).values(settled_on=local_day_of(uow.now))
            )  # fmt: skip
        if keys and keys == settled:
            tell_agreed(uow, known)


def recheck_lists(uow: UnitOfWork, city: City) -> None:
    """Compare the lists behind open differences anew: what was made up for since agrees now."""
    open_ones = select(reconciliation_difference.c.list_id).where(
        reconciliation_difference.c.state == "open", reconciliation_difference.c.source == LIST
    )
    lists = select(reconciliation_list).where(reconciliation_list.c.id.in_(open_ones))
    for row in uow.connection.execute(lists).all():
        settle_lists(uow, row, recompare(uow, city, row))
