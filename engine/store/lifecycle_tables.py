"""The tables of what becomes of finished cases: holds, and what is left of a case that was deleted."""

from sqlalchemy import JSON, Column, Index, String, Table, Text, Uuid

from engine.store.tables import UtcDateTime, metadata

legal_hold = Table(
    "legal_hold",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("business_key", Text, comment="the case that is held, or"),
    Column("definition_key", Text, comment="the process whose cases are all held"),
    Column("reason", Text, nullable=False),
    Column("placed_by", Text, nullable=False),
    Column("placed_at", UtcDateTime, nullable=False),
    Column("lifted_by", Text),
    Column("lifted_at", UtcDateTime),
    Column("lift_reason", Text),
    Index(None, "business_key"),
    Index(None, "definition_key"),
)

tombstone = Table(
    "tombstone",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("instance_id", Uuid, nullable=False, unique=True),
    Column("business_key", Text, nullable=False, index=True),
    Column("definition_key", Text, nullable=False),
    Column("status", String(10), nullable=False),
    Column("started_at", UtcDateTime, nullable=False),
    Column("ended_at", UtcDateTime, nullable=False),
    Column("deleted_at", UtcDateTime, nullable=False, index=True),
    Column("deleted_by", Text, nullable=False),
    Column("reason", Text, nullable=False),
    Column("rule", Text, nullable=False, comment="the retention rule it was deleted by: process, version, source"),
    Column("counts", JSON, nullable=False, comment="{table: rows}"),
    Column("sha256", String(64), nullable=False, comment="of everything that was deleted"),
)
