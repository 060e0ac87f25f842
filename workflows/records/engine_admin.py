"""What administrators prepare before it happens: files to deploy, and acts that a second person confirms."""

from sqlalchemy import JSON, Column, Index, String, Table, Text, Uuid

from engine.store.tables import UtcDateTime, metadata

admin_request = Table(
    "admin_request",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("kind", String(20), nullable=False, comment="deploy move skip due"),
    Column("state", String(10), nullable=False, comment="draft asked done refused withdrawn"),
    Column("instance_id", Uuid, comment="of the case it is about"),
    Column("business_key", Text),
    Column("payload", JSON, nullable=False),
    Column("reason", Text, nullable=False),
    Column("asked_by", Text, nullable=False),
    Column("asked_at", UtcDateTime, nullable=False),
    Column("decided_by", Text),
    Column("decided_at", UtcDateTime),
    Column("decision_note", Text),
    Column("result", JSON, comment="what was there when it was read again afterwards"),
    Index(None, "state", "asked_at"),
)
