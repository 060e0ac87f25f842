"""Start, look up, claim and complete: this engine beside Camunda 7, Flowable, the stock way and the database's floor.

Usage: python -m bench.engine [--rounds N] [--seconds S] [--warm-up S] [--tasks 1,10,30] [--clients 1,2,4]

Every engine runs in-process on the same PostgreSQL with fsync on, with full history, 20 variables of together one
kilobyte, and nobody else's connections; each client starts a case, then looks up, claims and completes each of its user
tasks. All of them are warmed up first. Then they take turns of some seconds each, round after round, so that whatever
else the machine does meets all of them; a ratio is the median of the ratios of the rounds. The stock way (the whole
workflow as JSON in a row) and the floor (pgbench with the same reads and writes) are compared with a completion alone.
The Java engines are left out by name where there is no Java or Maven. The last line is one JSON object.
"""

import argparse
import json
import multiprocessing
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import psycopg

from bench.complete_task import measure, open_engine, prepare, stock
from bench.floor import floor
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


def _client(url: str, tasks: int, asked: Any) -> None:
    engine = open_engine(url)
    for seconds in iter(asked.recv, None):
        asked.send(_drive(engine, tasks, time.perf_counter() + seconds))
    engine.database.close()


class Ours:
    """This engine, with one process per client."""

    def __init__(self, base: str, tasks: int, clients: int) -> None:
        url = fresh(base, "bench_ours")
        engine = open_engine(url)
        metadata.create_all(engine.database.pool)
        engine.execute(Deploy("bench", (Resource("bench.bpmn", diagram(tasks).encode()),), "bench"))
        engine.database.close()
        context = multiprocessing.get_context("spawn")
        pairs = [context.Pipe() for _ in range(clients)]
        self._asked = [mine for mine, _ in pairs]
        self._workers = [context.Process(target=_client, args=(url, tasks, its), daemon=True) for _, its in pairs]
        for worker in self._workers:
            worker.start()

    def measure(self, clients: int, seconds: float) -> dict[str, float]:
        """Let some of the clients work for some seconds."""
        for one in self._asked[:clients]:
            one.send(seconds)
        return figures(clients, [value for one in self._asked[:clients] for value in one.recv()], seconds)

    def close(self) -> None:
        """Let the clients end."""
        for one in self._asked:
            one.send(None)
        for worker in self._workers:
            worker.join()


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
        self._running: subprocess.Popen[str]
        path = folder / f"{name}.classpath"
        pom = ROOT / "bench" / "peers" / name / "pom.xml"
        maven = ["mvn", "-q", "-B", "-f", str(pom), "dependency:build-classpath", f"-Dmdep.outputFile={path}"]
        subprocess.run(maven, check=True, capture_output=True, text=True, timeout=600)
        self._path = f"{folder / name}:{path.read_text().strip()}"
        sources = [str(ROOT / "bench" / "peers" / f"{source}.java") for source in ("Load", PEERS[name])]
        (folder / name).mkdir()
        compiler = ["javac", "-nowarn", "-cp", self._path, "-d", str(folder / name), *sources]
        subprocess.run(compiler, check=True, capture_output=True, text=True, timeout=300)

    def start(self, base: str, tasks: int) -> None:
        """Start it on a new database with one length of process."""
        parts = urlsplit(fresh(base, f"bench_{self.name}"))
        drawn = self._folder / f"{self.name}.bpmn"
        drawn.write_text(diagram(tasks, self.name), encoding="utf-8")
        url = f"jdbc:postgresql://{parts.hostname}:{parts.port}{parts.path}"
        command = [
            "java",
            "-Xmx1g",
            "-cp",
            self._path,
            PEERS[self.name],
            url,
            str(parts.username),
            str(drawn),
            str(tasks),
        ]
        self._running = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
        )

    def measure(self, clients: int, seconds: float) -> dict[str, float]:
        """Let some clients work for some seconds."""
        to, back = self._running.stdin, self._running.stdout
        if to is None or back is None:
            raise RuntimeError(f"{self.name} was not started")
        to.write(f"{clients} {seconds}\n")
        to.flush()
        line = next((line for line in back if line.startswith("{")), "")
        return dict(json.loads(line))

    def close(self) -> None:
        """Let it end."""
        self._running.communicate(timeout=60)


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


Rounds = dict[str, dict[str, list[dict[str, float]]]]


def together(base: str, others: Sequence[Peer], tasks: int, given: argparse.Namespace) -> Rounds:
    """Measure all engines with one length of process, in turns: by name and place, one entry for each round."""
    for other in others:
        other.start(base, tasks)
    engines: dict[str, Any] = {"ours": Ours(base, tasks, max(given.clients)), **{one.name: one for one in others}}
    found: Rounds = {name: {} for name in engines}
    for engine in engines.values():
        engine.measure(max(given.clients), given.warm_up)
    for clients in given.clients:
        for _ in range(given.rounds):
            for name, engine in engines.items():
                found[name].setdefault(f"{tasks}x{clients}", []).append(engine.measure(clients, given.seconds))
        print(tasks, clients, {name: middle(found[name][f"{tasks}x{clients}"]) for name in engines}, flush=True)
    for engine in engines.values():
        engine.close()
    return found


def middle(rounds: Sequence[dict[str, float]]) -> dict[str, float]:
    """Return the median of each figure."""
    return {name: round(statistics.median(one[name] for one in rounds), 2) for name in rounds[0]}


def ratios(found: Rounds) -> dict[str, float]:
    """Return how many times as fast this engine is, by peer, tasks and clients: the median of the rounds' ratios."""
    return {
        f"{name}_{place}": round(statistics.median(
            mine["tasks_per_second"] / max(theirs["tasks_per_second"], 0.01)
            for mine, theirs in zip(found["ours"][place], rounds, strict=True)
        ), 2)
        for name, places in found.items() if name != "ours"
        for place, rounds in places.items()
    }  # fmt: skip


def ground(base: str, given: argparse.Namespace) -> dict[str, float]:
    """Compare a completion with the stock way and with the database's floor, in turns."""
    url = fresh(base, "bench_ground")
    prepare(url)
    found: dict[str, list[float]] = {}
    for _ in range(given.rounds):
        one, two = measure(url, 1, given.seconds)[0], measure(url, 2, given.seconds)[0]
        floors = [floor(url, clients, given.seconds) for clients in (1, 2)]
        found.setdefault("stock", []).append(one / stock(url, given.seconds))
        for name, mine, lowest in zip(("floor_1", "floor_2"), (one, two), floors, strict=True):
            if lowest:
                found.setdefault(name, []).append(mine / lowest)
    return {name: round(statistics.median(values), 2) for name, values in found.items()}


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
    parser.add_argument("--rounds", type=int, default=9)
    parser.add_argument("--seconds", type=float, default=3)
    parser.add_argument("--warm-up", type=float, default=20)
    parser.add_argument("--tasks", type=_numbers, default=[1, 10, 30])
    parser.add_argument("--clients", type=_numbers, default=[1, 2, 4])
    given = parser.parse_args()
    base, found = _beside_postgres(), Rounds()
    with tempfile.TemporaryDirectory() as folder:
        others = peers(Path(folder))
        for tasks in given.tasks:
            for name, places in together(base, others, tasks, given).items():
                found.setdefault(name, {}).update(places)
    lowest = ground(base, given)
    print("ground", lowest, flush=True)
    medians = {name: {place: middle(rounds) for place, rounds in places.items()} for name, places in found.items()}
    print(json.dumps({"ratios": ratios(found) | lowest, **medians}))


if __name__ == "__main__":
    main()
