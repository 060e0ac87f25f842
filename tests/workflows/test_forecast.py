"""Forecasts: computed by hand where a hand can, honest about small samples, better than the base rate, and blind."""

from dataclasses import fields, replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bench.forecast import CITY, START, history, measured
from workflows.desk.forecast import Forecast
from workflows.forecast.backtest import backtest, base_rates, weekly
from workflows.forecast.history import Reckoner, Run
from workflows.forecast.model import LEAST, PLACES, WITHIN, Model, Spell, calibrate, elapsed_at, place_of
from workflows.working_days import WorkingCalendar

pytestmark = pytest.mark.clause("zz2020/3.3")
CALENDAR = WorkingCalendar.load(CITY / "calendar")
MONDAY = datetime(2026, 3, 2, 2, tzinfo=UTC)


def ended(count: int, place: int, unit: str = "A") -> list[Spell]:
    return [Spell("claim", unit, place, True)] * count


def test_the_share_of_late_ones_is_what_a_hand_computes() -> None:
    model = Model([*ended(15, 5), *ended(5, 15)], weight=0.0)
    assert model.odds("claim", "A", 0).probability == pytest.approx(0.25)
    assert model.odds("claim", "A", 6).probability == pytest.approx(1.0)
    assert (model.odds("claim", "A", 0).median, model.odds("claim", "A", 6).median) == (5, 15)


def test_clocks_that_still_run_count_as_long_as_they_were_watched() -> None:
    """Ten end in place 5, ten are watched into place 5 only, ten end late: of 25 at risk there ten ended."""
    watched = [Spell("claim", "A", 5, False)] * 10
    model = Model([*ended(10, 5), *watched, *ended(10, 15)], weight=0.0)
    assert model.odds("claim", "A", 0).probability == pytest.approx(0.6)


@pytest.mark.parametrize(("count", "is_enough"), [(LEAST - 1, False), (LEAST, True)])
def test_under_twenty_ended_clocks_there_is_no_number(count: int, is_enough: bool) -> None:
    odds = Model([*ended(count, 5), *[Spell("claim", "A", 3, False)] * 50]).odds("claim", "A", 0)
    assert (odds.is_enough, odds.sample) == (is_enough, count)
    assert (odds.probability is not None, odds.median is not None) == (is_enough, is_enough)


def test_a_unit_with_little_history_is_judged_by_all_and_one_with_much_by_its_own() -> None:
    spells = [*ended(200, 5, "fast"), *ended(200, 15, "slow"), *ended(1, 15, "new")]
    model = Model(spells)
    late = {unit: model.odds("claim", unit, 0).probability or 0.0 for unit in ("fast", "slow", "new", "unseen")}
    assert late["unseen"] == pytest.approx(201 / 401, abs=0.01)
    assert late["fast"] < 0.05 < late["unseen"] < late["new"] < late["slow"]
    assert late["slow"] > 0.95


@given(st.lists(st.tuples(st.sampled_from("AB"), st.integers(0, PLACES), st.booleans()), min_size=20, max_size=80))
def test_a_probability_is_one_and_never_falls_as_time_passes(rows: list[tuple[str, int, bool]]) -> None:
    model = Model(Spell("claim", unit, place, done) for unit, place, done in rows)
    found = [model.odds("claim", "A", place).probability for place in range(WITHIN + 2)]
    known = [value for value in found if value is not None]
    assert len(known) in (0, len(found))
    assert all(0.0 <= value <= 1.0 for value in known)
    assert all(one <= other + 1e-12 for one, other in pairwise(known))
    assert not known or known[-1] == 1.0


@given(st.integers(1, 400), st.integers(0, 2000))
def test_places_tell_on_which_side_of_the_limit_a_clock_is(length: int, elapsed: int) -> None:
    place = place_of(elapsed, length)
    assert (place > WITHIN) is (elapsed > length)
    assert elapsed_at(place, length) <= max(elapsed, 1)


def test_time_is_counted_in_working_days_without_pauses() -> None:
    due = datetime(2026, 3, 4, 16, tzinfo=UTC)
    run = Run("claim", "A", "working_day", 2, MONDAY, due, None, False, ())
    reckoner = Reckoner(CALENDAR)
    assert [reckoner.elapsed(run, MONDAY + timedelta(days=n)) for n in (0, 1, 2, 4, 7)] == [0, 1, 2, 4, 5]
    assert reckoner.spell(run, due - timedelta(seconds=1)).place == WITHIN
    assert reckoner.spell(run, due).is_late
    stopped = ((MONDAY + timedelta(hours=1), MONDAY + timedelta(days=2)),)
    paused = Run("claim", "A", "working_day", 2, MONDAY, datetime(2026, 3, 6, 16, tzinfo=UTC), None, False, stopped)
    assert reckoner.elapsed(paused, MONDAY + timedelta(days=3)) == 1
    assert reckoner.instant(run, WITHIN) == due


def test_forecasts_use_nothing_that_was_not_known_then() -> None:
    runs = history(3, CALENDAR, 600)
    instant, now = START + timedelta(days=100), START + timedelta(days=200)
    before = backtest(runs, Reckoner(CALENDAR), [instant], now)
    later = [
        replace(run, ended_at=run.ended_at + timedelta(days=3))
        if run.ended_at is not None and run.ended_at > instant
        else run
        for run in runs
        if run.anchor_at <= instant
    ]
    after = backtest(later, Reckoner(CALENDAR), [instant], now)
    assert len(before) == len(after) > 5
    assert [pair[:2] for pair in before] == [pair[:2] for pair in after]
    assert [pair[2] for pair in before] != [pair[2] for pair in after]


def test_ours_beats_the_base_rate_on_units_of_different_pace_and_is_calibrated() -> None:
    found = measured(history(1, CALENDAR, 1000), CALENDAR, START + timedelta(days=200))
    assert found is not None
    assert found.brier < found.brier_base
    assert all(abs(one.predicted - one.happened) < 0.2 for one in found.bins if one.count >= 100)
    again = measured(history(1, CALENDAR, 1000), CALENDAR, START + timedelta(days=200))
    assert again == found


def test_nothing_is_back_tested_before_enough_clocks_have_ended() -> None:
    runs = history(2, CALENDAR, 15)
    assert weekly(runs, START + timedelta(days=200)) == []
    assert calibrate([]) is None
    assert base_rates([Spell("claim", "A", 3, False)]) == {"claim": 0.5}


def test_a_forecast_names_no_person() -> None:
    named = {field.name for kind in (Spell, Run, Forecast) for field in fields(kind)}
    assert not {"assignee", "officer", "login", "person", "candidate_users"} & named
