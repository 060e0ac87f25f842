"""A worker writes down that it lives, so that anybody who sees the database can see its age."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from time import monotonic

from sqlalchemy import delete, insert, update

from engine.process_engine import ProcessEngine
from workflows.records.vitals import worker_beat
from workflows.uow import UnitOfWork

PACE = 15.0  # seconds between two beats
LATE = timedelta(seconds=90)  # a handler may take its time
_FORGET = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Beat:
    """Write that a worker has just looked for jobs; its first beat clears away those that went long ago."""

    name: str
    program: str

    def run(self, uow: UnitOfWork) -> datetime:
        """Answer the instant that was written."""
        values = {"beat_at": uow.now, "program": self.program}
        table = worker_beat
        if not uow.connection.execute(update(table).where(table.c.name == self.name).values(values)).rowcount:
            uow.connection.execute(delete(table).where(table.c.beat_at < uow.now - _FORGET))
            uow.connection.execute(insert(table).values(name=self.name, started_at=uow.now, **values))
        return uow.now


class Heart:
    """Beats when asked, but not more often than every fifteen seconds."""

    def __init__(
        self, engine: ProcessEngine, name: str, program: str, seconds: Callable[[], float] = monotonic
    ) -> None:
        self._engine = engine
        self._beat = Beat(name, program)
        self._seconds = seconds
        self._next = 0.0

    def beat(self) -> None:
        """Write it if it is time; the worker calls this after each look at the job table."""
        now = self._seconds()
        if now >= self._next:
            self._engine.execute(self._beat)
            self._next = now + PACE
