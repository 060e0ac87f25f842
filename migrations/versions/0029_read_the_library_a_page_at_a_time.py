"""read the library a page at a time

Revision: 0029, after 0028
"""

from alembic import op

revision = "0029"
down_revision = "0028"
branch_labels = None
depends_on = None


def upgrade() -> None:
    for column in ("area", "unit"):
        op.drop_index(op.f(f"ix_inspection_object_{column}_status"), table_name="inspection_object")
        op.create_index(op.f(f"ix_inspection_object_{column}_id"), "inspection_object", [column, "id"], unique=False)


def downgrade() -> None:
    for column in ("unit", "area"):
        op.drop_index(op.f(f"ix_inspection_object_{column}_id"), table_name="inspection_object")
        op.create_index(
            op.f(f"ix_inspection_object_{column}_status"), "inspection_object", [column, "status"], unique=False
        )
