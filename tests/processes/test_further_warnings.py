"""Complaints, alerts, credit, oversight: a second before its warning nobody is told, at its instant the ladder is."""

import pytest

from tests.processes import test_complaint as complaints
from tests.processes import test_credit_requests as credit
from tests.processes import test_oversight as oversight
from tests.processes import test_reconciliation as reconciliation
from tests.processes.alerts import FIELD, FOLLOW, HEAD, TRUE, closed, confirm, device, key_for, proved_true, sent
from tests.processes.credit_platform import Platform
from tests.processes.penalty_steps import OFFICER, served
from tests.processes.rig import CityRig, warned
from tests.processes.steps import CITY, permit
from workflows.reconciliation.daily import OpenReconciliation
from workflows.records.alerts import alert_listing
from workflows.records.orders import supervision_order

pytestmark = pytest.mark.clause("zz2020/3.3")
POLICY, SECOND, LEADER, UNIT = oversight.POLICY, oversight.SECOND, oversight.LEADER, oversight.UNIT


@pytest.mark.deadline("complaint/accept_complaint_warned", "complaint/handle_complaint_warned")
def test_the_unit_is_warned_before_a_complaint_must_be_accepted_and_answered(city: CityRig) -> None:
    complaints.register(city)
    warned(city, "accept_complaint", "2026-03-03T00:00:00")
    city.complete("accept_complaint", complaints.SQUAD, decision="accept")
    warned(city, "handle_complaint", "2026-03-09T00:00:00")


@pytest.mark.deadline(
    "site_alert/check_site_warned", "site_alert/decide_follow_up_warned", "site_alert/review_technical_warned",
    "site_alert/review_legal_warned",
)  # fmt: skip
def test_everybody_is_warned_between_an_alert_and_its_evidence(city: CityRig) -> None:
    confirm(city, sent(city, key_for(city, device(city))).number)
    warned(city, "check_site", "2026-03-02T11:00:00")
    city.complete("check_site", FIELD, **TRUE)
    warned(city, "decide_follow_up", "2026-03-05T00:00:00")
    city.complete("decide_follow_up", FIELD, **FOLLOW)
    warned(city, "review_technical", "2026-03-09T00:00:00")
    city.complete("review_technical", HEAD, technical_decision="pass", technical_note="清晰")
    warned(city, "review_legal", "2026-03-11T00:00:00")


@pytest.mark.deadline("listed_supervision/report_listing_warned", "listed_supervision/check_listing_warned")
def test_a_listed_place_is_warned_of_and_so_is_who_checks_it(city: CityRig) -> None:
    key = key_for(city, device(city))
    for _ in range(3):
        proved_true(city, key)
        closed(city)
    city.run()
    assert city.rows(alert_listing)
    warned(city, "report_listing", "2026-03-19T00:00:00")
    city.complete("report_listing", FIELD, listing_measures="演示：封堵便道", listing_finished_on="2026-03-02")
    warned(city, "check_listing", "2026-03-26T00:00:00")


@pytest.mark.deadline("credit_objection/objection_warned", "credit_repair/repair_warned")
def test_who_decides_an_objection_or_a_repair_is_warned(city: CityRig) -> None:
    platform = Platform(city)
    permit(city, XK_FRDB="演示·法人")
    served(city, is_published=True)
    platform.exchange()
    credit.asked(city, "objection", credit.CLERK)
    warned(city, "verify_objection", "2026-03-05T00:00:00")
    city.at("2026-06-03T09:00:00")
    credit.asked(city, "repair", OFFICER)
    warned(city, "review_repair", "2026-06-11T00:00:00")


@pytest.mark.deadline("oversight_opinion/correction_warned", "oversight_opinion/execution_warned")
def test_a_unit_is_warned_before_the_thirty_days_to_correct_and_to_report_are_over(city: CityRig) -> None:
    oversight.issued(city)
    warned(city, "correct_oversight", "2026-03-28T00:00:00")
    city.at("2026-04-02T00:00:00")
    city.complete("decide_oversight", LEADER, **oversight.DECISION)
    warned(city, "report_execution", "2026-05-02T00:00:00")


@pytest.mark.deadline(
    "oversight_interview/confirm_warned", "oversight_interview/signing_warned",
    "oversight_interview/commitments_warned",
)  # fmt: skip
def test_a_unit_is_warned_at_each_step_of_an_interview(city: CityRig) -> None:
    oversight.noticed(city)
    warned(city, "confirm_interview", "2026-03-04T00:00:00")
    city.complete("confirm_interview", UNIT, attendee="局长（演示）", attendance_note=None)
    city.at("2026-03-06T11:00:00")
    city.complete("record_minutes", POLICY, held_at="2026-03-06T09:00:00+08:00", supervision_ids="演示001、演示002",
                  minutes="逐件说明", commitments="三月底前全部反馈", second_supervisor=SECOND)  # fmt: skip
    warned(city, "sign_minutes", "2026-03-11T00:00:00")
    city.complete("sign_minutes", UNIT, signer="局长（演示）", reservation=None, is_read=True)
    city.complete("countersign_minutes", SECOND, is_checked=True, reply_to_reservation=None)
    warned(city, "report_commitments", "2026-04-06T00:00:00")


@pytest.mark.deadline("criticism_notice/receipt_warned")
def test_a_unit_is_warned_to_sign_for_a_criticism(city: CityRig) -> None:
    oversight.drafted(city)
    city.complete("state_view", UNIT, view="agree", statement=None)
    city.complete("consider_statement", POLICY, decision="uphold", statement_reply="单位没有意见")
    city.complete("approve_criticism", LEADER, decision="approve", approval_note=None)
    warned(city, "receive_criticism", "2026-03-09T00:00:00")


@pytest.mark.deadline("reconciliation/explain_difference_warned", "reconciliation/confirm_explanation_warned")
def test_who_explains_a_difference_and_who_accepts_it_are_warned(city: CityRig) -> None:
    permit(city)
    city.app.engine.execute(OpenReconciliation("tester"))
    city.run()
    city.at("2026-03-05T00:00:00")
    assert city.rows(supervision_order, cause_element="explain_difference") == []
    warned(city, "explain_difference", "2026-03-09T00:00:00")
    city.complete("explain_difference", CITY, **reconciliation.WHY)
    warned(city, "confirm_explanation", "2026-03-11T00:00:00")
