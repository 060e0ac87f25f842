"""监管事项清单调整: claimed, disputed, late, arbitrated, reviewed, approved, and published on its day."""

from datetime import date
from typing import Any

import pytest

from tests.processes.catalogue_steps import (
    DISTRICT,
    MOVE,
    NEXT_WEEK,
    OTHER,
    POLICY,
    SECTION,
    approve,
    change,
    claim,
    dispute,
    on,
    pass_review,
    propose,
)
from tests.processes.rig import CityRig, Look, china
from tests.processes.steps import permit
from workflows.errors import FormInvalid
from workflows.items import assignment_for, item_for
from workflows.records.approvals import approval
from workflows.records.cases import duty
from workflows.records.clocks import running_limit
from workflows.records.letters import letter
from workflows.records.orders import supervision_order

pytestmark = pytest.mark.clause("zz2020/2.2", "zz2020/1.2")


def arbitrate(city: CityRig, ruling: str, unit: str | None = None) -> None:
    city.complete("arbitrate_item", POLICY, arbitration=ruling, arbitrated_unit=unit, arbitration_note="按三定方案")


@pytest.mark.deadline("catalogue_change/effective_day")
def test_a_new_owner_claims_and_has_the_item_from_its_day_on(city: CityRig) -> None:
    number = propose(city, POLICY, contents=MOVE)
    assert number == "QD2026-00001"
    claim(city)
    pass_review(city)
    approve(city)
    assert change(city, number)["state"] == "scheduled"
    city.at("2026-03-08T23:59:59")
    assert on(city, NEXT_WEEK)["supervising_units"] == ["NR-CITY-JSGC", "{district}"]
    city.at("2026-03-09T00:00:00")
    assert change(city, number)["state"] == "published"
    assert on(city, date(2026, 3, 8))["supervising_units"] == ["NR-CITY-JSGC", "{district}"]
    assert on(city, NEXT_WEEK)["supervising_units"] == MOVE["supervising_units"]
    assert on(city, NEXT_WEEK)["approving_unit"] == "AP-CITY"
    told = {row["receiver_unit"] for row in city.rows(letter, kind="catalogue")}
    assert {"NR-CITY-JSGC", "NR-CITY-SZGH", "NR-SZ", "AP-CITY"} <= told


def test_cases_in_hand_keep_their_version_and_their_owner(city: CityRig) -> None:
    permit(city)
    propose(city, POLICY, contents={**MOVE, "measure": "新措施"})
    claim(city)
    pass_review(city)
    approve(city)
    city.at("2026-03-09T00:00:00")
    permit(city, project_no="BJ-2", XK_WSH="建字第370402202600002号", XK_XKBH="建字第370402202600002号",
           XK_JDRQ="2026-03-09")  # fmt: skip
    city.run()
    versions = {row["project_no"]: row["item_version"] for row in city.rows(approval)}
    assert versions == {"BJ-1": 1, "BJ-2": 2}
    owners = {
        row["project_no"]: {one["unit"] for one in city.rows(duty, approval_id=row["id"])}
        for row in city.rows(approval)
    }
    assert owners == {"BJ-1": {"NR-CITY-JSGC", "NR-SZ"}, "BJ-2": {"NR-CITY-SZGH", "NR-SZ"}}


@pytest.mark.parametrize(("at", "is_asked"), [("2026-03-09T23:59:59", True), ("2026-03-10T00:00:00", False)])
@pytest.mark.deadline("catalogue_change/claim_expired")
def test_silence_for_five_working_days_is_no_claim_but_goes_to_arbitration(
    city: CityRig, at: str, is_asked: bool
) -> None:
    number = propose(city, POLICY, contents=MOVE)
    assert city.rows(running_limit, element_id="claim_item")[0]["due_at"] == china("2026-03-10T00:00:00")
    city.at(at)
    assert bool(city.tasks("claim_item")) is is_asked
    assert bool(city.tasks("arbitrate_item")) is not is_asked
    assert change(city, number)["state"] == ("handling" if is_asked else "disputed")
    if not is_asked:
        assert change(city, number)["opinions"][0]["decision"] == "silent"
        assert city.rows(running_limit, element_id="claim_item")[0]["is_late"] is True


def test_a_dispute_is_arbitrated_once_and_another_unit_gets_the_item(city: CityRig) -> None:
    number = propose(city, POLICY, contents=MOVE)
    dispute(city)
    arbitrate(city, "reassign", "NR-CITY-XG")
    pass_review(city)
    approve(city)
    city.at("2026-03-09T00:00:00")
    assert change(city, number)["state"] == "published"
    assert on(city, NEXT_WEEK)["supervising_units"] == ["NR-CITY-XG", "{district}"]
    assert [entry["decision"] for entry in change(city, number)["opinions"]] == [
        "dispute", "reassign", "pass", "approve",
    ]  # fmt: skip


@pytest.mark.parametrize(("ruling", "state"), [("uphold", "handling"), ("drop", "closed")])
def test_a_ruling_upholds_the_proposal_or_ends_it(city: CityRig, ruling: str, state: str) -> None:
    number = propose(city, POLICY, contents=MOVE)
    dispute(city)
    arbitrate(city, ruling)
    assert change(city, number)["state"] == state
    assert bool(city.tasks("review_change")) is (state == "handling")
    assert on(city, NEXT_WEEK)["supervising_units"] == ["NR-CITY-JSGC", "{district}"]


@pytest.mark.parametrize(("at", "rungs"), [("2026-03-10T23:59:59", {"warned"}), ("2026-03-11T00:00:00", {"red"})])
def test_both_sides_of_the_five_days_of_arbitration(city: CityRig, at: str, rungs: set[str]) -> None:
    propose(city, POLICY, contents=MOVE)
    city.at("2026-03-03T09:00:00")
    dispute(city)
    city.at(at)
    assert {row["rung"] for row in city.rows(supervision_order, cause_element="arbitrate_item")} == rungs
    arbitrate(city, "drop")
    assert city.rows(running_limit, element_id="arbitrate_item")[0]["is_late"] is ("red" in rungs)


@pytest.mark.parametrize(("element", "step"), [("review_change", pass_review), ("approve_change", approve)])
@pytest.mark.parametrize(("at", "is_late"), [("2026-03-09T23:59:59", False), ("2026-03-10T00:00:00", True)])
def test_both_sides_of_the_days_for_review_and_approval(
    city: CityRig, element: str, step: Any, at: str, is_late: bool
) -> None:
    number = propose(city, OTHER, contents=MOVE)
    if element == "approve_change":
        pass_review(city)
    city.at(at)
    step(city)
    assert city.rows(running_limit, element_id=element)[0]["is_late"] is is_late
    if element == "approve_change":
        settled = change(city, number)["effective_from"]
        assert settled == (date(2026, 3, 11) if is_late else date(2026, 3, 10))


def test_the_first_day_is_never_before_tomorrow_however_long_it_took(city: CityRig) -> None:
    number = propose(city, POLICY, contents=MOVE, effective_on=date(2026, 3, 3))
    city.at("2026-03-06T09:00:00")
    claim(city)
    pass_review(city)
    approve(city)
    assert change(city, number)["effective_from"] == date(2026, 3, 7)
    city.at("2026-03-07T00:00:00")
    assert on(city, date(2026, 3, 6))["supervising_units"][0] == "NR-CITY-JSGC"
    assert on(city, date(2026, 3, 7))["supervising_units"][0] == "NR-CITY-SZGH"


def test_an_owner_that_proposes_itself_is_not_asked(city: CityRig) -> None:
    propose(city, OTHER, contents=MOVE)
    assert city.elements() == ["review_change"]


def test_a_change_of_words_needs_no_leader(city: CityRig) -> None:
    number = propose(city, SECTION, contents={"aliases": ["建筑工程规划许可"]})
    pass_review(city)
    assert change(city, number)["state"] == "scheduled"
    city.at("2026-03-09T00:00:00")
    found = city.app.engine.ask(Look(lambda uow: item_for(uow, "建筑工程规划许可", NEXT_WEEK)))
    assert (found.code, found.version, found.source) == ("ZR004", 2, number)


def test_claiming_a_present_item_only_registers_it(city: CityRig) -> None:
    number = propose(city, SECTION, "confirm", effective_on=date(2026, 3, 3))
    assert change(city, number)["state"] == "scheduled"
    city.at("2026-03-03T00:00:00")
    assert on(city, date(2026, 3, 2))["status"] == "待确认"
    assert on(city, date(2026, 3, 3))["status"] == "已确认"
    with pytest.raises(FormInvalid):
        propose(city, SECTION, "confirm")


@pytest.mark.parametrize(("ruling", "unit"), [("uphold", None), ("reassign", "NR-CITY-PHJG"), ("drop", None)])
def test_an_owner_disputes_a_present_item(city: CityRig, ruling: str, unit: str | None) -> None:
    number = propose(city, SECTION, "dispute", suggested_unit="NR-CITY-PHJG")
    assert city.elements() == ["arbitrate_item"]
    assert change(city, number)["state"] == "disputed"
    arbitrate(city, ruling, unit)
    if unit is None:
        assert change(city, number)["state"] == "closed"
        return
    pass_review(city)
    approve(city)
    city.at("2026-03-09T00:00:00")
    assert on(city, NEXT_WEEK)["supervising_units"] == ["NR-CITY-PHJG", "{district}"]


def test_an_item_of_the_districts_is_claimed_by_each_of_them(city: CityRig) -> None:
    propose(city, POLICY, code="ZR019", contents={"frequency": "每年不少于两次"})
    asked = city.tasks("claim_item")
    assert len(asked) == 6
    for login in ("zr.sz", "zr.xc", "zr.yc", "zr.tez", "zr.st"):
        claim(city, login)
    assert city.elements() == ["claim_item"]
    claim(city, "zr.tz")
    assert city.elements() == ["review_change"]


def test_one_district_that_disputes_brings_it_to_arbitration(city: CityRig) -> None:
    propose(city, POLICY, code="ZR019", contents={"frequency": "每年不少于两次"})
    dispute(city, "zr.sz", None)
    for login in ("zr.xc", "zr.yc", "zr.tez", "zr.st", "zr.tz"):
        claim(city, login)
    assert city.elements() == ["arbitrate_item"]
    assert "市中区自然资源局：有异议" in str(city.tasks("arbitrate_item")[0].variables["claim_opinions"])


def test_the_owner_may_change_in_one_district_only(city: CityRig) -> None:
    propose(city, POLICY, area="370402", contents={"supervising_units": ["{district}"]})
    assert {task.candidate_groups[0] for task in city.tasks("claim_item")} == {"NR-SZ/section_officer"}
    claim(city, DISTRICT)
    pass_review(city)
    approve(city)
    city.at("2026-03-09T00:00:00")

    def owners(area: str) -> tuple[str, ...]:
        return city.app.engine.ask(Look(lambda uow: assignment_for(uow, "ZR004", area, NEXT_WEEK))).supervising_units

    assert owners("370402") == ("NR-SZ",)
    assert owners("370481") == ("NR-CITY-JSGC", "NR-TZ")
