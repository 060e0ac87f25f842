"""建设工程批后跟踪: once per permit, one stage after the other, corrected or handed over."""

from dataclasses import replace
from datetime import date
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import insert, update

from engine.commands.deploy import Deploy
from tests.processes.building import CHECKER, HEAD, STAGES, check, checks, claimed, indicators, passed, project, request
from tests.processes.construction_steps import failed, instances
from tests.processes.rig import CityRig
from tests.processes.steps import CITY, CLAIM, USCC, permit
from workflows import shipped
from workflows.construction.commands import ReportSkip
from workflows.desk.asking import Do
from workflows.errors import CaseNotFound, FormInvalid, NotAllowed, ProjectClosed
from workflows.records.cases import transfer
from workflows.records.construction import construction_project
from workflows.records.inspections import supervision_act
from workflows.records.letters import letter
from workflows.records.libraries import officer_certificate, officer_relation
from workflows.records.penalties import penalty_case

pytestmark = pytest.mark.clause("zz2020/1.1/patrol", "sdcx/52", "cxgh/45", "jinan/79")


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


def test_a_tall_building_is_checked_in_more_phases_from_then_on(built_site: CityRig) -> None:
    indicators(built_site, project_type="building_phased")
    passed(built_site, "sign_board", "setting_out", "start_line")
    assert project(built_site)["stage"] == "foundation_pit"
    assert len(project(built_site)["checkpoints"]) == 10


def test_from_the_sign_board_to_the_papers(built_site: CityRig) -> None:
    passed(built_site, *STAGES)
    assert project(built_site)["stage"] == "papers"
    request(built_site, "papers")
    built_site.complete("receive_papers", CHECKER, decision="received", papers_list="竣工图一套")
    assert (project(built_site)["state"], project(built_site)["stage"]) == ("completed", "")
    assert instances(built_site)[0]["status"] == "completed"
    lines = built_site.rows(letter, kind="line_confirmation")
    assert len(lines) == 3
    assert {row["receiver_unit"] for row in lines} == {None}
    assert {row["data"]["receiver"] for row in lines} == {"演示置业有限公司"}
    approved = built_site.rows(letter, kind="verification_approval")[0]
    assert checks(built_site, "completion")[0]["certificate_no"] == approved["number"]
    assert checks(built_site, "zero_line")[0]["officers"] == [CHECKER, HEAD]
    assert set(checks(built_site, "sign_board")[0]["measured"]) == set()
    assert checks(built_site, "top_out")[0]["measured"] == {"measured_height": 54.05, "height_deviation": 0.05}
    acts = built_site.rows(supervision_act)
    assert [row["result"] for row in acts] == ["no_problem"] * 6
    assert {(row["kind"], row["unit"], len(row["officers"])) for row in acts} == {("inspection", "NR-CITY-PHJG", 2)}
    with pytest.raises(ProjectClosed):
        request(built_site, "papers")


def test_the_next_stage_is_refused_until_the_former_is_passed(built_site: CityRig) -> None:
    with pytest.raises(FormInvalid) as refused:
        request(built_site, "setting_out")
    assert "公示牌设置" in refused.value.facts["errors"][0]["message"]
    request(built_site, "sign_board")
    with pytest.raises(FormInvalid) as twice:
        request(built_site, "sign_board")
    assert "不能重复登记" in twice.value.facts["errors"][0]["message"]
    assert len(checks(built_site, "sign_board")) == 1


@pytest.mark.parametrize("day", ["2026-03-01", "2026-02-28"])
def test_a_request_older_than_the_permit_is_refused(built_site: CityRig, day: str) -> None:
    with pytest.raises(FormInvalid):
        request(built_site, "sign_board", day)


@pytest.mark.parametrize(
    ("login", "error"), [("zr.sz", CaseNotFound), ("ks.jsgc", CaseNotFound), ("cg.sz", NotAllowed)]
)
def test_other_units_register_nothing(built_site: CityRig, login: str, error: type[Exception]) -> None:
    with pytest.raises(error):
        request(built_site, "sign_board", login=login)
    with pytest.raises(error):
        built_site.app.engine.execute(ReportSkip(built_site.actor(login), project(built_site)["id"], {}))


def test_one_person_is_not_enough(built_site: CityRig) -> None:
    request(built_site, "sign_board")
    with pytest.raises(FormInvalid):
        check(built_site, "sign_board", officer_2=CHECKER)
    assert checks(built_site, "sign_board")[0]["state"] == "requested"


def test_who_checks_holds_a_certificate_that_is_good_on_the_day_and_has_no_tie_to_the_builder(
    built_site: CityRig,
) -> None:
    request(built_site, "sign_board")
    certificate = officer_certificate.c.login == HEAD
    write(built_site, update(officer_certificate).where(certificate).values(expires_on=date(2026, 3, 1)))
    assert refusal(built_site) == ("officer_2", "not-an-option")
    write(built_site, update(officer_certificate).where(certificate).values(expires_on=date(2026, 3, 2)))
    tie = {"id": uuid4(), "login": HEAD, "object_id": None, "credit_code": USCC, "name": "演示置业",
           "reason": "亲属任职", "valid_from": date(2026, 1, 1), "valid_to": None, "declared_by": HEAD,
           "declared_at": built_site.clock.now()}  # fmt: skip
    write(built_site, insert(officer_relation).values(tie))
    assert refusal(built_site) == ("officer_2", "not-an-option")
    write(
        built_site, update(officer_relation).where(officer_relation.c.login == HEAD).values(valid_to=date(2026, 3, 2))
    )
    check(built_site, "sign_board")
    (act,) = built_site.rows(supervision_act)
    assert [bool(one["certificate_no"]) for one in act["officers"]] == [True, True]


def refusal(built_site: CityRig) -> tuple[str, str]:
    """Return the field and the code with which the check is refused."""
    with pytest.raises(FormInvalid) as refused:
        check(built_site, "sign_board")
    mistake = refused.value.facts["errors"][0]
    return mistake["field"], mistake["code"]


def write(built_site: CityRig, statement: Any) -> None:
    built_site.app.engine.execute(Do(lambda uow: uow.connection.execute(statement)))


def test_a_city_whose_unit_punishes_itself_opens_a_penalty_case_instead(city: CityRig) -> None:
    ours = [
        replace(file, content=file.content.replace(b'"transfer"', b'"penalty"'))
        if file.name == "violation_route.dmn" else file
        for file in shipped.diagrams()
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


def test_a_height_cannot_be_judged_before_the_permitted_one_is_known(built_site: CityRig) -> None:
    indicators(built_site, permitted_height=None)
    passed(built_site, "sign_board", "setting_out", "start_line")
    request(built_site, "zero_line")
    with pytest.raises(FormInvalid) as refused:
        check(built_site, "zero_line")
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
def test_both_sides_of_each_tolerance(built_site: CityRig, code: str, measured: dict[str, str], state: str) -> None:
    passed(built_site, *STAGES[: STAGES.index(code)])
    request(built_site, code)
    check(built_site, code, **measured)
    assert checks(built_site, code)[0]["state"] == state
