"""Takes the numbers of a bulletin: each is counted by the very function that draws its list."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Row, select

from workflows.bulletins.lists import LISTS, Span, by_unit, lines, reasons_of
from workflows.performance.board import KpiValue, kpi_values, units_values
from workflows.performance.periods import Period
from workflows.records.bulletins import bulletin_figure
from workflows.uow import UnitOfWork

COUNTED = (
    ("late", "late"), ("late", "open"), ("letters", "order"), ("letters", "opinion"),
    ("letters", "oversight_decision"), ("letters", "interview_minutes"), ("letters", "criticism"),
    ("letters", "referral"), ("inaction", "confirmed"),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Figure:
    """One number of a bulletin; without a denominator it is a plain count."""

    section: str
    code: str
    name: str
    unit: str | None
    numerator: float
    denominator: int | None = None
    rate: float | None = None
    previous: float | None = None
    reasons: list[dict[str, Any]] = field(default_factory=list)


def take(uow: UnitOfWork, period: Period) -> list[Figure]:
    """Return every number of a period: of all units together, then of each that has any."""
    return [
        *_indicators(uow, period),
        *(one for section, code in COUNTED for one in _counts(uow, period, section, code)),
    ]


def span_of(uow: UnitOfWork, period: Period) -> Span:
    """Return a period as the lists take it."""
    return Span(period.begins_at, period.ends_at, uow.now)


def _indicators(uow: UnitOfWork, period: Period) -> Iterator[Figure]:
    for value in kpi_values(uow, period):
        yield _of(value)
    for _, values in units_values(uow, period):
        yield from (_of(value) for value in values)


def _of(value: KpiValue) -> Figure:
    previous = None if value.rate is None or value.trend is None else round(value.rate - value.trend, 4)
    return Figure(
        "kpi", value.code, value.name, value.unit, value.numerator, value.denominator, value.rate, previous
    )  # fmt: skip


def _counts(uow: UnitOfWork, period: Period, section: str, code: str) -> Iterator[Figure]:
    now = lines(uow, section, code, span_of(uow, period))
    compared = period.before if code != "open" else None  # what is still open now says nothing about then
    old = lines(uow, section, code, span_of(uow, compared)) if compared else []
    name = LISTS[code]
    yield Figure(section, code, name, None, len(now), previous=len(old) if compared else None, reasons=reasons_of(now))
    mine, theirs = by_unit(now), by_unit(old)
    for unit in sorted(mine.keys() | theirs.keys()):
        found = mine.get(unit, [])
        previous = len(theirs.get(unit, [])) if compared else None
        yield Figure(section, code, name, unit, len(found), previous=previous, reasons=reasons_of(found))


def stored(uow: UnitOfWork, bulletin_id: object) -> list[Row[Any]]:
    """Return the numbers of a bulletin as they were taken."""
    mine = bulletin_figure.c.bulletin_id == bulletin_id
    return list(uow.connection.execute(select(bulletin_figure).where(mine).order_by(bulletin_figure.c.place)))
