"""督办: every rung on the real diagram, climbed by a claim that nobody makes."""

from datetime import timedelta

import pytest
from sqlalchemy import delete

from engine.commands.jobs import FireTimer, TakeDueJobs, TakenJob
from engine.errors import TaskNotFound
from engine.store.tables import job
from tests.processes.rig import CityRig, both_sides, china
from tests.processes.steps import CLAIM, permit, returned
from workflows.desk.asking import Do
from workflows.records.clocks import running_limit
from workflows.records.letters import letter, notification
from workflows.records.orders import supervision_order, supervision_rung

pytestmark = pytest.mark.clause("zz2020/3.3")

ONE_UNIT = {"XK_XKZS": "建设项目用地预审与选址意见书"}
OFFICER, HEAD = "ks.ytgz", "ks.ytgz.kz"
POLICY_UNIT, LEADERS = "NR-CITY-FG", "NR-CITY-LD"
REPLY = {"delay_cause": "staff", "reply_measures": "增派人员，三日内认领", "promised_on": "2026-04-20"}
CRITICISE = {"criticism": "issue", "criticism_note": "两次督办仍未认领"}
REFER = {"referral": "refer", "leader_approval": "苏局长", "referral_note": "长期不办"}
CLOSE = {"is_reply_sufficient": "yes", "closing_opinion": "已办结"}


@pytest.fixture
def idle(city: CityRig) -> CityRig:
    """A permit of one unit, without copies, that the unit leaves lying."""
    permit(city, **ONE_UNIT)
    city.run()
    return city


def order(city: CityRig) -> dict[str, object]:
    found = city.rows(supervision_order, cause_element="claim_duty")
    assert len(found) == 1
    return dict(found[0])


def rungs(city: CityRig) -> list[str]:
    rows = city.rows(supervision_rung, order_id=order(city)["id"])
    return [row["rung"] for row in sorted(rows, key=lambda row: row["id"])]


def test_nothing_is_said_before_the_last_working_day(idle: CityRig) -> None:
    idle.at("2026-03-03T23:59:59")
    assert idle.rows(supervision_order) == []


def test_yellow_tells_the_officer_on_the_last_working_day(idle: CityRig) -> None:
    idle.at("2026-03-04T00:00:00")
    assert (order(idle)["rung"], order(idle)["red_at"]) == ("warned", china("2026-03-05T00:00:00"))
    assert {row["login"] for row in idle.rows(notification, kind="warned")} == {OFFICER, HEAD}
    assert not any(row["is_late"] for row in idle.rows(running_limit))


@pytest.mark.deadline("supervision_order/overdue")
def test_red_tells_the_head_and_marks_the_clock_for_ever(idle: CityRig) -> None:
    idle.at("2026-03-04T23:59:59")
    assert order(idle)["rung"] == "warned"
    idle.at("2026-03-05T00:00:00")
    assert order(idle)["rung"] == "red"
    assert {row["login"] for row in idle.rows(notification, kind="red")} == {HEAD}
    idle.complete("claim_duty", OFFICER, **CLAIM)
    idle.later(days=60)
    late = [row["element_id"] for row in idle.rows(running_limit) if row["is_late"]]
    assert "claim_duty" in late


@pytest.mark.deadline("supervision_order/order_due")
def test_the_order_is_issued_two_working_days_after_red_with_a_number_and_a_reply_limit(idle: CityRig) -> None:
    idle.at("2026-03-06T23:59:59")
    assert order(idle)["number"] is None
    idle.at("2026-03-07T00:00:00")
    assert (order(idle)["rung"], order(idle)["number"]) == ("ordered", "枣审管督〔2026〕0001号")
    sent = idle.rows(letter, kind="order")[0]
    assert (sent["sender_unit"], sent["receiver_unit"]) == ("NR-CITY-FG", "NR-CITY-YTGZ")
    reply = idle.rows(running_limit, limit_name="order_reply")[0]
    assert reply["due_at"] == china("2026-03-12T00:00:00")
    idle.complete("reply_to_order", HEAD, **REPLY)
    assert order(idle)["reply"]["delay_cause"] == "staff"
    assert order(idle)["state"] == "open"  # an answer is not the duty


@pytest.mark.deadline("supervision_order/leader_due")
def test_the_leader_hears_of_it_and_instructs(idle: CityRig) -> None:
    both_sides(idle, "2026-03-12T00:00:00", lambda: order(idle)["rung"] == "leader")
    assert {row["login"] for row in idle.rows(notification, kind="leader")} == {"ju.lingdao", "ju.lingdao2"}
    idle.complete("leader_instruction", "ju.lingdao", instruction="今日认领", instructed_deadline="2026-03-13")
    assert rungs(idle)[-2:] == ["leader", "instructed"]


def climbed(city: CityRig) -> CityRig:
    """Climb to the decision on a criticism."""
    city.at("2026-03-07T00:00:00")
    city.at("2026-03-12T00:00:00")
    city.at("2026-03-19T00:00:00")
    return city


@pytest.mark.deadline("supervision_order/criticism_due")
def test_a_criticism_is_asked_for_and_issued_only_after_the_unit_was_heard(idle: CityRig) -> None:
    idle.at("2026-03-12T00:00:00")
    both_sides(idle, "2026-03-19T00:00:00", lambda: idle.tasks("decide_criticism"))
    idle.complete("decide_criticism", "zc.fagui", **CRITICISE)
    idle.run()
    assert (order(idle)["rung"], rungs(idle)[-1]) == ("leader", "asked")
    assert idle.rows(letter, kind="criticism") == []
    criticised(idle)
    assert (order(idle)["rung"], rungs(idle)[-1]) == ("criticised", "criticised")
    sent = idle.rows(letter, kind="criticism")[0]
    assert sent["data"]["receiver"] == "枣庄市自然资源和规划局用途管制科"


def criticised(city: CityRig) -> None:
    """Hear the unit and let the leader approve."""
    city.complete("draft_criticism", "zc.fagui", criticism_facts="督办后仍未认领", criticism_basis="《细则》三（三）",
                  criticism_request="今日认领")  # fmt: skip
    city.complete("state_view", HEAD, view="agree", statement=None)
    city.complete("consider_statement", "zc.fagui", decision="uphold", statement_reply="单位没有意见")
    city.complete("approve_criticism", "ju.lingdao", decision="approve", approval_note=None)


def test_a_criticism_may_be_waived_with_its_reason(idle: CityRig) -> None:
    climbed(idle).complete("decide_criticism", "zc.fagui", criticism="waive", criticism_note="系统推送有误")
    assert (order(idle)["rung"], rungs(idle)[-1]) == ("leader", "waived")
    assert idle.rows(letter, kind="criticism") == []


@pytest.mark.deadline("supervision_order/discipline_due")
def test_the_last_rung_is_the_discipline_inspection(idle: CityRig) -> None:
    climbed(idle).complete("decide_criticism", "zc.fagui", **CRITICISE)
    idle.run()
    criticised(idle)
    idle.at("2026-04-01T23:59:59")
    assert idle.tasks("refer_discipline") == []
    idle.at("2026-04-02T00:00:00")
    idle.complete("refer_discipline", "zc.fagui", **REFER)
    assert (order(idle)["rung"], order(idle)["state"]) == ("referred", "open")
    sent = idle.rows(letter, kind="referral")[0]
    assert sent["receiver_unit"] == "DI-CITY"
    assert {"label": "批准领导", "value": "苏局长"} in sent["data"]["facts"]
    assert rungs(idle) == ["warned", "red", "ordered", "leader", "asked", "criticised", "proposed", "referred"]


def test_a_referral_may_be_waived_and_then_no_letter_goes_out(idle: CityRig) -> None:
    climbed(idle).complete("decide_criticism", "zc.fagui", **CRITICISE)
    idle.at("2026-04-02T00:00:00")
    idle.complete("refer_discipline", "zc.fagui", referral="waive", leader_approval="", referral_note="已启动整改")
    assert (order(idle)["rung"], idle.rows(letter, kind="referral")) == ("leader", [])


def test_a_ladder_without_an_order_closes_by_itself_when_the_duty_is_done(idle: CityRig) -> None:
    idle.at("2026-03-05T09:00:00")
    idle.complete("claim_duty", OFFICER, **CLAIM)
    idle.run()
    assert (order(idle)["state"], rungs(idle)) == ("closed", ["warned", "red", "closed"])
    assert idle.tasks("close_order") == []
    idle.at("2026-03-12T00:00:00")
    assert idle.rows(letter, kind="order") == []


def test_after_an_order_the_policy_section_closes_it(idle: CityRig) -> None:
    idle.at("2026-03-07T00:00:00")
    idle.complete("claim_duty", OFFICER, **CLAIM)
    idle.run()
    assert idle.tasks("reply_to_order") == []
    assert order(idle)["state"] == "open"
    idle.complete("close_order", "zc.fagui", **CLOSE)
    assert (order(idle)["state"], order(idle)["close_note"]) == ("closed", "已办结")


def test_even_an_exhausted_ladder_waits_for_the_duty(idle: CityRig) -> None:
    climbed(idle).complete("decide_criticism", "zc.fagui", **CRITICISE)
    idle.at("2026-04-02T00:00:00")
    idle.complete("refer_discipline", "zc.fagui", **REFER)
    idle.complete("reply_to_order", HEAD, **REPLY)
    idle.complete("leader_instruction", "ju.lingdao", instruction="立即认领", instructed_deadline="")
    idle.complete("claim_duty", OFFICER, **CLAIM)
    idle.run()
    idle.complete("close_order", "zc.fagui", **CLOSE)
    assert order(idle)["state"] == "closed"


def test_a_duty_returned_or_withdrawn_ends_its_ladder_too(idle: CityRig) -> None:
    idle.at("2026-03-05T09:00:00")
    idle.complete("claim_duty", OFFICER, **returned("other"))
    idle.run()
    assert order(idle)["state"] == "closed"
    idle.at("2026-03-09T09:00:00")  # the last working day of the arbitration
    assert [row["unit"] for row in idle.rows(supervision_order, state="open")] == ["NR-CITY-FG"]
    permit(idle, **ONE_UNIT, result_type="撤回")
    idle.run()
    assert idle.rows(supervision_order, state="open") == []


def test_a_ladder_asked_for_too_late_ends_at_once(idle: CityRig) -> None:
    idle.clock.set(china("2026-03-04T00:00:00"))
    timer = next(found for found in taken(idle) if found.element_id == "claim_warned")
    fire(idle, timer)  # the warning is thrown, its message not yet delivered
    idle.complete("claim_duty", OFFICER, **CLAIM)
    drop_fulfilment(idle)
    idle.run()
    assert (order(idle)["state"], rungs(idle)) == ("closed", ["warned", "closed"])


def taken(city: CityRig) -> tuple[TakenJob, ...]:
    return city.app.engine.execute(TakeDueJobs("test", 10, timedelta(seconds=1)))


def fire(city: CityRig, timer: TakenJob) -> None:
    city.app.engine.execute(FireTimer(timer.id, timer.fence))


def drop_fulfilment(city: CityRig) -> None:
    """Lose the message as if it had overtaken the one that opens the ladder."""
    lost = delete(job).where(job.c.topic == "duty_fulfilled")
    city.app.engine.execute(Do(lambda uow: uow.connection.execute(lost)))


def test_only_the_policy_section_closes_an_order(idle: CityRig) -> None:
    idle.at("2026-03-07T00:00:00")
    idle.complete("claim_duty", OFFICER, **CLAIM)
    idle.run()
    task = idle.tasks("close_order")[0]
    with pytest.raises(TaskNotFound):
        idle.app.desk.tasks.complete(idle.actor(OFFICER), task.id, CLOSE)


def test_an_office_without_a_head_is_told_that_it_is_late_and_answers_the_order(city: CityRig) -> None:
    permit(city, XK_XKJG="某审批机关")  # the clerk of the district's approval bureau has to check it
    permit(city, project_no="BJ-2")  # copied to the town
    city.run()
    for day in ("03-04", "03-05", "03-06", "03-07", "03-09", "03-10"):
        city.at(f"2026-{day}T00:00:00")
    late = {row["unit"]: row for row in city.rows(supervision_order) if row["unit"] in ("AP-SZ", "TN-SZ")}
    assert {unit: row["rung"] for unit, row in late.items()} == {"AP-SZ": "ordered", "TN-SZ": "ordered"}
    told = {row["login"] for row in city.rows(notification, kind="red")}
    for login, unit in (("sp.sz", "AP-SZ"), ("zj.sz", "TN-SZ")):
        assert login in told
        city.complete("reply_to_order", login, **REPLY)
        assert order_of(city, unit)["reply"]["delay_cause"] == "staff"


def order_of(city: CityRig, unit: str) -> dict[str, object]:
    return dict(city.rows(supervision_order, unit=unit)[0])


@pytest.fixture
def own_delay(city: CityRig) -> CityRig:
    """A returned duty that the policy section leaves without a decision, until its order is issued."""
    permit(city, **ONE_UNIT)
    city.complete("claim_duty", OFFICER, **returned("other"))
    city.at("2026-03-05T00:00:00")
    both_sides(city, "2026-03-07T00:00:00", lambda: order_of(city, POLICY_UNIT)["number"])
    return city


def offered(city: CityRig, element: str) -> tuple[str, ...]:
    (task,) = city.tasks(element)
    return task.candidate_groups


def test_the_leaders_order_the_policy_section_and_decide_on_its_criticism(own_delay: CityRig) -> None:
    sent = own_delay.rows(letter, kind="order")[0]
    assert (sent["sender_unit"], sent["receiver_unit"]) == (LEADERS, POLICY_UNIT)
    own_delay.at("2026-03-12T00:00:00")
    both_sides(own_delay, "2026-03-19T00:00:00", lambda: own_delay.tasks("decide_criticism"))
    assert offered(own_delay, "decide_criticism") == (f"{LEADERS}/leader",)
    own_delay.complete("decide_criticism", "ju.lingdao", **CRITICISE)
    own_delay.run()
    own_delay.complete("draft_criticism", "zc.fagui", criticism_facts="逾期未裁定", criticism_basis="《细则》三（三）",
                       criticism_request="今日裁定")  # fmt: skip
    own_delay.complete("state_view", "zc.kezhang", view="agree", statement=None)
    assert offered(own_delay, "consider_statement") == (f"{LEADERS}/leader",)
    both_sides(own_delay, "2026-04-02T00:00:00", lambda: own_delay.tasks("refer_discipline"))
    assert offered(own_delay, "refer_discipline") == (f"{LEADERS}/leader",)
    own_delay.complete("refer_discipline", "ju.lingdao", **REFER)
    assert own_delay.rows(letter, kind="referral")[0]["sender_unit"] == LEADERS


def test_the_policy_section_does_not_close_its_own_order(own_delay: CityRig) -> None:
    decided = {"decision": "keep", "arbitrated_unit": "", "arbitration_note": "属你单位职责"}
    own_delay.complete("arbitrate", "zc.fagui", **decided)
    own_delay.run()
    task = own_delay.tasks("close_order")[0]
    with pytest.raises(TaskNotFound):
        own_delay.app.desk.tasks.complete(own_delay.actor("zc.fagui"), task.id, CLOSE)
    own_delay.complete("close_order", "ju.lingdao", **CLOSE)
    assert order_of(own_delay, POLICY_UNIT)["state"] == "closed"
    (checked,) = own_delay.rows(supervision_rung, rung="checked")
    assert (checked["actor"], checked["to_whom"]) == ("ju.lingdao", "分管领导")
