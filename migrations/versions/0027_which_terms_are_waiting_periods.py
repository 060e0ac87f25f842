"""which terms are waiting periods

Revision: 0027, after 0026
"""

import sqlalchemy as sa
from alembic import op

revision = "0027"
down_revision = "0026"
branch_labels = None
depends_on = None

KNOWN = ("party_answer", "court_reminder", "compliance_reminder", "repair_wait_general", "repair_wait_safety")
LIMIT = sa.table(
    "time_limit", sa.column("name"), sa.column("version"), sa.column("item_code"), sa.column("data", sa.JSON)
)
CLOCK = sa.table(
    "running_limit", sa.column("limit_name"), sa.column("task_id"), sa.column("is_late", sa.Boolean),
    sa.column("is_waiting", sa.Boolean),
)  # fmt: skip
TASK = sa.table("user_task", sa.column("id"), sa.column("due_at"))


def upgrade() -> None:
    op.add_column(
        "running_limit",
        sa.Column(
            "is_waiting", sa.Boolean(), server_default=sa.false(), nullable=False,
            comment="over before anybody acts; never late",
        ),
    )  # fmt: skip
    found = op.get_bind()
    for row in found.execute(sa.select(LIMIT).where(LIMIT.c.name.in_(KNOWN))).all():
        same = (LIMIT.c.name == row.name) & (LIMIT.c.version == row.version) & (LIMIT.c.item_code == row.item_code)
        found.execute(sa.update(LIMIT).where(same).values(data={**row.data, "is_waiting": True}))
    found.execute(sa.update(CLOCK).where(CLOCK.c.limit_name.in_(KNOWN)).values(is_waiting=True, is_late=False))
    waiting = sa.select(CLOCK.c.task_id).where(CLOCK.c.is_waiting, CLOCK.c.task_id.is_not(None))
    found.execute(sa.update(TASK).where(TASK.c.id.in_(waiting)).values(due_at=None))


def downgrade() -> None:
    op.drop_column("running_limit", "is_waiting")
