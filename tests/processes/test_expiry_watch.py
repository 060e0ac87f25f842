"""临时许可到期监管: reminded, extended by the rules, checked on the day after the last."""

from typing import Any

import pytest

from engine.store.tables import process_instance
from tests.processes.rig import CityRig, china
from tests.processes.steps import CLAIM, permit
from workflows.construction.temporary import RegisterExtension
from workflows.errors import CaseNotFound, FormInvalid, NotAllowed, ProjectClosed
from workflows.records.cases import transfer
from workflows.records.clocks import running_limit
from workflows.records.construction import temporary_extension, temporary_permit
from workflows.records.letters import letter

pytestmark = pytest.mark.clause("sdcx/51", "tdss/20", "cxgh/44", "zz2020/1.1/patrol")
WORKS, LAND, OFFICER = "临时建设工程规划许可", "临时用地审批", "ks.jsgc"
DONE = {"checked_on": "2026-07-01", "expiry_note": "已拆除清场"}


def claimed(city: CityRig, item: str = WORKS, last: str = "2026-06-30", login: str = OFFICER, **more: str) -> None:
    permit(city, XK_XKZS=item, XK_YXQZI=last, **more)
    city.run()
    city.complete("claim_duty", login, **CLAIM)
    city.run()


def watch(city: CityRig) -> dict[str, Any]:
    return dict(city.rows(temporary_permit)[0])


def extension(city: CityRig, number: int) -> str:
    """Let the approval bureau grant an extension; answers its number."""
    document = f"临延字第{number}号"
    permit(city, XK_XKZS=WORKS, project_no=f"BJ-延{number}", XK_WSH=document, XK_XKBH=document)
    city.run()
    return document


def extend(city: CityRig, document: str, to: str, applied: str, login: str = OFFICER) -> int:
    answers = {"document_no": document, "applied_on": applied, "new_valid_to": to}
    command = RegisterExtension(city.actor(login), watch(city)["id"], answers)
    found: int = city.app.engine.execute(command)
    return found


def test_a_claimed_temporary_permit_is_watched_once(city: CityRig) -> None:
    claimed(city)
    city.complete("claim_duty", "zr.sz", **CLAIM)
    city.run()
    row = watch(city)
    assert (row["kind"], row["unit"], row["warning"]) == ("works", "NR-CITY-JSGC", "")
    assert (str(row["valid_to"]), str(row["remind_on"])) == ("2026-06-30", "2026-05-01")
    assert len(city.rows(process_instance, definition_key="expiry_watch")) == 1


@pytest.mark.parametrize(
    ("item", "last", "warned"),
    [
        (WORKS, "2028-03-02", False),
        (WORKS, "2028-03-03", True),
        (LAND, "2028-03-02", False),
        (LAND, "2028-03-03", True),
        (LAND, "2030-03-03", True),
    ],
)
def test_both_sides_of_the_longest_period(city: CityRig, item: str, last: str, warned: bool) -> None:
    claimed(city, item, last, login="zr.sz")
    assert bool(watch(city)["warning"]) is warned


@pytest.mark.deadline("expiry_watch/remind")
def test_the_holder_is_reminded_on_the_day_and_not_before(city: CityRig) -> None:
    claimed(city)
    city.at("2026-04-30T23:59:59")
    assert city.rows(letter, kind="expiry_reminder") == []
    city.at("2026-05-01T00:00:00")
    sent = city.rows(letter, kind="expiry_reminder")[0]
    assert (sent["data"]["receiver"], sent["number"]) == ("演示置业有限公司", watch(city)["reminder_no"])
    assert "2026-05-31 前（含当日）申请" in sent["data"]["opening"]


@pytest.mark.deadline("expiry_watch/expired")
def test_the_check_comes_when_the_last_day_is_over(city: CityRig) -> None:
    claimed(city)
    city.at("2026-06-30T23:59:59")
    assert city.tasks("check_expiry") == []
    city.at("2026-07-01T00:00:00")
    assert len(city.tasks("check_expiry")) == 1
    assert city.rows(running_limit, element_id="check_expiry")[0]["due_at"] == china("2026-07-08T00:00:00")
    city.complete("check_expiry", OFFICER, decision="done", **DONE)
    assert (watch(city)["state"], watch(city)["checked_by"]) == ("done", OFFICER)


def test_what_still_stands_is_handed_over(city: CityRig) -> None:
    claimed(city)
    city.at("2026-07-01T08:00:00")
    city.complete("check_expiry", OFFICER, decision="missing", violation_facts="期满未拆除", **DONE)
    lead = city.rows(transfer, business_key=watch(city)["lead_key"])[0]
    assert (lead["approval_id"], lead["matter"]) == (watch(city)["approval_id"], "illegal_building")


def test_land_is_checked_again_until_it_is_reclaimed(city: CityRig) -> None:
    claimed(city, LAND, login="zr.sz")
    city.at("2026-07-01T08:00:00")
    city.complete("check_expiry", "zr.sz", decision="reclaiming", **DONE)
    assert watch(city)["state"] == "reclaiming"
    clock = city.rows(running_limit, element_id="check_reclamation")[0]
    assert clock["due_at"] == china("2027-07-01T00:00:00")
    city.complete(
        "check_reclamation", "zr.sz", decision="missing", expiry_note="未动工", violation_facts="期满一年仍未复垦"
    )
    assert city.rows(transfer)[0]["matter"] == "land_use"


def test_works_are_never_reclaimed(city: CityRig) -> None:
    claimed(city)
    city.at("2026-07-01T08:00:00")
    with pytest.raises(FormInvalid):
        city.complete("check_expiry", OFFICER, decision="reclaiming", **DONE)


def test_an_extension_moves_the_last_day_and_its_own_watch_is_not_a_second_one(city: CityRig) -> None:
    claimed(city)
    document = extension(city, 1)
    city.complete("claim_duty", OFFICER, **CLAIM)
    city.run()
    assert len(city.rows(temporary_permit)) == 2
    assert extend(city, document, "2027-06-30", "2026-05-31") == 1
    states = {str(row["valid_to"]): row["state"] for row in city.rows(temporary_permit)}
    assert states == {"2027-06-30": "watching", "2027-03-02": "merged"}
    city.at("2026-07-01T08:00:00")
    assert city.tasks("check_expiry") == []


@pytest.mark.parametrize(
    ("to", "applied", "field"),
    [
        ("2027-07-01", "2026-05-31", "new_valid_to"),
        ("2026-06-30", "2026-05-31", "new_valid_to"),
        ("2027-06-30", "2026-06-01", "applied_on"),
    ],
)
def test_an_extension_too_long_or_asked_for_too_late_is_refused(
    city: CityRig, to: str, applied: str, field: str
) -> None:
    claimed(city)
    document = extension(city, 1)
    with pytest.raises(FormInvalid) as refused:
        extend(city, document, to, applied)
    assert refused.value.facts["errors"][0]["field"] == field
    assert city.rows(temporary_extension) == []
    assert str(watch(city)["valid_to"]) == "2026-06-30"


def test_a_third_extension_is_refused(city: CityRig) -> None:
    claimed(city)
    for number, to in ((1, "2026-09-30"), (2, "2026-12-31")):
        assert extend(city, extension(city, number), to, "2026-05-31") == number
    with pytest.raises(FormInvalid) as refused:
        extend(city, extension(city, 3), "2027-03-01", "2026-05-31")
    assert "最多延期 2 次" in refused.value.facts["errors"][0]["message"]


def test_land_has_no_extension_and_a_document_must_exist(city: CityRig) -> None:
    claimed(city)
    with pytest.raises(FormInvalid) as unknown:
        extend(city, "没有这份", "2027-06-30", "2026-05-31")
    assert unknown.value.facts["errors"][0]["field"] == "document_no"


@pytest.mark.parametrize(("login", "error"), [("zr.xc", CaseNotFound), ("cg.sz", NotAllowed)])
def test_other_units_register_no_extension(city: CityRig, login: str, error: type[Exception]) -> None:
    claimed(city)
    with pytest.raises(error):
        extend(city, "x", "2027-06-30", "2026-05-31", login)


def test_after_the_last_day_nothing_is_extended(city: CityRig) -> None:
    claimed(city)
    document = extension(city, 1)
    city.at("2026-07-01T00:00:00")
    with pytest.raises(ProjectClosed):
        extend(city, document, "2027-06-30", "2026-05-31")


def test_a_withdrawn_permit_ends_the_watch(city: CityRig) -> None:
    claimed(city)
    permit(city, XK_XKZS=WORKS, XK_YXQZI="2026-06-30", result_type="撤回")
    city.run()
    assert watch(city)["state"] == "withdrawn"
    city.at("2026-07-01T08:00:00")
    assert city.tasks("check_expiry") == []
