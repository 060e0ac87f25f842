"""who decides a penalty and a coercion

Revision: 0028, after 0027
"""

import sqlalchemy as sa
from alembic import op

revision = "0028"
down_revision = "0027"
branch_labels = None
depends_on = None

COLUMNS = {"penalty_case": ("decider_unit", "review_unit"), "coercion": ("decider_unit",)}
COMMENTS = {"decider_unit": "whose heads decide; may be the office above", "review_unit": "who reviews the law"}
TASK = sa.table("user_task", sa.column("instance_id", sa.Uuid), sa.column("variables", sa.JSON))


def upgrade() -> None:
    for table, columns in COLUMNS.items():
        for column in columns:
            op.add_column(table, sa.Column(column, sa.Text(), nullable=True, comment=COMMENTS[column]))
        _fill(table, columns)


def _fill(table: str, columns: tuple[str, ...]) -> None:
    """Take the units of a case that runs already from the variables its tasks were given."""
    found = op.get_bind()
    case = sa.table(table, sa.column("instance_id", sa.Uuid), *(sa.column(column) for column in columns))
    known = {}
    for row in found.execute(sa.select(TASK).join(case, case.c.instance_id == TASK.c.instance_id)):
        values = {column: row.variables[column] for column in columns if row.variables.get(column)}
        if values:
            known[row.instance_id] = values
    for instance_id, values in known.items():
        found.execute(sa.update(case).where(case.c.instance_id == instance_id).values(**values))


def downgrade() -> None:
    for table, columns in COLUMNS.items():
        for column in columns:
            op.drop_column(table, column)
