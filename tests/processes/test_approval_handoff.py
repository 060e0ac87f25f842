"""审管衔接 on its real diagram, with the real rules, forms and people of the demo city."""

from collections.abc import Callable

import pytest

from engine.errors import TaskNotFound
from tests.processes.rig import CityRig, china
from tests.processes.steps import CITY, CLAIM, DISTRICT, feedback, permit, plan, returned
from workflows.commands.complete_user_task import CompleteUserTask
from workflows.errors import FormInvalid, ReturnRefused
from workflows.records.approvals import approval
from workflows.records.cases import copy, duty
from workflows.records.clocks import running_limit
from workflows.records.letters import letter, notification, receipt
from workflows.records.orders import supervision_order

pytestmark = pytest.mark.clause("zz2020/2.1", "zz2020/1.2", "zz2020/1.1")


def states(city: CityRig) -> dict[str, str]:
    return {f"{row['unit']} {row['round']}": row["state"] for row in city.rows(duty)}


def done_by(city: CityRig, login: str) -> None:
    """Claim, plan and feed back."""
    city.complete("claim_duty", login, **CLAIM)
    city.complete("plan_supervision", login, **plan("2026-03-03"))
    city.at("2026-03-03T15:00:00")
    city.complete("give_feedback", login, **feedback("2026-03-03"))


def test_a_permit_is_supervised_by_every_unit_and_comes_back_to_the_bureau(city: CityRig) -> None:
    number = permit(city).business_key
    assert states(city) == {"NR-CITY-JSGC 1": "pushed", "NR-SZ 1": "pushed"}
    done_by(city, CITY)
    assert states(city) == {"NR-CITY-JSGC 1": "fed_back", "NR-SZ 1": "pushed"}
    done_by(city, DISTRICT)
    city.complete("acknowledge_feedback", "sp.chuangkou", feedback_use="noted", acknowledge_note="")
    assert [task.element_id for task in city.tasks() if task.business_key == number] == []
    assert set(states(city).values()) == {"fed_back"}
    book = city.app.desk.lists.books.page(city.actor("sp.chuangkou"), "in", "signed")
    assert [(line.kind, line.signed_by) for line in book.lines] == [("feedback", "演示·张窗口")] * 2
    assert book.counts == {"signed": 2, "unsigned": 0, "all": 2}
    kinds = sorted(row["kind"] for row in city.rows(letter, business_key=number))
    assert kinds == ["feedback", "feedback", "push", "push"]
    outcomes = sorted(row["outcome"] for row in city.rows(receipt, business_key=number))
    assert outcomes == ["acknowledged", "claimed", "claimed"]
    assert not any(row["is_late"] for row in city.rows(running_limit))


def test_letters_and_receipts_are_numbered_without_gaps_and_hashed(city: CityRig) -> None:
    permit(city)
    permit(city, project_no="BJ-2", XK_WSH="建字第370402202600002号")
    numbers = sorted(row["number"] for row in city.rows(letter, kind="push"))
    assert numbers == [f"枣审管推〔2026〕{n:04d}号" for n in (1, 2, 3, 4)]
    city.complete("claim_duty", CITY, **CLAIM)
    proof = city.rows(receipt)[0]
    assert (proof["number"], proof["signed_by"], len(proof["sha256"])) == ("枣审管回〔2026〕00001号", CITY, 64)
    data = city.rows(letter, kind="push")[0]["data"]
    assert data["sender"] == "枣庄市行政审批服务局"
    assert {"title", "receiver", "opening", "facts", "basis", "deadline", "contact", "date"} <= data.keys()
    assert {fact["label"] for fact in data["facts"]} >= {"事项", "文书号", "许可证号", "有效期", "相对人"}


def test_only_the_unit_itself_may_claim_and_others_do_not_even_see_the_task(city: CityRig) -> None:
    permit(city)
    task = next(t for t in city.tasks("claim_duty") if "NR-SZ/district_officer" in t.candidate_groups)
    stranger = city.actor("zr.xc")
    with pytest.raises(TaskNotFound):
        city.app.engine.execute(CompleteUserTask(task.id, stranger, CLAIM, city.app.rulebook))
    assert states(city)["NR-SZ 1"] == "pushed"


def test_officers_and_their_stand_ins_are_told(city: CityRig) -> None:
    permit(city)
    told = {row["login"] for row in city.rows(notification, kind="task")}
    assert told == {"ks.jsgc", "ks.jsgc.kz", "zr.sz", "zr.sz.jz"}


def test_a_return_to_a_named_unit_is_rerouted_with_a_new_clock(city: CityRig) -> None:
    permit(city)
    city.at("2026-03-03T09:00:00")
    city.complete("claim_duty", CITY, **returned("not_our_business", "NR-CITY-SZGH"))
    assert states(city) == {"NR-CITY-JSGC 1": "returned", "NR-CITY-SZGH 2": "pushed", "NR-SZ 1": "pushed"}
    clocks = {row["unit"]: row for row in city.rows(running_limit, limit_name="claim")}
    assert clocks["NR-CITY-SZGH"]["due_at"] == china("2026-03-06T00:00:00")
    sent_back = city.rows(letter, kind="return")[0]
    assert (sent_back["sender_unit"], sent_back["receiver_unit"]) == ("NR-CITY-JSGC", "AP-CITY")
    assert {"label": "退回理由", "value": "不属于本单位业务范围"} in sent_back["data"]["facts"]
    city.complete("claim_duty", "ks.szgh", **CLAIM)
    assert city.rows(duty, unit="NR-CITY-SZGH")[0]["state"] == "claimed"


def test_nobody_suggests_the_own_unit(city: CityRig) -> None:
    permit(city)
    with pytest.raises(FormInvalid):
        city.complete("claim_duty", CITY, **returned("not_our_business", "NR-CITY-JSGC"))


@pytest.mark.parametrize("code", ["incomplete", "other"])
def test_a_return_that_names_no_clear_reason_is_arbitrated(city: CityRig, code: str) -> None:
    permit(city)
    city.complete("claim_duty", CITY, **returned(code, "NR-CITY-SZGH"))
    assert city.elements() == ["arbitrate", "claim_duty"]
    assert city.tasks("arbitrate")[0].candidate_groups == ("NR-CITY-FG/policy_officer",)


def test_what_is_rerouted_and_returned_again_is_arbitrated(city: CityRig) -> None:
    permit(city)
    city.complete("claim_duty", CITY, **returned("other_area", "NR-CITY-SZGH"))
    city.complete("claim_duty", "ks.szgh", **returned("other_area", "NR-CITY-JSGC"))
    assert city.elements() == ["arbitrate", "claim_duty"]


def arbitrated(city: CityRig, **answers: str) -> None:
    permit(city)
    city.complete("claim_duty", CITY, **returned("other"))
    city.complete("arbitrate", "zc.fagui", **{"arbitrated_unit": "", "arbitration_note": "按三定方案", **answers})


def test_after_arbitration_nobody_returns_a_second_time(city: CityRig) -> None:
    arbitrated(city, decision="keep")
    last = city.rows(duty, round=2)[0]
    assert (last["unit"], last["is_final"], last["state"]) == ("NR-CITY-JSGC", True, "pushed")
    task = next(t for t in city.tasks("claim_duty") if t.variables["duty"]["round"] == 2)
    again = CompleteUserTask(task.id, city.actor(CITY), returned("other"), city.app.rulebook)
    with pytest.raises(ReturnRefused):
        city.app.engine.execute(again)
    city.complete("claim_duty", CITY, **CLAIM)
    assert city.rows(duty, round=2)[0]["state"] == "claimed"
    first = city.rows(duty, unit="NR-CITY-JSGC", round=1)[0]
    assert (first["state"], first["arbitration"]["by"]) == ("returned", "zc.fagui")


def test_arbitration_may_name_another_unit(city: CityRig) -> None:
    arbitrated(city, decision="reroute", arbitrated_unit="NR-CITY-XG")
    last = city.rows(duty, round=2)[0]
    assert (last["unit"], last["is_final"]) == ("NR-CITY-XG", True)


def test_arbitration_may_end_the_duty_of_one_unit(city: CityRig) -> None:
    arbitrated(city, decision="withdraw")
    assert states(city) == {"NR-CITY-JSGC 1": "withdrawn", "NR-SZ 1": "pushed"}
    assert city.elements() == ["claim_duty"]


def test_a_corrected_decision_is_pushed_again_and_what_was_late_stays_late(city: CityRig) -> None:
    permit(city)
    city.at("2026-03-05T09:00:00")  # both are late by now
    city.complete("claim_duty", CITY, **CLAIM)
    assert permit(city, project_name="演示住宅小区（二期）").outcome == "changed"
    city.run()
    assert states(city) == {
        "NR-CITY-JSGC 1": "superseded", "NR-SZ 1": "superseded", "NR-CITY-JSGC 2": "pushed", "NR-SZ 2": "pushed",
    }  # fmt: skip
    late = [row["key"].split("/")[1] for row in city.rows(running_limit) if row["is_late"]]
    assert late == ["claim_duty", "claim_duty"]
    assert "更正" in city.rows(letter, kind="push")[-1]["data"]["opening"]


def test_a_correction_that_refuses_turns_the_duty_into_a_lead(city: CityRig) -> None:
    permit(city)
    permit(city, result_type="41")
    assert {row["kind"] for row in city.rows(duty, state="pushed")} == {"lead"}


def test_a_withdrawn_decision_ends_the_duties_and_tells_the_units(city: CityRig) -> None:
    permit(city)
    city.complete("claim_duty", CITY, **CLAIM)
    assert permit(city, result_type="撤回").outcome == "withdrawn"
    assert city.tasks() == []
    assert set(states(city).values()) == {"withdrawn"}
    assert {row["login"] for row in city.rows(notification, kind="withdrawn")} >= {"ks.jsgc", "zr.sz"}
    assert {row["ended_how"] for row in city.rows(running_limit)} == {"completed", "cancelled"}


def test_a_refusal_becomes_a_lead_without_copies(city: CityRig) -> None:
    permit(city, result_type="41")
    city.run()
    assert {row["kind"] for row in city.rows(duty)} == {"lead"}
    assert "未批先建" in city.rows(letter, kind="push")[0]["data"]["opening"]
    assert city.rows(copy) == []


def test_a_clerk_checks_what_came_incomplete_and_names_the_units(city: CityRig) -> None:
    permit(city, XK_LYDW="")
    assert city.elements() == ["check_push"]
    assert city.rows(running_limit)[0]["due_at"] == china("2026-03-05T00:00:00")
    answers = {"category": "建设工程规划许可", "check_note": "已核对", "is_checked": True}
    city.complete("check_push", "sp.chuangkou", supervising_units=["NR-CITY-SZGH"], **answers)
    assert states(city) == {"NR-CITY-SZGH 1": "pushed"}
    assert city.rows(approval)[0]["business_key"] == city.rows(duty)[0]["business_key"]


@pytest.mark.deadline("approval_handoff/push_warned")
def test_an_approval_bureau_that_sleeps_is_escalated_too(city: CityRig) -> None:
    permit(city, XK_LYDW="")
    city.at("2026-03-03T23:59:59")
    assert city.rows(supervision_order) == []
    city.at("2026-03-04T00:00:00")
    assert city.rows(supervision_order)[0]["rung"] == "warned"
    city.at("2026-03-05T00:00:00")
    assert (city.rows(supervision_order)[0]["rung"], city.rows(supervision_order)[0]["unit"]) == ("red", "AP-CITY")
    answers = {"category": "建设工程规划许可", "check_note": "已核对", "is_checked": True}
    city.complete("check_push", "sp.chuangkou", supervising_units=["NR-CITY-SZGH"], **answers)
    city.run()
    assert city.rows(supervision_order)[0]["state"] == "closed"
    assert city.rows(running_limit, element_id="check_push")[0]["is_late"]


@pytest.mark.parametrize(
    ("pushed", "in_time", "late"),
    [
        # the last Saturday before the Spring Festival is worked, the week after it is not
        ("2026-02-13T10:00:00", "2026-02-24T23:59:59", "2026-02-25T00:00:00"),
        # the Saturday after the holiday is worked
        ("2026-02-26T16:00:00", "2026-02-28T23:59:59", "2026-03-01T00:00:00"),
        # National Day: 1 to 7 October off
        ("2026-09-30T10:00:00", "2026-10-09T23:59:59", "2026-10-10T00:00:00"),
        # and Saturday 10 October worked
        ("2026-10-08T10:00:00", "2026-10-10T23:59:59", "2026-10-11T00:00:00"),
    ],
)
@pytest.mark.parametrize("is_late", [False, True])
def test_both_sides_of_the_claim_limit_over_the_holidays(
    city_at: Callable[[str], CityRig], pushed: str, in_time: str, late: str, is_late: bool
) -> None:
    city = city_at(pushed)
    permit(city, XK_JDRQ=pushed[:10], XK_YXQZ=pushed[:10])
    city.clock.set(china(late if is_late else in_time))
    city.complete("claim_duty", CITY, **CLAIM)
    assert city.rows(duty, unit="NR-CITY-JSGC")[0]["is_late"] is is_late
    clock = city.rows(running_limit, unit="NR-CITY-JSGC", limit_name="claim")[0]
    assert (clock["is_late"], clock["due_at"]) == (is_late, china(late))


def test_a_late_claim_stays_visible_for_ever(city: CityRig) -> None:
    permit(city)
    city.at("2026-03-06T09:00:00")
    city.complete("claim_duty", CITY, **CLAIM)
    city.complete("plan_supervision", CITY, **plan("2026-03-06"))
    city.complete("give_feedback", CITY, **feedback("2026-03-06"))
    city.later(days=30)
    row = city.rows(duty, unit="NR-CITY-JSGC")[0]
    assert (row["state"], row["is_late"]) == ("fed_back", True)
    claimed = city.rows(running_limit, unit="NR-CITY-JSGC", limit_name="claim")[0]
    assert (claimed["is_late"], claimed["ended_how"]) == (True, "completed")


def test_planning_and_feedback_are_late_from_their_own_limits(city: CityRig) -> None:
    permit(city)
    city.complete("claim_duty", CITY, **CLAIM)
    plan_clock = city.rows(running_limit, limit_name="plan")[0]
    assert plan_clock["due_at"] == china("2026-03-17T00:00:00")  # ten working days after Monday, 2 March
    city.complete("plan_supervision", CITY, **plan("2026-03-20"))
    check_clock = city.rows(running_limit, limit_name="feedback")[0]
    assert check_clock["due_at"] == china("2026-03-28T00:00:00")  # five working days after Friday, 20 March
    city.at("2026-03-28T00:00:00")
    city.complete("give_feedback", CITY, **feedback("2026-03-20"))
    assert city.rows(running_limit, limit_name="feedback")[0]["is_late"] is True
