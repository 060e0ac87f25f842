"""Inspections from the first step to the last: each kind, each outcome, each side of each deadline."""

import pytest

from tests.processes.inspection_answers import CONFIRM, RECHECK, RECTIFY, REPORT, message_of, refused
from tests.processes.inspections import (
    HEAD,
    OFFICER,
    OTHER_HEAD,
    REFUSED,
    REQUEST,
    UNIT,
    assigned,
    found,
    record,
    row,
    started,
    submit,
)
from tests.processes.rig import CityRig
from workflows import errors
from workflows.records.cases import transfer
from workflows.records.inspections import inspection, inspection_record, supervision_act
from workflows.records.letters import letter
from workflows.records.penalties import penalty_case

pytestmark = [pytest.mark.clause("zz2020/1.1"), pytest.mark.clause("zz2020/2.5")]
ALONE = {"signature": None, "lines": []}


def test_an_inspection_without_problem_ends_with_one_act(city: CityRig) -> None:
    done = assigned(city)
    submit(city, record(city, done.inspection_id))
    city.complete("review_record", OTHER_HEAD, **CONFIRM)
    kept = row(city, done.inspection_id)
    assert (kept["state"], kept["result"], kept["follow_up"]) == ("closed", "no_problem", "none")
    assert done.number == "JC2026-00001"
    acts = city.rows(supervision_act)
    assert [(act["kind"], act["result"], act["source_id"]) for act in acts] == [
        ("inspection", "no_problem", done.inspection_id)
    ]
    assert [one["login"] for one in acts[0]["officers"]] == [OFFICER, HEAD]
    assert acts[0]["officers"][0]["certificate_no"] == "演示执法证0005"
    assert city.tasks() == []


def test_a_violation_is_put_right_and_checked_again(city: CityRig) -> None:
    done = found(city)
    city.complete("review_record", OTHER_HEAD, **RECTIFY)
    order = city.rows(letter, kind="rectification")[0]
    assert order["number"] == row(city, done.inspection_id)["order_number"] == "枣审管改〔2026〕0001号"
    assert order["data"]["receiver"] == REQUEST["party_name"]
    assert order["receiver_unit"] is None
    city.complete("register_report", OFFICER, **REPORT)
    assert row(city, done.inspection_id)["state"] == "rechecking"
    city.complete("recheck_rectification", OFFICER, **RECHECK)
    kept = row(city, done.inspection_id)
    assert (kept["state"], kept["result"], kept["follow_up"]) == ("closed", "corrected", "rectified")
    assert kept["rectification"]["recheck"]["by"] == OFFICER
    assert [act["result"] for act in city.rows(supervision_act)] == ["violation"]


def test_what_was_put_right_on_the_spot_needs_no_order(city: CityRig) -> None:
    done = found(city, "corrected")
    city.complete("review_record", OTHER_HEAD, **CONFIRM)
    kept = row(city, done.inspection_id)
    assert (kept["state"], kept["result"], kept["follow_up"]) == ("closed", "corrected", "rectified")
    assert city.rows(letter, kind="rectification") == []


@pytest.mark.parametrize("result", ["unreachable", "closed", "not_applicable"])
def test_where_nobody_is_met_the_record_needs_no_sheet_and_no_signature(city: CityRig, result: str) -> None:
    done = assigned(city)
    submit(city, record(city, done.inspection_id, result, **ALONE))
    city.complete("review_record", OTHER_HEAD, **CONFIRM)
    kept = row(city, done.inspection_id)
    assert (kept["state"], kept["result"], kept["follow_up"]) == ("closed", result, "none")
    assert [act["result"] for act in city.rows(supervision_act)] == [result]


def test_who_obstructs_is_handed_to_the_penalty(city: CityRig) -> None:
    done = assigned(city)
    submit(city, record(city, done.inspection_id, "obstructed", lines=[], signature=REFUSED))
    city.complete("review_record", OTHER_HEAD, **CONFIRM, handling="penalty")
    city.run()
    kept = row(city, done.inspection_id)
    assert (kept["state"], kept["result"], kept["follow_up"]) == ("closed", "obstructed", "penalty")
    case = city.rows(penalty_case)[0]
    assert (case["source"], case["source_key"], case["source_id"]) == ("inspection", done.number, str(kept["id"]))
    assert (case["party_name"], case["unit"], case["site"]) == (kept["party_name"], UNIT, kept["site"])
    assert done.number in case["facts"]


def test_what_is_not_put_right_is_handed_to_the_penalty(city: CityRig) -> None:
    done = found(city)
    city.complete("review_record", OTHER_HEAD, **RECTIFY)
    city.complete("register_report", OFFICER, reported="no", report_text="催告两次未报")
    city.complete("recheck_rectification", OFFICER, **{**RECHECK, "recheck_verdict": "penalty"})
    city.run()
    kept = row(city, done.inspection_id)
    assert (kept["state"], kept["result"], kept["follow_up"]) == ("closed", "violation", "penalty")


@pytest.mark.clause("zz2020/1.1/transfer")
@pytest.mark.parametrize("at", ["review", "recheck"])
def test_what_is_others_duty_is_registered_as_a_lead(city: CityRig, at: str) -> None:
    done = found(city)
    if at == "review":
        city.complete("review_record", OTHER_HEAD, **CONFIRM, handling="transfer")
    else:
        city.complete("review_record", OTHER_HEAD, **RECTIFY)
        city.complete("register_report", OFFICER, **REPORT)
        city.complete("recheck_rectification", OFFICER, **{**RECHECK, "recheck_verdict": "transfer"})
    kept, lead = row(city, done.inspection_id), city.rows(transfer)[0]
    assert (kept["state"], kept["follow_up"], kept["transfer_key"]) == ("closed", "transfer", lead["business_key"])
    assert lead["party_name"] == REQUEST["party_name"]
    assert done.number in lead["facts"]
    assert city.elements() == ["preliminary_check"]


def test_an_inspection_that_is_not_needed_is_withdrawn_without_an_act(city: CityRig) -> None:
    done = started(city)
    city.complete("assign_inspectors", HEAD, decision="withdraw", assign_note="上月已检查")
    kept = row(city, done.inspection_id)
    assert (kept["state"], kept["result"], kept["close_note"]) == ("closed", "not_applicable", "上月已检查")
    assert city.rows(supervision_act) == city.rows(inspection_record) == []
    assert len(city.rows(inspection)) == 1


def test_lines_that_are_not_kept_to_outweigh_a_good_word(city: CityRig) -> None:
    done = assigned(city)
    content = record(city, done.inspection_id, "no_problem")
    content["lines"][0] |= {"verdict": "no", "note": "超出红线"}
    submit(city, content)
    assert city.tasks("review_record")[0].variables["outcome"] == "violation"


def test_a_record_that_is_not_clear_comes_back_and_is_one_act_in_the_end(city: CityRig) -> None:
    done = found(city)
    city.complete("review_record", OTHER_HEAD, decision="return", review_note="请补充测量数据")
    assert row(city, done.inspection_id)["state"] == "assigned"
    submit(city, record(city, done.inspection_id, "no_problem"))
    city.complete("review_record", OTHER_HEAD, **CONFIRM)
    reviews = sorted(one["review"]["decision"] for one in city.rows(inspection_record))
    assert reviews == ["confirm", "return"]
    assert [act["result"] for act in city.rows(supervision_act)] == ["no_problem"]


def test_the_review_belongs_to_somebody_who_did_not_inspect(city: CityRig) -> None:
    found(city)
    refused(errors.SamePerson, lambda: city.complete("review_record", HEAD, **RECTIFY))
    city.complete("review_record", OTHER_HEAD, **RECTIFY)


def test_only_the_inspectors_check_again(city: CityRig) -> None:
    found(city, inspectors=(OFFICER, "ks.zf"))
    city.complete("review_record", HEAD, **RECTIFY)
    city.complete("register_report", HEAD, **REPORT)
    refused(errors.NotInspector, lambda: city.complete("recheck_rectification", HEAD, **RECHECK))


@pytest.mark.parametrize(
    ("kind", "letters"), [("onsite", 1), ("joint", 1), ("file_review", 1), ("random", 0), ("special", 0)]
)
def test_the_kind_decides_whether_the_party_is_told_before(city: CityRig, kind: str, letters: int) -> None:
    done = started(city, kind=kind)
    invited = {"joint_units": ["CG-SZ"]} if kind == "joint" else {}
    city.complete("assign_inspectors", HEAD, decision="assign", inspectors=[OFFICER, HEAD], **invited)
    notices = city.rows(letter, kind="inspection_notice")
    assert len(notices) == letters
    assert row(city, done.inspection_id)["is_announced"] is bool(letters)
    if letters:
        assert notices[0]["data"]["receiver"] == REQUEST["party_name"]


def test_a_file_review_needs_no_signature(city: CityRig) -> None:
    done = assigned(city, kind="file_review")
    submit(city, record(city, done.inspection_id, signature=None))
    assert city.elements() == ["review_record"]


@pytest.mark.clause("zz2020/3.1")
def test_a_joint_inspection_waits_for_the_answers_of_the_units(city: CityRig) -> None:
    done = started(city, kind="joint")
    city.complete(
        "assign_inspectors", HEAD, decision="assign", inspectors=[OFFICER, HEAD], joint_units=["CG-SZ", "WR-SZ"]
    )
    assert len(city.rows(letter, kind="joint_invitation")) == 2
    assert city.elements() == ["confirm_joining", "confirm_joining"]
    city.complete("confirm_joining", "cg.sz", joining="join", joining_officer="演示·队员")
    city.complete("confirm_joining", "wr.sz", joining="decline", joining_note="与我局无关")
    assert city.elements() == ["record_findings"]
    answers = {one["unit"]: one["answer"] for one in row(city, done.inspection_id)["joint_units"]}
    assert answers == {"CG-SZ": "join", "WR-SZ": "decline"}


def test_a_joint_inspection_invites_at_least_one_other_unit(city: CityRig) -> None:
    started(city, kind="joint")
    wrong = refused(
        errors.FormInvalid,
        lambda: city.complete("assign_inspectors", HEAD, decision="assign", inspectors=[OFFICER, HEAD]),
    )
    assert "至少邀请一个单位" in message_of(wrong)


@pytest.mark.deadline("inspection/joining_expired")
def test_a_unit_that_does_not_answer_in_two_working_days_holds_nobody_up(city: CityRig) -> None:
    started(city, kind="joint")
    city.complete("assign_inspectors", HEAD, decision="assign", inspectors=[OFFICER, HEAD], joint_units=["CG-SZ"])
    city.at("2026-03-04T23:59:59")
    assert city.elements() == ["confirm_joining"]
    city.at("2026-03-05T00:00:00")
    assert city.elements() == ["record_findings"]
