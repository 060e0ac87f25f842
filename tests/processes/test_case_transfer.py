"""案件转送抄告 on its real diagram: checked, approved, sent, received, reported back, closed."""

from collections.abc import Callable
from datetime import date

import pytest

from engine.errors import TaskNotFound
from tests.processes.rig import CityRig, china
from tests.processes.steps import CITY, LEAD, TRANSFER, USCC, permit, sent_transfer
from workflows.commands.complete_user_task import CompleteUserTask
from workflows.errors import FormInvalid
from workflows.records.approvals import hard_block
from workflows.records.cases import transfer, transfer_milestone
from workflows.records.clocks import running_limit
from workflows.records.letters import letter, receipt
from workflows.records.orders import supervision_order
from workflows.records.penalties import penalty_case

pytestmark = pytest.mark.clause("zz2020/1.1/transfer")

ACCEPT = {"decision": "accept", "case_officer": "演示·卢队员", "forward_unit": "", "reason": ""}
BACK = {"decision": "return", "case_officer": "", "forward_unit": "", "reason": "证据不足，无法认定"}
FILED = {"decision": "filed", "filed_on": "2026-03-02", "case_no": "市中城管立字1号", "not_filed_reason": ""}
NOT_FILED = {"decision": "not_filed", "filed_on": "", "case_no": "", "not_filed_reason": "已自行拆除，危害轻微"}
DECIDED = {
    "decision_document": "市中城管罚字1号", "decided_on": "2026-03-02", "served_on": "2026-03-02",
    "penalty": "限期拆除",
}  # fmt: skip
EXECUTED = {"execution_result": "performed", "executed_on": "2026-03-02", "execution_note": "已拆除，附照片"}
CLOSE = {"is_complete": True, "close_note": "反馈齐全"}
SQUAD, SQUAD_HEAD, SECTION_HEAD = "cg.sz", "cg.sz.dz", "ks.jsgc.kz"


def the_case(city: CityRig) -> dict[str, object]:
    return dict(city.rows(transfer)[0])


def milestones(city: CityRig) -> list[str]:
    return [row["kind"] for row in sorted(city.rows(transfer_milestone), key=lambda row: row["id"])]


def standing(city: CityRig) -> int:
    return sum(row["lifted_at"] is None for row in city.rows(hard_block))


def lead(city: CityRig, **changes: str) -> str:
    return city.lead(CITY, **{**LEAD, "found_at": city.clock.now().isoformat(), **changes}).business_key


def test_a_violation_goes_to_the_squad_and_comes_back_executed(city: CityRig) -> None:
    number = sent_transfer(city)
    assert number == "ZS2026-00001"
    assert (the_case(city)["receiver_unit"], the_case(city)["number"]) == ("CG-SZ", "枣审管移〔2026〕0001号")
    city.complete("receive_transfer", SQUAD, **ACCEPT)
    city.complete("report_filing", SQUAD, **FILED)
    city.complete("report_decision", SQUAD, **DECIDED)
    assert standing(city) == 1
    city.complete("report_execution", SQUAD, **EXECUTED)
    assert standing(city) == 0
    assert city.rows(hard_block)[0]["lift_reason"] == "处罚执行完毕"
    city.complete("confirm_close", CITY, **CLOSE)
    assert milestones(city) == ["checked", "sent", "accepted", "filed", "decided", "executed", "closed"]
    assert (the_case(city)["state"], the_case(city)["is_late"], city.tasks()) == ("closed", False, [])
    assert [row["outcome"] for row in city.rows(receipt)] == ["accepted"]


def test_the_letter_carries_the_evidence_and_the_rule_in_words(city: CityRig) -> None:
    sent_transfer(city)
    data = city.rows(letter, kind="transfer")[0]["data"]
    assert data["evidence"] == LEAD["evidence"]
    said = {fact["label"]: fact["value"] for fact in data["facts"]}
    assert said["涉嫌违法事项"] == "违法建设"
    assert said["归口依据"]
    assert data["contact"]


@pytest.mark.parametrize(("decision", "state"), [("not_established", "dismissed"), ("own_power", "own")])
def test_a_lead_may_end_at_the_preliminary_check(city: CityRig, decision: str, state: str) -> None:
    lead(city)
    city.complete("preliminary_check", CITY, **{**TRANSFER, "decision": decision})
    assert (the_case(city)["state"], the_case(city)["close_reason"], city.tasks()) == (state, "现场核实属实", [])
    assert city.rows(hard_block) == []


def test_a_lead_of_ones_own_power_goes_on_as_a_penalty_of_ones_own(city: CityRig) -> None:
    found = permit(city)
    city.run()
    number = city.lead(CITY, found.approval_id, **{**LEAD, "found_at": "2026-03-01T16:30:00+00:00"}).business_key
    city.complete("preliminary_check", CITY, **{**TRANSFER, "decision": "own_power"})
    city.run()
    (case,) = city.rows(penalty_case)
    assert (case["source"], case["source_key"], case["unit"]) == ("transfer", number, "NR-CITY-JSGC")
    assert (case["item_code"], case["party_code"], case["approval_id"]) == ("ZR004", USCC, found.approval_id)
    assert (case["facts"], case["found_on"], case["created_by"]) == (LEAD["facts"], date(2026, 3, 2), CITY)
    (task,) = city.tasks("check_filing")
    assert "NR-CITY-JSGC/section_officer" in task.candidate_groups


@pytest.mark.parametrize(
    ("matter", "place", "unit"),
    [
        ("illegal_building", "planned", "CG-SZ"),
        ("illegal_building", "village", "TN-SZ"),
        ("quarrying", "hill", "NR-SZ"),
        ("forest_damage", "hill", "FO-SZ"),
        ("slope_reclamation", "hill", "WR-SZ"),
        ("industrial_waste", "hill", "EP-SZ"),
        ("graves", "hill", "MZ-SZ"),
    ],
)
def test_the_receiver_follows_the_routing_tables(city: CityRig, matter: str, place: str, unit: str) -> None:
    lead(city)
    city.complete("preliminary_check", CITY, **{**TRANSFER, "matter": matter, "place_kind": place})
    assert the_case(city)["receiver_unit"] == unit
    assert the_case(city)["rule"]


def test_the_head_may_amend_the_receiver_or_send_the_check_back(city: CityRig) -> None:
    lead(city)
    city.complete("preliminary_check", CITY, **TRANSFER)
    city.complete("approve_transfer", SECTION_HEAD, decision="send_back", receiver_unit="", approval_note="补充照片")
    assert city.elements() == ["preliminary_check"]
    city.complete("preliminary_check", CITY, **TRANSFER)
    city.complete("approve_transfer", SECTION_HEAD, decision="amend", receiver_unit="CG-CITY", approval_note="跨区案件")
    assert (the_case(city)["receiver_unit"], the_case(city)["state"]) == ("CG-CITY", "sent")


def test_only_heads_and_leaders_approve(city: CityRig) -> None:
    lead(city)
    city.complete("preliminary_check", CITY, **TRANSFER)
    task = city.tasks("approve_transfer")[0]
    answers = {"decision": "approve", "receiver_unit": "CG-SZ"}
    with pytest.raises(TaskNotFound):
        city.app.engine.execute(CompleteUserTask(task.id, city.actor(CITY), answers, city.app.rulebook))


def test_a_returned_case_is_supplemented_and_sent_again(city: CityRig) -> None:
    sent_transfer(city)
    city.complete("receive_transfer", SQUAD_HEAD, **BACK)
    assert (the_case(city)["state"], standing(city)) == ("returned", 1)
    city.at("2026-03-10T09:00:00")
    city.complete("handle_return", CITY, decision="resend", new_receiver_unit="", supplement="补充测绘报告")
    assert (the_case(city)["state"], the_case(city)["receiver_unit"], standing(city)) == ("sent", "CG-SZ", 1)
    assert the_case(city)["is_late"] is False  # the first sending was in time
    assert len(city.rows(letter, kind="transfer")) == 2
    assert milestones(city) == ["checked", "sent", "returned", "supplemented", "sent"]


def test_a_returned_case_may_go_to_another_unit(city: CityRig) -> None:
    sent_transfer(city)
    city.complete("receive_transfer", SQUAD, **BACK)
    city.complete("handle_return", CITY, decision="another", new_receiver_unit="TN-SZ", supplement="属镇政府职权")
    assert the_case(city)["receiver_unit"] == "TN-SZ"
    city.complete("receive_transfer", "zj.sz", **{**ACCEPT, "case_officer": "演示·崔干部"})
    assert the_case(city)["state"] == "accepted"


def test_a_withdrawn_transfer_lifts_the_block(city: CityRig) -> None:
    sent_transfer(city)
    city.complete("receive_transfer", SQUAD, **BACK)
    city.complete("handle_return", CITY, decision="withdraw", new_receiver_unit="", supplement="经核不构成违法")
    assert (standing(city), the_case(city)["state"], city.tasks()) == (0, "withdrawn", [])
    assert city.rows(hard_block)[0]["lift_reason"] == "移送撤回"


def test_the_receiver_forwards_to_the_unit_in_charge_with_a_new_clock(city: CityRig) -> None:
    sent_transfer(city)
    city.at("2026-03-04T10:00:00")
    forward = {"decision": "forward", "case_officer": "", "forward_unit": "TN-SZ", "reason": "村庄规划区内"}
    city.complete("receive_transfer", SQUAD, **forward)
    assert (the_case(city)["receiver_unit"], standing(city)) == ("TN-SZ", 1)
    assert milestones(city) == ["checked", "sent", "forwarded", "sent"]
    clocks = {row["unit"]: row["due_at"] for row in city.rows(running_limit, limit_name="transfer_accept")}
    assert clocks == {"CG-SZ": china("2026-03-06T00:00:00"), "TN-SZ": china("2026-03-10T00:00:00")}


@pytest.mark.parametrize("unit", ["CG-SZ", "NR-CITY-JSGC"])
def test_nobody_forwards_to_oneself_or_back_to_the_sender(city: CityRig, unit: str) -> None:
    sent_transfer(city)
    forward = {"decision": "forward", "case_officer": "", "forward_unit": unit, "reason": "不属本单位"}
    with pytest.raises(FormInvalid):
        city.complete("receive_transfer", SQUAD, **forward)


def test_a_case_not_filed_lifts_the_block_and_is_closed_by_the_sender(city: CityRig) -> None:
    sent_transfer(city)
    city.complete("receive_transfer", SQUAD, **ACCEPT)
    city.complete("report_filing", SQUAD, **NOT_FILED)
    assert (standing(city), city.elements()) == (0, ["confirm_close"])
    assert city.rows(hard_block)[0]["lift_reason"] == "不予立案"


def test_while_the_case_runs_new_decisions_on_the_project_are_flagged(city: CityRig) -> None:
    permit(city)
    sent_transfer(city, project_no="BJ-1")
    assert city.rows(hard_block)[0]["project_no"] == "BJ-1"
    assert the_case(city)["approval_id"] is not None
    again = permit(city, project_name="演示住宅小区（二期）")
    assert "hard-block" in [message.code for message in again.messages]


def test_a_lead_on_an_unknown_project_still_blocks_its_number(city: CityRig) -> None:
    sent_transfer(city, project_no="BJ-77")
    assert (city.rows(hard_block)[0]["project_no"], city.rows(hard_block)[0]["approval_id"]) == ("BJ-77", None)


@pytest.mark.parametrize(("sent_at", "is_late"), [("2026-02-24T23:59:59", False), ("2026-02-25T00:00:00", True)])
def test_both_sides_of_the_sending_limit_over_the_spring_festival(
    city_at: Callable[[str], CityRig], sent_at: str, is_late: bool
) -> None:
    city = city_at("2026-02-12T10:00:00")  # Friday, the worked Saturday, then Tuesday the 24th
    lead(city)
    city.complete("preliminary_check", CITY, **TRANSFER)
    city.clock.set(china(sent_at))
    city.complete("approve_transfer", SECTION_HEAD, decision="approve", receiver_unit="CG-SZ", approval_note="")
    assert the_case(city)["is_late"] is is_late


@pytest.mark.parametrize(("taken_at", "is_late"), [("2026-10-10T23:59:59", False), ("2026-10-11T00:00:00", True)])
def test_both_sides_of_the_receiving_limit_over_national_day(
    city_at: Callable[[str], CityRig], taken_at: str, is_late: bool
) -> None:
    city = city_at("2026-09-30T10:00:00")  # 8 and 9 October, and the worked Saturday
    sent_transfer(city)
    city.clock.set(china(taken_at))
    city.complete("receive_transfer", SQUAD, **ACCEPT)
    assert the_case(city)["is_late"] is is_late
    clock = city.rows(running_limit, limit_name="transfer_accept")[0]
    assert clock["is_late"] is is_late


def test_the_penalty_clock_is_ninety_calendar_days_from_filing(city: CityRig) -> None:
    sent_transfer(city)
    city.complete("receive_transfer", SQUAD, **ACCEPT)
    city.complete("report_filing", SQUAD, **FILED)
    clock = city.rows(running_limit, limit_name="penalty_decision")[0]
    assert clock["due_at"] == china("2026-06-02T00:00:00")  # 31 May is a Sunday, so it ends on Monday, 1 June


@pytest.mark.parametrize("step", ["receive_transfer", "report_filing", "report_decision", "report_execution"])
def test_every_task_of_the_receiver_climbs_the_ladder_until_it_is_done(city: CityRig, step: str) -> None:
    answers = {"receive_transfer": ACCEPT, "report_filing": FILED, "report_decision": DECIDED,
               "report_execution": EXECUTED}  # fmt: skip
    sent_transfer(city)
    for name in answers:
        if name == step:
            break
        city.complete(name, SQUAD, **answers[name])
    due = city.tasks(step)[0].due_at
    assert due is not None
    city.clock.set(due)
    city.run()
    assert [(row["cause_element"], row["rung"]) for row in city.rows(supervision_order)] == [(step, "red")]
    city.complete(step, SQUAD, **answers[step])
    city.run()
    assert [row["state"] for row in city.rows(supervision_order, cause_element=step)] == ["closed"]
    assert city.rows(running_limit, element_id=step)[0]["is_late"] is True


@pytest.mark.parametrize("step", ["preliminary_check", "approve_transfer", "handle_return", "confirm_close"])
def test_every_task_of_the_sender_climbs_the_ladder_until_it_is_done(city: CityRig, step: str) -> None:
    steps: list[tuple[str, str, dict[str, object]]] = [
        ("preliminary_check", CITY, TRANSFER),
        ("approve_transfer", SECTION_HEAD, {"decision": "approve", "receiver_unit": "CG-SZ", "approval_note": ""}),
        ("receive_transfer", SQUAD, BACK),
        ("handle_return", CITY, {"decision": "resend", "new_receiver_unit": "", "supplement": "补充测绘报告"}),
        ("receive_transfer", SQUAD, ACCEPT),
        ("report_filing", SQUAD, NOT_FILED),
        ("confirm_close", CITY, CLOSE),
    ]
    lead(city)
    position = [name for name, _, _ in steps].index(step)
    for name, login, answers in steps[:position]:
        city.complete(name, login, **answers)
    due = city.tasks(step)[0].due_at
    assert due is not None
    city.clock.set(due)
    city.run()
    assert [(row["cause_element"], row["rung"]) for row in city.rows(supervision_order)] == [(step, "red")]
    _, login, answers = steps[position]
    city.complete(step, login, **answers)
    city.run()
    assert [row["state"] for row in city.rows(supervision_order, cause_element=step)] == ["closed"]
    assert city.rows(running_limit, element_id=step)[0]["is_late"] is True


def test_a_check_that_is_asked_for_again_after_its_limit_is_watched_again(city: CityRig) -> None:
    lead(city)
    city.at("2026-03-05T09:00:00")
    city.complete("preliminary_check", CITY, **TRANSFER)
    city.run()
    city.at("2026-03-06T09:00:00")
    city.complete("approve_transfer", SECTION_HEAD, decision="send_back", receiver_unit="", approval_note="补充照片")
    city.run()
    rows = city.rows(supervision_order)
    assert sorted((row["cause_element"], row["state"], row["rung"]) for row in rows) == [
        ("approve_transfer", "closed", "red"),
        ("preliminary_check", "closed", "warned"),
        ("preliminary_check", "open", "red"),
    ]
