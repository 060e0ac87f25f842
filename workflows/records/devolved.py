"""Items in the hands of other offices, and how their work is reviewed."""

from sqlalchemy import (
    JSON,
    Boolean,
    Column,
    Date,
    ForeignKey,
    Index,
    Integer,
    String,
    Table,
    Text,
    UniqueConstraint,
    Uuid,
)

from engine.store.tables import UtcDateTime, metadata

delegation = Table(
    "delegation",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("item_code", Text, nullable=False),
    Column("unit", Text, ForeignKey("unit.code"), nullable=False, comment="who decides now"),
    Column("kind", Text, nullable=False, comment="devolved entrusted authorised"),
    Column("liable_unit", Text, ForeignKey("unit.code"), nullable=False, comment="who bears the consequences"),
    Column("document", Text, nullable=False),
    Column("valid_from", Date, nullable=False),
    Column("valid_to", Date),
    Column("note", Text, nullable=False),
    Column("changed_by", Text, nullable=False),
    Column("changed_at", UtcDateTime, nullable=False),
    UniqueConstraint("item_code", "unit", "valid_from"),
    Index(None, "unit"),
)

devolved_review = Table(
    "devolved_review",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("instance_id", Uuid, nullable=False, unique=True),
    Column("business_key", Text, nullable=False, unique=True),
    Column("unit", Text, ForeignKey("unit.code"), nullable=False),
    Column("quarter", Text, nullable=False, comment="the quarter reviewed, such as 2026Q1"),
    Column("trigger", Text, nullable=False, comment="quarterly special"),
    Column("reason", Text, nullable=False),
    Column("from_day", Date, comment="empty when cases were named"),
    Column("to_day", Date, comment="not included"),
    Column("pool", JSON, nullable=False, comment="ids of all approvals that could be drawn, in order"),
    Column("pool_hash", String(64), nullable=False),
    Column("salt", Text, comment="with the pool it gives the same sample to whoever draws again"),
    Column("state", Text, nullable=False, comment="collected scoring passed opinion corrected decided empty"),
    Column("opinion", JSON),
    Column("opinion_number", Text, unique=True),
    Column("sent_at", UtcDateTime),
    Column("corrections", JSON, nullable=False, comment="[{round, measures, evidence, corrected_on, verdict, …}]"),
    Column("decision", JSON),
    Column("started_at", UtcDateTime, nullable=False),
    Column("closed_at", UtcDateTime),
    Index(None, "unit", "quarter"),
)

devolved_file = Table(
    "devolved_file",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("review_id", Uuid, ForeignKey("devolved_review.id"), nullable=False, index=True),
    Column("approval_id", Uuid, ForeignKey("approval.id"), nullable=False, index=True),
    Column("place", Integer, nullable=False, comment="place in the sample, from 1"),
    Column("answers", JSON),
    Column("score", Integer, comment="out of 100"),
    Column("is_serious", Boolean, comment="granted against the law"),
    Column("is_mismatch", Boolean, comment="the holder does not do what was permitted"),
    Column("scored_by", Text),
    Column("scored_at", UtcDateTime),
)
