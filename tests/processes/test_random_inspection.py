"""双随机抽查: locked, sealed by two, drawn, changed only by leave, inspected, audited, published."""

import pytest
from sqlalchemy import delete, text, update
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
    inspected,
    lots,
    proofs,
    rated,
    sealed,
    targets,
    task,
)
from tests.processes.rig import CityRig, Look, china
from workflows.draws import verify_chain, verify_proof
from workflows.errors import FormInvalid, NotAllowed, SamePerson
from workflows.records.clocks import running_limit
from workflows.records.inspections import inspection
from workflows.records.letters import letter
from workflows.records.libraries import inspection_object, officer_certificate, officer_relation
from workflows.records.offices import officer
from workflows.records.orders import supervision_order
from workflows.records.publication import publication
from workflows.records.random_checks import APPEND_ONLY, draw_change, draw_seal

pytestmark = pytest.mark.clause("zz2020/2.3", "xzcf/42", "xzcf/43")


def write(city: CityRig, statement: object) -> None:
    """Change the database behind the platform's back."""
    with city.app.engine.database.pool.begin() as connection:
        connection.execute(statement)  # type: ignore[call-overload]


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


def test_an_officer_who_must_avoid_an_enterprise_is_never_drawn_for_it(city: CityRig) -> None:
    mine = city.rows(inspection_object, kind="mine")[0]
    write(city, officer_relation.insert().values(
        id=mine["id"], login=OFFICER, credit_code=mine["credit_code"], name=mine["name"], reason="亲属",
        valid_from=china("2026-01-01T00:00:00").date(), declared_by=OFFICER, declared_at=city.clock.now(),
    ))  # fmt: skip
    drawn(city, ratio=100)
    held = {one["id"] for one in city.rows(inspection_object, credit_code=mine["credit_code"])}
    teams = {one["object_id"]: [person["login"] for person in one["officers"]] for one in targets(city)}
    assert held & set(teams)
    assert [key for key in held & set(teams) if OFFICER in teams[key]] == []


def test_only_an_approved_change_counts_and_it_names_who_and_why(city: CityRig) -> None:
    drawn(city)
    one = targets(city)[0]
    ask = {"change_kind": "drop_object", "change_target": str(one["id"]), "change_reason": "已注销"}
    city.complete("confirm_draw", OFFICER, **ask)
    city.complete("approve_change", LEADER, decision="return", change_note="未见证明")
    assert (targets(city, "dropped"), city.rows(draw_change)) == ([], [])
    city.complete("confirm_draw", OFFICER, **ask)
    city.complete("approve_change", LEADER, decision="approve")
    assert [row["id"] for row in targets(city, "dropped")] == [one["id"]]
    kept = city.rows(draw_change)[0]
    assert (kept["asked_by"], kept["approved_by"], kept["reason"]) == (OFFICER, LEADER, "已注销")
    assert str(one["object_id"]) in proofs(city)[0]["result"]["objects"]


def replacement(city: CityRig, incoming: str, outgoing: int = 1) -> dict[str, str]:
    one = targets(city)[0]
    return {
        "change_kind": "replace_officer", "change_target": str(one["id"]), "change_reason": "出差",
        "officer_out": one["officers"][outgoing]["login"], "officer_in": incoming,
    }  # fmt: skip


def test_an_officer_is_replaced_by_one_who_may_sit_there(city: CityRig) -> None:
    drawn(city)
    team = [person["login"] for person in targets(city)[0]["officers"]]
    free = next(one["id"] for one in lots(city)[0]["snapshot"]["officers"] if one["id"] not in team)
    city.complete("confirm_draw", OFFICER, **replacement(city, free))
    city.complete("approve_change", LEADER, decision="approve")
    assert [person["login"] for person in targets(city)[0]["officers"]] == [team[0], free]


def test_an_officer_of_another_unit_cannot_take_the_leading_seat(city: CityRig) -> None:
    drawn(city)
    team = [person["login"] for person in targets(city)[0]["officers"]]
    free = next(one["id"] for one in lots(city)[0]["snapshot"]["officers"]
                if one["id"] not in team and one["unit"] != UNIT)  # fmt: skip
    with pytest.raises(FormInvalid) as found:
        city.complete("confirm_draw", OFFICER, **replacement(city, free, 0))
    assert "该席位须由单位" in str(found.value.facts["errors"])


def test_a_new_draw_needs_a_reason_and_leave_and_the_former_one_stays(city: CityRig) -> None:
    row = drawn(city)
    city.complete("confirm_draw", OFFICER, change_kind="redraw", change_reason="名录库有误")
    city.complete("approve_change", LEADER, decision="approve")
    assert {one["state"] for one in targets(city)} == {"superseded"}
    assert [one["attempt"] for one in lots(city)] == [1, 2]
    sealed(city, ("第三份文字", "第四份文字"))
    first, second = proofs(city)
    assert second["redraw"] == {"of": first["hash"], "reason": "名录库有误", "asked_by": OFFICER, "approved_by": LEADER}
    assert verify_chain([first, second]) is None
    assert {one["lot_id"] for one in targets(city, "drawn")} == {lots(city)[1]["id"]}
    assert task(city, row["business_key"])["state"] == "drawn"


def test_drawn_officers_inspect_and_the_results_are_audited_and_published(city: CityRig) -> None:
    row = drawn(city)
    city.complete("confirm_draw", OFFICER, change_kind="confirm")
    found = city.rows(inspection)
    assert len(found) == len(targets(city)) == 6
    assert {one["kind"] for one in found} == {"random"}
    teams = {one["object_id"]: [person["login"] for person in one["officers"]] for one in targets(city)}
    assert all([one["login"] for one in kept["inspectors"]] == teams[kept["object_id"]] for kept in found)
    assert [one["receiver_unit"] for one in city.rows(letter, kind="random_notice")] == [UNIT]
    inspected(city)
    assert {one["result"] for one in targets(city)} == {"no_problem"}
    city.complete("audit_results", POLICY, decision="return", audit_note="缺照片")
    city.complete("correct_results", OFFICER, correction_note="已补传")
    city.complete("audit_results", POLICY, decision="pass")
    city.complete("publish_results", POLICY, public_statement="共检查 6 户：未发现问题 6 户。")
    row = task(city, row["business_key"])
    assert row["state"] == "published"
    assert [one["decision"] for one in row["audit"]] == ["return", "corrected", "pass"]
    queued = city.rows(publication, kind="random_result")
    assert {one["outlet"] for one in queued} == {"enterprise_publicity", "credit", "supervision"}
    assert {(one["state"], one["is_late"]) for one in queued} == {("queued", False)}
    assert len(queued[0]["data"]["results"]) == 6
    assert queued[0]["data"]["proof"] == proofs(city)[0]["hash"]
    assert city.tasks() == []


@pytest.mark.parametrize(("at", "rung"), [("2026-03-31T23:59:59", "warned"), ("2026-04-01T00:00:00", "red")])
def test_both_sides_of_the_end_of_a_task(city: CityRig, at: str, rung: str) -> None:
    drawn(city)
    city.complete("confirm_draw", OFFICER, change_kind="confirm")
    city.at(at)
    assert {one["rung"] for one in city.rows(supervision_order, cause_element="inspect_each")} == {rung}


def test_the_ladder_of_a_task_ends_when_everything_was_inspected(city: CityRig) -> None:
    drawn(city)
    city.complete("confirm_draw", OFFICER, change_kind="confirm")
    city.at("2026-03-25T09:00:00")
    assert {one["state"] for one in city.rows(supervision_order, cause_element="inspect_each")} == {"open"}
    inspected(city)
    assert {one["state"] for one in city.rows(supervision_order, cause_element="inspect_each")} == {"closed"}


@pytest.mark.parametrize(("at", "is_late"), [("2026-03-30T23:59:59", False), ("2026-03-31T00:00:00", True)])
def test_both_sides_of_the_twenty_working_days_to_publish(city: CityRig, at: str, is_late: bool) -> None:
    drawn(city, due_on="2026-06-30")
    city.complete("confirm_draw", OFFICER, change_kind="confirm")
    inspected(city)
    city.complete("audit_results", POLICY, decision="pass")
    clock = city.rows(running_limit, element_id="publish_results")[0]
    assert clock["due_at"] == china("2026-03-31T00:00:00")
    city.at(at)
    city.complete("publish_results", POLICY, public_statement="见附表")
    assert {one["is_late"] for one in city.rows(publication)} == {is_late}


def test_a_unit_begins_tasks_of_its_own_only(city: CityRig) -> None:
    with pytest.raises(NotAllowed):
        begun(city, login="ks.ch")
    assert city.app.engine.ask(Look(lambda uow: uow.connection.execute(text("SELECT COUNT(*) FROM random_task"))
                                    .scalar())) == 0  # fmt: skip


def test_whoever_asks_for_a_change_does_not_approve_it(city: CityRig) -> None:
    drawn(city)
    city.complete("confirm_draw", OFFICER, change_kind="redraw", change_reason="名录库有误")
    write(city, update(officer).where(officer.c.login == OFFICER).values(roles=["leader"], unit="NR-CITY-LD"))
    with pytest.raises(SamePerson):
        city.complete("approve_change", OFFICER, decision="approve")
    assert {one["state"] for one in targets(city)} == {"drawn"}


def test_a_joint_check_draws_two_of_each_unit_and_all_of_them_inspect(city: CityRig) -> None:
    drawn(city, joint_units=["CG-SZ"])
    assert [one["units"] for one in lots(city)[0]["snapshot"]["seats"]] == [[UNIT], [UNIT], ["CG-SZ"], ["CG-SZ"]]
    city.complete("confirm_draw", OFFICER, change_kind="confirm")
    assert {one["receiver_unit"] for one in city.rows(letter, kind="random_notice")} == {UNIT, "CG-SZ"}
    for kept in city.rows(inspection):
        assert sorted(one["unit"] for one in kept["inspectors"]) == ["CG-SZ", "CG-SZ", UNIT, UNIT]
    assert len(city.tasks("record_findings")) == 6
