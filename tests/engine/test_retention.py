"""Finished cases are archived and stay readable, held ones are left alone, and deletions leave a line."""

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import func, insert, select

from engine import errors, lifecycle_errors
from engine.commands.archive import OTHERS, ArchiveBatch
from engine.commands.delete_instance import DeleteInstance, ListDeletable, ListTombstones, Term
from engine.commands.holds import LiftHold, ListHolds, PlaceHold
from engine.queries.instances import DescribeInstance, ListHistory, ListTokens
from engine.store.tables import history_event, process_instance, subscription, user_task, user_task_candidate
from engine.testing import EngineRig
from tests.engine.diagrams import chain, diagram, end, start, user

DAY = timedelta(days=1)
SHORT = diagram("short", start() + user("only", 'camunda:candidateGroups="u/officer"') + end()
                + chain("start", "only", "end"))  # fmt: skip
LONG = diagram("long", start() + user("only") + end() + chain("start", "only", "end"))


def finished(rig: EngineRig, count: int, key: str = "short") -> list[UUID]:
    rig.deploy(SHORT, LONG)
    cases = []
    for number in range(count):
        cases.append(rig.start(key, f"{key}-{number}").instance_id)
        rig.complete("only", opinion=f"agreed {number}")
        rig.clock.advance(DAY)
    return cases


def archive(rig: EngineRig, before: dict[str, datetime], limit: int = 50) -> int:
    return rig.engine.execute(ArchiveBatch(before, {OTHERS: "a year"}, limit))


def size(rig: EngineRig, case: UUID) -> int:
    with rig.database.reading() as connection:
        found = connection.scalar(select(func.length(process_instance.c.state)).where(process_instance.c.id == case))
    return int(found or 0)


def delete_one(rig: EngineRig, case: UUID, **terms: datetime | None) -> Any:
    given = {key.replace("others", OTHERS): Term(f"rule of {key}", at) for key, at in terms.items()}
    return rig.engine.execute(DeleteInstance(case, "administrator", "term over", given))


def test_what_ended_long_ago_is_archived_in_small_batches_and_stays_readable(rig: EngineRig) -> None:
    cases = finished(rig, 4)
    running = rig.start("short", "open").instance_id
    now = rig.clock.now()
    assert archive(rig, {}) == 0
    assert archive(rig, {OTHERS: now - 5 * DAY}) == 0
    assert archive(rig, {"short": now - 5 * DAY, OTHERS: now}) == 0
    assert [archive(rig, {OTHERS: now - 2 * DAY}, limit=2) for _ in range(3)] == [2, 1, 0]
    assert [size(rig, case) > 0 for case in (*cases, running)] == [False, False, False, True, True]
    kinds = [line.kind for line in rig.engine.ask(ListHistory(cases[0])) if not line.kind.startswith("element")]
    assert kinds == ["instance-started", "task-completed", "instance-archived"]
    assert rig.engine.ask(DescribeInstance(cases[0])).status == "completed"
    assert {one.element_id: one.state for one in rig.engine.ask(ListTokens(cases[0]))}["only"] == "done"
    with rig.database.reading() as connection:
        answers = connection.scalar(select(user_task.c.answers).where(user_task.c.instance_id == cases[0]))
        candidates = connection.scalar(select(func.count()).select_from(user_task_candidate))
    assert (answers, candidates) == ({"opinion": "agreed 0"}, 1)  # only the open task has them
    rig.complete("only")


def test_the_instant_before_which_a_case_must_have_ended_counts(rig: EngineRig) -> None:
    [case] = finished(rig, 1)
    ended_at = rig.engine.ask(DescribeInstance(case)).ended_at
    assert ended_at is not None
    assert archive(rig, {"short": ended_at - timedelta(microseconds=1)}) == 0
    with pytest.raises(lifecycle_errors.KeptLonger):
        delete_one(rig, case, short=ended_at - timedelta(microseconds=1))
    assert archive(rig, {"short": ended_at}) == 1
    delete_one(rig, case, short=ended_at)


def test_a_held_case_is_neither_archived_nor_deleted(rig: EngineRig) -> None:
    first, second = finished(rig, 2)
    now = rig.clock.now()
    hold = rig.engine.execute(PlaceHold("administrator", "lawsuit", business_key="short-0"))
    assert rig.engine.execute(PlaceHold("administrator", "lawsuit", business_key="short-0")) == hold
    assert archive(rig, {OTHERS: now}) == 1
    assert (size(rig, first) > 0, size(rig, second)) == (True, 0)
    with pytest.raises(lifecycle_errors.CaseHeld):
        delete_one(rig, first, others=now)
    whole = rig.engine.execute(PlaceHold("administrator", "inspection", definition_key="short"))
    with pytest.raises(lifecycle_errors.CaseHeld):
        delete_one(rig, second, others=now)
    rig.engine.execute(LiftHold(hold, "leader", "settled"))
    assert archive(rig, {OTHERS: now}) == 0
    rig.engine.execute(LiftHold(whole, "leader", "done"))
    assert archive(rig, {OTHERS: now}) == 1
    with pytest.raises(lifecycle_errors.HoldNotFound):
        rig.engine.execute(LiftHold(hold, "leader", "again"))
    assert rig.engine.ask(ListHolds()) == ()
    assert [(one.reason, one.lifted_by) for one in rig.engine.ask(ListHolds(with_lifted=True))] == [
        ("inspection", "leader"), ("lawsuit", "leader"),
    ]  # fmt: skip
    lines = [(line.actor, line.kind) for line in rig.engine.ask(ListHistory(first)) if "hold" in line.kind]
    assert lines == [("administrator", "hold-placed"), ("leader", "hold-lifted")]


def test_a_hold_names_one_thing_that_exists_and_why(rig: EngineRig) -> None:
    finished(rig, 1)
    for wrong in (
        {"reason": " ", "business_key": "short-0"}, {"reason": "x"},
        {"reason": "x", "business_key": "short-0", "definition_key": "short"},
    ):  # fmt: skip
        with pytest.raises(lifecycle_errors.HoldInvalid):
            rig.engine.execute(PlaceHold("administrator", **wrong))
    with pytest.raises(errors.InstanceNotFound):
        rig.engine.execute(PlaceHold("administrator", "x", business_key="nothing"))
    with pytest.raises(errors.DefinitionNotFound):
        rig.engine.execute(PlaceHold("administrator", "x", definition_key="nothing"))


def test_a_deletion_removes_everything_of_a_case_and_leaves_a_line_with_rule_counts_and_hash(rig: EngineRig) -> None:
    first, second = finished(rig, 2)
    now = rig.clock.now()
    [listed, _] = rig.engine.ask(ListDeletable({OTHERS: Term("r", now)}))
    assert (listed.instance_id, listed.archived_at) == (first, None)
    assert rig.engine.ask(ListDeletable({OTHERS: Term("r", now), "short": Term("for ever", None)})) == ()
    delete_one(rig, first, others=now)
    [line] = rig.engine.ask(ListTombstones())
    assert (line.instance_id, line.business_key, line.status, line.deleted_by) == (
        first, "short-0", "completed", "administrator",
    )  # fmt: skip
    assert (line.rule, line.reason, line.deleted_at) == ("rule of others", "term over", now)
    assert line.counts == {"history_event": 2, "process_instance": 1, "user_task": 1}
    delete_one(rig, second, others=now)
    assert len({one.sha256 for one in rig.engine.ask(ListTombstones())}) == 2
    assert [one.business_key for one in rig.engine.ask(ListTombstones("short-0"))] == ["short-0"]
    with rig.database.reading() as connection:
        for table in (process_instance, user_task, history_event, user_task_candidate):
            assert connection.scalar(select(func.count()).select_from(table)) == 0
    with pytest.raises(errors.InstanceNotFound):
        delete_one(rig, first, others=now)


def test_what_runs_what_is_kept_and_what_others_wait_for_is_not_deleted(rig: EngineRig) -> None:
    [case] = finished(rig, 1)
    now = rig.clock.now()
    other = rig.start("long", "long-1").instance_id
    with pytest.raises(lifecycle_errors.NotFinished):
        delete_one(rig, other, others=now)
    for terms in ({}, {"others": None}, {"others": now, "short": None}):
        with pytest.raises(lifecycle_errors.KeptLonger):
            delete_one(rig, case, **terms)
    with rig.database.writing() as connection:
        row = {"instance_id": other, "token": 99, "element_id": "x", "kind": "message", "name": "m",
               "correlation_key": "short-0/check", "business_key": "long-1"}  # fmt: skip
        connection.execute(insert(subscription), row)
        connection.commit()
    with pytest.raises(lifecycle_errors.StillReferred) as caught:
        delete_one(rig, case, others=now)
    assert caught.value.facts["by"] == ["subscription.correlation_key"]
    assert rig.engine.ask(DescribeInstance(case)).status == "completed"
    assert rig.engine.ask(ListTombstones()) == ()
