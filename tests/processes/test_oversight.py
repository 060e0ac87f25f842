"""监督意见书、约谈、通报批评: two supervisors, thirty days, both signatures, and the unit is heard first."""

from typing import Any

import pytest

from tests.processes.rig import CityRig, china
from workflows.errors import FormInvalid, NotAllowed, SamePerson, UnknownUnit
from workflows.oversight.cases import StartOversight
from workflows.records.clocks import running_limit
from workflows.records.letters import letter, notification, receipt
from workflows.records.orders import supervision_order
from workflows.records.oversight import oversight_case

pytestmark = [
    pytest.mark.clause("zz2020/2.8", "zz2020/3.3", "sdzfjd/28", "sdzfjd/29"),
    pytest.mark.scenarios("criticism_notice", "oversight_interview", "oversight_opinion"),
]
POLICY, SECOND, LEADER, UNIT = "zc.fagui", "zc.kezhang", "ju.lingdao", "zr.xc.jz"
START = {
    "unit": "NR-XC",
    "means": "opinion",
    "source": "kpi",
    "reference": "claim_rate",
    "facts": "认领率连续两月低于九成",
}
CHECK = {
    "check_mode": "special", "checked_on": "2026-03-02", "second_supervisor": SECOND,
    "supervision_ids": "演示001、演示002", "checked_count": 10, "faulty_count": 2, "fault_kind": "not_performed",
    "findings": "两件移送后没有立案也没有反馈",
}  # fmt: skip
OPINION = {
    "opinion_findings": "两件未反馈",
    "opinion_basis": "行政处罚法第五十四条",
    "opinion_request": "立即处理并反馈",
}
CORRECTION = {"correction_measures": "已全部处理并反馈", "correction_evidence": None, "corrected_on": "2026-03-20"}
DECISION = {"decision_kind": "perform", "decision_reason": "无正当理由拖延履行，依据条例第三十条"}


def start(city: CityRig, **changes: str) -> str:
    command = StartOversight(city.actor(POLICY), {**START, **changes}, city.app.rulebook)
    return city.app.engine.execute(command)


def case(city: CityRig, **same: Any) -> dict[str, Any]:
    return dict(city.rows(oversight_case, **same)[0])


def issued(city: CityRig, **check: Any) -> None:
    """Walk to the moment at which the unit has the opinion."""
    start(city)
    city.complete("conduct_check", POLICY, **{**CHECK, **check})
    city.run()
    city.complete("draft_oversight_opinion", POLICY, **OPINION)
    city.complete("approve_oversight_opinion", LEADER, decision="approve", approval_note=None)


def decided(city: CityRig) -> None:
    """Walk to the moment at which the unit has the decision: nothing was heard in thirty days."""
    issued(city)
    city.at("2026-04-02T00:00:00")
    city.complete("decide_oversight", LEADER, **DECISION)


def test_two_supervisors_check_and_one_alone_is_refused(city: CityRig) -> None:
    number = start(city)
    assert number == "JD2026-00001"
    with pytest.raises(FormInvalid) as alone:
        city.complete("conduct_check", POLICY, **{**CHECK, "second_supervisor": POLICY})
    assert alone.value.facts["errors"][0]["field"] == "second_supervisor"
    with pytest.raises(FormInvalid) as more:
        city.complete("conduct_check", POLICY, **{**CHECK, "faulty_count": 11})
    assert more.value.facts["errors"][0]["field"] == "faulty_count"
    with pytest.raises(FormInvalid) as nameless:
        city.complete("conduct_check", POLICY, **{**CHECK, "supervision_ids": ""})
    assert nameless.value.facts["errors"][0]["field"] == "supervision_ids"
    assert case(city)["steps"] == []


def test_only_the_policy_section_and_leaders_begin_and_never_about_themselves(city: CityRig) -> None:
    with pytest.raises(NotAllowed):
        city.app.engine.execute(StartOversight(city.actor(UNIT), START, city.app.rulebook))
    with pytest.raises(FormInvalid) as own:
        start(city, unit="NR-CITY-FG")
    assert own.value.facts["errors"][0]["field"] == "unit"
    with pytest.raises(UnknownUnit):
        start(city, unit="NR-NOWHERE")
    assert city.rows(oversight_case) == []


@pytest.mark.parametrize(
    ("faulty", "outcome", "interviews"), [(0, "clean", 0), (1, None, 0), (29, None, 0), (30, None, 1)]
)
def test_no_fault_ends_it_a_fault_asks_for_an_opinion_and_three_in_ten_for_an_interview(
    city: CityRig, faulty: int, outcome: str | None, interviews: int
) -> None:
    start(city)
    fault = {} if faulty else {"fault_kind": None}
    city.complete("conduct_check", POLICY, **{**CHECK, "checked_count": 100, "faulty_count": faulty, **fault})
    city.run()
    assert case(city, kind="opinion")["outcome"] == outcome
    assert len(city.tasks("draft_oversight_opinion")) == (0 if outcome else 1)
    found = city.rows(oversight_case, kind="interview")
    assert [row["number"] for row in found] == ["YT/JD2026-00001"] * interviews
    assert {row["unit"] for row in found} <= {"NR-XC"}


def test_an_opinion_is_sent_back_until_signed_and_then_corrected_and_checked_again(city: CityRig) -> None:
    start(city)
    city.complete("conduct_check", POLICY, **CHECK)
    city.complete("draft_oversight_opinion", POLICY, **OPINION)
    city.complete("approve_oversight_opinion", LEADER, decision="return", approval_note="写明条款")
    assert city.rows(letter, kind="opinion") == []
    city.complete("draft_oversight_opinion", POLICY, **OPINION)
    city.complete("approve_oversight_opinion", LEADER, decision="approve", approval_note=None)
    sent = city.rows(letter, kind="opinion")[0]
    assert (sent["receiver_unit"], sent["number"]) == ("NR-XC", case(city)["letter_number"])
    said = {row["label"]: row["value"] for row in sent["data"]["facts"]}
    assert said["监督人员"] == "演示·蔡科员、演示·余科长"
    assert said["检查数和问题数"] == "检查 10，有问题 2"
    city.at("2026-03-20T09:00:00")
    city.complete("correct_oversight", UNIT, **CORRECTION)
    city.complete("recheck_oversight", SECOND, decision="corrected", recheck_note="已逐件核对")
    assert (case(city)["state"], case(city)["outcome"]) == ("closed", "corrected")
    assert [step["step"] for step in case(city)["steps"]][-2:] == ["correct_oversight", "recheck_oversight"]


@pytest.mark.deadline("oversight_opinion/correction_overdue")
@pytest.mark.parametrize(("at", "is_over"), [("2026-04-01T23:59:59", False), ("2026-04-02T00:00:00", True)])
def test_both_sides_of_the_thirty_days_to_correct(city: CityRig, at: str, is_over: bool) -> None:
    issued(city)
    clock = city.rows(running_limit, element_id="correct_oversight")[0]
    assert clock["due_at"] == china("2026-04-02T00:00:00")
    city.at(at)
    assert bool(city.tasks("correct_oversight")) is not is_over
    assert bool(city.tasks("decide_oversight")) is is_over
    assert city.rows(supervision_order, cause_element="correct_oversight")
    assert city.rows(running_limit, element_id="correct_oversight")[0]["is_late"] is is_over


@pytest.mark.parametrize(
    ("fault", "proposed"),
    [("not_performed", "perform"), ("document", "amend"), ("revocable", "revoke"), ("not_revocable", "unlawful"),
     ("too_late", "unlawful"), ("void", "void")],
)  # fmt: skip
def test_what_was_not_corrected_is_decided_by_its_kind(city: CityRig, fault: str, proposed: str) -> None:
    issued(city, fault_kind=fault)
    city.at("2026-03-20T09:00:00")
    city.complete("correct_oversight", UNIT, **CORRECTION)
    city.complete("recheck_oversight", POLICY, decision="uncorrected", recheck_note="仍有一件没有处理")
    assert city.tasks("decide_oversight")[0].variables["proposed_decision"] == proposed


def test_a_decision_is_reported_on_and_closed(city: CityRig) -> None:
    decided(city)
    sent = city.rows(letter, kind="oversight_decision")[0]
    assert (sent["receiver_unit"], case(city)["decision_kind"]) == ("NR-XC", "perform")
    city.at("2026-04-20T09:00:00")
    city.complete("report_execution", UNIT, execution_report="已立案两件", executed_on="2026-04-20")
    report = city.rows(letter, kind="oversight_report")[0]
    assert (report["sender_unit"], report["receiver_unit"]) == ("NR-XC", "NR-CITY-FG")
    city.complete("check_execution", POLICY, decision="executed", execution_note="已核对立案文书")
    assert case(city)["outcome"] == "executed"


@pytest.mark.deadline("oversight_opinion/report_overdue")
@pytest.mark.parametrize(("at", "is_over"), [("2026-05-06T23:59:59", False), ("2026-05-07T00:00:00", True)])
def test_both_sides_of_the_thirty_days_to_report_that_end_in_a_holiday(city: CityRig, at: str, is_over: bool) -> None:
    decided(city)
    due = city.rows(running_limit, element_id="report_execution")[0]["due_at"]
    assert due == china("2026-05-07T00:00:00")
    city.at(at)
    assert bool(city.tasks("report_execution")) is not is_over
    assert bool(city.tasks("approve_accountability")) is is_over


@pytest.mark.parametrize(("answer", "outcome", "letters"), [("approve", "referred", 1), ("waive", "waived", 0)])
def test_who_does_not_execute_is_referred_or_the_leader_says_why_not(
    city: CityRig, answer: str, outcome: str, letters: int
) -> None:
    decided(city)
    city.complete("report_execution", UNIT, execution_report="条件不成熟", executed_on="2026-04-02")
    city.complete("check_execution", POLICY, decision="refused", execution_note="没有执行")
    city.complete("approve_accountability", LEADER, decision=answer, referral_reason="拒绝执行监督决定")
    assert case(city)["outcome"] == outcome
    sent = city.rows(letter, kind="referral")
    assert [row["receiver_unit"] for row in sent] == ["DI-CITY"] * letters


def noticed(city: CityRig) -> None:
    """Walk to the moment at which the unit has the notice of the interview."""
    start(city, means="interview")
    city.complete("prepare_interview", POLICY, interview_at="2026-03-06T09:00:00+08:00", interview_place="三楼会议室",
                  interviewees="局长", interview_topics="移送案件不反馈")  # fmt: skip
    city.complete("approve_interview", LEADER, decision="approve", approval_note=None)


def test_minutes_are_signed_by_the_unit_and_by_the_other_supervisor(city: CityRig) -> None:
    noticed(city)
    assert "2026年03月06日 09:00" in str(city.rows(letter, kind="interview_notice")[0]["data"])
    city.complete("confirm_interview", UNIT, attendee="局长（演示）", attendance_note=None)
    city.at("2026-03-06T11:00:00")
    minutes = {"held_at": "2026-03-06T09:00:00+08:00", "supervision_ids": "演示001、演示002", "minutes": "逐件说明",
               "commitments": "三月底前全部反馈"}  # fmt: skip
    with pytest.raises(FormInvalid):
        city.complete("record_minutes", POLICY, **minutes, second_supervisor=POLICY)
    city.complete("record_minutes", POLICY, **minutes, second_supervisor=SECOND)
    city.complete("sign_minutes", UNIT, signer="局长（演示）", reservation="有一件不属本局", is_read=True)
    with pytest.raises(SamePerson):
        city.complete("countersign_minutes", POLICY, is_checked=True, reply_to_reservation="已核实")
    with pytest.raises(FormInvalid) as silent:
        city.complete("countersign_minutes", SECOND, is_checked=True, reply_to_reservation=None)
    assert silent.value.facts["errors"][0]["field"] == "reply_to_reservation"
    city.complete("countersign_minutes", SECOND, is_checked=True, reply_to_reservation="已另行移送")
    said = {row["label"]: row["value"] for row in city.rows(letter, kind="interview_minutes")[0]["data"]["facts"]}
    assert said["单位签字"].startswith("局长（演示）（演示·")
    assert said["监督方签字"].startswith("演示·余科长 2026年03月06日")
    assert said["单位的不同意见"] == "有一件不属本局"
    city.complete("report_commitments", UNIT, commitment_report="已全部反馈")
    assert (case(city)["outcome"], case(city)["letter_number"]) == ("reported", "枣审管约纪〔2026〕0001号")


def test_an_interview_is_returned_or_dropped_by_the_leader(city: CityRig) -> None:
    start(city, means="interview")
    plan = {"interview_at": "2026-03-06T09:00:00+08:00", "interview_place": "三楼", "interviewees": "局长",
            "interview_topics": "移送案件不反馈"}  # fmt: skip
    city.complete("prepare_interview", POLICY, **plan)
    city.complete("approve_interview", LEADER, decision="return", approval_note="改为下周")
    city.complete("prepare_interview", POLICY, **plan)
    city.complete("approve_interview", LEADER, decision="refuse", approval_note="先书面说明")
    assert (case(city)["outcome"], city.rows(letter)) == ("dropped", [])


def drafted(city: CityRig) -> None:
    """Walk to the moment at which the unit may state its view."""
    start(city, means="criticism")
    city.complete("draft_criticism", POLICY, criticism_facts="三次督办未办结", criticism_basis="《细则》三（三）",
                  criticism_request="一周内办结")  # fmt: skip


def test_a_unit_is_heard_before_a_criticism_goes_out_and_signs_for_it(city: CityRig) -> None:
    drafted(city)
    city.complete("state_view", UNIT, view="object", statement="其中一件已办结")
    assert city.rows(letter, kind="criticism") == []
    city.complete("consider_statement", POLICY, decision="uphold", statement_reply="其余两件属实")
    city.complete("approve_criticism", LEADER, decision="return", approval_note="改为两件")
    drafted_again = {
        "criticism_facts": "两件未办结",
        "criticism_basis": "《细则》三（三）",
        "criticism_request": "一周内办结",
    }
    city.complete("draft_criticism", POLICY, **drafted_again)
    city.complete("state_view", UNIT, view="agree", statement=None)
    city.complete("consider_statement", POLICY, decision="uphold", statement_reply="单位没有意见")
    city.complete("approve_criticism", LEADER, decision="approve", approval_note=None)
    sent = city.rows(letter, kind="criticism")[0]
    assert {"label": "你单位的意见", "value": "没有意见"} in sent["data"]["facts"]
    city.complete("receive_criticism", UNIT, improvement="专人负责")
    assert [row["unit"] for row in city.rows(receipt)] == ["NR-XC"]
    assert (case(city)["state"], case(city)["outcome"]) == ("closed", "criticised")


@pytest.mark.deadline("criticism_notice/statement_over")
@pytest.mark.parametrize(("at", "is_over"), [("2026-03-05T23:59:59", False), ("2026-03-06T00:00:00", True)])
def test_both_sides_of_the_days_to_state_a_view(city: CityRig, at: str, is_over: bool) -> None:
    drafted(city)
    city.at(at)
    assert bool(city.tasks("state_view")) is not is_over
    assert bool(city.tasks("consider_statement")) is is_over


@pytest.mark.parametrize("by", ["withdrawn", "refused"])
def test_a_criticism_that_is_withdrawn_or_refused_leaves_no_letter_and_the_unit_hears_of_it(
    city: CityRig, by: str
) -> None:
    drafted(city)
    city.complete("state_view", UNIT, view="object", statement="都已办结")
    step = "withdraw" if by == "withdrawn" else "uphold"
    city.complete("consider_statement", POLICY, decision=step, statement_reply="情况属实")
    if by == "refused":
        city.complete("approve_criticism", LEADER, decision="refuse", approval_note="已整改")
    assert (case(city)["outcome"], city.rows(letter, kind="criticism")) == ("dropped", [])
    assert UNIT in {row["login"] for row in city.rows(notification, kind="oversight")}
