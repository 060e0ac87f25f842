"""The network between a program and PostgreSQL breaks or stands still: a clear refusal, and nothing half done."""

import threading
import time
from collections.abc import Iterator, Mapping
from datetime import timedelta
from uuid import UUID

import pytest

from engine.commands.complete_task import CompleteTask
from engine.commands.deploy import Deploy
from engine.commands.start_process import StartProcess
from engine.errors import DatabaseUnavailable, TaskNotOpen
from engine.handlers import ServiceJob
from engine.job_runner import JobRunner
from engine.process_engine import ProcessEngine
from engine.queries.tasks import ListOpenTasks
from tests.conftest import POSTGRES, new_postgres_database
from tests.faults import checker, lives
from tests.faults.outages import Wire

pytestmark = [pytest.mark.faults, pytest.mark.skipif(not POSTGRES, reason="without PostgreSQL there is no network")]
PATIENCE = 60.0
LEASE = timedelta(seconds=0.5)


@pytest.fixture
def places() -> Iterator[tuple[str, Wire, ProcessEngine, ProcessEngine]]:
    """A database, the wire to it, a program at the database and one at the other end of the wire."""
    with new_postgres_database() as url:
        wire = Wire(url)
        near, far = lives.open_engine(url), lives.open_engine(wire.url)
        lives.make_tables(near)
        near.execute(Deploy("test", (lives.BOOKED, lives.SENT), "test"))
        yield url, wire, near, far
        near.database.close()
        far.database.close()


def test_a_cut_network_is_told_and_what_was_asked_again_is_done_once(
    places: tuple[str, Wire, ProcessEngine, ProcessEngine],
) -> None:
    url, wire, near, far = places
    case = far.execute(StartProcess("booked", "c", "li"))
    [task] = near.ask(ListOpenTasks(case.instance_id))
    wire.cut(PATIENCE)
    with pytest.raises(DatabaseUnavailable):
        far.execute(CompleteTask(task.id, "li"))
    wire.cut(0)
    until = time.monotonic() + PATIENCE
    while time.monotonic() < until:
        try:
            far.execute(CompleteTask(task.id, "li"))
        except DatabaseUnavailable:
            time.sleep(0.05)
        except TaskNotOpen:
            break
    assert checker.Stored(url).faults([task.id]) == []
    assert checker.booked(url) == {(case.instance_id, "book_a"): 1}


def test_while_the_network_of_one_worker_stands_still_another_acts_and_nothing_is_recorded_twice(
    places: tuple[str, Wire, ProcessEngine, ProcessEngine],
) -> None:
    url, wire, near, far = places
    case = near.execute(StartProcess("sent", "c", "li"))
    keys: list[UUID] = []

    def send(job: ServiceJob) -> Mapping[str, object]:
        keys.append(job.id)
        return {}

    def send_and_be_cut_off(job: ServiceJob) -> Mapping[str, object]:
        wire.hold(PATIENCE)
        return send(job)

    slow = JobRunner(far, {"send": send_and_be_cut_off}, owner="slow", lease=LEASE)
    other = JobRunner(near, {"send": send}, owner="other", lease=LEASE)
    cut_off = threading.Thread(target=slow.run_due)
    cut_off.start()
    until = time.monotonic() + PATIENCE
    while time.monotonic() < until and not near.ask(ListOpenTasks(case.instance_id)):
        if keys:
            other.run_due()
        time.sleep(0.05)
    wire.hold(0)
    cut_off.join(PATIENCE)
    assert len(keys) == 2
    assert len(set(keys)) == 1
    assert checker.booked(url) == {(case.instance_id, "book_send"): 1}
    assert checker.Stored(url).contradictions() == []
