"""Fills a database with cases by copying what the engine itself wrote for one of them."""

import psycopg

CHUNK = 50_000
_NEW = "(lpad(to_hex(i), 8, '0') || '{mark}-7000-8000-' || lpad(to_hex(i), 12, '0'))::uuid"
_TABLES = ("process_instance", "user_task", "user_task_candidate", "subscription", "job", "history_event")
_MINE = {
    "process_instance": "id = %(case)s",
    "user_task_candidate": "task_id IN (SELECT id FROM user_task WHERE instance_id = %(case)s)",
}
_MARKS = {"process_instance": "-a000", "user_task": "-a100", "job": "-a200", "history_event": "-a300"}


def plain(url: str) -> str:
    """Return the address as psycopg reads it."""
    return url.replace("postgresql+psycopg", "postgresql")


def copy_case(url: str, case: str, count: int) -> None:
    """Add *count* cases that rest where *case* rests: every row of every table of the engine, with ids of their own.

    A case must have at most one open task and one job.
    """
    with psycopg.connect(plain(url), autocommit=True) as connection:
        connection.execute("SET session_replication_role = replica")  # foreign keys hold by construction
        connection.execute("SET synchronous_commit = off")
        statements = [_copying(connection, table) for table in _TABLES]
        for first in range(1, count + 1, CHUNK):
            span = {"case": case, "first": first, "last": min(first + CHUNK - 1, count)}
            for statement in statements:
                connection.execute(statement, span)
        connection.execute("VACUUM ANALYZE")
        connection.execute("CHECKPOINT")


def _copying(connection: psycopg.Connection, table: str) -> str:
    """Return the statement that copies one case's rows of a table once per number."""
    rows = connection.execute(
        "SELECT column_name FROM information_schema.columns WHERE table_name = %s ORDER BY ordinal_position", (table,)
    )
    names = [str(row[0]) for row in rows]
    values = ", ".join(_value(table, name) for name in names)
    mine = _MINE.get(table, "instance_id = %(case)s")
    numbered = f"SELECT *, row_number() OVER () - 1 AS nth FROM {table} WHERE {mine}"
    return (
        f"INSERT INTO {table} ({', '.join(names)}) SELECT {values} "
        f"FROM ({numbered}) AS model, generate_series(%(first)s::bigint, %(last)s::bigint) AS i"
    )


def _value(table: str, column: str) -> str:
    if column == "id":
        mark = _MARKS[table] if table != "history_event" else "-a3' || lpad(to_hex(nth), 2, '0') || '"
        return _NEW.format(mark=mark)
    if column in ("instance_id", "task_id"):
        return _NEW.format(mark=_MARKS["process_instance" if column == "instance_id" else "user_task"])
    return "'C-' || lpad(i::text, 9, '0')" if column == "business_key" else f"model.{column}"
