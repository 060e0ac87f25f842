"""Special campaigns: a scope the leader approves, a frozen list, an inspection for each, a list of the unfinished."""

import pytest

from tests.processes.inspections import record, submit
from tests.processes.key_areas import (
    AREA,
    LEADER,
    POLICY,
    UNIT_HEAD,
    UNIT_OFFICER,
    campaign,
    mine_of,
    rated,
    standing,
)
from tests.processes.rig import CityRig
from workflows import errors
from workflows.records.inspections import inspection
from workflows.records.key_areas import key_campaign, key_check
from workflows.records.letters import letter
from workflows.records.orders import supervision_order

pytestmark = pytest.mark.clause("zz2020/2.4")


def approved(city: CityRig, **changes: object) -> str:
    number = campaign(city, **changes)
    city.complete("approve_campaign", LEADER, decision="approve", approval_note="")
    city.run()
    return number


def test_the_leader_approves_and_every_object_in_scope_gets_an_inspection(city: CityRig) -> None:
    number = approved(city)
    found = city.rows(key_campaign, number=number)[0]
    assert found["state"] == "running"
    assert [row["number"] for row in city.rows(letter, kind="campaign_plan")] == [found["plan_number"]]
    asked = city.rows(inspection, source_key=number)
    assert {row["area"] for row in asked} == {AREA}
    assert {row["number"] for row in asked} == {row["inspection_number"] for row in city.rows(key_check)}
    assert city.elements() == ["assign_inspectors", "assign_inspectors"]


def test_a_refused_campaign_asks_for_nothing(city: CityRig) -> None:
    number = campaign(city)
    city.complete("approve_campaign", LEADER, decision="refuse", approval_note="与年度计划重复")
    city.run()
    found = city.rows(key_campaign, number=number)[0]
    assert (found["state"], found["report"]) == ("refused", {"refusal": "与年度计划重复"})
    assert city.rows(key_check) == city.rows(inspection) == []


def test_only_heads_and_the_policy_section_propose(city: CityRig) -> None:
    with pytest.raises(errors.NotAllowed):
        campaign(city, UNIT_OFFICER)


def test_the_scope_is_cut_by_rating_and_by_the_key_library(city: CityRig) -> None:
    rated(city, mine_of(city), "high", "risk")
    approved(city, risk="high")
    assert [row["object_id"] for row in city.rows(key_check)] == [mine_of(city)["id"]]


def test_only_objects_of_the_key_library_may_be_meant(city: CityRig) -> None:
    standing(city)
    number = approved(city, only_key=True)
    assert [row["object_id"] for row in city.rows(key_check, cycle=number)] == [mine_of(city)["id"]]


def test_a_sieve_covers_everything_in_its_scope(city: CityRig) -> None:
    standing(city)
    number = approved(city, kind="sieve", only_key=True)
    assert len(city.rows(key_check, cycle=number)) == 2


def test_a_scope_without_objects_is_refused_at_its_field(city: CityRig) -> None:
    with pytest.raises(errors.FormInvalid) as refused:
        campaign(city, credit="D")
    assert "0 个对象" in str(refused.value.facts)


@pytest.mark.deadline("key_campaign/campaign_over")
def test_when_the_time_is_over_the_unfinished_are_listed_and_explained(city: CityRig) -> None:
    number = approved(city)
    city.at("2026-03-31T23:59:00")
    assert city.rows(key_campaign, number=number)[0]["state"] == "running"
    city.at("2026-04-01T00:00:00")
    assert city.rows(key_campaign, number=number)[0]["report"] == {"total": 2, "unfinished": 2, "found": 0}
    assert all(row["missed_at"] is not None for row in city.rows(key_check))
    with pytest.raises(errors.FormInvalid):
        city.complete("conclude_campaign", POLICY, findings="边坡有隐患")
    city.complete("conclude_campaign", POLICY, findings="边坡有隐患", unfinished_reason="人手不足，四月补查")
    assert city.rows(key_campaign, number=number)[0]["state"] == "closed"


def test_what_was_inspected_in_time_is_counted_and_what_was_withdrawn_is_not(city: CityRig) -> None:
    number = approved(city)
    city.complete("assign_inspectors", UNIT_HEAD, decision="withdraw", assign_note="已停产")
    city.complete("assign_inspectors", UNIT_HEAD, decision="assign", inspectors=[UNIT_OFFICER, UNIT_HEAD])
    open_one = next(row for row in city.rows(inspection) if row["state"] == "assigned")
    submit(city, record(city, open_one["id"], "no_problem"), UNIT_OFFICER)
    city.complete("review_record", LEADER, decision="confirm")
    city.at("2026-04-01T00:00:00")
    assert city.rows(key_campaign, number=number)[0]["report"] == {"total": 2, "unfinished": 1, "found": 0}
    assert [row["missed_at"] is None for row in city.rows(key_check, result="no_problem")] == [True]


def test_a_summary_that_is_late_climbs_the_ladder(city: CityRig) -> None:
    number = approved(city)
    city.at("2026-04-01T00:00:00")
    assert not city.rows(supervision_order, cause_business_key=number)
    city.at("2026-04-20T09:00:00")
    assert [row["cause_element"] for row in city.rows(supervision_order, cause_business_key=number)] == [
        "conclude_campaign"
    ]
