"""The tables of what operators do to many cases at once."""

from sqlalchemy import JSON, Column, ForeignKey, Index, Integer, String, Table, Text, UniqueConstraint, Uuid

from engine.store.tables import UtcDateTime, metadata

bulk_operation = Table(
    "bulk_operation",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("kind", String(10), nullable=False, comment="suspend resume cancel retry migrate delete"),
    Column("actor", Text, nullable=False),
    Column("reason", Text, nullable=False),
    Column("options", JSON, nullable=False),
    Column("key", Text, nullable=False, comment="the caller's idempotency key"),
    Column("fingerprint", String(64), nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
    Column("finished_at", UtcDateTime),
    UniqueConstraint("actor", "key"),
    Index(None, "finished_at", "created_at"),
)

bulk_item = Table(
    "bulk_item",
    metadata,
    Column("operation_id", Uuid, ForeignKey("bulk_operation.id"), primary_key=True),
    Column("position", Integer, primary_key=True),
    Column("target", Uuid, nullable=False, comment="a process instance, or an incident when retrying"),
    Column("business_key", Text, nullable=False, comment="as it was when the operation began; empty if unknown"),
    Column("status", String(10), nullable=False, comment="waiting done refused"),
    Column("before", Text, comment="the target's status when its turn came"),
    Column("after", Text, comment="its status as read again after the act"),
    Column("code", Text, comment="why it was refused: the code of an error"),
    Column("message", Text),
    Column("done_at", UtcDateTime),
)
