"""Whether the cost of a step stays the same however old a case, and however many cases and timers there are.

Usage: python -m bench.growth [--quick] [--only history,size,fan,overdue,late]

Runs on PostgreSQL with fsync on. Two things are compared by doing them in turn, A, B, A, B, so that whatever else the
machine does meets both; what is compared is the median. Look at the ratios: the last line is one JSON object, with
what was aimed at beside what was measured.
"""

import argparse
import json
import multiprocessing
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any
from uuid import UUID

import psycopg

from bench.complete_task import open_engine
from bench.engine import fresh
from bench.growth_rows import copy_case, plain
from bench.workload import variables
from engine.commands.claim_task import ClaimTask
from engine.commands.complete_task import CompleteTask
from engine.commands.correlate_message import CorrelateMessage
from engine.commands.deploy import Deploy
from engine.commands.jobs import FireTimer, TakeDueJobs
from engine.commands.start_process import Started, StartProcess
from engine.job_runner import JobRunner
from engine.process_engine import ProcessEngine
from engine.queries.tasks import ListOpenTasks
from engine.spiff.model import Resource
from engine.store.tables import metadata
from engine.store.unit_of_work import UnitOfWork

ROOT = Path(__file__).resolve().parent.parent
AIMS = {
    "history_ratio": "0.8..1.2", "size_ratio_start": "0.8..1.2", "size_ratio_claim": "0.8..1.2",
    "size_ratio_complete": "0.8..1.2", "size_ratio_message": "0.8..1.2", "size_ratio_take": "0.8..1.2",
    "size_ratio_fire": "0.8..1.2", "size_ratio_look_up": "0.8..1.2", "fan_start_s": "<= 1", "fan_complete_s": "<= 1",
    "overdue_per_second": ">= 300", "late_p99_s": "<= 1",
}  # fmt: skip
_HEAD = (
    '<?xml version="1.0" encoding="UTF-8"?><definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL" '
    'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xmlns:camunda="http://camunda.org/schema/1.0/bpmn" '
    'id="d" targetNamespace="bench"><message id="m" name="answered"/><process id="bench" isExecutable="true">'
)


def _draw(inner: str, *lines: Sequence[str]) -> bytes:
    flows = "".join(
        f'<sequenceFlow id="{a}__{b}" sourceRef="{a}" targetRef="{b}"/>' for line in lines for a, b in pairwise(line)
    )
    return (_HEAD + '<startEvent id="start"/>' + inner + flows + "</process></definitions>").encode()


def _task(name: str, inner: str = "") -> str:
    return f'<userTask id="{name}" camunda:candidateGroups="unit/officer">{inner}</userTask>'


def _timer(name: str, at: str, after: str) -> str:
    return (
        f'<boundaryEvent id="{name}" attachedToRef="{at}"><timerEventDefinition><timeDuration>"{after}"</timeDuration>'
        "</timerEventDefinition></boundaryEvent>"
    )


def waiting(after: str = "P30D") -> bytes:
    """Return a case that waits at a task with a timer and, in an event subprocess, for a message."""
    asked = (
        '<subProcess id="aside" triggeredByEvent="true"><startEvent id="asked" isInterrupting="false">'
        '<messageEventDefinition messageRef="m"/></startEvent><task id="noted"/><endEvent id="aside_end"/>'
        '<sequenceFlow id="g1" sourceRef="asked" targetRef="noted"/>'
        '<sequenceFlow id="g2" sourceRef="noted" targetRef="aside_end"/></subProcess>'
    )
    inner = _task("work") + _timer("late", "work", after) + _task("after") + '<endEvent id="end"/>' + asked
    return _draw(inner, ("start", "work", "after", "end"), ("late", "after"))


def ring() -> bytes:
    """Return a case that goes round for ever."""
    inner = '<exclusiveGateway id="merge"/>' + _task("work") + _timer("late", "work", "P30D") + _task("other")
    return _draw(inner, ("start", "merge", "work", "other", "merge"), ("late", "other"))


def fan() -> bytes:
    """Return a case in which one answer gives 400 people a task each."""
    many = '<multiInstanceLoopCharacteristics camunda:collection="people" camunda:elementVariable="person"/>'
    return _draw(_task("ask") + _task("each", many) + '<endEvent id="end"/>', ("start", "ask", "each", "end"))


def prepare(base: str, name: str, drawn: bytes) -> ProcessEngine:
    """Return an engine on a new database with one process."""
    engine = open_engine(fresh(base, name))
    metadata.create_all(engine.database.pool)
    engine.execute(Deploy("bench", (Resource("bench.bpmn", drawn),), "bench", "it never ends"))
    return engine


def start(engine: ProcessEngine, **more: object) -> Started:
    """Start a case with a kilobyte of data."""
    return engine.execute(StartProcess("bench", f"B-{time.perf_counter_ns()}", "clerk", {**variables(), **more}))


def spent(work: Callable[[], object]) -> float:
    """Return how long it took, in seconds."""
    begin = time.perf_counter()
    work()
    return time.perf_counter() - begin


@dataclass(frozen=True, slots=True)
class Together:
    """Many completions of one case in one transaction: only to make it old."""

    task: UUID
    count: int

    def run(self, uow: UnitOfWork) -> UUID:
        """Complete task after task; answers the one that waits at the end."""
        task = self.task
        for n in range(self.count):
            task = CompleteTask(task, "clerk", {"n": n}).run(uow).next_tasks[0]
        return task


def history(base: str, quick: bool) -> dict[str, float]:
    """Compare a case with 10,000 finished tasks with one that has ten."""
    engine, long = prepare(base, "growth_history", ring()), 1_000 if quick else 10_000
    old = engine.ask(ListOpenTasks(start(engine).instance_id))[0].id
    for _ in range(long // 200):
        old = engine.execute(Together(old, 200))
    times: dict[str, list[float]] = {"old": [], "young": []}
    for _ in range(10 if quick else 40):
        young = engine.ask(ListOpenTasks(start(engine).instance_id))[0].id
        young = engine.execute(Together(young, 10))
        for n in range(10):
            for name, task in (("young", young), ("old", old)):
                begin = time.perf_counter()
                following = engine.execute(CompleteTask(task, "clerk", {"n": n})).next_tasks[0]
                times[name].append(time.perf_counter() - begin)
                young, old = (following, old) if name == "young" else (young, following)
    engine.database.close()
    medians = {name: statistics.median(values) for name, values in times.items()}
    return {"history_ratio": medians["old"] / medians["young"], "history_young_ms": medians["young"] * 1000}


def _steps(engine: ProcessEngine) -> dict[str, float]:
    """Do one of everything and return how long each took."""
    times: dict[str, float] = {}
    key = f"N-{time.perf_counter_ns()}"
    begin = time.perf_counter()
    case = engine.execute(StartProcess("bench", key, "clerk", variables()))
    times["start"] = time.perf_counter() - begin
    found: list[Any] = []
    times["look_up"] = spent(lambda: found.extend(engine.ask(ListOpenTasks(case.instance_id))))
    times["claim"] = spent(lambda: engine.execute(ClaimTask(found[0].id, "clerk")))
    times["message"] = spent(lambda: engine.execute(CorrelateMessage("answered", key, {"reply": "yes"})))
    times["complete"] = spent(lambda: engine.execute(CompleteTask(found[0].id, "clerk", {"ok": True})))
    other = engine.execute(StartProcess("bench", key + "t", "clerk", variables()))
    with psycopg.connect(plain(engine.database.url), autocommit=True) as connection:
        connection.execute("UPDATE job SET due_at = now() WHERE instance_id = %s", (other.instance_id,))
    taken: list[Any] = []
    times["take"] = spent(lambda: taken.extend(engine.execute(TakeDueJobs("w", 50, timedelta(seconds=60)))))
    times["fire"] = spent(lambda: engine.execute(FireTimer(taken[0].id, taken[0].fence)))
    return times


def size(base: str, quick: bool) -> dict[str, float]:
    """Compare a database of a million open cases, each with a waiting timer, with one of a thousand."""
    engines = []
    for name, count in (("growth_few", 1_000), ("growth_many", 20_000 if quick else 1_000_000)):
        engine = prepare(base, name, waiting())
        begin = time.perf_counter()
        copy_case(engine.database.url, str(start(engine).instance_id), count)
        print(f"filled with {count} open cases in {time.perf_counter() - begin:.0f} s", flush=True)
        engines.append(engine)
    times: list[dict[str, list[float]]] = [{}, {}]
    for turn in range(60 if quick else 300):
        for engine, known in zip(engines, times, strict=True):
            for name, value in _steps(engine).items():
                if turn >= 20:
                    known.setdefault(name, []).append(value)
    few, many = ({name: statistics.median(values) for name, values in known.items()} for known in times)
    for engine in engines:
        engine.database.close()
    found = {f"size_ratio_{name}": many[name] / few[name] for name in few}
    return found | {f"size_many_{name}_ms": value * 1000 for name, value in many.items()}


def fanned(base: str, quick: bool) -> dict[str, float]:
    """Give 400 people a task each in one step, then complete some of them."""
    engine, people = prepare(base, "growth_fan", fan()), [f"p{i}" for i in range(400)]
    opening, completing = [], []
    for _ in range(2 if quick else 5):
        case = start(engine, people=people)
        ask = engine.ask(ListOpenTasks(case.instance_id))[0].id
        opening.append(spent(lambda task=ask: engine.execute(CompleteTask(task, "clerk"))))  # type: ignore[misc]
        tasks = engine.ask(ListOpenTasks(case.instance_id))
        if len(tasks) != len(people):
            raise RuntimeError(f"{len(tasks)} tasks instead of {len(people)}")
        for task in tasks[:20]:
            completing.append(spent(lambda one=task.id: engine.execute(CompleteTask(one, "clerk"))))  # type: ignore[misc]
    engine.database.close()
    return {"fan_start_s": statistics.median(opening), "fan_complete_s": statistics.median(completing)}


def _worker(url: str, number: int, gate: Any, done: Any) -> None:
    engine = open_engine(url)
    jobs = JobRunner(engine, {}, owner=f"worker-{number}")
    engine.ask(ListOpenTasks(limit=1))
    gate.wait()
    done.put(jobs.run_due(limit=1_000_000))
    engine.database.close()


def overdue(base: str, quick: bool) -> dict[str, float]:
    """Let two workers fire ten thousand timers that are all overdue."""
    engine, count = prepare(base, "growth_overdue", waiting("PT0S")), 1_000 if quick else 10_000
    url = engine.database.url
    copy_case(url, str(start(engine).instance_id), count)
    context = multiprocessing.get_context("spawn")
    gate, done = context.Barrier(3), context.Queue()
    workers = [context.Process(target=_worker, args=(url, n, gate, done), daemon=True) for n in range(2)]
    for worker in workers:
        worker.start()
    gate.wait()
    begin = time.perf_counter()
    fired = sum(done.get(timeout=600) for _ in workers)
    seconds = time.perf_counter() - begin
    with psycopg.connect(plain(url)) as connection:
        left = connection.execute("SELECT count(*) FROM job").fetchone()
    if left != (0,) or fired != count + 1:
        raise RuntimeError(f"{fired} of {count + 1} timers fired, {left} left")
    engine.database.close()
    return {"overdue_per_second": fired / seconds}


def late(base: str, quick: bool) -> dict[str, float]:
    """Let timers fall due at any moment while a case is started and moved now and then; see how late they fire."""
    from workflows.worker import Worker

    engine = prepare(base, "growth_late", waiting("PT2S"))
    worker = Worker(JobRunner(engine, {}, owner="worker"))
    engine.on_commit.append(worker.wake)
    worker.start()
    for n in range(40 if quick else 200):
        case = start(engine)
        if n % 4 == 0:
            engine.execute(CompleteTask(engine.ask(ListOpenTasks(case.instance_id))[0].id, "clerk"))
        time.sleep(0.05 + (n * 7 % 11) / 100)
    time.sleep(4)
    worker.stop()
    with psycopg.connect(plain(engine.database.url)) as connection:
        rows = connection.execute("SELECT (detail->>'late_seconds')::float FROM history_event WHERE kind='timer-fired'")
        lateness = sorted(row[0] for row in rows)
    engine.database.close()
    return {"late_p50_s": lateness[len(lateness) // 2], "late_p99_s": lateness[int(len(lateness) * 0.99)]}


PARTS: dict[str, Callable[[str, bool], dict[str, float]]] = {
    "history": history, "fan": fanned, "overdue": overdue, "late": late, "size": size,
}  # fmt: skip


def _beside_postgres() -> str:
    base = os.environ.get("XIANJIE_TEST_POSTGRES")
    if base:
        return base
    again = [sys.executable, str(ROOT / ".ci" / "with-postgres"), sys.executable, "-m", "bench.growth"]
    sys.exit(subprocess.call([*again, *sys.argv[1:]], cwd=ROOT))


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="small sizes, under a minute")
    parser.add_argument("--only", type=lambda text: text.split(","), default=list(PARTS), help="some of the parts")
    given = parser.parse_args()
    base, found = _beside_postgres(), {}
    for name in given.only:
        part = {key: round(value, 3) for key, value in PARTS[name](base, given.quick).items()}
        print(name, part, flush=True)
        found |= part
    print(json.dumps({"aims": {key: aim for key, aim in AIMS.items() if key in found}, **found}))


if __name__ == "__main__":
    main()
