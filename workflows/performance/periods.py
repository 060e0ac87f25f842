"""Periods that are looked at: a month, a quarter, a half or a whole year, and any stretch of days."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

from workflows import errors
from workflows.rulebook import Rulebook
from workflows.uow import ZONE, begin_of, local_day_of

_NAME = re.compile(r"(?P<year>20\d\d)(?:-(?P<month>0[1-9]|1[0-2])|Q(?P<quarter>[1-4])|H(?P<half>[12]))?\Z")
_YEAR, _PUSH = 12, "push"
LENGTHS = {"month": 1, "quarter": 3, "half": 6, "year": 12}


@dataclass(frozen=True, slots=True)
class Period:
    """A stretch of time by its name; ``push_due`` says by when a decision of each day was to be pushed, ``before`` is
    the stretch of the same length before it.
    """

    name: str
    begins_on: date
    ends_on: date
    push_due: Sequence[tuple[str, datetime]] = ()
    before: "Period | None" = None

    @property
    def begins_at(self) -> datetime:
        """The first instant."""
        return begin_of(self.begins_on)

    @property
    def ends_at(self) -> datetime:
        """The first instant after it."""
        return begin_of(self.ends_on)


def title_of(period: str) -> str:
    """Return a period in words, such as 2026年第1季度; a cycle of months as 2026年1月至6月."""
    first, _, last = period.partition("/")
    if last:
        return f"{title_of(first)}至{title_of(last).removeprefix(f'{first[:4]}年')}"
    year, sign, number_of = period[:4], period[4:5], period[5:]
    half = "上半年" if number_of == "1" else "下半年"
    words = {"Q": f"第{number_of}季度", "H": half, "-": f"{number_of.lstrip('0')}月"}
    return f"{year}年{words.get(sign, '')}"


def period_of(rulebook: Rulebook, name: str) -> Period:
    """Return a period by its name: 2026, 2026H1, 2026Q1 or 2026-03.

    Raises:
        FormInvalid: the name is none of these.
    """
    found = _NAME.match(name)
    if found is None:
        message = "期间写作 2026（年）、2026H1（半年）、2026Q1（季度）或 2026-03（月）"
        raise errors.FormInvalid(errors=[{"field": "period", "message": message}])
    place = next((key for key in ("month", "quarter", "half") if found[key]), "year")
    length = LENGTHS[place]
    number = int(found[place]) if place != "year" else 1
    return between(rulebook, name, _month(int(found["year"]), (number - 1) * length), length)


def between(rulebook: Rulebook, name: str, begins_on: date, months: int) -> Period:
    """Return the period of some months from a first of a month on, and the one before it."""
    earlier = _month(begins_on.year, begins_on.month - 1 - months)
    before = Period("", earlier, begins_on, _push_due(rulebook, earlier, begins_on))
    ends_on = _month(begins_on.year, begins_on.month - 1 + months)
    return Period(name, begins_on, ends_on, _push_due(rulebook, begins_on, ends_on), before)


def current(rulebook: Rulebook, now: datetime, length: str = "quarter") -> Period:
    """Return the period that runs now."""
    day = local_day_of(now)
    months = LENGTHS[length]
    place = (day.month - 1) // months + 1
    return period_of(rulebook, {"month": f"{day:%Y-%m}", "quarter": f"{day.year}Q{place}",
                                "half": f"{day.year}H{place}", "year": str(day.year)}[length])  # fmt: skip


def _month(year: int, place: int) -> date:
    """Return the first day of a month by its place from January of *year* (0), before or after too."""
    return date(year + place // _YEAR, place % _YEAR + 1, 1)


def _noon(day: date) -> datetime:
    return datetime.combine(day, time(12), ZONE).astimezone(UTC)


def _push_due(rulebook: Rulebook, begins_on: date, ends_on: date) -> tuple[tuple[str, datetime], ...]:
    days = [begins_on + timedelta(days=place) for place in range((ends_on - begins_on).days)]
    return tuple((f"{day:%Y-%m-%d}", rulebook.reckon(_PUSH, _noon(day)).due_at) for day in days)
