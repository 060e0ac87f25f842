"""Supervision orders and every rung of their ladder."""

from sqlalchemy import JSON, Column, ForeignKey, Index, Table, Text, Uuid

from engine.store.tables import UtcDateTime, metadata

supervision_order = Table(
    "supervision_order",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("number", Text, unique=True, comment="given when the formal order is issued"),
    Column("instance_id", Uuid, nullable=False, unique=True),
    Column("business_key", Text, nullable=False, index=True),
    Column("key", Text, nullable=False, index=True, comment="running_limit.key it watches"),
    Column("cause_business_key", Text, nullable=False, index=True),
    Column("cause_element", Text, nullable=False),
    Column("limit_name", Text, nullable=False),
    Column("unit", Text, ForeignKey("unit.code"), nullable=False),
    Column("officer", Text),
    Column("title", Text, nullable=False),
    Column("rung", Text, nullable=False, comment="warned red ordered leader criticised referred"),
    Column("state", Text, nullable=False, comment="open closed"),
    Column("started_at", UtcDateTime, nullable=False),
    Column("red_at", UtcDateTime, nullable=False),
    Column("ordered_at", UtcDateTime),
    Column("reply", JSON),
    Column("replied_at", UtcDateTime),
    Column("closed_at", UtcDateTime),
    Column("close_note", Text),
    Index(None, "unit", "state"),
)

supervision_rung = Table(
    "supervision_rung",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("order_id", Uuid, ForeignKey("supervision_order.id"), nullable=False, index=True),
    Column(
        "rung",
        Text,
        nullable=False,
        comment="warned red ordered replied leader criticised referred closed paused resumed",
    ),
    Column("at", UtcDateTime, nullable=False),
    Column("actor", Text, nullable=False),
    Column("to_whom", Text, nullable=False),
    Column("detail", JSON, nullable=False),
    Column("letter_id", Uuid),
)
