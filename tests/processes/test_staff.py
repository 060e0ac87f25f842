"""专职人员: who supervises full-time, confirmed each year, and who stands in."""

from datetime import date
from typing import Any

import pytest
from sqlalchemy import insert

from engine.commands.claim_task import ClaimTask
from engine.commands.correlate_message import CorrelateMessage
from engine.store.tables import user_task
from tests.processes.rig import CityRig, Look, warned
from tests.processes.steps import permit
from workflows.bulletins.calendar import OpenCalendars
from workflows.desk.worklist import WorklistFilter
from workflows.directory import contact_of, members_of
from workflows.errors import FormInvalid, NotAllowed
from workflows.records.letters import notification
from workflows.records.offices import officer
from workflows.records.orders import supervision_order
from workflows.records.staff import staff_absence, staff_confirmation, staff_post
from workflows.staff.register import ChangeStaff
from workflows.staff.steps import RegisterAbsence, key_of

pytestmark = [pytest.mark.clause("zz2020/3.2"), pytest.mark.scenarios("staff_absence", "staff_confirmation")]
UNIT, OFFICER, HEAD, POLICY = "NR-CITY-JSGC", "ks.jsgc", "ks.jsgc.kz", "zc.fagui"
ENTRY = {
    "person": OFFICER,
    "post": "科员",
    "contact": "0632-1234567",
    "stand_in": HEAD,
    "duties": "建设工程规划许可事项",
}


def change(city: CityRig, who: str = HEAD, on: str = "2026-03-02", reason: str = "首次报送", **changes: Any) -> Any:
    command = ChangeStaff(city.actor(who), UNIT, {**ENTRY, **changes}, date.fromisoformat(on), reason)
    return city.app.engine.execute(command)


def absent(city: CityRig, first: str, last: str, who: str = HEAD) -> str:
    days = (date.fromisoformat(first), date.fromisoformat(last))
    return city.app.engine.execute(RegisterAbsence(city.actor(who), UNIT, *days, "出差", city.app.rulebook))


def contact(city: CityRig) -> str:
    return city.app.engine.ask(Look(lambda uow: contact_of(uow, UNIT)))


def test_every_version_is_kept_and_nothing_is_written_twice(city: CityRig) -> None:
    assert change(city) is not None
    assert change(city, reason="再报一次") is None
    city.at("2026-03-10T09:00:00")
    change(city, POLICY, "2026-03-10", "岗位调整", person=HEAD, stand_in=OFFICER)
    rows = sorted(city.rows(staff_post, unit=UNIT), key=lambda row: row["valid_from"])
    assert [(row["person"], row["valid_to"], row["changed_by"]) for row in rows] == [
        (OFFICER, date(2026, 3, 10), HEAD), (HEAD, None, POLICY),
    ]  # fmt: skip
    assert contact(city) == "演示·周科长 0632-1234567"


@pytest.mark.parametrize(
    ("wrong", "field"),
    [({"person": "zr.xc"}, "person"), ({"stand_in": "zr.xc"}, "stand_in"), ({"stand_in": OFFICER}, "stand_in")],
)
def test_an_entry_names_people_of_the_unit_and_a_stand_in_who_is_another(
    city: CityRig, wrong: dict[str, str], field: str
) -> None:
    with pytest.raises(FormInvalid) as refused:
        change(city, **wrong)
    assert [one["field"] for one in refused.value.facts["errors"]] == [field]
    assert city.rows(staff_post) == []


def test_an_entry_names_no_administrator_and_none_is_offered(city: CityRig) -> None:
    hire(city, "system.keeper")
    for field in ("person", "stand_in"):
        with pytest.raises(FormInvalid) as refused:
            change(city, **{field: "system.keeper"})
        (fault,) = refused.value.facts["errors"]
        assert (fault["field"], "请选择其他人" in fault["message"]) == (field, True)
    assert city.rows(staff_post) == []
    boss, answers = city.actor(HEAD), {**ENTRY, "valid_from": "2026-03-02", "reason": "首次报送"}
    offered = next(one for one in city.app.desk.staff.fields(boss, UNIT, "staff") if one.key == "stand_in")
    assert [one.value for one in offered.options] == [OFFICER, HEAD]
    with pytest.raises(FormInvalid) as sent:  # what a program sends past the choices
        city.app.desk.staff.change(boss, UNIT, {**answers, "stand_in": "system.keeper"})
    assert [one["field"] for one in sent.value.facts["errors"]] == ["stand_in"]


def test_a_unit_of_administrators_alone_is_not_asked(city: CityRig) -> None:
    assert "NR-CITY" not in {one.code for one in city.app.desk.staff.all(city.actor(POLICY))}


def hire(city: CityRig, login: str) -> None:
    person = {"login": login, "name": "演示·管理员", "unit": UNIT, "roles": ["administrator"], "is_active": True}
    with city.app.engine.database.pool.begin() as connection:
        connection.execute(insert(officer), {**person, "is_demo": True})


def test_another_unit_cannot_change_it_and_no_day_goes_back(city: CityRig) -> None:
    with pytest.raises(NotAllowed):
        change(city, "ks.ytgz.kz")
    change(city)
    with pytest.raises(FormInvalid) as early:
        change(city, on="2026-03-01", post="主任科员")
    assert early.value.facts["errors"][0]["field"] == "valid_from"


def asked(city: CityRig) -> CityRig:
    """Let the calendar run to the first working day of August."""
    change(city)
    city.app.engine.execute(OpenCalendars(city.app.rulebook, "tester"))
    city.run()
    city.at("2026-08-02T23:59:59")
    assert city.rows(staff_confirmation) == []
    city.at("2026-08-03T00:00:00")
    city.run()
    return city


def test_every_unit_is_asked_once_a_year_and_confirms_or_corrects(city: CityRig) -> None:
    asked(city)
    units = {row["unit"] for row in city.rows(staff_confirmation)}
    assert {UNIT, "NR-XC", "CG-SZ", "AP-CITY", "NR-CITY-FG"} <= units
    assert {"NR-CITY-LD", "DI-CITY"}.isdisjoint(units)
    assert len(units) == len(city.rows(staff_confirmation))
    task = next(one for one in city.tasks("confirm_staff") if one.variables["unit"] == UNIT)
    assert task.variables["current"]["contact"] == "0632-1234567"
    city.complete("confirm_staff", HEAD, nth=place_of(city, HEAD), **ENTRY)
    city.complete("confirm_staff", "zr.xc.jz", nth=place_of(city, "zr.xc.jz", "NR-XC"), person="zr.xc", post="科员",
                  contact="0632-7654321", stand_in="zr.xc.jz", duties="区内事项")  # fmt: skip
    rows = {row["unit"]: row for row in city.rows(staff_confirmation)}
    assert (rows[UNIT]["is_changed"], rows["NR-XC"]["is_changed"]) == (False, True)
    assert rows[UNIT]["confirmed_by"] == HEAD
    assert city.rows(staff_post, unit="NR-XC")[0]["reason"] == "首次报送"


def place_of(city: CityRig, login: str, unit: str = UNIT) -> int:
    """Return the place of a unit's task among those the person might take."""
    actor = city.actor(login)
    mine = [one for one in city.tasks("confirm_staff") if not actor.groups.isdisjoint(one.candidate_groups)]
    return next(place for place, one in enumerate(mine) if one.variables["unit"] == unit)


def test_a_section_answers_for_itself_alone(city: CityRig) -> None:
    ask(city, "NR-CITY")
    with pytest.raises(NotAllowed):
        city.complete("confirm_staff", HEAD, **ENTRY)


def ask(city: CityRig, *units: str) -> None:
    """Ask some units out of turn."""
    for unit in units:
        key = key_of(2026, unit)
        message = CorrelateMessage("staff_confirmation_due", key, {"unit": unit, "business_key": key})
        city.app.engine.execute(message)


@pytest.mark.deadline("staff_confirmation/confirmation_late", "staff_confirmation/confirmation_warned")
def test_both_sides_of_the_ten_working_days_to_confirm(city: CityRig) -> None:
    ask(city, UNIT, "NR-CITY")
    warned(city, "confirm_staff", "2026-03-13T00:00:00")
    city.at("2026-03-16T23:59:59")
    assert {row["is_late"] for row in city.rows(staff_confirmation)} == {False}
    assert rungs(city) == {"warned"}
    city.at("2026-03-17T00:00:00")
    assert {row["is_late"] for row in city.rows(staff_confirmation)} == {True}
    assert rungs(city) == {"red"}
    told = [row["login"] for row in city.rows(notification, kind="staff")]
    assert told.count(POLICY) == 2
    city.complete("confirm_staff", HEAD, nth=place_of(city, HEAD), **ENTRY)
    row = city.rows(staff_confirmation, unit=UNIT)[0]
    assert (row["is_late"], row["is_changed"]) == (True, True)


def rungs(city: CityRig) -> set[str]:
    return {row["rung"] for row in city.rows(supervision_order, cause_element="confirm_staff")}


@pytest.mark.deadline("staff_absence/absence_begins", "staff_absence/absence_ends")
def test_the_stand_in_takes_over_for_the_days_of_an_absence(city: CityRig) -> None:
    change(city)
    permit(city)
    city.run()
    task = next(one for one in city.tasks("claim_duty") if f"{UNIT}/section_officer" in one.candidate_groups)
    city.app.engine.execute(ClaimTask(task.id, OFFICER))
    absent(city, "2026-03-04", "2026-03-06")
    city.at("2026-03-03T23:59:59")
    assert contact(city) == "演示·黄科员 0632-1234567"
    city.at("2026-03-04T00:00:00")
    assert contact(city).startswith("演示·周科长")
    assert HEAD in city.app.engine.ask(Look(lambda uow: members_of(uow, [f"{UNIT}/section_officer"])))
    assert city.rows(staff_absence)[0]["handed_over"] >= 1
    assert city.rows(user_task, id=task.id)[0]["assignee"] == OFFICER  # it never leaves, so it need not come back
    assert task.id in {row.task_id for row in city.app.desk.worklist.page(city.actor(HEAD), WorklistFilter()).rows}
    city.at("2026-03-06T23:59:59")
    assert city.rows(staff_absence)[0]["ended_at"] is None
    city.at("2026-03-07T00:00:00")
    assert city.rows(staff_absence)[0]["ended_at"] is not None
    assert task.id not in {row.task_id for row in city.app.desk.worklist.page(city.actor(HEAD), WorklistFilter()).rows}
    assert contact(city) == "演示·黄科员 0632-1234567"


def test_an_absence_needs_a_stand_in_and_days_that_are_free(city: CityRig) -> None:
    with pytest.raises(FormInvalid):
        absent(city, "2026-03-04", "2026-03-06")
    change(city)
    absent(city, "2026-03-04", "2026-03-06")
    for first, last in (("2026-03-06", "2026-03-09"), ("2026-03-01", "2026-03-02"), ("2026-03-10", "2026-03-09")):
        with pytest.raises(FormInvalid):
            absent(city, first, last)
    with pytest.raises(NotAllowed):
        absent(city, "2026-03-20", "2026-03-21", who="zr.xc.jz")
    assert len(city.rows(staff_absence)) == 1
