"""Where lateness gathers: units by weeks, or units by processes; each number is a list, and each line says why."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import or_, select

from engine.process_engine import ProcessEngine
from engine.store.tables import process_instance, user_task
from workflows import catalog
from workflows.desk.asking import Ask
from workflows.desk.cockpit import WATCHERS
from workflows.directory import all_units
from workflows.orders import RUNGS
from workflows.policy import Actor, require
from workflows.records.clocks import running_limit
from workflows.records.orders import supervision_order
from workflows.rulebook import Rulebook
from workflows.time_limits import local_day
from workflows.uow import UnitOfWork

WEEKS = 12
MOST = 20_000
_C = running_limit.c


@dataclass(frozen=True, slots=True)
class Late:
    """One exceeded limit: whose, since when, and what keeps it."""

    business_key: str
    process: str
    title: str
    unit: str
    due_at: datetime
    ended_at: datetime | None
    why: str
    week: date


@dataclass(frozen=True, slots=True)
class Heat:
    """The map: rows are units, columns are weeks or processes; ``cells`` by unit and column."""

    by: str
    columns: tuple[tuple[str, str], ...]
    units: tuple[tuple[str, str], ...]
    cells: Mapping[tuple[str, str], int]
    total: int


class HeatDesk:
    """Answers leaders and heads; persons are never counted."""

    def __init__(self, engine: ProcessEngine, rulebook: Rulebook) -> None:
        self._engine = engine
        self._rulebook = rulebook

    def map(self, actor: Actor, by: str = "week") -> Heat:
        """Return how many limits of the last twelve weeks were exceeded."""
        rows = self.late(actor)
        names = dict(self._engine.ask(Ask(lambda uow: [(unit.code, unit.short_name) for unit in all_units(uow)])))
        cells: dict[tuple[str, str], int] = {}
        for row in rows:
            key = (row.unit, _column(row, by))
            cells[key] = cells.get(key, 0) + 1
        totals: dict[str, int] = {}
        for (unit, _), number in cells.items():
            totals[unit] = totals.get(unit, 0) + number
        units = sorted(totals, key=lambda code: (-totals[code], names.get(code, code)))
        columns = self._columns(rows, by)
        return Heat(by, columns, tuple((code, names.get(code, code)) for code in units), cells, len(rows))

    def _columns(self, rows: Sequence[Late], by: str) -> tuple[tuple[str, str], ...]:
        if by == "process":
            found = sorted({row.process for row in rows})
            return tuple((key, catalog.TITLES.get(key, key)) for key in found)
        first = self._first(self._engine.clock.now())
        weeks = (first + timedelta(weeks=n) for n in range(WEEKS))
        return tuple((week.isoformat(), f"{week:%m-%d}") for week in weeks)

    def _first(self, now: datetime) -> date:
        today = local_day(now, self._rulebook.calendar)
        return today - timedelta(days=today.weekday(), weeks=WEEKS - 1)

    def late(self, actor: Actor, unit: str = "", column: str = "", by: str = "week") -> tuple[Late, ...]:
        """Return the exceeded limits behind a number, the longest exceeded first."""
        require(actor, *WATCHERS)
        rows = self._engine.ask(Ask(lambda uow: self._late(uow, actor, unit)))
        return tuple(row for row in rows if not column or _column(row, by) == column)

    def _late(self, uow: UnitOfWork, actor: Actor, unit: str) -> tuple[Late, ...]:
        first = datetime.combine(self._first(uow.now), datetime.min.time(), self._rulebook.calendar.zone)
        runs = _C.ended_at.is_(None) & _C.paused_since.is_(None) & ~_C.is_waiting & (_C.due_at <= uow.now)
        statement = (
            select(running_limit, process_instance.c.definition_key, user_task.c.assignee, user_task.c.name,
                   supervision_order.c.rung)
            .join(process_instance, process_instance.c.id == _C.instance_id)
            .join(user_task, user_task.c.id == _C.task_id, isouter=True)
            .join(supervision_order, supervision_order.c.id == _C.order_id, isouter=True)
            .where(or_(_C.is_late, runs), _C.due_at > first, _C.due_at <= uow.now)
            .order_by(_C.due_at, _C.id).limit(MOST)
        )  # fmt: skip
        if not actor.oversees:
            statement = statement.where(_C.unit.in_(actor.units))
        if unit:
            statement = statement.where(_C.unit == unit)
        return tuple(self._line(row) for row in uow.connection.execute(statement))

    def _line(self, row: Any) -> Late:
        limit = self._rulebook.limits.at(
            row.limit_name, local_day(row.anchor_at, self._rulebook.calendar), row.item_code
        )  # fmt: skip
        day = local_day(row.due_at - timedelta(microseconds=1), self._rulebook.calendar)
        return Late(row.business_key, row.definition_key, f"{limit.title} {limit.text}", row.unit, row.due_at,
                    row.ended_at, _why(row), day - timedelta(days=day.weekday()))  # fmt: skip


def _column(row: Late, by: str) -> str:
    return row.process if by == "process" else row.week.isoformat()


def _why(row: Any) -> str:
    """Return what keeps it, in words; persons are not named."""
    if row.ended_at is not None:
        return "已逾期办结"
    step = f"卡在“{row.name}”" if row.name else "阶段未完成"
    held = "已签收未办结" if row.assignee else "无人签收"
    rung = f"，督办：{RUNGS.get(row.rung, row.rung)}" if row.rung else ""
    return f"{step}，{held}{rung}" if row.name else f"{step}{rung}"
