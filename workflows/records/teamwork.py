"""What people settle between themselves about a task: signing rounds, copies to read, reminders, comments."""

from sqlalchemy import JSON, Boolean, Column, ForeignKey, Index, Integer, String, Table, Text, UniqueConstraint, Uuid

from engine.store.tables import UtcDateTime, metadata

signing_round = Table(
    "signing_round",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("task_id", Uuid, ForeignKey("user_task.id"), nullable=False, index=True),
    Column("instance_id", Uuid, nullable=False),
    Column("business_key", Text, nullable=False),
    Column("step", Text, nullable=False),
    Column("place", Text, nullable=False, comment="joint before parallel after: what the owner may do meanwhile"),
    Column("mode", Text, nullable=False, comment="all any ratio weighted sequence"),
    Column("threshold", Integer, nullable=False, comment="percent that must agree, for ratio and weighted"),
    Column("question", Text, nullable=False),
    Column("state", Text, nullable=False, comment="open decided closed cancelled"),
    Column("outcome", Text, comment="passed refused, once decided"),
    Column("opened_by", Text, nullable=False),
    Column("opened_at", UtcDateTime, nullable=False),
    Column("intent", JSON, comment="{answers, by, at}: what is submitted as soon as everybody has signed"),
    Column("ended_at", UtcDateTime),
    Column("ended_by", Text),
    Column("end_reason", Text),
    Column("version", Integer, nullable=False),
    Index(None, "instance_id", "state"),
    Index(None, "opened_by", "opened_at"),
)

signing_entry = Table(
    "signing_entry",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("round_id", Uuid, ForeignKey("signing_round.id"), nullable=False),
    Column("instance_id", Uuid, nullable=False),
    Column("login", Text, nullable=False),
    Column("place", Integer, nullable=False, comment="order of asking"),
    Column("weight", Integer, nullable=False),
    Column("parent_id", Uuid, comment="the signer who asked for this one"),
    Column("relation", Text, nullable=False, comment="first before parallel after, towards the parent"),
    Column("depth", Integer, nullable=False),
    Column("state", Text, nullable=False, comment="waiting open agreed dissented spared removed cancelled"),
    Column("opinion", Text),
    Column("asked_by", Text, nullable=False),
    Column("asked_at", UtcDateTime, comment="when it came to be this signer's turn"),
    Column("decided_at", UtcDateTime),
    Column("decided_by", Text, comment="the substitute, when somebody signs for the signer"),
    Column("note", Text, comment="why it was removed"),
    UniqueConstraint("round_id", "login"),
    Index(None, "login", "state"),
    Index(None, "instance_id", "login"),
)

reading = Table(
    "reading",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("instance_id", Uuid, nullable=False, index=True),
    Column("business_key", Text, nullable=False),
    Column("task_id", Uuid),
    Column("title", Text, nullable=False),
    Column("login", Text, comment="the reader, unless it goes to a unit"),
    Column("unit", Text, ForeignKey("unit.code"), comment="the readers' unit, unless it goes to a person"),
    Column("note", Text, nullable=False),
    Column("sent_by", Text, nullable=False),
    Column("sent_at", UtcDateTime, nullable=False),
    Index(None, "login", "sent_at"),
    Index(None, "unit", "sent_at"),
    Index(None, "sent_by", "sent_at"),
)

reading_receipt = Table(
    "reading_receipt",
    metadata,
    Column("reading_id", Uuid, ForeignKey("reading.id"), primary_key=True),
    Column("login", Text, primary_key=True),
    Column("read_at", UtcDateTime, nullable=False),
)

urge = Table(
    "urge",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("task_id", Uuid, ForeignKey("user_task.id"), nullable=False),
    Column("instance_id", Uuid, nullable=False, index=True),
    Column("business_key", Text, nullable=False),
    Column("nth", Integer, nullable=False),
    Column("note", Text, nullable=False),
    Column("urged_by", Text, nullable=False),
    Column("urged_at", UtcDateTime, nullable=False),
    Column("again_at", UtcDateTime, nullable=False, comment="nobody urges this task before"),
    Column("told", Integer, nullable=False, comment="how many persons got the message"),
    Column("told_head", Boolean, nullable=False),
    UniqueConstraint("task_id", "nth"),
)

case_comment = Table(
    "case_comment",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("instance_id", Uuid, nullable=False),
    Column("business_key", Text, nullable=False),
    Column("task_id", Uuid),
    Column("step", Text, nullable=False),
    Column("text", Text, nullable=False),
    Column("former", JSON, nullable=False, comment="[{text, until}]: what it said before it was edited"),
    Column("mentions", JSON, nullable=False, comment="logins that got a message"),
    Column("files", JSON, nullable=False, comment="[{sha256, name, media_type, size}], kept as evidence"),
    Column("author", Text, nullable=False),
    Column("written_at", UtcDateTime, nullable=False),
    Column("edited_at", UtcDateTime),
    Index(None, "instance_id", "written_at"),
)

acted_for = Table(
    "acted_for",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("instance_id", Uuid, nullable=False, index=True),
    Column("business_key", Text, nullable=False),
    Column("task_id", Uuid, nullable=False, index=True),
    Column("step", Text, nullable=False),
    Column("what", Text, nullable=False, comment="completed signed"),
    Column("login", Text, nullable=False, comment="who did it"),
    Column("principal", Text, nullable=False, comment="for whom"),
    Column("absence", String(60), nullable=False, comment="number of the absence that allows it"),
    Column("at", UtcDateTime, nullable=False),
    Index(None, "principal", "at"),
)
