"""Programs of the soak that live until they are killed: they start cases, complete tasks, tell messages, do jobs.

Each is a process of its own. Whatever it does it may do again after its death: with the same key.
"""

import logging
import os
import random
import signal
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from multiprocessing.connection import Connection
from typing import Any
from uuid import uuid4

from sqlalchemy import select

from engine import errors
from engine.commands.complete_task import CompleteTask
from engine.commands.correlate_message import CorrelateMessage
from engine.commands.idempotency import Once
from engine.commands.start_process import StartProcess
from engine.handlers import ServiceJob
from engine.job_runner import JobRunner
from engine.process_engine import ProcessEngine
from engine.queries.tasks import ListOpenTasks
from engine.store.tables import process_instance
from engine.store.unit_of_work import UnitOfWork
from tests.engine.diagrams import chain, diagram, end, start, user
from tests.faults.lives import Fuse, open_engine
from workflows.worker import Worker

LEASE = timedelta(seconds=2)
OPEN_CASES = 40  # so many cases are under way at a time
_EXTERNAL = 'camunda:type="external" camunda:topic='
_CATCH = '<intermediateCatchEvent id="{id}">{what}</intermediateCatchEvent>'
_SOON = _CATCH.format(
    id="soon", what="<timerEventDefinition><timeDuration>PT0.4S</timeDuration></timerEventDefinition>"
)
_TOLD = _CATCH.format(id="told", what='<messageEventDefinition messageRef="m"/>')
MILLED = diagram(
    "milled",
    start() + user("a") + f'<serviceTask id="send" {_EXTERNAL}"send"/>' + _SOON
    + f'<serviceTask id="book_one" {_EXTERNAL}"book"/>' + _TOLD + f'<serviceTask id="book_two" {_EXTERNAL}"book"/>'
    + user("b") + end() + chain("start", "a", "send", "soon", "book_one", "told", "book_two", "b", "end"),
    outside='<message id="m" name="told"/>',
)  # fmt: skip
BOOKS = ("book_one", "book_two")


@dataclass(frozen=True, slots=True)
class UnderWay:
    """The keys of the cases that have not ended."""

    limit: int = 1000

    def run(self, uow: UnitOfWork) -> list[str]:
        """Answer them."""
        wanted = select(process_instance.c.business_key).where(process_instance.c.status == "active")
        return list(uow.connection.scalars(wanted.limit(self.limit)))


def _patiently(act: Callable[[], object]) -> bool:
    """Do something; answers False when another was first or the database was away."""
    try:
        act()
    except errors.DatabaseUnavailable:
        time.sleep(0.2)
        return False
    except errors.AppError:
        return False
    return True


def clerk(url: str, seed: int, fuse: int, answers: Connection, stops: Any) -> None:
    """Start cases, complete what is open and tell what is waited for; report each thing that was answered."""
    chance, engine = random.Random(seed), open_engine(url, moment=Fuse(fuse))
    while True:
        _patiently(lambda: _round(engine, chance, seed, answers, bool(stops.value)))
        time.sleep(0.01)


def _round(engine: ProcessEngine, chance: random.Random, seed: int, answers: Connection, is_ending: bool) -> None:
    keys = engine.ask(UnderWay())
    if not is_ending and len(keys) < OPEN_CASES:
        _begin(engine, chance, seed, answers)
    tasks = list(engine.ask(ListOpenTasks(limit=200)))
    chance.shuffle(tasks)
    for task in tasks[:10]:
        if _patiently(partial(engine.execute, CompleteTask(task.id, f"clerk-{seed}", {task.element_id: seed}))):
            answers.send(("completed", str(task.id)))
    for key in chance.sample(keys, min(5, len(keys))):
        message = CorrelateMessage("told", key, sender="outside", message_id=f"m-{key}")
        for _ in range(chance.randint(1, 3)):  # whether or not the case waits for it already
            _patiently(partial(engine.execute, message))


def _begin(engine: ProcessEngine, chance: random.Random, seed: int, answers: Connection) -> None:
    """Start a case, as a browser that sends again what it was not answered."""
    key = f"case-{uuid4()}"
    start_it = StartProcess("milled", key, f"clerk-{seed}")
    once = Once(start_it, "mill", key, key, lambda done: {"instance_id": str(done.instance_id)})
    told = {str(engine.execute(once).result["instance_id"]) for _ in range(chance.choice((1, 1, 2)))}
    for instance_id in told:  # more than one would be a case begun twice
        answers.send(("started", instance_id))


def hand(url: str, sink: str, seed: int, late: timedelta, fuse: int, is_safe: bool) -> None:
    """Do due jobs for ever; some handlers outlive their lease, some die between their effect and its record."""
    logging.disable(logging.CRITICAL)  # what fails here was broken on purpose
    chance, fuses = random.Random(seed), [Fuse(fuse)]
    engine = open_engine(url, late=late, moment=lambda *_: [one() for one in fuses])

    def send(job: ServiceJob) -> Mapping[str, object]:
        with open(sink, "ab", buffering=0) as file:  # noqa: PTH123 - append, unbuffered
            file.write(f"{job.instance_id} {job.id}\n".encode())
        fate = 1.0 if is_safe else chance.random()
        if fate < 0.02:
            os.kill(os.getpid(), signal.SIGKILL)
        if fate < 0.03:
            time.sleep(LEASE.total_seconds() * 1.5)
        return {"receipt": str(job.id)}

    runner = JobRunner(engine, {"send": send}, owner=f"hand-{seed}", lease=LEASE, max_attempts=1000, batch=5)
    Worker(runner, tick=0.05).run_forever()
