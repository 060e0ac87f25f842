"""城管巡查: copied permits in a plan, visited in time, findings that become leads."""

from typing import Any

import pytest

from engine.store.tables import process_instance
from tests.processes import building
from tests.processes.rig import CityRig, china
from tests.processes.steps import permit
from workflows.construction.patrols import ChangePriority, OrderSpotCheck
from workflows.errors import CaseNotFound, FormInvalid, NotAllowed, ProjectClosed
from workflows.records.cases import transfer
from workflows.records.clocks import running_limit
from workflows.records.construction import patrol, patrol_subject
from workflows.records.inspections import supervision_act

pytestmark = pytest.mark.clause("zz2020/1.1/patrol")
SIGN = {"decision": "acknowledged", "patrol_officer": "", "remark": ""}
SQUAD, HEAD = "cg.sz", "cg.sz.dz"
FINE = {"patrol_result": "no_problem", "patrol_note": "按图施工", "location": "34.81,117.32"}


@pytest.fixture
def planned(city: CityRig) -> CityRig:
    """A copied permit that the squad signed for on 2 March."""
    permit(city)
    city.run()
    city.complete("acknowledge_copy", SQUAD, **SIGN)
    city.run()
    return city


def subject(city: CityRig) -> dict[str, Any]:
    found = city.rows(patrol_subject)
    assert len(found) == 1
    return dict(found[0])


def spot(city: CityRig, login: str = HEAD) -> None:
    city.app.engine.execute(OrderSpotCheck(city.actor(login), subject(city)["id"], "群众反映夜间施工"))
    city.run()


def test_only_the_squad_patrols_and_only_after_it_signed(planned: CityRig) -> None:
    planned.complete("acknowledge_copy", "zj.sz", **SIGN)
    planned.run()
    row = subject(planned)
    assert (row["unit"], row["level"], str(row["next_on"])) == ("CG-SZ", "normal", "2026-03-30")
    assert len(planned.rows(process_instance, definition_key="urban_patrol")) == 1


@pytest.mark.deadline("urban_patrol/patrol_due")
def test_a_patrol_comes_on_its_day_and_the_next_one_is_planned(planned: CityRig) -> None:
    planned.at("2026-03-29T23:59:59")
    assert planned.tasks("patrol_site") == []
    planned.at("2026-03-30T00:00:00")
    assert len(planned.tasks("patrol_site")) == 1
    planned.at("2026-03-30T08:00:00")
    planned.complete("patrol_site", SQUAD, **FINE)
    row, done = subject(planned), planned.rows(patrol, result="no_problem")[0]
    assert (row["last_result"], row["state"], str(row["next_on"])) == ("no_problem", "planned", "2026-04-28")
    assert (done["done_by"], done["location"], done["is_late"]) == (SQUAD, "34.81,117.32", False)
    assert [act["source"] for act in planned.rows(supervision_act)] == ["patrol"]


@pytest.mark.parametrize(("done", "is_late"), [("2026-04-02T23:59:59", False), ("2026-04-03T00:00:00", True)])
def test_both_sides_of_the_days_for_a_visit(planned: CityRig, done: str, is_late: bool) -> None:
    planned.at("2026-03-30T08:00:00")
    planned.at(done)
    planned.complete("patrol_site", SQUAD, **FINE)
    assert planned.rows(patrol, result="no_problem")[0]["is_late"] is is_late


def test_a_visit_over_the_holiday_counts_working_days(city_at: Any) -> None:
    city = city_at("2026-02-10T10:00:00")
    permit(city, XK_JDRQ="2026-02-10")
    city.run()
    city.complete("acknowledge_copy", SQUAD, **SIGN)
    city.run()
    city.at("2026-02-13T10:00:00")
    spot(city)
    clock = city.rows(running_limit, element_id="patrol_site")[0]
    assert clock["due_at"] == china("2026-02-26T00:00:00")  # Saturday 14 is worked, 15 to 23 are off


def test_a_finding_becomes_a_lead_with_the_permit_and_the_next_patrol_is_soon(planned: CityRig) -> None:
    planned.at("2026-03-30T08:00:00")
    finding = {"patrol_result": "finding", "patrol_note": "加层", "violation_facts": "擅自加建一层"}
    planned.complete("patrol_site", SQUAD, **finding)
    found = planned.rows(patrol, result="finding")[0]
    lead = planned.rows(transfer, business_key=found["lead_key"])[0]
    assert (lead["approval_id"], lead["sender_unit"]) == (subject(planned)["approval_id"], "CG-SZ")
    assert (subject(planned)["level"], str(subject(planned)["next_on"])) == ("high", "2026-04-07")


def test_a_position_is_two_numbers_or_nothing(planned: CityRig) -> None:
    planned.at("2026-03-30T08:00:00")
    with pytest.raises(FormInvalid):
        planned.complete("patrol_site", SQUAD, **{**FINE, "location": "在工地"})
    planned.complete("patrol_site", SQUAD, **{**FINE, "location": ""})


def test_a_spot_check_is_now_and_once(planned: CityRig) -> None:
    spot(planned)
    assert [(row["kind"], row["reason"]) for row in planned.rows(patrol)] == [("spot", "群众反映夜间施工")]
    with pytest.raises(FormInvalid):
        spot(planned)
    planned.complete("patrol_site", SQUAD, **FINE)
    assert sorted(row["kind"] for row in planned.rows(patrol)) == ["regular", "spot"]


@pytest.mark.parametrize(
    ("login", "error"), [("cg.xc.dz", CaseNotFound), ("cg.sz", NotAllowed), ("ks.jsgc", NotAllowed)]
)
def test_only_the_head_of_the_squad_orders_and_ranks(planned: CityRig, login: str, error: type[Exception]) -> None:
    with pytest.raises(error):
        spot(planned, login)
    with pytest.raises(error):
        planned.app.engine.execute(ChangePriority(planned.actor(login), subject(planned)["id"], "low", "偏远"))


def test_the_head_decides_how_often_from_the_next_planning_on(planned: CityRig) -> None:
    planned.app.engine.execute(ChangePriority(planned.actor(HEAD), subject(planned)["id"], "high", "临近学校"))
    spot(planned)
    planned.complete("patrol_site", SQUAD, **FINE)
    assert (subject(planned)["level"], str(subject(planned)["next_on"])) == ("normal", "2026-03-09")
    assert "临近学校" in subject(planned)["level_reason"]


def test_a_withdrawn_permit_leaves_the_plan_at_the_next_planning(planned: CityRig) -> None:
    spot(planned)
    permit(planned, result_type="撤回")
    planned.run()
    planned.complete("patrol_site", SQUAD, **FINE)
    assert (subject(planned)["state"], subject(planned)["next_on"]) == ("over", None)
    with pytest.raises(ProjectClosed):
        spot(planned)


def test_a_failed_check_makes_the_patrols_more_frequent(planned: CityRig) -> None:
    for login in ("ks.jsgc", "zr.sz"):
        planned.complete("claim_duty", login, decision="claim")
        planned.run()
    building.indicators(planned)
    building.request(planned, "sign_board")
    building.check(planned, "sign_board", verdict="not_compliant")
    spot(planned)
    planned.complete("patrol_site", SQUAD, **FINE)
    assert subject(planned)["level"] == "high"
