"""forms as deployed and who changed files

Revision: 0044, after 0043
"""

import sqlalchemy as sa
from alembic import op

revision = "0044"
down_revision = "0043"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column(
        "deployment",
        sa.Column(
            "source", sa.Text(), nullable=True, comment="shipped: what the program brings; city: somebody's own files"
        ),
    )
    op.add_column(
        "user_task",
        sa.Column(
            "form_hash",
            sa.String(length=64),
            nullable=True,
            comment="the form as deployed with its case's version; empty: as shipped",
        ),
    )


def downgrade() -> None:
    op.drop_column("user_task", "form_hash")
    op.drop_column("deployment", "source")
