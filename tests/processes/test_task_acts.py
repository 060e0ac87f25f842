"""Work is given back, taken back, handed on and looked at by a colleague, on the real diagrams of the city."""

from typing import Any
from uuid import UUID

import pytest

from engine import errors as engine_errors
from tests.processes.rig import CityRig
from tests.processes.steps import CITY, CLAIM, DISTRICT, feedback, permit, plan
from workflows import errors
from workflows.desk.task_acts import Options, TaskActDesk
from workflows.records.cases import duty
from workflows.records.clocks import running_limit
from workflows.records.letters import draft, notification
from workflows.records.task_acts import task_delegation

HEAD = "ks.jsgc.kz"


def desk(city: CityRig) -> TaskActDesk:
    return city.app.desk.task_acts


def the(city: CityRig, element: str, unit: str = "NR-CITY-JSGC") -> UUID:
    return next(t.id for t in city.tasks() if t.element_id == element and unit in str(t.candidate_groups))


def act(city: CityRig, person: str, name: str, task: UUID, **options: Any) -> Any:
    return desk(city).act(city.actor(person), name, task, Options(**options))


def duties(city: CityRig) -> dict[str, Any]:
    return {row["unit"]: row for row in city.rows(duty)}


def planned(city: CityRig) -> UUID:
    """A duty that was claimed and planned; the feedback waits."""
    permit(city)
    city.complete("claim_duty", CITY, **CLAIM)
    city.complete("plan_supervision", CITY, **plan("2026-03-03"))
    return the(city, "give_feedback")


def words_of(city: CityRig, task: UUID) -> dict[str, tuple[str, ...]]:
    return {one.element_id: one.blocked for one in desk(city).return_choices(city.actor(CITY), task)}


def clocks(city: CityRig) -> dict[str, str | None]:
    return {row["element_id"]: row["ended_how"] for row in city.rows(running_limit) if row["unit"] == "NR-CITY-JSGC"}


def test_work_goes_back_with_its_answers_its_clock_and_its_records(city: CityRig) -> None:
    task = planned(city)
    assert words_of(city, task) == {"claim_duty": ("回执已签收", "已通知其他办件或系统"), "plan_supervision": ()}
    act(city, HEAD, "claim", task)
    with pytest.raises(engine_errors.NotAssignee):
        act(city, CITY, "return", task, target="plan_supervision", reason="日期有误")
    with pytest.raises(errors.FormInvalid):
        act(city, HEAD, "return", task, target="plan_supervision", reason=" ")
    with pytest.raises(engine_errors.StepNotReturnable):
        act(city, HEAD, "return", task, target="claim_duty", reason="不归我们管")
    act(city, HEAD, "return", task, target="plan_supervision", reason="日期有误", policy="straight_back")
    again = the(city, "plan_supervision")
    assert [t.assignee for t in city.tasks("plan_supervision")] == [CITY]
    assert duties(city)["NR-CITY-JSGC"]["state"] == "claimed"
    assert [row["answers"]["first_check_on"] for row in city.rows(draft, task_id=again)] == ["2026-03-03"]
    assert clocks(city)["give_feedback"] == "cancelled"
    assert {row["text"] for row in city.rows(notification, kind="returned")} == {
        "演示·周科长从“反馈监管结果”退回：日期有误"
    }
    city.complete("plan_supervision", CITY, **plan("2026-03-04"))
    assert [(t.element_id, t.assignee) for t in city.tasks("give_feedback")] == [("give_feedback", HEAD)]
    assert duties(city)["NR-CITY-JSGC"]["state"] == "planned"
    city.at("2026-03-04T15:00:00")
    city.complete("give_feedback", HEAD, **feedback("2026-03-04"))


@pytest.mark.acceptance("A11")
def test_what_was_done_is_taken_back_with_every_record_until_somebody_has_looked(city: CityRig) -> None:
    permit(city)
    city.complete("claim_duty", CITY, **CLAIM)
    before = (
        {row["id"]: row for row in city.rows(duty)},
        {row["id"]: row for row in city.rows(running_limit) if row["ended_at"] is None},
    )
    task = the(city, "plan_supervision")
    city.complete("plan_supervision", CITY, **plan("2026-03-03"))
    assert duties(city)["NR-CITY-JSGC"]["state"] == "planned"
    assert desk(city).why_not_withdrawn(city.actor(CITY), task) == ""
    act(city, CITY, "withdraw", task, reason="日期填错")
    after = (
        {row["id"]: row for row in city.rows(duty)},
        {row["id"]: row for row in city.rows(running_limit) if row["ended_at"] is None},
    )
    assert after == before
    assert [row["answers"]["first_check_on"] for row in city.rows(draft, task_id=task)] == ["2026-03-03"]
    city.complete("plan_supervision", CITY, **plan("2026-03-04"))
    desk(city).note_opening(city.actor(CITY), the(city, "give_feedback"))
    assert desk(city).why_not_withdrawn(city.actor(CITY), task) == ""
    desk(city).note_opening(city.actor(HEAD), the(city, "give_feedback"))
    assert desk(city).why_not_withdrawn(city.actor(CITY), task) == "演示·周科长已查看下一环节，可请其退回"
    with pytest.raises(engine_errors.WithdrawalRefused):
        act(city, CITY, "withdraw", task)


def test_what_went_out_is_not_taken_back_and_others_may_not_try(city: CityRig) -> None:
    permit(city)
    task = the(city, "claim_duty")
    city.complete("claim_duty", CITY, **CLAIM)
    assert "回执已签收" in str(desk(city).why_not_withdrawn(city.actor(CITY), task))
    with pytest.raises(engine_errors.TaskNotFound):
        act(city, DISTRICT, "withdraw", task)


def test_a_colleague_gives_an_opinion_and_the_owner_completes(city: CityRig) -> None:
    task = planned(city)
    with pytest.raises(errors.FormInvalid):
        act(city, CITY, "delegate", task, login=DISTRICT, reason="请看现场")
    act(city, CITY, "delegate", task, login=HEAD, reason="请看现场")
    assert [t.assignee for t in city.tasks("give_feedback")] == [HEAD]
    city.at("2026-03-03T15:00:00")
    with pytest.raises(engine_errors.TaskHeld):
        city.complete("give_feedback", HEAD, **feedback("2026-03-03"))
    with pytest.raises(engine_errors.TaskNotFound):
        desk(city).answer_delegation(city.actor(CITY), task, "看过了")
    with pytest.raises(errors.FormInvalid):
        desk(city).answer_delegation(city.actor(HEAD), task, " ")
    desk(city).answer_delegation(city.actor(HEAD), task, "现场与许可一致")
    assert [t.assignee for t in city.tasks("give_feedback")] == [CITY]
    seen = desk(city).delegations(city.actor(CITY), task)[0]
    assert (seen.owner_name, seen.delegate_name, seen.state, seen.opinion) == (
        "演示·黄科员", "演示·周科长", "answered", "现场与许可一致",
    )  # fmt: skip
    act(city, CITY, "delegate", task, login=HEAD, reason="再看一次")
    with pytest.raises(engine_errors.TaskNotFound):
        act(city, HEAD, "take_back", task)
    act(city, CITY, "take_back", task)
    city.complete("give_feedback", CITY, **feedback("2026-03-03"))
    assert [row["state"] for row in city.rows(task_delegation)] == ["answered", "taken_back"]


@pytest.mark.acceptance("A10")
def test_many_tasks_have_one_honest_result_each(city: CityRig) -> None:
    permit(city)
    permit(city, project_no="BJ-2", XK_WSH="建字第370402202600002号")
    mine = [t.id for t in city.tasks("claim_duty") if "NR-CITY-JSGC" in str(t.candidate_groups)]
    other = the(city, "claim_duty", "NR-SZ")
    who = city.actor(CITY)
    city.app.desk.tasks.claim(city.actor(HEAD), mine[0])
    answer = desk(city).batch(who, "claim", [*mine, other], Options(key="k1")).result
    assert [one["ok"] for one in answer["results"]] == [False, True, False]
    assert [one.get("code") for one in answer["results"]] == ["task-claimed", None, "task-not-found"]
    assert (answer["done"], answer["failed"]) == (1, 2)
    again = desk(city).batch(who, "claim", [*mine, other], Options(key="k1"))
    assert again.was_replayed
    assert again.result == answer
    with pytest.raises(engine_errors.KeyReused):
        desk(city).batch(who, "release", mine, Options(key="k1"))
    assert desk(city).undo(who, UUID(str(answer["undo"]))) == [{"task_id": str(mine[1]), "ok": True}]
    with pytest.raises(errors.UndoExpired):
        desk(city).undo(who, UUID(str(answer["undo"])))
    city.app.desk.tasks.release(city.actor(HEAD), mine[0])
    done = desk(city).batch(who, "complete", mine, Options(answers=CLAIM, key="k2")).result
    assert done["done"] == 2
    assert len({t.business_key for t in city.tasks("plan_supervision")}) == 2
    with pytest.raises(errors.FormInvalid):
        desk(city).batch(who, "complete", [other for _ in range(501)][:0], Options())
    mixed = [the(city, "plan_supervision"), other]
    moved = desk(city).batch(who, "assign", mixed, Options(login=HEAD, reason="出差")).result
    assert [one["ok"] for one in moved["results"]] == [False, False]  # not mine to hand on before I have claimed it


def test_an_act_of_one_step_is_refused_for_many_steps_before_anything_is_done(city: CityRig) -> None:
    planned(city)
    permit(city, project_no="BJ-2", XK_WSH="建字第370402202600002号")
    mixed = [the(city, "give_feedback"), the(city, "claim_duty")]
    with pytest.raises(errors.FormInvalid) as caught:
        desk(city).batch(city.actor(CITY), "complete", mixed, Options(answers=CLAIM))
    assert "2 个环节" in str(caught.value.facts["errors"])
    assert {t.element_id for t in city.tasks()} >= {"give_feedback", "claim_duty"}


@pytest.mark.acceptance("A11")
def test_each_act_has_its_opposite(city: CityRig) -> None:
    task = planned(city)
    who = city.actor(CITY)
    for name, options, undone in (
        ("claim", {}, None), ("release", {}, CITY), ("assign", {"login": HEAD, "reason": "出差"}, CITY),
        ("delegate", {"login": HEAD, "reason": "请看"}, CITY),
    ):  # fmt: skip
        if name == "assign":
            assert [t.assignee for t in city.tasks("give_feedback")] == [CITY]
        did = act(city, CITY, name, task, **options)
        ticket = UUID(desk(city).keep_ticket(who, [did]))
        assert desk(city).undo(who, ticket) == [{"task_id": str(task), "ok": True}]
        assert [t.assignee for t in city.tasks("give_feedback")] == [undone]
        if name == "claim":
            act(city, CITY, "claim", task)
    did = act(city, CITY, "assign", task, login=HEAD, reason="出差")
    desk(city).note_opening(city.actor(HEAD), task)
    assert desk(city).undo(who, UUID(desk(city).keep_ticket(who, [did])))[0]["code"] == "undo-expired"
    did = act(city, HEAD, "assign", task, login=CITY, reason="退还")
    city.later(minutes=11)
    with pytest.raises(errors.UndoExpired):
        desk(city).undo(city.actor(HEAD), UUID(desk(city).keep_ticket(who, [did])))
