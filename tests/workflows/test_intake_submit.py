"""A decision is taken in once; a changed one moves the case that runs, on the real diagram."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import delete, insert, update

from engine.commands.deploy import Deploy
from engine.commands.instances import SuspendInstance
from engine.spiff.model import Resource
from engine.store.tables import process_instance
from tests.processes.rig import CityRig, Look
from workflows import identifiers
from workflows.commands.load_city import ChangeItemOwner
from workflows.intake.submit import blocks_on
from workflows.records.approvals import approval, approval_revision, hard_block, party
from workflows.records.cases import duty
from workflows.records.offices import item, item_assignment

pytestmark = pytest.mark.clause("zz2020/2.1")

USCC = "91370400MA3C0DEM0" + identifiers.credit_code_check_character("91370400MA3C0DEM0")
GOOD = {"XK_XDR_SHXYM": USCC, "XK_XKJGDM": USCC}


@pytest.fixture
def city(tmp_path: Path) -> Iterator[CityRig]:
    rig = CityRig(f"sqlite:///{tmp_path / 'city.db'}")
    yield rig
    rig.close()


class Write:
    """One statement, run as a command."""

    def __init__(self, statement: Any, rows: Any = None) -> None:
        self._statement, self._rows = statement, rows

    def run(self, uow: Any) -> None:
        uow.connection.execute(self._statement, self._rows)


def send(city: CityRig, **changes: str) -> Any:
    return city.submit(**{**GOOD, **changes})


def block(city: CityRig, **same: Any) -> None:
    row = {
        "id": uuid4(), "transfer_id": uuid4(), "approval_id": None, "project_no": None, "project_code": None,
        "party_id": None, "project_name": "演示住宅小区", "reason": "案件 ZS2026-00001 移送查处，尚未执行完毕",
        "clause": "jinan/79", "set_at": city.clock.now(), "set_by": "system",
    }  # fmt: skip
    city.app.engine.execute(Write(insert(hard_block), {**row, **same}))


def test_a_granted_decision_starts_one_handoff_in_the_same_transaction(city: CityRig) -> None:
    done = send(city)
    assert (done.outcome, done.business_key, done.messages) == ("accepted", "SG2026-00001", ())
    stored = city.rows(approval)
    assert [(row["business_key"], row["revision"], row["approving_unit"]) for row in stored] == [
        ("SG2026-00001", 1, "AP-CITY")
    ]
    assert stored[0]["instance_id"] is not None
    assert city.elements() == ["claim_duty", "claim_duty"]


def test_the_same_decision_never_starts_a_second_handoff(city: CityRig) -> None:
    first = send(city)
    city.later(hours=3)
    again = send(city, cd_batch="2026030200002", cd_time="2026-03-02 13:00:00", row_guid="another", BZ="")
    assert (again.outcome, again.business_key) == ("unchanged", first.business_key)
    assert len(city.rows(approval_revision)) == 1
    assert len(city.tasks("claim_duty")) == 2


def test_a_changed_decision_re_pushes_the_running_case(city: CityRig) -> None:
    first = send(city)
    done = send(city, project_name="演示住宅小区（二期）")
    assert (done.outcome, done.business_key) == ("changed", first.business_key)
    assert [row["revision"] for row in city.rows(approval_revision)] == [1, 2]
    assert sorted(row["state"] for row in city.rows(duty)) == ["pushed", "pushed", "superseded", "superseded"]
    assert {task.variables["project_name"] for task in city.tasks("claim_duty")} == {"演示住宅小区（二期）"}


def test_a_decision_moved_to_another_area_goes_to_the_bureau_of_that_area(city: CityRig) -> None:
    send(city)
    send(city, area="370481")
    open_units = {row["unit"] for row in city.rows(duty, state="pushed")}
    assert open_units == {"NR-CITY-JSGC", "NR-TZ"}


def test_a_withdrawn_decision_ends_the_running_case(city: CityRig) -> None:
    first = send(city)
    done = send(city, result_type="撤回")
    assert (done.outcome, done.business_key) == ("withdrawn", first.business_key)
    assert city.tasks() == []
    assert {row["state"] for row in city.rows(duty)} == {"withdrawn"}


def test_a_change_before_the_push_changes_what_the_clerk_checks(city: CityRig) -> None:
    first = send(city, XK_LYDW="")
    assert city.elements() == ["check_push"]
    done = send(city, XK_LYDW="", project_name="改名小区")
    assert (done.outcome, done.business_key) == ("changed", first.business_key)
    assert [task.variables["project_name"] for task in city.tasks()] == ["改名小区"]
    city.complete(
        "check_push", "sp.chuangkou", category="建设工程规划许可", supervising_units=["NR-CITY-JSGC"],
        check_note="已核对", is_checked=True,
    )  # fmt: skip
    assert {task.variables["project_name"] for task in city.tasks("claim_duty")} == {"改名小区"}


def test_a_change_after_the_end_starts_a_new_case_that_says_so(city: CityRig) -> None:
    first = send(city)
    send(city, result_type="撤回")
    done = send(city)
    assert done.outcome == "changed"
    assert done.business_key != first.business_key
    assert {task.variables["is_changed"] for task in city.tasks()} == {True}
    assert city.rows(approval)[0]["business_key"] == done.business_key


def test_a_change_to_a_suspended_case_waits_for_the_administrator(city: CityRig) -> None:
    done = send(city)
    city.app.engine.execute(SuspendInstance(city.rows(approval)[0]["instance_id"], "xt.admin", "核查"))
    again = send(city, project_name="改名小区")
    assert (again.outcome, [message.code for message in again.messages]) == ("refused", ["case-suspended"])
    assert again.business_key == done.business_key
    assert len(city.rows(approval_revision)) == 1


def test_a_refused_application_becomes_a_lead(city: CityRig) -> None:
    assert send(city, result_type="41").outcome == "accepted"
    assert {row["kind"] for row in city.rows(duty)} == {"lead"}


def test_an_item_unknown_on_that_day_is_refused_with_the_nearest_names(city: CityRig) -> None:
    done = send(city, XK_XKZS="建设工程规划许可证")
    assert done.outcome == "refused"
    assert "建设工程规划许可证（建筑类）" in done.messages[0].message
    assert send(city, XK_JDRQ="2018-06-01", XK_YXQZ="", XK_YXQZI="").outcome == "refused"
    assert city.rows(approval) == []


def test_an_unknown_organ_or_area_is_checked_by_a_clerk_first(city: CityRig) -> None:
    done = send(city, XK_XKJG="某某局", area="110101")
    assert [message.code for message in done.messages] == ["organ-unknown", "area-unknown"]
    assert city.elements() == ["check_push"]


def test_an_item_without_a_supervisor_is_checked_by_a_clerk_first(city: CityRig) -> None:
    city.app.engine.execute(Write(delete(item_assignment)))
    assert send(city).outcome == "accepted"
    assert city.elements() == ["check_push"]


def test_the_party_is_kept_once_and_up_to_date(city: CityRig) -> None:
    send(city, XK_FRDB="演示·甲")
    send(city, project_no="BJ-2", XK_WSH="建字第370402202600002号", XK_FRDB="演示·乙")
    assert [row["legal_representative"] for row in city.rows(party)] == ["演示·乙"]


def test_a_case_in_hand_stays_with_the_old_owner(city: CityRig) -> None:
    send(city)
    city.app.engine.execute(
        ChangeItemOwner("ZR004", "370402", ("NR-CITY-SZGH",), date(2026, 3, 3), "zc.fagui", "职责调整")
    )
    city.later(days=2)
    send(city, project_name="改名小区")  # re-pushed after the change
    assert {row["unit"] for row in city.rows(duty)} == {"NR-CITY-JSGC", "NR-SZ"}
    send(city, project_no="BJ-2", XK_WSH="建字第370402202600002号", XK_JDRQ="2026-03-03")
    assert {row["unit"] for row in city.rows(duty, business_key="SG2026-00002")} == {"NR-CITY-SZGH"}


def test_a_new_procedure_for_a_blocked_project_is_blocked_with_the_reason(city: CityRig) -> None:
    block(city, project_no="BJ-1")
    row = {"project_no": "BJ-1", "accept_date": "2026-03-01", "task_name": "竣工规划核实", "applyer_name": "甲公司",
           "applyer_page_code": USCC}  # fmt: skip
    done = city.app.desk.intake.submit(city.actor("sp.jianshe"), row, "approval_accept", "api")
    assert done.outcome == "blocked"
    assert "ZS2026-00001" in done.messages[0].message
    free = city.app.desk.intake.submit(
        city.actor("sp.jianshe"), {**row, "project_no": "BJ-9"}, "approval_accept", "api"
    )
    assert (free.outcome, free.approval_id) == ("noted", None)


def test_a_decision_on_a_blocked_project_is_taken_in_but_flagged(city: CityRig) -> None:
    block(city, project_no="BJ-1")
    done = send(city)
    assert (done.outcome, [message.code for message in done.messages]) == ("accepted", ["hard-block"])
    assert city.elements() == ["claim_duty", "claim_duty"]


def test_blocks_are_found_by_project_and_by_party(city: CityRig) -> None:
    send(city)
    someone = city.rows(party)[0]
    block(city, party_id=someone["id"], project_code="2026-370402-47-03-123456")

    def found(**wanted: str) -> int:
        return len(city.app.engine.ask(Look(lambda uow: blocks_on(uow, **wanted))))

    assert found(project_code="2026-370402-47-03-123456") == 1
    assert found(party_id=str(someone["id"])) == 1
    assert found(party_name=someone["name"]) == 1
    assert found(identity_number=USCC) == 1
    assert found(project_no="BJ-7") == found() == 0


NOTED = b"""<?xml version="1.0" encoding="UTF-8"?>
<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL" targetNamespace="test">
  <process id="only_noted" isExecutable="true"><startEvent id="s"/><endEvent id="e"/>
  <sequenceFlow id="f" sourceRef="s" targetRef="e"/></process></definitions>"""


def test_the_catalogue_decides_which_process_follows_a_decision(city: CityRig) -> None:
    def follows(process: str, *allowed: str) -> None:
        change = update(item).where(item.c.name == "建设工程规划许可证（建筑类）").values(process=process)
        city.app.engine.execute(Write(change))
        rulebook = city.app.rulebook
        rulebook.city = replace(rulebook.city, decision_processes=("approval_handoff", *allowed))

    for process, allowed, why in (
        ("inspection", (), "不承接审批决定"), ("only_noted", ("only_noted",), "没有部署"), ("", (), "未填写"),
    ):  # fmt: skip
        follows(process, *allowed)
        refused = send(city)
        assert (refused.outcome, [one.code for one in refused.messages]) == ("refused", ["process-unknown"])
        assert why in refused.messages[0].message
        assert city.rows(approval) == []
    city.app.engine.execute(Deploy("test", (Resource("only_noted.bpmn", NOTED),), "tester"))
    follows("only_noted", "only_noted")
    done = send(city)
    assert done.outcome == "accepted"
    assert [one["definition_key"] for one in city.rows(process_instance)] == ["only_noted"]
    assert (city.rows(duty), city.tasks()) == ([], [])
