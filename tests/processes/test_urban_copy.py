"""办件项目抄送 on its real diagram: signed for with a receipt, told again, then on the ladder."""

from datetime import date

import pytest
from sqlalchemy import update

from engine.errors import TaskNotFound
from tests.processes.rig import CityRig, china
from tests.processes.steps import permit
from workflows.commands.complete_user_task import CompleteUserTask
from workflows.desk.asking import Do
from workflows.records.cases import copy
from workflows.records.clocks import running_limit
from workflows.records.letters import letter, notification, receipt
from workflows.records.offices import unit
from workflows.records.orders import supervision_order

pytestmark = pytest.mark.clause("zz2020/1.1/copy")

SIGN = {"decision": "acknowledged", "patrol_officer": "", "remark": ""}
RESERVE = {"decision": "reserved", "patrol_officer": "", "remark": "项目不在本辖区"}


@pytest.fixture
def copied(city: CityRig) -> CityRig:
    """A building permit in 市中区, copied to the squad and the town."""
    permit(city)
    city.run()
    return city


def test_the_squad_and_the_town_each_get_a_numbered_copy(copied: CityRig) -> None:
    assert sorted(row["unit"] for row in copied.rows(copy)) == ["CG-SZ", "TN-SZ"]
    assert {row["business_key"] for row in copied.rows(copy)} == {"SG2026-00001-CS"}
    numbers = sorted(row["number"] for row in copied.rows(letter, kind="copy"))
    assert numbers == ["枣审管抄〔2026〕0001号", "枣审管抄〔2026〕0002号"]
    assert all(row["rule"] for row in copied.rows(copy))


def test_signing_gives_a_numbered_receipt_that_names_the_letter(copied: CityRig) -> None:
    copied.complete("acknowledge_copy", "cg.sz", **SIGN)
    signed = copied.rows(copy, unit="CG-SZ")[0]
    proof = copied.rows(receipt, id=signed["receipt_id"])[0]
    assert (proof["letter_id"], proof["signed_by"], proof["outcome"]) == (signed["letter_id"], "cg.sz", "acknowledged")
    assert (len(proof["sha256"]), proof["number"]) == (64, "枣审管回〔2026〕00001号")
    assert (signed["acknowledged_at"], signed["is_late"]) == (copied.clock.now(), False)
    assert copied.rows(copy, unit="TN-SZ")[0]["acknowledged_at"] is None
    copied.complete("acknowledge_copy", "zj.sz", **RESERVE)
    assert sorted(row["outcome"] for row in copied.rows(receipt)) == ["acknowledged", "reserved"]
    assert copied.tasks("acknowledge_copy") == []


def test_another_squad_cannot_sign(copied: CityRig) -> None:
    task = copied.tasks("acknowledge_copy")[0]
    with pytest.raises(TaskNotFound):
        copied.app.engine.execute(CompleteUserTask(task.id, copied.actor("cg.xc"), SIGN, copied.app.rulebook))


def test_who_has_not_signed_is_told_again_on_the_last_day(copied: CityRig) -> None:
    copied.complete("acknowledge_copy", "cg.sz", **SIGN)
    copied.at("2026-03-05T00:00:00")
    assert {row["unit"]: row["renotified"] for row in copied.rows(copy)} == {"CG-SZ": 0, "TN-SZ": 1}
    assert [row["login"] for row in copied.rows(notification, kind="copy")] == ["zj.sz"]


@pytest.mark.parametrize(("signed_at", "is_late"), [("2026-03-05T23:59:59", False), ("2026-03-06T00:00:00", True)])
def test_both_sides_of_the_signing_limit(copied: CityRig, signed_at: str, is_late: bool) -> None:
    copied.clock.set(china(signed_at))
    copied.complete("acknowledge_copy", "cg.sz", **SIGN)
    assert copied.rows(copy, unit="CG-SZ")[0]["is_late"] is is_late


@pytest.mark.deadline("urban_copy/copy_overdue")
def test_an_unsigned_copy_climbs_the_ladder_until_it_is_signed(copied: CityRig) -> None:
    copied.complete("acknowledge_copy", "zj.sz", **SIGN)
    copied.at("2026-03-05T23:59:59")
    assert copied.rows(supervision_order, cause_element="acknowledge_copy") == []
    copied.at("2026-03-06T00:00:00")
    assert [row["rung"] for row in copied.rows(supervision_order, unit="CG-SZ")] == ["red"]
    copied.complete("acknowledge_copy", "cg.sz.dz", **SIGN)
    copied.run()
    assert [row["state"] for row in copied.rows(supervision_order, unit="CG-SZ")] == ["closed"]
    clock = copied.rows(running_limit, unit="CG-SZ")[0]
    assert (clock["is_late"], copied.rows(copy, unit="CG-SZ")[0]["is_late"]) == (True, True)


def test_an_item_outside_the_table_is_copied_to_nobody(city: CityRig) -> None:
    permit(city, XK_XKZS="建设项目用地预审与选址意见书")
    city.run()
    assert city.rows(copy) == []


@pytest.mark.parametrize(
    ("change", "said"),
    [({"result_type": "撤回"}, "请勿再按原许可巡查"), ({"site": "光明路 9 号"}, "请以更正后的内容为准")],
)
def test_who_has_a_copy_hears_that_the_permit_was_withdrawn_or_changed(
    copied: CityRig, change: dict[str, str], said: str
) -> None:
    copied.complete("acknowledge_copy", "cg.sz", **SIGN)
    permit(copied, **change)
    told = copied.rows(notification, kind="copy")
    assert {row["login"] for row in told} == {"cg.sz", "cg.sz.dz", "zj.sz"}
    assert all(said in row["text"] for row in told)


def test_a_changed_permit_is_copied_to_the_town_as_the_first_one_was(city: CityRig) -> None:
    permit(city, XK_XKZS="规划许可变更、使用性质变更")
    city.run()
    assert sorted(row["unit"] for row in city.rows(copy)) == ["CG-SZ", "TN-SZ"]


@pytest.mark.parametrize("ends_on", ["2026-03-02", "2026-03-03"])
def test_the_policy_section_hears_once_of_a_kind_of_receiver_that_the_area_has_no_office_of(
    city: CityRig, ends_on: str
) -> None:
    town = update(unit).where(unit.c.code == "TN-SZ").values(valid_to=date.fromisoformat(ends_on))
    city.app.engine.execute(Do(lambda uow: uow.connection.execute(town)))
    permit(city)
    city.run()
    stands = ends_on > "2026-03-02"
    assert sorted(row["unit"] for row in city.rows(copy)) == (["CG-SZ", "TN-SZ"] if stands else ["CG-SZ"])
    told = sorted((row["login"], row["text"]) for row in city.rows(notification, kind="copy"))
    said = "市中区没有镇政府（街道），抄送单未能发出，请确定接收单位并告知：演示住宅小区（建字第370402202600001号）"
    assert told == ([] if stands else [("zc.fagui", said), ("zc.kezhang", said)])
