"""How persons want their lists: views they saved, and what they want to be told, by which way and when."""

from sqlalchemy import JSON, Boolean, Column, ForeignKey, Index, Integer, Table, Text, Uuid

from engine.store.tables import UtcDateTime, metadata

saved_view = Table(
    "saved_view",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("title", Text, nullable=False),
    Column("query", JSON, nullable=False, comment="the filters of the worklist's address"),
    Column("login", Text, comment="whose it is; empty when a unit shares it"),
    Column("unit", Text, ForeignKey("unit.code"), comment="who shares it; empty when it is a person's"),
    Column("role", Text, comment="the role of the unit that begins with it; * for everybody"),
    Column("is_default", Boolean, nullable=False, comment="the person begins with it"),
    Column("created_by", Text, nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
    Index(None, "login"),
    Index(None, "unit"),
)

case_words = Table(
    "case_words",
    metadata,
    Column("instance_id", Uuid, ForeignKey("process_instance.id"), primary_key=True),
    Column("business_key", Text, nullable=False, index=True),
    Column("definition_key", Text, nullable=False),
    Column("title", Text, nullable=False),
    Column("subtitle", Text, nullable=False),
    Column("words", Text, nullable=False, comment="lower-case words and initials the case is found by"),
    Column("begun_at", UtcDateTime, nullable=False, index=True),
)

access_request = Table(
    "access_request",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("instance_id", Uuid, ForeignKey("process_instance.id"), comment="none when there is no such case"),
    Column("business_key", Text, nullable=False),
    Column("login", Text, nullable=False),
    Column("reason", Text, nullable=False),
    Column("state", Text, nullable=False, comment="asked granted refused"),
    Column("asked_at", UtcDateTime, nullable=False),
    Column("decided_at", UtcDateTime),
    Column("decided_by", Text),
    Column("note", Text),
    Column("until", UtcDateTime, comment="when a granted access ends"),
    Index(None, "instance_id", "login"),
    Index(None, "state", "asked_at"),
)

rule_change = Table(
    "rule_change",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("kind", Text, nullable=False, comment="limit day"),
    Column("subject", Text, nullable=False, comment="name of the limit, or the day"),
    Column("data", JSON, nullable=False, comment="what it shall be"),
    Column("before", JSON, nullable=False, comment="what it was when it was proposed"),
    Column("state", Text, nullable=False, comment="proposed approved refused"),
    Column("reason", Text, nullable=False),
    Column("proposed_by", Text, nullable=False),
    Column("proposed_at", UtcDateTime, nullable=False),
    Column("decided_by", Text),
    Column("decided_at", UtcDateTime),
    Column("note", Text),
    Column("moved", JSON, comment="the clocks it moved: [{clock, case, before, after}]"),
    Index(None, "state", "proposed_at"),
)

notice_setting = Table(
    "notice_setting",
    metadata,
    Column("login", Text, primary_key=True),
    Column("channels", JSON, nullable=False, comment="of: mail sms; messages inside are always there"),
    Column("mail", Text),
    Column("phone", Text),
    Column("quiet_from", Text, nullable=False, comment="HH:MM in Chinese time"),
    Column("quiet_until", Text, nullable=False),
    Column("days_off", Boolean, nullable=False, comment="also told on days off"),
    Column("since", UtcDateTime, nullable=False, comment="what came before is not sent"),
    Column("changed_at", UtcDateTime, nullable=False),
)

notice_delivery = Table(
    "notice_delivery",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("key", Text, nullable=False, unique=True, comment="person, channel and last message: the same is sent once"),
    Column("login", Text, nullable=False),
    Column("channel", Text, nullable=False),
    Column("address", Text, nullable=False),
    Column("subject", Text, nullable=False),
    Column("text", Text, nullable=False),
    Column("is_urgent", Boolean, nullable=False),
    Column("state", Text, nullable=False, comment="waiting sent failed"),
    Column("due_at", UtcDateTime, nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("last_error", Text),
    Column("created_at", UtcDateTime, nullable=False),
    Column("sent_at", UtcDateTime),
    Index(None, "state", "due_at"),
    Index(None, "login", "created_at"),
)
