"""Whether a process can serve: its database answers and has the tables that the program needs."""

from dataclasses import dataclass

from sqlalchemy import func, select, text

from engine.errors import Unavailable
from engine.process_engine import ProcessEngine
from workflows.desk.asking import Ask
from workflows.records.vitals import worker_beat
from workflows.uow import UnitOfWork
from workflows.vitals.heart import LATE

_VERSION = text("SELECT version_num FROM alembic_version")


@dataclass(frozen=True, slots=True)
class Readiness:
    """What was found; words of a fixed set, so that strangers learn nothing else.

    Attributes:
        database: ``ok`` or ``away``.
        migrations: ``current``; ``ahead`` when a newer program has been here, which only adds; ``behind`` or ``none``
            when ``xianjie migrate`` is missing; ``unknown`` without a database.
        worker: ``alive``, ``late``, ``none`` or ``unknown``.
        worker_age: seconds since the last beat of the youngest.
    """

    database: str = "ok"
    migrations: str = "unknown"
    worker: str = "unknown"
    worker_age: float | None = None

    @property
    def can_serve(self) -> bool:
        """Tell whether requests may be sent here: a missing worker delays work, it stops no page."""
        return self.migrations in ("current", "ahead")


def readiness(engine: ProcessEngine, program: str) -> Readiness:
    """Return what is found now; never raises for a database that is away."""
    try:
        return engine.ask(Ask(lambda uow: _look(uow, program)))
    except Unavailable:
        return Readiness(database="away")


def _look(uow: UnitOfWork, program: str) -> Readiness:
    connection = uow.connection
    if not connection.dialect.has_table(connection, "alembic_version"):
        return Readiness(migrations="none")
    migrations = compared(connection.scalar(_VERSION), program)
    if migrations not in ("current", "ahead"):
        return Readiness(migrations=migrations)
    newest = connection.scalar(select(func.max(worker_beat.c.beat_at)))
    if newest is None:
        return Readiness(migrations=migrations, worker="none")
    age = uow.now - newest
    word = "alive" if age <= LATE else "late"
    return Readiness(migrations=migrations, worker=word, worker_age=round(max(0.0, age.total_seconds()), 1))


def compared(stored: object, program: str) -> str:
    """Return how the tables stand to a program: none, behind, current or ahead; migrations are numbered in order."""
    if not stored:
        return "none"
    text_ = str(stored)
    return "current" if text_ == program else "ahead" if text_ > program else "behind"
