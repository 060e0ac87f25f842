"""行政强制执行: announced, reminded, decided, carried out by day on working days."""

from typing import Any

import pytest

from tests.processes.penalty_steps import LEADER, OFFICER, field_of
from tests.processes.rig import CityRig, china
from tests.processes.test_coercion import ask, row
from workflows.errors import FormInvalid
from workflows.records.clocks import running_limit
from workflows.records.inspections import supervision_act
from workflows.records.letters import letter

pytestmark = pytest.mark.clause("zz2020/2.5", "xzqz/35", "xzqz/37", "xzqz/43", "xzqz/44", "xzqz/51")
ENFORCE = {"decision": "approve", "performer": "演示·施工队", "enforcement_note": "机械拆除"}
DONE = {"presence": "party", "carried_out_note": "已拆除", "cost_yuan": 1200.5}


def announced(city: CityRig) -> None:
    """Walk until a demolition is announced for 16 March and the reminder written on 2 March."""
    ask(city, kind="enforcement", measure="demolish")
    city.complete("announce_demolition", OFFICER, announced_at_place="现场", demolish_by="2026-03-16")


def unperformed(city: CityRig, expired: str | None, served_on: str = "2026-03-02") -> None:
    city.complete("await_compliance", OFFICER, compliance="unperformed", compliance_served_on=served_on,
                  compliance_statement="", remedy_expired_on=expired)  # fmt: skip


def test_a_building_is_demolished_after_every_term_is_over(city: CityRig) -> None:
    announced(city)
    city.at("2026-09-10T10:00:00")
    unperformed(city, "2026-09-09")
    city.complete("decide_enforcement", LEADER, **ENFORCE, enforce_at="2026-09-11T01:00:00+00:00")
    city.at("2026-09-11T12:00:00")
    city.complete("carry_out", OFFICER, **DONE, carried_out_at="2026-09-11T02:00:00+00:00")
    found = row(city)
    assert (found["state"], found["result"]["how"], found["result"]["cost_fen"]) == ("closed", "carried_out", 120050)
    assert [one["kind"] for one in city.rows(letter)] == ["demolition_notice", "court_reminder", "enforcement_decision"]
    (act,) = city.rows(supervision_act)
    assert (act["kind"], act["result"]) == ("coercion", "demolish")
    assert city.tasks() == []


@pytest.mark.parametrize(("at", "is_over"), [("2026-03-16T23:59:59", False), ("2026-03-17T00:00:00", True)])
def test_both_sides_of_the_days_of_the_reminder(city: CityRig, at: str, is_over: bool) -> None:
    ask(city, kind="enforcement", measure="substitute")
    assert city.rows(running_limit, limit_name="compliance_reminder")[0]["due_at"] == china("2026-03-17T00:00:00")
    city.at(at)
    if is_over:
        unperformed(city, None)
        assert city.elements() == ["decide_enforcement"]
        return
    with pytest.raises(FormInvalid) as refused:
        unperformed(city, None)
    assert field_of(refused) == "compliance"


@pytest.mark.parametrize(("at", "is_over"), [("2026-03-19T23:59:59", False), ("2026-03-20T00:00:00", True)])
def test_the_days_of_the_reminder_count_from_its_service(city: CityRig, at: str, is_over: bool) -> None:
    ask(city, kind="enforcement", measure="substitute")
    city.at(at)
    if is_over:
        unperformed(city, None, served_on="2026-03-05")
        assert city.elements() == ["decide_enforcement"]
        return
    with pytest.raises(FormInvalid) as refused:
        unperformed(city, None, served_on="2026-03-05")
    assert field_of(refused) == "compliance"
    assert "至 2026-03-19" in refused.value.facts["errors"][0]["message"]


def test_nothing_is_demolished_before_the_announced_day_and_the_remedies_are_over(city: CityRig) -> None:
    ask(city, kind="enforcement", measure="demolish")
    city.complete("announce_demolition", OFFICER, announced_at_place="现场", demolish_by="2026-03-20")
    city.at("2026-03-20T10:00:00")
    with pytest.raises(FormInvalid) as refused:
        unperformed(city, "2026-03-19")
    assert field_of(refused) == "compliance"
    city.at("2026-03-23T10:00:00")
    with pytest.raises(FormInvalid) as refused:
        unperformed(city, "2026-03-23")
    assert field_of(refused) == "remedy_expired_on"


@pytest.mark.parametrize(
    ("enforce_at", "is_refused"),
    [
        ("2026-09-11T13:59:00+00:00", False),
        ("2026-09-11T14:00:00+00:00", True),
        ("2026-09-11T21:59:00+00:00", True),
        ("2026-09-13T22:00:00+00:00", False),
        ("2026-09-12T02:00:00+00:00", True),
        ("2026-09-20T02:00:00+00:00", False),
    ],
)
def test_never_by_night_or_on_a_day_off(city: CityRig, enforce_at: str, is_refused: bool) -> None:
    announced(city)
    city.at("2026-09-10T10:00:00")
    unperformed(city, "2026-09-09")
    answers: dict[str, Any] = {**ENFORCE, "enforce_at": enforce_at}
    if not is_refused:
        city.complete("decide_enforcement", LEADER, **answers)
        assert row(city)["state"] == "ordered"
        return
    with pytest.raises(FormInvalid) as refused:
        city.complete("decide_enforcement", LEADER, **answers)
    assert field_of(refused) == "enforce_at"


def test_who_performs_by_himself_is_left_alone(city: CityRig) -> None:
    announced(city)
    city.complete("await_compliance", OFFICER, compliance="performed", compliance_served_on="2026-03-02",
                  compliance_statement="")  # fmt: skip
    assert (row(city)["result"]["how"], city.rows(supervision_act)) == ("performed", [])


def test_the_head_may_stop_it(city: CityRig) -> None:
    announced(city)
    city.at("2026-09-10T10:00:00")
    unperformed(city, "2026-09-09")
    city.complete("decide_enforcement", LEADER, decision="stop", enforcement_note="第三人主张权利")
    assert (row(city)["state"], row(city)["result"]["how"]) == ("closed", "stopped")
