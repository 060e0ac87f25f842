"""Break things for minutes on end, then count what was lost, doubled or contradictory.

Usage: python -m tests.faults.soak [--minutes M] [--seed N] [--database URL ...]

Clerks and hands (see ``mill``) are killed, frozen past their leases and given clocks that are wrong; a PostgreSQL that
belongs to this run is stopped as by a power cut, and the network to it is cut or stands still. Then the faults end,
everything must come to its end, and a checker that reads nothing but the database and the sink judges. The last line is
one JSON object.
"""

import argparse
import json
import multiprocessing
import os
import random
import signal
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import psycopg

from engine.commands.deploy import Deploy
from engine.errors import AppError
from tests.faults import checker, lives, mill
from tests.faults.outages import Power, Wire

SPAWN: Any = multiprocessing.get_context("forkserver")
SPAWN.set_forkserver_preload(["tests.faults.mill"])
CLERKS, HANDS = 2, 2
NEVER = 10**9
CONVERGE = 240.0  # seconds for everything to come to its end on a slow machine


class Life:
    """A program, born again whenever it dies."""

    def __init__(self, begin: Callable[[], Any]) -> None:
        self._begin = begin
        self.process = begin()
        self.frozen_until = 0.0

    def kill(self) -> None:
        self.process.kill()
        self.process.join()

    def freeze(self, until: float) -> None:
        os.kill(self.process.pid, signal.SIGSTOP)
        self.frozen_until = until

    def thaw(self) -> None:
        self.frozen_until = 0.0
        if self.process.is_alive():
            os.kill(self.process.pid, signal.SIGCONT)

    def revive(self) -> bool:
        """Begin anew when it died; tells whether it had."""
        if self.process.is_alive():
            return False
        self.process.close()
        self.process = self._begin()
        return True


class Soak:
    """One run against one database."""

    def __init__(
        self, url: str, seed: int, folder: Path, *, power: Power | None = None, wire: Wire | None = None
    ) -> None:
        self._url = url if wire is None else wire.url
        self._judged = url
        self._chance = random.Random(seed)
        self._folder = folder
        self._power = power
        self._wire = wire
        self._sink = folder / "sink"
        self._sink.touch()
        self._stops = SPAWN.Value("b", False)
        self._pipes: list[Any] = []
        self._seeds = iter(range(seed, NEVER))
        self._is_safe = False
        self.faults: Counter[str] = Counter()
        self.answers: list[tuple[str, UUID]] = []
        self.engine = lives.open_engine(url)
        lives.make_tables(self.engine)
        self.engine.execute(Deploy("test", (mill.MILLED,), "soak"))
        self._clerks = [Life(self._clerk) for _ in range(CLERKS)]
        self._hands = [Life(self._hand) for _ in range(HANDS)]

    def _fuse(self) -> int:
        return NEVER if self._is_safe else self._chance.randint(200, 3000)

    def _clerk(self) -> Any:
        ours, theirs = SPAWN.Pipe(duplex=False)
        life = (self._url, next(self._seeds), self._fuse(), theirs, self._stops)
        process = SPAWN.Process(target=mill.clerk, args=life, daemon=True)
        process.start()
        theirs.close()
        self._pipes.append(ours)
        return process

    def _hand(self) -> Any:
        wrong = 0 if self._is_safe else self._chance.choice((0, 0, -1, 1))
        self.faults["clock-wrong"] += bool(wrong)
        life = (self._url, str(self._sink), next(self._seeds), timedelta(seconds=wrong), self._fuse(), self._is_safe)
        process = SPAWN.Process(target=mill.hand, args=life, daemon=True)
        process.start()
        return process

    def run(self, seconds: float) -> dict[str, Any]:
        """Break things for so long, wait for the end, judge."""
        began = time.monotonic()
        while time.monotonic() - began < seconds:
            self._break_something()
            until = time.monotonic() + self._chance.uniform(0.3, 1.2)
            while time.monotonic() < until:
                self._look_after()
                time.sleep(0.02)
        self._end_faults()
        converged = self._converge()
        for life in (*self._clerks, *self._hands):
            life.kill()
        self._hear()
        for pipe in self._pipes:
            pipe.close()
        self._pipes.clear()
        return {"converged_after_s": converged, **self.judge()}

    def _break_something(self) -> None:
        what = self._chance.choice(("kill", "kill", "kill", "kill", "freeze", "power", "cut", "hold"))
        life = self._chance.choice((*self._clerks, *self._hands))
        if what == "power" and self._power is not None and self._power.may():
            self._power.cut()
            self.faults["database-crash"] += 1
        elif what in ("cut", "hold") and self._wire is not None:
            self._disturb(self._wire, what)
        elif what == "freeze" and not life.frozen_until and life.process.is_alive():
            life.freeze(time.monotonic() + mill.LEASE.total_seconds() + 1)
            self.faults["frozen-past-lease"] += 1
        elif not life.frozen_until and life.process.is_alive():
            life.kill()
            self.faults["killed"] += 1

    def _disturb(self, wire: Wire, what: str) -> None:
        if what == "cut":
            wire.cut(self._chance.uniform(0.2, 3))
            self.faults["network-cut"] += 1
        else:
            wire.hold(mill.LEASE.total_seconds() + 1)
            self.faults["network-held-past-lease"] += 1

    def _look_after(self) -> None:
        self._hear()
        for life in (*self._clerks, *self._hands):
            if life.frozen_until and time.monotonic() > life.frozen_until:
                life.thaw()
            was_killed = self.faults["killed"] > self.faults["reborn-after-kill"]
            if not life.frozen_until and life.revive():
                self.faults["reborn-after-kill" if was_killed else "died-at-a-named-moment"] += 1

    def _hear(self) -> None:
        for pipe in list(self._pipes):
            try:
                while pipe.poll():
                    kind, key = pipe.recv()
                    self.answers.append((kind, UUID(key)))
            except (EOFError, OSError):
                self._pipes.remove(pipe)
                pipe.close()

    def _end_faults(self) -> None:
        self._is_safe = True
        self._stops.value = True
        for life in (*self._clerks, *self._hands):
            life.thaw()
            life.kill()
            life.revive()

    def _converge(self) -> float | None:
        began = time.monotonic()
        while time.monotonic() - began < CONVERGE:
            self._look_after()
            try:
                if not self.engine.ask(mill.UnderWay(1)):
                    return round(time.monotonic() - began, 1)
            except AppError:
                pass
            time.sleep(0.2)
        return None

    def judge(self) -> dict[str, Any]:
        """Count what was lost, doubled or contradictory, from the database and the sink alone."""
        stored, effects = checker.Stored(self._judged), checker.effects(self._sink)
        booked = checker.booked(self._judged)
        completed = [key for kind, key in self.answers if kind == "completed"]
        lost = [*stored.lost(completed), *(f"{key} was begun, but is not there" for kind, key in self.answers
                                           if kind == "started" and key not in stored.instances)]  # fmt: skip
        wanted = {(case, step): 1 for case in stored.instances for step in mill.BOOKS}
        doubled = [f"{place}: {count} times" for place, count in booked.items() if count != 1]
        doubled += [f"{case}: {len(keys)} keys" for case, keys in effects.items() if len(keys) != 1]
        contradictory = [*stored.completions(), *stored.contradictions()]
        contradictory += [f"{place} is not booked" for place in wanted.keys() - booked.keys()]
        contradictory += [f"{case} is {row.status}" for case, row in stored.instances.items()
                          if row.status != "completed"]  # fmt: skip
        injected = {kind: count for kind, count in self.faults.items() if count and kind != "reborn-after-kill"}
        return {
            "database": self._judged.partition(":")[0].partition("+")[0], "faults": sum(injected.values()), **injected,
            "cases": len(stored.instances), "completions": len(completed),
            "effects": len(self._sink.read_text().splitlines()),
            "lost": len(lost), "doubled": len(doubled), "contradictory": len(contradictory),
            "examples": [*lost, *doubled, *contradictory][:5],
        }  # fmt: skip


def fresh(base: str, name: str) -> str:
    """Return the address of a new database beside the one at *base*."""
    with psycopg.connect(base.replace("postgresql+psycopg", "postgresql"), autocommit=True) as connection:
        connection.execute(f'DROP DATABASE IF EXISTS "{name}"')
        connection.execute(f'CREATE DATABASE "{name}"')
    return base[: base.rindex("/") + 1] + name


def main() -> int:
    """Soak each database; answers 1 when a promise was broken."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--minutes", type=float, default=10)
    parser.add_argument("--seed", type=int, default=20260302)
    parser.add_argument("--only", choices=("sqlite", "postgresql"))
    given = parser.parse_args()
    base, results = os.environ.get("XIANJIE_TEST_POSTGRES", ""), []
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        if given.only != "postgresql":
            (folder / "lite").mkdir()
            soak = Soak(f"sqlite:///{folder / 'lite' / 'city.db'}", given.seed, folder / "lite")
            results.append(soak.run(60 * given.minutes))
            print(json.dumps(results[-1]), flush=True)
        if given.only != "sqlite" and base:
            (folder / "pg").mkdir()
            url = fresh(base, "xianjie_soak")
            results.append(
                Soak(url, given.seed, folder / "pg", power=Power(base), wire=Wire(url)).run(60 * given.minutes)
            )
            print(json.dumps(results[-1]), flush=True)
        elif not base:
            print("LEFT OUT: PostgreSQL, for XIANJIE_TEST_POSTGRES names none")
    broken = sum(one["lost"] + one["doubled"] + one["contradictory"] for one in results)
    print(json.dumps({"faults": sum(one["faults"] for one in results), "broken": broken, "runs": results}))
    return 1 if broken else 0


if __name__ == "__main__":
    sys.exit(main())
