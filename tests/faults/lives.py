"""Lives that end by SIGKILL: a client that completes tasks and a worker that calls a handler.

Each runs in a process of its own. A fuse counts the moments at which a program can die: before each
statement, between the last write and the commit, and between the commit and the answer.
"""

import os
import random
import signal
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from multiprocessing.connection import Connection
from typing import Any

from sqlalchemy import Column, Integer, MetaData, Table, Text, event, insert

from engine import errors
from engine.clock import ShiftedClock, SystemClock
from engine.commands.complete_task import CompleteTask
from engine.handlers import ServiceJob
from engine.job_runner import JobRunner
from engine.process_engine import ProcessEngine
from engine.queries.tasks import ListOpenTasks
from engine.spiff.runtime import Runtime
from engine.store.database import Database
from engine.store.tables import metadata
from engine.store.unit_of_work import Registry, UnitOfWork
from tests.engine.diagrams import chain, diagram, end, start, user
from workflows.worker import Worker

PASSES = 10  # a client looks so often for open tasks, then it ends
STEPS = ("a", "b", "c")
BOOKED = diagram(
    "booked",
    start() + "".join(user(step) + f'<serviceTask id="book_{step}" camunda:type="external" camunda:topic="book"/>'
                      for step in STEPS)
    + end() + chain("start", *(name for step in STEPS for name in (step, f"book_{step}")), "end"),
)  # fmt: skip
SENT = diagram(
    "sent",
    start() + '<serviceTask id="send" camunda:type="external" camunda:topic="send"/>'
    + '<serviceTask id="book_send" camunda:type="external" camunda:topic="book"/>' + user("after") + end()
    + chain("start", "send", "book_send", "after", "end"),
)  # fmt: skip

BOOKS = MetaData()
ledger = Table(
    "test_ledger",
    BOOKS,
    Column("number", Integer, primary_key=True),
    Column("instance_id", Text, nullable=False),
    Column("element_id", Text, nullable=False),
)


def book(uow: UnitOfWork, job: ServiceJob) -> Mapping[str, object]:
    """Write one row of the test's own table in the engine's transaction."""
    uow.connection.execute(insert(ledger), {"instance_id": str(job.instance_id), "element_id": job.element_id})
    return {job.element_id: True}


def open_engine(url: str, *, late: timedelta = timedelta(), moment: Callable[..., None] | None = None) -> ProcessEngine:
    """Return an engine whose clock is *late*; *moment* is told whenever the program might die."""
    listeners = [] if moment is None else [moment]
    clock = ShiftedClock(SystemClock(), late)
    engine = ProcessEngine(Database(url), Runtime(), clock, Registry({"book": book}, listeners))
    if moment is not None:
        event.listen(engine.database.pool, "before_cursor_execute", moment)
        event.listen(engine.database.pool, "commit", moment)
        engine.on_commit.append(moment)
    return engine


def make_tables(engine: ProcessEngine) -> None:
    """Make the engine's tables and the test's own."""
    for tables in (metadata, BOOKS):
        tables.create_all(engine.database.pool)


class Fuse:
    """Kills this process at the given moment; 0 never does."""

    def __init__(self, at: int) -> None:
        self._left = at

    def __call__(self, *_: object) -> None:
        self._left -= 1
        if self._left == 0:
            os.kill(os.getpid(), signal.SIGKILL)


def client(url: str, seed: int, fuse: int, answers: Connection) -> None:
    """Complete all open tasks in any order and send the id of each one whose completion was answered."""
    engine = open_engine(url, moment=Fuse(fuse))
    order = random.Random(seed)
    for _ in range(PASSES):
        tasks = list(engine.ask(ListOpenTasks(limit=1000)))
        order.shuffle(tasks)
        for task in tasks:
            try:
                engine.execute(CompleteTask(task.id, f"client-{seed}", {task.element_id: seed}))
            except errors.Conflict:  # the other client was first
                continue
            answers.send_bytes(task.id.bytes)
    engine.database.close()


@dataclass(frozen=True)
class Death:
    """How a worker dies: at the n-th job, before its effect, right after it, or so many moments later."""

    at_job: int
    when: str
    moments: int = 1


def worker(url: str, sink: str, late: timedelta, death: Death | None) -> None:
    """Do due jobs until death; each effect is one line of the sink: instance and idempotency key.

    Without a death everything that is due is done once, and the process ends.
    """
    fuse: list[Fuse] = []
    engine = open_engine(url, late=late, moment=lambda *_: [found() for found in fuse])
    calls: list[Any] = []

    def send(job: ServiceJob) -> Mapping[str, object]:
        calls.append(job.id)
        is_last = death is not None and len(calls) == death.at_job
        if is_last and death is not None and death.when == "before the effect":
            os.kill(os.getpid(), signal.SIGKILL)
        with open(sink, "ab", buffering=0) as file:  # noqa: PTH123 - append, unbuffered
            file.write(f"{job.instance_id} {job.id}\n".encode())
        if is_last and death is not None:
            fuse.append(Fuse(death.moments))
        return {"receipt": str(job.id)}

    runner = JobRunner(engine, {"send": send}, owner=f"worker-{late}")
    if death is None:
        runner.run_due()
        engine.database.close()
        return
    Worker(runner, tick=0.02).run_forever()
