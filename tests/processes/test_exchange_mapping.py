"""Every dataset of the exchange told from real cases: what the records say, and what they lack."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from tests.processes import random_checks
from tests.processes.inspections import HEAD, OFFICER, OTHER_HEAD, found, record, started, submit
from tests.processes.rig import CityRig, Look
from tests.processes.steps import USCC
from tests.processes.test_coercion import seized
from tests.processes.test_complaint import accepted
from tests.processes.test_inspection import RECTIFY
from workflows.adapters.routes import read_routes
from workflows.delivery import Courier
from workflows.demo_exchange import fill_exchange, write_demo_routes
from workflows.exchange.access import visible_to
from workflows.exchange.collect import DATASETS, Collect
from workflows.records.complaints import complaint, complaint_informant
from workflows.records.delivery import outbound_record
from workflows.records.random_checks import random_target

pytestmark = pytest.mark.clause("zz2020/2.2")


@pytest.fixture(scope="module")
def city(tmp_path_factory: pytest.TempPathFactory) -> Iterator[CityRig]:
    """A city, on SQLite, in which a bit of everything happened."""
    rig = CityRig(f"sqlite:///{tmp_path_factory.mktemp('mapping')}/city.db")
    seized(rig)
    found(rig, party_code=USCC)
    rig.complete("review_record", OTHER_HEAD, **RECTIFY)
    done = started(rig, kind="joint", party_code=USCC)
    crew = {"inspectors": [OFFICER, HEAD], "joint_units": ["CG-SZ"]}
    rig.complete("assign_inspectors", HEAD, decision="assign", **crew)
    rig.complete("confirm_joining", "cg.sz", joining="join", joining_officer="演示·队员")
    submit(rig, record(rig, done.inspection_id))
    accepted(rig)
    random_checks.drawn(rig)
    rig.complete("confirm_draw", random_checks.OFFICER, change_kind="confirm")
    random_checks.inspected(rig)
    for key in DATASETS:
        while rig.app.engine.execute(Collect(key, rig.app.rulebook)):
            pass
    yield rig
    rig.close()


def told(city: CityRig, dataset: str) -> list[Mapping[str, Any]]:
    return [dict(row) for row in city.rows(outbound_record, channel="exchange", dataset=dataset)]


def wrong(row: Mapping[str, Any]) -> set[str]:
    return {one["field"] for one in row["findings"] if one["level"] == "error"}


def test_a_seizure_lacks_only_the_inspection_and_the_item_it_did_not_come_from(city: CityRig) -> None:
    (row,) = told(city, "coercion")
    assert (row["payload"]["coercive_measure_type"], row["organ"]) == ("扣押", "NR-CITY")
    assert wrong(row) == {"supervise_item_implement_code", "check_action_code"}
    assert row["status"] == "held"


def test_an_order_to_put_right_is_another_act_that_names_its_inspection(city: CityRig) -> None:
    (row,) = told(city, "rectification")
    assert (row["status"], row["payload"]["supervise_measure"]) == ("queued", "责令改正")
    assert row["payload"]["check_action_code"].startswith("JC2026-")


def test_a_joint_inspection_says_who_was_asked_and_how_far_it_is(city: CityRig) -> None:
    (row,) = told(city, "joint_task")
    values = row["payload"]
    assert row["status"] == "queued"
    assert (values["taskInfo/status"], values["taskInfo/initiateUnitNo"]) == ("结束", "11370400MB0000002W")
    assert "城" in values["taskInfo/unionDeptName"]
    assert values["taskInfo/supervisionMatterCode"].startswith("0115")


def test_a_draw_is_told_for_each_object_that_was_inspected(city: CityRig) -> None:
    rows = told(city, "double_random")
    done = [row for row in city.rows(random_target) if row["finished_at"] is not None]
    assert len(rows) == len(done) > 0
    assert {(row["status"], row["payload"]["is_plan"], row["payload"]["is_dup_check"]) for row in rows} == {
        ("queued", False, False)
    }


def test_a_complaint_is_told_without_whoever_complained_and_seen_by_whom_it_concerns(city: CityRig) -> None:
    (row,) = told(city, "complaint")
    (kept,) = city.rows(complaint)
    (informant,) = city.rows(complaint_informant)
    text = str(row["payload"]) + row["title"]
    assert kept["content"] in text
    assert all(secret not in text for secret in (informant["name"], informant["phone"]) if secret)

    def seen(login: str) -> int:
        actor = city.actor(login)
        wanted = select(outbound_record.c.id).where(visible_to(actor), outbound_record.c.dataset == "complaint")
        return len(city.app.engine.ask(Look(lambda uow: uow.connection.execute(wanted).all())))

    assert seen("zc.fagui") == 1
    assert seen("zr.tz" if row["organ"] != "NR-TZ" else "zr.xc") == 0


def test_everything_else_is_told_whole_and_nothing_is_wrong_with_it(city: CityRig) -> None:
    for key in ("object", "officer", "catalogue", "credit"):
        rows = told(city, key)
        assert {row["status"] for row in rows} <= {"queued"}, key
    assert told(city, "object")
    assert {row["payload"]["seed.handling"] is not None for row in told(city, "catalogue")} == {True}


def test_the_demo_city_sends_what_it_knows_and_gets_two_complaints_back(city: CityRig, tmp_path: Path) -> None:
    now = city.app.engine.clock.now
    routes = read_routes(str(write_demo_routes(tmp_path)), source="370400", now=now)
    app = replace(city.app, courier=Courier(city.app.engine, {"exchange": routes["exchange"]}))
    fill_exchange(app, tmp_path)
    rejected = [row for row in told(city, "inspection") if row["status"] == "rejected"]
    assert len(rejected) == 2
    assert all("（演示）" in row["findings"][-1]["message"] for row in rejected)
    assert {row["status"] for row in told(city, "object")} == {"sent"}
