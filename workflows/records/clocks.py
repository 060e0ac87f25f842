"""Time limits as data, local calendar days, and the limits that run for cases."""

from sqlalchemy import JSON, Boolean, Column, Date, Index, Integer, Table, Text, Uuid, false, text

from engine.store.tables import UtcDateTime, metadata

time_limit = Table(
    "time_limit",
    metadata,
    Column("name", Text, primary_key=True),
    Column("version", Integer, primary_key=True),
    Column("item_code", Text, primary_key=True, comment="* for every item"),
    Column("data", JSON, nullable=False, comment="the fields of workflows.time_limits.TimeLimit"),
    Column("valid_from", Date, nullable=False),
    Column("valid_to", Date),
    Column("changed_by", Text, nullable=False),
    Column("changed_at", UtcDateTime, nullable=False),
    Column("reason", Text, nullable=False),
)

calendar_override = Table(
    "calendar_override",
    metadata,
    Column("day", Date, primary_key=True),
    Column("version", Integer, primary_key=True),
    Column("is_working", Boolean, nullable=False),
    Column("source", Text, nullable=False),
    Column("changed_by", Text, nullable=False),
    Column("changed_at", UtcDateTime, nullable=False),
)

running_limit = Table(
    "running_limit",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("instance_id", Uuid, nullable=False),
    Column("business_key", Text, nullable=False),
    Column("task_id", Uuid, unique=True),
    Column("token", Integer, nullable=False),
    Column("element_id", Text, nullable=False),
    Column("key", Text, nullable=False, index=True, comment="case/element/duty: what the ladder is correlated by"),
    Column("unit", Text, nullable=False, comment="the unit that must act"),
    Column("limit_name", Text, nullable=False),
    Column("limit_version", Integer, nullable=False),
    Column("item_code", Text),
    Column("anchor_event", Text, nullable=False),
    Column("anchor_at", UtcDateTime, nullable=False),
    Column("due_at", UtcDateTime, nullable=False),
    Column("warn_at", UtcDateTime, nullable=False),
    Column("calendar_version", Text, nullable=False),
    Column("is_provisional", Boolean, nullable=False),
    Column("pauses", JSON, nullable=False, comment="[{from, until, reason, requested_by, approved_by}]"),
    Column("extension", JSON),
    Column("paused_since", UtcDateTime),
    Column("ended_at", UtcDateTime),
    Column("ended_how", Text, comment="completed cancelled"),
    Column("is_late", Boolean, nullable=False, comment="never cleared once set"),
    Column("order_id", Uuid, comment="the supervision order it led to"),
    Column(
        "is_waiting", Boolean, nullable=False, server_default=false(), comment="over before anybody acts; never late"
    ),
    Index(None, "instance_id"),
    Index(None, "ended_at", "due_at"),
    Index(None, "unit", "ended_at"),
    Index(
        "ix_running_limit_urged",
        "task_id",
        sqlite_where=text("order_id IS NOT NULL AND ended_at IS NULL"),
        postgresql_where=text("order_id IS NOT NULL AND ended_at IS NULL"),
    ),
)
