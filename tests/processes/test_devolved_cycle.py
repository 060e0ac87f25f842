"""承接单位季度评查: a review on the first working day of every quarter, until every item is taken back."""

from datetime import date

import pytest

from engine.store.tables import process_instance
from tests.processes.devolved import begin, review
from tests.processes.rig import CityRig, both_sides
from workflows.devolved import OpenCycles, TakeBack
from workflows.devolved.delegations import key_of_cycle
from workflows.records.devolved import delegation, devolved_file, devolved_review

pytestmark = pytest.mark.clause("zz2020/2.9", "zz2020/1.1", "xzxk/24")


def test_nothing_is_reviewed_before_the_quarter_is_over(quarter: CityRig) -> None:
    quarter.at("2026-03-31T23:59:59")
    assert [row["state"] for row in quarter.rows(devolved_review)] == ["empty"] * 3
    assert {row["quarter"] for row in quarter.rows(devolved_review)} == {"2025Q4"}


def test_each_unit_is_reviewed_on_the_first_working_day_of_the_next_quarter(quarter: CityRig) -> None:
    begin(quarter)
    row = review(quarter)
    assert (row["state"], len(row["pool"])) == ("scoring", 5)
    files = quarter.rows(devolved_file, review_id=row["id"])
    assert len(files) == len({file["approval_id"] for file in files}) == 3
    assert {str(file["approval_id"]) for file in files} <= set(row["pool"])
    quarter.at("2026-07-01T08:00:00")
    assert review(quarter, "2026Q2")["state"] == "empty"


def test_cycles_begin_once(quarter: CityRig) -> None:
    assert quarter.app.engine.execute(OpenCycles(quarter.app.rulebook, "tester")) == 0


@pytest.mark.deadline("devolved_cycle/next_quarter")
def test_the_review_begins_with_the_quarter_to_the_second(quarter: CityRig) -> None:
    both_sides(quarter, "2026-04-01T00:00:00", lambda: quarter.rows(devolved_review, quarter="2026Q1"))


@pytest.mark.parametrize(("taken_back", "has_review"), [("2026-01-01", False), ("2026-01-02", True)])
def test_a_cycle_ends_after_the_last_quarter_in_which_there_were_items(
    quarter: CityRig, taken_back: str, has_review: bool
) -> None:
    for row in quarter.rows(delegation, unit="AP-XC"):
        day = max(date.fromisoformat(taken_back), row["valid_from"])
        quarter.app.engine.execute(TakeBack(quarter.actor("zc.fagui"), row["id"], day, "收回"))
    begin(quarter)
    assert bool(quarter.rows(devolved_review, unit="AP-XC", quarter="2026Q1")) is has_review
    quarter.at("2026-07-01T08:00:00")
    (cycle,) = quarter.rows(process_instance, business_key=key_of_cycle("AP-XC"))
    assert (cycle["status"], quarter.rows(devolved_review, unit="AP-XC", quarter="2026Q2")) == ("completed", [])
