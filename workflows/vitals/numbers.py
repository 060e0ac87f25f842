"""What waits, what is late and what is stuck, read from the database in one look."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Table, func, select, text

from engine.process_engine import ProcessEngine
from engine.store.tables import incident, job, user_task
from workflows.desk.asking import Ask
from workflows.records.clocks import running_limit
from workflows.records.delivery import outbound_batch
from workflows.records.lists import notice_delivery
from workflows.records.vitals import worker_beat
from workflows.records.webhooks import webhook_delivery
from workflows.uow import UnitOfWork
from workflows.vitals.heart import LATE

_LOCKS = text(
    "SELECT count(*) FILTER (WHERE wait_event_type = 'Lock') AS waits,"
    " max(extract(epoch FROM clock_timestamp() - query_start)) FILTER (WHERE wait_event_type = 'Lock') AS longest,"
    " max(extract(epoch FROM clock_timestamp() - xact_start)) AS transaction"
    " FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
)


@dataclass(frozen=True, slots=True)
class Backlog:
    """What has not gone out by one way: how much waits, the age of the oldest, how much was given up."""

    waiting: int
    oldest: float
    parked: int


@dataclass(frozen=True, slots=True)
class Numbers:
    """The numbers of one moment; ages are in seconds. Locks are PostgreSQL's, SQLite has none to wait for."""

    jobs: Mapping[str, int]
    jobs_oldest: float
    tasks: int
    clocks: int
    clocks_oldest: float
    incidents: int
    backlogs: Mapping[str, Backlog]
    workers: int
    worker_age: float | None
    lock_waits: int
    lock_longest: float
    transaction_longest: float


def read_numbers(engine: ProcessEngine) -> Numbers:
    """Return the numbers of now, all of one state of the database."""
    return engine.ask(Ask(_read))


def _read(uow: UnitOfWork) -> Numbers:
    now, connection = uow.now, uow.connection
    due = select(job.c.kind, func.count(), func.min(job.c.due_at)).group_by(job.c.kind)
    jobs = connection.execute(due.where(job.c.status.in_(("waiting", "running")), job.c.due_at <= now)).all()
    limit = running_limit.c
    is_late = limit.ended_at.is_(None) & (limit.due_at <= now) & limit.paused_since.is_(None) & ~limit.is_waiting
    clocks, first_due = _counted(uow, running_limit, limit.due_at, is_late)
    beats = worker_beat.c.beat_at
    workers = connection.scalar(select(func.count()).where(beats > now - LATE)) or 0
    locks = connection.execute(_LOCKS).mappings().one() if connection.dialect.name == "postgresql" else {}
    newest = connection.scalar(select(func.max(beats)))
    return Numbers(
        jobs={kind: count for kind, count, _ in jobs},
        jobs_oldest=max((_age(now, oldest) for _, _, oldest in jobs), default=0.0),
        tasks=_counted(uow, user_task, user_task.c.created_at, user_task.c.status == "open")[0],
        clocks=clocks,
        clocks_oldest=_age(now, first_due),
        incidents=_counted(uow, incident, incident.c.created_at, incident.c.resolved_at.is_(None))[0],
        backlogs=_backlogs(uow),
        workers=workers,
        worker_age=None if newest is None else _age(now, newest),
        lock_waits=int(locks.get("waits") or 0),
        lock_longest=float(locks.get("longest") or 0.0),
        transaction_longest=float(locks.get("transaction") or 0.0),
    )


def _backlogs(uow: UnitOfWork) -> Mapping[str, Backlog]:
    ways = (
        ("webhooks", webhook_delivery, webhook_delivery.c.status, webhook_delivery.c.due_at, "parked"),
        ("notices", notice_delivery, notice_delivery.c.state, notice_delivery.c.due_at, "failed"),
        ("exchange", outbound_batch, outbound_batch.c.status, outbound_batch.c.formed_at, "failed"),
    )
    found = {}
    for name, table, status, since, given_up in ways:
        count, oldest = _counted(uow, table, since, status.in_(("waiting", "formed", "sending")) & (since <= uow.now))
        found[name] = Backlog(count, _age(uow.now, oldest), _counted(uow, table, since, status == given_up)[0])
    return found


def _counted(uow: UnitOfWork, table: Table, since: Any, condition: ColumnElement[bool]) -> tuple[int, datetime | None]:
    row = uow.connection.execute(select(func.count(), func.min(since)).select_from(table).where(condition)).one()
    return row[0], row[1]


def _age(now: datetime, instant: datetime | None) -> float:
    return 0.0 if instant is None else round(max(0.0, (now - instant).total_seconds()), 1)
