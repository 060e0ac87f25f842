"""Extensions, call-backs, what starts beside a complaint, and who must not see it."""

import pytest

from engine.store.tables import process_instance, user_task
from tests.processes.complaint_steps import (
    ANSWER,
    DESK,
    HEAD,
    LEADER,
    NAME,
    SQUAD,
    accepted,
    call,
    events,
    register,
    row,
)
from tests.processes.rig import CityRig, china
from workflows.complaints.follow_ups import AskExtension, FollowUp, Recuse, Urge
from workflows.errors import CaseNotFound, FormInvalid, NotAllowed, SamePerson
from workflows.records.cases import transfer
from workflows.records.clocks import running_limit
from workflows.records.inspections import inspection
from workflows.records.key_areas import key_signal
from workflows.records.letters import letter
from workflows.records.libraries import inspection_object
from workflows.records.penalties import penalty_case

pytestmark = pytest.mark.clause("zz2020/2.6")


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
