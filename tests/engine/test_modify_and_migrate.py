"""Cases are moved by hand with four eyes, and carried over to new versions of their process."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from engine import errors
from engine.commands.claim_task import ClaimTask
from engine.commands.correlate_message import CorrelateMessage
from engine.commands.migrate_instance import MigrateInstance, PlanMigration, suggested_names
from engine.commands.modify_instance import ModifyInstance
from engine.queries.instances import DescribeInstance, ListHistory
from engine.spiff.model import Resource
from engine.store.tables import job, user_task
from engine.testing import EngineRig
from tests.engine.diagrams import chain, diagram, end, start, timer, user

DAY = timedelta(days=1)
LINE = diagram(
    "line",
    start() + user("draft") + user("check") + timer("late", "check", '"P2D"') + user("urge") + user("sign") + end()
    + end("e2") + chain("start", "draft", "check", "sign", "end") + chain("late", "urge", "e2"),
)  # fmt: skip
FORKED = diagram(
    "forked",
    start() + '<parallelGateway id="f"/><parallelGateway id="j"/>' + user("a") + user("b") + user("after") + end()
    + chain("start", "f", "a", "j", "after", "end") + chain("f", "b", "j"),
)  # fmt: skip


def elements(rig: EngineRig) -> list[str]:
    return sorted(task.element_id for task in rig.open_tasks())


def token(rig: EngineRig, element: str) -> int:
    with rig.database.reading() as connection:
        found = connection.scalar(
            select(user_task.c.token).where(user_task.c.element_id == element, user_task.c.status == "open")
        )
    assert found is not None
    return int(found)


def move(rig: EngineRig, instance: Any, moves: dict[str, str], **more: Any) -> None:
    where = {token(rig, element): target for element, target in moves.items()}
    people = {"actor": "administrator", "approved_by": "leader", "reason": "wrong section"} | more
    rig.engine.execute(ModifyInstance(instance, where, **people))


def timers(rig: EngineRig) -> dict[str, timedelta]:
    with rig.database.reading() as connection:
        rows = connection.execute(select(job).where(job.c.kind == "timer"))
        return {row.element_id: row.due_at - rig.clock.now() for row in rows}


def test_a_task_is_moved_back_and_its_clock_with_it(rig: EngineRig) -> None:
    rig.deploy(LINE)
    case = rig.start("line")
    rig.complete("draft")
    assert timers(rig) == {"late": 2 * DAY}
    move(rig, case.instance_id, {"check": "draft"})
    assert (elements(rig), timers(rig)) == (["draft"], {})
    last = next(one for one in rig.engine.ask(ListHistory(case.instance_id)) if one.kind == "instance-modified")
    assert (last.actor, last.detail["approved_by"], last.detail["reason"]) == (
        "administrator",
        "leader",
        "wrong section",
    )
    rig.complete("draft")
    assert timers(rig) == {"late": 2 * DAY}
    rig.complete("check")
    rig.complete("sign")
    assert rig.engine.ask(DescribeInstance(case.instance_id)).status == "completed"


def test_one_person_alone_moves_nothing(rig: EngineRig) -> None:
    rig.deploy(LINE)
    case = rig.start("line")
    with pytest.raises(errors.ApproverIsActor):
        move(rig, case.instance_id, {"draft": "sign"}, approved_by="administrator")
    with pytest.raises(errors.ModificationInvalid):
        move(rig, case.instance_id, {"draft": "sign"}, reason=" ")
    assert elements(rig) == ["draft"]


@pytest.mark.parametrize("target", ["start", "late", "nowhere", "j"])
def test_nothing_begins_at_starts_boundaries_joins_or_nowhere(rig: EngineRig, target: str) -> None:
    rig.deploy(FORKED if target == "j" else LINE)
    case = rig.start("forked" if target == "j" else "line")
    with pytest.raises(errors.ModificationInvalid):
        move(rig, case.instance_id, {"a" if target == "j" else "draft": target})


def test_a_move_after_which_the_case_could_not_end_is_refused(rig: EngineRig) -> None:
    rig.deploy(FORKED)
    case = rig.start("forked")
    with pytest.raises(errors.ModificationInvalid) as caught:
        move(rig, case.instance_id, {"a": "after"})
    assert "could not end" in str(caught.value)
    assert elements(rig) == ["a", "b"]
    rig.complete("a")
    with pytest.raises(errors.ModificationInvalid):
        move(rig, case.instance_id, {"b": "after"})
    rig.complete("b")
    rig.complete("after")


def version_two(change: str = "", **names: str) -> Resource:
    """The line with other names, or with something more in it."""
    text = LINE.content.decode()
    for old, new in names.items():
        text = text.replace(f'id="{old}"', f'id="{new}"').replace(f'Ref="{old}"', f'Ref="{new}"')
    return Resource("line.bpmn", text.replace("</process>", change + "</process>").encode())


def started_and_claimed(rig: EngineRig) -> Any:
    rig.deploy(LINE)
    case = rig.start("line")
    rig.complete("draft")
    rig.engine.execute(ClaimTask(rig.open_tasks()[0].id, "li"))
    rig.clock.advance(DAY)
    return case.instance_id


def migrate(rig: EngineRig, instance: Any, **more: Any) -> Any:
    return rig.engine.execute(MigrateInstance(instance, 2, "administrator", "new rules", **more))


def test_a_case_goes_on_under_a_new_version_and_keeps_its_person_and_its_clock(rig: EngineRig) -> None:
    instance = started_and_claimed(rig)
    rig.deploy(version_two(check="examine"))
    plan = migrate(rig, instance)
    assert plan.names == {"check": "examine"}
    [task] = rig.open_tasks()
    assert (task.element_id, task.assignee) == ("examine", "li")
    assert timers(rig) == {"late": DAY}
    assert rig.engine.ask(DescribeInstance(instance)).definition_version == 2
    rig.clock.advance(DAY)
    rig.jobs.run_due()
    assert elements(rig) == ["examine", "urge"]
    rig.complete("examine", actor="li")
    assert elements(rig) == ["sign", "urge"]


def test_a_dry_run_says_what_would_happen_and_changes_nothing(rig: EngineRig) -> None:
    instance = started_and_claimed(rig)
    text = LINE.content.decode().replace("P2D", "P5D")
    rig.deploy(Resource("line.bpmn", text.encode()))
    [kept] = rig.engine.ask(PlanMigration([instance], 2))
    [moved] = rig.engine.ask(PlanMigration([instance], 2, recomputes=True))
    assert kept.carried.timers == ()
    [change] = moved.carried.timers
    assert change.after is not None
    assert change.before is not None
    assert (change.element, change.after - change.before) == ("late", 3 * DAY)
    assert timers(rig) == {"late": DAY}
    migrate(rig, instance, recomputes=True)
    assert timers(rig) == {"late": 4 * DAY}


def test_new_events_at_a_task_begin_now_and_old_ones_end(rig: EngineRig) -> None:
    instance = started_and_claimed(rig)
    more = timer("later", "check", '"P9D"') + user("urge2") + end("e3") + chain("later", "urge2", "e3")
    rig.deploy(version_two(more))
    migrate(rig, instance)
    assert timers(rig) == {"late": DAY, "later": 9 * DAY}
    rig.deploy(LINE)
    rig.engine.execute(MigrateInstance(instance, 3, "administrator", "back"))
    assert timers(rig) == {"late": DAY}


def test_a_reminder_that_has_happened_does_not_happen_again_in_the_new_version(rig: EngineRig) -> None:
    instance = started_and_claimed(rig)
    rig.clock.advance(DAY)
    rig.jobs.run_due()
    rig.deploy(version_two(sign="decide"))
    migrate(rig, instance)
    rig.clock.advance(30 * DAY)
    rig.jobs.run_due()
    assert elements(rig) == ["check", "urge"]


def test_what_has_no_place_in_the_new_version_is_named_and_nothing_changes(rig: EngineRig) -> None:
    instance = started_and_claimed(rig)
    other = diagram("line", start() + user("draft") + user("other") + end() + chain("start", "draft", "other", "end"))
    rig.deploy(other)
    with pytest.raises(errors.MigrationInvalid) as caught:
        migrate(rig, instance)
    problems: Any = caught.value.facts["problems"]
    assert [one["element"] for one in problems] == ["check"]
    assert rig.engine.ask(DescribeInstance(instance)).definition_version == 1
    migrate(rig, instance, names={"check": "other"})
    assert (elements(rig), timers(rig)) == (["other"], {})


def test_a_message_finds_a_migrated_case_under_its_new_name(rig: EngineRig) -> None:
    def waiting(name: str) -> Resource:
        catch = (
            f'<intermediateCatchEvent id="wait"><messageEventDefinition messageRef="{name}"/></intermediateCatchEvent>'
        )
        body = start() + catch + user("after") + end() + chain("start", "wait", "after", "end")
        return diagram("waiting", body, f'<message id="{name}" name="{name}"/>')

    rig.deploy(waiting("answer"))
    case = rig.start("waiting")
    rig.deploy(waiting("answer"), diagram("unrelated", start() + end() + chain("start", "end")))
    text = waiting("answer").content.decode().replace('id="wait"', 'id="waits"').replace('Ref="wait"', 'Ref="waits"')
    rig.deploy(Resource("waiting.bpmn", text.encode()))
    rig.engine.execute(MigrateInstance(case.instance_id, 2, "administrator", "why", {"wait": "waits"}))
    rig.engine.execute(CorrelateMessage("answer", "case-1"))
    assert elements(rig) == ["after"]


def test_names_are_suggested_only_where_there_is_no_doubt() -> None:
    task = {"name": "审核", "type": "userTask"}
    assert suggested_names({"a": task, "b": task}, {"b": task, "c": task}) == {"a": "c"}
    assert suggested_names({"a": task}, {"c": task, "d": task}) == {}
    assert suggested_names({"a": task}, {"c": {"name": "审核", "type": "serviceTask"}}) == {}
