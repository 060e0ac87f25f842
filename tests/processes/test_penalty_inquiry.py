"""调查和决定: recusal, notice, hearing, review, discussion, what may be decided, and the police."""

from typing import Any

import pytest
from sqlalchemy import update

from tests.processes.penalty_steps import (
    ANSWER,
    DECIDE,
    LEADER,
    OFFICER,
    POLICY,
    SECOND,
    SECOND_LEADER,
    case,
    field_of,
    filed,
    investigate,
    noticed,
    serve_notice,
)
from tests.processes.rig import CityRig, china
from workflows.desk.asking import Do
from workflows.errors import FormInvalid, SamePerson
from workflows.records.clocks import running_limit
from workflows.records.letters import letter
from workflows.records.penalties import penalty_case, penalty_event

pytestmark = pytest.mark.clause("xzcf/43", "xzcf/44", "xzcf/57", "xzcf/58", "xzcf/63", "xzcf/64", "yjsz/5")
HEARING = {"statement": "waived", "hearing_request": "requested"}
SCHEDULE = {"hearing_place": "会议室", "hearing_host": "ks.ytgz"}


def test_the_head_recuses_an_officer_and_two_go_on(city: CityRig) -> None:
    number = filed(city)
    city.complete("investigate", OFFICER, step="recusal", recusal_officer=SECOND, recusal_reason="与当事人有亲属关系")
    with pytest.raises(FormInvalid) as refused:
        city.complete("decide_recusal", LEADER, decision="recuse", officers=[OFFICER, SECOND], recusal_note="属实")
    assert field_of(refused) == "officers"
    assert city.rows(letter, kind="recusal_decision") == []
    city.complete("decide_recusal", LEADER, decision="recuse", officers=[OFFICER, "ks.ytgz"], recusal_note="属实")
    assert case(city)["officers"] == [OFFICER, "ks.ytgz"]
    city.complete("investigate", OFFICER, step="recusal", recusal_officer=OFFICER, recusal_reason="当事人申请")
    city.complete("decide_recusal", LEADER, decision="refuse", recusal_note="没有利害关系")
    assert case(city)["officers"] == [OFFICER, "ks.ytgz"]
    assert city.elements() == ["investigate"]
    written = sorted(city.rows(letter, kind="recusal_decision"), key=lambda one: str(one["number"]))
    said = [{one["label"]: one["value"] for one in row["data"]["facts"]} for row in written]
    assert [(one["决定"], one["申请的理由"]) for one in said] == [
        ("同意回避", "与当事人有亲属关系"), ("不同意回避", "当事人申请"),
    ]  # fmt: skip
    kinds = [one["kind"] for one in city.app.desk.penalties.view(city.actor(OFFICER), number).letters]
    assert kinds.count("recusal_decision") == 2


@pytest.mark.parametrize(
    ("start", "last", "after"),
    [
        ("2026-02-12T10:00:00", "2026-02-26T23:59:59", "2026-02-27T00:00:00"),
        ("2026-09-25T10:00:00", "2026-10-09T23:59:59", "2026-10-10T00:00:00"),
    ],
)
def test_silence_counts_only_after_five_working_days(city_at: Any, start: str, last: str, after: str) -> None:
    city = city_at(start)
    noticed(city)
    assert city.rows(running_limit, limit_name="party_answer")[0]["due_at"] == china(after)
    silent = {"statement": "none", "hearing_request": "none"}
    city.clock.set(china(last))
    with pytest.raises(FormInvalid) as refused:
        city.complete("hear_party", OFFICER, **silent)
    assert field_of(refused) == "statement"
    city.clock.set(china(after))
    city.complete("hear_party", OFFICER, **silent)
    assert city.elements() == ["decide_case"]


def test_a_party_that_waives_in_writing_need_not_be_waited_for(city: CityRig) -> None:
    noticed(city)
    city.complete("hear_party", OFFICER, **ANSWER)
    assert city.elements() == ["decide_case"]


def test_a_hearing_is_held_when_it_is_asked_for_in_time_by_right(city: CityRig) -> None:
    noticed(city, is_large=True)
    city.at("2026-03-09T10:00:00")
    city.complete("hear_party", OFFICER, **HEARING, hearing_requested_on="2026-03-09")
    soon = {**SCHEDULE, "hearing_notified_on": "2026-03-09", "hearing_at": "2026-03-18T15:59:00+00:00"}
    with pytest.raises(FormInvalid) as refused:
        city.complete("schedule_hearing", OFFICER, **soon)
    assert field_of(refused) == "hearing_at"
    at = {**soon, "hearing_at": "2026-03-18T16:00:00+00:00"}
    with pytest.raises(FormInvalid) as refused:
        city.complete("schedule_hearing", OFFICER, **{**at, "hearing_host": OFFICER})
    assert field_of(refused) == "hearing_host"
    city.complete("schedule_hearing", OFFICER, **at)
    with pytest.raises(FormInvalid):
        city.complete("hold_hearing", OFFICER, hearing_result="held", hearing_record="双方质证")
    city.at("2026-03-19T11:00:00")
    city.complete("hold_hearing", OFFICER, hearing_result="held", hearing_record="双方质证")
    assert city.elements() == ["legal_review"]  # a hearing makes the review compulsory
    city.complete("legal_review", POLICY, decision="pass", review_opinion="程序合法")
    city.complete("decide_case", LEADER, **DECIDE)
    assert case(city)["hearing"]["hearing_result"] == "held"
    assert "hearing_notice" in [one["kind"] for one in city.rows(letter)]


@pytest.mark.parametrize("changes", [{"is_large": True}, {"penalty_types": ["revoke"]}, {"penalty_types": ["stop"]}])
def test_the_right_to_a_hearing_depends_on_the_penalty(city: CityRig, changes: dict[str, Any]) -> None:
    noticed(city, **changes)
    assert case(city)["notice"]["hearing_right"] is True


def test_a_hearing_without_the_right_or_too_late_is_refused(city: CityRig) -> None:
    noticed(city)
    with pytest.raises(FormInvalid) as refused:
        city.complete("hear_party", OFFICER, **HEARING, hearing_requested_on="2026-03-02")
    assert field_of(refused) == "hearing_request"


@pytest.mark.parametrize(("on", "is_late"), [("2026-03-09", False), ("2026-03-10", True)])
def test_both_sides_of_the_five_days_to_ask_for_a_hearing(city: CityRig, on: str, is_late: bool) -> None:
    noticed(city, is_large=True)
    city.at("2026-03-10T10:00:00")
    if is_late:
        with pytest.raises(FormInvalid) as refused:
            city.complete("hear_party", OFFICER, **HEARING, hearing_requested_on=on)
        assert field_of(refused) == "hearing_requested_on"
    else:
        city.complete("hear_party", OFFICER, **HEARING, hearing_requested_on=on)
        assert city.elements() == ["schedule_hearing"]


def test_a_heavy_case_is_reviewed_and_discussed_before_it_is_decided(city: CityRig) -> None:
    noticed(city, is_complex=True)
    city.complete("hear_party", OFFICER, **ANSWER)
    assert city.elements() == ["legal_review"]
    city.complete("legal_review", POLICY, decision="return", review_opinion="证据不足")
    assert city.elements() == ["investigate"]
    investigate(city, is_complex=True)  # told before and unchanged: no second notice
    city.complete("legal_review", POLICY, decision="pass", review_opinion="同意")
    city.complete("discuss_case", LEADER, discussed_on="2026-03-02", discussion_members="演示·局长等三人",
                  discussion_conclusion="一致同意")  # fmt: skip
    city.complete("decide_case", SECOND_LEADER, **DECIDE)
    row = case(city)
    assert (row["review"]["decision"], row["discussion"]["discussion_conclusion"]) == ("pass", "一致同意")
    assert len(city.rows(letter, kind="penalty_notice")) == 1


def test_public_interest_asks_for_the_review_alone(city: CityRig) -> None:
    noticed(city, is_public_interest=True)
    city.complete("hear_party", OFFICER, **ANSWER)
    city.complete("legal_review", POLICY, decision="pass", review_opinion="同意")
    assert city.elements() == ["decide_case"]


def test_nothing_is_decided_that_the_party_was_not_told(city: CityRig) -> None:
    filed(city)
    investigate(city, proposal="no_penalty")
    with pytest.raises(FormInvalid) as refused:
        city.complete("decide_case", LEADER, **{**DECIDE, "fine_yuan": None})
    assert field_of(refused) == "decision"
    city.complete("decide_case", LEADER, decision="return", decision_reason="应当处罚")
    investigate(city)
    serve_notice(city)
    city.complete("hear_party", OFFICER, **ANSWER)
    with pytest.raises(FormInvalid) as refused:
        city.complete("decide_case", LEADER, **{**DECIDE, "fine_yuan": 20000.01})
    assert field_of(refused) == "fine_yuan"
    city.complete("decide_case", LEADER, **{**DECIDE, "fine_yuan": 19999.99})
    assert case(city)["fine_fen"] == 1999999


def test_a_changed_penalty_is_told_again(city: CityRig) -> None:
    noticed(city)
    city.complete("hear_party", OFFICER, **ANSWER)
    city.complete("decide_case", LEADER, decision="return", decision_reason="应当加重")
    investigate(city, fine_yuan=50000, needs_new_notice=True)
    serve_notice(city)
    city.complete("hear_party", OFFICER, **ANSWER)
    city.complete("decide_case", LEADER, **{**DECIDE, "fine_yuan": 50000})
    assert (case(city)["fine_fen"], len(city.rows(letter, kind="penalty_notice"))) == (5000000, 2)


def test_a_notice_is_not_served_before_it_was_written(city: CityRig) -> None:
    filed(city)
    investigate(city)
    with pytest.raises(FormInvalid) as refused:
        city.complete("serve_notice", OFFICER, notice_way="direct", notice_served_on="2026-03-01",
                      notice_receiver="演示·收件人")  # fmt: skip
    assert field_of(refused) == "notice_served_on"


def test_who_investigates_does_not_decide(city: CityRig) -> None:
    filed(city)
    city.complete("investigate", OFFICER, step="recusal", recusal_officer=SECOND, recusal_reason="当事人申请")
    both = update(penalty_case).values(officers=[OFFICER, LEADER])
    city.app.engine.execute(Do(lambda uow: uow.connection.execute(both)))
    with pytest.raises(SamePerson):
        city.complete("decide_recusal", LEADER, decision="refuse", recusal_note="没有利害关系")
    assert [one["kind"] for one in city.rows(penalty_event)] == ["opened", "filed", "recusal"]
