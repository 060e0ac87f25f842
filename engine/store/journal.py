"""Notes what a transaction writes beside the engine's own rows: to be told, and undone while nothing has followed.

Statements of SQLAlchemy Core that run while a journal is attached are seen before they run. Rows that are inserted are
known by their keys; of rows that are changed or deleted the values before are read. What cannot be foreseen (a text, an
upsert) makes the journal incomplete, and what is incomplete is never undone.
"""

from base64 import b64decode, b64encode
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import (
    BindParameter,
    Connection,
    Date,
    Delete,
    Insert,
    LargeBinary,
    Table,
    Update,
    Uuid,
    delete,
    event,
    insert,
    select,
    update,
)

from engine.store import tables
from engine.store.completion_table import completion
from engine.store.tables import UtcDateTime, metadata

OWN = frozenset(one.name for one in vars(tables).values() if isinstance(one, Table)) | {completion.name}
"""The engine's own tables; what is written there follows from the state of the case."""

_TOLD = frozenset({"deployment"})  # own tables that are written beside all cases

Entry = dict[str, Any]
Tell = Callable[[str, Mapping[str, Any], Mapping[str, Any]], None]
_ATTACHED = "journal"


class Journal:
    """What one transaction wrote; with ``keeps_images`` also what was there before."""

    def __init__(self) -> None:
        self.entries: list[Entry] = []
        self.inserted: dict[str, None] = {}
        self.instances: set[UUID] = set()
        self.keeps_images = False
        self.is_complete = True
        self.has_record = False
        """Whether the transaction has written a line of a case's history."""
        self.touched: Counter[tuple[str, str, tuple[str, ...]]] = Counter()
        """How often ``(table, op, columns)`` was written, the engine's own tables left out."""
        self.watched: Mapping[str, frozenset[str]] = {}
        """Of these tables ``images`` tells the named columns before and after."""
        self.images: list[Entry] = []
        self.pulse: frozenset[str] = frozenset()
        """Columns that are written all the time and tell nothing."""

    def note(self, connection: Connection, statement: Any, rows: Sequence[Mapping[str, Any]]) -> None:
        """Note one statement that is about to run."""
        table = statement.table
        if isinstance(table, Table) and (table.name not in OWN or table.name in _TOLD):
            self._touch(connection, statement, table, rows)
        if not isinstance(table, Table) or (table.name in OWN and table.name != "job"):
            return
        if isinstance(statement, Insert):
            self.inserted.setdefault(table.name)
        if not self.keeps_images or table.name in OWN:
            return
        if isinstance(statement, Insert):
            self._note_insert(statement, table, rows)
        elif isinstance(statement, Update | Delete):
            for row in rows or [{}]:
                self.entries += _changes(connection, statement, table, row)

    def _touch(self, connection: Connection, statement: Any, table: Table, rows: Sequence[Mapping[str, Any]]) -> None:
        op = str(statement.__visit_name__)
        columns = tuple(sorted(_literals(statement, rows[0] if rows else {}))) if op == "update" else ()
        if columns and self.pulse.issuperset(columns):
            return
        self.touched[(table.name, op, columns)] += max(len(rows), 1)
        kept = self.watched.get(table.name)
        if kept is None:
            return
        for row in rows or [{}]:
            if op == "insert":
                values = _literals(statement, row)
                key = {one.name: plain(values[one.name]) for one in table.primary_key if one.name in values}
                after = {name: plain(value) for name, value in values.items() if name in kept and value is not _UNKNOWN}
                self.images.append({"op": op, "table": table.name, "key": key, "after": after})
            else:
                self.images += [_trimmed(one, kept) for one in _changes(connection, statement, table, row, kept)]

    def _note_insert(self, statement: Insert, table: Table, rows: Sequence[Mapping[str, Any]]) -> None:
        given = _literals(statement, {})
        for row in rows or [{}]:
            values = {**given, **row}
            names = [column.name for column in table.primary_key]
            if getattr(statement, "_post_values_clause", None) is not None or not set(names) <= set(values):
                self.is_complete = False
                return
            key = {name: plain(values[name]) for name in names}
            self.entries.append({"op": "insert", "table": table.name, "key": key})


def _changes(
    connection: Connection, statement: Any, table: Table, row: Mapping[str, Any], kept: frozenset[str] | None = None
) -> list[Entry]:
    """Return the rows a statement is about to change, as they are and as they will be.

    Of columns that are not ``kept`` only those are read that are written.
    """
    names = [column.name for column in table.primary_key]
    written = _literals(statement, row) if isinstance(statement, Update) else {}
    wanted = {*names, *written, *(table.c.keys() if kept is None else kept)}
    query = select(*(column for column in table.c if column.name in wanted))
    if statement.whereclause is not None:
        query = query.where(statement.whereclause)
    found = connection.execute(query, dict(row)).mappings().all()
    entries: list[Entry] = []
    for before in found:
        entry: Entry = {"op": "update", "table": table.name, "key": {name: plain(before[name]) for name in names}}
        if isinstance(statement, Delete):
            entry = {"op": "delete", "table": table.name, "row": {k: plain(v) for k, v in before.items()}}
        else:
            entry["before"] = {name: plain(before[name]) for name in written}
            entry["after"] = {name: plain(value) for name, value in written.items() if value is not _UNKNOWN}
        entries.append(entry)
    return entries


def _trimmed(entry: Entry, kept: frozenset[str]) -> Entry:
    """Return a change without the values of columns that are nobody's business; that they changed stays."""
    hidden = sorted(set(entry.get("after", ())) - kept)
    parts: Entry = {
        name: {key: value for key, value in entry[name].items() if key in kept}
        for name in ("before", "after", "row")
        if name in entry
    }
    return {**entry, **parts, **({"hidden": hidden} if hidden else {})}


_UNKNOWN: Any = object()


def _literals(statement: Any, row: Mapping[str, Any]) -> dict[str, Any]:
    """Return the columns a statement writes, with their values where these are told."""
    found: dict[str, Any] = {}
    for column, value in (getattr(statement, "_values", None) or {}).items():
        name = column if isinstance(column, str) else column.name
        found[name] = row.get(value.key, value.value) if isinstance(value, BindParameter) else _UNKNOWN
    return found | {name: value for name, value in row.items() if name in statement.table.c}


@contextmanager
def attached(connection: Connection) -> Iterator[Journal]:
    """Note in a journal what is executed on a connection."""
    journal = Journal()
    info = connection.info  # a connection that broke meanwhile would no longer tell
    info[_ATTACHED] = journal
    try:
        yield journal
    finally:
        info.pop(_ATTACHED, None)


def watch(pool: Any) -> None:
    """Let the connections of a pool tell the journals that are attached to them."""

    @event.listens_for(pool, "before_execute")
    def _note(connection: Connection, statement: Any, many: Any, one: Any, _options: Any) -> None:
        if getattr(statement, "is_dml", False):
            journal = connection.info.get(_ATTACHED)
            if journal is not None:
                journal.note(connection, statement, many or ([one] if one else []))


@dataclass(frozen=True, slots=True)
class Undoing:
    """How rows are put back.

    New rows of the tables ``kept`` stay, rows of the tables ``left`` are not touched at all. ``tell`` is given the
    table, key and values of each row before it is put back.
    """

    kept: frozenset[str] = frozenset()
    left: frozenset[str] = frozenset()
    tell: Tell = lambda *_: None


def undo(connection: Connection, entries: Sequence[Entry], how: Undoing) -> str:
    """Put rows back as they were, newest change first.

    Answers the name of a table whose row was changed by somebody else meanwhile (nothing may be committed then), or
    nothing.
    """
    for entry in reversed(entries):
        table = metadata.tables[entry["table"]]
        if table.name in how.left:
            continue
        if entry["op"] == "insert":
            if table.name not in how.kept:
                connection.execute(delete(table).where(_same(table, entry["key"])))
        elif entry["op"] == "delete":
            connection.execute(
                insert(table), {name: stored(table, name, value) for name, value in entry["row"].items()}
            )
        elif not _put_back(connection, table, entry, how.tell):
            return table.name
    return ""


def _put_back(connection: Connection, table: Table, entry: Entry, tell: Tell) -> bool:
    same = _same(table, entry["key"])
    now = connection.execute(select(table).where(same)).mappings().one_or_none()
    if now is None or any(plain(now[name]) != value for name, value in entry["after"].items()):
        return False
    tell(table.name, entry["key"], {name: now[name] for name in entry["before"]})
    values = {name: stored(table, name, value) for name, value in entry["before"].items()}
    connection.execute(update(table).where(same).values(values))
    return True


def _same(table: Table, key: Mapping[str, Any]) -> Any:
    parts = [table.c[name] == stored(table, name, value) for name, value in key.items()]
    return parts[0] if len(parts) == 1 else parts[0] & _all(parts[1:])


def _all(parts: Sequence[Any]) -> Any:
    whole = parts[0]
    for part in parts[1:]:
        whole = whole & part
    return whole


def plain(value: Any) -> Any:
    """Return a value of a column as JSON."""
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat() if value.tzinfo else value.isoformat()
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, bytes | memoryview):
        return b64encode(bytes(value)).decode()
    return str(value) if isinstance(value, UUID) else value


def stored(table: Table, name: str, value: Any) -> Any:
    """Return a value as its column takes it."""
    kind = table.c[name].type
    if value is None:
        return None
    if isinstance(kind, UtcDateTime):
        return datetime.fromisoformat(value)
    if isinstance(kind, Date):
        return date.fromisoformat(value)
    if isinstance(kind, LargeBinary):
        return b64decode(value)
    return UUID(value) if isinstance(kind, Uuid) else value
