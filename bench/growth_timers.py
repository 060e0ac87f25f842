"""How fast timers fire that are all overdue, with how many workers, and how late those that are not."""

import multiprocessing
import statistics
import time
from typing import Any

import psycopg

from bench.complete_task import open_engine
from bench.growth_cases import prepare, start, waiting
from bench.growth_rows import copy_case, plain
from engine.commands.complete_task import CompleteTask
from engine.job_runner import JobRunner
from engine.queries.tasks import ListOpenTasks
from workflows.worker import Worker


def _worker(url: str, number: int, gate: Any, done: Any) -> None:
    engine = open_engine(url)
    jobs = JobRunner(engine, {}, owner=f"worker-{number}")
    engine.ask(ListOpenTasks(limit=1))
    gate.wait()
    done.put(jobs.run_due(limit=1_000_000))
    engine.database.close()


def _fired(base: str, count: int, workers: int) -> float:
    """Return how many timers a second some workers fire that are all overdue."""
    engine = prepare(base, "growth_overdue", waiting("PT0S"))
    url = engine.database.url
    copy_case(url, str(start(engine).instance_id), count)
    context = multiprocessing.get_context("spawn")
    gate, done = context.Barrier(workers + 1), context.Queue()
    hands = [context.Process(target=_worker, args=(url, n, gate, done), daemon=True) for n in range(workers)]
    for hand in hands:
        hand.start()
    gate.wait()
    begin = time.perf_counter()
    fired = sum(done.get(timeout=600) for _ in hands)
    seconds = time.perf_counter() - begin
    with psycopg.connect(plain(url)) as connection:
        left = connection.execute("SELECT count(*) FROM job").fetchone()
    if left != (0,) or fired != count + 1:
        raise RuntimeError(f"{fired} of {count + 1} timers fired, {left} left")
    engine.database.close()
    return float(fired / seconds)


def overdue(base: str, quick: bool) -> dict[str, float]:
    """Let two workers fire ten thousand timers that are all overdue."""
    return {"overdue_per_second": _fired(base, 1_000 if quick else 10_000, 2)}


def workers(base: str, quick: bool) -> dict[str, float]:
    """Let one, two and four workers fire the same number of timers, in turns: the median of each, and the ratios."""
    count, found = 500 if quick else 4_000, dict[int, list[float]]()
    for _ in range(1 if quick else 3):
        for several in (1, 2, 4):
            found.setdefault(several, []).append(_fired(base, count, several))
    middle = {several: statistics.median(rates) for several, rates in found.items()}
    return {f"workers_{several}": rate for several, rate in middle.items()} | {
        f"workers_{several}_to_1": statistics.median(a / b for a, b in zip(found[several], found[1], strict=True))
        for several in (2, 4)
    }


def late(base: str, quick: bool) -> dict[str, float]:
    """Let timers fall due at any moment while a case is started and moved now and then; see how late they fire."""
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
