"""A whole city copied from one database to another, and compared row by row.

A backup is such a copy into one SQLite file, and restoring is a copy back: one way for both databases, so that it is
rehearsed whenever any of the three is used.
"""

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

import orjson
from sqlalchemy import Column, Connection, Table, bindparam, insert, select, text, update

from engine.store.database import Database
from engine.store.tables import metadata
from workflows import errors
from workflows.migrate import create, head, stored_version

_BATCH = 500
_MODULUS = 1 << 256


@dataclass(frozen=True, slots=True)
class TableCopy:
    """How many rows of a table were copied, and the digest of all that is in them, whatever their order."""

    table: str
    rows: int
    digest: str


def copy_city(source_url: str, target_url: str, *, stops_writers: bool) -> tuple[TableCopy, ...]:
    """Copy everything into an empty database and compare both sides before anything is kept.

    Args:
        source_url: where the city is; it stays as it is.
        target_url: an empty database; its tables are made.
        stops_writers: let nobody write to the source meanwhile, so that no answered command is left behind.

    Raises:
        CopyRefused: the source is not at this version, the target is not empty, or the two sides differ.
    """
    if stored_version(source_url) != head():
        raise errors.CopyRefused(reason="源数据库的版本与本程序不一致，请先运行 xianjie migrate")
    if stored_version(target_url) is not None:
        raise errors.CopyRefused(reason="目标数据库不是空的，请换一个新建的数据库")
    create(target_url)
    source, target = Database(source_url), Database(target_url)
    try:
        with _steady(source, stops_writers=stops_writers) as origin, target.writing() as place:
            copied = tuple(_copy(origin, place, table) for table in metadata.sorted_tables)
            _compare(copied, tuple(summary_of(place, table) for table in metadata.sorted_tables))
            place.commit()
    finally:
        source.close()
        target.close()
    return copied


def summaries(url: str) -> tuple[TableCopy, ...]:
    """Return what each table of a database holds."""
    database = Database(url)
    try:
        with database.reading() as connection:
            return tuple(summary_of(connection, table) for table in metadata.sorted_tables)
    finally:
        database.close()


def summary_of(connection: Connection, table: Table) -> TableCopy:
    """Return the number of rows of a table and their digest."""
    rows, total = 0, 0
    for row in _rows(connection, table):
        rows, total = rows + 1, (total + _number(row)) % _MODULUS
    return TableCopy(table.name, rows, f"{total:064x}")


@contextmanager
def _steady(database: Database, *, stops_writers: bool) -> Iterator[Connection]:
    """Give a connection that sees one state of the source throughout."""
    if not stops_writers:
        with database.reading() as connection:
            yield connection
        return
    with database.writing() as connection:  # SQLite has one writer, and that is this one
        if not database.is_sqlite:
            names = ", ".join(f'"{table.name}"' for table in metadata.sorted_tables)
            connection.execute(text("SET LOCAL idle_in_transaction_session_timeout = 0"))
            connection.execute(text(f"LOCK TABLE {names} IN SHARE MODE"))
        yield connection
        connection.rollback()


def _rows(connection: Connection, table: Table) -> Iterator[Mapping[str, Any]]:
    wanted = select(table).order_by(*table.primary_key.columns)
    with connection.execution_options(yield_per=_BATCH).execute(wanted) as found:
        for row in found.mappings():
            yield dict(row)


def _number(row: Mapping[str, Any]) -> int:
    content = orjson.dumps(row, default=_plain, option=orjson.OPT_SORT_KEYS | orjson.OPT_NON_STR_KEYS)
    return int.from_bytes(hashlib.sha256(content).digest(), "big")


def _plain(value: object) -> object:
    if isinstance(value, bytes | memoryview):
        return hashlib.sha256(bytes(value)).hexdigest()
    if isinstance(value, Decimal):
        return str(value.normalize())
    raise TypeError(type(value).__name__)


def _copy(origin: Connection, place: Connection, table: Table) -> TableCopy:
    """Copy one table; rows that name other rows of the same table name them when all are there."""
    own = [column for column in table.columns if any(key.column.table is table for key in column.foreign_keys)]
    rows, total, batch, later = 0, 0, [], []
    for row in _rows(origin, table):
        rows, total = rows + 1, (total + _number(row)) % _MODULUS
        if any(row[column.name] is not None for column in own):
            later.append(row)
            row = {**row, **{column.name: None for column in own}}
        batch.append(row)
        if len(batch) == _BATCH:
            place.execute(insert(table), batch)
            batch = []
    if batch:
        place.execute(insert(table), batch)
    if later:
        _tie(place, table, own, later)
    return TableCopy(table.name, rows, f"{total:064x}")


def _tie(place: Connection, table: Table, own: Sequence[Column[Any]], rows: Sequence[Mapping[str, Any]]) -> None:
    (key,) = table.primary_key.columns
    statement = (
        update(table).where(key == bindparam("at")).values({one.name: bindparam(f"to_{one.name}") for one in own})
    )
    place.execute(
        statement, [{"at": row[key.name], **{f"to_{one.name}": row[one.name] for one in own}} for row in rows]
    )


def _compare(copied: Sequence[TableCopy], found: Sequence[TableCopy]) -> None:
    differs = [one.table for one, other in zip(copied, found, strict=True) if one != other]
    if differs:
        raise errors.CopyRefused(reason=f"复制后两边内容不一致：{'、'.join(differs)}；目标数据库未保留任何内容")


def backup(source_url: str, file: Path) -> tuple[TableCopy, ...]:
    """Write the city as it is at one moment into a new file, while everybody goes on working.

    Raises:
        CopyRefused: the file exists.
    """
    if file.exists():
        raise errors.CopyRefused(reason=f"{file.name} 已经存在，备份不覆盖任何文件")
    unfinished = file.with_name(file.name + ".part")
    unfinished.unlink(missing_ok=True)
    copied = copy_city(source_url, f"sqlite:///{unfinished}", stops_writers=False)
    unfinished.replace(file)
    return copied


def restore(file: Path, target_url: str) -> tuple[TableCopy, ...]:
    """Copy a backup into an empty database.

    Raises:
        CopyRefused: there is no such file, or the database is not empty.
    """
    if not file.is_file():
        raise errors.CopyRefused(reason=f"没有 {file.name} 这个文件")
    return copy_city(f"sqlite:///{file}", target_url, stops_writers=False)


def rows_of(copied: Sequence[TableCopy]) -> int:
    """Return how many rows all tables have together."""
    return sum(one.rows for one in copied)
