"""The numbers of the board and the lists behind them: the same statement gives both, so they always agree.

Units are looked at, never persons. A rate whose denominator is below five is shown but not scored.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Select, func, select

from workflows import errors
from workflows.performance.catalogue import Kpi, kpi_called, kpis_on
from workflows.performance.measures import MEASURES
from workflows.performance.periods import Period
from workflows.performance.scope import scope_on
from workflows.performance.sql import COLUMNS, Window
from workflows.uow import UnitOfWork, local_day_of

LEAST, PAGE = 5, 50
_WHOLE = 100.0
_ENOUGH = 1e-9


@dataclass(frozen=True, slots=True)
class KpiValue:
    """One number of a unit, or of the whole city when ``unit`` is None.

    ``rate`` is None without a denominator; ``score`` (0 to 100) is None when nothing is scored: below five cases, or
    an indicator that is only shown. ``trend`` is the rate less that of the period before.
    """

    code: str
    name: str
    unit: str | None
    numerator: float
    denominator: int
    rate: float | None
    score: float | None
    trend: float | None


@dataclass(frozen=True, slots=True)
class KpiRow:
    """One case of a list."""

    key: str
    unit: str
    area: str
    at: datetime
    label: str
    business_key: str | None
    is_hit: bool
    amount: float


@dataclass(frozen=True, slots=True)
class KpiPage:
    """A page of a list and how many there are in all."""

    rows: tuple[KpiRow, ...]
    total: int
    page: int
    pages: int


@dataclass(frozen=True, slots=True)
class Filter:
    """Which part of the city is counted; nothing: all of it."""

    units: Sequence[str] | None = None
    area: str = ""

    def conditions(self, rows: Any) -> list[ColumnElement[bool]]:
        """Return the conditions on a list."""
        found = [] if self.units is None else [rows.c.unit.in_(list(self.units))]
        return [*found, rows.c.area == self.area] if self.area else found


EVERYTHING = Filter()


def kpi_values(uow: UnitOfWork, period: Period, *, unit: str | None = None) -> list[KpiValue]:
    """Return every indicator of a unit, or of the whole city."""
    wanted = EVERYTHING if unit is None else Filter((unit,))
    return [summed(kpi, counts.values(), unit) for kpi, counts in counted(uow, period, wanted)]


def kpi_rows(
    uow: UnitOfWork, code: str, period: Period, unit: str | None = None, which: str = "numerator", page: int = 1
) -> KpiPage:
    """Return a page of the list behind a number of a unit, or of the whole city.

    Raises:
        CaseNotFound: there is no such indicator.
        FormInvalid: *which* is none of numerator, denominator and rest, or there is no such page.
    """
    return rows_of(uow, code, period, EVERYTHING if unit is None else Filter((unit,)), (which, page))


def units_values(uow: UnitOfWork, period: Period, wanted: Filter = EVERYTHING) -> list[tuple[Kpi, list[KpiValue]]]:
    """Return every indicator with its value for each unit that has any."""
    return [
        (kpi, [summed(kpi, [counts[unit]], unit) for unit in sorted(counts) if counts[unit].denominator])
        for kpi, counts in counted(uow, period, wanted)
    ]


@dataclass(frozen=True, slots=True)
class Counts:
    """What was counted for a unit, now and in the period before."""

    numerator: float
    denominator: int
    numerator_before: float = 0.0
    denominator_before: int = 0


def counted(uow: UnitOfWork, period: Period, wanted: Filter, code: str = "") -> list[tuple[Kpi, Mapping[str, Counts]]]:
    """Count every indicator, or one, by unit: two statements each, one for the period and one for that before it."""
    now, old = window_of(uow, period), window_of(uow, _before(period))
    found: list[tuple[Kpi, Mapping[str, Counts]]] = []
    chosen = [one for one in kpis_on(uow, _last_day(period, uow.now)) if code in ("", one.code)]
    for kpi in chosen:
        here, there = _count(uow, kpi, now, wanted), _count(uow, kpi, old, wanted)
        nothing = (0.0, 0)
        found.append((kpi, {
            unit: Counts(*here.get(unit, nothing), *there.get(unit, nothing)) for unit in here.keys() | there.keys()
        }))  # fmt: skip
    return found


def rows_of(uow: UnitOfWork, code: str, period: Period, wanted: Filter, part: tuple[str, int]) -> KpiPage:
    """Return a page of a list; *part* is which of numerator, denominator and rest, and the page from 1."""
    which, page = part
    _check(which, page)
    kpi = kpi_called(uow, code, _last_day(period, uow.now))
    rows = MEASURES[kpi.measure](window_of(uow, period)).subquery("listed")
    chosen = select(*(rows.c[name] for name in COLUMNS)).where(*wanted.conditions(rows), *_part(rows, which))
    total = uow.connection.scalar(select(func.count()).select_from(chosen.subquery())) or 0
    ordered = chosen.order_by(rows.c.at, rows.c.key).limit(PAGE).offset((page - 1) * PAGE)
    found = tuple(_row(one) for one in uow.connection.execute(ordered).mappings())
    return KpiPage(found, total, page, max(1, -(-total // PAGE)))


def all_rows(uow: UnitOfWork, kpi: Kpi, period: Period, wanted: Filter, most: int) -> list[KpiRow]:
    """Return the whole list behind an indicator, at most *most* rows."""
    rows = MEASURES[kpi.measure](window_of(uow, period)).subquery("listed")
    chosen = select(*(rows.c[name] for name in COLUMNS)).where(*wanted.conditions(rows))
    ordered = chosen.order_by(rows.c.at, rows.c.key).limit(most)
    return [_row(one) for one in uow.connection.execute(ordered).mappings()]


def _row(row: Any) -> KpiRow:
    return KpiRow(**{**row, "is_hit": bool(row["is_hit"]), "amount": float(row["amount"] or 0)})


def _check(which: str, page: int) -> None:
    if which not in ("numerator", "denominator", "rest"):
        raise errors.FormInvalid(errors=[{"field": "which", "message": "可选 numerator、denominator、rest"}])
    if page < 1:
        raise errors.FormInvalid(errors=[{"field": "page", "message": "页码从 1 开始"}])


def _part(rows: Any, which: str) -> list[ColumnElement[bool]]:
    return {"numerator": [rows.c.is_hit == 1], "rest": [rows.c.is_hit == 0]}.get(which, [])


def window_of(uow: UnitOfWork, period: Period) -> Window:
    """Return what is counted for a period, as far as it has run."""
    scope = scope_on(uow, _last_day(period, uow.now))
    return Window(period.begins_at, period.ends_at, uow.now, scope, period.push_due)


def _last_day(period: Period, now: datetime) -> Any:
    """Return the last day of a period, today while it runs."""
    return min(local_day_of(now), period.ends_on - timedelta(days=1))


def _before(period: Period) -> Period:
    return period.before or Period(period.name, period.begins_on, period.begins_on)


def _count(uow: UnitOfWork, kpi: Kpi, window: Window, wanted: Filter) -> dict[str, tuple[float, int]]:
    rows = MEASURES[kpi.measure](window).subquery("listed")
    top = func.sum(rows.c.amount) if kpi.kind == "average" else func.sum(rows.c.is_hit)
    statement: Select[Any] = (
        select(rows.c.unit, top, func.count()).where(*wanted.conditions(rows)).group_by(rows.c.unit)
    )
    return {str(unit): (_number(kpi, above), int(below)) for unit, above, below in uow.connection.execute(statement)}


def _number(kpi: Kpi, value: Any) -> float:
    return round(float(value or 0), 1) if kpi.kind == "average" else int(value or 0)


def summed(kpi: Kpi, counts: Iterable[Counts], unit: str | None) -> KpiValue:
    """Return the value of one indicator from what was counted."""
    sums: defaultdict[str, float] = defaultdict(float)
    for one in counts:
        for name in Counts.__slots__:
            sums[name] += getattr(one, name)
    above, below = _number(kpi, sums["numerator"]), int(sums["denominator"])
    rate, old = ratio(above, below), ratio(sums["numerator_before"], sums["denominator_before"])
    trend = None if rate is None or old is None else round(rate - old, 4)
    return KpiValue(kpi.code, kpi.name, unit, above, below, rate, score_of(kpi, rate, below), trend)


def ratio(above: float, below: float) -> float | None:
    """Return a rate, None of nothing."""
    return round(above / below, 4) if below > _ENOUGH else None


def score_of(kpi: Kpi, rate: float | None, denominator: int) -> float | None:
    """Return 0 to 100; None below five cases and for what is only shown."""
    if rate is None or denominator < LEAST or kpi.direction == "none" or kpi.kind != "rate":
        return None
    return round(_WHOLE * (rate if kpi.direction == "higher" else 1 - rate), 1)
