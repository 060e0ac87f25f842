"""Who is told what happens in cases, and what waits to be told."""

from sqlalchemy import JSON, Boolean, Column, ForeignKey, Index, Integer, String, Table, Text, UniqueConstraint, Uuid

from engine.store.tables import UtcDateTime, metadata

webhook_subscription = Table(
    "webhook_subscription",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("name", Text, nullable=False, unique=True),
    Column("url", Text, nullable=False),
    Column("secret", Text, nullable=False, comment="signs what is sent; shown once, when it is made"),
    Column("kinds", JSON, nullable=False, comment="[event kind, …]"),
    Column("is_active", Boolean, nullable=False),
    Column("created_by", Text, nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
    Column("changed_by", Text, nullable=False),
    Column("changed_at", UtcDateTime, nullable=False),
)

webhook_delivery = Table(
    "webhook_delivery",
    metadata,
    Column("id", Uuid, primary_key=True, comment="the idempotency key: the same at every attempt"),
    Column("subscription_id", Uuid, ForeignKey("webhook_subscription.id"), nullable=False),
    Column("kind", Text, nullable=False),
    Column("instance_id", Uuid, nullable=False),
    Column("business_key", Text, nullable=False),
    Column("step", Integer, nullable=False, comment="version of the instance after what happened"),
    Column("place", Integer, nullable=False, comment="order within the step"),
    Column("body", JSON, nullable=False),
    Column("status", String(10), nullable=False, comment="waiting sending delivered parked dropped"),
    Column("attempts", Integer, nullable=False),
    Column("fence", Integer, nullable=False),
    Column("due_at", UtcDateTime, nullable=False),
    Column("lease_until", UtcDateTime),
    Column("last_error", Text),
    Column("created_at", UtcDateTime, nullable=False),
    Column("delivered_at", UtcDateTime),
    UniqueConstraint("subscription_id", "instance_id", "step", "place"),
    Index(None, "status", "due_at"),
    Index(None, "instance_id"),
)
