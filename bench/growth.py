"""Whether the cost of a step stays the same however old a case, and however many cases and timers there are.

Usage: python -m bench.growth [--quick] [--only history,size,fan,overdue,workers,late]

Runs on PostgreSQL with fsync on. Two things are compared by doing them in turn, A, B, A, B, so that whatever else the
machine does meets both; what is compared is the median. Look at the ratios: the last line is one JSON object, with
what was aimed at beside what was measured.
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import psycopg

from bench.growth_cases import fan, prepare, ring, spent, start, waiting
from bench.growth_rows import copy_case, plain
from bench.growth_timers import late, overdue, workers
from bench.workload import variables
from engine.commands.claim_task import ClaimTask
from engine.commands.complete_task import CompleteTask
from engine.commands.correlate_message import CorrelateMessage
from engine.commands.jobs import FireTimer, TakeDueJobs
from engine.commands.start_process import StartProcess
from engine.process_engine import ProcessEngine
from engine.queries.tasks import ListOpenTasks
from engine.store.unit_of_work import UnitOfWork

ROOT = Path(__file__).resolve().parent.parent
AIMS = {
    "history_ratio": "0.8..1.2", "size_ratio_start": "0.8..1.2", "size_ratio_claim": "0.8..1.2",
    "size_ratio_complete": "0.8..1.2", "size_ratio_message": "0.8..1.2", "size_ratio_take": "0.8..1.2",
    "size_ratio_fire": "0.8..1.2", "size_ratio_look_up": "0.8..1.2", "fan_start_s": "<= 1", "fan_complete_s": "<= 1",
    "overdue_per_second": ">= 300", "workers_2_to_1": ">= 1.5", "late_p99_s": "<= 1",
}  # fmt: skip


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


PARTS: dict[str, Callable[[str, bool], dict[str, float]]] = {
    "history": history, "fan": fanned, "overdue": overdue, "workers": workers, "late": late,
    "size": size,
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
