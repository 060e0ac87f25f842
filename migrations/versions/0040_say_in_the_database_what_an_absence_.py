"""Say in the database what the number of an absence counts

Revision: 0040, after 0039
"""

from alembic import op

revision = "0040"
down_revision = "0039"
branch_labels = None
depends_on = None

COMMENTS = ("how many tasks went to the stand-in", "how many open tasks the stand-in found on the first day")


def _say(old: int, new: int) -> None:
    if op.get_bind().dialect.supports_comments:
        op.alter_column("staff_absence", "handed_over", comment=COMMENTS[new], existing_comment=COMMENTS[old])


def upgrade() -> None:
    _say(0, 1)


def downgrade() -> None:
    _say(1, 0)
