"""How the exchange collects: how far each day's look at known facts has come, and history that is brought in."""

from sqlalchemy import Column, Date, Index, Integer, Table, Text, Uuid

from engine.store.tables import UtcDateTime, metadata

exchange_sweep = Table(
    "exchange_sweep",
    metadata,
    Column("dataset", Text, primary_key=True),
    Column("day", Date, nullable=False, comment="the day of the newest look"),
    Column("position", Text, comment="the last row it saw; empty when it is done"),
)

exchange_backfill = Table(
    "exchange_backfill",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("dataset", Text, nullable=False),
    Column("first_day", Date, nullable=False),
    Column("last_day", Date, nullable=False),
    Column("reason", Text, nullable=False),
    Column("state", Text, nullable=False, comment="running done"),
    Column("position", Text, comment="the last row it saw"),
    Column("seen", Integer, nullable=False),
    Column("added", Integer, nullable=False, comment="records that were not there before"),
    Column("asked_by", Text, nullable=False),
    Column("asked_at", UtcDateTime, nullable=False),
    Column("finished_at", UtcDateTime),
    Index(None, "state", "asked_at"),
)
