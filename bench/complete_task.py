"""What completing a user task costs, beside the stock way and the database's own floor.

Usage: python -m bench.complete_task [--quick] [--seconds S] [--rounds N]

One run measures everything; look at the ratios, not at the absolute figures. The last line is one
JSON object: ratio_vs_stock, ratio_vs_floor, statements, commits, p50_ms, p99_ms and more.
"""

import argparse
import json
import multiprocessing
import os
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path
from typing import Any

from sqlalchemy import event

from bench.floor import floor
from bench.workload import diagram, variables
from engine.clock import SystemClock
from engine.commands.complete_task import CompleteTask
from engine.commands.deploy import Deploy
from engine.commands.start_process import StartProcess
from engine.process_engine import ProcessEngine
from engine.queries.tasks import ListOpenTasks
from engine.spiff.model import Resource
from engine.spiff.runtime import Runtime
from engine.store.batch import WriteBatch
from engine.store.database import Database
from engine.store.tables import metadata

ROOT = Path(__file__).resolve().parent.parent
CASES = 40


def open_engine(url: str) -> ProcessEngine:
    """Return an engine on a database that has its tables."""
    return ProcessEngine(Database(url), Runtime(), SystemClock())


def prepare(url: str) -> None:
    """Deploy the process and start the cases."""
    engine = open_engine(url)
    metadata.create_all(engine.database.pool)
    engine.execute(Deploy("bench", (Resource("bench.bpmn", diagram()),), "bench", "it never ends"))
    for i in range(CASES):
        engine.execute(StartProcess("bench", f"B-{i}", "bench", variables()))
    engine.database.close()


def drive(engine: ProcessEngine, tasks: list[Any], seconds: float, latencies: list[float]) -> int:
    """Complete the next task of each case in turn until the time is over."""
    done, begin = 0, time.perf_counter()
    while time.perf_counter() - begin < seconds:
        i = done % len(tasks)
        start = time.perf_counter()
        completed = engine.execute(CompleteTask(tasks[i], "bench", {"n": done}))
        latencies.append((time.perf_counter() - start) * 1000)
        tasks[i] = completed.next_tasks[0]
        done += 1
    return done


def own_tasks(engine: ProcessEngine, share: int, shares: int) -> list[Any]:
    """Return the open tasks of this client's share of the cases, whatever the others have done already."""
    tasks = sorted(engine.ask(ListOpenTasks(limit=10_000)), key=lambda task: task.instance_id)
    return [task.id for i, task in enumerate(tasks) if i % shares == share]


def _client(url: str, share: int, shares: int, seconds: float, results: Any) -> None:
    engine = open_engine(url)
    tasks = own_tasks(engine, share, shares)
    drive(engine, tasks, 0.3, [])
    latencies: list[float] = []
    results.put((drive(engine, tasks, seconds, latencies), latencies))
    engine.database.close()


def measure(url: str, clients: int, seconds: float) -> tuple[float, list[float]]:
    """Return completions per second and all latencies in milliseconds, sorted.

    PostgreSQL is driven by processes, SQLite by threads of one process, as it is used.
    """
    results: list[tuple[int, list[float]]]
    if url.startswith("sqlite"):
        results = _by_threads(url, clients, seconds)
    else:
        context = multiprocessing.get_context("spawn")
        queue = context.Queue()
        workers = [
            context.Process(target=_client, args=(url, i, clients, seconds, queue), daemon=True) for i in range(clients)
        ]
        for worker in workers:
            worker.start()
        results = [queue.get(timeout=seconds + 60) for _ in workers]  # a client that failed does not answer
        for worker in workers:
            worker.join()
    latencies = sorted(value for _, values in results for value in values)
    return sum(done for done, _ in results) / seconds, latencies


def _by_threads(url: str, clients: int, seconds: float) -> list[tuple[int, list[float]]]:
    engine = open_engine(url)
    results: list[tuple[int, list[float]]] = []

    def work(share: int) -> None:
        latencies: list[float] = []
        results.append((drive(engine, own_tasks(engine, share, clients), seconds, latencies), latencies))

    threads = [threading.Thread(target=work, args=(i,)) for i in range(clients)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    engine.database.close()
    return results


def count_statements(url: str) -> tuple[float, float]:
    """Return SQL statements and commits per completion."""
    engine = open_engine(url)
    seen = {"statements": 0, "commits": 0}

    def count(name: str) -> Any:
        def listener(*_: object) -> None:
            seen[name] += 1

        return listener

    event.listen(engine.database.pool, "before_cursor_execute", count("statements"))
    event.listen(engine.database.pool, "commit", count("commits"))
    tasks = own_tasks(engine, 0, 1)
    engine.execute(CompleteTask(tasks.pop(), "bench", {}))
    seen.update(statements=0, commits=0)
    sent = WriteBatch.sent
    for task in tasks[:10]:
        engine.execute(CompleteTask(task, "bench", {"n": 1}))
    engine.database.close()
    piped = 0 if engine.database.is_sqlite else WriteBatch.sent - sent  # the pipeline is below SQLAlchemy's events
    return (seen["statements"] + piped) / 10, seen["commits"] / 10


def flatness(url: str, rounds: int) -> float:
    """Return the median cost of the last tenth of one case's completions over that of its second tenth."""
    engine = open_engine(url)
    task, latencies = own_tasks(engine, 0, 1)[0], []
    for n in range(rounds):
        start = time.perf_counter()
        task = engine.execute(CompleteTask(task, "bench", {"n": n})).next_tasks[0]
        latencies.append(time.perf_counter() - start)
    engine.database.close()
    tenth = rounds // 10
    return statistics.median(latencies[-tenth:]) / statistics.median(latencies[tenth : 2 * tenth])


def stock(url: str, seconds: float) -> float:
    """Return the stock way's completions per second, measured in a program of its own."""
    command = [sys.executable, "-m", "bench.stock", url, str(seconds)]
    return float(subprocess.run(command, check=True, capture_output=True, text=True, cwd=ROOT).stdout.split()[-1])


def _report(name: str, url: str, seconds: float, rounds: int) -> dict[str, float]:
    prepare(url)
    one, latencies = measure(url, 1, seconds)
    four, _ = measure(url, 4, seconds)
    statements, commits = count_statements(url)
    found = {
        "per_second_1": round(one, 1),
        "per_second_4": round(four, 1),
        "p50_ms": round(latencies[len(latencies) // 2], 3),
        "p99_ms": round(latencies[int(len(latencies) * 0.99)], 3),
        "statements": statements,
        "commits": commits,
        "flat": round(flatness(url, rounds), 3),
    }
    print(f"{name}: {found}", flush=True)
    return found


def _beside_postgres() -> None:
    if os.environ.get("XIANJIE_TEST_POSTGRES") or "XIANJIE_TEST_ALONE" in os.environ:
        return
    again = [sys.executable, str(ROOT / ".ci" / "with-postgres"), sys.executable, "-m", "bench.complete_task"]
    environ = {**os.environ, "XIANJIE_TEST_ALONE": "1"}
    sys.exit(subprocess.call([*again, *sys.argv[1:]], cwd=ROOT, env=environ))


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="under 40 seconds")
    parser.add_argument("--seconds", type=float, help="length of each measurement")
    parser.add_argument("--rounds", type=int, help="completions of the one case that must stay flat, at least 20")
    given = parser.parse_args()
    _beside_postgres()
    seconds, rounds = (2.0, 1000) if given.quick else (8.0, 3000)
    seconds, rounds = given.seconds or seconds, given.rounds or rounds
    with tempfile.TemporaryDirectory() as folder:
        lite = _report("sqlite", f"sqlite:///{folder}/bench.db", seconds, rounds)
    result: dict[str, object] = {**lite, "sqlite": lite}
    base = os.environ.get("XIANJIE_TEST_POSTGRES")
    if base:
        found = _report("postgresql", base, seconds, rounds)
        ground, ground_4, other = floor(base, 1, seconds), floor(base, 4, seconds), stock(base, seconds)
        print(f"pgbench floor: {ground} / {ground_4} per second; stock SpiffWorkflow: {other:.1f} per second")
        result |= found
        result |= {"floor_1": ground, "floor_4": ground_4, "stock_1": round(other, 1)}
        result["ratio_vs_stock"] = round(found["per_second_1"] / other, 2)
        result["ratio_vs_floor"] = round(found["per_second_1"] / ground, 3) if ground else None
        result["ratio_vs_floor_4"] = round(found["per_second_4"] / ground_4, 3) if ground_4 else None
    else:
        print("LEFT OUT: no PostgreSQL here, so neither the floor nor the stock way")
    print(json.dumps(result))


if __name__ == "__main__":
    main()
