"""The register of full-time supervisors: every version of every entry, yearly confirmations, absences."""

from sqlalchemy import (
    JSON,
    Boolean,
    Column,
    Date,
    ForeignKey,
    Index,
    Integer,
    Table,
    Text,
    UniqueConstraint,
    Uuid,
    false,
)

from engine.store.tables import UtcDateTime, metadata

staff_post = Table(
    "staff_post",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("unit", Text, ForeignKey("unit.code"), nullable=False),
    Column("person", Text, ForeignKey("officer.login"), nullable=False),
    Column("post", Text, nullable=False),
    Column("contact", Text, nullable=False),
    Column("stand_in", Text, ForeignKey("officer.login")),
    Column("duties", Text, nullable=False),
    Column("valid_from", Date, nullable=False),
    Column("valid_to", Date, comment="the first day it no longer holds"),
    Column("reason", Text, nullable=False),
    Column("changed_by", Text, nullable=False),
    Column("changed_at", UtcDateTime, nullable=False),
    Index(None, "unit", "valid_from"),
    Index(None, "person"),
)

staff_confirmation = Table(
    "staff_confirmation",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("number", Text, nullable=False, unique=True, comment="business key of the case"),
    Column("instance_id", Uuid, nullable=False, unique=True),
    Column("unit", Text, ForeignKey("unit.code"), nullable=False),
    Column("year", Integer, nullable=False),
    Column("asked_at", UtcDateTime, nullable=False),
    Column("due_at", UtcDateTime, nullable=False),
    Column("is_late", Boolean, nullable=False, comment="never cleared once set"),
    Column("is_changed", Boolean, comment="whether the answer differed from the register"),
    Column("confirmed_by", Text),
    Column("confirmed_at", UtcDateTime),
    UniqueConstraint("unit", "year"),
)

staff_absence = Table(
    "staff_absence",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("number", Text, nullable=False, unique=True, comment="business key of the case"),
    Column("instance_id", Uuid, nullable=False, unique=True),
    Column("unit", Text, ForeignKey("unit.code"), nullable=False),
    Column("login", Text, ForeignKey("officer.login"), nullable=False),
    Column("stand_in", Text, ForeignKey("officer.login"), nullable=False),
    Column("from_day", Date, nullable=False),
    Column("to_day", Date, nullable=False, comment="the last day"),
    Column("reason", Text, nullable=False),
    Column("registered_by", Text, nullable=False),
    Column("registered_at", UtcDateTime, nullable=False),
    Column("handed_over", Integer, comment="how many open tasks the stand-in found on the first day"),
    Column("ended_at", UtcDateTime),
    Column("is_personal", Boolean, nullable=False, server_default=false(), comment="registered for one's own work"),
    Column("processes", JSON, nullable=False, server_default="[]", comment="keys; empty for every process"),
    Column("may_sign", Boolean, nullable=False, server_default=false(), comment="heads' steps and signatures, too"),
    Column("revoked_by", Text),
    Index(None, "login", "from_day"),
    Index(None, "stand_in", "to_day"),
)
