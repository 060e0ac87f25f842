"""投诉举报: taken in, routed, accepted, handled in the source's time, answered, called back."""

import pytest

from tests.processes.complaint_steps import (
    ANSWER,
    DESK,
    SQUAD,
    accepted,
    call,
    events,
    register,
    row,
)
from tests.processes.rig import CityRig, china
from workflows.errors import FormInvalid, NotAllowed
from workflows.records.clocks import running_limit
from workflows.records.complaints import complaint
from workflows.records.letters import letter, notification
from workflows.records.orders import supervision_order

pytestmark = pytest.mark.clause("zz2020/2.6")


def test_a_complaint_is_routed_accepted_answered_and_called_back(city: CityRig) -> None:
    done = register(city)
    assert row(city, done)["unit"] == "CG-SZ"
    city.complete("accept_complaint", SQUAD, decision="accept")
    city.complete("handle_complaint", SQUAD, **ANSWER)
    call(city, "satisfied")
    found = row(city, done)
    assert (found["state"], found["outcome"], found["satisfied"]) == ("closed", "established", "satisfied")
    assert not found["is_late"]
    assert found["replied_at"] == china("2026-03-02T10:00:00")
    kinds = [one["kind"] for one in city.rows(letter, business_key=done.number)]
    assert kinds == ["complaint_dispatch", "complaint_acceptance", "complaint_reply"]
    assert city.rows(letter, kind="complaint_reply")[0]["data"]["receiver"] == f"投诉人（{done.number}）"


def test_the_same_number_of_a_source_is_registered_once_and_a_platform_must_give_one(city: CityRig) -> None:
    one, again = register(city, source_no="X-1"), register(city, source_no="X-1")
    assert (again.number, again.was_known) == (one.number, True)
    assert register(city, source_no="X-1", channel="hulianwang_jianguan", party_name="演示甲").number != one.number
    with pytest.raises(FormInvalid) as refused:
        register(city, source_no="")
    assert refused.value.facts["errors"][0]["field"] == "source_no"
    with pytest.raises(FormInvalid):
        register(city, received_at="2026-03-02T10:00:01+08:00")
    with pytest.raises(NotAllowed):
        register(city, by="jw.zu")
    assert len(city.rows(complaint)) == 2


@pytest.mark.deadline("complaint/handle_complaint_urged")
@pytest.mark.parametrize(
    ("channel", "in_time", "late"),
    [
        ("hulianwang_jianguan", "2026-03-05T23:59:59", "2026-03-06T00:00:00"),
        ("phone", "2026-03-05T23:59:59", "2026-03-06T00:00:00"),
        ("12345", "2026-03-09T23:59:59", "2026-03-10T00:00:00"),
        ("enterprise", "2026-03-16T23:59:59", "2026-03-17T00:00:00"),
        ("petition", "2026-05-06T23:59:59", "2026-05-07T00:00:00"),
    ],
)
def test_both_sides_of_the_limit_of_each_source(city: CityRig, channel: str, in_time: str, late: str) -> None:
    one, other = (
        accepted(city, channel=channel),
        accepted(city, channel=channel, party_name="演示乙", site="演示路 2 号"),
    )
    clock = city.rows(running_limit, element_id="handle_complaint")[0]
    assert clock["due_at"] == china(late)
    city.at(in_time)
    city.complete("handle_complaint", SQUAD, **ANSWER)
    assert city.rows(letter, kind="complaint_urge") == []
    city.at(late)
    urged = city.rows(letter, kind="complaint_urge")
    assert [(sent["receiver_unit"], sent["business_key"]) for sent in urged] == [("CG-SZ", other.number)]
    assert [told["login"] for told in city.rows(notification, kind="urged") if told["login"].startswith("ju.")]
    city.complete("handle_complaint", SQUAD, **ANSWER)
    assert (row(city, one)["is_late"], row(city, other)["is_late"]) == (False, True)
    ladders = city.rows(supervision_order, cause_element="handle_complaint")
    assert {ladder["rung"] for ladder in ladders if ladder["cause_business_key"] == other.number} == {"red"}


def test_acceptance_has_a_clock_of_its_own(city: CityRig) -> None:
    done = register(city)
    clock = city.rows(running_limit, element_id="accept_complaint")[0]
    assert (clock["due_at"], clock["limit_name"]) == (china("2026-03-04T00:00:00"), "complaint_accept")
    city.at("2026-03-04T00:00:00")
    city.complete("accept_complaint", SQUAD, decision="accept")
    assert row(city, done)["is_late"]


UNDECIDED = (
    ({"area": ""}, "没有写明区划，属地不明"),
    ({"matter": "other"}, "反映的事情不在规则表内，职能不明"),
    ({"matter": "permit"}, "没有写明涉及的监管事项，职能不明"),
    ({"place_kind": "unknown"}, "没有写明地点类别，城管还是镇政府办理不能确定"),
    ({"matter": "graves", "area": "370400"}, "该属地没有登记规则要求的这类单位"),
    ({"matter": "land_use", "area": "370400"}, "属市局职责，由哪个科室承办须人工确定"),
    ({"accused_unit": "CG-SZ"}, "规则选出的是被反映的单位，不得承办"),
)


DECIDED = (
    ({"matter": "permit", "item_code": "ZR004"}, "NR-CITY-JSGC"),
    ({"place_kind": "village"}, "TN-SZ"),
    ({"matter": "quarrying"}, "NR-SZ"),
    ({"matter": "forest_damage"}, "FO-SZ"),
    ({"matter": "approval_conduct"}, "AP-SZ"),
)


def test_what_the_rule_cannot_decide_goes_to_a_person_with_the_reason(city: CityRig) -> None:
    for place, (answers, reason) in enumerate(UNDECIDED):
        done = register(city, **answers, party_name=f"演示甲{place}", site=f"演示路 {place} 号")
        assert (row(city, done)["unit"], row(city, done)["routing"]["reason"]) == (None, reason)
        assert city.tasks("dispatch_complaint")[0].variables["routing_reason"] == reason
        named = {"dispatch_to": "unit", "decision_reason": "人工判断"}
        with pytest.raises(FormInvalid):
            city.complete("dispatch_complaint", DESK, **named, target_unit="")
        if answers.get("accused_unit"):
            with pytest.raises(FormInvalid) as refused:
                city.complete("dispatch_complaint", DESK, **named, target_unit="CG-SZ")
            assert refused.value.facts["errors"][0]["field"] == "target_unit"
        city.complete("dispatch_complaint", DESK, **named, target_unit="NR-SZ")
        assert row(city, done)["unit"] == "NR-SZ"


def test_function_and_territory_find_the_unit(city: CityRig) -> None:
    for place, (answers, unit) in enumerate(DECIDED):
        found = row(city, register(city, **answers, party_name=f"演示乙{place}", site=f"演示路 {place} 号"))
        assert (found["unit"], found["state"], found["routing"]["by"]) == (unit, "assigned", "rule")


def test_a_complaint_for_an_organ_outside_is_passed_on_and_the_person_is_told(city: CityRig) -> None:
    done = register(city, matter="other")
    city.complete(
        "dispatch_complaint", DESK, dispatch_to="outside", outside_organ="演示供热公司", decision_reason="供热"
    )
    assert row(city, done)["state"] == "transferred"
    sent = [one["data"]["receiver"] for one in city.rows(letter, kind="complaint_transfer")]
    assert sent == ["演示供热公司", f"投诉人（{done.number}）"]


def test_it_is_returned_once_the_arbiter_names_a_unit_and_that_is_final(city: CityRig) -> None:
    done = register(city)
    city.complete("accept_complaint", SQUAD, decision="return", decision_reason="属村庄建设", suggested_unit="TN-SZ")
    city.at("2026-03-03T09:00:00")
    city.complete("arbitrate_complaint", DESK, dispatch_to="unit", target_unit="TN-SZ", decision_reason="镇政府办理")
    clocks = city.rows(running_limit, element_id="accept_complaint")
    assert {(one["unit"], one["due_at"]) for one in clocks} == {
        ("CG-SZ", china("2026-03-04T00:00:00")), ("TN-SZ", china("2026-03-05T00:00:00")),
    }  # fmt: skip
    with pytest.raises(FormInvalid):
        city.complete("accept_complaint", "zj.sz", decision="return", decision_reason="还是不属于")
    city.complete("accept_complaint", "zj.sz", decision="accept")
    assert (row(city, done)["unit"], row(city, done)["state"]) == ("TN-SZ", "handling")
    assert {"returned", "arbitrated"} <= set(events(city, done))


def test_what_is_not_accepted_ends_with_the_reason_in_writing(city: CityRig) -> None:
    done = register(city)
    city.complete("accept_complaint", SQUAD, decision="refuse", decision_reason="已经诉讼解决")
    assert row(city, done)["state"] == "refused"
    facts = city.rows(letter, kind="complaint_refusal")[0]["data"]["facts"]
    assert {"label": "理由", "value": "已经诉讼解决"} in facts


def test_a_person_decides_about_duplicates_and_both_are_answered(city: CityRig) -> None:
    first = accepted(city)
    city.at("2026-03-03T10:00:00")
    second = register(city, informant_name="另一人", informant_phone="13900000000")
    task = city.tasks("judge_duplicate")[0]
    assert [one["value"] for one in task.variables["duplicates"]] == [str(first.complaint_id)]
    merging = {"decision": "merge", "merge_into": str(first.complaint_id), "decision_reason": "同一处加建"}
    city.complete("judge_duplicate", DESK, **merging)
    assert row(city, second)["merged_into"] == first.complaint_id
    city.complete("handle_complaint", SQUAD, **ANSWER)
    answered = {one["business_key"] for one in city.rows(letter, kind="complaint_reply")}
    assert answered == {first.number, second.number}


def test_what_a_person_finds_separate_goes_its_own_way(city: CityRig) -> None:
    register(city)
    second = register(city)
    city.complete("judge_duplicate", DESK, decision="separate", decision_reason="另一栋楼")
    assert row(city, second)["state"] == "assigned"
    register(city, party_name="演示丙", site="另一处")
    assert city.tasks("judge_duplicate") == []


def test_nobody_is_asked_about_what_is_far_apart(city: CityRig) -> None:
    register(city, channel="petition", received_at="2025-12-01T09:00:00+08:00")
    register(city, received_at="2025-12-31T09:00:00+08:00", site="别处")
    assert len(city.tasks("judge_duplicate")) == 1
    register(city, received_at="2026-03-02T09:00:00+08:00", site="第三处")
    assert len(city.tasks("judge_duplicate")) == 1
