"""Jobs are tried again with patience, wait for an operator after the last try, and keep their order."""

from collections.abc import Callable
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any

import pytest
from sqlalchemy import select

from engine import errors
from engine.commands.incidents import ResolveIncident
from engine.commands.instances import CancelInstance, ResumeInstance, SuspendInstance
from engine.commands.jobs import FailJob, FinishJob, FireTimer, TakeDueJobs, TakenJob
from engine.handlers import ServiceJob
from engine.job_runner import JobRunner
from engine.queries.instances import ListHistory, ListIncidents
from engine.store.tables import job
from engine.testing import EngineRig
from tests.engine.diagrams import chain, diagram, end, start, timer, user
from tests.engine.test_walks_between import SERVICE

MakeRig = Callable[..., EngineRig]
LEASE = timedelta(seconds=60)
REMINDED = diagram(
    "reminded",
    start() + user("work") + timer("first", "work", '"P1D"') + timer("second", "work", '"P2D"') + user("urge")
    + user("report") + end() + end("e2") + end("e3")
    + chain("start", "work", "end") + chain("first", "urge", "e2") + chain("second", "report", "e3"),
)  # fmt: skip


class Office:
    """A system outside that can be down; remembers when it was called, and with which key."""

    def __init__(self) -> None:
        self.is_down = True
        self.calls: list[tuple[datetime, Any, int]] = []
        self.rig: EngineRig | None = None

    def __call__(self, job: ServiceJob) -> dict[str, object]:
        assert self.rig is not None
        self.calls.append((self.rig.clock.now(), job.id, job.attempt))
        if self.is_down:
            raise errors.ServiceFailed(reason="down")
        return {"receipt": "R-1"}


@pytest.fixture
def office() -> Office:
    return Office()


@pytest.fixture
def served(make_rig: MakeRig, office: Office) -> EngineRig:
    """An engine with one case that waits for the office."""
    rig = office.rig = make_rig(handlers={"send": office})
    rig.deploy(SERVICE)
    rig.start("service")
    return rig


def take(rig: EngineRig, owner: str = "w", limit: int = 50) -> tuple[TakenJob, ...]:
    return rig.engine.execute(TakeDueJobs(owner, limit, LEASE))


def rows(rig: EngineRig) -> list[Any]:
    with rig.database.reading() as connection:
        return list(connection.execute(select(job).order_by(job.c.due_at, job.c.id)))


def pass_seconds(rig: EngineRig, seconds: int) -> None:
    for _ in range(seconds):
        rig.jobs.run_due()
        rig.clock.advance(timedelta(seconds=1))


def test_a_failed_job_is_tried_again_after_longer_and_longer_waits(served: EngineRig, office: Office) -> None:
    pass_seconds(served, 40)
    instants = [at for at, _, _ in office.calls]
    waits = [(b - a).total_seconds() for a, b in pairwise(instants)]
    assert waits == [2, 4, 8, 16]
    assert [attempt for _, _, attempt in office.calls] == [1, 2, 3, 4, 5]
    assert len({key for _, key, _ in office.calls}) == 1


def test_what_works_at_last_leaves_no_incident(served: EngineRig, office: Office) -> None:
    pass_seconds(served, 3)
    office.is_down = False
    pass_seconds(served, 5)
    assert served.engine.ask(ListIncidents()) == ()
    assert [task.element_id for task in served.open_tasks()] == ["after"]
    assert rows(served) == []


def test_after_the_last_try_an_operator_is_told_and_lets_it_run_again(served: EngineRig, office: Office) -> None:
    pass_seconds(served, 200)
    (incident,) = served.engine.ask(ListIncidents())
    assert (incident.element_id, incident.kind, len(office.calls)) == ("send", "service", 5)
    assert "down" in incident.message
    office.is_down = False
    served.engine.execute(ResolveIncident(incident.id, "admin", "the office is up again"))
    assert served.jobs.run_due() == 1
    assert served.engine.ask(ListIncidents()) == ()
    assert office.calls[-1][1:] == (office.calls[0][1], 1)
    assert [task.element_id for task in served.open_tasks()] == ["after"]
    assert incident.instance_id is not None
    kinds = [line.kind for line in served.engine.ask(ListHistory(incident.instance_id))]
    assert [kind for kind in kinds if "incident" in kind] == ["incident-opened", "incident-resolved"]
    with pytest.raises(errors.IncidentNotFound):
        served.engine.execute(ResolveIncident(incident.id, "admin", "again"))


def test_a_topic_nobody_handles_opens_an_incident_at_once(rig: EngineRig) -> None:
    rig.deploy(SERVICE)
    rig.start("service")
    rig.jobs.run_due()
    (incident,) = rig.engine.ask(ListIncidents())
    assert "no handler for topic send" in incident.message


def test_who_lost_the_lease_writes_nothing(served: EngineRig, office: Office) -> None:
    (slow,) = take(served, "slow")
    assert take(served, "quick") == ()
    served.clock.advance(LEASE)
    (quick,) = take(served, "quick")
    assert (quick.id, quick.fence, quick.attempt) == (slow.id, slow.fence + 1, 2)
    late = [FinishJob(slow.id, slow.fence, {"by": "slow"}), FailJob(slow.id, slow.fence, "late", None)]
    for command in late:
        with pytest.raises(errors.LeaseLost):
            served.engine.execute(command)
    served.engine.execute(FinishJob(quick.id, quick.fence, {"by": "quick"}))
    assert [task.variables for task in served.open_tasks()] == [{"by": "quick"}]
    with pytest.raises(errors.LeaseLost):
        served.engine.execute(FinishJob(quick.id, quick.fence, {}))


def test_a_handler_that_outlives_its_lease_does_not_fail_the_job(make_rig: MakeRig) -> None:
    def slow(_job: ServiceJob) -> dict[str, object]:
        rig.clock.advance(LEASE)
        rig.engine.execute(TakeDueJobs("other", 50, LEASE))
        return {"by": "slow"}

    rig = make_rig(handlers={"send": slow})
    rig.deploy(SERVICE)
    rig.start("service")
    rig.jobs.run_due(limit=1)
    (waiting,) = rows(rig)
    assert (waiting.status, waiting.lease_owner, waiting.last_error) == ("running", "other", None)
    assert rig.open_tasks() == []


def test_what_was_not_begun_within_the_lease_is_left_to_others(make_rig: MakeRig) -> None:
    called: list[str] = []

    def slow(job: ServiceJob) -> dict[str, object]:
        called.append(job.business_key)
        rig.clock.advance(LEASE / 2)
        return {}

    rig = make_rig(handlers={"send": slow})
    rig.deploy(SERVICE)
    for n in range(5):
        rig.start("service", f"c-{n}")
    rig.jobs.run_due(limit=5)
    assert called == ["c-0", "c-1"]
    assert rig.jobs.run_due() == 3
    assert called == [f"c-{n}" for n in range(5)]


def test_a_job_that_kills_its_worker_takes_no_other_down(make_rig: MakeRig) -> None:
    done: list[str] = []

    class Killed(BaseException):
        """Stands for the end of the process."""

    def send(job: ServiceJob) -> dict[str, object]:
        if job.business_key == "poison":
            raise Killed
        done.append(job.business_key)
        return {}

    rig = make_rig(handlers={"send": send})
    rig.deploy(SERVICE)
    for key in ("poison", "c-1", "c-2"):
        rig.start("service", key)
    for _ in range(5):
        with pytest.raises(Killed):
            rig.jobs.run_due()
        rig.clock.advance(LEASE)
    assert done == []  # the poison is the oldest, and is taken alone after the first death
    rig.jobs.run_due()
    assert done == ["c-1", "c-2"]
    (incident,) = rig.engine.ask(ListIncidents())
    assert (incident.business_key, incident.message) == ("poison", "the worker did not survive this job")


def test_overdue_timers_fire_once_and_in_order_after_an_outage(rig: EngineRig) -> None:
    rig.deploy(REMINDED)
    cases = []
    for n in range(3):
        cases.append(rig.start("reminded", f"c-{n}").instance_id)
        rig.clock.advance(timedelta(hours=1))
    rig.clock.advance(timedelta(days=10))
    assert rig.jobs.run_due() == 6
    assert rig.jobs.run_due() == 0
    created = [(task.element_id, task.business_key) for task in rig.open_tasks() if task.element_id != "work"]
    assert sorted(created) == sorted((step, f"c-{n}") for step in ("urge", "report") for n in range(3))
    for case in cases:
        fired = [line for line in rig.engine.ask(ListHistory(case)) if line.kind == "timer-fired"]
        assert [line.element_id for line in fired] == ["first", "second"]
        assert all(line.detail["late_seconds"] > 0 for line in fired)


def test_timers_of_many_cases_fire_oldest_due_first(rig: EngineRig) -> None:
    rig.deploy(REMINDED)
    for n in range(4):
        rig.start("reminded", f"c-{n}")
        rig.clock.advance(timedelta(minutes=1))
    rig.clock.advance(timedelta(days=1))
    taken = [found for _ in range(4) for found in take(rig, limit=1)]
    assert [found.business_key for found in taken] == ["c-0", "c-1", "c-2", "c-3"]


def test_a_case_has_one_job_in_hand_at_a_time(rig: EngineRig) -> None:
    rig.deploy(REMINDED)
    rig.start("reminded")
    rig.clock.advance(timedelta(days=3))
    (first,) = take(rig)
    assert (first.element_id, take(rig)) == ("first", ())
    rig.engine.execute(FireTimer(first.id, first.fence))
    assert [found.element_id for found in take(rig)] == ["second"]


def test_a_cancelled_case_has_no_jobs_and_no_tasks(rig: EngineRig) -> None:
    rig.deploy(REMINDED)
    case = rig.start("reminded").instance_id
    rig.clock.advance(timedelta(days=1))
    (held,) = take(rig)
    rig.engine.execute(CancelInstance(case, "admin", "entered twice"))
    assert (rows(rig), rig.open_tasks()) == ([], [])
    with pytest.raises(errors.LeaseLost):
        rig.engine.execute(FireTimer(held.id, held.fence))
    with pytest.raises(errors.InstanceNotActive):
        rig.engine.execute(CancelInstance(case, "admin", "again"))
    assert [line.detail["reason"] for line in rig.engine.ask(ListHistory(case))
            if line.kind == "instance-cancelled"] == ["entered twice"]  # fmt: skip


def test_a_case_cancelled_while_its_handler_works_stays_cancelled(make_rig: MakeRig) -> None:
    def send(job: ServiceJob) -> dict[str, object]:
        rig.engine.execute(CancelInstance(job.instance_id, "admin", "withdrawn"))
        return {}

    rig = make_rig(handlers={"send": send})
    rig.deploy(SERVICE)
    rig.start("service")
    assert rig.jobs.run_due() == 1
    assert (rows(rig), rig.open_tasks(), rig.engine.ask(ListIncidents())) == ([], [], ())


def test_a_case_suspended_while_its_handler_works_loses_no_attempt(make_rig: MakeRig) -> None:
    attempts: list[int] = []

    def send(job: ServiceJob) -> dict[str, object]:
        attempts.append(job.attempt)
        if len(attempts) == 1:
            rig.engine.execute(SuspendInstance(job.instance_id, "admin", "objection"))
        return {}

    rig = make_rig(handlers={"send": send})
    rig.deploy(SERVICE)
    case = rig.start("service").instance_id
    rig.jobs.run_due()
    rig.clock.advance(timedelta(days=30))
    assert rig.jobs.run_due() == 0
    assert [found.status for found in rows(rig)] == ["suspended"]
    rig.engine.execute(ResumeInstance(case, "admin", "objection withdrawn"))
    rig.jobs.run_due()
    assert attempts == [1, 1]
    assert [task.element_id for task in rig.open_tasks()] == ["after"]


def test_the_timers_of_a_suspended_case_fire_when_it_is_resumed(rig: EngineRig) -> None:
    rig.deploy(REMINDED)
    case = rig.start("reminded").instance_id
    rig.engine.execute(SuspendInstance(case, "admin", "objection"))
    rig.clock.advance(timedelta(days=5))
    assert rig.jobs.run_due() == 0
    rig.engine.execute(ResumeInstance(case, "admin", "objection withdrawn"))
    assert rig.jobs.run_due() == 2
    assert sorted(task.element_id for task in rig.open_tasks()) == ["report", "urge", "work"]


def test_so_many_jobs_are_done_as_were_asked_for(make_rig: MakeRig) -> None:
    rig = make_rig(handlers={"send": lambda _job: {}})
    rig.deploy(SERVICE)
    for n in range(5):
        rig.start("service", f"c-{n}")
    runner = JobRunner(rig.engine, {"send": lambda _job: {}}, owner="w", batch=2)
    assert [runner.run_due(limit=3), runner.run_due(), runner.run_due()] == [3, 2, 0]
