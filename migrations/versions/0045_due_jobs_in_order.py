"""due jobs are found in order even when many fall due at once

Revision: 0045, after 0044
"""

import sqlalchemy as sa

from migrations.indexes import build_index, drop_index

revision = "0045"
down_revision = "0044"
branch_labels = None
depends_on = None

OPEN = sa.text("status IN ('waiting', 'running')")


def upgrade() -> None:
    build_index("ix_job_ready_in_order", "job", ["due_at", "id"], sqlite_where=OPEN, postgresql_where=OPEN)
    drop_index("ix_job_ready", "job")


def downgrade() -> None:
    build_index("ix_job_ready", "job", ["due_at"], sqlite_where=OPEN, postgresql_where=OPEN)
    drop_index("ix_job_ready_in_order", "job")
