"""Changes after a draw, its inspections and audit, and both sides of its deadlines."""

import pytest
from sqlalchemy import text, update

from tests.processes.random_checks import (
    LEADER,
    OFFICER,
    POLICY,
    UNIT,
    begun,
    drawn,
    inspected,
    lots,
    proofs,
    sealed,
    targets,
    task,
)
from tests.processes.random_steps import write
from tests.processes.rig import CityRig, Look, china
from workflows.draws import verify_chain
from workflows.errors import FormInvalid, NotAllowed, SamePerson
from workflows.records.clocks import running_limit
from workflows.records.inspections import inspection
from workflows.records.letters import letter
from workflows.records.libraries import inspection_object, officer_relation
from workflows.records.offices import officer
from workflows.records.orders import supervision_order
from workflows.records.publication import publication
from workflows.records.random_checks import draw_change

pytestmark = pytest.mark.clause("zz2020/2.3", "xzcf/42", "xzcf/43")


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
