"""Timers that start processes, and messages that come before anybody waits for them."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import func, select

from engine import errors
from engine.commands.early_messages import SendMessage, Sent
from engine.queries.instances import ListIncidents
from engine.spiff.model import Resource
from engine.store.tables import early_message, job, process_instance
from engine.testing import EngineRig
from tests.engine.diagrams import chain, diagram, end, user

DAY = timedelta(days=1)
REPLY = '<message id="reply_message" name="reply"/>'
AWAITS = (
    '<intermediateCatchEvent id="awaits"><messageEventDefinition messageRef="reply_message"/></intermediateCatchEvent>'
)
MESSAGE = diagram(
    "message",
    '<startEvent id="start"/>' + AWAITS + user("after") + end() + chain("start", "awaits", "after", "end"),
    REPLY,
)


def clockwork(kind: str, text: str, first: str = "work") -> Resource:
    trigger = f"<timerEventDefinition><{kind}>{text}</{kind}></timerEventDefinition>"
    return diagram(
        "clockwork",
        f'<startEvent id="daily">{trigger}</startEvent>' + user(first) + end() + chain("daily", first, "end"),
    )


def cases(rig: EngineRig) -> list[Any]:
    with rig.database.reading() as connection:
        return list(connection.execute(select(process_instance).order_by(process_instance.c.started_at)))


def count(rig: EngineRig, table: Any) -> int:
    with rig.database.reading() as connection:
        return connection.scalar(select(func.count()).select_from(table)) or 0


def pass_days(rig: EngineRig, days: int) -> None:
    for _ in range(days):
        rig.clock.advance(DAY)
        rig.jobs.run_due()


def test_a_timer_starts_a_case_every_time_and_names_it_by_its_instant(rig: EngineRig) -> None:
    rig.deploy(clockwork("timeCycle", "R3/P1D"))
    begin = rig.clock.now()
    pass_days(rig, 5)
    found = cases(rig)
    assert [case.started_at - begin for case in found] == [DAY, 2 * DAY, 3 * DAY]
    assert found[0].business_key == f"clockwork-{begin + DAY:%Y%m%dT%H%M%SZ}"
    assert [task.element_id for task in rig.open_tasks()] == ["work"] * 3
    assert count(rig, job) == 0


def test_after_an_outage_a_process_starts_once_and_keeps_its_grid(rig: EngineRig) -> None:
    rig.deploy(clockwork("timeCycle", "R/P1D"))
    begin = rig.clock.now()
    rig.clock.advance(timedelta(days=10, hours=5))
    rig.jobs.run_due()
    assert len(cases(rig)) == 1
    rig.clock.advance(timedelta(hours=19))
    rig.jobs.run_due()
    assert [case.started_at - begin for case in cases(rig)] == [timedelta(days=10, hours=5), timedelta(days=11)]


def test_a_date_starts_one_case_and_a_second_before_none(rig: EngineRig) -> None:
    at = rig.clock.now() + DAY
    rig.deploy(clockwork("timeDate", at.isoformat()))
    rig.clock.advance(DAY - timedelta(seconds=1))
    rig.jobs.run_due()
    assert cases(rig) == []
    rig.clock.advance(timedelta(seconds=1))
    rig.jobs.run_due()
    pass_days(rig, 3)
    assert len(cases(rig)) == 1


def test_a_new_version_takes_over_its_timer_without_skipping_or_repeating(rig: EngineRig) -> None:
    rig.deploy(clockwork("timeCycle", "R/P1D"))
    begin = rig.clock.now()
    rig.clock.advance(timedelta(hours=20))
    rig.deploy(clockwork("timeCycle", "R/P1D", first="other"))
    rig.clock.advance(timedelta(hours=4))
    rig.jobs.run_due()
    assert [(case.started_at - begin) for case in cases(rig)] == [DAY]
    assert [task.element_id for task in rig.open_tasks()] == ["other"]
    rig.deploy(clockwork("timeCycle", "R/PT1H"))
    rig.clock.advance(timedelta(hours=1))
    rig.jobs.run_due()
    assert [task.element_id for task in rig.open_tasks()] == ["other", "work"]
    assert count(rig, job) == 1


def send(rig: EngineRig, key: str = "case-1", **more: Any) -> Sent:
    return rig.engine.execute(SendMessage("reply", key, {"answer": "yes"}, **more))


def test_an_early_message_is_delivered_as_soon_as_somebody_waits(rig: EngineRig) -> None:
    rig.deploy(MESSAGE)
    kept = send(rig, sender="court", message_id="m1")
    assert kept.correlated is None
    assert kept.kept_until == rig.clock.now() + DAY
    assert send(rig, sender="court", message_id="m1").kept_until == kept.kept_until
    rig.clock.advance(timedelta(hours=3))
    rig.jobs.run_due()
    rig.start("message")
    rig.start("message", "case-2")
    rig.jobs.run_due()
    assert [(task.element_id, task.business_key) for task in rig.open_tasks()] == [("after", "case-1")]
    assert count(rig, early_message) == count(rig, job) == 0
    again = send(rig, sender="court", message_id="m1")
    assert again.correlated is not None
    assert again.correlated.was_known


def test_a_message_nobody_wanted_becomes_an_incident_at_its_end_and_not_before(rig: EngineRig) -> None:
    rig.deploy(MESSAGE)
    send(rig, keep_for=timedelta(hours=2))
    rig.clock.advance(timedelta(hours=2) - timedelta(seconds=1))
    rig.jobs.run_due()
    assert list(rig.engine.ask(ListIncidents())) == []
    rig.clock.advance(timedelta(seconds=1))
    rig.jobs.run_due()
    [incident] = rig.engine.ask(ListIncidents())
    assert "case-1" in incident.message
    assert count(rig, early_message) == 1


def test_a_kept_message_is_looked_at_less_and_less_often(rig: EngineRig) -> None:
    send(rig, keep_for=DAY)
    looks = 0
    for _ in range(24 * 60):
        rig.clock.advance(timedelta(minutes=1))
        looks += rig.jobs.run_due()
    assert 20 < looks < 45


@pytest.mark.parametrize("length", [timedelta(0), timedelta(days=367), timedelta(seconds=-1)])
def test_a_message_is_kept_between_a_second_and_a_year(rig: EngineRig, length: timedelta) -> None:
    with pytest.raises(errors.VariablesInvalid):
        send(rig, keep_for=length)
    assert count(rig, early_message) == 0
