"""Limits in months: the same day of a later month, the last one where there is none, days off, stops."""

from datetime import date

import pytest

from tests.processes.rig import CITY, china
from workflows.time_limits import TimeLimit, due_at, lamp, months_after, warn_at
from workflows.working_days import WorkingCalendar

SIX = TimeLimit("six", "六个月", 6, "month", "law", "cxgh/45", "六个月内", date(2020, 1, 1), warn_before=30)
CALENDAR = WorkingCalendar.load(CITY / "calendar")


@pytest.mark.parametrize(
    ("anchor", "due"),
    [
        ("2026-03-02T10:00:00", "2026-09-03T00:00:00"),
        ("2026-03-31T10:00:00", "2026-10-01T00:00:00"),
        ("2025-08-31T10:00:00", "2026-03-01T00:00:00"),  # a Saturday, but worked in exchange
        ("2026-04-02T10:00:00", "2026-10-09T00:00:00"),  # over the National Day holiday
    ],
)
def test_months_end_on_the_same_day_and_roll_over_days_off(anchor: str, due: str) -> None:
    assert due_at(SIX, china(anchor), CALENDAR) == china(due)


def test_a_stop_lengthens_months_by_its_days() -> None:
    anchor, stop = china("2026-03-02T10:00:00"), (china("2026-04-07T09:00:00"), china("2026-04-08T09:00:00"))
    assert due_at(SIX, anchor, CALENDAR, [stop]) == china("2026-09-05T00:00:00")


def test_what_is_left_of_months_is_told_in_days() -> None:
    anchor = china("2026-03-02T10:00:00")
    due, warn = due_at(SIX, anchor, CALENDAR), warn_at(SIX, anchor, CALENDAR)
    assert lamp(SIX, due, warn, china("2026-08-30T10:00:00"), CALENDAR).text == "剩 3 个自然日"
    assert warn == china("2026-08-04T00:00:00")


def test_months_before_a_day() -> None:
    assert months_after(date(2026, 3, 31), -1) == date(2026, 2, 28)
