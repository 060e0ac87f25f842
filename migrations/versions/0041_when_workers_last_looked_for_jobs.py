"""When workers last looked for jobs

Revision: 0041, after 0040
"""

import sqlalchemy as sa
from alembic import op

revision = "0041"
down_revision = "0040"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "worker_beat",
        sa.Column("name", sa.Text(), nullable=False, comment="machine:process"),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("beat_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column(
            "program",
            sa.String(length=10),
            nullable=False,
            comment="the newest migration that the worker's program knows",
        ),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_worker_beat")),
    )


def downgrade() -> None:
    op.drop_table("worker_beat")
