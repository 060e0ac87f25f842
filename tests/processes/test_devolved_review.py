"""下放事项评查: every quarter, drawn at random, corrected in time or not."""

import pytest

from tests.processes.devolved import begin, review
from tests.processes.rig import CityRig, china
from workflows.devolved import StartReview
from workflows.errors import FormInvalid, NotAllowed
from workflows.records.approvals import approval
from workflows.records.clocks import running_limit
from workflows.records.devolved import devolved_file, devolved_review
from workflows.records.letters import letter
from workflows.records.orders import supervision_order

pytestmark = pytest.mark.clause("zz2020/2.9", "zz2020/1.1", "xzxk/60")
POLICY, LEADER, CLERK = "zc.fagui", "ju.lingdao", "sp.xc"
FINE = {
    "materials": "yes", "conditions": "yes", "procedure": "yes", "period": "yes", "reasons": "yes",
    "documents": "yes", "publicity": "yes", "holder_state": "consistent", "file_findings": "未发现问题",
}  # fmt: skip
BAD = {**FINE, "procedure": "no", "file_findings": "未告知听证权利"}
CORRECTION = {"correction_measures": "补发告知书，完善流程", "correction_evidence": "", "corrected_on": "2026-04-10"}
SPECIAL = {"review_scope": "period", "from_day": "2026-03-01", "case_numbers": None, "reason": "投诉集中"}


def score(city: CityRig, *sheets: dict[str, str]) -> None:
    for sheet in sheets:
        city.complete("score_file", POLICY, **sheet)


def opinion(city: CityRig) -> None:
    """Walk to the moment at which the unit has the opinion."""
    begin(city)
    score(city, FINE, FINE, BAD)
    city.complete("draft_opinion", POLICY, opinion_findings="程序缺失", opinion_request="补正并举一反三")
    city.complete("approve_opinion", LEADER, decision="approve", approval_note="")


def test_files_without_fault_close_the_review(quarter: CityRig) -> None:
    begin(quarter)
    score(quarter, FINE, FINE, FINE)
    row = review(quarter)
    assert (row["state"], row["opinion_number"]) == ("passed", None)
    assert [file["score"] for file in quarter.rows(devolved_file)] == [100, 100, 100]


@pytest.mark.parametrize(
    ("sheet", "state"),
    [
        (FINE | {"documents": "no"}, "passed"),
        (FINE | {"documents": "no", "publicity": "partly"}, "scoring"),
        (FINE | {"conditions": "no"}, "scoring"),
        (FINE | {"holder_state": "mismatch"}, "scoring"),
    ],
)
def test_below_ninety_or_unlawful_or_unlike_the_permit_asks_for_an_opinion(
    quarter: CityRig, sheet: dict[str, str], state: str
) -> None:
    begin(quarter)
    score(quarter, FINE, FINE, sheet)
    assert review(quarter)["state"] == state
    assert bool(quarter.tasks("draft_opinion")) is (state == "scoring")


def test_an_opinion_is_sent_back_to_the_draft_until_the_leader_agrees(quarter: CityRig) -> None:
    begin(quarter)
    score(quarter, BAD, BAD, BAD)
    quarter.complete("draft_opinion", POLICY, opinion_findings="程序缺失", opinion_request="补正")
    quarter.complete("approve_opinion", LEADER, decision="return", approval_note="写明条款")
    assert quarter.rows(letter, kind="opinion") == []
    quarter.complete("draft_opinion", POLICY, opinion_findings="违反第四十七条", opinion_request="补正")
    quarter.complete("approve_opinion", LEADER, decision="approve", approval_note="")
    sent = quarter.rows(letter, kind="opinion")[0]
    assert sent["receiver_unit"] == "AP-XC"
    assert review(quarter)["opinion_number"] == sent["number"]


def test_a_correction_that_is_enough_closes_the_review(quarter: CityRig) -> None:
    opinion(quarter)
    quarter.at("2026-04-10T09:00:00")
    quarter.complete("correct_findings", CLERK, **CORRECTION)
    quarter.complete("recheck_correction", POLICY, decision="corrected", recheck_note="已核对文书")
    row = review(quarter)
    assert (row["state"], row["corrections"][0]["verdict"]) == ("corrected", "corrected")


@pytest.mark.parametrize(("at", "is_late"), [("2026-05-06T23:59:59", False), ("2026-05-07T00:00:00", True)])
def test_both_sides_of_the_thirty_days_that_end_on_labour_day(quarter: CityRig, at: str, is_late: bool) -> None:
    opinion(quarter)
    clock = quarter.rows(running_limit, element_id="correct_findings")[0]
    assert clock["due_at"] == china("2026-05-07T00:00:00")
    quarter.at(at)
    assert {row["rung"] for row in quarter.rows(supervision_order, cause_element="correct_findings")} == (
        {"red"} if is_late else {"warned"}
    )
    quarter.complete("correct_findings", CLERK, **CORRECTION)
    assert quarter.rows(running_limit, element_id="correct_findings")[0]["is_late"] is is_late


def test_another_round_has_its_own_clock_and_its_own_ladder(quarter: CityRig) -> None:
    opinion(quarter)
    quarter.at("2026-04-10T09:00:00")
    quarter.complete("correct_findings", CLERK, **CORRECTION)
    quarter.complete("recheck_correction", POLICY, decision="again", recheck_note="缺送达证明")
    clocks = quarter.rows(running_limit, element_id="correct_findings")
    assert len({clock["key"] for clock in clocks}) == 2
    quarter.complete("correct_findings", CLERK, **CORRECTION)
    quarter.complete("recheck_correction", POLICY, decision="corrected", recheck_note="齐全")
    assert [entry["verdict"] for entry in review(quarter)["corrections"]] == ["again", "corrected"]


def test_a_refusal_to_correct_goes_to_the_leader_who_decides_in_writing(quarter: CityRig) -> None:
    opinion(quarter)
    quarter.at("2026-04-10T09:00:00")
    quarter.complete("correct_findings", CLERK, **CORRECTION)
    quarter.complete("recheck_correction", POLICY, decision="refuse", recheck_note="拒不补正")
    quarter.complete("decide_followup", LEADER, followup="order_revocation", followup_reason="违反行政许可法第六十九条")
    row = review(quarter)
    assert (row["state"], row["decision"]["kind"]) == ("decided", "order_revocation")
    assert quarter.rows(letter, kind="followup")[0]["receiver_unit"] == "AP-XC"


def test_a_special_review_takes_every_case_it_names(quarter: CityRig) -> None:
    numbers = [row["business_key"] for row in quarter.rows(approval)][:2]
    answers = {**SPECIAL, "review_scope": "cases", "from_day": None, "case_numbers": "\n".join(numbers)}
    key = quarter.app.engine.execute(StartReview(quarter.actor(POLICY), "AP-XC", answers, quarter.app.rulebook))
    row = quarter.rows(devolved_review, business_key=key)[0]
    assert (row["trigger"], len(row["pool"]), len(quarter.tasks("score_file"))) == ("special", 2, 2)


def test_a_special_review_of_a_period_takes_all_of_it(quarter: CityRig) -> None:
    quarter.app.engine.execute(StartReview(quarter.actor(POLICY), "AP-XC", SPECIAL, quarter.app.rulebook))
    assert len(quarter.tasks("score_file")) == 5


def test_a_special_review_refuses_cases_of_others_and_persons_without_the_right(quarter: CityRig) -> None:
    answers = {**SPECIAL, "case_numbers": "SG2026-99999"}
    with pytest.raises(FormInvalid) as refused:
        quarter.app.engine.execute(StartReview(quarter.actor(POLICY), "AP-XC", answers, quarter.app.rulebook))
    assert refused.value.facts["errors"][0]["field"] == "case_numbers"
    with pytest.raises(NotAllowed):
        quarter.app.engine.execute(StartReview(quarter.actor(CLERK), "AP-XC", SPECIAL, quarter.app.rulebook))
    assert quarter.tasks("score_file") == []
