"""Hears from PostgreSQL that another program has written a job that is due."""

import logging
import threading
from collections.abc import Callable
from typing import Any

import psycopg
from sqlalchemy.exc import SQLAlchemyError

from engine.store.database import CHANNEL, Database

logger = logging.getLogger(__name__)
_PATIENCE = 1.0  # seconds between two looks whether to stop
_PAUSE = 5.0  # seconds after a lost connection


class Bell:
    """Calls back for every notification, and after every new connection, for some may have been missed.

    With SQLite nobody rings: there is one program, and its own commits wake its worker.
    """

    def __init__(self, database: Database) -> None:
        self._database = database
        self._stop = threading.Event()
        self._thread: threading.Thread | None = None

    def start(self, on_ring: Callable[[], None]) -> None:
        """Begin to listen in the background."""
        if self._database.is_sqlite:
            return
        self._thread = threading.Thread(target=self._loop, args=(on_ring,), name="bell", daemon=True)
        self._thread.start()

    def stop(self, timeout: float = 10.0) -> None:
        """Cease to listen."""
        self._stop.set()
        if self._thread is not None:
            self._thread.join(timeout)

    def _loop(self, on_ring: Callable[[], None]) -> None:
        while not self._stop.is_set():
            try:
                self._listen(on_ring)
            except (psycopg.Error, SQLAlchemyError):
                logger.warning("not told of due jobs until the database is back", exc_info=True)
                self._stop.wait(_PAUSE)

    def _listen(self, on_ring: Callable[[], None]) -> None:
        held = self._database.pool.raw_connection()
        connection: Any = held.driver_connection
        held.detach()  # not the pool's any more: it is ours until it breaks
        with connection:
            connection.autocommit = True
            connection.execute(f"LISTEN {CHANNEL}")
            on_ring()
            while not self._stop.is_set():
                for _ in connection.notifies(timeout=_PATIENCE, stop_after=1):
                    on_ring()
