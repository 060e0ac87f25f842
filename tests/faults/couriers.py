"""Couriers that end by SIGKILL: each lives in a process of its own; the receiver keeps all it is given."""

import json
import os
import signal
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from sqlalchemy import event

from engine.clock import ShiftedClock, SystemClock
from engine.process_engine import ProcessEngine
from engine.spiff.runtime import Runtime
from engine.store.database import Database
from tests.faults.lives import Fuse
from workflows.adapters.front_end import FrontEndDatabase
from workflows.delivery import Batch, Courier, Feedback, OutboundRow, Route, Sent

NOW = SystemClock()


class Receiver(FrontEndDatabase):
    """A front-end database that also writes down every call, and complains about each third record once."""

    def __init__(self, folder: Path, *, is_last: bool = False) -> None:
        super().__init__(f"sqlite:///{folder / 'front.db'}", create=True)
        self._is_last = is_last
        self._calls = folder / "calls"

    def send(self, batch: Batch, records: Sequence[OutboundRow]) -> Sent:
        with self._calls.open("ab", buffering=0) as file:
            file.write(json.dumps([batch.number, [row.key for row in records]]).encode() + b"\n")
        sent = super().send(batch, records)
        if self._is_last:
            die()  # the receiver has it, but nobody here will know
        return sent

    def fetch_feedback(self, since: datetime | None) -> Sequence[Feedback]:
        found = []
        for number, keys in calls(self._calls):
            for place, (guid, operation) in enumerate(self._of_batch(number)):
                verdict = "rejected" if operation == "i" and place % 3 == 0 else "accepted"
                found.append(Feedback(f"{number}/{guid}", guid, number, verdict, NOW.now(), "E", "请更正"))
            assert keys
        return found

    def _of_batch(self, number: str) -> list[tuple[str, str]]:
        statement = "SELECT row_guid, cd_operation FROM up_supervise_other WHERE cd_batch = ? ORDER BY row_guid"
        with self._engine().connect() as connection:
            return [(row[0], row[1]) for row in connection.exec_driver_sql(statement, (number,))]


def calls(path: Path) -> list[tuple[str, list[str]]]:
    """Return every call the receiver saw: the number of the batch and the keys of its records."""
    if not path.exists():
        return []
    return [tuple(json.loads(line)) for line in path.read_text().splitlines()]


AFTER_SENDING = -1


def die() -> None:
    """End this process without a word."""
    os.kill(os.getpid(), signal.SIGKILL)


def courier_of(url: str, folder: Path, late: Any, moment: int = 0) -> tuple[ProcessEngine, Courier]:
    """Return a courier whose clock is late; it dies at a moment, counted from 1, or right after it has sent."""
    engine = ProcessEngine(Database(url), Runtime(), ShiftedClock(SystemClock(), late))
    if moment > 0:
        fuse = Fuse(moment)
        event.listen(engine.database.pool, "before_cursor_execute", fuse)
        event.listen(engine.database.pool, "commit", fuse)
        engine.on_commit.append(fuse)
    receiver = Receiver(folder, is_last=moment == AFTER_SENDING)
    return engine, Courier(engine, {"exchange": Route(receiver, "370400", size=4)})


def life(url: str, folder: str, late: Any, moment: int) -> None:
    """Carry what waits until death at the given moment; 0 lives on to the end."""
    engine, courier = courier_of(url, Path(folder), late, moment)
    courier.work()
    engine.database.close()
    if moment:
        die()  # it had nothing more to do
