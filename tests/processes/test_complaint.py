"""投诉举报: taken in, routed, accepted, handled in the source's time, answered, called back."""

from typing import Any

import pytest

from engine.store.tables import process_instance, user_task
from tests.processes.rig import CityRig, china
from workflows.complaints.follow_ups import AskExtension, FollowUp, Recuse, Urge
from workflows.complaints.register import RegisterComplaint, Registered
from workflows.errors import CaseNotFound, FormInvalid, NotAllowed, SamePerson
from workflows.records.cases import transfer
from workflows.records.clocks import running_limit
from workflows.records.complaints import complaint, complaint_event
from workflows.records.inspections import inspection
from workflows.records.key_areas import key_signal
from workflows.records.letters import letter, notification
from workflows.records.libraries import inspection_object
from workflows.records.orders import supervision_order
from workflows.records.penalties import penalty_case

pytestmark = pytest.mark.clause("zz2020/2.6")
NAME, PHONE = "甄密保", "13800001234"
DESK, SQUAD, HEAD, LEADER = "zc.fagui", "cg.sz", "cg.sz.dz", "ju.lingdao"
CASE = {
    "channel": "12345", "source_no": "GD-1", "kind": "tip", "matter": "illegal_building", "place_kind": "planned",
    "party_name": "演示置业有限公司", "party_code": "", "area": "370402", "site": "光明路 1 号",
    "content": f"我是{NAME}，电话{PHONE}，楼顶加建一层。", "informant_name": NAME, "informant_phone": PHONE,
    "informant_address": "", "is_confidential": False, "received_at": None, "item_code": None, "accused_unit": None,
}  # fmt: skip
ANSWER = {"outcome": "established", "handling_note": "现场核实", "reply_text": "已责令拆除"}
_numbers = iter(range(1, 10_000))


def register(city: CityRig, by: str = DESK, **answers: Any) -> Registered:
    given = {**CASE, "source_no": f"GD-{next(_numbers)}", **answers}
    done = city.app.engine.execute(RegisterComplaint(city.actor(by), given, city.app.rulebook))
    city.run()
    return done


def row(city: CityRig, done: Registered) -> dict[str, Any]:
    return dict(city.rows(complaint, id=done.complaint_id)[0])


def events(city: CityRig, done: Registered) -> list[str]:
    return [one["kind"] for one in city.rows(complaint_event, complaint_id=done.complaint_id)]


def accepted(city: CityRig, **answers: Any) -> Registered:
    done = register(city, **answers)
    city.complete("accept_complaint", SQUAD, decision="accept")
    return done


def call(city: CityRig, result: str, note: str = "没有拆除") -> None:
    more = {"call_note": note} if result == "unsatisfied" else {}
    city.complete("call_back", DESK, called_on=city.clock.now().date().isoformat(), call_result=result, **more)


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


def test_an_extension_is_granted_once_by_another_person_and_told(city: CityRig) -> None:
    done = accepted(city)
    ask = AskExtension(city.actor(HEAD), done.complaint_id, "需要鉴定")
    city.app.engine.execute(ask)
    with pytest.raises(FormInvalid):
        city.app.engine.execute(ask)
    with pytest.raises(SamePerson):
        city.complete("approve_extension", HEAD, decision="grant", decision_reason="同意")
    city.complete("approve_extension", DESK, decision="grant", decision_reason="同意")
    clock = city.rows(running_limit, element_id="handle_complaint")[0]
    assert clock["due_at"] == china("2026-03-17T00:00:00")
    assert len(city.rows(letter, kind="complaint_extension")) == 1
    city.at("2026-03-16T23:59:59")
    assert city.rows(letter, kind="complaint_urge") == []
    city.at("2026-03-17T00:00:00")
    assert len(city.rows(letter, kind="complaint_urge")) == 1


def test_a_refused_extension_changes_nothing(city: CityRig) -> None:
    done = accepted(city)
    city.app.engine.execute(AskExtension(city.actor(SQUAD), done.complaint_id, "人手不足"))
    city.complete("approve_extension", HEAD, decision="refuse", decision_reason="理由不足")
    assert city.rows(running_limit, element_id="handle_complaint")[0]["due_at"] == china("2026-03-10T00:00:00")
    assert city.rows(letter, kind="complaint_extension") == []


def test_an_extension_is_asked_for_before_the_limit_is_over_and_lapses_with_the_reply(city: CityRig) -> None:
    one, other = accepted(city), accepted(city, party_name="演示乙", site="别处")
    city.at("2026-03-09T23:59:59")
    city.app.engine.execute(AskExtension(city.actor(SQUAD), one.complaint_id, "需要鉴定"))
    city.at("2026-03-10T00:00:00")
    with pytest.raises(FormInvalid) as refused:
        city.app.engine.execute(AskExtension(city.actor(SQUAD), other.complaint_id, "需要鉴定"))
    assert refused.value.facts["errors"][0]["code"] == "too-late"
    city.complete("handle_complaint", SQUAD, **ANSWER)
    call(city, "satisfied")
    with pytest.raises(FormInvalid):
        city.complete("approve_extension", HEAD, decision="grant", decision_reason="同意")
    city.complete("approve_extension", HEAD, decision="refuse", decision_reason="已经答复")
    assert row(city, one)["state"] == "closed"
    assert city.rows(process_instance, business_key=one.number)[0]["status"] == "completed"


def test_what_does_not_satisfy_is_handled_again_twice_then_concluded(city: CityRig) -> None:
    done = accepted(city)
    for turn in (1, 2):
        city.complete("handle_complaint", SQUAD, **ANSWER)
        call(city, "unsatisfied")
        assert (row(city, done)["state"], row(city, done)["reopen_count"]) == ("handling", turn)
        assert city.tasks("handle_complaint")[0].variables["reopen_note"] == "没有拆除"
    assert len({one["key"] for one in city.rows(running_limit, element_id="handle_complaint")}) == 3
    city.complete("handle_complaint", SQUAD, **ANSWER)
    call(city, "unsatisfied")
    city.complete("conclude_dispute", DESK, conclusion_note="已穷尽处理，告知诉讼途径")
    assert row(city, done)["state"] == "closed"


def test_an_anonymous_complaint_gets_no_letter_and_no_call(city: CityRig) -> None:
    done = accepted(city, informant_name="", informant_phone="", content="楼顶加建一层")
    city.complete("handle_complaint", SQUAD, **ANSWER)
    assert row(city, done)["state"] == "closed"
    assert [one["kind"] for one in city.rows(letter, business_key=done.number)] == ["complaint_dispatch"]
    assert "not_sent" in events(city, done)


def test_inspection_transfer_and_penalty_start_beside_it_without_the_informant(city: CityRig) -> None:
    done = accepted(city)
    for what in ("inspection", "transfer", "penalty"):
        city.app.engine.execute(FollowUp(city.actor(SQUAD), done.complaint_id, what, f"{NAME}反映加建"))
        city.run()
    assert city.rows(inspection)[0]["source_key"] == done.number
    assert city.rows(transfer)[0]["source"] == f"投诉举报 {done.number}"
    assert city.rows(penalty_case)[0]["source_key"] == done.number
    assert city.rows(transfer)[0]["facts"] == city.rows(penalty_case)[0]["facts"] == "投诉人反映加建"
    assert city.tasks("handle_complaint")
    with pytest.raises(CaseNotFound):
        city.app.engine.execute(FollowUp(city.actor("cg.xc"), done.complaint_id, "inspection", "别的单位"))


def test_a_true_complaint_about_a_known_object_becomes_a_signal(city: CityRig) -> None:
    known = next(one for one in city.rows(inspection_object) if one["credit_code"])
    for outcome, count in (("not_established", 0), ("partly", 1)):
        accepted(city, party_code=known["credit_code"], party_name=outcome, site=outcome)
        city.complete("handle_complaint", SQUAD, **{**ANSWER, "outcome": outcome})
        call(city, "satisfied")
        assert len(city.rows(key_signal, object_id=known["id"], kind="complaint")) == count


def test_the_policy_section_urges_with_a_reason_and_nobody_else(city: CityRig) -> None:
    done = accepted(city)
    rules = city.app.rulebook
    with pytest.raises(NotAllowed):
        city.app.engine.execute(Urge(city.actor(SQUAD), done.complaint_id, "催", rules))
    with pytest.raises(FormInvalid):
        city.app.engine.execute(Urge(city.actor(DESK), done.complaint_id, " ", rules))
    number = city.app.engine.execute(Urge(city.actor(LEADER), done.complaint_id, "多次反映", rules))
    assert city.rows(letter, number=number)[0]["receiver_unit"] == "CG-SZ"


def test_a_complaint_about_the_policy_section_is_dispatched_by_the_leader(city: CityRig) -> None:
    done = register(city, by="ks.jsgc", matter="official_conduct", accused_unit="NR-CITY-FG")
    assert city.tasks("dispatch_complaint")[0].candidate_groups[0].startswith("NR-CITY-LD/")
    with pytest.raises(CaseNotFound):
        city.app.desk.cases.view(city.actor(DESK), done.number)
    assert city.app.desk.cases.view(city.actor(LEADER), done.number).business_key == done.number
    above = register(
        city, by="sp.jianshe", matter="official_conduct", accused_unit="NR-CITY", site="别处", party_name="演示丁"
    )
    assert above.number
    assert city.tasks("dispatch_complaint")[1].candidate_groups[0].startswith("DI-CITY/")


def test_whoever_is_recused_neither_sees_nor_handles_it(city: CityRig) -> None:
    done = register(city)
    city.app.engine.execute(Recuse(city.actor(DESK), done.complaint_id, SQUAD, "亲属"))
    with pytest.raises(NotAllowed):
        city.complete("accept_complaint", SQUAD, decision="accept")
    with pytest.raises(CaseNotFound):
        city.app.desk.cases.view(city.actor(SQUAD), done.number)
    with pytest.raises(NotAllowed):
        city.app.engine.execute(Recuse(city.actor(HEAD), done.complaint_id, "cg.shi", "不得由他人登记"))
    city.complete("accept_complaint", HEAD, decision="accept")
    assert [one["ended_by"] for one in city.rows(user_task, status="completed")] == [HEAD]
