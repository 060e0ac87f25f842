"""The front door of the engine: the only place where a transaction begins and ends."""

import logging
import random
import time
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, nullcontext
from typing import Protocol, TypeVar

from sqlalchemy.exc import DataError, DBAPIError, IntegrityError, OperationalError

from engine import errors
from engine.clock import Clock
from engine.spiff.runtime import Runtime
from engine.store.database import Database
from engine.store.journal import attached
from engine.store.unit_of_work import Registry, UnitOfWork

logger = logging.getLogger(__name__)
T_co = TypeVar("T_co", covariant=True)
T = TypeVar("T")

_ATTEMPTS = 4
_RETRY_STATES = {"40001", "40P01", "55P03"}  # serialization failure, deadlock, lock not available


class Command(Protocol[T_co]):
    """A use case that changes something: a frozen value with one method."""

    def run(self, uow: UnitOfWork) -> T_co:
        """Do it inside the given transaction; never commit."""


class Query(Protocol[T_co]):
    """A question: a frozen value with one method that only reads.

    One that is answered by a single statement may say so by a class attribute ``is_single = True``.
    """

    def run(self, uow: UnitOfWork) -> T_co:
        """Answer it from one consistent state of the database."""


Watch = Callable[[str], AbstractContextManager[object]]
"""Goes round each command from its beginning to its commit, given its name: measures, traces."""


def _unwatched(_name: str) -> AbstractContextManager[object]:
    return nullcontext()


class ProcessEngine:
    """Runs commands and queries against one database."""

    def __init__(self, database: Database, runtime: Runtime, clock: Clock, registry: Registry | None = None) -> None:
        self.database = database
        self.runtime = runtime
        self.clock = clock
        self.registry = registry or Registry({}, ())
        self.on_commit: list[Callable[[], None]] = []
        self.watch: Watch = _unwatched

    def execute(self, command: Command[T]) -> T:
        """Run *command* in one transaction and commit it once.

        A race lost to another command is repeated up to three times, the last time with the row locked.

        Raises:
            AppError: whatever the command refuses; nothing is written then.
            ConcurrentUpdate: the race was lost every time.
            DatabaseUnavailable: no connection, full disk or read-only database.
        """
        with self.watch(type(command).__name__):
            return self._execute(command)

    def _execute(self, command: Command[T]) -> T:
        for attempt in range(1, _ATTEMPTS + 1):
            try:
                return self._execute_once(command, lock=attempt == _ATTEMPTS)
            except errors.ConcurrentUpdate:
                if attempt == _ATTEMPTS:
                    raise
                time.sleep(random.uniform(0.001, 0.01) * attempt)  # noqa: S311 - jitter, not a secret
        raise errors.ConcurrentUpdate  # unreachable; keeps the type checker content

    def execute_all(self, commands: Sequence[Command[object]]) -> None:
        """Run commands in one transaction, each as if it had one of its own; all of them happen or none."""
        with self.watch(f"{type(commands[0]).__name__} and others"):
            self._transact(commands, lock=False)

    def _execute_once(self, command: Command[T], *, lock: bool) -> T:
        return self._transact([command], lock=lock)[0]

    def _transact(self, commands: Sequence[Command[T]], *, lock: bool) -> list[T]:
        results, units = [], []
        try:
            with self.database.writing() as connection:
                for command in commands:
                    with attached(connection) as journal:
                        uow = UnitOfWork(
                            connection, self.clock.now(), self.runtime, self.registry,
                            lock=lock and not self.database.is_sqlite,
                        )  # fmt: skip
                        uow.journal = journal
                        journal.watched, journal.pulse = self.registry.watched, self.registry.pulse
                        units.append(uow)
                        results.append(command.run(uow))
                        self.registry.audit(uow, command)
                units[-1].commit()
        except DBAPIError as exc:
            raise translated(exc) from exc
        if any(uow.has_due_jobs for uow in units):
            self.database.ring()
        for callback in [*(callback for uow in units for callback in uow.after_commit), *self.on_commit]:
            callback()
        return results

    def ask(self, query: Query[T]) -> T:
        """Answer *query*; nothing is ever written."""
        try:
            with self.database.reading(is_single=getattr(query, "is_single", False)) as connection:
                return query.run(UnitOfWork(connection, self.clock.now(), self.runtime, self.registry))
        except DBAPIError as exc:
            raise translated(exc) from exc


def translated(exc: DBAPIError) -> Exception:
    """Return our error for a database error, or the error itself when it is a bug of ours."""
    state = getattr(exc.orig, "sqlstate", None)
    if state in _RETRY_STATES:
        return errors.ConcurrentUpdate(reason=state)
    if state == "23505" or (isinstance(exc, IntegrityError) and "UNIQUE constraint failed" in str(exc.orig)):
        return errors.ConcurrentUpdate(reason="unique")
    is_away = (state or "").startswith(("08", "53", "57", "25006"))  # the last: a standby, which only reads
    if isinstance(exc, OperationalError) or exc.connection_invalidated or is_away:
        return errors.DatabaseUnavailable(reason=type(exc.orig).__name__)
    return errors.OutOfRange() if isinstance(exc, DataError) else exc
