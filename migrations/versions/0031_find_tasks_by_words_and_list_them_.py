"""find tasks by words and list them quickly

Revision: 0031, after 0030
"""

import sqlalchemy as sa
from alembic import op
from pypinyin import Style, lazy_pinyin

revision = "0031"
down_revision = "0030"
branch_labels = None
depends_on = None

TASK = sa.table(
    "user_task", sa.column("id", sa.Uuid), sa.column("status", sa.Text), sa.column("variables", sa.JSON),
    sa.column("subject", sa.Text), sa.column("search", sa.Text),
)  # fmt: skip
OPEN, URGED = "status = 'open'", "order_id IS NOT NULL AND ended_at IS NULL"


def upgrade() -> None:
    comments = {"subject": "what it is about, for grouping lists", "search": "lower-case words it is found by"}
    for column, comment in comments.items():
        op.add_column("user_task", sa.Column(column, sa.Text(), server_default="", nullable=False, comment=comment))
    _fill()
    op.create_index(op.f("ix_process_instance_started_by"), "process_instance", ["started_by"])
    op.create_index(op.f("ix_user_task_business_key"), "user_task", ["business_key"])
    op.create_index(op.f("ix_user_task_ended_by_ended_at"), "user_task", ["ended_by", "ended_at"])
    for name, table, column, only in (
        ("ix_user_task_open_kind", "user_task", "definition_key", OPEN),
        ("ix_running_limit_urged", "running_limit", "task_id", URGED),
    ):
        op.create_index(name, table, [column], sqlite_where=sa.text(only), postgresql_where=sa.text(only))


def _fill() -> None:
    """Give the tasks of before their words, some at a time."""
    found, last = op.get_bind(), None
    while True:
        wanted = sa.select(TASK.c.id, TASK.c.variables).order_by(TASK.c.id).limit(500)
        rows = found.execute(wanted if last is None else wanted.where(TASK.c.id > last)).all()
        if not rows:
            return
        for row in rows:
            found.execute(sa.update(TASK).where(TASK.c.id == row.id).values(**_words(row.variables)))
        last = rows[-1].id


def _words(variables: dict) -> dict[str, str]:
    found = variables["subject"] if isinstance(variables.get("subject"), dict) else {}
    known = {**variables, "title": None, **found} if found else variables
    names = ("title", "item_name", "matter_name", "project_name")
    title = next((str(known[name]) for name in names if known.get(name)), "案件")
    others = ("party_name", "project_name", "document_no", "project_no", "site")
    texts = dict.fromkeys(text.lower() for text in (title, *(str(known[name]) for name in others if known.get(name))))
    short = ("".join(lazy_pinyin(text, style=Style.FIRST_LETTER)).lower() for text in tuple(texts))
    return {"subject": title, "search": " ".join(texts | dict.fromkeys(short))}


def downgrade() -> None:
    op.drop_index("ix_running_limit_urged", table_name="running_limit")
    op.drop_index("ix_user_task_open_kind", table_name="user_task")
    op.drop_index(op.f("ix_user_task_ended_by_ended_at"), table_name="user_task")
    op.drop_index(op.f("ix_user_task_business_key"), table_name="user_task")
    op.drop_index(op.f("ix_process_instance_started_by"), table_name="process_instance")
    for column in ("search", "subject"):
        op.drop_column("user_task", column)
