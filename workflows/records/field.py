"""What came from the phones beside the records of inspections."""

from sqlalchemy import JSON, Column, ForeignKey, String, Table, Text, Uuid

from engine.store.tables import UtcDateTime, metadata

inspection_supplement = Table(
    "inspection_supplement",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("inspection_id", Uuid, ForeignKey("inspection.id"), nullable=False, index=True),
    Column("task_id", Uuid, nullable=False, index=True, comment="the task whose record was kept already"),
    Column("client_id", Uuid, nullable=False, unique=True, comment="made on the device, so that it is kept once"),
    Column("fingerprint", String(64), nullable=False),
    Column("content", JSON, nullable=False, comment="the whole record as it was sent"),
    Column("submitted_by", Text, nullable=False),
    Column("submitted_at", UtcDateTime, nullable=False),
)
