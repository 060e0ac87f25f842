"""Supervising the supervisors on the desk: duties of a cycle, who sleeps, findings of inaction, sample audits."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import func, select

from engine.process_engine import ProcessEngine
from workflows import errors
from workflows.desk.asking import Ask
from workflows.directory import all_units
from workflows.performance import watch
from workflows.performance.counts import counts_between, ignored_acts
from workflows.performance.cycles import Cycle, cycle_at, is_open
from workflows.performance.scope import scope_on
from workflows.performance.sql import ACT, proven
from workflows.policy import Actor
from workflows.records.inspections import supervision_act
from workflows.records.performance import duty_cycle, inaction_finding
from workflows.rulebook import Rulebook
from workflows.uow import UnitOfWork, local_day_of

Row = Mapping[str, Any]
MOST, PAGE = 500, 50


@dataclass(frozen=True, slots=True)
class DutyLine:
    """An item that a unit supervises and what it did for it in the cycle so far."""

    item_code: str
    item_name: str
    unit: str
    area: str
    checks: int
    acts: int
    ignored: int
    objects: int

    @property
    def state(self) -> str:
        """Return done, missing or no_object."""
        if self.checks:
            return "done"
        return "missing" if is_open({"checks": 0, "acts": self.acts, "objects": self.objects}) else "no_object"


@dataclass(frozen=True, slots=True)
class DutyView:
    """The running cycle: how many days are left, the lines asked for, and the numbers by unit and by item."""

    cycle: Cycle
    days_left: int
    lines: tuple[DutyLine, ...]
    units: Mapping[str, Mapping[str, int]]
    items: Mapping[str, Mapping[str, Any]]
    names: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class WatchView:
    """Who sleeps, with the lists and how long each is."""

    unsigned: tuple[Sequence[Row], int]
    uploads: tuple[Sequence[Row], int]
    silent: Sequence[Row]
    names: Mapping[str, str]


class PerformanceDesk:
    """Answers how the units do their duties; a unit sees its own, overseers see all."""

    def __init__(self, engine: ProcessEngine, rulebook: Rulebook) -> None:
        self._engine = engine
        self._rulebook = rulebook

    def duties(self, actor: Actor, unit: str = "", item: str = "") -> DutyView:
        """Return what has been done for the duties of the running cycle.

        Raises:
            CaseNotFound: the unit is not one the person may see.
        """
        return self._engine.ask(Ask(lambda uow: self._duties(uow, actor, unit, item)))

    def _duties(self, uow: UnitOfWork, actor: Actor, unit: str, item: str) -> DutyView:
        seen, cycle = seen_units(actor, unit), cycle_at(self._rulebook, uow.now)
        today = local_day_of(uow.now)
        scope = [one for one in scope_on(uow, today) if seen is None or one.unit in seen]
        counts = counts_between(uow, scope, cycle.begins_at, cycle.ends_at, self._rulebook.city.area)
        lines = tuple(
            DutyLine(one.item_code, one.item_name, one.unit, one.area, **counts[one.item_code, one.unit])
            for one in scope
        )
        names = {one.code: one.short_name for one in all_units(uow)}
        chosen = tuple(one for one in lines if item in ("", one.item_code))
        return DutyView(
            cycle, (cycle.last_day - today).days, chosen, _grouped(lines, "unit"), _grouped(lines, "item_code"), names
        )

    def duty(self, actor: Actor, unit: str, item: str) -> tuple[DutyLine, Sequence[Row], Sequence[Row], DutyView]:
        """Return one duty with the acts that count and those that do not.

        Raises:
            CaseNotFound: the unit has no such duty, or is not one the person may see.
        """

        def read(uow: UnitOfWork) -> tuple[DutyLine, Sequence[Row], Sequence[Row], DutyView]:
            view = self._duties(uow, actor, unit, item)
            if not view.lines:
                raise errors.CaseNotFound(unit=unit, item=item)
            begins, ends = view.cycle.begins_at, view.cycle.ends_at
            return (
                view.lines[0],
                _acts(uow, item, unit, begins, ends),
                ignored_acts(uow, item, unit, begins, ends),
                view,
            )

        return self._engine.ask(Ask(read))

    def watch(self, actor: Actor) -> WatchView:
        """Return handoffs nobody signed, records not uploaded, and units that do nothing."""
        seen = seen_units(actor)

        def read(uow: UnitOfWork) -> WatchView:
            names = {one.code: one.short_name for one in all_units(uow)}
            return WatchView(
                watch.unsigned(uow, seen), watch.late_uploads(uow, seen),
                watch.silent_units(uow, self._rulebook, seen), names,
            )  # fmt: skip

        return self._engine.ask(Ask(read))

    def findings(self, actor: Actor, *, unit: str = "", state: str = "", page: int = 1) -> tuple[Sequence[Row], int]:
        """Return a page of the findings of inaction, the newest first, and how many there are."""
        seen, f = seen_units(actor, unit), inaction_finding.c
        conditions = [f.state == state] if state else []
        conditions += [] if seen is None else [f.unit.in_(seen)]

        def read(uow: UnitOfWork) -> tuple[Sequence[Row], int]:
            total = uow.connection.scalar(select(func.count()).select_from(inaction_finding).where(*conditions)) or 0
            rows = uow.connection.execute(
                select(inaction_finding).where(*conditions).order_by(f.found_at.desc(), f.id)
                .limit(PAGE).offset((page - 1) * PAGE)
            ).mappings()  # fmt: skip
            return [dict(row) for row in rows], int(total)

        return self._engine.ask(Ask(read))

    def finding(self, actor: Actor, finding_id: UUID) -> Row:
        """Return a finding with its evidence.

        Raises:
            CaseNotFound: there is none, or it is another unit's.
        """

        def read(uow: UnitOfWork) -> Row:
            mine = inaction_finding.c.id == finding_id
            row = uow.connection.execute(select(inaction_finding).where(mine)).mappings().first()
            if row is None or not may_see_unit(actor, row["unit"]):
                raise errors.CaseNotFound(finding=str(finding_id))
            return dict(row)

        return self._engine.ask(Ask(read))

    def cycles(self, actor: Actor, unit: str) -> Sequence[Row]:
        """Return the cycles of a unit that are over or running, the newest first."""
        seen = seen_units(actor, unit)

        def read(uow: UnitOfWork) -> Sequence[Row]:
            rows = uow.connection.execute(
                select(duty_cycle).where(duty_cycle.c.unit.in_(seen or (unit,))).order_by(duty_cycle.c.begins_at.desc())
                .limit(MOST)
            ).mappings()  # fmt: skip
            return [dict(row) for row in rows]

        return self._engine.ask(Ask(read))


def may_see_unit(actor: Actor, unit: str) -> bool:
    """Tell whether a unit's work may be looked at: one's own, or all of the city for overseers."""
    return actor.oversees or unit in actor.units


def seen_units(actor: Actor, unit: str = "") -> Sequence[str] | None:
    """Return which units are shown; None for all of the city.

    Raises:
        CaseNotFound: the unit asked for is not one the person may see.
    """
    if unit:
        if not may_see_unit(actor, unit):
            raise errors.CaseNotFound(unit=unit)
        return (unit,)
    return None if actor.oversees else actor.units


def _grouped(lines: Sequence[DutyLine], by: str) -> dict[str, dict[str, Any]]:
    found: dict[str, dict[str, Any]] = {}
    for line in lines:
        one = found.setdefault(
            getattr(line, by), {"name": line.item_name, "all": 0, "done": 0, "missing": 0, "no_object": 0}
        )
        one["all"] += 1
        one[line.state] += 1
    return dict(sorted(found.items()))


def _acts(uow: UnitOfWork, item: str, unit: str, begins: datetime, ends: datetime) -> Sequence[Row]:
    rows = uow.connection.execute(
        select(ACT.id, ACT.kind, ACT.happened_at, ACT.business_key, ACT.party_name, ACT.result)
        .select_from(supervision_act)
        .where(ACT.item_code == item, ACT.unit == unit, ACT.happened_at >= begins, ACT.happened_at < ends, proven())
        .order_by(ACT.happened_at, ACT.id)
        .limit(MOST)
    ).mappings()  # fmt: skip
    return [dict(row) for row in rows]
