"""涉嫌犯罪案件移送: to the police in a day, their answer, an objection, or back to the penalty."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

import pytest

from tests.processes.penalty_steps import ANSWER, LEADER, OFFICER, PAIR, case, filed, investigate, serve_notice
from tests.processes.rig import CityRig, both_sides, china, warned
from workflows.records.clocks import running_limit
from workflows.records.letters import notification
from workflows.records.orders import supervision_order

pytestmark = pytest.mark.clause("yjsz/5", "yjsz/8", "yjsz/9", "yjsz/12")


def approve(city: CityRig) -> None:
    city.complete("decide_referral", LEADER, decision="approve", crime="非法占用农用地罪")


def deliver(city: CityRig, at: str) -> None:
    city.complete(
        "deliver_referral", OFFICER, police_organ="演示公安局", police_receipt="收 1", referral_delivered_at=at
    )


def answer(city: CityRig, police: str, on: str = "2026-03-03") -> None:
    city.complete("record_police", OFFICER, police=police, police_document="", police_on=on)


def moved(city: CityRig, end: str, is_late: bool) -> None:
    """Move to the end of a term, or to the second before it."""
    city.clock.set(china(end) - timedelta(seconds=not is_late))
    city.run()


def referred(city: CityRig) -> None:
    """Walk until the head has approved the referral, at 10 o'clock on 2 March."""
    filed(city)
    investigate(city, is_criminal=True)
    approve(city)


def test_a_crime_goes_to_the_police_and_the_case_ends_there(city: CityRig) -> None:
    referred(city)
    due = city.rows(running_limit, limit_name="referral_delivery")[0]["due_at"]
    assert due == china("2026-03-03T10:00:00")
    city.at("2026-03-03T09:00:00")
    deliver(city, "2026-03-03T01:00:00+00:00")
    answer(city, "filed")
    city.complete("hand_over", OFFICER, handed_over="账册", handed_over_on="2026-03-03")
    row = case(city)
    assert (row["outcome"], row["referral"]["is_late"], row["decided_at"]) == ("referred", False, None)
    assert city.elements() == ["report_closing"]
    assert city.rows(running_limit, limit_name="penalty_decision")[0]["ended_at"] is not None


def test_an_objection_waits_again_and_then_the_penalty_goes_on(city: CityRig) -> None:
    referred(city)
    city.at("2026-03-03T09:00:00")
    deliver(city, "2026-03-03T01:00:00+00:00")
    answer(city, "not_filed")
    city.complete("decide_objection", LEADER, decision="request", objection_note="应当立案")
    answer(city, "not_filed")
    city.complete("decide_objection", LEADER, decision="accept", objection_note="接受")
    assert city.elements() == ["serve_notice"]  # the administrative case goes on
    assert len(city.rows(running_limit, limit_name="police_review")) == 2


def test_a_head_who_refuses_the_referral_says_why(city: CityRig) -> None:
    filed(city)
    investigate(city, is_criminal=True)
    city.complete("decide_referral", LEADER, decision="refuse", referral_note="未达追诉标准")
    assert case(city)["referral"]["note"] == "未达追诉标准"
    assert city.elements() == ["serve_notice"]


@pytest.mark.parametrize(("at", "is_late"), [("2026-03-03T02:00:00+00:00", False), ("2026-03-03T02:00:01+00:00", True)])
def test_both_sides_of_the_twenty_four_hours_to_deliver(city: CityRig, at: str, is_late: bool) -> None:
    referred(city)
    city.at("2026-03-03T11:00:00")
    deliver(city, at)
    assert case(city)["referral"]["is_late"] is is_late


@pytest.mark.parametrize("is_late", [False, True])
def test_both_sides_of_the_three_days_of_each_step(city: CityRig, is_late: bool) -> None:
    """Three days each; the eighth and the fifteenth of March are Sundays."""
    filed(city)
    investigate(city, is_criminal=True)
    moved(city, "2026-03-06T00:00:00", is_late)
    approve(city)
    deliver(city, city.clock.now().isoformat())
    moved(city, "2026-03-10T00:00:00", is_late)
    answer(city, "not_filed")
    moved(city, "2026-03-13T00:00:00", is_late)
    city.complete("decide_objection", LEADER, decision="request", objection_note="应当立案")
    moved(city, "2026-03-17T00:00:00", is_late)
    answer(city, "filed")
    moved(city, "2026-03-20T00:00:00", is_late)
    city.complete("hand_over", OFFICER, handed_over="账册", handed_over_on="2026-03-17")
    limits = ("referral_decision", "police_objection", "referral_handover")
    clocks = [clock for limit in limits for clock in city.rows(running_limit, limit_name=limit)]
    assert [clock["is_late"] for clock in clocks] == [is_late] * 3
    of_the_police = city.rows(running_limit, limit_name="police_review")
    assert [(clock["is_waiting"], clock["is_late"]) for clock in of_the_police] == [(True, False)] * 2


def escalated(city: CityRig, element: str, at: str) -> None:
    """Hold the escalation of a duty to its instant; the duty itself stays open and may still be done."""
    both_sides(city, at, lambda: city.rows(supervision_order, cause_element=element, rung="red"))
    assert element in city.elements()


def asked(city: CityRig) -> list[Mapping[str, Any]]:
    return [one for one in city.rows(notification, kind="warned") if "公安机关审查期已满" in one["text"]]


@pytest.mark.deadline("criminal_referral/decision_warned", "criminal_referral/objection_warned")
def test_the_head_is_urged_to_decide_and_to_object_and_then_it_escalates(city: CityRig) -> None:
    filed(city)
    investigate(city, is_criminal=True)
    warned(city, "decide_referral", "2026-03-05T00:00:00")
    escalated(city, "decide_referral", "2026-03-06T00:00:00")
    approve(city)
    deliver(city, city.clock.now().isoformat())
    answer(city, "not_filed")
    warned(city, "decide_objection", "2026-03-09T00:00:00")
    escalated(city, "decide_objection", "2026-03-10T00:00:00")
    city.complete("decide_objection", LEADER, decision="request", objection_note="应当立案")
    answer(city, "not_filed")
    city.at("2026-03-12T00:00:00")  # asked a second time, warned of a second time
    city.complete("decide_objection", LEADER, decision="accept", objection_note="接受")
    city.run()
    found = [(one["cause_element"], one["rung"], one["state"]) for one in city.rows(supervision_order)]
    assert sorted(found) == [
        ("decide_objection", "red", "closed"), ("decide_objection", "warned", "closed"),
        ("decide_referral", "red", "closed"),
    ]  # fmt: skip
    assert city.elements() == ["serve_notice"]


@pytest.mark.deadline("criminal_referral/handover_warned")
def test_the_officers_are_urged_to_hand_over_and_then_it_escalates(city: CityRig) -> None:
    referred(city)
    deliver(city, city.clock.now().isoformat())
    answer(city, "filed", "2026-03-02")
    warned(city, "hand_over", "2026-03-05T00:00:00")
    escalated(city, "hand_over", "2026-03-06T00:00:00")
    city.complete("hand_over", OFFICER, handed_over="账册", handed_over_on="2026-03-06")
    city.run()
    assert [one["state"] for one in city.rows(supervision_order)] == ["closed"]


@pytest.mark.deadline("criminal_referral/police_overdue")
def test_the_officers_are_reminded_to_ask_the_police_and_nobody_is_ordered(city: CityRig) -> None:
    referred(city)
    deliver(city, city.clock.now().isoformat())
    both_sides(city, "2026-03-06T00:00:00", lambda: asked(city))
    assert {one["login"] for one in asked(city)} == set(PAIR)
    city.at("2026-03-26T00:00:00")
    assert len(asked(city)) == len(PAIR)
    assert (city.rows(supervision_order), city.elements()) == ([], ["record_police"])


def test_a_second_referral_after_a_refused_one_is_watched_anew(city: CityRig) -> None:
    filed(city)
    investigate(city, is_criminal=True)
    city.at("2026-03-05T09:00:00")
    city.complete("decide_referral", LEADER, decision="refuse", referral_note="未达追诉标准")
    city.run()
    serve_notice(city)
    city.complete("hear_party", OFFICER, **ANSWER)
    city.complete("decide_case", LEADER, decision="return", decision_reason="数额须重新核实")
    investigate(city, is_criminal=True)
    city.at("2026-03-09T00:00:00")
    assert city.elements() == ["decide_referral"]
    assert [one["state"] for one in city.rows(supervision_order, cause_element="decide_referral")] == ["closed", "open"]
