"""What people do with tasks beside completing them: who opened one, who was asked to do it, what can be undone."""

from sqlalchemy import JSON, Column, ForeignKey, Index, Table, Text, Uuid

from engine.store.tables import UtcDateTime, metadata

task_opening = Table(
    "task_opening",
    metadata,
    Column("task_id", Uuid, ForeignKey("user_task.id"), primary_key=True),
    Column("login", Text, primary_key=True),
    Column("first_at", UtcDateTime, nullable=False),
)

task_delegation = Table(
    "task_delegation",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("task_id", Uuid, ForeignKey("user_task.id"), nullable=False, index=True),
    Column("instance_id", Uuid, nullable=False),
    Column("business_key", Text, nullable=False),
    Column("owner", Text, nullable=False),
    Column("delegate", Text, nullable=False),
    Column("reason", Text, nullable=False),
    Column("state", Text, nullable=False, comment="open answered taken_back cancelled"),
    Column("opinion", Text),
    Column("created_at", UtcDateTime, nullable=False),
    Column("ended_at", UtcDateTime),
    Index(None, "delegate", "state"),
)

undo_ticket = Table(
    "undo_ticket",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("login", Text, nullable=False),
    Column("acts", JSON, nullable=False, comment="[[act, task, facts], …] in the order in which they were done"),
    Column("created_at", UtcDateTime, nullable=False, index=True),
    Column("used_at", UtcDateTime),
)
