"""Days, months and years are those of China: what happens by night or at a turn is counted on the right side."""

from datetime import UTC, date, datetime
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import update

from tests.processes import random_checks
from tests.processes.complaint_steps import register
from tests.processes.rig import CityRig, china
from workflows.credit.rates import month_of
from workflows.desk.asking import Do
from workflows.desk.complaints import span
from workflows.errors import FormInvalid
from workflows.exchange.collect import DATASETS, AskBackfill
from workflows.key_areas.cycles import cycle_of
from workflows.performance.cycles import cycle_at, next_cycle
from workflows.performance.periods import current, period_of
from workflows.publication.outlets import Notice, publish
from workflows.records.clocks import running_limit
from workflows.records.delivery import outbound_record
from workflows.records.random_checks import random_target
from workflows.rulebook import Rulebook
from workflows.uow import UnitOfWork, begin_of, chinese_end, last_day_of

pytestmark = pytest.mark.clause("zz2020/2.2")


def test_a_day_begins_and_ends_at_midnight_in_china() -> None:
    assert begin_of(date(2024, 2, 29)) == datetime(2024, 2, 28, 16, tzinfo=UTC)
    assert last_day_of(begin_of(date(2024, 3, 1))) == date(2024, 2, 29)
    assert last_day_of(china("2024-03-01T00:30:00")) == date(2024, 3, 1)


@pytest.mark.parametrize(
    ("end", "text"),
    [
        ("2024-03-01T00:00:00", "2024年2月29日24时"), ("2027-01-01T00:00:00", "2026年12月31日24时"),
        ("2026-03-02T07:59:00", "2026年3月2日07时59分"), ("2026-03-02T23:30:00", "2026年3月2日23时30分"),
    ],
)  # fmt: skip
def test_letters_name_the_last_day_of_a_term_until_it_is_over(end: str, text: str) -> None:
    assert chinese_end(china(end)) == text


@pytest.mark.parametrize(
    ("now", "month", "quarter"),
    [
        ("2026-03-31T23:30:00", "2026-03", "2026Q1"), ("2026-04-01T00:30:00", "2026-04", "2026Q2"),
        ("2026-12-31T23:30:00", "2026-12", "2026Q4"), ("2027-01-01T07:59:00", "2027-01", "2027Q1"),
    ],
)  # fmt: skip
def test_what_runs_now_is_the_period_of_the_day_here(
    city_rulebook: Rulebook, now: str, month: str, quarter: str
) -> None:
    assert current(city_rulebook, china(now), "month").name == month
    assert current(city_rulebook, china(now)).name == quarter


def test_a_push_is_due_for_the_indicator_when_it_is_due_for_the_clock(city_rulebook: Rulebook) -> None:
    due = dict(period_of(city_rulebook, "2026-03").push_due)
    for decided in ("2026-03-02T00:30:00", "2026-03-02T23:30:00", "2026-03-31T10:00:00"):
        assert due[decided[:10]] == city_rulebook.reckon("push", china(decided)).due_at
    assert due["2026-03-02"] == china("2026-03-05T00:00:00")


@pytest.mark.parametrize(
    ("now", "name", "begins", "ends"),
    [
        ("2026-06-30T23:30:00", "2026-01/2026-06", "2026-01-01", "2026-07-01"),
        ("2026-07-01T00:30:00", "2026-07/2026-12", "2026-07-01", "2027-01-01"),
        ("2026-12-31T23:30:00", "2026-07/2026-12", "2026-07-01", "2027-01-01"),
        ("2027-01-01T00:30:00", "2027-01/2027-06", "2027-01-01", "2027-07-01"),
    ],
)
def test_a_half_year_ends_with_its_last_day_and_the_next_begins(
    city_rulebook: Rulebook, now: str, name: str, begins: str, ends: str
) -> None:
    cycle = cycle_at(city_rulebook, china(now))
    first, after = china(f"{begins}T00:00:00"), china(f"{ends}T00:00:00")
    assert (cycle.name, cycle.begins_at, cycle.ends_at) == (name, first, after)
    assert next_cycle(city_rulebook, cycle).begins_at == cycle.ends_at


def test_an_object_listed_late_in_the_year_is_checked_from_january(city_rulebook: Rulebook) -> None:
    assert cycle_of(city_rulebook, china("2026-10-01T10:00:00"))[2].due_at == china("2027-01-01T00:00:00")
    name, begins, clock = cycle_of(city_rulebook, china("2026-12-31T23:30:00"))
    assert (name, begins) == ("2027-01/2027-06", china("2027-01-01T00:00:00"))
    assert (clock.warn_at, clock.due_at) == (china("2027-06-01T00:00:00"), china("2027-07-01T00:00:00"))


def test_the_last_day_to_publish_is_the_last_day_to_send(city: CityRig) -> None:
    due = city.app.rulebook.reckon("penalty_publish", china("2026-03-02T23:30:00")).due_at
    assert due == china("2026-03-31T00:00:00")
    notice = Notice(
        "random_plan",
        uuid4(),
        "演示计划",
        {"title": "演示计划", "lines": []},
        "演示",
        "NR-CITY",
        "演示-1",
        due,
        "tester",
    )
    city.app.engine.execute(Do(lambda uow: publish(uow, city.app.rulebook, notice)))
    assert {row["due_on"] for row in city.rows(outbound_record, dataset="random_plan")} == {date(2026, 3, 30)}


@pytest.mark.parametrize("hour", ["00:00:00", "00:30:00", "07:59:00"])
def test_a_complaint_of_a_day_without_hour_has_its_whole_limit(city: CityRig, hour: str) -> None:
    done = register(city, received_at=f"2026-03-02T{hour}+08:00")
    (clock,) = city.rows(running_limit, business_key=done.number, element_id="accept_complaint")
    expected = city.app.rulebook.reckon(clock["limit_name"], china("2026-03-02T09:00:00"))
    assert clock["due_at"] == expected.due_at


def test_a_year_ago_is_reckoned_in_days_of_china(city: CityRig) -> None:
    random_checks.drawn(city)
    first, second = [row["id"] for row in city.rows(random_target)][:2]
    told = DATASETS["double_random"].tell
    one = city.rows(random_target, id=first)[0]["object_id"]

    def checked(before: str, now: str) -> Any:
        def run(uow: UnitOfWork) -> object:
            for key, at in ((second, before), (first, now)):
                values = {"finished_at": china(at), "object_id": one}
                uow.connection.execute(update(random_target).where(random_target.c.id == key).values(**values))
            found = told(uow, city.app.rulebook.city, str(first))
            assert found is not None
            return found.values["is_dup_check"]

        return city.app.engine.execute(Do(run))

    assert checked("2025-03-02T00:30:00", "2026-03-02T23:30:00")
    assert not checked("2025-03-01T23:30:00", "2026-03-02T07:59:00")
    assert not checked("2025-03-29T10:00:00", "2026-03-31T10:00:00")
    assert checked("2023-02-28T00:30:00", "2024-02-29T23:30:00")
    assert not checked("2023-02-27T23:30:00", "2024-02-29T00:30:00")


def test_a_month_of_credit_is_one_that_there_is() -> None:
    today = date(2026, 12, 31)
    assert month_of("2026-12", today) == month_of("", today) == (date(2026, 12, 1), date(2027, 1, 1))
    assert month_of("9999-12", today) == month_of("2026-13", today) == month_of("", today)
    assert begin_of(month_of("0001-01", today)[0]) == china("2000-01-01T00:00:00")


def test_complaints_of_all_time_are_asked_for_without_harm() -> None:
    assert span(date(2024, 2, 29), date(2024, 2, 29)) == (china("2024-02-29T00:00:00"), china("2024-03-01T00:00:00"))
    assert span(date.min, date.max) == (china("2000-01-01T00:00:00"), china("3000-01-01T00:00:00"))


def test_history_is_asked_for_from_this_century(city: CityRig) -> None:
    ask = AskBackfill(city.actor("zc.fagui"), "inspection", date(1, 1, 1), date(2026, 3, 1), "补录")
    with pytest.raises(FormInvalid) as refused:
        city.app.engine.execute(ask)
    assert [one["field"] for one in refused.value.facts["errors"]] == ["first_day"]
