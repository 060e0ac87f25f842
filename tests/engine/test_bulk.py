"""One act on many cases: each on its own, honest about every one, and safe to repeat and to interrupt."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import select

from engine import errors, lifecycle_errors
from engine.bulk_runner import BulkRunner
from engine.causes import cause_of
from engine.commands.bulk import BeginBulk, DoItem, ListBulk, Order
from engine.commands.external_tasks import FetchAndLock
from engine.commands.instances import CancelInstance, ResumeInstance, SuspendInstance
from engine.commands.jobs import FinishJob
from engine.handlers import ServiceJob
from engine.ids import new_id
from engine.queries.incidents import ListIncidentGroups, ListIncidentsOf
from engine.queries.instances import DescribeInstance, ListHistory, ListIncidents
from engine.spiff.model import Resource
from engine.store.tables import job
from engine.store.unit_of_work import Change, Registry, UnitOfWork
from engine.testing import EngineRig
from tests.engine.diagrams import chain, diagram, end, start, timer, user
from tests.engine.test_walks_between import SERVICE

MakeRig = Callable[..., EngineRig]
DAY = timedelta(days=1)
LINE = diagram(
    "line",
    start() + user("draft") + user("check") + timer("late", "draft", '"P2D"') + user("urge") + end() + end("e2")
    + chain("start", "draft", "check", "end") + chain("late", "urge", "e2"),
)  # fmt: skip
CALLER = diagram("caller", start() + '<callActivity id="call" calledElement="line"/>' + end()
                 + chain("start", "call", "end"))  # fmt: skip


def order(kind: str, **options: Any) -> Order:
    return Order(kind, "administrator", "wrong batch", options)


def status(rig: EngineRig, case: UUID) -> str:
    return rig.engine.ask(DescribeInstance(case)).status


def started(rig: EngineRig, count: int) -> list[UUID]:
    rig.deploy(LINE)
    return [rig.start("line", f"case-{i}").instance_id for i in range(count)]


def test_each_case_is_done_on_its_own_and_the_report_says_what_became_of_it(rig: EngineRig) -> None:
    first, second, third = started(rig, 3)
    rig.engine.execute(CancelInstance(second, "administrator", "withdrawn"))
    runner, unknown = BulkRunner(rig.engine), new_id(rig.clock.now())
    report = runner.order(order("suspend"), [first, second, third, unknown, first], "key-1")
    assert [(item.business_key, item.status, item.before, item.after, item.code) for item in report.items] == [
        ("case-0", "done", "active", "suspended", None),
        ("case-1", "refused", "cancelled", "cancelled", "instance-not-active"),
        ("case-2", "done", "active", "suspended", None),
        ("", "refused", "deleted", "deleted", "instance-not-found"),
    ]
    assert report.finished_at is not None
    assert (report.count("done"), report.count("refused"), report.count("waiting")) == (2, 2, 0)
    rig.engine.execute(ResumeInstance(first, "administrator", "error"))
    again = runner.order(order("suspend"), [first, second, third, unknown, first], "key-1")
    assert (again.id, again.items[0].after, again.items[0].now) == (report.id, "suspended", "active")
    assert status(rig, first) == "active"
    with pytest.raises(errors.KeyReused):
        runner.order(order("cancel"), [first], "key-1")
    assert [one.id for one in rig.engine.ask(ListBulk())] == [report.id]


def test_an_operation_without_a_reason_a_target_or_a_known_kind_is_refused(rig: EngineRig) -> None:
    [case] = started(rig, 1)
    runner = BulkRunner(rig.engine)
    for kind, targets, reason in (
        ("suspend", [], "x"), ("suspend", [case], " "), ("paint", [case], "x"),
        ("suspend", [new_id(rig.clock.now()) for _ in range(501)], "x"),
    ):  # fmt: skip
        with pytest.raises(lifecycle_errors.BulkInvalid):
            runner.order(Order(kind, "administrator", reason), targets, "key")
    with pytest.raises(lifecycle_errors.BulkNotFound):
        runner.run(case)


def test_what_a_dead_process_left_is_finished_by_a_worker_and_done_once(rig: EngineRig) -> None:
    cases = started(rig, 3)
    runner = BulkRunner(rig.engine)
    operation = rig.engine.execute(BeginBulk(order("cancel"), cases, "key"))
    item = DoItem(operation, 1, lambda target, given: CancelInstance(target, given.actor, given.reason))
    rig.engine.execute(item)
    rig.engine.execute(item)
    assert [status(rig, case) for case in cases] == ["cancelled", "active", "active"]
    assert runner.work() == 0
    rig.clock.advance(timedelta(minutes=2))
    assert (runner.work(), runner.work()) == (1, 0)
    assert [status(rig, case) for case in cases] == ["cancelled"] * 3
    lines = [line for line in rig.engine.ask(ListHistory(cases[0])) if line.kind == "instance-cancelled"]
    assert [(line.actor, line.detail["reason"]) for line in lines] == [("administrator", "wrong batch")]


def test_cases_are_migrated_together_and_one_that_cannot_be_stays(rig: EngineRig) -> None:
    first, second = started(rig, 2)
    rig.complete("draft")
    text = LINE.content.decode().replace('id="check"', 'id="examine"').replace('Ref="check"', 'Ref="examine"')
    rig.deploy(Resource("line.bpmn", text.replace("P2D", "P5D").encode()))
    names = {"check": "nowhere"}
    runner = BulkRunner(rig.engine)
    report = runner.order(order("migrate", version=2, names=names, recomputes=True), [first, second], "m")
    assert [item.code for item in report.items] == ["migration-invalid", None]
    assert [rig.engine.ask(DescribeInstance(case)).definition_version for case in (first, second)] == [1, 2]
    with rig.database.reading() as connection:
        due = connection.scalar(select(job.c.due_at).where(job.c.instance_id == second))
    assert due == rig.clock.now() + 5 * DAY


def failing(make_rig: MakeRig) -> tuple[EngineRig, list[bool]]:
    is_up: list[bool] = []

    def send(given: ServiceJob) -> dict[str, object]:
        if not is_up:
            raise RuntimeError(f"case {given.business_key}: office 17 said no to {given.id}")
        return {}

    rig = make_rig(handlers={"send": send})
    rig.deploy(SERVICE)
    for number in range(3):
        rig.start("service", f"case-{number}")
    for _ in range(8):
        rig.jobs.run_due()
        rig.clock.advance(timedelta(minutes=10))
    return rig, is_up


def test_incidents_of_one_cause_are_one_group_and_tried_again_together(make_rig: MakeRig) -> None:
    rig, is_up = failing(make_rig)
    [group] = rig.engine.ask(ListIncidentGroups())
    assert (group.count, group.cause.definition_key, group.cause.element_id) == (3, "service", "send")
    assert group.cause.cause == "RuntimeError: case case-<n>: office <n> said no to <id>"
    found = rig.engine.ask(ListIncidentsOf(group.cause))
    assert len(found) == 3
    suspended, cancelled = (one.instance_id for one in found[:2])
    assert suspended
    assert cancelled
    rig.engine.execute(SuspendInstance(suspended, "administrator", "objection"))
    rig.engine.execute(CancelInstance(cancelled, "administrator", "withdrawn"))
    is_up.append(True)
    runner = BulkRunner(rig.engine)
    report = runner.order(order("retry"), [one.id for one in found], "again")
    assert [(item.status, item.after, item.code) for item in report.items] == [
        ("done", "retry-suspended", None), ("refused", "retry-done", "incident-not-found"),
        ("done", "retry-waiting", None),
    ]  # fmt: skip
    rig.jobs.run_due()
    assert len(rig.open_tasks()) == 1
    rig.engine.execute(ResumeInstance(suspended, "administrator", "objection withdrawn"))
    rig.jobs.run_due()
    assert (len(rig.open_tasks()), rig.engine.ask(ListIncidents())) == (2, ())


def test_causes_forget_numbers_instants_and_ids() -> None:
    one = cause_of("X: case 枣2026-17 at 2026-03-01T08:00:00+00:00, id 0198c2aa-1111-7222-8333-444455556666\n  no")
    two = cause_of("X: case 枣2025-9 at 2025-12-31T23:59:59.5Z, id 0198c2bb-1111-7222-8333-444455556666 no")
    assert one == two == "X: case 枣<n>-<n> at <time>, id <id> no"


def test_a_suspended_case_gives_no_external_task_and_takes_no_answer(make_rig: MakeRig) -> None:
    rig = make_rig()
    rig.engine.registry = Registry({}, (), lambda _topic: True)
    rig.deploy(SERVICE)
    case = rig.start("service").instance_id
    fetch = FetchAndLock(["send"], "worker", 5, timedelta(minutes=1))
    [held] = rig.engine.execute(fetch)
    rig.engine.execute(SuspendInstance(case, "administrator", "objection"))
    with pytest.raises(errors.LeaseLost):
        rig.engine.execute(FinishJob(held.id, held.fence, {}))
    rig.clock.advance(DAY)
    assert rig.engine.execute(fetch) == ()
    rig.engine.execute(ResumeInstance(case, "administrator", "objection withdrawn"))
    [again] = rig.engine.execute(fetch)
    rig.engine.execute(FinishJob(again.id, again.fence, {}))
    assert [task.element_id for task in rig.open_tasks()] == ["after"]


def test_what_a_case_has_called_is_suspended_resumed_and_cancelled_with_it(make_rig: MakeRig) -> None:
    told: list[tuple[str, int]] = []

    def listen(_uow: UnitOfWork, change: Change) -> None:
        told.append((change.status, len(change.ended)))

    rig = make_rig(listeners=(listen,))
    rig.deploy(LINE, CALLER)
    case = rig.start("caller").instance_id
    [task] = rig.open_tasks()
    rig.engine.execute(SuspendInstance(case, "administrator", "objection"))
    with pytest.raises(errors.InstanceNotActive):
        rig.complete("draft")
    rig.clock.advance(3 * DAY)
    assert rig.jobs.run_due() == 0
    rig.engine.execute(ResumeInstance(case, "administrator", "objection withdrawn"))
    [line] = [line for line in rig.engine.ask(ListHistory(case)) if line.kind == "instance-resumed"]
    assert line.detail["overdue"] == [["late", (rig.clock.now() - DAY).isoformat()]]
    assert rig.jobs.run_due() == 1
    assert [one.element_id for one in rig.open_tasks()] == ["draft", "urge"]
    rig.engine.execute(CancelInstance(case, "administrator", "withdrawn"))
    assert (rig.open_tasks(), status(rig, case), task.element_id) == ([], "cancelled", "draft")
    assert [one for one in told if one[0] in ("suspended", "cancelled")] == [("suspended", 0), ("cancelled", 2)]


def test_what_a_cancelled_case_has_said_is_still_delivered(rig: EngineRig) -> None:
    throws = diagram(
        "throws",
        start() + '<intermediateThrowEvent id="say"><messageEventDefinition messageRef="m"/></intermediateThrowEvent>'
        + user("after") + end() + chain("start", "say", "after", "end"), '<message id="m" name="told"/>',
    )  # fmt: skip
    hears = diagram(
        "hears",
        '<startEvent id="start"><messageEventDefinition messageRef="m"/></startEvent>' + user("heard") + end()
        + chain("start", "heard", "end"), '<message id="m" name="told"/>',
    )  # fmt: skip
    rig.deploy(throws)
    rig.deploy(hears)
    case = rig.start("throws").instance_id
    rig.engine.execute(SuspendInstance(case, "administrator", "objection"))
    rig.engine.execute(CancelInstance(case, "administrator", "withdrawn"))
    rig.jobs.run_due()
    assert [task.element_id for task in rig.open_tasks()] == ["heard"]
