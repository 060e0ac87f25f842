"""The transfer walked in memory, as far as the diagram goes."""

from collections.abc import Mapping
from typing import Any

import pytest

from tests.processes.walk import NOW, Walk

LEAD = {
    "sender_unit": "NR-1", "matter": "illegal_building", "place_kind": "planned", "party_name": "某公司",
    "project_name": "某小区", "area": "370402", "found_at": NOW.isoformat(),
}  # fmt: skip
CHECK = {"decision": "transfer", "matter": "illegal_building", "place_kind": "planned", "check_note": "现场核实属实"}


def sent(variables: Mapping[str, Any]) -> Mapping[str, Any]:
    """Number the letter and count the rounds."""
    receiver = variables.get("new_receiver_unit") or variables.get("forward_unit") or variables["receiver_unit"]
    return {
        "receiver_unit": receiver, "sent_at": NOW.isoformat(), "send_round": variables.get("send_round", 0) + 1,
    }  # fmt: skip


@pytest.fixture
def registered() -> Walk:
    """A lead about an illegal building."""
    propose = lambda variables: {"receiver_unit": "UM-1"}  # noqa: E731 - a stub among stubs
    recorders = {"propose_receiver": propose, "send_transfer": sent, "forward_transfer": sent}
    return Walk("case_transfer", recorders).start(LEAD)


@pytest.fixture
def transferred(registered: Walk) -> Walk:
    """The same, sent to the office in charge."""
    registered.complete("preliminary_check", CHECK)
    registered.complete("approve_transfer", {"decision": "approve", "receiver_unit": "UM-1"})
    return registered


def accepted(walk: Walk) -> Walk:
    """Let the receiver accept."""
    walk.complete("receive_transfer", {"decision": "accept", "case_officer": "赵强"})
    return walk


@pytest.mark.parametrize("decision", ["not_established", "own_power"])
def test_a_lead_that_is_not_transferred_ends(registered, decision):
    registered.complete("preliminary_check", CHECK | {"decision": decision})
    assert (registered.rest.status, registered.recorded) == ("completed", [])


def test_the_head_may_send_the_lead_back(registered):
    registered.complete("preliminary_check", CHECK)
    assert registered.rest.variables["routing"]["receiver"] == "urban_management"
    registered.complete("approve_transfer", {"decision": "send_back", "approval_note": "补充照片"})
    assert registered.open == ["preliminary_check"]


def test_a_case_runs_to_its_close_and_the_block_is_lifted(transferred):
    accepted(transferred)
    transferred.complete("report_filing", {"decision": "filed", "filed_on": "2026-03-01", "case_no": "立1号"})
    assert transferred.task("report_decision").properties["limit"] == "penalty_decision"
    transferred.complete(
        "report_decision",
        {"decision_document": "罚1号", "decided_on": "2026-03-01", "served_on": "2026-03-02", "penalty": "拆除"},
    )
    assert "lift_block" not in transferred.recorded
    transferred.complete(
        "report_execution",
        {"execution_result": "performed", "executed_on": "2026-03-02", "execution_note": "已拆除"},
    )
    assert transferred.recorded[-1] == "lift_block"
    transferred.complete("confirm_close", {"is_complete": True, "close_note": "齐全"})
    assert transferred.rest.status == "completed"


def test_a_case_that_is_not_filed_lifts_the_block_at_once(transferred):
    accepted(transferred)
    transferred.complete("report_filing", {"decision": "not_filed", "not_filed_reason": "已超过追究时效"})
    assert (transferred.open, transferred.recorded[-1]) == (["confirm_close"], "lift_block")


def test_a_forwarded_case_waits_for_the_next_office(transferred):
    transferred.complete("receive_transfer", {"decision": "forward", "forward_unit": "NR-2", "reason": "属用地问题"})
    assert transferred.task("receive_transfer").candidate_groups[0] == "NR-2/squad_officer"
    assert transferred.task("receive_transfer").properties["duty"] == "2"


@pytest.mark.parametrize("decision", ["resend", "another"])
def test_a_returned_case_can_be_sent_again(transferred, decision):
    transferred.complete("receive_transfer", {"decision": "return", "reason": "证据不足"})
    assert transferred.task("handle_return").candidate_groups[0] == "NR-1/section_officer"
    unit = {"new_receiver_unit": "NR-2"} if decision == "another" else {}
    transferred.complete("handle_return", {"decision": decision, "supplement": "已补充照片", **unit})
    assert transferred.open == ["receive_transfer"]


def test_a_withdrawn_transfer_lifts_the_block(transferred):
    transferred.complete("receive_transfer", {"decision": "return", "reason": "证据不足"})
    transferred.complete("handle_return", {"decision": "withdraw", "supplement": "认定有误"})
    assert (transferred.rest.status, transferred.recorded[-1]) == ("completed", "lift_block")


def test_each_step_of_the_receiver_has_the_ladder(transferred):
    transferred.fire("receipt_warned")
    accepted(transferred)
    transferred.fire("filing_warned")
    transferred.complete("report_filing", {"decision": "filed", "filed_on": "2026-03-01", "case_no": "立1号"})
    transferred.fire("decision_warned")
    assert [event.payload["key"] for event in transferred.thrown] == [
        "K1/receive_transfer/1", "K1/report_filing/1", "K1/report_decision/1",
    ]  # fmt: skip
    assert {event.payload["unit"] for event in transferred.thrown} == {"UM-1"}
