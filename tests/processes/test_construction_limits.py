"""A failed check, each deadline of a building site, and permits that change."""

from typing import Any

import pytest

from tests.processes import building
from tests.processes.building import CHECKER, STAGES, check, checks, claimed, passed, project, request
from tests.processes.construction_steps import failed, instances, not_corrected
from tests.processes.rig import CityRig, china
from tests.processes.steps import CITY, CLAIM, permit
from workflows.construction.commands import RegisterRequest
from workflows.errors import ProjectBlocked, ProjectClosed
from workflows.records.cases import transfer
from workflows.records.clocks import running_limit
from workflows.records.construction import construction_skip
from workflows.records.letters import letter, notification
from workflows.records.orders import supervision_order

pytestmark = pytest.mark.clause("zz2020/1.1/patrol", "sdcx/52", "cxgh/45", "jinan/79")


def test_a_failed_check_orders_the_correction_and_tells_urban_management_at_once(built_site: CityRig) -> None:
    failed(built_site)
    row = checks(built_site, "start_line")[0]
    order = built_site.rows(letter, kind="construction_correction")[0]
    notice = built_site.rows(letter, kind="squad_notice")[0]
    assert (row["state"], row["order_no"], row["outcome_reason"]) == (
        "failed",
        order["number"],
        "平面位置偏差超过容许值",
    )
    assert (notice["receiver_unit"], notice["created_at"]) == ("CG-SZ", order["created_at"])
    assert {"cg.sz", "cg.sz.dz"} <= {one["login"] for one in built_site.rows(notification, kind="construction")}
    assert project(built_site)["stage"] == "start_line"


def test_a_correction_is_checked_again_and_then_passes(built_site: CityRig) -> None:
    failed(built_site)
    built_site.complete("recheck_correction", CHECKER, decision="corrected", recheck_note="已移位")
    assert [row["state"] for row in checks(built_site, "start_line")] == ["corrected", "requested"]
    check(built_site, "start_line")
    assert [row["state"] for row in checks(built_site, "start_line")] == ["corrected", "passed"]
    assert project(built_site)["stage"] == "zero_line"


def test_who_does_not_correct_becomes_a_lead_with_the_permit(built_site: CityRig) -> None:
    key = not_corrected(built_site)
    lead = built_site.rows(transfer, business_key=key)[0]
    assert (lead["approval_id"], lead["matter"], lead["source"]) == (
        project(built_site)["approval_id"], "illegal_building", "验线核实",
    )  # fmt: skip
    assert built_site.tasks("preliminary_check")[0].business_key == key


def test_nothing_is_handled_while_the_case_is_open(built_site: CityRig) -> None:
    not_corrected(built_site)
    with pytest.raises(ProjectBlocked):
        request(built_site, "start_line")
    built_site.complete(
        "preliminary_check", CHECKER, decision="not_established", check_note="已自行拆除", matter="illegal_building",
        place_kind="planned",
    )  # fmt: skip
    built_site.run()
    request(built_site, "start_line")
    check(built_site, "start_line")
    assert project(built_site)["stage"] == "zero_line"


def test_building_without_the_check_is_a_violation_lead(built_site: CityRig) -> None:
    passed(built_site, "sign_board", "setting_out")
    building.skip(built_site)
    noted = built_site.rows(construction_skip)[0]
    lead = built_site.rows(transfer, business_key=noted["lead_key"])[0]
    assert lead["facts"] == "未通过“开工前验线”即施工：已开挖基坑"
    assert lead["approval_id"] == project(built_site)["approval_id"]
    assert project(built_site)["stage"] == "start_line"
    building.skip(built_site)
    assert len(built_site.rows(construction_skip)) == 2


@pytest.mark.parametrize(
    ("asked", "on_time", "late"),
    [
        ("2026-03-02", "2026-03-05T23:59:59", "2026-03-06T00:00:00"),
        ("2026-09-29", "2026-10-09T23:59:59", "2026-10-10T00:00:00"),  # National Day: 30 Sep, 8 and 9 Oct
    ],
)
def test_both_sides_of_the_three_days_of_a_line_check(built_site: CityRig, asked: str, on_time: str, late: str) -> None:
    built_site.at(f"{asked}T10:00:00")
    request(built_site, "sign_board")
    built_site.at(on_time)
    assert built_site.rows(supervision_order, cause_element="check_line", rung="red") == []
    built_site.at(late)
    assert [row["unit"] for row in built_site.rows(supervision_order, cause_element="check_line")] == ["NR-CITY-PHJG"]
    check(built_site, "sign_board", checked_on=asked)
    assert checks(built_site, "sign_board")[0]["is_late"] is True


def test_spring_festival_and_its_make_up_days_count_as_the_calendar_says(city_at: Any) -> None:
    city = city_at("2026-02-11T10:00:00")
    claimed(city, XK_JDRQ="2026-02-11")
    request(city, "sign_board", "2026-02-13")  # a Friday; Saturday 14 is worked, 15 to 23 are off
    clock = city.rows(running_limit, element_id="check_line")[0]
    assert clock["due_at"] == china("2026-02-26T00:00:00")


@pytest.mark.parametrize(("done", "is_late"), [("2026-09-03T23:59:59", False), ("2026-09-04T00:00:00", True)])
@pytest.mark.deadline("construction_tracking/papers_overdue")
def test_both_sides_of_the_six_months_for_the_papers(built_site: CityRig, done: str, is_late: bool) -> None:
    built_site.at("2026-03-03T10:00:00")
    passed(built_site, *STAGES)
    request(built_site, "papers", "2026-03-03")
    built_site.at(done)
    orders = built_site.rows(letter, subject="责令补报竣工资料通知书")
    assert len(orders) == is_late
    built_site.complete("receive_papers", CHECKER, decision="received", papers_list="竣工图")
    assert checks(built_site, "papers")[0]["is_late"] is is_late


def test_papers_that_never_come_become_a_case(built_site: CityRig) -> None:
    passed(built_site, *STAGES)
    request(built_site, "papers")
    built_site.complete("receive_papers", CHECKER, decision="missing", violation_facts="经催告仍不报送")
    assert built_site.rows(transfer, business_key=checks(built_site, "papers")[0]["lead_key"])[0]["matter"] == "other"
    assert project(built_site)["state"] == "tracking"


def test_a_changed_permit_asks_to_compare_the_indicators(built_site: CityRig) -> None:
    assert project(built_site)["needs_review"] is False
    permit(built_site, project_name="演示住宅小区二期")
    built_site.run()
    assert project(built_site)["needs_review"] is True
    assert len(instances(built_site)) == 1
    for login in (CITY, "zr.sz"):
        built_site.complete("claim_duty", login, **CLAIM)
    built_site.run()
    assert len(instances(built_site)) == 1


def test_a_withdrawn_permit_ends_the_tracking_and_keeps_what_was_checked(built_site: CityRig) -> None:
    passed(built_site, "sign_board")
    request(built_site, "setting_out")
    permit(built_site, result_type="撤回")
    built_site.run()
    assert (project(built_site)["state"], instances(built_site)[0]["status"]) == ("withdrawn", "completed")
    assert [checks(built_site, code)[0]["state"] for code in ("sign_board", "setting_out")] == ["passed", "ended"]
    assert built_site.tasks("check_line") == []
    with pytest.raises(ProjectClosed):
        request(built_site, "setting_out")


def test_a_fault_in_the_middle_registers_nothing(built_site: CityRig) -> None:
    answers = {"requested_on": "2026-03-02", "surveyor": "", "request_note": ""}
    command = RegisterRequest(
        built_site.actor(CHECKER), project(built_site)["id"], "sign_board", answers, built_site.app.rulebook
    )

    class Broken:
        def run(self, uow: Any) -> None:
            command.run(uow)
            raise RuntimeError

    with pytest.raises(RuntimeError):
        built_site.app.engine.execute(Broken())
    assert (checks(built_site, "sign_board"), built_site.tasks("check_line")) == ([], [])
