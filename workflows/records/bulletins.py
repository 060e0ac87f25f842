"""Periodic bulletins: every number as it was when it was taken, and the words around them."""

from sqlalchemy import JSON, Column, Date, Float, ForeignKey, Index, Integer, Table, Text, Uuid

from engine.store.tables import UtcDateTime, metadata

bulletin = Table(
    "bulletin",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("number", Text, nullable=False, unique=True, comment="business key of the case"),
    Column("instance_id", Uuid, nullable=False, unique=True),
    Column("period", Text, nullable=False, comment="such as 2026-03, 2026Q1 or 2026"),
    Column("begins_on", Date, nullable=False),
    Column("ends_on", Date, nullable=False, comment="the first day after it"),
    Column("state", Text, nullable=False, comment="editing approving issued closed"),
    Column("words", JSON, nullable=False, comment="{summary, praise, criticism, next_measures}"),
    Column("requested_by", Text, nullable=False),
    Column("taken_at", UtcDateTime, nullable=False, comment="when the numbers were taken"),
    Column("edited_by", Text),
    Column("approved_by", Text),
    Column("letter_id", Uuid, ForeignKey("letter.id")),
    Column("letter_number", Text, unique=True),
    Column("receivers", JSON, comment="codes of the units that sign for it"),
    Column("opened_at", UtcDateTime, nullable=False),
    Column("issued_at", UtcDateTime),
    Column("closed_at", UtcDateTime),
    Index(None, "opened_at"),
)

bulletin_figure = Table(
    "bulletin_figure",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("bulletin_id", Uuid, ForeignKey("bulletin.id"), nullable=False),
    Column("place", Integer, nullable=False),
    Column("section", Text, nullable=False, comment="kpi late letters inaction"),
    Column("code", Text, nullable=False, comment="which list it counts, within the section"),
    Column("name", Text, nullable=False),
    Column("unit", Text, ForeignKey("unit.code"), comment="empty: all units together"),
    Column("numerator", Float, nullable=False),
    Column("denominator", Integer, comment="empty: a plain count"),
    Column("rate", Float),
    Column("previous", Float, comment="the same of the period before; empty: there was nothing to compare with"),
    Column("reasons", JSON, nullable=False, comment="[{reason, count}] of what is late"),
    Index(None, "bulletin_id", "place"),
)
