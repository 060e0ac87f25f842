"""Duties handed over, copies sent, and cases transferred."""

from sqlalchemy import JSON, Boolean, Column, Date, ForeignKey, Index, Integer, Table, Text, Uuid

from engine.store.tables import UtcDateTime, metadata

duty = Table(
    "duty",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("approval_id", Uuid, ForeignKey("approval.id"), nullable=False),
    Column("instance_id", Uuid, nullable=False, index=True),
    Column("business_key", Text, nullable=False),
    Column("kind", Text, nullable=False, comment="supervise lead"),
    Column("round", Integer, nullable=False, comment="1, then +1 for each re-routing or re-push"),
    Column("unit", Text, ForeignKey("unit.code"), nullable=False),
    Column("officer", Text, comment="the person who is told"),
    Column("state", Text, nullable=False, comment="pushed claimed returned disputed planned fed_back withdrawn"),
    Column("is_final", Boolean, nullable=False, comment="was arbitrated: cannot be returned again"),
    Column("pushed_at", UtcDateTime, nullable=False),
    Column("claimed_at", UtcDateTime),
    Column("claimed_by", Text),
    Column("is_late", Boolean, nullable=False, comment="claimed after the limit; never cleared"),
    Column("return_code", Text),
    Column("return_note", Text),
    Column("returned_at", UtcDateTime),
    Column("returned_by", Text),
    Column("arbitration", JSON),
    Column("plan", JSON),
    Column("planned_at", UtcDateTime),
    Column("feedback", JSON),
    Column("fed_back_at", UtcDateTime),
    Column("ended_at", UtcDateTime, comment="withdrawn, or superseded by a new round"),
    Column("previous_id", Uuid),
    Index(None, "unit", "state"),
    Index(None, "approval_id"),
)

copy = Table(
    "copy",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("approval_id", Uuid, ForeignKey("approval.id"), nullable=False, index=True),
    Column("instance_id", Uuid, nullable=False, index=True),
    Column("business_key", Text, nullable=False),
    Column("unit", Text, ForeignKey("unit.code"), nullable=False),
    Column("purpose", Text, nullable=False),
    Column("rule", Text, nullable=False, comment="the rule of the table that chose this receiver"),
    Column("letter_id", Uuid),
    Column("sent_at", UtcDateTime, nullable=False),
    Column("renotified", Integer, nullable=False),
    Column("acknowledged_at", UtcDateTime),
    Column("acknowledged_by", Text),
    Column("receipt_id", Uuid),
    Column("remark", Text),
    Column("is_late", Boolean, nullable=False),
    Index(None, "unit", "acknowledged_at"),
)

transfer = Table(
    "transfer",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("number", Text, unique=True),
    Column("instance_id", Uuid, index=True),
    Column("business_key", Text, nullable=False, index=True),
    Column("approval_id", Uuid, ForeignKey("approval.id")),
    Column("party_id", Uuid, ForeignKey("party.id")),
    Column("party_name", Text, nullable=False),
    Column("project_name", Text, nullable=False),
    Column("site", Text, nullable=False),
    Column("area", Text, nullable=False),
    Column("source", Text, nullable=False, comment="检查发现 群众举报 上级交办 视频预警 验线核实 其他"),
    Column("matter", Text, nullable=False, comment="suspected violation, a key of the routing table"),
    Column("facts", Text, nullable=False),
    Column("evidence", JSON, nullable=False, comment="[{name, kind, note, sha256}]"),
    Column("found_at", UtcDateTime, nullable=False),
    Column("sender_unit", Text, ForeignKey("unit.code"), nullable=False),
    Column("receiver_unit", Text, ForeignKey("unit.code")),
    Column("rule", Text),
    Column(
        "state", Text, nullable=False, comment="lead approved sent accepted returned filed decided executed closed …"
    ),
    Column("sent_at", UtcDateTime),
    Column("accepted_at", UtcDateTime),
    Column("closed_at", UtcDateTime),
    Column("close_reason", Text),
    Column("is_late", Boolean, nullable=False),
    Column("created_by", Text, nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
)

transfer_milestone = Table(
    "transfer_milestone",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("transfer_id", Uuid, ForeignKey("transfer.id"), nullable=False, index=True),
    Column(
        "kind", Text, nullable=False, comment="sent accepted returned forwarded filed not_filed decided executed closed"
    ),
    Column("happened_on", Date),
    Column("reported_at", UtcDateTime, nullable=False),
    Column("reported_by", Text, nullable=False),
    Column("unit", Text, nullable=False),
    Column("document_no", Text),
    Column("detail", JSON, nullable=False),
)
