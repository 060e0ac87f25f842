"""Opens SQLite or PostgreSQL so that both keep the same promises."""

import logging
import os
import sqlite3
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import orjson
from psycopg import ServerCursor
from psycopg.pq import TransactionStatus
from sqlalchemy import Connection, Engine, QueuePool, create_engine, event
from sqlalchemy.engine import make_url
from sqlalchemy.exc import SQLAlchemyError

from engine.store import journal

_POSTGRES_OPTIONS = (
    "-c idle_in_transaction_session_timeout=10000 -c lock_timeout=3000 -c statement_timeout=30000 -c timezone=UTC"
    " -c random_page_cost=1.1"  # what is asked for lies in memory or on a disk without a head: leap rather than sweep
)
_DEAD_PEER = {  # a network that is gone without a word is noticed within a minute
    "keepalives_idle": 30, "keepalives_interval": 10, "keepalives_count": 3, "tcp_user_timeout": 30_000,
}  # fmt: skip

CHANNEL = "xianjie_jobs"
logger = logging.getLogger(__name__)


def _dumps(value: object) -> str:
    return orjson.dumps(value, option=orjson.OPT_NON_STR_KEYS).decode()


def open_engine(url: str, durability: Callable[[], str] = lambda: "FULL") -> Engine:
    """Return the connection pool for a database address.

    Args:
        url: ``sqlite:///path`` or ``postgresql+psycopg://…``.
        durability: what SQLite's ``synchronous`` is for each new connection.
    """
    parsed = make_url(url)
    if parsed.get_backend_name() == "sqlite":
        return _open_sqlite(url, durability)
    pool = create_engine(
        parsed,
        hide_parameters=True,  # what persons wrote stays out of error texts, and so out of logs
        json_serializer=_dumps,
        json_deserializer=orjson.loads,
        pool_size=10,
        max_overflow=20,
        pool_pre_ping=False,
        pool_timeout=5,
        connect_args={"options": _POSTGRES_OPTIONS, "connect_timeout": 3, "prepare_threshold": 2, **_DEAD_PEER},
    )
    event.listen(pool, "do_execute", _begin_with_the_first)
    return pool


def _begin_with_the_first(cursor: Any, statement: str, parameters: Any, _context: Any) -> bool:
    """Send BEGIN together with a transaction's first statement: a round trip less in every transaction."""
    connection = cursor.connection
    if connection.autocommit or connection.info.transaction_status != TransactionStatus.IDLE:
        return False
    if isinstance(cursor, ServerCursor):  # rows that are fetched bit by bit know no pipeline
        return False
    with connection.pipeline():
        cursor.execute(statement, parameters)
    return True


def _open_sqlite(url: str, durability: Callable[[], str]) -> Engine:
    pool = create_engine(
        url,
        hide_parameters=True,
        json_serializer=_dumps,
        json_deserializer=orjson.loads,
        poolclass=QueuePool,
        connect_args={"timeout": 15, "check_same_thread": False, "cached_statements": 1024},
        pool_size=10,
        max_overflow=20,
    )

    @event.listens_for(pool, "connect")
    def _prepare(connection: sqlite3.Connection, _record: Any) -> None:
        connection.isolation_level = None  # we say BEGIN ourselves
        synchronous = f"synchronous={durability()}"
        for pragma in ("journal_mode=WAL", synchronous, "foreign_keys=ON", "busy_timeout=15000"):
            connection.execute(f"PRAGMA {pragma}")

    return pool


class Database:
    """One database: short write transactions, and reads that never block them."""

    def __init__(self, url: str) -> None:
        self.url = url
        self._durability = "FULL"
        self.pool = open_engine(url, lambda: self._durability)
        journal.watch(self.pool)
        self.is_sqlite = self.pool.dialect.name == "sqlite"
        self._readers = self._singles = self.pool
        if not self.is_sqlite:
            self._readers = self.pool.execution_options(isolation_level="REPEATABLE READ")
            self._singles = self.pool.execution_options(isolation_level="AUTOCOMMIT")
        self._writer = threading.Lock()

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """Give a connection inside a write transaction; leaving without a commit rolls back."""
        if not self.is_sqlite:
            with self.pool.connect() as connection:
                yield connection
            return
        with self._writer, self.pool.connect() as connection:  # one writer: SQLite's busy wait is unfair
            connection.exec_driver_sql("BEGIN IMMEDIATE")
            yield connection

    @contextmanager
    def reading(self, *, is_single: bool = False) -> Iterator[Connection]:
        """Give a connection that sees one consistent state and is never committed.

        A single statement sees one state by itself: it needs no transaction around it.
        """
        with (self._singles if is_single else self._readers).connect() as connection:
            if self.is_sqlite and not is_single:
                connection.exec_driver_sql("BEGIN")
            yield connection

    def ring(self) -> None:
        """Tell workers in other programs that a job is due; nothing is lost if they do not hear it.

        Not inside the transaction: commits that notify wait for one another, and for each other's disk writes.
        """
        if self.is_sqlite:
            return
        try:
            with self._singles.connect() as connection:
                connection.exec_driver_sql(f"NOTIFY {CHANNEL}")
        except SQLAlchemyError as exc:
            logger.warning("workers could not be told of a due job", extra={"reason": type(exc).__name__})

    @contextmanager
    def expendable(self) -> Iterator[None]:
        """Let commits to SQLite wait for no disk while a database is filled that a crash may destroy.

        On leaving, everything written is on the disk, and commits wait for it again.
        """
        self._durability = "OFF"
        self.pool.dispose()
        try:
            yield
        finally:
            self._durability = "FULL"
            self.pool.dispose()  # the last connection moves everything into the one file
            if self.is_sqlite:
                with Path(str(self.pool.url.database)).open("rb") as file:
                    os.fsync(file.fileno())

    def close(self) -> None:
        """Close all pooled connections."""
        self.pool.dispose()
