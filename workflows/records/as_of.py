"""What rows and rule files were before: kept so that any past instant can be shown as it was."""

from sqlalchemy import JSON, Column, Index, String, Table, Text, Uuid

from engine.store.tables import UtcDateTime, metadata

row_change = Table(
    "row_change",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("table_name", Text, nullable=False),
    Column("row_id", Uuid, nullable=False),
    Column("at", UtcDateTime, nullable=False),
    Column("before", JSON, nullable=False, comment="{column: value} of what changed, as it was until then"),
    Index(None, "row_id", "at", "id"),
)

rule_file = Table(
    "rule_file",
    metadata,
    Column("name", Text, primary_key=True, comment="calendar/… and clauses.toml"),
    Column("recorded_at", UtcDateTime, primary_key=True),
    Column("sha256", String(64), nullable=False),
    Column("content", Text, nullable=False),
)
