"""Alerts by kind, hour and place, and how many of each device proved true."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import case, func, select

from workflows.alerts.lists import AlertFilter, conditions_of, is_decided, is_true
from workflows.policy import Actor
from workflows.records.alerts import alert, monitoring_device
from workflows.uow import UnitOfWork

_a = alert.c
LEAST = 5  # a rate of fewer is no rate
PERIODS = (7, 30, 90, 365)
_SHADES = 4
_WIDEST = 24


@dataclass(frozen=True, slots=True)
class Share:
    """How many alerts, how many of them decided, how many true."""

    key: str
    name: str
    alerts: int
    decided: int
    true: int

    @property
    def percent(self) -> int | None:
        """Return the true ones of the decided ones; nothing below five."""
        return round(100 * self.true / self.decided) if self.decided >= LEAST else None


@dataclass(frozen=True, slots=True)
class Cell:
    """One cell of the map; ``shade`` goes from 0 to 4 with the number of true alerts."""

    name: str
    alerts: int
    true: int
    shade: int


@dataclass(frozen=True, slots=True)
class Statistics:
    """What the page shows; ``grid`` has the northernmost row first, and None where nothing was seen."""

    days: int
    alerts: int
    decided: int
    true: int
    checked: int
    in_time: int
    classes: tuple[Share, ...]
    hours: tuple[Share, ...]
    devices: tuple[Share, ...]
    columns: tuple[str, ...]
    grid: tuple[tuple[str, tuple[Cell | None, ...]], ...]
    places: tuple[Share, ...]


def statistics_of(uow: UnitOfWork, actor: Actor, days: int, classes: Mapping[str, str]) -> Statistics:
    """Return the numbers of the alerts the person may see."""
    wanted = AlertFilter(days=days)
    conditions = conditions_of(uow, actor, wanted)
    by_class = _shares(uow, _a.class_code, conditions, classes)
    devices = {str(row.id): f"{row.name}（{row.code}）" for row in uow.connection.execute(
        select(monitoring_device.c.id, monitoring_device.c.name, monitoring_device.c.code))}  # fmt: skip
    places = _shares(uow, _a.cell, conditions, {})
    visits = uow.connection.execute(
        select(func.count(), func.sum(case((_a.is_late.is_(False), 1), else_=0))).where(
            *conditions, _a.is_late.is_not(None)
        )
    ).one()
    columns, grid = _grid(places)
    return Statistics(
        days, sum(one.alerts for one in by_class), sum(one.decided for one in by_class),
        sum(one.true for one in by_class), int(visits[0] or 0), int(visits[1] or 0), by_class,
        _shares(uow, _a.hour, conditions, {str(n): f"{n} 时" for n in range(24)}),
        _shares(uow, _a.device_id, conditions, devices), columns, grid, places[:20],
    )  # fmt: skip


def _shares(uow: UnitOfWork, column: Any, conditions: Any, names: Mapping[str, str]) -> tuple[Share, ...]:
    rows = uow.connection.execute(
        select(
            column.label("key"), func.count().label("alerts"),
            func.sum(case((is_decided(), 1), else_=0)).label("decided"),
            func.sum(case((is_true(), 1), else_=0)).label("found"),
        )
        .where(*conditions)
        .group_by(column)
    )  # fmt: skip
    found = [
        Share(str(row.key), names.get(str(row.key), str(row.key)), int(row.alerts), int(row.decided), int(row.found))
        for row in rows
    ]
    order = {name: place for place, name in enumerate(names)}
    return tuple(sorted(found, key=lambda one: (-one.true, -one.alerts, order.get(one.key, 0), one.key)))


def _grid(places: tuple[Share, ...]) -> tuple[tuple[str, ...], tuple[tuple[str, tuple[Cell | None, ...]], ...]]:
    """Return the columns and rows that have an alert: a sketch of the map, not its distances."""
    busiest = places[: _WIDEST * 4]
    souths = sorted({one.key.partition(",")[0] for one in busiest}, key=float, reverse=True)[:_WIDEST]
    wests = sorted({one.key.partition(",")[2] for one in busiest}, key=float)[:_WIDEST]
    most = max((one.true for one in busiest), default=0)
    known = {one.key: one for one in busiest}
    rows = []
    for south in souths:
        cells = (known.get(f"{south},{west}") for west in wests)
        rows.append((south, tuple(
            None if one is None else Cell(one.key, one.alerts, one.true, _shade(one.true, most)) for one in cells
        )))  # fmt: skip
    return tuple(wests), tuple(rows)


def _shade(true: int, most: int) -> int:
    return 0 if true == 0 else max(1, round(_SHADES * true / most))
