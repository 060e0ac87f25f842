"""Each duty is warned of in time: a second before the warning nobody is told, at its instant the ladder begins."""

import pytest

from tests.processes import building, key_areas
from tests.processes import test_devolved_review as devolved
from tests.processes.devolved import decided
from tests.processes.penalty_steps import (
    ANSWER,
    DECIDE,
    LEADER,
    OFFICER,
    REPORT,
    filed,
    serve_decision,
    serve_notice,
)
from tests.processes.random_checks import drawn, inspected, planned
from tests.processes.rig import CityRig, both_sides, warned
from tests.processes.steps import CITY, CLAIM, DISTRICT, TRANSFER, feedback, permit, plan, returned, sent_transfer
from tests.processes.test_case_transfer import ACCEPT, BACK, DECIDED, FILED, NOT_FILED, SECTION_HEAD, SQUAD, lead
from tests.processes.test_catalogue_change import MOVE, POLICY, dispute, propose
from tests.processes.test_coercion import URGENT, ask, seized
from tests.processes.test_evidence_hold import HOLD
from tests.processes.test_expiry_watch import DONE, LAND
from tests.processes.test_expiry_watch import claimed as watched
from tests.processes.test_penalty_overturn import OVERTURN
from workflows.devolved import OpenCycles
from workflows.penalties.holds import RequestHold
from workflows.penalties.overturn import RegisterOverturn
from workflows.records.cases import copy
from workflows.records.orders import supervision_order

pytestmark = pytest.mark.clause("zz2020/3.3")
SIGN = {"decision": "acknowledged", "patrol_officer": "", "remark": ""}


@pytest.mark.deadline(
    "approval_handoff/claim_warned", "approval_handoff/arbitration_warned", "approval_handoff/plan_warned",
    "approval_handoff/feedback_warned", "approval_handoff/receipt_warned",
)  # fmt: skip
def test_the_units_and_the_approval_bureau_are_warned_at_each_step_of_a_handoff(city: CityRig) -> None:
    permit(city)
    city.complete("claim_duty", DISTRICT, **returned("other"))
    warned(city, "claim_duty", "2026-03-04T00:00:00")
    assert city.rows(supervision_order, cause_element="arbitrate")[0]["rung"] == "warned"
    city.complete("arbitrate", POLICY, decision="withdraw", arbitrated_unit="", arbitration_note="按三定方案")
    city.complete("claim_duty", CITY, **CLAIM)
    warned(city, "plan_supervision", "2026-03-17T00:00:00")
    city.complete("plan_supervision", CITY, **plan("2026-03-20"))
    warned(city, "give_feedback", "2026-03-27T00:00:00")
    city.complete("give_feedback", CITY, **feedback("2026-03-20"))
    warned(city, "acknowledge_feedback", "2026-04-01T00:00:00")


@pytest.mark.deadline(
    "case_transfer/receipt_warned", "case_transfer/filing_warned", "case_transfer/decision_warned",
    "case_transfer/execution_warned",
)  # fmt: skip
def test_the_squad_is_warned_at_each_step_of_a_transfer(city: CityRig) -> None:
    sent_transfer(city)
    warned(city, "receive_transfer", "2026-03-05T00:00:00")
    city.complete("receive_transfer", SQUAD, **ACCEPT)
    warned(city, "report_filing", "2026-03-13T00:00:00")
    city.complete("report_filing", SQUAD, **{**FILED, "filed_on": "2026-03-13"})
    warned(city, "report_decision", "2026-06-02T00:00:00")
    city.complete("report_decision", SQUAD, **{**DECIDED, "decided_on": "2026-06-02", "served_on": "2026-06-02"})
    warned(city, "report_execution", "2026-06-28T00:00:00")


@pytest.mark.deadline(
    "case_transfer/check_warned", "case_transfer/approval_warned", "case_transfer/return_warned",
    "case_transfer/close_warned",
)  # fmt: skip
def test_who_found_a_violation_is_warned_at_each_step_of_its_transfer(city: CityRig) -> None:
    found = {lead(city), lead(city)}
    city.complete("preliminary_check", CITY, **TRANSFER)
    warned(city, "preliminary_check", "2026-03-05T00:00:00")
    ladders = {row["cause_element"]: row for row in city.rows(supervision_order)}
    assert set(ladders) == {"preliminary_check", "approve_transfer"}
    assert {row["unit"] for row in ladders.values()} == {"NR-CITY-JSGC"}
    assert {row["cause_business_key"] for row in ladders.values()} == found
    city.complete("approve_transfer", SECTION_HEAD, decision="approve", receiver_unit="CG-SZ", approval_note="")
    city.complete("receive_transfer", SQUAD, **BACK)
    warned(city, "handle_return", "2026-03-10T00:00:00")
    city.complete("handle_return", CITY, decision="resend", new_receiver_unit="", supplement="补充测绘报告")
    city.complete("receive_transfer", SQUAD, **ACCEPT)
    city.complete("report_filing", SQUAD, **NOT_FILED)
    warned(city, "confirm_close", "2026-03-17T00:00:00")


@pytest.mark.deadline("catalogue_change/arbitration_warned")
def test_who_arbitrates_an_item_is_warned(city: CityRig) -> None:
    propose(city, POLICY, contents=MOVE)
    city.at("2026-03-03T09:00:00")
    dispute(city)
    warned(city, "arbitrate_item", "2026-03-10T00:00:00")


@pytest.mark.deadline("coercion/urgent_warned", "coercion/seizure_warned", "coercion/extended_warned")
def test_the_ends_of_a_seizure_are_warned_of(city: CityRig) -> None:
    seized(city)
    ask(city, **URGENT)
    warned(city, "confirm_urgent", "2026-03-03T03:00:00")
    city.complete("confirm_urgent", LEADER, decision="lift", measure_note="不应当采取")
    warned(city, "handle_seizure", "2026-03-28T00:00:00")
    city.complete("handle_seizure", OFFICER, disposal="extend", disposal_note="须鉴定")
    city.complete("approve_extension", LEADER, decision="approve", extension_note="案情复杂")
    warned(city, "handle_extended", "2026-04-27T00:00:00")


@pytest.mark.deadline(
    "construction_tracking/check_line_warned", "construction_tracking/verify_completion_warned",
    "construction_tracking/recheck_correction_warned",
)  # fmt: skip
def test_the_checks_of_a_building_are_warned_of(city: CityRig) -> None:
    building.claimed(city)
    building.indicators(city)
    building.request(city, "sign_board")
    warned(city, "check_line", "2026-03-05T00:00:00")
    building.check(city, "sign_board")
    building.passed(city, *building.STAGES[1:-1])
    building.request(city, "completion")
    warned(city, "verify_completion", "2026-03-24T00:00:00")
    building.check(city, "completion", verdict="not_compliant")
    warned(city, "recheck_correction", "2026-04-13T00:00:00")


@pytest.mark.deadline(
    "evidence_hold/hold_warned", "criminal_referral/delivery_warned", "penalty/inquire_warned",
    "penalty/service_warned", "penalty_overturn/withdrawal_warned",
)  # fmt: skip
def test_the_clocks_of_a_penalty_are_warned_of(city: CityRig) -> None:
    number = filed(city)
    city.app.engine.execute(RequestHold(city.actor(OFFICER), number, HOLD, city.app.rulebook))
    city.complete("approve_hold", LEADER, decision="approve")
    city.complete("investigate", OFFICER, **{**REPORT, "is_criminal": True})
    city.complete("decide_referral", LEADER, decision="approve", crime="非法占用农用地罪")
    warned(city, "deliver_referral", "2026-03-03T04:00:00")
    city.complete("deliver_referral", OFFICER, police_organ="演示公安局", police_receipt="",
                  referral_delivered_at="2026-03-02T20:00:00+00:00")  # fmt: skip
    city.complete("record_police", OFFICER, police="not_filed", police_document="", police_on="2026-03-03")
    city.complete("decide_objection", LEADER, decision="accept", objection_note="接受")
    serve_notice(city)
    city.complete("hear_party", OFFICER, **ANSWER)
    warned(city, "decide_hold", "2026-03-10T00:00:00")
    warned(city, "inquire", "2026-05-23T00:00:00")
    city.complete("decide_case", LEADER, **DECIDE)
    warned(city, "serve_decision", "2026-06-01T00:00:00")
    serve_decision(city)
    given = {**OVERTURN, "overturned_on": "2026-06-01"}
    city.app.engine.execute(RegisterOverturn(city.actor(OFFICER), number, given, city.app.rulebook))
    warned(city, "withdraw_publication", "2026-06-04T00:00:00")


@pytest.mark.deadline("devolved_review/correction_warned")
def test_the_correction_after_a_review_is_warned_of(city: CityRig) -> None:
    decided(city, 1)
    city.app.engine.execute(OpenCycles(city.app.rulebook, "tester"))
    city.run()
    city.at("2026-04-01T09:00:00")
    devolved.score(city, devolved.BAD)
    city.complete("draft_opinion", devolved.POLICY, opinion_findings="程序缺失", opinion_request="补正并举一反三")
    city.complete("approve_opinion", LEADER, decision="approve", approval_note="")
    warned(city, "correct_findings", "2026-05-02T00:00:00")


@pytest.mark.deadline("expiry_watch/check_expiry_warned", "expiry_watch/check_reclamation_warned")
def test_the_checks_after_a_temporary_use_are_warned_of(city: CityRig) -> None:
    watched(city, LAND, login=DISTRICT)
    city.at("2026-07-01T00:00:00")
    warned(city, "check_expiry", "2026-07-07T00:00:00")
    city.complete("check_expiry", DISTRICT, decision="reclaiming", **DONE)
    warned(city, "check_reclamation", "2027-06-01T00:00:00")


@pytest.mark.deadline("key_campaign/report_warned")
def test_the_summary_of_a_campaign_is_warned_of(city: CityRig) -> None:
    key_areas.campaign(city)
    city.complete("approve_campaign", LEADER, decision="approve", approval_note="")
    city.run()
    city.at("2026-04-01T08:00:00")
    warned(city, "conclude_campaign", "2026-04-15T00:00:00")


@pytest.mark.deadline(
    "random_plan/draft_warned", "random_inspection/inspect_each_warned", "random_inspection/publish_warned"
)
def test_the_clocks_of_random_checks_are_warned_of(city: CityRig) -> None:
    planned(city, {})
    drawn(city)
    city.complete("confirm_draw", "ks.kq", change_kind="confirm")
    warned(city, "inspect_each", "2026-03-22T00:00:00")
    assert city.rows(supervision_order, cause_element="draft_plan")[0]["rung"] == "warned"
    inspected(city)
    city.complete("audit_results", POLICY, decision="pass")
    warned(city, "publish_results", "2026-04-14T00:00:00")


@pytest.mark.deadline("urban_copy/renotified", "urban_patrol/patrol_site_warned")
def test_a_squad_is_told_again_of_a_copy_and_warned_of_a_visit(city: CityRig) -> None:
    permit(city)
    city.run()
    both_sides(city, "2026-03-05T00:00:00", lambda: city.rows(copy, unit="CG-SZ", renotified=1))
    city.later(hours=9)
    city.complete("acknowledge_copy", SQUAD, **SIGN)
    city.run()
    city.at("2026-04-02T08:00:00")
    warned(city, "patrol_site", "2026-04-08T00:00:00")
