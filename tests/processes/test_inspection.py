"""Inspections from the first step to the last: each kind, each outcome, each side of each deadline."""

from datetime import date
from typing import Any

import pytest
from sqlalchemy import insert, update

from engine.commands.correlate_message import CorrelateMessage
from engine.commands.deploy import Deploy
from engine.commands.start_process import StartProcess
from engine.errors import MessageNotExpected, TaskNotFound
from engine.queries.instances import ListInstances
from engine.spiff.model import Resource
from tests.processes.inspections import (
    HEAD,
    ITEM,
    OFFICER,
    OTHER_HEAD,
    REFUSED,
    REQUEST,
    UNIT,
    assigned,
    found,
    record,
    row,
    started,
    submit,
)
from tests.processes.rig import CityRig
from workflows import errors
from workflows.desk.asking import Do
from workflows.desk.inspection_views import InspectionFilter
from workflows.inspections.start import AskRecusal, StartInspection
from workflows.records.cases import transfer
from workflows.records.clocks import running_limit
from workflows.records.inspections import inspection, inspection_record, supervision_act
from workflows.records.letters import letter
from workflows.records.libraries import officer_certificate, officer_relation
from workflows.records.orders import supervision_order, supervision_rung
from workflows.records.penalties import penalty_case

pytestmark = [pytest.mark.clause("zz2020/1.1"), pytest.mark.clause("zz2020/2.5")]

CONFIRM = {"decision": "confirm"}
RECTIFY = {**CONFIRM, "handling": "rectify", "requirements": "拆除加建部分"}
REPORT = {"reported": "yes", "reported_on": "2026-03-02", "report_text": "已拆除"}
RECHECK = {"recheck_verdict": "corrected", "rechecked_on": "2026-03-02", "recheck_note": "属实"}
ALONE = {"signature": None, "lines": []}


def refused(kind: type[Exception], call: Any) -> Any:
    with pytest.raises(kind) as caught:
        call()
    return caught.value


def message_of(error: errors.FormInvalid) -> str:
    wrong: Any = error.facts["errors"]
    return str(wrong[0]["message"])


# what becomes of an inspection


def test_an_inspection_without_problem_ends_with_one_act(city: CityRig) -> None:
    done = assigned(city)
    submit(city, record(city, done.inspection_id))
    city.complete("review_record", OTHER_HEAD, **CONFIRM)
    kept = row(city, done.inspection_id)
    assert (kept["state"], kept["result"], kept["follow_up"]) == ("closed", "no_problem", "none")
    assert done.number == "JC2026-00001"
    acts = city.rows(supervision_act)
    assert [(act["kind"], act["result"], act["source_id"]) for act in acts] == [
        ("inspection", "no_problem", done.inspection_id)
    ]
    assert [one["login"] for one in acts[0]["officers"]] == [OFFICER, HEAD]
    assert acts[0]["officers"][0]["certificate_no"] == "演示执法证0005"
    assert city.tasks() == []


def test_a_violation_is_put_right_and_checked_again(city: CityRig) -> None:
    done = found(city)
    city.complete("review_record", OTHER_HEAD, **RECTIFY)
    order = city.rows(letter, kind="rectification")[0]
    assert order["number"] == row(city, done.inspection_id)["order_number"] == "枣审管改〔2026〕0001号"
    assert order["data"]["receiver"] == REQUEST["party_name"]
    assert order["receiver_unit"] is None
    city.complete("register_report", OFFICER, **REPORT)
    assert row(city, done.inspection_id)["state"] == "rechecking"
    city.complete("recheck_rectification", OFFICER, **RECHECK)
    kept = row(city, done.inspection_id)
    assert (kept["state"], kept["result"], kept["follow_up"]) == ("closed", "corrected", "rectified")
    assert kept["rectification"]["recheck"]["by"] == OFFICER
    assert [act["result"] for act in city.rows(supervision_act)] == ["violation"]


def test_what_was_put_right_on_the_spot_needs_no_order(city: CityRig) -> None:
    done = found(city, "corrected")
    city.complete("review_record", OTHER_HEAD, **CONFIRM)
    kept = row(city, done.inspection_id)
    assert (kept["state"], kept["result"], kept["follow_up"]) == ("closed", "corrected", "rectified")
    assert city.rows(letter, kind="rectification") == []


@pytest.mark.parametrize("result", ["unreachable", "closed", "not_applicable"])
def test_where_nobody_is_met_the_record_needs_no_sheet_and_no_signature(city: CityRig, result: str) -> None:
    done = assigned(city)
    submit(city, record(city, done.inspection_id, result, **ALONE))
    city.complete("review_record", OTHER_HEAD, **CONFIRM)
    kept = row(city, done.inspection_id)
    assert (kept["state"], kept["result"], kept["follow_up"]) == ("closed", result, "none")
    assert [act["result"] for act in city.rows(supervision_act)] == [result]


def test_who_obstructs_is_handed_to_the_penalty(city: CityRig) -> None:
    done = assigned(city)
    submit(city, record(city, done.inspection_id, "obstructed", lines=[], signature=REFUSED))
    city.complete("review_record", OTHER_HEAD, **CONFIRM, handling="penalty")
    city.run()
    kept = row(city, done.inspection_id)
    assert (kept["state"], kept["result"], kept["follow_up"]) == ("closed", "obstructed", "penalty")
    case = city.rows(penalty_case)[0]
    assert (case["source"], case["source_key"], case["source_id"]) == ("inspection", done.number, str(kept["id"]))
    assert (case["party_name"], case["unit"], case["site"]) == (kept["party_name"], UNIT, kept["site"])
    assert done.number in case["facts"]


def test_what_is_not_put_right_is_handed_to_the_penalty(city: CityRig) -> None:
    done = found(city)
    city.complete("review_record", OTHER_HEAD, **RECTIFY)
    city.complete("register_report", OFFICER, reported="no", report_text="催告两次未报")
    city.complete("recheck_rectification", OFFICER, **{**RECHECK, "recheck_verdict": "penalty"})
    city.run()
    kept = row(city, done.inspection_id)
    assert (kept["state"], kept["result"], kept["follow_up"]) == ("closed", "violation", "penalty")


@pytest.mark.clause("zz2020/1.1/transfer")
@pytest.mark.parametrize("at", ["review", "recheck"])
def test_what_is_others_duty_is_registered_as_a_lead(city: CityRig, at: str) -> None:
    done = found(city)
    if at == "review":
        city.complete("review_record", OTHER_HEAD, **CONFIRM, handling="transfer")
    else:
        city.complete("review_record", OTHER_HEAD, **RECTIFY)
        city.complete("register_report", OFFICER, **REPORT)
        city.complete("recheck_rectification", OFFICER, **{**RECHECK, "recheck_verdict": "transfer"})
    kept, lead = row(city, done.inspection_id), city.rows(transfer)[0]
    assert (kept["state"], kept["follow_up"], kept["transfer_key"]) == ("closed", "transfer", lead["business_key"])
    assert lead["party_name"] == REQUEST["party_name"]
    assert done.number in lead["facts"]
    assert city.elements() == ["preliminary_check"]


def test_an_inspection_that_is_not_needed_is_withdrawn_without_an_act(city: CityRig) -> None:
    done = started(city)
    city.complete("assign_inspectors", HEAD, decision="withdraw", assign_note="上月已检查")
    kept = row(city, done.inspection_id)
    assert (kept["state"], kept["result"], kept["close_note"]) == ("closed", "not_applicable", "上月已检查")
    assert city.rows(supervision_act) == city.rows(inspection_record) == []
    assert len(city.rows(inspection)) == 1


def test_lines_that_are_not_kept_to_outweigh_a_good_word(city: CityRig) -> None:
    done = assigned(city)
    content = record(city, done.inspection_id, "no_problem")
    content["lines"][0] |= {"verdict": "no", "note": "超出红线"}
    submit(city, content)
    assert city.tasks("review_record")[0].variables["outcome"] == "violation"


def test_a_record_that_is_not_clear_comes_back_and_is_one_act_in_the_end(city: CityRig) -> None:
    done = found(city)
    city.complete("review_record", OTHER_HEAD, decision="return", review_note="请补充测量数据")
    assert row(city, done.inspection_id)["state"] == "assigned"
    submit(city, record(city, done.inspection_id, "no_problem"))
    city.complete("review_record", OTHER_HEAD, **CONFIRM)
    reviews = sorted(one["review"]["decision"] for one in city.rows(inspection_record))
    assert reviews == ["confirm", "return"]
    assert [act["result"] for act in city.rows(supervision_act)] == ["no_problem"]


def test_the_review_belongs_to_somebody_who_did_not_inspect(city: CityRig) -> None:
    found(city)
    refused(errors.SamePerson, lambda: city.complete("review_record", HEAD, **RECTIFY))
    city.complete("review_record", OTHER_HEAD, **RECTIFY)


def test_only_the_inspectors_check_again(city: CityRig) -> None:
    found(city, inspectors=(OFFICER, "ks.zf"))
    city.complete("review_record", HEAD, **RECTIFY)
    city.complete("register_report", HEAD, **REPORT)
    refused(errors.NotInspector, lambda: city.complete("recheck_rectification", HEAD, **RECHECK))


# kinds, notice, invited units


@pytest.mark.parametrize(
    ("kind", "letters"), [("onsite", 1), ("joint", 1), ("file_review", 1), ("random", 0), ("special", 0)]
)
def test_the_kind_decides_whether_the_party_is_told_before(city: CityRig, kind: str, letters: int) -> None:
    done = started(city, kind=kind)
    invited = {"joint_units": ["CG-SZ"]} if kind == "joint" else {}
    city.complete("assign_inspectors", HEAD, decision="assign", inspectors=[OFFICER, HEAD], **invited)
    notices = city.rows(letter, kind="inspection_notice")
    assert len(notices) == letters
    assert row(city, done.inspection_id)["is_announced"] is bool(letters)
    if letters:
        assert notices[0]["data"]["receiver"] == REQUEST["party_name"]


def test_a_file_review_needs_no_signature(city: CityRig) -> None:
    done = assigned(city, kind="file_review")
    submit(city, record(city, done.inspection_id, signature=None))
    assert city.elements() == ["review_record"]


@pytest.mark.clause("zz2020/3.1")
def test_a_joint_inspection_waits_for_the_answers_of_the_units(city: CityRig) -> None:
    done = started(city, kind="joint")
    city.complete(
        "assign_inspectors", HEAD, decision="assign", inspectors=[OFFICER, HEAD], joint_units=["CG-SZ", "WR-SZ"]
    )
    assert len(city.rows(letter, kind="joint_invitation")) == 2
    assert city.elements() == ["confirm_joining", "confirm_joining"]
    city.complete("confirm_joining", "cg.sz", joining="join", joining_officer="演示·队员")
    city.complete("confirm_joining", "wr.sz", joining="decline", joining_note="与我局无关")
    assert city.elements() == ["record_findings"]
    answers = {one["unit"]: one["answer"] for one in row(city, done.inspection_id)["joint_units"]}
    assert answers == {"CG-SZ": "join", "WR-SZ": "decline"}


def test_a_joint_inspection_invites_at_least_one_other_unit(city: CityRig) -> None:
    started(city, kind="joint")
    wrong = refused(
        errors.FormInvalid,
        lambda: city.complete("assign_inspectors", HEAD, decision="assign", inspectors=[OFFICER, HEAD]),
    )
    assert "至少邀请一个单位" in message_of(wrong)


@pytest.mark.deadline("inspection/joining_expired")
def test_a_unit_that_does_not_answer_in_two_working_days_holds_nobody_up(city: CityRig) -> None:
    started(city, kind="joint")
    city.complete("assign_inspectors", HEAD, decision="assign", inspectors=[OFFICER, HEAD], joint_units=["CG-SZ"])
    city.at("2026-03-04T23:59:59")
    assert city.elements() == ["confirm_joining"]
    city.at("2026-03-05T00:00:00")
    assert city.elements() == ["record_findings"]


# who may inspect


@pytest.mark.clause("xzcf/42")
def test_one_inspector_is_not_enough(city: CityRig) -> None:
    started(city)
    wrong = refused(
        errors.FormInvalid,
        lambda: city.complete("assign_inspectors", HEAD, decision="assign", inspectors=[OFFICER]),
    )
    assert message_of(wrong) == "检查人员不得少于 2 人"


@pytest.mark.clause("xzcf/42")
@pytest.mark.parametrize(("last_day", "may"), [(date(2026, 3, 2), True), (date(2026, 3, 1), False)])
def test_a_certificate_is_good_on_its_last_day_and_not_after(city: CityRig, last_day: date, may: bool) -> None:
    change = update(officer_certificate).where(officer_certificate.c.login == OFFICER).values(expires_on=last_day)
    city.app.engine.execute(Do(lambda uow: uow.connection.execute(change)))
    started(city, inspectors=[OFFICER, HEAD])
    assert city.elements() == (["record_findings"] if may else ["assign_inspectors"])


@pytest.mark.clause("xzcf/43")
def test_who_is_concerned_is_not_offered(city: CityRig) -> None:
    relation = {
        "id": city.app.engine.execute(Do(lambda uow: uow.new_id())), "login": OFFICER, "object_id": None,
        "credit_code": REQUEST["party_code"], "name": "演示", "reason": "亲属任职", "valid_from": date(2026, 1, 1),
        "declared_by": OFFICER, "declared_at": city.clock.now(),
    }  # fmt: skip
    city.app.engine.execute(Do(lambda uow: uow.connection.execute(insert(officer_relation), relation)))
    started(city, inspectors=[OFFICER, HEAD])
    assert city.elements() == ["assign_inspectors"]
    refused(
        errors.FormInvalid,
        lambda: city.complete("assign_inspectors", HEAD, decision="assign", inspectors=[OFFICER, HEAD]),
    )
    city.complete("assign_inspectors", HEAD, decision="assign", inspectors=[HEAD, "ks.zf"])


def test_inspectors_that_were_drawn_are_not_assigned_again(city: CityRig) -> None:
    done = started(city, kind="random", inspectors=[OFFICER, HEAD])
    assert city.elements() == ["record_findings"]
    assert [one["login"] for one in row(city, done.inspection_id)["inspectors"]] == [OFFICER, HEAD]


# recusal


def ask(city: CityRig, inspection_id: Any, officer: str = OFFICER, login: str = HEAD) -> None:
    city.app.engine.execute(AskRecusal(city.actor(login), inspection_id, officer, "演示·当事人", "系亲属"))


@pytest.mark.clause("xzcf/43")
def test_a_granted_recusal_replaces_the_inspector_while_the_inspection_goes_on(city: CityRig) -> None:
    done = assigned(city, ("ks.jsgc", "ks.zf"))
    ask(city, done.inspection_id)
    assert city.elements() == ["decide_recusal", "record_findings"]
    city.complete("decide_recusal", HEAD, decision="grant", replacement=HEAD, recusal_note="属实")
    assert [one["login"] for one in row(city, done.inspection_id)["inspectors"]] == ["ks.zf", HEAD]
    refused(errors.NotInspector, lambda: submit(city, record(city, done.inspection_id), OFFICER))
    submit(city, record(city, done.inspection_id), "ks.zf")
    (decision,) = city.rows(letter, kind="recusal_decision")
    said = {one["label"]: one["value"] for one in decision["data"]["facts"]}
    assert (said["决定"], said["申请的理由"], said["决定的理由"]) == ("同意回避", "系亲属", "属实")
    assert said["被申请回避的人员"] not in said["继续办理的人员"]


@pytest.mark.clause("xzcf/43")
def test_a_refused_recusal_changes_nothing_and_keeps_the_reason(city: CityRig) -> None:
    done = assigned(city)
    ask(city, done.inspection_id)
    refused(errors.FormInvalid, lambda: ask(city, done.inspection_id))
    city.complete("decide_recusal", HEAD, decision="refuse", recusal_note="没有利害关系")
    kept = row(city, done.inspection_id)
    assert [one["login"] for one in kept["inspectors"]] == [OFFICER, HEAD]
    assert [(one["decision"], one["note"]) for one in kept["recusals"]] == [("refuse", "没有利害关系")]
    (decision,) = city.rows(letter, kind="recusal_decision")
    said = {one["label"]: one["value"] for one in decision["data"]["facts"]}
    assert said["决定"] == "不同意回避"
    assert said["被申请回避的人员"] in said["继续办理的人员"]


@pytest.mark.clause("xzcf/43")
def test_a_recusal_granted_after_the_record_does_not_rewrite_who_inspected(city: CityRig) -> None:
    done = assigned(city, ("ks.jsgc", "ks.zf"))
    ask(city, done.inspection_id)
    submit(city, record(city, done.inspection_id))
    city.complete("decide_recusal", HEAD, decision="grant", replacement="ks.zf.kz", recusal_note="属实")
    city.complete("review_record", OTHER_HEAD, **CONFIRM)
    assert [one["login"] for one in city.rows(supervision_act)[0]["officers"]] == ["ks.jsgc", "ks.zf"]
    assert [one["login"] for one in row(city, done.inspection_id)["inspectors"]] == ["ks.zf", "ks.zf.kz"]


def test_nobody_decides_on_the_own_recusal(city: CityRig) -> None:
    done = assigned(city)
    ask(city, done.inspection_id, HEAD, OFFICER)
    refused(errors.SamePerson, lambda: city.complete("decide_recusal", HEAD, decision="refuse", recusal_note="没有"))


def test_recusal_is_asked_while_there_is_something_to_inspect_and_by_the_unit(city: CityRig) -> None:
    done = found(city)
    refused(MessageNotExpected, lambda: ask(city, done.inspection_id))
    refused(errors.FormInvalid, lambda: ask(city, done.inspection_id, "ks.zf"))
    refused(errors.CaseNotFound, lambda: ask(city, done.inspection_id, login="cg.xc"))


# deadlines


@pytest.mark.clause("zz2020/3.3")
@pytest.mark.deadline("inspection/record_warned")
def test_a_record_that_is_late_climbs_the_ladder_and_stays_late(city: CityRig) -> None:
    done = assigned(city)
    city.at("2026-03-12T23:59:59")
    assert city.rows(supervision_order) == []
    city.at("2026-03-13T00:00:00")
    assert [order["rung"] for order in city.rows(supervision_order)] == ["warned"]
    city.at("2026-03-16T23:59:59")
    assert [order["rung"] for order in city.rows(supervision_order)] == ["warned"]
    city.at("2026-03-17T00:00:00")
    assert [order["rung"] for order in city.rows(supervision_order)] == ["red"]
    submit(city, record(city, done.inspection_id))
    city.run()
    assert [order["state"] for order in city.rows(supervision_order)] == ["closed"]
    clock = city.rows(running_limit, element_id="record_findings")[0]
    assert clock["is_late"]


@pytest.mark.clause("zz2020/3.3")
def test_a_record_on_the_last_day_is_in_time(city: CityRig) -> None:
    done = assigned(city)
    city.at("2026-03-16T23:59:59")
    submit(city, record(city, done.inspection_id))
    assert not city.rows(running_limit, element_id="record_findings")[0]["is_late"]


@pytest.mark.clause("zz2020/3.3")
@pytest.mark.deadline("inspection/rectification_warned")
def test_a_rectification_that_is_late_climbs_the_ladder(city: CityRig) -> None:
    found(city)
    city.complete("review_record", OTHER_HEAD, **RECTIFY)
    city.at("2026-03-27T23:59:59")
    assert city.rows(supervision_order) == []
    city.at("2026-03-28T00:00:00")
    assert [order["rung"] for order in city.rows(supervision_order)] == ["warned"]
    city.at("2026-04-01T23:59:59")
    assert [order["rung"] for order in city.rows(supervision_order)] == ["warned"]
    city.at("2026-04-02T00:00:00")
    assert [order["rung"] for order in city.rows(supervision_order)] == ["red"]
    city.at("2026-04-08T00:00:00")
    assert "ordered" in [rung["rung"] for rung in city.rows(supervision_rung)]
    city.complete("register_report", OFFICER, reported="no", report_text="催告未报")
    city.run()
    assert city.rows(running_limit, element_id="register_report")[0]["is_late"]
    assert city.tasks("close_order")


@pytest.mark.parametrize(
    ("element", "last", "late"),
    [
        ("assign_inspectors", "2026-03-05T23:59:59", "2026-03-06T00:00:00"),
        ("review_record", "2026-03-05T23:59:59", "2026-03-06T00:00:00"),
        ("decide_recusal", "2026-03-04T23:59:59", "2026-03-05T00:00:00"),
        ("recheck_rectification", "2026-03-16T23:59:59", "2026-03-17T00:00:00"),
    ],
)
@pytest.mark.parametrize("is_late", [False, True])
def test_each_step_is_late_from_the_day_after_its_last(
    city: CityRig, element: str, last: str, late: str, is_late: bool
) -> None:
    bring = {"assign_inspectors": started, "review_record": found, "decide_recusal": assigned}
    done = bring.get(element, found)(city)
    if element == "decide_recusal":
        ask(city, done.inspection_id)
    if element == "recheck_rectification":
        city.complete("review_record", OTHER_HEAD, **RECTIFY)
        city.complete("register_report", OFFICER, **REPORT)
    city.at(late if is_late else last)
    answers: dict[str, tuple[str, dict[str, Any]]] = {
        "assign_inspectors": (HEAD, {"decision": "withdraw", "assign_note": "不需要"}),
        "review_record": (OTHER_HEAD, CONFIRM | {"handling": "penalty"}),
        "decide_recusal": (HEAD, {"decision": "refuse", "recusal_note": "不需要"}),
        "recheck_rectification": (OFFICER, RECHECK),
    }
    login, given = answers[element]
    city.complete(element, login, **given)
    assert city.rows(running_limit, element_id=element)[0]["is_late"] is is_late


# who starts it


def test_only_the_unit_itself_and_overseers_start_one(city: CityRig) -> None:
    refused(errors.NotAllowed, lambda: started(city, "cg.sz"))
    refused(errors.NotAllowed, lambda: started(city, "sp.jianshe"))
    started(city, "zc.fagui")


def test_a_request_says_whom_and_by_whom(city: CityRig) -> None:
    who = city.actor("zc.fagui")
    for wrong, field in (({"party_name": ""}, "party_name"), ({"kind": "surprise"}, "kind")):
        command = StartInspection(who, {**REQUEST, **wrong}, city.app.rulebook)
        error = refused(errors.FormInvalid, lambda command=command: city.app.engine.execute(command))
        assert error.facts["errors"][0]["field"] == field


def test_a_message_of_another_process_starts_one_and_the_unit_follows_from_the_item(city: CityRig) -> None:
    request = {**REQUEST, "unit": "", "source_key": "ZX2026-1"}
    done = city.app.engine.execute(
        CorrelateMessage("inspection_requested", "ZX2026-1/JC", {"inspection_request": request})
    )
    kept = city.rows(inspection)[0]
    assert (done.business_key, kept["number"], kept["unit"], kept["source_key"]) == (
        "ZX2026-1/JC", "JC2026-00001", UNIT, "ZX2026-1",
    )  # fmt: skip
    assert kept["item_code"] == ITEM


PARENT = """<?xml version="1.0" encoding="UTF-8"?>
<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL" xmlns:camunda="http://camunda.org/schema/1.0/bpmn"
  targetNamespace="test"><process id="asks_for_two" isExecutable="true">
  <startEvent id="s"/><callActivity id="inspect" calledElement="inspection"><extensionElements>
    <camunda:in sourceExpression="=request" target="inspection_request"/>
    <camunda:out source="inspection_outcome" target="inspection_outcome"/>
    <camunda:properties><camunda:property name="outputCollection" value="outcomes"/>
      <camunda:property name="outputElement" value="=inspection_outcome"/></camunda:properties>
    </extensionElements>
    <multiInstanceLoopCharacteristics camunda:collection="=requests" camunda:elementVariable="request"/>
  </callActivity><endEvent id="e"/>
  <sequenceFlow id="f1" sourceRef="s" targetRef="inspect"/><sequenceFlow id="f2" sourceRef="inspect" targetRef="e"/>
</process></definitions>"""


@pytest.mark.clause("zz2020/2.3")
def test_another_process_calls_two_at_once_and_gets_both_outcomes(city: CityRig) -> None:
    city.app.engine.execute(Deploy("test", (Resource("asks_for_two.bpmn", PARENT.encode()),), "tester"))
    requests = [
        {**REQUEST, "kind": "random", "party_name": f"演示企业{n}", "inspectors": [OFFICER, HEAD]} for n in (1, 2)
    ]
    city.app.engine.execute(StartProcess("asks_for_two", "RW2026-1", "tester", {"requests": requests}))
    tasks = city.tasks("record_findings")
    assert {task.business_key for task in tasks} == {"RW2026-1"}
    case_view = city.app.desk.cases.view(city.actor(OFFICER), "RW2026-1")
    assert case_view.current == ("检查并提交记录",)
    assert [one["number"] for one in case_view.inspections] == ["JC2026-00002", "JC2026-00001"]
    assert {one.id for one in city.app.desk.tasks.view(city.actor(OFFICER), tasks[0].id).clauses} >= {"xzcf/42"}
    keys = {clock["key"] for clock in city.rows(running_limit)}
    assert keys == {f"RW2026-1/record_findings/JC2026-0000{n}" for n in (1, 2)}
    for task, result in zip(tasks, ("no_problem", "violation"), strict=True):
        one = task.variables["inspection_id"]
        kept = next(found for found in city.rows(inspection) if str(found["id"]) == one)
        submit(city, record(city, kept["id"], result), task=task.id)
    for task in city.tasks("review_record"):
        handling = {"handling": "penalty"} if task.variables["outcome"] == "violation" else {}
        place = [one.id for one in city.tasks("review_record")].index(task.id)
        city.complete("review_record", OTHER_HEAD, nth=place, **CONFIRM, **handling)
    city.run()
    case = city.app.engine.ask(ListInstances("RW2026-1"))[0]
    assert case.status == "completed"
    assert sorted(one["result"] for one in city.rows(inspection)) == ["no_problem", "violation"]
    assert {act["business_key"] for act in city.rows(supervision_act)} == {"RW2026-1"}


def test_people_of_other_units_see_neither_the_task_nor_the_inspection(city: CityRig) -> None:
    done = assigned(city)
    content = record(city, done.inspection_id)
    refused(TaskNotFound, lambda: submit(city, content, "zr.xc"))


def test_the_list_shows_each_unit_its_own_on_every_database(city: CityRig) -> None:
    mine = assigned(city, (OFFICER, "ks.zf"))
    other = started(city, "zr.xc", unit="NR-XC", area="370403", party_name="演示二号")

    def numbers(login: str, **wanted: Any) -> list[str]:
        page = city.app.desk.inspections.page(city.actor(login), InspectionFilter(**wanted))
        return [line.row["number"] for line in page.rows]

    assert numbers(OFFICER, scope="mine") == numbers("ks.zf", scope="mine") == [mine.number]
    assert numbers(HEAD, scope="mine") == []
    assert numbers(HEAD, scope="unit") == numbers("ks.zf.kz", scope="all") == [mine.number]
    assert numbers("zr.xc", scope="all") == [other.number]
    assert numbers("zc.fagui", scope="all") == [other.number, mine.number]
    assert numbers("zc.fagui", q="二号") == [other.number]
    assert numbers("zc.fagui", state="assigned") == [mine.number]
    first = city.app.desk.inspections.page(city.actor("zc.fagui"), InspectionFilter(limit=1))
    assert numbers("zc.fagui", limit=1, after=first.next) == [mine.number]
    assert first.rows[0].clock is not None
