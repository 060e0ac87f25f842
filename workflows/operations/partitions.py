"""The SQL that divides the history by months on PostgreSQL, for who runs the database to read and then to run.

Identifiers begin with the instant at which they were made (``engine/ids.py``), so ranges of them are months.
"""

from collections.abc import Iterator
from datetime import UTC, datetime
from uuid import UUID

TABLE = "history_event"


def edge(month: datetime) -> UUID:
    """Return the least identifier of a month."""
    return UUID(int=int(month.timestamp() * 1000) << 80)


def following(month: datetime) -> datetime:
    """Return the first instant of the month after."""
    return month.replace(year=month.year + month.month // 12, month=month.month % 12 + 1)


def parts(first: datetime, count: int) -> Iterator[str]:
    """Yield a statement for each month from *first* on; running it again adds what is missing."""
    month = first
    for _ in range(count):
        after = following(month)
        yield (
            f"CREATE TABLE IF NOT EXISTS {TABLE}_{month:%Y_%m} PARTITION OF {TABLE}"
            f" FOR VALUES FROM ('{edge(month)}') TO ('{edge(after)}');"
        )
        month = after


def division(first: datetime, count: int) -> str:
    """Return the statements that turn the table into one of months; what is older than *first* stays in one part.

    The old rows are neither copied nor rewritten: they are read once to prove that all of them are older.
    """
    old, cut = f"{TABLE}_before", edge(first)
    return "\n".join([
        "BEGIN;", "SET LOCAL lock_timeout = '3s';", "SET LOCAL statement_timeout = 0;",
        f"ALTER TABLE {TABLE} RENAME TO {old};",
        f"ALTER TABLE {old} RENAME CONSTRAINT pk_{TABLE} TO pk_{old};",
        f"ALTER INDEX ix_{TABLE}_instance_id_at_id RENAME TO ix_{old}_instance_id_at_id;",
        f"ALTER TABLE {old} ADD CONSTRAINT ck_{old}_cut CHECK (id < '{cut}');",
        f"CREATE TABLE {TABLE} (LIKE {old} INCLUDING DEFAULTS INCLUDING COMMENTS) PARTITION BY RANGE (id);",
        f"ALTER TABLE {TABLE} ADD CONSTRAINT pk_{TABLE} PRIMARY KEY (id);",
        f"ALTER TABLE {TABLE} ADD CONSTRAINT fk_{TABLE}_instance_id"
        " FOREIGN KEY (instance_id) REFERENCES process_instance (id);",
        f"CREATE INDEX ix_{TABLE}_instance_id_at_id ON {TABLE} (instance_id, at, id);",
        f"ALTER TABLE {TABLE} ATTACH PARTITION {old} FOR VALUES FROM (MINVALUE) TO ('{cut}');",
        *parts(first, count),
        "COMMIT;", "",
    ])  # fmt: skip


def month_of(text: str) -> datetime:
    """Return the first instant of a month written as ``2027-01``."""
    return datetime.strptime(text, "%Y-%m").replace(tzinfo=UTC)
