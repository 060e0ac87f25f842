"""Start, look up, claim and complete: this engine beside Camunda 7 and Flowable, in one run.

Usage: python -m bench.engine [--seconds S] [--warm-up S] [--tasks 1,10,30] [--clients 1,2,4]

Every engine runs in-process on the same PostgreSQL with fsync on, with full history, 20 variables of together one
kilobyte, and nobody else's connections; each client starts a case, then looks up, claims and completes each of its user
tasks. The Java engines are warmed up first, and so is ours. They are left out by name where there is no Java or Maven.
Look at the ratios: the last line is one JSON object.
"""

import argparse
import json
import multiprocessing
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import psycopg

from bench.complete_task import open_engine
from engine.commands.claim_task import ClaimTask
from engine.commands.complete_task import CompleteTask
from engine.commands.deploy import Deploy
from engine.commands.start_process import StartProcess
from engine.process_engine import ProcessEngine
from engine.queries.tasks import ListOpenTasks
from engine.spiff.model import Resource
from engine.store.tables import metadata

ROOT = Path(__file__).resolve().parent.parent
PEERS = {"camunda": "CamundaDriver", "flowable": "FlowableDriver"}
_NAMESPACE = {"camunda": "http://camunda.org/schema/1.0/bpmn", "flowable": "http://flowable.org/bpmn"}


def diagram(tasks: int, flavour: str = "camunda") -> str:
    """Return a line of user tasks for everybody in the group ``clerks``."""
    steps = ["start", *(f"task_{i}" for i in range(tasks)), "end"]
    flows = "".join(
        f'<sequenceFlow id="f{i}" sourceRef="{a}" targetRef="{b}"/>' for i, (a, b) in enumerate(pairwise(steps))
    )
    work = "".join(f'<userTask id="{step}" {flavour}:candidateGroups="clerks"/>' for step in steps[1:-1])
    return (
        '<?xml version="1.0" encoding="UTF-8"?><definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL" '
        f'xmlns:{flavour}="{_NAMESPACE[flavour]}" id="d" targetNamespace="bench">'
        f'<process id="bench" isExecutable="true"><startEvent id="start"/>{work}<endEvent id="end"/>{flows}</process>'
        "</definitions>"
    )


def fresh(base: str, name: str) -> str:
    """Return the address of a new empty database beside the one at *base*."""
    with psycopg.connect(base.replace("postgresql+psycopg", "postgresql"), autocommit=True) as connection:
        connection.execute(f'DROP DATABASE IF EXISTS "{name}"')
        connection.execute(f'CREATE DATABASE "{name}"')
    return base[: base.rindex("/") + 1] + name


def _drive(engine: ProcessEngine, tasks: int, end: float) -> list[float]:
    values = {f"field_{i}": "x" * 50 for i in range(20)}
    latencies: list[float] = []
    while time.perf_counter() < end:
        case = engine.execute(StartProcess("bench", f"B-{time.perf_counter_ns()}", "clerk", values))
        for i in range(tasks):
            if time.perf_counter() >= end:
                break
            [task] = engine.ask(ListOpenTasks(case.instance_id))
            engine.execute(ClaimTask(task.id, "clerk"))
            begin = time.perf_counter()
            engine.execute(CompleteTask(task.id, "clerk", {f"answer_{i}": "approved"}))
            latencies.append((time.perf_counter() - begin) * 1000)
    return latencies


def _client(url: str, tasks: int, warm_up: float, seconds: float, ready: Any, results: Any) -> None:
    engine = open_engine(url)
    _drive(engine, tasks, time.perf_counter() + warm_up)
    ready.wait()
    results.put(_drive(engine, tasks, time.perf_counter() + seconds))
    engine.database.close()


def ours(base: str, tasks: int, clients: int, warm_up: float, seconds: float) -> dict[str, float]:
    """Measure this engine with one process per client."""
    url = fresh(base, "bench_ours")
    engine = open_engine(url)
    metadata.create_all(engine.database.pool)
    engine.execute(Deploy("bench", (Resource("bench.bpmn", diagram(tasks).encode()),), "bench"))
    engine.database.close()
    context = multiprocessing.get_context("spawn")
    ready, queue = context.Barrier(clients), context.Queue()
    workers = [
        context.Process(target=_client, args=(url, tasks, warm_up, seconds, ready, queue), daemon=True)
        for _ in range(clients)
    ]
    for worker in workers:
        worker.start()
    results = [queue.get(timeout=warm_up + seconds + 60) for _ in workers]
    for worker in workers:
        worker.join()
    return figures(clients, [value for one in results for value in one], seconds)


def figures(clients: int, latencies: Sequence[float], seconds: float) -> dict[str, float]:
    """Return what the Java drivers print, too."""
    ordered = sorted(latencies)
    return {
        "clients": clients, "tasks_per_second": round(len(ordered) / seconds, 2),
        "p50_ms": round(ordered[len(ordered) // 2], 2), "p99_ms": round(ordered[int(len(ordered) * 0.99)], 2),
    }  # fmt: skip


class Peer:
    """A Java engine, built from its published artefacts."""

    def __init__(self, name: str, folder: Path) -> None:
        self.name = name
        self._folder = folder
        path = folder / f"{name}.classpath"
        pom = ROOT / "bench" / "peers" / name / "pom.xml"
        maven = ["mvn", "-q", "-B", "-f", str(pom), "dependency:build-classpath", f"-Dmdep.outputFile={path}"]
        subprocess.run(maven, check=True, capture_output=True, text=True, timeout=600)
        self._path = f"{folder / name}:{path.read_text().strip()}"
        sources = [str(ROOT / "bench" / "peers" / f"{source}.java") for source in ("Load", PEERS[name])]
        (folder / name).mkdir()
        compiler = ["javac", "-nowarn", "-cp", self._path, "-d", str(folder / name), *sources]
        subprocess.run(compiler, check=True, capture_output=True, text=True, timeout=300)

    def measure(
        self, base: str, tasks: int, clients: Sequence[int], warm_up: float, seconds: float
    ) -> list[dict[str, float]]:
        """Measure one length of process with several numbers of clients, each after a warm-up."""
        parts = urlsplit(fresh(base, f"bench_{self.name}"))
        drawn = self._folder / f"{self.name}.bpmn"
        drawn.write_text(diagram(tasks, self.name), encoding="utf-8")
        url = f"jdbc:postgresql://{parts.hostname}:{parts.port}{parts.path}"
        numbers = ",".join(map(str, clients))
        command = ["java", "-Xmx1g", "-cp", self._path, PEERS[self.name], url, str(parts.username), str(drawn),
                   str(tasks), numbers, str(warm_up), str(seconds)]  # fmt: skip
        limit = len(clients) * (warm_up + seconds) + 180
        printed = subprocess.run(command, check=True, capture_output=True, text=True, timeout=limit).stdout
        return [json.loads(line) for line in printed.splitlines() if line.startswith("{")]


def peers(folder: Path) -> list[Peer]:
    """Return the Java engines that can be had here; says by name which cannot."""
    if not (shutil.which("mvn") and shutil.which("javac")):
        print("LEFT OUT: Camunda and Flowable, for there is no Maven or no Java compiler here")
        return []
    found = []
    for name in PEERS:
        try:
            found.append(Peer(name, folder))
        except (subprocess.SubprocessError, OSError) as exc:
            print(f"LEFT OUT: {name}, for its artefacts cannot be had or built here ({type(exc).__name__})")
    return found


def ratios(found: Mapping[str, Mapping[str, Mapping[str, float]]]) -> dict[str, float]:
    """Return how many times as fast this engine is, by peer, tasks and clients."""
    return {
        f"{name}_{tasks}x{clients}": round(mine["tasks_per_second"] / theirs["tasks_per_second"], 2)
        for (tasks, clients), mine in _by_place(found["ours"]).items()
        for name in found
        if name != "ours"
        for place, theirs in _by_place(found[name]).items()
        if place == (tasks, clients) and theirs["tasks_per_second"]
    }


def _by_place(one: Mapping[str, Mapping[str, float]]) -> dict[tuple[str, str], Mapping[str, float]]:
    return {(place.split("x")[0], place.split("x")[1]): values for place, values in one.items()}


def _beside_postgres() -> str:
    base = os.environ.get("XIANJIE_TEST_POSTGRES")
    if base:
        return base
    again = [sys.executable, str(ROOT / ".ci" / "with-postgres"), sys.executable, "-m", "bench.engine"]
    sys.exit(subprocess.call([*again, *sys.argv[1:]], cwd=ROOT))


def _numbers(text: str) -> list[int]:
    return [int(one) for one in text.split(",")]


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=20)
    parser.add_argument("--warm-up", type=float, default=20)
    parser.add_argument("--tasks", type=_numbers, default=[1, 10, 30])
    parser.add_argument("--clients", type=_numbers, default=[1, 2, 4])
    given = parser.parse_args()
    base = _beside_postgres()
    found: dict[str, dict[str, dict[str, float]]] = {"ours": {}}
    with tempfile.TemporaryDirectory() as folder:
        others = peers(Path(folder))
        for tasks in given.tasks:
            for clients in given.clients:
                found["ours"][f"{tasks}x{clients}"] = ours(base, tasks, clients, given.warm_up, given.seconds)
                print("ours", tasks, found["ours"][f"{tasks}x{clients}"], flush=True)
            for other in others:
                for one in other.measure(base, tasks, given.clients, given.warm_up, given.seconds):
                    found.setdefault(other.name, {})[f"{tasks}x{one['clients']}"] = one
                    print(other.name, tasks, one, flush=True)
    print(json.dumps({"ratios": ratios(found), **found}))


if __name__ == "__main__":
    main()
