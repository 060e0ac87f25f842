"""requests to read a case are kept whether or not there is such a case

Revision: 0046, after 0045
"""

import sqlalchemy as sa
from alembic import op

revision = "0046"
down_revision = "0045"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("access_request") as table:
        table.alter_column(
            "instance_id", existing_type=sa.Uuid(), nullable=True, comment="none when there is no such case"
        )


def downgrade() -> None:
    op.execute("DELETE FROM access_request WHERE instance_id IS NULL")
    with op.batch_alter_table("access_request") as table:
        table.alter_column("instance_id", existing_type=sa.Uuid(), nullable=False, comment=None)
