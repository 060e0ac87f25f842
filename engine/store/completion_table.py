"""What a case was before a task of it was completed, as long as that can be taken back."""

from sqlalchemy import JSON, Column, ForeignKey, Integer, LargeBinary, Table, Text, Uuid

from engine.store.tables import UtcDateTime, metadata

completion = Table(
    "completion",
    metadata,
    Column("task_id", Uuid, ForeignKey("user_task.id"), primary_key=True),
    Column("instance_id", Uuid, ForeignKey("process_instance.id"), nullable=False, index=True),
    Column("version", Integer, nullable=False, comment="that of the instance afterwards"),
    Column("last_token", Integer, nullable=False, comment="the highest number of a token before"),
    Column("state", LargeBinary, nullable=False, comment="the instance before"),
    Column("assignee", Text),
    Column("claimed_at", UtcDateTime),
    Column("wrote", JSON, nullable=False, comment="what was written beside the engine's rows, with what was there"),
    Column("binding", JSON, nullable=False, comment="[[kind, what], …]: why it cannot be taken back"),
    Column("at", UtcDateTime, nullable=False),
)
