"""履职周期 and 不作为认定: every item is checked in each cycle; what is missing is explained, decided, appealed."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import insert

from engine.commands.start_process import StartProcess
from tests.processes.rig import CityRig, Look, china, warned
from workflows.acts import record_act
from workflows.commands.complete_user_task import CompleteUserTask
from workflows.desk.asking import Do
from workflows.errors import FormInvalid, SamePerson
from workflows.performance.cycles import OpenDutyCycles, cycle_at, key_of
from workflows.performance.scope import scope_on
from workflows.records.inspections import evidence_file
from workflows.records.letters import letter
from workflows.records.orders import supervision_order
from workflows.records.performance import duty_cycle, inaction_finding
from workflows.uow import UnitOfWork

pytestmark = [pytest.mark.clause("zz2020/2.2", "zz2020/2.8"), pytest.mark.scenarios("inaction_finding")]
UNIT, POLICY, LEADER = "NR-SZ", "zc.fagui", "ju.lingdao"
HEAD = "zr.sz"
WHO = [{"login": "zr.sz", "name": "演示", "certificate_no": "1"}]


def act(city: CityRig, item: str, unit: str = UNIT, **more: Any) -> None:
    """Record an act; it is proven by a photo unless told otherwise."""
    given = {"kind": "inspection", "officers": WHO, "proven": True, "at": city.clock.now(), **more}
    source_id = uuid4()

    def run(uow: UnitOfWork) -> None:
        record_act(
            uow, kind=given["kind"], item_code=item, unit=unit, area="370402", party_name="演示单位", party_code="",
            source="inspection", source_id=source_id, business_key="JC-1", happened_at=given["at"], result="no_problem",
            officers=given["officers"],
        )  # fmt: skip
        if given["proven"]:
            photo = {"id": uow.new_id(), "owner": "inspection", "owner_id": source_id, "sha256": source_id.hex * 2,
                     "media_type": "image/png", "size": 1, "content": b"x", "uploaded_by": "zr.sz",
                     "uploaded_at": uow.now}  # fmt: skip
            uow.connection.execute(insert(evidence_file), photo)

    city.app.engine.execute(Do(run))


@pytest.fixture
def unit(city: CityRig) -> CityRig:
    """The cycles of one district's bureau have begun on 2 March: two items have mines there, the others nothing."""
    begin(city)
    return city


def begin(city: CityRig) -> None:
    one = {"unit": UNIT, "unit_name": "市中区局", "area": "370402", "policy_unit": "NR-CITY-FG",
           "leader_unit": "NR-CITY-LD", "title": "市中区局履职周期"}  # fmt: skip
    city.app.engine.execute(StartProcess("cycle_duty", key_of(UNIT), "tester", one))
    city.run()


def finding(city: CityRig, item: str = "ZR023") -> dict[str, Any]:
    found = city.rows(inaction_finding, item_code=item)
    assert len(found) == 1
    return dict(found[0])


def missed(city: CityRig) -> None:
    """Let the cycle end with one item checked and the other not."""
    act(city, "ZR026")
    city.at("2026-07-01T00:00:00")


EXPLAINED = {"explanation_kind": "not_done", "explanation": "人员调整", "explanation_evidence": ""}


def decided(city: CityRig, decision: str = "confirm") -> None:
    missed(city)
    city.complete("explain_inaction", HEAD, **EXPLAINED)
    city.complete("decide_inaction", POLICY, decision=decision, decision_reason="有对象而未检查")


@pytest.mark.deadline("cycle_duty/cycle_warned")
def test_a_unit_is_reminded_when_thirty_days_are_left_and_not_before(unit: CityRig) -> None:
    warn = cycle_at(unit.app.rulebook, unit.clock.now()).warn_at
    assert warn == china("2026-06-01T00:00:00")
    unit.at("2026-05-31T23:59:59")
    assert unit.tasks("arrange_missing") == []
    unit.at("2026-06-01T00:00:00")
    assert [task.variables["missing_items"][0][:5] for task in unit.tasks("arrange_missing")] == ["ZR023"]
    with pytest.raises(FormInvalid) as refused:
        unit.complete("arrange_missing", HEAD, measures="六月检查", done_by="2026-07-01")
    assert refused.value.facts["errors"][0]["field"] == "done_by"
    unit.complete("arrange_missing", HEAD, measures="六月检查", done_by="2026-06-20")
    assert unit.rows(duty_cycle)[0]["plan"]["measures"] == "六月检查"


def test_a_unit_that_checked_everything_is_left_alone(unit: CityRig) -> None:
    for item in ("ZR023", "ZR026"):
        act(unit, item)
    unit.at("2026-06-02T09:00:00")
    assert unit.tasks("arrange_missing") == []
    unit.at("2026-07-01T00:00:00")
    assert unit.rows(inaction_finding) == []
    row = unit.rows(duty_cycle, cycle="2026-01/2026-06")[0]
    verdicts = {line["item_code"]: line["verdict"] for line in row["lines"]}
    assert verdicts.pop("ZR023") == verdicts.pop("ZR026") == "done"
    assert set(verdicts.values()) == {"no_object"}
    assert [one["cycle"] for one in unit.rows(duty_cycle, closed_at=None)] == ["2026-07/2026-12"]


@pytest.mark.deadline("cycle_duty/cycle_over", "cycle_duty/arrangement_over")
def test_what_does_not_count_is_listed_with_the_reason(unit: CityRig) -> None:
    act(unit, "ZR023", officers=[])
    act(unit, "ZR023", proven=False)
    act(unit, "ZR023", unit="NR-XC")
    act(unit, "ZR023", at=china("2025-12-31T23:59:59"))
    act(unit, "ZR023", at=china("2026-07-01T00:00:00"))
    act(unit, "ZR026", kind="penalty", proven=False)
    unit.at("2026-06-30T23:59:59")
    assert unit.rows(inaction_finding) == []
    assert unit.tasks("arrange_missing")
    unit.at("2026-07-01T00:00:00")
    assert unit.tasks("arrange_missing") == []
    row, other = finding(unit), finding(unit, "ZR026")
    assert (row["ground"], row["counts"]) == ("missing_act", {"checks": 0, "acts": 0, "ignored": 2, "objects": 2})
    assert [one["reason"] for one in row["evidence"]] == ["没有执法人员", "没有照片、位置或其他证据"]
    assert (other["ground"], other["counts"]["acts"]) == ("missing_check", 1)


def test_the_unit_is_heard_before_it_is_decided_and_may_appeal(unit: CityRig) -> None:
    decided(unit)
    row = finding(unit)
    sent = unit.rows(letter, kind="inaction_finding")[0]
    assert (row["state"], row["number"], sent["receiver_unit"]) == ("confirmed", sent["number"], UNIT)
    assert row["explanation"]["explanation"] == "人员调整"
    unit.complete("appeal_inaction", HEAD, appeal_choice="appeal", appeal_reason="已联合检查")
    assert finding(unit)["state"] == "appealed"
    same = replace(unit.actor(LEADER), login=POLICY)
    answers = {"ruling": "uphold", "ruling_reason": "维持"}
    with pytest.raises(SamePerson):
        unit.app.engine.execute(CompleteUserTask(unit.tasks("rule_appeal")[0].id, same, answers, unit.app.rulebook))
    unit.complete("rule_appeal", LEADER, ruling="revoke", ruling_reason="情况属实")
    assert finding(unit)["state"] == "revoked"
    assert unit.rows(letter, kind="inaction_ruling")[0]["receiver_unit"] == UNIT


def test_what_is_explained_well_is_no_finding_and_what_is_accepted_stands(unit: CityRig) -> None:
    unit.at("2026-07-01T00:00:00")
    for decision in ("dismiss", "confirm"):
        unit.complete("explain_inaction", HEAD, **EXPLAINED)
        unit.complete("decide_inaction", POLICY, decision=decision, decision_reason="已核对")
    assert {row["state"] for row in unit.rows(inaction_finding)} == {"dismissed", "confirmed"}
    assert len(unit.rows(letter, kind="inaction_finding")) == 1
    unit.complete("appeal_inaction", HEAD, appeal_choice="accept")
    assert {row["state"] for row in unit.rows(inaction_finding)} == {"dismissed", "upheld"}


@pytest.mark.deadline(
    "inaction_finding/explanation_over", "inaction_finding/decision_warned", "inaction_finding/appeal_over"
)
def test_both_sides_of_every_deadline_of_a_finding(unit: CityRig) -> None:
    missed(unit)
    unit.at("2026-07-07T23:59:59")
    assert finding(unit)["state"] == "explaining"
    unit.at("2026-07-08T00:00:00")
    assert (finding(unit)["state"], finding(unit)["explanation"]["explanation_kind"]) == ("deciding", "silent")
    warned(unit, "decide_inaction", "2026-07-20T00:00:00")
    unit.at("2026-07-21T23:59:59")
    assert {row["rung"] for row in unit.rows(supervision_order, cause_element="decide_inaction")} == {"warned"}
    unit.at("2026-07-22T00:00:00")
    assert {row["rung"] for row in unit.rows(supervision_order, cause_element="decide_inaction")} == {"red"}
    unit.complete("decide_inaction", POLICY, decision="confirm", decision_reason="未说明")
    unit.at("2026-08-04T23:59:59")
    assert finding(unit)["state"] == "confirmed"
    unit.at("2026-08-05T00:00:00")
    assert finding(unit)["state"] == "upheld"


def test_with_too_little_of_a_cycle_left_the_next_one_counts(city_at: Callable[[str], CityRig]) -> None:
    city = city_at("2026-06-10T10:00:00")
    begin(city)
    assert [row["cycle"] for row in city.rows(duty_cycle)] == ["2026-07/2026-12"]


def test_every_unit_with_a_duty_has_its_cycles_once(city: CityRig) -> None:
    opened = OpenDutyCycles(city.app.rulebook, "tester")
    count = city.app.engine.execute(opened)
    assert count == len({one.unit for one in city.app.engine.ask(Look(lambda uow: scope_on(uow, date(2026, 3, 2))))})
    assert city.app.engine.execute(opened) == 0
