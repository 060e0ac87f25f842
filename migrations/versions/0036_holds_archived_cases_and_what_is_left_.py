"""holds, archived cases and what is left of deleted ones

Revision: 0036, after 0035
"""

import sqlalchemy as sa
from alembic import op

revision = "0036"
down_revision = "0035"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "legal_hold",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("business_key", sa.Text(), nullable=True, comment="the case that is held, or"),
        sa.Column("definition_key", sa.Text(), nullable=True, comment="the process whose cases are all held"),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("placed_by", sa.Text(), nullable=False),
        sa.Column("placed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("lifted_by", sa.Text(), nullable=True),
        sa.Column("lifted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("lift_reason", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_legal_hold")),
    )
    op.create_index(op.f("ix_legal_hold_business_key"), "legal_hold", ["business_key"], unique=False)
    op.create_index(op.f("ix_legal_hold_definition_key"), "legal_hold", ["definition_key"], unique=False)
    op.create_table(
        "tombstone",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("instance_id", sa.Uuid(), nullable=False),
        sa.Column("business_key", sa.Text(), nullable=False),
        sa.Column("definition_key", sa.Text(), nullable=False),
        sa.Column("status", sa.String(length=10), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("deleted_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("deleted_by", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column(
            "rule", sa.Text(), nullable=False, comment="the retention rule it was deleted by: process, version, source"
        ),
        sa.Column("counts", sa.JSON(), nullable=False, comment="{table: rows}"),
        sa.Column("sha256", sa.String(length=64), nullable=False, comment="of everything that was deleted"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_tombstone")),
        sa.UniqueConstraint("instance_id", name=op.f("uq_tombstone_instance_id")),
    )
    op.create_index(op.f("ix_tombstone_business_key"), "tombstone", ["business_key"], unique=False)
    op.create_index(op.f("ix_tombstone_deleted_at"), "tombstone", ["deleted_at"], unique=False)
    op.add_column(
        "process_instance",
        sa.Column(
            "archived_at",
            sa.DateTime(timezone=True),
            nullable=True,
            comment="when the state was dropped; the history stays",
        ),
    )
    op.create_index(
        "ix_process_instance_to_archive",
        "process_instance",
        ["ended_at"],
        unique=False,
        sqlite_where=sa.text("ended_at IS NOT NULL AND archived_at IS NULL"),
        postgresql_where=sa.text("ended_at IS NOT NULL AND archived_at IS NULL"),
    )


def downgrade() -> None:
    op.drop_index(
        "ix_process_instance_to_archive",
        table_name="process_instance",
        sqlite_where=sa.text("ended_at IS NOT NULL AND archived_at IS NULL"),
        postgresql_where=sa.text("ended_at IS NOT NULL AND archived_at IS NULL"),
    )
    op.drop_column("process_instance", "archived_at")
    op.drop_index(op.f("ix_tombstone_deleted_at"), table_name="tombstone")
    op.drop_index(op.f("ix_tombstone_business_key"), table_name="tombstone")
    op.drop_table("tombstone")
    op.drop_index(op.f("ix_legal_hold_definition_key"), table_name="legal_hold")
    op.drop_index(op.f("ix_legal_hold_business_key"), table_name="legal_hold")
    op.drop_table("legal_hold")
