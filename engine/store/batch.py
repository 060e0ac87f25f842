"""Sends the writes of one step together: one round trip on PostgreSQL, one after the other elsewhere."""

from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any

from sqlalchemy import Connection
from sqlalchemy.exc import DBAPIError

from engine import errors

Parameters = Mapping[str, Any]


class WriteBatch:
    """Collects statements with their parameters; ``flush`` runs them in order.

    ``sent`` counts all statements ever flushed by this process, for measurements.
    """

    sent = 0

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._items: list[tuple[Any, Parameters, Mapping[str, object] | None]] = []

    def add(self, statement: Any, parameters: Parameters, *, must_hit: Mapping[str, object] | None = None) -> None:
        """Queue a statement; with *must_hit* it has to change exactly one row, else its facts go into the error."""
        self._items.append((statement, parameters, must_hit))

    def add_all(self, statement: Any, rows: Sequence[Parameters]) -> None:
        """Queue a statement once per row."""
        for row in rows:
            self.add(statement, row)

    def flush(self) -> None:
        """Run everything.

        Raises:
            ConcurrentUpdate: a statement that had to change one row changed none.
        """
        items, self._items = self._items, []
        WriteBatch.sent += len(items)
        is_piped = self._connection.dialect.driver == "psycopg"
        counts = self._pipeline(items) if is_piped else self._one_by_one(items)
        for (_, _, must_hit), count in zip(items, counts, strict=True):
            if must_hit is not None and count != 1:
                raise errors.ConcurrentUpdate(**must_hit)

    def _one_by_one(self, items: Sequence[tuple[Any, Parameters, Any]]) -> list[int]:
        """Run on SQLite, where a statement itself costs less than what SQLAlchemy does to compile it again."""
        connection = self._connection
        return [
            connection.exec_driver_sql(*_bound(statement, parameters, connection.dialect)).rowcount
            for statement, parameters, _ in items
        ]

    def _pipeline(self, items: Sequence[tuple[Any, Parameters, Any]]) -> list[int]:
        dialect = self._connection.dialect
        raw: Any = self._connection.connection.driver_connection
        try:
            with raw.pipeline():
                cursors = []
                for statement, parameters, _ in items:
                    text, values = _bound(statement, parameters, dialect)
                    cursors.append(raw.execute(text, values, prepare=True))
            return [cursor.rowcount for cursor in cursors]
        except dialect.loaded_dbapi.Error as exc:
            raise DBAPIError("pipeline", None, exc, connection_invalidated=raw.closed) from exc


def _bound(statement: Any, parameters: Parameters, dialect: Any) -> tuple[str, Any]:
    """Return a statement's text and its values as the driver takes them: by name, or in order where it wants that."""
    text, names, convert, constants, order = _compiled(statement, tuple(parameters), dialect)
    values = dict(constants)
    for name, key in names:
        value = parameters[key]
        values[name] = convert[name](value) if name in convert else value
    return text, values if order is None else tuple(values[name] for name in order)


@lru_cache(maxsize=256)
def _compiled(
    statement: Any, keys: tuple[str, ...], dialect: Any
) -> tuple[str, tuple[tuple[str, str], ...], Mapping[str, Any], Mapping[str, Any], Sequence[str] | None]:
    """Return a statement's text, its parameters by our keys, their conversions, its constants, and their order."""
    compiled = statement.compile(dialect=dialect, column_keys=list(keys) if statement.is_insert else None)
    names, constants = [], {}
    for bind, bound in compiled.bind_names.items():
        if bind.key in keys:
            names.append((bound, bind.key))
        else:
            constants[bound] = bind.value
    convert = dict(compiled._bind_processors)
    for name in constants.keys() & convert.keys():
        constants[name] = convert[name](constants[name])
    return str(compiled), tuple(names), convert, constants, compiled.positiontup
