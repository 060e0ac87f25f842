"""who changed the owners of items, when and why

Revision: 0002, after 0001
"""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("item_assignment", sa.Column("changed_by", sa.Text(), nullable=True))
    op.add_column("item_assignment", sa.Column("changed_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("item_assignment", sa.Column("reason", sa.Text(), nullable=True))


def downgrade() -> None:
    for name in ("reason", "changed_at", "changed_by"):
        op.drop_column("item_assignment", name)
