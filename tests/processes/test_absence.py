"""外出与代理: who stands in does the tasks, both names are written down, and everything comes back by itself."""

from datetime import date
from typing import Any
from uuid import UUID

import pytest

from engine import errors as engine_errors
from engine.commands.claim_task import ClaimTask
from engine.store.tables import history_event, user_task
from tests.processes.rig import CityRig
from tests.processes.steps import CLAIM, permit
from workflows import errors, team_errors
from workflows.absence.register import Leave
from workflows.commands.complete_user_task import CompleteUserTask
from workflows.desk.worklist import WorklistFilter
from workflows.records.letters import notification
from workflows.records.staff import staff_absence
from workflows.records.teamwork import acted_for, signing_entry
from workflows.signing.rounds import OpenRound
from workflows.signing.signers import AddSigners

pytestmark = [pytest.mark.clause("zz2020/3.2"), pytest.mark.scenarios("staff_absence"), pytest.mark.acceptance("A28")]
AWAY, DEPUTY, COLLEAGUE = "ks.jsgc", "ks.ytgz", "ks.ydgh"
SECTION = "NR-CITY-JSGC/section_officer"


@pytest.fixture
def task(city: CityRig) -> UUID:
    """Return the claim of the section, which the officer has taken."""
    permit(city)
    city.run()
    found = next(one.id for one in city.tasks("claim_duty") if SECTION in one.candidate_groups)
    city.app.engine.execute(ClaimTask(found, AWAY))
    return found


def leave(city: CityRig, first: str, last: str, who: str = AWAY, to: str = DEPUTY, **more: Any) -> Leave:
    days = (date.fromisoformat(first), date.fromisoformat(last))
    return Leave(who, city.actor(who).unit, to, *days, "外出", is_personal=True, **more)


def register(city: CityRig, first: str, last: str, who: str = AWAY, to: str = DEPUTY, **more: Any) -> str:
    asked = leave(city, first, last, who, to, **more)
    return city.app.desk.teamwork.absence.register(city.actor(who), asked)


def listed(city: CityRig, who: str) -> set[UUID]:
    return {row.task_id for row in city.app.desk.worklist.page(city.actor(who), WorklistFilter()).rows if row.task_id}


def complete(city: CityRig, task: UUID, who: str) -> Any:
    return city.app.engine.execute(CompleteUserTask(task, city.actor(who), CLAIM, city.app.rulebook))


def test_no_administrator_stands_in_for_an_official(city: CityRig) -> None:
    shown = {one["value"] for one in city.app.desk.teamwork.absence.people(city.actor(AWAY))}
    for login in ("xt.admin", "aq.admin", "sj.admin"):
        with pytest.raises(errors.FormInvalid) as refused:
            register(city, "2026-03-03", "2026-03-04", to=login)
        assert "不能代理" in refused.value.facts["errors"][0]["message"]
        assert login not in shown
    assert (DEPUTY in shown, city.rows(staff_absence)) == (True, [])


def test_tasks_move_for_the_days_and_come_back_by_themselves(city: CityRig, task: UUID) -> None:
    shown = city.app.desk.teamwork.absence.preview(city.actor(AWAY), leave(city, "2026-03-03", "2026-03-04"))
    assert (shown.moving, [one["id"] for one in shown.tasks if one["is_mine"]]) == (len(shown.tasks), [task])
    assert city.rows(staff_absence) == []
    register(city, "2026-03-03", "2026-03-04")
    city.at("2026-03-02T23:59:59")
    assert task not in listed(city, DEPUTY)
    with pytest.raises(engine_errors.TaskNotFound):
        complete(city, task, DEPUTY)
    city.at("2026-03-03T00:00:00")
    assert task in listed(city, DEPUTY)
    assert task in listed(city, AWAY)
    assert city.rows(staff_absence)[0]["handed_over"] == shown.moving
    permit(city, XK_WSH="建字第370402202600002号", XK_XKBH="建字第370402202600002号", project_no="BJ-2")
    city.run()
    new = [one.id for one in city.tasks("claim_duty") if SECTION in one.candidate_groups and one.id != task]
    assert set(new) <= listed(city, DEPUTY)
    city.app.desk.tasks.claim(city.actor(DEPUTY), new[0])
    city.at("2026-03-04T23:59:59")
    assert task in listed(city, DEPUTY)
    city.at("2026-03-05T00:00:00")
    assert listed(city, DEPUTY).isdisjoint({task, *new})
    assert {task, *new} <= listed(city, AWAY)  # what was claimed for the absent person is free again
    assert city.rows(user_task, id=task)[0]["assignee"] == AWAY
    with pytest.raises(engine_errors.TaskNotFound):
        complete(city, task, DEPUTY)


def test_both_names_are_in_the_audit_trail(city: CityRig, task: UUID) -> None:
    number = register(city, "2026-03-02", "2026-03-02")
    city.run()
    row = next(
        one for one in city.app.desk.worklist.page(city.actor(DEPUTY), WorklistFilter()).rows if one.task_id == task
    )
    assert row.why == "代 演示·黄科员 办理"
    complete(city, task, DEPUTY)
    line = city.rows(history_event, kind="task-completed")[-1]
    assert (line["actor"], line["detail"]["for"]) == (DEPUTY, AWAY)
    done = city.rows(acted_for)[0]
    assert (done["login"], done["principal"], done["absence"]) == (DEPUTY, AWAY, number)
    case = city.app.desk.cases.view(city.actor(AWAY), row.business_key)
    assert "演示·刘科员 代 演示·黄科员" in {entry.person for entry in case.timeline}
    assert city.app.desk.teamwork.absence.all(city.actor(AWAY)).acts[0]["person"] == "演示·刘科员 代 演示·黄科员"


def test_revoking_ends_the_rights_at_once(city: CityRig, task: UUID) -> None:
    desk = city.app.desk.teamwork.absence
    number = register(city, "2026-03-02", "2026-03-06")
    assert task in listed(city, DEPUTY)
    with pytest.raises(team_errors.AbsenceNotFound):
        desk.revoke(city.actor(DEPUTY), number)
    desk.revoke(city.actor(AWAY), number)
    assert task not in listed(city, DEPUTY)
    assert city.actor(DEPUTY).covers == ()
    with pytest.raises(team_errors.AbsenceNotFound):
        desk.revoke(city.actor(AWAY), number)
    register(city, "2026-03-03", "2026-03-04")  # the days are free again
    told = [row["text"] for row in city.rows(notification, login=DEPUTY, kind="staff")]
    assert any("代理撤销" in text for text in told)


def test_overlaps_circles_and_strangers_are_refused(city: CityRig) -> None:
    register(city, "2026-03-03", "2026-03-05")
    wrong = [
        (AWAY, COLLEAGUE, "2026-03-05", "2026-03-06", "from_day"),  # overlaps with the first
        (DEPUTY, AWAY, "2026-03-04", "2026-03-04", "stand_in"),  # a circle
        (COLLEAGUE, AWAY, "2026-03-04", "2026-03-04", "stand_in"),  # who is away cannot stand in
        (COLLEAGUE, COLLEAGUE, "2026-03-04", "2026-03-04", "stand_in"),
        (COLLEAGUE, "zr.xc", "2026-03-04", "2026-03-04", "stand_in"),  # another office
        (COLLEAGUE, DEPUTY, "2026-03-01", "2026-03-04", "from_day"),
    ]
    for who, to, first, last, field in wrong:
        with pytest.raises(errors.FormInvalid) as refused:
            register(city, first, last, who, to)
        assert [one["field"] for one in refused.value.facts["errors"]] == [field], (who, to)
    assert len(city.rows(staff_absence)) == 1


def test_only_what_was_handed_over_moves(city: CityRig, task: UUID) -> None:
    register(city, "2026-03-02", "2026-03-03", processes=("inspection",))
    assert task not in listed(city, DEPUTY)
    with pytest.raises(engine_errors.TaskNotFound):
        complete(city, task, DEPUTY)


@pytest.mark.parametrize("may_sign", [False, True])
def test_signatures_go_to_the_stand_in_only_with_the_right_to_sign(city: CityRig, task: UUID, may_sign: bool) -> None:
    head = "ks.jsgc.kz"
    register(city, "2026-03-02", "2026-03-03", who=head, may_sign=may_sign)
    desk = city.app.desk.teamwork.signing
    desk.open(OpenRound(task, city.actor(AWAY), [head, COLLEAGUE], "请会签", "all"))
    assert desk.count(city.actor(DEPUTY)) == int(may_sign)
    entry = city.rows(signing_entry, login=head)[0]["id"]
    if not may_sign:
        with pytest.raises(team_errors.MayNotSign):
            desk.sign(city.actor(DEPUTY), entry, agrees=True, opinion="")
        return
    desk.sign(city.actor(DEPUTY), entry, agrees=True, opinion="同意")
    assert city.rows(signing_entry, login=head)[0]["decided_by"] == DEPUTY
    round_id = desk.of_task(city.actor(AWAY), task).rounds[0].id
    with pytest.raises(errors.FormInvalid):  # nobody signs twice, not even for somebody else
        desk.add(AddSigners(round_id, task, city.actor(AWAY), [DEPUTY]))
