"""what a publication can be

Revision: 0030, after 0029
"""

from alembic import op

revision = "0030"
down_revision = "0029"
branch_labels = None
depends_on = None

COMMENTS = {
    "kind": ("random_plan random_result", "random_plan random_result penalty"),
    "state": ("queued delivered failed", "queued sent delivered failed withdrawing withdrawn"),
}


def _say(old: int, new: int) -> None:
    if op.get_bind().dialect.supports_comments:
        for column, comments in COMMENTS.items():
            op.alter_column("publication", column, comment=comments[new], existing_comment=comments[old])


def upgrade() -> None:
    _say(0, 1)


def downgrade() -> None:
    _say(1, 0)
