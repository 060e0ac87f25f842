"""Which workers there are, and when each last looked for jobs."""

from sqlalchemy import Column, String, Table, Text

from engine.store.tables import UtcDateTime, metadata

worker_beat = Table(
    "worker_beat",
    metadata,
    Column("name", Text, primary_key=True, comment="machine:process"),
    Column("started_at", UtcDateTime, nullable=False),
    Column("beat_at", UtcDateTime, nullable=False),
    Column("program", String(10), nullable=False, comment="the newest migration that the worker's program knows"),
)
