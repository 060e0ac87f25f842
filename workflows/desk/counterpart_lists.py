"""Lists of the other side for people and programs: taken in, columns chosen, previewed, taken over."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import select

from engine.commands.idempotency import Once, fingerprint_of
from engine.process_engine import ProcessEngine
from workflows import errors
from workflows.city import City
from workflows.desk.asking import Ask, Do
from workflows.directory import all_units
from workflows.policy import Actor, require
from workflows.reconciliation.compare import Scope
from workflows.reconciliation.imports import CommitList, StoreList, list_row, map_columns
from workflows.reconciliation.lists import FIELDS, checked_mapping, read_list
from workflows.records.reconciliation import reconciliation_list, reconciliation_list_row
from workflows.rulebook import Rulebook
from workflows.uow import UnitOfWork, local_day_of
from workflows.working_days import ONE_DAY

Row = Mapping[str, Any]
IMPORTERS = ("approval_clerk", "section_officer", "district_officer", "squad_officer", "policy_officer")
LONGEST = 366
_SHOWN = 500


@dataclass(frozen=True, slots=True)
class ListView:
    """One list of the other side with a page of its rows."""

    row: Row
    rows: tuple[Row, ...]
    total: int
    counts: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class ListKept:
    """A list that was kept; ``was_known`` when the same request came before."""

    id: UUID
    was_known: bool = False


class CounterpartListDesk:
    """Takes in the lists of other offices and systems."""

    def __init__(self, engine: ProcessEngine, rulebook: Rulebook) -> None:
        self._engine = engine
        self._rulebook = rulebook

    @property
    def today(self) -> date:
        """Return the day it is here."""
        return local_day_of(self._engine.clock.now())

    def lists(self, actor: Actor, limit: int = 50) -> tuple[Row, ...]:
        """Return the newest lists of the units the person may take lists in for."""
        require(actor, *IMPORTERS, "leader", "discipline_watcher")

        def read(uow: UnitOfWork) -> tuple[Row, ...]:
            c = reconciliation_list.c
            columns = [column for column in c if column.name not in ("cells", "header")]
            mine = c.unit.is_not(None) if actor.oversees else c.unit.in_(actor.units)
            rows = uow.connection.execute(select(*columns).where(mine).order_by(c.created_at.desc()).limit(limit))
            return tuple(dict(row) for row in rows.mappings())

        return self._engine.ask(Ask(read))

    def import_list(self, actor: Actor, scope: Scope, file: tuple[str, bytes], key: str = "") -> ListKept:
        """Keep and compare a list of the other side; taking the same file in again is the same list.

        Raises:
            FormInvalid: the kind, unit or days are wrong.
            ImportInvalid: the file cannot be read.
        """
        require(actor, *IMPORTERS)
        self._check(actor, scope)
        raw = read_list(scope.kind, *file)
        store = StoreList(scope, file[0].replace("\\", "/").rpartition("/")[2][:200], raw, self._city, actor.login)
        if not key:
            return ListKept(self._engine.execute(store))
        print_ = fingerprint_of("reconciliation-list", scope.kind, scope.unit, raw.sha256)
        done = self._engine.execute(Once(store, actor.login, key, print_, lambda found: {"id": str(found)}))
        return ListKept(UUID(str(done.result["id"])), done.was_replayed)

    @property
    def _city(self) -> City:
        return self._rulebook.city

    def _check(self, actor: Actor, scope: Scope) -> None:
        wrong = []
        if scope.kind not in FIELDS:
            wrong.append({"field": "kind", "message": "请选择清单的种类"})
        known = self._engine.ask(Ask(lambda uow: {unit.code for unit in all_units(uow)}))
        if scope.unit not in known or not (actor.oversees or scope.unit in actor.units):
            wrong.append({"field": "unit", "message": "请选择清单所属的单位；只能导入本单位的清单"})
        if scope.last_day < scope.first_day or scope.last_day - scope.first_day > ONE_DAY * LONGEST:
            wrong.append({"field": "last_day", "message": "截止日期不能早于起始日期，且不超过一年"})
        if scope.last_day > self.today:
            wrong.append({"field": "last_day", "message": "截止日期不能晚于今天"})
        if wrong:
            raise errors.FormInvalid(errors=wrong)

    def list(self, actor: Actor, list_id: UUID, outcome: str = "", after: int = 0, limit: int = _SHOWN) -> ListView:
        """Return a list with its rows, those of one outcome when it is named.

        Raises:
            CaseNotFound: there is none, or it is another unit's.
        """

        def read(uow: UnitOfWork) -> ListView:
            row = _seen_list(uow, actor, list_id)
            c = reconciliation_list_row.c
            wanted = [c.list_id == list_id, c.place > after, *([c.outcome == outcome] if outcome else [])]
            rows = uow.connection.execute(
                select(reconciliation_list_row).where(*wanted).order_by(c.place).limit(min(limit, _SHOWN))
            ).mappings()
            counts: Mapping[str, int] = row["counts"]
            return ListView(row, tuple(dict(one) for one in rows), sum(counts.values()), counts)

        return self._engine.ask(Ask(read))

    def map_list(self, actor: Actor, list_id: UUID, given: Mapping[str, Any]) -> None:
        """Read a list by the columns a person chose, and compare it anew."""

        def act(uow: UnitOfWork) -> None:
            row = _own_list(uow, actor, list_id)
            map_columns(uow, self._city, list_id, checked_mapping(row["kind"], row["header"], given))

        self._engine.execute(Do(act))

    def commit_list(self, actor: Actor, list_id: UUID) -> int:
        """Take over what differs; answers how many numbers differ."""

        def act(uow: UnitOfWork) -> int:
            _own_list(uow, actor, list_id)
            return CommitList(list_id, self._city).run(uow)

        return self._engine.execute(Do(act))


def _seen_list(uow: UnitOfWork, actor: Actor, list_id: UUID) -> dict[str, Any]:
    row = list_row(uow, list_id)
    if not (actor.oversees or row.unit in actor.units):
        raise errors.CaseNotFound(list=str(list_id))
    return {name: value for name, value in row._mapping.items() if name != "cells"}


def _own_list(uow: UnitOfWork, actor: Actor, list_id: UUID) -> dict[str, Any]:
    row = _seen_list(uow, actor, list_id)
    require(actor, *IMPORTERS)
    return row
