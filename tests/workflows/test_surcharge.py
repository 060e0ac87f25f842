"""The surcharge is reckoned exactly: 3 % a day of what is overdue, at most the fine."""

from datetime import date, timedelta

import pytest

from workflows.penalties.money import surcharge

pytestmark = pytest.mark.clause("xzcf/72", "xzcf/73")
DUE = date(2026, 3, 17)
WHOLE = [(DUE, 2_000_000)]


def after(days: int) -> date:
    return DUE + timedelta(days=days)


@pytest.mark.parametrize(("days", "fen"), [(0, 0), (1, 60_000), (2, 120_000), (33, 1_980_000), (34, 2_000_000)])
def test_three_percent_a_day_from_the_day_after_and_never_more_than_the_fine(days: int, fen: int) -> None:
    assert surcharge(2_000_000, WHOLE, [], after(days)) == fen


def test_it_stays_at_the_fine_for_ever() -> None:
    assert surcharge(2_000_000, WHOLE, [], after(5000)) == 2_000_000


@pytest.mark.parametrize(("fine", "days", "fen"), [(1, 1, 0), (1, 34, 1), (33, 1, 0), (34, 1, 1), (100_001, 3, 9_000)])
def test_parts_of_a_fen_are_dropped_only_at_the_end(fine: int, days: int, fen: int) -> None:
    assert surcharge(fine, [(DUE, fine)], [], after(days)) == fen


def test_only_what_is_unpaid_grows_and_a_payment_counts_from_the_next_day() -> None:
    paid = [(after(1), 1_500_000)]
    assert surcharge(2_000_000, WHOLE, paid, after(1)) == 60_000
    assert surcharge(2_000_000, WHOLE, paid, after(3)) == 60_000 + 2 * 15_000


def test_who_pays_on_the_last_day_pays_no_surcharge() -> None:
    assert surcharge(2_000_000, WHOLE, [(DUE, 2_000_000)], after(100)) == 0


def test_each_instalment_has_its_own_day() -> None:
    plan = [(DUE, 500_000), (after(10), 1_500_000)]
    assert surcharge(2_000_000, plan, [], after(10)) == 150_000
    assert surcharge(2_000_000, plan, [(DUE, 500_000)], after(11)) == 45_000


def test_days_of_review_are_not_counted_at_either_end() -> None:
    stopped = [(after(2), after(4))]
    assert surcharge(2_000_000, WHOLE, [], after(5), stopped) == 2 * 60_000


def test_nothing_is_owed_without_a_fine() -> None:
    assert surcharge(0, [], [], after(10)) == 0
