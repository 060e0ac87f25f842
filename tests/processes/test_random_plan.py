"""双随机年度抽查计划: drawn up line by line, held against the caps, approved, published, begun month by month."""

from datetime import date

import pytest

from tests.processes.inspections import started
from tests.processes.key_areas import mine_of
from tests.processes.random_checks import HEAD, LEADER, LINE, POLICY, planned, published, rated
from tests.processes.rig import CityRig, Look, china
from workflows.errors import FormInvalid, NotAllowed, PlanClosed
from workflows.items import items_on
from workflows.random_checks.caps import findings_of
from workflows.random_checks.plans import SaveLine, lines_of
from workflows.records.clocks import running_limit
from workflows.records.orders import supervision_order
from workflows.records.publication import public_record, publication
from workflows.records.random_checks import random_plan, random_plan_line, random_task

pytestmark = pytest.mark.clause("zz2020/2.3", "gbf2024-54/documents", "liaocheng/plan")


def kinds(city: CityRig, plan) -> list[str]:
    """Return what the caps say of a plan."""
    found = city.app.engine.ask(
        Look(lambda uow: findings_of(uow, lines_of(uow, plan["id"]), city.clock.now().date(), plan["year"]))
    )
    return [one.kind for one in found]


@pytest.mark.deadline("random_plan/line_begins")
def test_an_approved_plan_is_published_and_begins_each_line_in_its_month(city: CityRig) -> None:
    plan = published(city, {}, {"item_code": "ZR031", "unit": "NR-CITY-CH", "month_from": 5, "month_to": 5})
    assert (plan["state"], plan["approved_by"]) == ("published", LEADER)
    assert {one["outlet"] for one in city.rows(publication, kind="random_plan")} == set(city.app.rulebook.city.outlets)
    (told,) = [fact["value"] for one in city.rows(public_record, kind="plan") for fact in one["facts"]]
    names = {one.code: one.name for one in city.app.engine.ask(Look(lambda uow: items_on(uow, date(2026, 3, 2))))}
    assert f"{names['ZR031']}（ZR031）：5 月至 5 月" in told  # a citizen reads names, not codes
    city.at("2026-03-31T23:59:59")
    assert city.rows(random_task) == []
    city.at("2026-04-01T00:00:00")
    first = city.rows(random_task)
    assert [(one["unit"], str(one["due_on"]), one["state"]) for one in first] == [
        ("NR-CITY-KQ", "2026-05-31", "locked")
    ]
    city.at("2026-05-05T23:59:59")
    assert len(city.rows(random_task)) == 1
    city.at("2026-05-06T00:00:00")
    assert len(city.rows(random_task)) == 2
    assert city.rows(random_plan)[0]["state"] == "finished"


def test_a_plan_goes_back_until_the_leader_agrees(city: CityRig) -> None:
    plan = planned(city, {})
    city.complete("draft_plan", POLICY, plan_note="报审")
    with pytest.raises(PlanClosed):
        city.app.engine.execute(SaveLine(city.actor(POLICY), plan["id"], None, LINE))
    city.complete("approve_plan", LEADER, decision="return", approval_note="比例偏低")
    assert city.rows(random_plan)[0]["state"] == "draft"
    city.app.engine.execute(SaveLine(city.actor(POLICY), plan["id"], None, {**LINE, "month_from": 8, "month_to": 9}))
    city.complete("draft_plan", POLICY, plan_note=None)
    city.complete("approve_plan", LEADER, decision="approve")
    assert city.rows(publication, kind="random_plan")[0]["state"] == "queued"
    assert all(
        one["due_at"] > one["queued_at"] and not one["is_late"] for one in city.rows(publication, kind="random_plan")
    )


def test_an_empty_plan_is_not_sent(city: CityRig) -> None:
    planned(city)
    with pytest.raises(FormInvalid):
        city.complete("draft_plan", POLICY, plan_note=None)


def test_a_plan_that_surely_passes_a_cap_is_refused_and_told_to_merge(city: CityRig) -> None:
    rated(city, "B")
    plan = planned(city, {"ratio": 100}, {"ratio": 100, "item_code": "ZR026", "unit": "NR-CITY-STXF"})
    assert kinds(city, plan).count("over") == 6
    with pytest.raises(FormInvalid) as found:
        city.complete("draft_plan", POLICY, plan_note=None)
    message = str(found.value.facts["errors"])
    assert "必检 2 次，每年至多 1 次" in message
    assert "第 1 项和第 2 项有 6 户相同，月份重叠，建议合并检查（综合查一次）" in message


def test_merging_both_into_one_visit_lets_the_plan_pass(city: CityRig) -> None:
    rated(city, "B")
    planned(city, {"ratio": 100, "more_items": ["ZR026"], "joint_units": ["NR-CITY-STXF"]})
    city.complete("draft_plan", POLICY, plan_note=None)
    assert city.rows(random_plan)[0]["state"] == "approving"


def test_a_plan_that_may_pass_a_cap_is_sent_with_a_warning(city: CityRig) -> None:
    planned(city, {}, {"item_code": "ZR026", "unit": "NR-CITY-STXF", "month_from": 9, "month_to": 9})
    city.complete("draft_plan", POLICY, plan_note=None)
    warnings = city.rows(random_plan)[0]["warnings"]
    assert {one["kind"] for one in warnings} == {"may_be_over"}
    assert "可能被抽 2 次，每年至多 1 次" in warnings[0]["message"]


def test_what_was_checked_in_the_year_already_counts(city: CityRig) -> None:
    rated(city, "B")
    mine = mine_of(city)
    party = {"party_name": mine["name"], "party_code": mine["credit_code"], "area": mine["area"], "item_code": "ZR023"}
    started(city, HEAD, **party, unit="NR-CITY-KQ", object_id=str(mine["id"]))
    plan = planned(city, {"ratio": 100})
    assert kinds(city, plan) == ["over"]
    with pytest.raises(FormInvalid) as found:
        city.complete("draft_plan", POLICY, plan_note=None)
    assert "本年已检查 1 次，必检 1 次，每年至多 1 次" in str(found.value.facts["errors"])
    assert kinds(city, planned(city, {"ratio": 100}, year=2027)) == []


def test_enterprises_rated_lowest_have_no_cap(city: CityRig) -> None:
    rated(city, "D")
    plan = planned(city, {"ratio": 100}, {"ratio": 100, "month_from": 9, "month_to": 9})
    assert kinds(city, plan) == []


def test_a_section_edits_its_own_lines_only(city: CityRig) -> None:
    plan = planned(city, {"item_code": "ZR031", "unit": "NR-CITY-CH"})
    head = city.actor(HEAD)
    city.app.engine.execute(SaveLine(head, plan["id"], None, LINE))
    other = city.rows(random_plan_line, unit="NR-CITY-CH")[0]
    with pytest.raises(NotAllowed):
        city.app.engine.execute(SaveLine(head, plan["id"], other["id"], LINE))
    with pytest.raises(NotAllowed):
        city.app.engine.execute(SaveLine(head, plan["id"], None, {**LINE, "unit": "NR-CITY-CH"}))


def test_months_in_the_wrong_order_are_refused(city: CityRig) -> None:
    with pytest.raises(FormInvalid):
        planned(city, {"month_from": 5, "month_to": 4})


@pytest.mark.parametrize(("at", "rungs"), [("2026-03-31T23:59:59", {"warned"}), ("2026-04-01T00:00:00", {"red"})])
def test_both_sides_of_the_end_of_march(city: CityRig, at: str, rungs: set[str]) -> None:
    planned(city, {})
    assert city.rows(running_limit, element_id="draft_plan")[0]["due_at"] == china("2026-04-01T00:00:00")
    city.at(at)
    assert {one["rung"] for one in city.rows(supervision_order, cause_element="draft_plan")} == rungs
