"""建设工程批后跟踪: once per permit, one stage after the other, corrected or handed over."""

from dataclasses import replace
from datetime import date
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import insert, update

from engine.commands.deploy import Deploy
from engine.store.tables import process_instance
from tests.processes import building
from tests.processes.building import CHECKER, HEAD, STAGES, check, checks, claimed, indicators, passed, project, request
from tests.processes.rig import CityRig, china
from tests.processes.steps import CITY, CLAIM, USCC, permit
from workflows import bootstrap
from workflows.construction.commands import RegisterRequest, ReportSkip
from workflows.desk.asking import Do
from workflows.errors import CaseNotFound, FormInvalid, NotAllowed, ProjectBlocked, ProjectClosed
from workflows.records.cases import transfer
from workflows.records.clocks import running_limit
from workflows.records.construction import construction_project, construction_skip
from workflows.records.inspections import supervision_act
from workflows.records.letters import letter, notification
from workflows.records.libraries import officer_certificate, officer_relation
from workflows.records.orders import supervision_order
from workflows.records.penalties import penalty_case

pytestmark = pytest.mark.clause("zz2020/1.1/patrol", "sdcx/52", "cxgh/45", "jinan/79")


@pytest.fixture
def site(city: CityRig) -> CityRig:
    """A building whose permit both units claimed, with its indicators written down."""
    claimed(city)
    indicators(city)
    return city


def instances(city: CityRig) -> list[dict[str, Any]]:
    return [dict(row) for row in city.rows(process_instance, definition_key="construction_tracking")]


def test_nothing_is_tracked_before_the_permit_is_claimed(city: CityRig) -> None:
    permit(city)
    city.run()
    assert city.rows(construction_project) == []


def test_a_permit_two_units_claim_is_tracked_once(city: CityRig) -> None:
    claimed(city)
    row = project(city)
    assert (row["unit"], row["claimed_by_units"]) == ("NR-CITY-PHJG", ["NR-CITY-JSGC", "NR-SZ"])
    assert (row["business_key"], row["stage"], row["state"]) == ("SG2026-00001-GC", "sign_board", "tracking")
    assert len(instances(city)) == 1


def test_both_claims_in_one_moment_still_open_one_project(city: CityRig) -> None:
    permit(city)
    city.run()
    for login in (CITY, "zr.sz"):
        city.complete("claim_duty", login, **CLAIM)
    city.run()
    assert project(city)["claimed_by_units"] == ["NR-CITY-JSGC", "NR-SZ"]


def test_a_district_permit_is_checked_by_the_district(city: CityRig) -> None:
    permit(city, XK_XKJG="枣庄市薛城区行政审批服务局", area="370403")
    city.run()
    city.complete("claim_duty", "zr.xc", **CLAIM)
    city.run()
    assert project(city)["unit"] == "NR-XC"


@pytest.mark.parametrize(
    ("item", "kind", "stages"),
    [
        ("建设工程规划许可证（市政、管线）", "pipeline", 5),
        ("乡村建设规划许可证", "rural", 4),
    ],
)
def test_the_kind_of_project_decides_its_stages(city: CityRig, item: str, kind: str, stages: int) -> None:
    permit(city, XK_XKZS=item)
    city.run()
    city.complete("claim_duty", "zr.sz", **CLAIM)
    city.run()
    assert (project(city)["project_type"], len(project(city)["checkpoints"])) == (kind, stages)


def test_a_tall_building_is_checked_in_more_phases_from_then_on(site: CityRig) -> None:
    indicators(site, project_type="building_phased")
    passed(site, "sign_board", "setting_out", "start_line")
    assert project(site)["stage"] == "foundation_pit"
    assert len(project(site)["checkpoints"]) == 10


def test_from_the_sign_board_to_the_papers(site: CityRig) -> None:
    passed(site, *STAGES)
    assert project(site)["stage"] == "papers"
    request(site, "papers")
    site.complete("receive_papers", CHECKER, decision="received", papers_list="竣工图一套")
    assert (project(site)["state"], project(site)["stage"]) == ("completed", "")
    assert instances(site)[0]["status"] == "completed"
    lines = site.rows(letter, kind="line_confirmation")
    assert len(lines) == 3
    assert {row["receiver_unit"] for row in lines} == {None}
    assert {row["data"]["receiver"] for row in lines} == {"演示置业有限公司"}
    approved = site.rows(letter, kind="verification_approval")[0]
    assert checks(site, "completion")[0]["certificate_no"] == approved["number"]
    assert checks(site, "zero_line")[0]["officers"] == [CHECKER, HEAD]
    assert set(checks(site, "sign_board")[0]["measured"]) == set()
    assert checks(site, "top_out")[0]["measured"] == {"measured_height": 54.05, "height_deviation": 0.05}
    acts = site.rows(supervision_act)
    assert [row["result"] for row in acts] == ["no_problem"] * 6
    assert {(row["kind"], row["unit"], len(row["officers"])) for row in acts} == {("inspection", "NR-CITY-PHJG", 2)}
    with pytest.raises(ProjectClosed):
        request(site, "papers")


def test_the_next_stage_is_refused_until_the_former_is_passed(site: CityRig) -> None:
    with pytest.raises(FormInvalid) as refused:
        request(site, "setting_out")
    assert "公示牌设置" in refused.value.facts["errors"][0]["message"]
    request(site, "sign_board")
    with pytest.raises(FormInvalid) as twice:
        request(site, "sign_board")
    assert "不能重复登记" in twice.value.facts["errors"][0]["message"]
    assert len(checks(site, "sign_board")) == 1


@pytest.mark.parametrize("day", ["2026-03-01", "2026-02-28"])
def test_a_request_older_than_the_permit_is_refused(site: CityRig, day: str) -> None:
    with pytest.raises(FormInvalid):
        request(site, "sign_board", day)


@pytest.mark.parametrize(
    ("login", "error"), [("zr.sz", CaseNotFound), ("ks.jsgc", CaseNotFound), ("cg.sz", NotAllowed)]
)
def test_other_units_register_nothing(site: CityRig, login: str, error: type[Exception]) -> None:
    with pytest.raises(error):
        request(site, "sign_board", login=login)
    with pytest.raises(error):
        site.app.engine.execute(ReportSkip(site.actor(login), project(site)["id"], {}))


def test_one_person_is_not_enough(site: CityRig) -> None:
    request(site, "sign_board")
    with pytest.raises(FormInvalid):
        check(site, "sign_board", officer_2=CHECKER)
    assert checks(site, "sign_board")[0]["state"] == "requested"


def test_who_checks_holds_a_certificate_that_is_good_on_the_day_and_has_no_tie_to_the_builder(site: CityRig) -> None:
    request(site, "sign_board")
    certificate = officer_certificate.c.login == HEAD
    write(site, update(officer_certificate).where(certificate).values(expires_on=date(2026, 3, 1)))
    assert refusal(site) == ("officer_2", "not-an-option")
    write(site, update(officer_certificate).where(certificate).values(expires_on=date(2026, 3, 2)))
    tie = {"id": uuid4(), "login": HEAD, "object_id": None, "credit_code": USCC, "name": "演示置业",
           "reason": "亲属任职", "valid_from": date(2026, 1, 1), "valid_to": None, "declared_by": HEAD,
           "declared_at": site.clock.now()}  # fmt: skip
    write(site, insert(officer_relation).values(tie))
    assert refusal(site) == ("officer_2", "not-an-option")
    write(site, update(officer_relation).where(officer_relation.c.login == HEAD).values(valid_to=date(2026, 3, 2)))
    check(site, "sign_board")
    (act,) = site.rows(supervision_act)
    assert [bool(one["certificate_no"]) for one in act["officers"]] == [True, True]


def refusal(site: CityRig) -> tuple[str, str]:
    """Return the field and the code with which the check is refused."""
    with pytest.raises(FormInvalid) as refused:
        check(site, "sign_board")
    mistake = refused.value.facts["errors"][0]
    return mistake["field"], mistake["code"]


def write(site: CityRig, statement: Any) -> None:
    site.app.engine.execute(Do(lambda uow: uow.connection.execute(statement)))


def test_a_city_whose_unit_punishes_itself_opens_a_penalty_case_instead(city: CityRig) -> None:
    ours = [
        replace(file, content=file.content.replace(b'"transfer"', b'"penalty"'))
        if file.name == "violation_route.dmn" else file
        for file in bootstrap.diagrams()
    ]  # fmt: skip
    city.app.engine.execute(Deploy("bpmn", tuple(ours), "tester"))
    claimed(city)
    indicators(city)
    failed(city)
    city.complete("recheck_correction", CHECKER, decision="not_corrected", violation_facts="继续超出红线施工")
    city.run()
    (case,) = city.rows(penalty_case)
    assert (case["source"], case["unit"], case["facts"]) == ("construction", "NR-CITY-PHJG", "继续超出红线施工")
    assert (case["source_id"], case["approval_id"]) == (
        str(checks(city, "start_line")[0]["id"]), project(city)["approval_id"],
    )  # fmt: skip
    assert city.rows(transfer) == []
    assert city.tasks("check_filing")[0].business_key == case["business_key"]


def test_a_height_cannot_be_judged_before_the_permitted_one_is_known(site: CityRig) -> None:
    indicators(site, permitted_height=None)
    passed(site, "sign_board", "setting_out", "start_line")
    request(site, "zero_line")
    with pytest.raises(FormInvalid) as refused:
        check(site, "zero_line")
    assert "许可高度" in refused.value.facts["errors"][0]["message"]


@pytest.mark.parametrize(
    ("code", "measured", "state"),
    [
        ("setting_out", {"coordinate_deviation": "0.05"}, "passed"),
        ("setting_out", {"coordinate_deviation": "0.051"}, "failed"),
        ("zero_line", {"measured_height": "54.1"}, "passed"),
        ("zero_line", {"measured_height": "54.11"}, "failed"),
        ("completion", {"measured_area": "12120"}, "passed"),
        ("completion", {"measured_area": "12121"}, "failed"),
        ("completion", {"verdict": "not_compliant"}, "failed"),
    ],
)
def test_both_sides_of_each_tolerance(site: CityRig, code: str, measured: dict[str, str], state: str) -> None:
    passed(site, *STAGES[: STAGES.index(code)])
    request(site, code)
    check(site, code, **measured)
    assert checks(site, code)[0]["state"] == state


def failed(site: CityRig) -> None:
    """Fail the line-check before the start."""
    passed(site, "sign_board", "setting_out")
    request(site, "start_line")
    check(site, "start_line", coordinate_deviation="0.8")


def test_a_failed_check_orders_the_correction_and_tells_urban_management_at_once(site: CityRig) -> None:
    failed(site)
    row = checks(site, "start_line")[0]
    order = site.rows(letter, kind="construction_correction")[0]
    notice = site.rows(letter, kind="squad_notice")[0]
    assert (row["state"], row["order_no"], row["outcome_reason"]) == (
        "failed",
        order["number"],
        "平面位置偏差超过容许值",
    )
    assert (notice["receiver_unit"], notice["created_at"]) == ("CG-SZ", order["created_at"])
    assert {"cg.sz", "cg.sz.dz"} <= {one["login"] for one in site.rows(notification, kind="construction")}
    assert project(site)["stage"] == "start_line"


def test_a_correction_is_checked_again_and_then_passes(site: CityRig) -> None:
    failed(site)
    site.complete("recheck_correction", CHECKER, decision="corrected", recheck_note="已移位")
    assert [row["state"] for row in checks(site, "start_line")] == ["corrected", "requested"]
    check(site, "start_line")
    assert [row["state"] for row in checks(site, "start_line")] == ["corrected", "passed"]
    assert project(site)["stage"] == "zero_line"


def not_corrected(site: CityRig) -> str:
    failed(site)
    site.complete("recheck_correction", CHECKER, decision="not_corrected", violation_facts="继续超出红线施工")
    return str(checks(site, "start_line")[0]["lead_key"])


def test_who_does_not_correct_becomes_a_lead_with_the_permit(site: CityRig) -> None:
    key = not_corrected(site)
    lead = site.rows(transfer, business_key=key)[0]
    assert (lead["approval_id"], lead["matter"], lead["source"]) == (
        project(site)["approval_id"], "illegal_building", "验线核实",
    )  # fmt: skip
    assert site.tasks("preliminary_check")[0].business_key == key


def test_nothing_is_handled_while_the_case_is_open(site: CityRig) -> None:
    not_corrected(site)
    with pytest.raises(ProjectBlocked):
        request(site, "start_line")
    site.complete(
        "preliminary_check", CHECKER, decision="not_established", check_note="已自行拆除", matter="illegal_building",
        place_kind="planned",
    )  # fmt: skip
    site.run()
    request(site, "start_line")
    check(site, "start_line")
    assert project(site)["stage"] == "zero_line"


def test_building_without_the_check_is_a_violation_lead(site: CityRig) -> None:
    passed(site, "sign_board", "setting_out")
    building.skip(site)
    noted = site.rows(construction_skip)[0]
    lead = site.rows(transfer, business_key=noted["lead_key"])[0]
    assert lead["facts"] == "未通过“开工前验线”即施工：已开挖基坑"
    assert lead["approval_id"] == project(site)["approval_id"]
    assert project(site)["stage"] == "start_line"
    building.skip(site)
    assert len(site.rows(construction_skip)) == 2


@pytest.mark.parametrize(
    ("asked", "on_time", "late"),
    [
        ("2026-03-02", "2026-03-05T23:59:59", "2026-03-06T00:00:00"),
        ("2026-09-29", "2026-10-09T23:59:59", "2026-10-10T00:00:00"),  # National Day: 30 Sep, 8 and 9 Oct
    ],
)
def test_both_sides_of_the_three_days_of_a_line_check(site: CityRig, asked: str, on_time: str, late: str) -> None:
    site.at(f"{asked}T10:00:00")
    request(site, "sign_board")
    site.at(on_time)
    assert site.rows(supervision_order, cause_element="check_line", rung="red") == []
    site.at(late)
    assert [row["unit"] for row in site.rows(supervision_order, cause_element="check_line")] == ["NR-CITY-PHJG"]
    check(site, "sign_board", checked_on=asked)
    assert checks(site, "sign_board")[0]["is_late"] is True


def test_spring_festival_and_its_make_up_days_count_as_the_calendar_says(city_at: Any) -> None:
    city = city_at("2026-02-11T10:00:00")
    claimed(city, XK_JDRQ="2026-02-11")
    request(city, "sign_board", "2026-02-13")  # a Friday; Saturday 14 is worked, 15 to 23 are off
    clock = city.rows(running_limit, element_id="check_line")[0]
    assert clock["due_at"] == china("2026-02-26T00:00:00")


@pytest.mark.parametrize(("done", "is_late"), [("2026-09-03T23:59:59", False), ("2026-09-04T00:00:00", True)])
@pytest.mark.deadline("construction_tracking/papers_overdue")
def test_both_sides_of_the_six_months_for_the_papers(site: CityRig, done: str, is_late: bool) -> None:
    site.at("2026-03-03T10:00:00")
    passed(site, *STAGES)
    request(site, "papers", "2026-03-03")
    site.at(done)
    orders = site.rows(letter, subject="责令补报竣工资料通知书")
    assert len(orders) == is_late
    site.complete("receive_papers", CHECKER, decision="received", papers_list="竣工图")
    assert checks(site, "papers")[0]["is_late"] is is_late


def test_papers_that_never_come_become_a_case(site: CityRig) -> None:
    passed(site, *STAGES)
    request(site, "papers")
    site.complete("receive_papers", CHECKER, decision="missing", violation_facts="经催告仍不报送")
    assert site.rows(transfer, business_key=checks(site, "papers")[0]["lead_key"])[0]["matter"] == "other"
    assert project(site)["state"] == "tracking"


def test_a_changed_permit_asks_to_compare_the_indicators(site: CityRig) -> None:
    assert project(site)["needs_review"] is False
    permit(site, project_name="演示住宅小区二期")
    site.run()
    assert project(site)["needs_review"] is True
    assert len(instances(site)) == 1
    for login in (CITY, "zr.sz"):
        site.complete("claim_duty", login, **CLAIM)
    site.run()
    assert len(instances(site)) == 1


def test_a_withdrawn_permit_ends_the_tracking_and_keeps_what_was_checked(site: CityRig) -> None:
    passed(site, "sign_board")
    request(site, "setting_out")
    permit(site, result_type="撤回")
    site.run()
    assert (project(site)["state"], instances(site)[0]["status"]) == ("withdrawn", "completed")
    assert [checks(site, code)[0]["state"] for code in ("sign_board", "setting_out")] == ["passed", "ended"]
    assert site.tasks("check_line") == []
    with pytest.raises(ProjectClosed):
        request(site, "setting_out")


def test_a_fault_in_the_middle_registers_nothing(site: CityRig) -> None:
    answers = {"requested_on": "2026-03-02", "surveyor": "", "request_note": ""}
    command = RegisterRequest(site.actor(CHECKER), project(site)["id"], "sign_board", answers, site.app.rulebook)

    class Broken:
        def run(self, uow: Any) -> None:
            command.run(uow)
            raise RuntimeError

    with pytest.raises(RuntimeError):
        site.app.engine.execute(Broken())
    assert (checks(site, "sign_board"), site.tasks("check_line")) == ([], [])
