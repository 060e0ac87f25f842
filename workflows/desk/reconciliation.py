"""Reconciliation for people and programs: the days, both sides of a pair, and differences."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import func, or_, select

from engine.process_engine import ProcessEngine
from workflows import errors
from workflows.desk.asking import Ask
from workflows.directory import Unit, all_units
from workflows.policy import Actor
from workflows.records.reconciliation import (
    reconciliation_day,
    reconciliation_difference,
    reconciliation_entry,
    reconciliation_line,
)
from workflows.rulebook import Rulebook
from workflows.uow import UnitOfWork, local_day_of

Row = Mapping[str, Any]
SYSTEMS: Mapping[str, str] = {"exchange": "“互联网+监管”系统", "credit": "信用信息共享平台"}
LONGEST = 366
_SHOWN = 500
COUNTS = ("opening", "sent", "received", "returned", "withdrawn", "in_transit", "paused", "explained", "unexplained")


@dataclass(frozen=True, slots=True)
class DayView:
    """One day with what the person may see of it; the lamp is red for anything that nothing explains."""

    day: date
    lamp: str
    totals: Mapping[str, int]
    is_catch_up: bool


@dataclass(frozen=True, slots=True)
class DifferenceView:
    """One difference with its entries."""

    row: Row
    entries: tuple[Row, ...]


class ReconciliationDesk:
    """Answers both sides' counts and takes in the other side's lists."""

    def __init__(self, engine: ProcessEngine, rulebook: Rulebook) -> None:
        self._engine = engine
        self._rulebook = rulebook

    @property
    def today(self) -> date:
        """Return the day it is here."""
        return local_day_of(self._engine.clock.now())

    def units(self, _actor: Actor) -> tuple[Unit, ...]:
        """Return the units, for their names."""
        return self._engine.ask(Ask(lambda uow: tuple(all_units(uow))))

    def names(self, actor: Actor) -> dict[str, str]:
        """Return what units and the systems that are reported to are called."""
        systems = {**self._rulebook.city.outlets, **SYSTEMS}
        return {**systems, **{unit.code: unit.short_name for unit in self.units(actor)}}

    def days(self, actor: Actor, count: int = 31, before: date | None = None) -> tuple[DayView, ...]:
        """Return the newest counted days, each with the sums of the pairs the person may see."""

        def read(uow: UnitOfWork) -> tuple[DayView, ...]:
            older = reconciliation_day.c.day < before if before else reconciliation_day.c.day.is_not(None)
            newest = select(reconciliation_day).where(older).order_by(reconciliation_day.c.day.desc())
            rows = uow.connection.execute(newest.limit(min(count, LONGEST))).all()
            sums = [func.sum(reconciliation_line.c[name]).label(name) for name in COUNTS]
            wanted = reconciliation_line.c.day.in_([row.day for row in rows])
            grouped = select(reconciliation_line.c.day, *sums).where(wanted, _mine(actor, reconciliation_line))
            found = {row.day: row for row in uow.connection.execute(grouped.group_by(reconciliation_line.c.day))}
            return tuple(_day(row, found.get(row.day)) for row in rows)

        return self._engine.ask(Ask(read))

    def lines(self, actor: Actor, day: date) -> tuple[Row, ...]:
        """Return the pairs of a day that the person may see, those that differ first.

        Raises:
            CaseNotFound: the day was not counted.
        """

        def read(uow: UnitOfWork) -> tuple[Row, ...]:
            counted = select(reconciliation_day.c.day).where(reconciliation_day.c.day == day)
            if uow.connection.scalar(counted) is None:
                raise errors.CaseNotFound(day=day.isoformat())
            c = reconciliation_line.c
            mine = select(reconciliation_line).where(c.day == day, _mine(actor, reconciliation_line))
            order = mine.order_by(c.unexplained.desc(), c.kind, c.sender, c.receiver).limit(_SHOWN)
            return tuple({**row, "lamp": lamp_of(dict(row))} for row in uow.connection.execute(order).mappings())

        return self._engine.ask(Ask(read))

    def pair(self, actor: Actor, kind: str, sender: str, receiver: str, count: int = 62) -> tuple[Row, ...]:
        """Return one pair through the days, the newest first.

        Raises:
            CaseNotFound: nothing passed between them, or the pair is not the person's.
        """

        def read(uow: UnitOfWork) -> tuple[Row, ...]:
            c = reconciliation_line.c
            same = (c.kind == kind) & (c.sender == sender) & (c.receiver == receiver)
            mine = select(reconciliation_line).where(same, _mine(actor, reconciliation_line))
            rows = uow.connection.execute(mine.order_by(c.day.desc()).limit(min(count, LONGEST))).mappings().all()
            if not rows:
                raise errors.CaseNotFound(pair=f"{kind}/{sender}/{receiver}")
            return tuple({**row, "lamp": lamp_of(dict(row))} for row in rows)

        return self._engine.ask(Ask(read))

    def differences(
        self, actor: Actor, *, state: str = "open", pair: tuple[str, str, str] | None = None, after: str = "",
        limit: int = 100,
    ) -> tuple[Row, ...]:  # fmt: skip
        """Return differences, the newest first; *after* is the number of the last one seen."""

        def read(uow: UnitOfWork) -> tuple[Row, ...]:
            c = reconciliation_difference.c
            open_entries = (
                select(func.count()).where(reconciliation_entry.c.difference_id == c.id,
                                           reconciliation_entry.c.settled_on.is_(None)).scalar_subquery()
            )  # fmt: skip
            wanted = [_mine(actor, reconciliation_difference)]
            wanted += [c.state == state] if state else []
            wanted += [c.number < after] if after else []
            if pair:
                wanted.append((c.kind == pair[0]) & (c.sender == pair[1]) & (c.receiver == pair[2]))
            statement = select(reconciliation_difference, open_entries.label("open_entries")).where(*wanted)
            rows = uow.connection.execute(statement.order_by(c.number.desc()).limit(min(limit, _SHOWN)))
            return tuple(dict(row) for row in rows.mappings())

        return self._engine.ask(Ask(read))

    def difference(self, actor: Actor, number: str) -> DifferenceView:
        """Return one difference with its entries.

        Raises:
            CaseNotFound: there is none, or neither side is the person's.
        """

        def read(uow: UnitOfWork) -> DifferenceView:
            wanted = (reconciliation_difference.c.number == number) & _mine(actor, reconciliation_difference)
            row = uow.connection.execute(select(reconciliation_difference).where(wanted)).mappings().first()
            if row is None:
                raise errors.CaseNotFound(difference=number)
            c = reconciliation_entry.c
            its = select(reconciliation_entry).where(c.difference_id == row["id"])
            entries = uow.connection.execute(its.order_by(c.settled_on.is_not(None), c.key).limit(_SHOWN)).mappings()
            return DifferenceView(dict(row), tuple(dict(one) for one in entries))

        return self._engine.ask(Ask(read))


def _mine(actor: Actor, table: Any) -> Any:
    """Return which pairs a person may see: all for overseers and the administrator, else those of the own units."""
    if actor.oversees or actor.has("administrator"):
        return table.c.sender.is_not(None)
    sides = [table.c.sender.in_(actor.units), table.c.receiver.in_(actor.units)]
    return or_(*sides, table.c.owner.in_(actor.units)) if "owner" in table.c else or_(*sides)


def lamp_of(row: Mapping[str, Any]) -> str:
    """Return red for what nothing explains, yellow for what is only explained, green when both sides agree."""
    if row["unexplained"]:
        return "red"
    return "yellow" if row["in_transit"] + row["paused"] + row["explained"] else "green"


def _day(row: Any, found: Any) -> DayView:
    totals = {name: int(getattr(found, name) or 0) if found is not None else 0 for name in COUNTS}
    return DayView(row.day, lamp_of(totals), totals, row.is_catch_up)


def as_rows(lines: Sequence[Row]) -> list[list[str]]:
    """Return lines as texts in the order of the export's columns."""
    return [[str(row[name]) for name in ("day", "kind", "sender", "receiver", *COUNTS)] for row in lines]
