"""Inspections from the first step to the last: each kind, each outcome, each side of each deadline."""

import pytest

from tests.processes.inspections import HEAD, OFFICER, OTHER_HEAD, assigned, found, record, row, started, submit
from tests.processes.rig import CityRig
from workflows.records.inspections import inspection, inspection_record, supervision_act

pytestmark = [pytest.mark.clause("zz2020/1.1"), pytest.mark.clause("zz2020/2.5")]


def test_an_inspection_without_problem_ends_with_one_act(city: CityRig) -> None:
    done = assigned(city)
    submit(city, record(city, done.inspection_id))
    city.complete("review_record", OTHER_HEAD, decision="confirm")
    city.run()
    kept = row(city, done.inspection_id)
    assert (kept["state"], kept["result"], kept["follow_up"]) == ("closed", "no_problem", "none")
    assert done.number == "JC2026-00001"
    acts = city.rows(supervision_act)
    assert [(act["kind"], act["result"], act["source_id"]) for act in acts] == [
        ("inspection", "no_problem", done.inspection_id)
    ]
    assert [one["login"] for one in acts[0]["officers"]] == [OFFICER, HEAD]
    assert city.tasks() == []


def test_a_violation_is_put_right_and_checked_again(city: CityRig) -> None:
    done = found(city)
    city.complete("review_record", OTHER_HEAD, decision="confirm", handling="rectify", requirements="拆除加建")
    assert row(city, done.inspection_id)["order_number"] == "枣审管改〔2026〕0001号"
    city.complete("register_report", OFFICER, reported="yes", reported_on="2026-03-02", report_text="已拆除")
    city.complete(
        "recheck_rectification", OFFICER, recheck_verdict="corrected", rechecked_on="2026-03-02", recheck_note="属实"
    )
    kept = row(city, done.inspection_id)
    assert (kept["state"], kept["result"], kept["follow_up"]) == ("closed", "corrected", "rectified")
    assert len(city.rows(supervision_act)) == 1


def test_an_inspection_that_is_not_needed_is_withdrawn_without_an_act(city: CityRig) -> None:
    done = started(city)
    city.complete("assign_inspectors", HEAD, decision="withdraw", assign_note="上月已检查")
    kept = row(city, done.inspection_id)
    assert (kept["state"], kept["result"], kept["close_note"]) == ("closed", "not_applicable", "上月已检查")
    assert city.rows(supervision_act) == city.rows(inspection_record) == []
    assert len(city.rows(inspection)) == 1
