"""many cases at once and causes of incidents

Revision: 0033, after 0032
"""

import sqlalchemy as sa
from alembic import op

revision = "0033"
down_revision = "0032"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "bulk_operation",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(length=10), nullable=False, comment="suspend resume cancel retry migrate delete"),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("options", sa.JSON(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False, comment="the caller's idempotency key"),
        sa.Column("fingerprint", sa.String(length=64), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_bulk_operation")),
        sa.UniqueConstraint("actor", "key", name=op.f("uq_bulk_operation_actor_key")),
    )
    op.create_index(
        op.f("ix_bulk_operation_finished_at_created_at"), "bulk_operation", ["finished_at", "created_at"], unique=False
    )
    op.create_table(
        "bulk_item",
        sa.Column("operation_id", sa.Uuid(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("target", sa.Uuid(), nullable=False, comment="a process instance, or an incident when retrying"),
        sa.Column(
            "business_key", sa.Text(), nullable=False, comment="as it was when the operation began; empty if unknown"
        ),
        sa.Column("status", sa.String(length=10), nullable=False, comment="waiting done refused"),
        sa.Column("before", sa.Text(), nullable=True, comment="the target's status when its turn came"),
        sa.Column("after", sa.Text(), nullable=True, comment="its status as read again after the act"),
        sa.Column("code", sa.Text(), nullable=True, comment="why it was refused: the code of an error"),
        sa.Column("message", sa.Text(), nullable=True),
        sa.Column("done_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["operation_id"], ["bulk_operation.id"], name=op.f("fk_bulk_item_operation_id")),
        sa.PrimaryKeyConstraint("operation_id", "position", name=op.f("pk_bulk_item")),
    )
    op.add_column(
        "incident",
        sa.Column(
            "cause",
            sa.Text(),
            server_default="",
            nullable=False,
            comment="the message without numbers, instants and ids",
        ),
    )
    op.execute("UPDATE incident SET cause = substr(message, 1, 300)")


def downgrade() -> None:
    op.drop_column("incident", "cause")
    op.drop_table("bulk_item")
    op.drop_index(op.f("ix_bulk_operation_finished_at_created_at"), table_name="bulk_operation")
    op.drop_table("bulk_operation")
