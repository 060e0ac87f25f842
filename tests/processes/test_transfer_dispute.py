"""A case that is returned twice goes to an arbiter, who names the unit in charge once and for all (xzcf/25)."""

import pytest

from engine.errors import TaskNotFound
from tests.processes.rig import CityRig, warned
from tests.processes.steps import CITY, LEAD, TRANSFER, sent_transfer
from tests.processes.test_case_transfer import ACCEPT, BACK, SECTION_HEAD, SQUAD, milestones, standing, the_case
from workflows.commands.complete_user_task import CompleteUserTask
from workflows.errors import FormInvalid, ReturnRefused
from workflows.records.cases import transfer_milestone
from workflows.records.clocks import running_limit
from workflows.records.orders import supervision_order

pytestmark = [pytest.mark.clause("xzcf/25"), pytest.mark.scenarios("case_transfer")]

AGAIN = {"decision": "resend", "new_receiver_unit": "", "supplement": "补充测绘报告"}
DESIGNATE = {
    "decision": "designate", "designated_unit": "TN-SZ", "designation_document": "演示指〔2026〕1号",
    "arbitration_note": "位于村庄规划区",
}  # fmt: skip
WITHDRAW = {**DESIGNATE, "decision": "withdraw", "designated_unit": "", "designation_document": ""}
POLICY, POLICY_HEAD, TOWN = "zc.fagui", "zc.kezhang", "zj.sz"


@pytest.fixture
def returned_twice(city: CityRig) -> CityRig:
    """A case whose squad returned it, got it again, and returned it once more."""
    sent_transfer(city)
    city.complete("receive_transfer", SQUAD, **BACK)
    city.complete("handle_return", CITY, **AGAIN)
    city.complete("receive_transfer", SQUAD, **BACK)
    assert city.elements() == ["handle_return"]
    return city


@pytest.fixture
def disputed(returned_twice: CityRig) -> CityRig:
    """The same, and the sender insists."""
    returned_twice.complete("handle_return", CITY, **AGAIN)
    return returned_twice


@pytest.mark.deadline("case_transfer/arbitration_warned")
def test_a_case_returned_twice_is_arbitrated_and_whoever_is_named_cannot_return_it(disputed: CityRig) -> None:
    assert disputed.elements() == ["arbitrate_transfer"]
    warned(disputed, "arbitrate_transfer", "2026-03-04T00:00:00")
    assert [row["unit"] for row in disputed.rows(supervision_order)] == ["NR-CITY-FG"]
    disputed.complete("arbitrate_transfer", POLICY, **DESIGNATE)
    assert (the_case(disputed)["receiver_unit"], the_case(disputed)["state"]) == ("TN-SZ", "sent")
    named = disputed.rows(transfer_milestone, kind="designated")[0]
    assert (named["reported_by"], named["document_no"]) == (POLICY, "演示指〔2026〕1号")
    assert milestones(disputed)[-3:] == ["supplemented", "designated", "sent"]
    for decision, unit in (("return", ""), ("forward", "CG-SZ")):
        with pytest.raises(FormInvalid):
            disputed.complete("receive_transfer", TOWN, **{**BACK, "decision": decision, "forward_unit": unit})
    task, town = disputed.tasks("receive_transfer")[0], disputed.actor(TOWN)
    with pytest.raises(ReturnRefused):
        disputed.app.engine.execute(CompleteUserTask(task.id, town, BACK, disputed.app.rulebook))
    disputed.complete("receive_transfer", TOWN, **ACCEPT)
    assert (the_case(disputed)["state"], disputed.elements()) == ("accepted", ["report_filing"])


def test_a_dispute_that_nobody_decides_is_late_for_ever(disputed: CityRig) -> None:
    disputed.at("2026-03-05T00:00:00")
    assert [row["rung"] for row in disputed.rows(supervision_order)] == ["red"]
    disputed.complete("arbitrate_transfer", POLICY_HEAD, **DESIGNATE)
    disputed.run()
    assert [row["state"] for row in disputed.rows(supervision_order)] == ["closed"]
    assert disputed.rows(running_limit, element_id="arbitrate_transfer")[0]["is_late"] is True


def test_the_arbiter_may_send_a_case_home_and_never_names_the_sender(disputed: CityRig) -> None:
    with pytest.raises(FormInvalid):
        disputed.complete("arbitrate_transfer", POLICY, **{**DESIGNATE, "designated_unit": "NR-CITY-JSGC"})
    disputed.complete("arbitrate_transfer", POLICY, **WITHDRAW)
    assert (standing(disputed), the_case(disputed)["state"], disputed.tasks()) == (0, "withdrawn", [])


def test_after_two_returns_the_sender_may_still_withdraw(returned_twice: CityRig) -> None:
    returned_twice.complete("handle_return", CITY, **{**AGAIN, "decision": "withdraw"})
    assert (the_case(returned_twice)["state"], returned_twice.tasks()) == ("withdrawn", [])


def test_the_parties_do_not_arbitrate(disputed: CityRig) -> None:
    task = disputed.tasks("arbitrate_transfer")[0]
    for login in (CITY, SECTION_HEAD, SQUAD):
        with pytest.raises(TaskNotFound):
            disputed.app.desk.tasks.complete(disputed.actor(login), task.id, DESIGNATE)


def test_the_leaders_arbitrate_when_the_policy_section_is_a_party(city: CityRig) -> None:
    city.lead(POLICY_HEAD, **{**LEAD, "found_at": city.clock.now().isoformat()})
    city.complete("preliminary_check", POLICY_HEAD, **TRANSFER)
    city.complete("approve_transfer", POLICY_HEAD, decision="approve", receiver_unit="CG-SZ", approval_note="")
    for _ in range(2):
        city.complete("receive_transfer", SQUAD, **BACK)
        city.complete("handle_return", POLICY_HEAD, **AGAIN)
    assert city.tasks("arbitrate_transfer")[0].candidate_groups == ("NR-CITY-LD/leader",)
    city.at("2026-03-05T00:00:00")
    assert [(row["unit"], row["rung"]) for row in city.rows(supervision_order)] == [("NR-CITY-LD", "red")]
    city.complete("arbitrate_transfer", "ju.lingdao", **DESIGNATE)
    assert the_case(city)["receiver_unit"] == "TN-SZ"
