"""records of the audit, their chains and signed roots

Revision: 0042, after 0041
"""

import sqlalchemy as sa
from alembic import op

revision = "0042"
down_revision = "0041"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "audit_chain",
        sa.Column("chain", sa.Text(), nullable=False, comment="case:INSTANCE or office:NAME; outlives the case"),
        sa.Column("seq", sa.Integer(), nullable=False, comment="how many records it has"),
        sa.Column("head", sa.String(length=64), nullable=False, comment="hash of the last one"),
        sa.Column("rooted", sa.Integer(), nullable=False, comment="how many of them a signed root covers"),
        sa.PrimaryKeyConstraint("chain", name=op.f("pk_audit_chain")),
    )
    op.create_index(
        "ix_audit_chain_unrooted",
        "audit_chain",
        ["chain"],
        unique=False,
        sqlite_where=sa.text("seq > rooted"),
        postgresql_where=sa.text("seq > rooted"),
    )
    op.create_table(
        "audit_event",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("chain", sa.Text(), nullable=False, comment="rights rules access data"),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("object", sa.Text(), nullable=False, comment="what it was done to"),
        sa.Column(
            "detail", sa.JSON(), nullable=False, comment="command, tables, rows before and after where they are kept"
        ),
        sa.Column("request_id", sa.Text(), nullable=True),
        sa.Column("ip", sa.Text(), nullable=True),
        sa.Column("seq", sa.Integer(), nullable=True, comment="place in its chain, given by the sealer"),
        sa.Column("hash", sa.String(length=64), nullable=True, comment="SM3 of the record before and of this one"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit_event")),
    )
    op.create_index(op.f("ix_audit_event_chain_seq"), "audit_event", ["chain", "seq"], unique=False)
    op.create_index(op.f("ix_audit_event_object_id"), "audit_event", ["object", "id"], unique=False)
    op.create_index(
        "ix_audit_event_unsealed",
        "audit_event",
        ["id"],
        unique=False,
        sqlite_where=sa.text("seq IS NULL"),
        postgresql_where=sa.text("seq IS NULL"),
    )
    op.create_table(
        "audit_leaf",
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("chain", sa.Text(), nullable=False),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("head", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("number", "chain", name=op.f("pk_audit_leaf")),
    )
    op.create_index(op.f("ix_audit_leaf_chain_seq"), "audit_leaf", ["chain", "seq"], unique=False)
    op.create_table(
        "audit_root",
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("previous", sa.String(length=64), nullable=False, comment="hash of the statement before"),
        sa.Column(
            "root", sa.String(length=64), nullable=False, comment="Merkle root over the chains that grew since then"
        ),
        sa.Column("chains", sa.Integer(), nullable=False),
        sa.Column("records", sa.Integer(), nullable=False, comment="of all chains"),
        sa.Column("signature", sa.Text(), nullable=False, comment="SM2 over the statement, empty without a key"),
        sa.Column("public_key", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_audit_root")),
    )
    op.create_index(op.f("ix_audit_root_day"), "audit_root", ["day"], unique=False)
    op.add_column(
        "history_event",
        sa.Column("data_hash", sa.String(length=64), nullable=True, comment="SM3 of the answers that were given"),
    )
    op.add_column(
        "history_event", sa.Column("request_id", sa.Text(), nullable=True, comment="which request it was done by")
    )
    op.add_column("history_event", sa.Column("ip", sa.Text(), nullable=True, comment="which address that came from"))
    op.add_column(
        "history_event",
        sa.Column("seq", sa.Integer(), nullable=True, comment="place in the chain of its case, given by the sealer"),
    )
    op.add_column(
        "history_event",
        sa.Column("hash", sa.String(length=64), nullable=True, comment="SM3 of the record before and of this one"),
    )
    op.create_index(
        "ix_history_event_unsealed",
        "history_event",
        ["id"],
        unique=False,
        sqlite_where=sa.text("seq IS NULL"),
        postgresql_where=sa.text("seq IS NULL"),
    )


def downgrade() -> None:
    op.drop_index(
        "ix_history_event_unsealed",
        table_name="history_event",
        sqlite_where=sa.text("seq IS NULL"),
        postgresql_where=sa.text("seq IS NULL"),
    )
    op.drop_column("history_event", "hash")
    op.drop_column("history_event", "seq")
    op.drop_column("history_event", "ip")
    op.drop_column("history_event", "request_id")
    op.drop_column("history_event", "data_hash")
    op.drop_index(op.f("ix_audit_root_day"), table_name="audit_root")
    op.drop_table("audit_root")
    op.drop_index(op.f("ix_audit_leaf_chain_seq"), table_name="audit_leaf")
    op.drop_table("audit_leaf")
    op.drop_index(
        "ix_audit_event_unsealed",
        table_name="audit_event",
        sqlite_where=sa.text("seq IS NULL"),
        postgresql_where=sa.text("seq IS NULL"),
    )
    op.drop_index(op.f("ix_audit_event_object_id"), table_name="audit_event")
    op.drop_index(op.f("ix_audit_event_chain_seq"), table_name="audit_event")
    op.drop_table("audit_event")
    op.drop_index(
        "ix_audit_chain_unrooted",
        table_name="audit_chain",
        sqlite_where=sa.text("seq > rooted"),
        postgresql_where=sa.text("seq > rooted"),
    )
    op.drop_table("audit_chain")
