"""The ladder walked in memory, as far as the diagram goes."""

import pytest

from engine.spiff.model import StartTrigger
from tests.processes.walk import Walk, due


@pytest.fixture
def warned() -> Walk:
    """A ladder on its first rung."""
    recorders = {
        "open_ladder": lambda variables: {"policy_unit": "FG", "leader_unit": "LD"},
        "issue_order": lambda variables: {"order_number": "督1号"},
    }
    payload = {"key": "K0/claim_duty/D1", "limit": "claim", "unit": "NR-1", "red_at": due("claim"), "title": "认领"}
    walk = Walk("supervision_order", recorders)
    return walk.start(payload, StartTrigger("ladder_requested", "message", "ladder_requested"))


@pytest.fixture
def ordered(warned: Walk) -> Walk:
    """A ladder whose formal order is issued."""
    warned.fire("overdue")
    warned.fire("order_due")
    return warned


def test_a_duty_done_in_time_closes_the_ladder_by_itself(warned):
    assert [event.correlation_key for event in warned.rest.events] == ["K0/claim_duty/D1"]
    warned.deliver("duty_fulfilled")
    assert (warned.rest.status, warned.recorded) == ("completed", ["open_ladder", "rung_warn", "close_ladder"])


def test_an_issued_order_is_closed_by_a_person(ordered):
    assert ordered.open == ["reply_to_order"]
    ordered.deliver("duty_fulfilled")
    assert ordered.open == ["close_order"]
    ordered.complete("close_order", {"is_reply_sufficient": "no", "closing_opinion": "已认领"})
    assert ordered.rest.status == "completed"


def test_the_ladder_climbs_to_the_discipline_office_and_still_waits(ordered):
    ordered.complete(
        "reply_to_order", {"delay_cause": "staff", "reply_measures": "增派人手", "promised_on": "2026-03-05"}
    )
    ordered.fire("leader_due")
    assert ordered.task("leader_instruction").candidate_groups == ("LD/leader",)
    ordered.complete("leader_instruction", {"instruction": "限期办结"})
    ordered.fire("criticism_due")
    ordered.complete("decide_criticism", {"criticism": "issue", "criticism_note": "长期不办"})
    ordered.fire("discipline_due")
    ordered.complete("refer_discipline", {"referral": "refer", "leader_approval": "张局", "referral_note": "拒不办理"})
    assert (ordered.open, ordered.recorded[-1], ordered.rest.status) == ([], "rung_referred", "active")
    ordered.deliver("duty_fulfilled")
    assert ordered.open == ["close_order"]


def test_the_ladder_climbs_although_nobody_replies(ordered):
    ordered.fire("leader_due")
    ordered.fire("criticism_due")
    assert ordered.open == ["decide_criticism", "leader_instruction", "reply_to_order"]
    ordered.deliver("duty_fulfilled")
    assert ordered.open == ["close_order"]
