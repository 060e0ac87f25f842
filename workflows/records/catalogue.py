"""How the catalogue of supervised items changes: proposals, and files of them."""

from sqlalchemy import JSON, Column, Date, ForeignKey, Index, Integer, String, Table, Text, Uuid

from engine.store.tables import UtcDateTime, metadata

catalogue_change = Table(
    "catalogue_change",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("instance_id", Uuid, unique=True),
    Column("business_key", Text, nullable=False, unique=True),
    Column("kind", Text, nullable=False, comment="create amend retire confirm dispute"),
    Column("item_code", Text, nullable=False),
    Column("item_name", Text, nullable=False),
    Column("area", Text, nullable=False, comment="where the owner changes: division code, or * for every area"),
    Column("base_version", Integer, comment="what the proposal was made on; empty for a new item"),
    Column("contents", JSON, nullable=False, comment="the parts that change, with their new values"),
    Column("base", JSON, nullable=False, comment="the same parts as they were"),
    Column(
        "unit", Text, ForeignKey("unit.code"), nullable=False, comment="who leads: the responsible unit, or the bureau"
    ),
    Column("units", JSON, nullable=False, comment="who is asked to claim the item"),
    Column("proposing_unit", Text, ForeignKey("unit.code"), nullable=False),
    Column("proposed_by", Text, nullable=False),
    Column("reason", Text, nullable=False),
    Column("effective_on", Date, nullable=False, comment="the first day wanted"),
    Column("effective_from", Date, comment="the first day settled"),
    Column("state", Text, nullable=False, comment="handling disputed scheduled published closed"),
    Column("opinions", JSON, nullable=False, comment="[{step, decision, note, unit, by, at}]"),
    Column("version", Integer, comment="the version it became"),
    Column("source", Text, nullable=False, comment="form file api round"),
    Column("batch_id", Uuid, index=True),
    Column("created_at", UtcDateTime, nullable=False),
    Column("closed_at", UtcDateTime),
    Index(None, "item_code", "state"),
    Index(None, "unit", "state"),
)

catalogue_batch = Table(
    "catalogue_batch",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("file_name", Text, nullable=False),
    Column("file_hash", String(64), nullable=False),
    Column("layout", Text, nullable=False),
    Column("unit", Text, ForeignKey("unit.code"), nullable=False),
    Column("status", Text, nullable=False, comment="previewed committed"),
    Column("effective_on", Date, nullable=False),
    Column("reason", Text, nullable=False),
    Column("created_by", Text, nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
    Column("committed_at", UtcDateTime),
    Index(None, "created_at"),
)

catalogue_row = Table(
    "catalogue_row",
    metadata,
    Column("batch_id", Uuid, ForeignKey("catalogue_batch.id"), primary_key=True),
    Column("place", Integer, primary_key=True, comment="place among the rows of the file, from 1"),
    Column("sheet", Text, nullable=False),
    Column("line", Integer, nullable=False),
    Column("item_code", Text, nullable=False),
    Column("outcome", Text, nullable=False, comment="ready unchanged refused proposed"),
    Column("messages", JSON, nullable=False),
    Column("content", JSON, nullable=False, comment="the row as it came"),
    Column("wanted", JSON, nullable=False, comment="the parts of the item it asks for"),
    Column("differences", JSON, nullable=False),
    Column("business_key", Text, comment="number of the change it became"),
)
