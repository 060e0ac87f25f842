"""Daily counts of both sides, the differences they leave, and the lists that the other side sent."""

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

reconciliation_day = Table(
    "reconciliation_day",
    metadata,
    Column("day", Date, primary_key=True, comment="counted once, up to its last instant"),
    Column("cut_at", UtcDateTime, nullable=False),
    Column("computed_at", UtcDateTime, nullable=False),
    Column("is_catch_up", Boolean, nullable=False, comment="counted after an outage, not in the following night"),
    Column("unexplained", Integer, nullable=False),
    Column("outstanding", Integer, nullable=False, comment="explained, but not settled"),
)

reconciliation_line = Table(
    "reconciliation_line",
    metadata,
    Column("day", Date, ForeignKey("reconciliation_day.day"), primary_key=True),
    Column("kind", Text, primary_key=True, comment="decision handoff copy transfer upload"),
    Column("sender", Text, primary_key=True, comment="unit code"),
    Column("receiver", Text, primary_key=True, comment="unit code, or the name of a channel"),
    Column("opening", Integer, nullable=False, comment="sent before the day and not settled before it"),
    Column("sent", Integer, nullable=False, comment="sent on the day, by the sender's book"),
    Column("received", Integer, nullable=False, comment="received on the day, by the receiver's receipts"),
    Column("returned", Integer, nullable=False),
    Column("withdrawn", Integer, nullable=False),
    Column("in_transit", Integer, nullable=False, comment="not received, within the limit"),
    Column("paused", Integer, nullable=False),
    Column("explained", Integer, nullable=False, comment="not settled, but an explanation was accepted"),
    Column("unexplained", Integer, nullable=False),
    Column("causes", JSON, nullable=False, comment="{cause: how many} of the unexplained"),
    Index(None, "sender", "day"),
    Index(None, "receiver", "day"),
)

reconciliation_difference = Table(
    "reconciliation_difference",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("number", Text, nullable=False, unique=True),
    Column("instance_id", Uuid, unique=True),
    Column("kind", Text, nullable=False),
    Column(
        "cause", Text, nullable=False, comment="overdue no_letter no_receipt rejected only_here only_there different"
    ),
    Column("sender", Text, nullable=False),
    Column("receiver", Text, nullable=False),
    Column("source", Text, nullable=False, comment="daily list"),
    Column("list_id", Uuid, ForeignKey("reconciliation_list.id")),
    Column("first_day", Date, nullable=False),
    Column("state", Text, nullable=False, comment="open explained agreed"),
    Column("owner", Text, comment="unit that has to explain"),
    Column("rule", Text, comment="why it is that unit"),
    Column("explanation", JSON, comment="{reason, note, by, at, accepted_by, accepted_at}"),
    Column("opened_at", UtcDateTime, nullable=False),
    Column("closed_at", UtcDateTime),
    Index(None, "state", "opened_at"),
    Index(None, "sender", "state"),
    Index(None, "receiver", "state"),
)

reconciliation_entry = Table(
    "reconciliation_entry",
    metadata,
    Column("difference_id", Uuid, ForeignKey("reconciliation_difference.id"), primary_key=True),
    Column("subject", Text, primary_key=True, comment="id of the duty, copy, sending or record; line of a list"),
    Column("key", Text, nullable=False, comment="the number both sides know"),
    Column("title", Text, nullable=False),
    Column("business_key", Text),
    Column("detail", JSON, nullable=False, comment="since when, until when; fields that differ"),
    Column("first_day", Date, nullable=False),
    Column("settled_on", Date, comment="the day on which both sides agreed again"),
    Index(None, "subject"),
)

reconciliation_list = Table(
    "reconciliation_list",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("kind", Text, nullable=False),
    Column("unit", Text, ForeignKey("unit.code"), nullable=False, comment="whose list it is"),
    Column("file_name", Text, nullable=False),
    Column("file_hash", String(64), nullable=False),
    Column("header", JSON, nullable=False, comment="the columns of the file"),
    Column("mapping", JSON, nullable=False, comment="{field: column}"),
    Column("cells", JSON, nullable=False, comment="[[line, cells], …] as they came"),
    Column("first_day", Date, nullable=False),
    Column("last_day", Date, nullable=False),
    Column("status", Text, nullable=False, comment="mapping previewed committed"),
    Column("counts", JSON, nullable=False, comment="{outcome: how many}"),
    Column("created_by", Text, nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
    Column("committed_at", UtcDateTime),
    UniqueConstraint("kind", "unit", "file_hash", "first_day", "last_day"),
    Index(None, "unit", "created_at"),
)

reconciliation_list_row = Table(
    "reconciliation_list_row",
    metadata,
    Column("list_id", Uuid, ForeignKey("reconciliation_list.id"), primary_key=True),
    Column("place", Integer, primary_key=True),
    Column("line", Integer, comment="row of the file; none for what only we have"),
    Column("key", Text, nullable=False),
    Column("outcome", Text, nullable=False, comment="matched different only_here only_there refused"),
    Column("theirs", JSON, nullable=False),
    Column("ours", JSON, nullable=False),
    Column("differences", JSON, nullable=False, comment="[{field, label, ours, theirs}] or what is wrong with the row"),
    Column("business_key", Text),
)
