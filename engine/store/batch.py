"""Sends the writes of one step together: one round trip on PostgreSQL, one after the other elsewhere."""

from collections.abc import Mapping, Sequence
from functools import lru_cache
from itertools import groupby
from typing import Any

from sqlalchemy import Connection
from sqlalchemy.exc import DBAPIError

from engine import errors

Parameters = Mapping[str, Any]
_Item = tuple[Any, Parameters, Mapping[str, object] | None]


class WriteBatch:
    """Collects statements with their parameters; ``flush`` runs them in order.

    The same statement queued several times in a row is sent once with many rows. ``sent`` counts all statements ever
    flushed by this process, for measurements.
    """

    sent = 0

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._items: list[_Item] = []

    def add(self, statement: Any, parameters: Parameters, *, must_hit: Mapping[str, object] | None = None) -> None:
        """Queue a statement; with *must_hit* it has to change exactly one row, else facts go into the error."""
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
        groups = [list(group) for _, group in groupby(items, key=_same)]
        WriteBatch.sent += len(groups)
        is_piped = self._connection.dialect.driver == "psycopg"
        counts = self._pipeline(groups) if is_piped else self._one_by_one(groups)
        for group, count in zip(groups, counts, strict=True):
            must_hit = group[0][2]
            if must_hit is not None and count != len(group):
                raise errors.ConcurrentUpdate(**must_hit)

    def _one_by_one(self, groups: Sequence[Sequence[_Item]]) -> list[int]:
        """Run on SQLite, where a statement itself costs less than what SQLAlchemy does to compile it again."""
        connection = self._connection
        return [connection.exec_driver_sql(*_together(group, connection.dialect)).rowcount for group in groups]

    def _pipeline(self, groups: Sequence[Sequence[_Item]]) -> list[int]:
        dialect = self._connection.dialect
        raw: Any = self._connection.connection.driver_connection
        try:
            with raw.pipeline():
                cursors = [_sent(raw, *_together(group, dialect)) for group in groups]
            return [cursor.rowcount for cursor in cursors]
        except dialect.loaded_dbapi.Error as exc:
            raise DBAPIError("pipeline", None, exc, connection_invalidated=raw.closed) from exc


def _same(item: _Item) -> tuple[int, tuple[str, ...], bool]:
    """Return what items have in common that can be sent as one statement with many rows."""
    statement, parameters, must_hit = item
    return id(statement), tuple(parameters), must_hit is not None


def _together(group: Sequence[_Item], dialect: Any) -> tuple[str, Any]:
    """Return one statement with its values, or with a list of them for several rows."""
    bound = [_bound(statement, parameters, dialect) for statement, parameters, _ in group]
    text, values = bound[0]
    return text, values if len(bound) == 1 else [row for _, row in bound]


def _sent(raw: Any, text: str, values: Any) -> Any:
    if not isinstance(values, list):
        return raw.execute(text, values, prepare=True)
    cursor = raw.cursor()
    cursor.executemany(text, values)
    return cursor


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
