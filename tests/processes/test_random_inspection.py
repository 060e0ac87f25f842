"""双随机抽查: locked, sealed by two, drawn, changed only by leave, inspected, audited, published."""

import pytest
from sqlalchemy import delete, update
from sqlalchemy.exc import DBAPIError

from engine.store.tables import history_event, process_instance, user_task
from tests.processes.random_checks import (
    LEADER,
    OFFICER,
    POLICY,
    UNIT,
    WITNESS,
    begun,
    drawn,
    lots,
    proofs,
    rated,
    sealed,
    targets,
    task,
)
from tests.processes.random_steps import write
from tests.processes.rig import CityRig, china
from workflows.draws import verify_chain, verify_proof
from workflows.errors import SamePerson
from workflows.records.libraries import inspection_object, officer_certificate
from workflows.records.random_checks import APPEND_ONLY, draw_seal

pytestmark = pytest.mark.clause("zz2020/2.3", "xzcf/42", "xzcf/43")


def test_a_task_ad_hoc_locks_its_lists_before_anybody_has_a_say(city: CityRig) -> None:
    row = begun(city)
    lot = lots(city)[0]
    assert (row["state"], len(lot["snapshot"]["objects"]), lot["attempt"]) == ("locked", 12, 1)
    assert row["business_key"] == "SJ2026-00001"
    assert lot["snapshot"]["seats"][0]["units"] == [UNIT]
    assert city.elements() == ["operator_seal", "witness_seal"]
    assert proofs(city) == []


def test_two_seals_open_the_draw_and_its_proof_can_be_repeated(city: CityRig) -> None:
    row = drawn(city)
    proof = proofs(city)[0]
    assert verify_proof(proof) is None
    assert row["state"] == "drawn"
    assert [(one["role"], one["person"]) for one in proof["seals"]] == [("operator", OFFICER), ("witness", WITNESS)]
    assert [str(one["object_id"]) for one in targets(city)] == proof["result"]["objects"]
    assert len(targets(city)) == 6
    for one, team in zip(targets(city), proof["result"]["teams"], strict=True):
        assert [person["login"] for person in one["officers"]] == team
        assert len(set(team)) == 2


@pytest.mark.parametrize("first", ["operator_seal", "witness_seal"])
def test_what_the_first_person_wrote_is_nowhere_to_be_read_until_the_second_has_sealed(
    city: CityRig, first: str
) -> None:
    begun(city)
    login = OFFICER if first == "operator_seal" else WITNESS
    city.complete(first, login, draw_text="猜不到的文字")
    assert city.rows(draw_seal)[0]["text"] == "猜不到的文字"
    for table in (user_task, history_event, process_instance):
        assert "猜不到的文字" not in repr(city.rows(table))
        assert "猜不到的文字".encode() not in b"".join(bytes(row.get("state") or b"") for row in city.rows(table) if
                                                     isinstance(row.get("state"), bytes))  # fmt: skip
    assert proofs(city) == targets(city) == []


def test_one_person_cannot_give_both_inputs(city: CityRig) -> None:
    row = begun(city)
    write(city, update(user_task).where(user_task.c.element_id == "witness_seal").values(
        candidate_groups=[f"{UNIT}/section_officer"]))  # fmt: skip
    city.complete("operator_seal", OFFICER, draw_text="第一份文字")
    with pytest.raises(SamePerson):
        city.complete("witness_seal", OFFICER, draw_text="第二份文字")
    assert len(city.rows(draw_seal)) == 1
    assert task(city, row["business_key"])["state"] == "locked"


@pytest.mark.parametrize("table", APPEND_ONLY, ids=lambda table: table.name)
def test_the_database_itself_refuses_to_change_or_delete_a_draw(city: CityRig, table) -> None:
    drawn(city)
    city.complete(
        "confirm_draw", OFFICER, change_kind="drop_object", change_target=str(targets(city)[0]["id"]),
        change_reason="已注销",
    )  # fmt: skip
    city.complete("approve_change", LEADER, decision="approve")
    before = city.rows(table)
    assert before
    column = next(iter(table.c))
    for statement in (update(table).values({column.name: column}), delete(table)):
        with pytest.raises(DBAPIError, match="never changed"):
            write(city, statement)
    assert city.rows(table) == before


def test_each_proof_is_chained_to_the_one_before(city: CityRig) -> None:
    rated(city, "D")
    for number in range(3):
        drawn(city, ratio=50, item_code="ZR023", reason=f"第 {number} 次", areas=["370402", "370403"][: number % 2 + 1])
        city.complete("confirm_draw", OFFICER, change_kind="confirm")
    found = proofs(city)
    assert [one["number"] for one in found] == [1, 2, 3]
    assert verify_chain(found) is None
    found[1]["snapshot"]["objects"][0][3] += 1
    wrong = verify_chain(found)
    assert wrong is not None
    assert (wrong[0], wrong[1].place) == (1, "snapshot_hash")


def test_grades_decide_how_many_are_drawn(city: CityRig) -> None:
    rated(city, "D", "high")
    begun(city)
    sealed(city)
    assert len(targets(city)) == 12
    assert proofs(city)[0]["snapshot"]["strata"] == [
        {"key": "D-high", "ratio": 10_000, "least": 1, "reason": "信用D、高风险：规则表 100%"}
    ]


def test_the_ratio_follows_credit_and_risk(city: CityRig) -> None:
    rated(city, "A", "low")
    rated(city, "C", "high", code="91370400MA3D001019")
    begun(city)
    found = {one["key"]: one["ratio"] for one in lots(city)[0]["snapshot"]["strata"]}
    assert found == {"A-low": 100, "C-high": 6000}


@pytest.mark.parametrize(("item", "unit", "ratio"), [("ZR022", "NR-CITY-STXF", 3000), ("ZR034", "NR-CITY-FJ", 1000),
                                                     ("ZR031", "NR-CITY-CH", 2000)])  # fmt: skip
def test_an_item_with_a_ratio_of_its_own_follows_that(city: CityRig, item: str, unit: str, ratio: int) -> None:
    begun(city, login=POLICY, item_code=item, unit=unit)
    assert [one["ratio"] for one in lots(city)[0]["snapshot"]["strata"]] == [ratio]


def test_an_enterprise_is_drawn_no_more_often_than_its_cap_and_then_left_out_with_the_reason(city: CityRig) -> None:
    rated(city, "B", "high")
    row = drawn(city, ratio=100)
    mines = {one["id"]: one["credit_code"] for one in city.rows(inspection_object, kind="mine")}
    codes = [mines[one["object_id"]] for one in targets(city)]
    assert len(codes) == len(set(codes)) == 6
    assert proofs(city)[0]["result"]["strata"][0] == {"key": "B-high", "size": 12, "quota": 12, "drawn": 6}
    city.complete("confirm_draw", OFFICER, change_kind="confirm")
    again = begun(city, ratio=100)
    assert again["state"] == "refused"
    assert "12 户已到年度检查次数上限" in again["problem"]
    assert row["state"] == "drawn"


def test_lists_that_give_no_lawful_team_are_refused_by_object_and_missing_condition(city: CityRig) -> None:
    write(city, update(officer_certificate).where(officer_certificate.c.unit == UNIT).values(revoked_on=china(
        "2026-03-01T00:00:00").date()))  # fmt: skip
    row = begun(city)
    assert row["state"] == "refused"
    assert "矿”派不齐检查人员：市局矿业权科缺少当日执法证有效" in row["problem"]
    assert lots(city) == []
    write(city, update(officer_certificate).values(revoked_on=None))
    city.complete("mend_pool", OFFICER, decision="retry", mend_note="已补办执法证")
    assert task(city, row["business_key"])["state"] == "locked"


def test_a_task_that_cannot_be_drawn_is_given_up_with_its_reason(city: CityRig) -> None:
    row = begun(city, item_code="ZR032")
    assert "没有可以抽取的对象" in row["problem"]
    city.complete("mend_pool", OFFICER, decision="cancel", mend_note="本年没有发掘活动")
    row = task(city, row["business_key"])
    assert (row["state"], row["problem"]) == ("cancelled", "本年没有发掘活动")
    assert city.tasks() == []
