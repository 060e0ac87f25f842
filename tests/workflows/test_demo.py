"""The demo city shows every screen with content, is plainly made up, and can be imported again."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
from sqlalchemy import select

from engine.store.tables import incident
from tests.processes.rig import CITY, CityRig, Look
from workflows import demo
from workflows.demo_city import load_demo_city
from workflows.demo_engine import FAULT
from workflows.desk.worklist import WorklistFilter
from workflows.items import items_on
from workflows.records import approval, copy, duty, import_row, party, running_limit, supervision_order, transfer
from workflows.records.coercions import coercion
from workflows.records.inspections import inspection
from workflows.records.penalties import penalty_case
from workflows.records.random_checks import random_plan, random_task
from workflows.uow import local_day_of

TEMPORARY = 2  # permits that run out, which came in a file of their own


@pytest.fixture(scope="module")
def city(tmp_path_factory: pytest.TempPathFactory) -> Iterator[CityRig]:
    folder = tmp_path_factory.mktemp("demo")
    rig = CityRig(f"sqlite:///{folder / 'city.db'}", start="2026-03-12T15:00:00")
    rig.taken = demo.fill(rig.app, folder, count=60)  # type: ignore[attr-defined]
    rig.folder = folder  # type: ignore[attr-defined]
    yield rig
    rig.close()


def rows(city: CityRig, seed: int = 2026) -> list[dict[str, str]]:
    items = city.app.engine.ask(Look(lambda uow: items_on(uow, local_day_of(uow.now))))
    return list(demo.demo_rows(load_demo_city(CITY), items, city.clock.now(), 320, seed))


def test_the_rows_are_the_same_every_time_and_plainly_made_up(city: CityRig) -> None:
    made = rows(city)
    assert made == rows(city)
    assert made != rows(city, seed=7)
    assert all(row["XK_XDR_MC"].startswith("演示") for row in made)
    assert len(made) == 325
    assert len({row["area"] for row in made}) == 6
    assert len({row["task_name"] for row in made[:320]}) == 35


def test_every_good_row_is_taken_in_and_every_faulty_one_is_refused(city: CityRig) -> None:
    assert city.taken == 60  # type: ignore[attr-defined]
    assert len(city.rows(approval)) == len(city.rows(approval, is_demo=True)) == 60 + TEMPORARY
    refused = city.rows(import_row, outcome="refused")
    assert len(refused) == 5
    assert all(row["messages"] for row in refused)


def test_there_is_work_in_every_state_and_some_of_it_is_late(city: CityRig) -> None:
    now = city.clock.now()
    states = {row["state"] for row in city.rows(duty)}
    assert states >= {"pushed", "claimed", "planned", "fed_back"}
    assert {row["state"] for row in city.rows(transfer)} == {"lead", "accepted", "sent"}
    clocks = [row for row in city.rows(running_limit) if row["ended_at"] is None]
    assert any(row["due_at"] <= now for row in clocks)
    assert any(row["due_at"] > now for row in clocks)
    assert city.rows(supervision_order, state="open")
    assert any(row["acknowledged_at"] for row in city.rows(copy))
    assert city.rows(party, category="个体工商户")


def test_penalties_and_measures_are_at_every_step(city: CityRig) -> None:
    states = {row["state"] for row in city.rows(penalty_case)}
    assert states >= {"lead", "approval", "not_filed", "inquiry", "notice", "decided", "served", "closed"}
    assert {row["state"] for row in city.rows(coercion)} == {"urgent", "seized"}
    assert all(row["party_name"].startswith("演示") for row in (*city.rows(penalty_case), *city.rows(coercion)))


def test_the_days_are_played_in_order_and_never_in_the_future(city: CityRig) -> None:
    received = [row["received_at"] for row in city.rows(approval)]
    assert max(received) <= city.clock.now()
    assert min(received) < city.clock.now() - timedelta(days=9)


def test_officers_of_the_demo_find_work_on_their_lists(city: CityRig) -> None:
    for login in ("ks.jsgc", "zr.st", "sp.chuangkou", "cg.st"):
        page = city.app.desk.worklist.page(city.actor(login), WorklistFilter())
        assert sum(page.counts.values()) > 0, login


def test_nothing_went_wrong_on_the_way(city: CityRig) -> None:
    found = city.app.engine.ask(Look(lambda uow: set(uow.connection.scalars(select(incident.c.message)))))
    assert found == {FAULT}  # only what the demo shows its administrator
    assert city.app.vitals.numbers().jobs_oldest < 1


def test_importing_the_whole_file_again_doubles_nothing(city: CityRig) -> None:
    desk, clerk = city.app.desk.intake, city.actor("sp.jianshe")
    data = (city.folder / "demo-approvals.xlsx").read_bytes()  # type: ignore[attr-defined]
    view = desk.take_in(clerk, desk.preview(clerk, "again.xlsx", data))
    assert view.counts == {"unchanged": 60, "refused": 5}
    assert len(city.rows(approval)) == 60 + TEMPORARY


def test_inspections_wait_at_every_step_and_some_are_closed(city: CityRig) -> None:
    states = {row["state"] for row in city.rows(inspection)}
    assert states == {"opened", "assigned", "recorded", "rectifying", "rechecking", "closed"}
    closed = {(row["result"], row["follow_up"]) for row in city.rows(inspection, state="closed")}
    assert closed == {
        ("no_problem", "none"), ("corrected", "rectified"), ("unreachable", "none"), ("obstructed", "penalty"),
    }  # fmt: skip


def test_random_inspections_are_planned_drawn_and_waiting(city: CityRig) -> None:
    tasks = sorted(city.rows(random_task), key=lambda row: row["business_key"])
    assert [row["state"] for row in tasks] == ["inspecting", "locked"]
    assert [row["state"] for row in city.rows(random_plan)] == ["published"]
