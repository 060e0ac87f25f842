"""Where and when alerts prove true: learnt each night from what people decided, told to whoever decides next.

A zone is a map cell, an hour of the day and a class of alert. An alert counts as true when the check on site said so,
as untrue when it was dismissed or found to be a false alarm or lawful work; duplicates count for nothing. The share is
(true + 1) / (decided + 2), so that a few alerts never look certain.
"""

import math
from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import case, delete, func, insert, select

from workflows.alerts.lists import is_decided
from workflows.alerts.parameters import values_of
from workflows.records.alerts import alert, hot_zone
from workflows.uow import UnitOfWork

_a, _z = alert.c, hot_zone.c


def cell_of(lat: float, lon: float, size: float) -> str:
    """Return the name of a point's cell: the latitude and longitude of its south-west corner."""
    digits = max(0, math.ceil(-math.log10(size)) + 1)
    south, west = math.floor(lat / size + 1e-9) * size, math.floor(lon / size + 1e-9) * size
    return f"{south:.{digits}f},{west:.{digits}f}"


def learn(uow: UnitOfWork, folder: Path) -> int:
    """Count the zones anew from the days of the learning period; answers how many there are."""
    since = uow.now - timedelta(days=values_of(uow, folder)["learning_days"])
    found = func.sum(case((_a.verdict == "true", 1), else_=0))
    rows = uow.connection.execute(
        select(_a.cell, _a.hour, _a.class_code, func.count().label("seen"), found.label("found_true"))
        .where(_a.received_at >= since, is_decided())
        .group_by(_a.cell, _a.hour, _a.class_code)
    ).all()
    uow.connection.execute(delete(hot_zone))
    learnt = [
        {"cell": row.cell, "hour": row.hour, "class_code": row.class_code, "seen": row.seen,
         "found_true": int(row.found_true), "share": (int(row.found_true) + 1) / (row.seen + 2), "learnt_at": uow.now}
        for row in rows
    ]  # fmt: skip
    if learnt:
        uow.connection.execute(insert(hot_zone), learnt)
    return len(learnt)


def history_of(uow: UnitOfWork, row: Any, folder: Path) -> Mapping[str, bool]:
    """Return what the table of advice looks at for one alert."""
    numbers = values_of(uow, folder)
    mine = (_z.cell == row.cell) & (_z.hour == row.hour) & (_z.class_code == row.class_code)
    zone = uow.connection.execute(select(hot_zone).where(mine)).one_or_none()
    known = zone is not None and zone.seen >= numbers["least_sample"]
    share = zone.share if zone is not None else 0.5
    return {
        "is_known": known, "is_rarely_true": share < numbers["noise_below"],
        "is_often_true": share > numbers["hot_above"], "is_sure": row.confidence >= numbers["sure_above"],
    }  # fmt: skip
