"""What is done beside all cases, the chains of records, and their signed roots."""

from sqlalchemy import JSON, Column, Date, Index, Integer, String, Table, Text, Uuid, text

from engine.store.tables import UtcDateTime, metadata

audit_event = Table(
    "audit_event",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("chain", Text, nullable=False, comment="rights rules access data"),
    Column("at", UtcDateTime, nullable=False),
    Column("kind", Text, nullable=False),
    Column("actor", Text, nullable=False),
    Column("object", Text, nullable=False, comment="what it was done to"),
    Column("detail", JSON, nullable=False, comment="command, tables, rows before and after where they are kept"),
    Column("request_id", Text),
    Column("ip", Text),
    Column("seq", Integer, comment="place in its chain, given by the sealer"),
    Column("hash", String(64), comment="SM3 of the record before and of this one"),
    Index(None, "chain", "seq"),
    Index(None, "object", "id"),
    Index("ix_audit_event_unsealed", "id", sqlite_where=text("seq IS NULL"), postgresql_where=text("seq IS NULL")),
)

audit_chain = Table(
    "audit_chain",
    metadata,
    Column("chain", Text, primary_key=True, comment="case:INSTANCE or office:NAME; outlives the case"),
    Column("seq", Integer, nullable=False, comment="how many records it has"),
    Column("head", String(64), nullable=False, comment="hash of the last one"),
    Column("rooted", Integer, nullable=False, comment="how many of them a signed root covers"),
    Index(
        "ix_audit_chain_unrooted",
        "chain",
        sqlite_where=text("seq > rooted"),
        postgresql_where=text("seq > rooted"),
    ),
)

audit_root = Table(
    "audit_root",
    metadata,
    Column("number", Integer, primary_key=True),
    Column("day", Date, nullable=False, index=True),
    Column("made_at", UtcDateTime, nullable=False),
    Column("previous", String(64), nullable=False, comment="hash of the statement before"),
    Column("root", String(64), nullable=False, comment="Merkle root over the chains that grew since then"),
    Column("chains", Integer, nullable=False),
    Column("records", Integer, nullable=False, comment="of all chains"),
    Column("signature", Text, nullable=False, comment="SM2 over the statement, empty without a key"),
    Column("public_key", Text, nullable=False),
)

audit_leaf = Table(
    "audit_leaf",
    metadata,
    Column("number", Integer, primary_key=True),
    Column("chain", Text, primary_key=True),
    Column("seq", Integer, nullable=False),
    Column("head", String(64), nullable=False),
    Index(None, "chain", "seq"),
)
