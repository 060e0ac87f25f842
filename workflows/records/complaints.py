"""Complaints and tips; who complained is kept apart, and every look at it is kept too."""

from sqlalchemy import (
    JSON,
    Boolean,
    Column,
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

complaint = Table(
    "complaint",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("instance_id", Uuid, unique=True, comment="empty only inside the transaction that registers it"),
    Column("business_key", Text, nullable=False, unique=True),
    Column("number", Text, nullable=False, unique=True),
    Column("channel", Text, nullable=False, comment="a key of the city's complaint_channels.toml"),
    Column("source_no", Text, comment="the sender's own number"),
    Column("kind", Text, nullable=False, comment="complaint tip"),
    Column("matter", Text, nullable=False, comment="what it is about, a value of the routing table"),
    Column("place_kind", Text, nullable=False, comment="planned village hill unknown"),
    Column("item_code", Text, nullable=False),
    Column("party_name", Text, nullable=False),
    Column("party_code", Text, nullable=False),
    Column("party_key", Text, nullable=False, index=True, comment="the party's name as it is compared"),
    Column("area", Text, nullable=False, comment="empty when nobody knows"),
    Column("site", Text, nullable=False),
    Column("site_key", Text, nullable=False, index=True, comment="the place as it is compared"),
    Column("content", Text, nullable=False, comment="without whoever complained"),
    Column("object_id", Uuid, ForeignKey("inspection_object.id"), index=True),
    Column("accused_unit", Text, ForeignKey("unit.code")),
    Column("is_confidential", Boolean, nullable=False),
    Column("can_contact", Boolean, nullable=False),
    Column("unit", Text, ForeignKey("unit.code"), comment="who handles it, empty until it is routed"),
    Column("routing", JSON, comment="{target, rule, reason, by, note}"),
    Column("state", Text, nullable=False),
    Column("outcome", Text, comment="established partly not_established unverifiable"),
    Column("received_at", UtcDateTime, nullable=False),
    Column("registered_at", UtcDateTime, nullable=False),
    Column("registered_by", Text, nullable=False),
    Column("registered_unit", Text, ForeignKey("unit.code"), nullable=False),
    Column("accepted_at", UtcDateTime),
    Column("replied_at", UtcDateTime, comment="the first reply"),
    Column("reply_text", Text),
    Column("satisfied", Text, comment="satisfied unsatisfied unreachable declined"),
    Column("reopen_count", Integer, nullable=False),
    Column("is_late", Boolean, nullable=False, comment="accepted or replied to after the limit; never taken back"),
    Column("is_extended", Boolean, nullable=False),
    Column("merged_into", Uuid, ForeignKey("complaint.id"), index=True),
    Column("closed_at", UtcDateTime),
    UniqueConstraint("channel", "source_no"),
    Index(None, "unit", "state"),
    Index(None, "received_at"),
)

complaint_informant = Table(
    "complaint_informant",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("complaint_id", Uuid, ForeignKey("complaint.id"), unique=True, comment="empty while a file is previewed"),
    Column("name", Text, nullable=False),
    Column("phone", Text, nullable=False),
    Column("address", Text, nullable=False),
    Column("original", JSON, nullable=False, comment="texts as they came, before the informant was taken out"),
    Column("kept_at", UtcDateTime, nullable=False),
)

complaint_look = Table(
    "complaint_look",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("complaint_id", Uuid, ForeignKey("complaint.id"), nullable=False, index=True),
    Column("login", Text, nullable=False),
    Column("unit", Text, nullable=False),
    Column("kind", Text, nullable=False, comment="read denied written"),
    Column("reason", Text, nullable=False),
    Column("at", UtcDateTime, nullable=False),
)

complaint_recusal = Table(
    "complaint_recusal",
    metadata,
    Column("complaint_id", Uuid, ForeignKey("complaint.id"), primary_key=True),
    Column("login", Text, primary_key=True),
    Column("reason", Text, nullable=False),
    Column("noted_by", Text, nullable=False),
    Column("at", UtcDateTime, nullable=False),
)

complaint_event = Table(
    "complaint_event",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("complaint_id", Uuid, ForeignKey("complaint.id"), nullable=False, index=True),
    Column("kind", Text, nullable=False),
    Column("at", UtcDateTime, nullable=False),
    Column("by", Text, nullable=False),
    Column("unit", Text, nullable=False),
    Column("detail", JSON, nullable=False),
)

complaint_import = Table(
    "complaint_import",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("file_name", Text, nullable=False),
    Column("file_hash", String(64), nullable=False),
    Column("layout", Text, nullable=False),
    Column("channel", Text, nullable=False),
    Column("status", Text, nullable=False, comment="previewed committed"),
    Column("created_by", Text, nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
    Column("committed_at", UtcDateTime),
)

complaint_import_row = Table(
    "complaint_import_row",
    metadata,
    Column("import_id", Uuid, ForeignKey("complaint_import.id"), primary_key=True),
    Column("line", Integer, primary_key=True),
    Column("outcome", Text, nullable=False, comment="ready refused known accepted"),
    Column("messages", JSON, nullable=False),
    Column("answers", JSON, nullable=False, comment="without whoever complained"),
    Column("informant_id", Uuid, ForeignKey("complaint_informant.id")),
    Column("complaint_id", Uuid, ForeignKey("complaint.id")),
)
