"""Letters, receipts, serial numbers, messages to persons, and unfinished forms."""

from sqlalchemy import JSON, Column, ForeignKey, Index, Integer, String, Table, Text, Uuid

from engine.store.tables import UtcDateTime, metadata

serial = Table(
    "serial",
    metadata,
    Column("kind", Text, primary_key=True),
    Column("year", Integer, primary_key=True),
    Column("last", Integer, nullable=False),
)

letter = Table(
    "letter",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("number", Text, nullable=False, unique=True),
    Column("kind", Text, nullable=False, comment="push copy transfer order receipt feedback return"),
    Column("subject", Text, nullable=False),
    Column("instance_id", Uuid, nullable=False, index=True),
    Column("business_key", Text, nullable=False, index=True),
    Column("about", Text, nullable=False, comment="id of the duty, copy, transfer or order"),
    Column("sender_unit", Text, ForeignKey("unit.code"), nullable=False),
    Column("receiver_unit", Text, ForeignKey("unit.code")),
    Column("data", JSON, nullable=False, comment="what the template is filled with"),
    Column("sha256", String(64), nullable=False, comment="digest of data in canonical JSON"),
    Column("created_at", UtcDateTime, nullable=False),
    Column("created_by", Text, nullable=False),
    Index(None, "receiver_unit", "created_at"),
    Index(None, "sender_unit", "created_at"),
)

receipt = Table(
    "receipt",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("number", Text, nullable=False, unique=True),
    Column("letter_id", Uuid, ForeignKey("letter.id")),
    Column("about", Text, nullable=False, index=True),
    Column("instance_id", Uuid, nullable=False),
    Column("business_key", Text, nullable=False, index=True),
    Column("unit", Text, ForeignKey("unit.code"), nullable=False),
    Column("signed_by", Text, nullable=False),
    Column("signed_at", UtcDateTime, nullable=False),
    Column("outcome", Text, nullable=False, comment="claimed acknowledged accepted reserved"),
    Column("remark", Text),
    Column("sha256", String(64), nullable=False),
)

notification = Table(
    "notification",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("login", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("text", Text, nullable=False),
    Column("business_key", Text),
    Column("task_id", Uuid),
    Column("created_at", UtcDateTime, nullable=False),
    Column("read_at", UtcDateTime),
    Column("told_at", UtcDateTime, comment="when it went into a digest by mail or text"),
    Index(None, "login", "read_at"),
)

draft = Table(
    "draft",
    metadata,
    Column("task_id", Uuid, primary_key=True),
    Column("login", Text, primary_key=True),
    Column("answers", JSON, nullable=False),
    Column("version", Integer, nullable=False),
    Column("saved_at", UtcDateTime, nullable=False),
)
