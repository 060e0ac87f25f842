"""The handoff walked in memory, as far as the diagram goes."""

from collections.abc import Mapping
from typing import Any

import pytest

from tests.processes.walk import NOW, Walk, due


def duty(unit: str, round_: int = 1, *, is_final: bool = False) -> dict[str, Any]:
    """One unit's share."""
    return {
        "duty_id": f"D-{unit}-{round_}", "unit": unit, "unit_name": unit, "round": round_, "is_final": is_final,
        "kind": "supervise", "pushed_at": NOW.isoformat(),
    }  # fmt: skip


def rerouted(variables: Mapping[str, Any]) -> Mapping[str, Any]:
    """Push to the suggested unit."""
    return {"duty": duty(variables["suggested_unit"], variables["duty"]["round"] + 1)}


def arbitrated(variables: Mapping[str, Any]) -> Mapping[str, Any]:
    """Push to the unit of the decision, for good."""
    unit = variables["arbitrated_unit"] or variables["duty"]["unit"]
    return {"duty": duty(unit, variables["duty"]["round"] + 1, is_final=True)}


APPROVAL = {
    "approval_id": "A1", "item_code": "X", "item_name": "建设工程规划许可证核发", "category": "建设工程规划许可",
    "area": "370402", "result": "granted", "party_name": "某公司", "project_name": "某小区", "document_no": "1号",
    "decided_at": NOW.isoformat(), "approving_unit": "AP", "needs_check": False, "is_changed": False,
}  # fmt: skip
CLAIM = {"decision": "claim"}
PLAN = {
    "supervision_mode": "on_site", "first_check_on": "2026-03-09", "responsible_officer": "王芳", "plan_note": "放线",
}  # fmt: skip
FEEDBACK = {"checked_on": "2026-03-02", "feedback_result": "compliant", "feedback_note": "现场与许可一致"}


@pytest.fixture
def pushed() -> Walk:
    """A granted permit whose duty lies with two units."""
    recorders = {
        "push_duties": lambda variables: {"duties": [duty("NR-1"), duty("NR-2")], "policy_unit": "FG"},
        "repush_duties": lambda variables: {"duties": [duty("NR-1", 2)]},
        "reroute_duty": rerouted,
        "apply_arbitration": arbitrated,
    }
    return Walk("approval_handoff", recorders).start(APPROVAL)


def finish(walk: Walk, which: int = 0) -> None:
    """Claim, plan and feed back for one unit."""
    walk.complete("claim_duty", CLAIM, which)
    walk.complete("plan_supervision", PLAN)
    walk.complete("give_feedback", FEEDBACK)


def test_every_unit_gets_its_own_task_and_the_copies_go_out(pushed):
    assert pushed.open == ["claim_duty", "claim_duty"]
    groups = [task.candidate_groups for task in pushed.rest.user_tasks]
    assert groups[0] == ("NR-1/section_officer", "NR-1/section_head", "NR-1/district_officer")
    assert [(event.name, event.correlation_key) for event in pushed.thrown] == [("copies_requested", "K1-CS")]
    payload = pushed.thrown[0].payload
    assert (payload["business_key"], payload["cause_business_key"]) == ("K1-CS", "K1")
    assert {receiver["receiver"] for receiver in payload["receivers"]} == {"urban_management", "town"}


def test_the_handoff_is_archived_when_all_have_fed_back(pushed):
    finish(pushed)
    finish(pushed)
    assert pushed.open == ["acknowledge_feedback"]
    results = pushed.rest.variables["duty_results"]
    assert [(result["unit"], result["feedback_result"]) for result in results] == [
        ("NR-1", "compliant"),
        ("NR-2", "compliant"),
    ]
    assert pushed.rest.variables["result"] == "granted"
    pushed.complete("acknowledge_feedback", {"feedback_use": "noted"})
    assert pushed.rest.status == "completed"
    assert pushed.recorded[-1] == "archive_handoff"


def test_a_claim_near_its_limit_asks_for_the_ladder_and_stays_open(pushed):
    pushed.fire("claim_warned")
    assert pushed.open == ["claim_duty", "claim_duty"]
    event = pushed.thrown[-1]
    assert (event.name, event.correlation_key) == ("ladder_requested", "DB/K1/claim_duty/D-NR-1-1")
    assert event.payload["key"] == "K1/claim_duty/D-NR-1-1"
    assert event.payload["business_key"] == "DB/K1/claim_duty/D-NR-1-1"
    assert event.payload["cause_business_key"] == "K1"
    assert event.payload["red_at"] == due("claim")
    assert event.payload["unit"] == "NR-1"


def test_planning_and_feedback_have_the_same_ladder(pushed):
    pushed.complete("claim_duty", CLAIM)
    pushed.fire("plan_warned")
    pushed.complete("plan_supervision", PLAN)
    pushed.fire("feedback_warned")
    keys = [event.payload["key"] for event in pushed.thrown if event.name == "ladder_requested"]
    assert keys == ["K1/plan_supervision/D-NR-1-1", "K1/give_feedback/D-NR-1-1"]
    assert pushed.task("give_feedback").properties["anchor"] == "2026-03-09"


def test_a_claimed_building_permit_is_followed_under_one_key(pushed):
    for _ in range(2):
        pushed.complete("claim_duty", CLAIM)
    told = [event for event in pushed.thrown if event.name == "permit_claimed"]
    assert [(event.correlation_key, event.payload["claiming_unit"]) for event in told] == [
        ("permit/A1", "NR-1"),
        ("permit/A1", "NR-2"),
    ]


def test_a_reasoned_return_is_rerouted_once_then_arbitrated(pushed):
    answers = {"decision": "return", "return_code": "other_area", "suggested_unit": "NR-2", "note": "不在本辖区"}
    pushed.complete("claim_duty", answers)
    assert pushed.open == ["claim_duty", "claim_duty"]
    assert "reroute_duty" in pushed.recorded
    again = next(t for t in pushed.rest.user_tasks if t.properties["duty"] == "D-NR-2-2")
    pushed.complete("claim_duty", answers, pushed.rest.user_tasks.index(again))
    assert pushed.open == ["arbitrate", "claim_duty"]
    assert pushed.task("arbitrate").candidate_groups == ("FG/policy_officer",)
    assert pushed.task("arbitrate").lane == "政策法规和行政许可科"


@pytest.mark.parametrize(
    ("decision", "expected"), [("keep", ["claim_duty", "claim_duty"]), ("withdraw", ["claim_duty"])]
)
def test_arbitration_binds_or_withdraws(pushed, decision, expected):
    pushed.complete("claim_duty", {"decision": "return", "return_code": "other", "note": "职责不清"})
    pushed.fire("arbitration_warned")
    assert pushed.thrown[-1].payload["unit"] == "FG"
    pushed.complete("arbitrate", {"decision": decision, "arbitration_note": "按三定方案"})
    assert pushed.open == expected
    assert "apply_arbitration" in pushed.recorded


def test_a_corrected_decision_starts_the_duties_again(pushed):
    pushed.deliver("decision_changed")
    assert [task.properties["duty"] for task in pushed.rest.user_tasks] == ["D-NR-1-2"]


def test_a_withdrawn_decision_ends_the_handoff(pushed):
    pushed.deliver("decision_withdrawn")
    assert (pushed.rest.status, pushed.recorded[-1]) == ("completed", "withdraw_duties")


def test_a_refusal_becomes_a_lead_without_copies():
    walk = Walk("approval_handoff", {"push_duties": lambda variables: {"duties": [duty("NR-1")]}})
    walk.start(APPROVAL | {"result": "refused"})
    assert walk.rest.variables["routing"] == {"kind": "lead", "focus": "巡查是否未批先建", "follow_up": "none"}
    assert (walk.open, walk.thrown) == (["claim_duty"], [])


def test_incomplete_data_is_checked_before_it_is_pushed():
    walk = Walk("approval_handoff", {"push_duties": lambda variables: {"duties": []}})
    walk.start(APPROVAL | {"needs_check": True})
    assert walk.task("check_push").properties == {
        "limit": "push", "anchor": NOW.isoformat(), "anchor_event": "审批办结",
    }  # fmt: skip
    walk.complete(
        "check_push",
        {"category": "矿产", "supervising_units": ["NR-1"], "check_note": "已核对", "is_checked": True},
    )
    assert walk.rest.variables["category"] == "矿产"
    assert walk.open == ["acknowledge_feedback"]
