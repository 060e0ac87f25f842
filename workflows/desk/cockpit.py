"""The cockpit: what is open, what is late, at which unit; every number is a list one click away."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, func, select

from engine.commands.incidents import ResolveIncident
from engine.process_engine import ProcessEngine
from engine.queries.instances import ListIncidents, OpenIncident
from engine.store.tables import process_definition, process_instance
from workflows import errors
from workflows.desk.asking import Ask, ClockView, clock_view
from workflows.directory import all_units
from workflows.jurisdiction import visible
from workflows.policy import Actor, require
from workflows.records.approvals import hard_block
from workflows.records.cases import duty, transfer
from workflows.records.clocks import running_limit
from workflows.records.orders import supervision_order
from workflows.rulebook import Rulebook
from workflows.uow import UnitOfWork

Row = Mapping[str, Any]
WATCHERS = ("policy_officer", "leader", "discipline_watcher", "section_head", "squad_head", "administrator")
MOST = 1000  # rows of a list
_BLOCKS = hard_block.join(transfer, transfer.c.id == hard_block.c.transfer_id, isouter=True)


@dataclass(frozen=True, slots=True)
class UnitRow:
    """One unit's numbers."""

    code: str
    name: str
    open: int
    yellow: int
    red: int
    paused: int
    late_ever: int


@dataclass(frozen=True, slots=True)
class CockpitView:
    """The numbers of a moment."""

    at: datetime
    open_cases: int
    open_clocks: int
    red: int
    yellow: int
    orders: int
    blocks: int
    claim_rate: tuple[int, int]
    units: tuple[UnitRow, ...]


class CockpitDesk:
    """Answers leaders and the policy section."""

    def __init__(self, engine: ProcessEngine, rulebook: Rulebook) -> None:
        self._engine = engine
        self._rulebook = rulebook

    def overview(self, actor: Actor) -> CockpitView:
        """Return the numbers: of the city for overseers, of the own unit for heads."""
        require(actor, *WATCHERS)
        return self._engine.ask(Ask(lambda uow: self._overview(uow, actor)))

    def _overview(self, uow: UnitOfWork, actor: Actor) -> CockpitView:
        units = self._units(uow, actor)
        pushed = _scope(actor, duty.c.unit)
        claimed = pushed & duty.c.claimed_at.is_not(None) & duty.c.is_late.is_(False)
        return CockpitView(
            at=uow.now,
            open_cases=_count(uow, process_instance, _open_cases(actor)),
            open_clocks=sum(row.open for row in units),
            red=sum(row.red for row in units),
            yellow=sum(row.yellow for row in units),
            orders=_count(uow, supervision_order, _open_orders(actor)),
            blocks=_count(uow, _BLOCKS, _standing_blocks(actor)),
            claim_rate=(_count(uow, duty, claimed), _count(uow, duty, pushed)),
            units=units,
        )

    def _units(self, uow: UnitOfWork, actor: Actor) -> tuple[UnitRow, ...]:
        names = {unit.code: unit.short_name for unit in all_units(uow)}
        found: dict[str, list[int]] = {}
        c, mine = running_limit.c, _scope(actor, running_limit.c.unit)
        ever = select(c.unit, func.count().filter(c.is_late)).where(mine).group_by(c.unit)
        for code, late in uow.connection.execute(ever):
            found[code] = [0, 0, 0, 0, late]
        for row in uow.connection.execute(select(running_limit).where(mine, c.ended_at.is_(None))):
            numbers = found[row.unit]
            numbers[0] += 1
            place = _place(row, uow.now)
            if place is not None:
                numbers[place] += 1
        rows = [UnitRow(code, names.get(code, code), *numbers) for code, numbers in found.items()]
        return tuple(sorted(rows, key=lambda row: (-row.red, -row.yellow, row.name)))

    def clocks(self, actor: Actor, *, unit: str = "", lamp: str = "") -> tuple[tuple[ClockView, str, str], ...]:
        """Return the open clocks behind a number, each with its case's number and its unit's code."""
        require(actor, *WATCHERS)

        def read(uow: UnitOfWork) -> tuple[tuple[ClockView, str, str], ...]:
            statement = select(running_limit).where(
                running_limit.c.ended_at.is_(None), _scope(actor, running_limit.c.unit)
            )
            if unit:
                statement = statement.where(running_limit.c.unit == unit)
            rows = uow.connection.execute(statement.order_by(running_limit.c.due_at).limit(MOST))
            shown = [(clock_view(self._rulebook, row, uow.now), row.business_key, row.unit) for row in rows]
            return tuple(entry for entry in shown if not lamp or entry[0].lamp == lamp)

        return self._engine.ask(Ask(read))

    def incidents(self, actor: Actor) -> tuple[OpenIncident, ...]:
        """Return jobs that failed for good."""
        require(actor, "administrator", "policy_officer")
        return self._engine.ask(ListIncidents())

    def step_names(self, keys: Iterable[str]) -> Mapping[str, tuple[str, Mapping[str, str]]]:
        """Return what processes are called, with the names of their steps by their ids; the newest version decides."""
        c = process_definition.c
        versions = select(c.key, c.name, c.elements).where(c.key.in_(set(keys))).order_by(c.version)
        found: dict[str, tuple[str, dict[str, str]]] = {}
        for row in self._engine.ask(Ask(lambda uow: uow.connection.execute(versions).all())):
            named = {element: facts.get("name") or element for element, facts in row.elements.items()}
            found[row.key] = (row.name, found.get(row.key, ("", {}))[1] | named)
        return found

    def retry(self, actor: Actor, incident_id: UUID, reason: str) -> None:
        """Make the failed job of an incident due again.

        Raises:
            FormInvalid: the reason is missing.
            IncidentNotFound: it was resolved already.
        """
        require(actor, "administrator")
        if not reason.strip():
            raise errors.FormInvalid(errors=[{"field": "reason", "message": "请写明重试的理由"}])
        self._engine.execute(ResolveIncident(incident_id, actor.login, reason.strip()))

    def cases(self, actor: Actor) -> tuple[Row, ...]:
        """Return the open cases of the city, for heads those that concern their unit, newest first."""
        table = process_instance.c
        columns = (table.business_key, table.definition_key, table.started_at)
        return self._listed(actor, select(*columns).where(_open_cases(actor)).order_by(table.started_at.desc()))

    def orders(self, actor: Actor, limit: int = MOST) -> tuple[Row, ...]:
        """Return the open ladders, the longest overdue first."""
        table = supervision_order
        return self._listed(actor, select(table).where(_open_orders(actor)).order_by(table.c.red_at), limit)

    def blocks(self, actor: Actor) -> tuple[Row, ...]:
        """Return the standing blocks, newest first, with the number of the case that set each."""
        statement = select(hard_block, transfer.c.business_key).select_from(_BLOCKS).where(_standing_blocks(actor))
        return self._listed(actor, statement.order_by(hard_block.c.set_at.desc()))

    def _listed(self, actor: Actor, statement: Any, limit: int = MOST) -> tuple[Row, ...]:
        require(actor, *WATCHERS)
        found = statement.limit(limit)
        return self._engine.ask(Ask(lambda uow: tuple(dict(r) for r in uow.connection.execute(found).mappings())))


def _scope(actor: Actor, unit: ColumnElement[Any]) -> ColumnElement[bool]:
    return unit.is_not(None) if actor.oversees else unit.in_(actor.units)


def _open_cases(actor: Actor) -> ColumnElement[bool]:
    return (process_instance.c.status == "active") & visible(actor, process_instance.c.id)


def _open_orders(actor: Actor) -> ColumnElement[bool]:
    return (supervision_order.c.state == "open") & _scope(actor, supervision_order.c.unit)


def _standing_blocks(actor: Actor) -> ColumnElement[bool]:
    """Of the city for overseers; for heads those that a case of their unit has set."""
    stands = hard_block.c.lifted_at.is_(None)
    return stands if actor.oversees else stands & visible(actor, transfer.c.instance_id)


def _place(row: Any, now: datetime) -> int | None:
    """Return the column of a running clock: paused, red or yellow; a waiting period is neither red nor yellow."""
    if row.paused_since or row.is_waiting:
        return 3 if row.paused_since else None
    return 2 if row.due_at <= now else 1 if row.warn_at <= now else None


def _count(uow: UnitOfWork, table: Any, condition: Any) -> int:
    return uow.connection.scalar(select(func.count()).select_from(table).where(condition)) or 0
