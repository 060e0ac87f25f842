"""Supervision of the supervisors: opinions, interviews and criticisms, each a case about a unit."""

from sqlalchemy import JSON, Column, ForeignKey, Index, Table, Text, Uuid

from engine.store.tables import UtcDateTime, metadata

oversight_case = Table(
    "oversight_case",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("number", Text, nullable=False, unique=True, comment="business key of the case"),
    Column("instance_id", Uuid, nullable=False, unique=True),
    Column("kind", Text, nullable=False, comment="opinion interview criticism"),
    Column("unit", Text, ForeignKey("unit.code"), nullable=False),
    Column("source", Text, nullable=False, comment="kpi overdue sampling complaint manual oversight"),
    Column("reference", Text, nullable=False, comment="number of the indicator, order or case it came from"),
    Column("facts", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("outcome", Text, comment="clean corrected executed referred waived reported criticised dropped"),
    Column("steps", JSON, nullable=False, comment="[{step, by, at, …answers}] in their order"),
    Column("order_id", Uuid, ForeignKey("supervision_order.id"), comment="the ladder a criticism came from"),
    Column("letter_number", Text, comment="of the opinion, the minutes or the criticism"),
    Column("decision_kind", Text, comment="perform amend revoke unlawful void"),
    Column("decision_number", Text),
    Column("requested_by", Text, nullable=False),
    Column("opened_at", UtcDateTime, nullable=False),
    Column("issued_at", UtcDateTime, comment="when the opinion, the minutes or the criticism went out"),
    Column("decided_at", UtcDateTime),
    Column("closed_at", UtcDateTime),
    Index(None, "unit", "opened_at"),
    Index(None, "kind", "opened_at"),
    Index(None, "issued_at"),
)
