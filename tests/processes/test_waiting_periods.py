"""A term that must be over before anybody acts warns nobody, is never red and never late, wherever it is shown."""

from datetime import timedelta
from typing import Any

import pytest

from tests.processes.penalty_steps import ANSWER, OFFICER, noticed
from tests.processes.rig import CityRig, Look, china
from tests.processes.test_enforcement import announced, unperformed
from workflows.clocks import is_exceeded
from workflows.desk.worklist import WorklistFilter
from workflows.records.clocks import running_limit
from workflows.records.orders import supervision_order
from workflows.time_limits import TimeLimit, lamp

pytestmark = pytest.mark.clause("xzqz/35", "xzqz/54", "xzcf/64")


def clock(city: CityRig, name: str) -> Any:
    return city.app.engine.ask(Look(lambda uow: uow.connection.execute(
        running_limit.select().where(running_limit.c.limit_name == name)).one()))  # fmt: skip


def lamps(city: CityRig) -> dict[str, int]:
    return dict(city.app.desk.worklist.page(city.actor(OFFICER), WorklistFilter()).lamps)


def test_the_days_of_a_reminder_are_waited_for_and_never_late(city: CityRig) -> None:
    announced(city)
    city.at("2026-04-20T10:00:00")
    running, overseer = clock(city, "compliance_reminder"), city.actor("zc.fagui")
    assert (running.is_waiting, running.due_at <= city.clock.now(), is_exceeded(running, city.clock.now())) == (
        True, True, False,
    )  # fmt: skip
    number = running.business_key
    (shown,) = city.app.desk.coercions.view(city.actor(OFFICER), number).clocks
    assert (shown.lamp, shown.text, shown.is_late, shown.is_waiting) == ("normal", "等待期已满", False, True)
    (row,) = city.app.desk.worklist.page(city.actor(OFFICER), WorklistFilter()).rows
    assert (row.lamp.kind, row.due_at) == ("normal", running.due_at)
    assert lamps(city) == {"red": 0, "yellow": 0, "normal": 1, "paused": 0}
    view = city.app.desk.cockpit.overview(overseer)
    assert (view.open_clocks, view.red, view.yellow) == (1, 0, 0)
    assert city.app.desk.cockpit.clocks(overseer, lamp="red") == ()
    forecast = city.app.desk.forecast.view(overseer)
    assert (forecast.rows, forecast.total + forecast.unpredicted) == ((), view.open_clocks)
    assert "late" not in {one.state for one in city.app.desk.cases.view(overseer, number).tokens}
    assert city.rows(supervision_order) == []
    city.at("2026-09-10T10:00:00")
    unperformed(city, "2026-09-09")
    ended = clock(city, "compliance_reminder")
    assert (ended.is_late, ended.ended_how) == (False, "completed")
    first = city.app.desk.coercions.view(city.actor(OFFICER), number).clocks[0]
    assert (first.lamp, first.text, first.is_late) == ("done", "等待期结束", False)


def test_the_partys_days_are_not_the_officers(city: CityRig) -> None:
    number = noticed(city)
    shown = city.app.desk.penalties.view(city.actor(OFFICER), number).clocks
    assert [one.text for one in shown if one.is_waiting] == ["等待期剩 5 个工作日"]
    city.later(days=60)
    city.complete("hear_party", OFFICER, **ANSWER)
    assert clock(city, "party_answer").is_late is False


@pytest.mark.parametrize(("before", "kind"), [(timedelta(seconds=1), "yellow"), (timedelta(), "red")])
def test_a_deadline_turns_red_where_a_waiting_period_is_over(city: CityRig, before: timedelta, kind: str) -> None:
    due = china("2026-03-17T00:00:00")
    calendar = city.app.rulebook.calendar
    given: dict[str, Any] = {
        "name": "x", "title": "演示", "length": 10, "unit": "working_day", "confidence": "default", "clause": "xzqz/35",
        "source": "演示", "valid_from": due.date(),
    }  # fmt: skip
    for is_waiting, expected in ((False, kind), (True, "normal")):
        limit = TimeLimit(**given, is_waiting=is_waiting)
        assert lamp(limit, due, due - timedelta(days=1), due - before, calendar).kind == expected
