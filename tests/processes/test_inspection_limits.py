"""Both sides of each deadline of an inspection, and who starts one."""

from typing import Any

import pytest

from engine.commands.correlate_message import CorrelateMessage
from engine.commands.deploy import Deploy
from engine.commands.start_process import StartProcess
from engine.errors import TaskNotFound
from engine.queries.instances import ListInstances
from engine.spiff.model import Resource
from tests.processes.inspection_answers import CONFIRM, RECHECK, RECTIFY, REPORT, ask, refused
from tests.processes.inspections import (
    HEAD,
    ITEM,
    OFFICER,
    OTHER_HEAD,
    REQUEST,
    UNIT,
    assigned,
    found,
    record,
    started,
    submit,
)
from tests.processes.rig import CityRig
from workflows import errors
from workflows.desk.inspection_views import InspectionFilter
from workflows.inspections.start import StartInspection
from workflows.records.clocks import running_limit
from workflows.records.inspections import inspection, supervision_act
from workflows.records.orders import supervision_order, supervision_rung

pytestmark = [pytest.mark.clause("zz2020/1.1"), pytest.mark.clause("zz2020/2.5")]


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
