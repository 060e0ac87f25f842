"""Quarters of the year: which one is reviewed, and when the next one begins."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time

from workflows.working_days import WorkingCalendar

_MONTHS = 3


@dataclass(frozen=True, slots=True)
class Quarter:
    """A quarter of a year; ``number`` is 1 to 4."""

    year: int
    number: int

    @property
    def name(self) -> str:
        """Return it as records write it, such as 2026Q1."""
        return f"{self.year}Q{self.number}"

    @property
    def first_day(self) -> date:
        """The first day."""
        return date(self.year, _MONTHS * (self.number - 1) + 1, 1)

    @property
    def next(self) -> "Quarter":
        """The quarter after this one."""
        return Quarter(self.year + self.number // 4, self.number % 4 + 1)

    @property
    def previous(self) -> "Quarter":
        """The quarter before this one."""
        return Quarter(self.year - (self.number == 1), (self.number - 2) % 4 + 1)


def quarter_of(day: date) -> Quarter:
    """Return the quarter a day lies in."""
    return Quarter(day.year, (day.month - 1) // _MONTHS + 1)


def first_working_instant(quarter: Quarter, calendar: WorkingCalendar) -> datetime:
    """Return when the first working day of a quarter begins, in UTC."""
    day = calendar.next_working_day(quarter.first_day)
    return datetime.combine(day, time(), calendar.zone).astimezone(UTC)


def days_of(quarter: Quarter) -> tuple[date, date]:
    """Return the first day and the first day after the quarter."""
    return quarter.first_day, quarter.next.first_day
