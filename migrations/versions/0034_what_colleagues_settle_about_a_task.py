"""what colleagues settle about a task

Revision: 0034, after 0033
"""

import sqlalchemy as sa
from alembic import op

revision = "0034"
down_revision = "0033"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "acted_for",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("instance_id", sa.Uuid(), nullable=False),
        sa.Column("business_key", sa.Text(), nullable=False),
        sa.Column("task_id", sa.Uuid(), nullable=False),
        sa.Column("step", sa.Text(), nullable=False),
        sa.Column("what", sa.Text(), nullable=False, comment="completed signed"),
        sa.Column("login", sa.Text(), nullable=False, comment="who did it"),
        sa.Column("principal", sa.Text(), nullable=False, comment="for whom"),
        sa.Column("absence", sa.String(length=60), nullable=False, comment="number of the absence that allows it"),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_acted_for")),
    )
    op.create_index(op.f("ix_acted_for_instance_id"), "acted_for", ["instance_id"], unique=False)
    op.create_index(op.f("ix_acted_for_principal_at"), "acted_for", ["principal", "at"], unique=False)
    op.create_index(op.f("ix_acted_for_task_id"), "acted_for", ["task_id"], unique=False)
    op.create_table(
        "case_comment",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("instance_id", sa.Uuid(), nullable=False),
        sa.Column("business_key", sa.Text(), nullable=False),
        sa.Column("task_id", sa.Uuid(), nullable=True),
        sa.Column("step", sa.Text(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("former", sa.JSON(), nullable=False, comment="[{text, until}]: what it said before it was edited"),
        sa.Column("mentions", sa.JSON(), nullable=False, comment="logins that got a message"),
        sa.Column("files", sa.JSON(), nullable=False, comment="[{sha256, name, media_type, size}], kept as evidence"),
        sa.Column("author", sa.Text(), nullable=False),
        sa.Column("written_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("edited_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_case_comment")),
    )
    op.create_index(
        op.f("ix_case_comment_instance_id_written_at"), "case_comment", ["instance_id", "written_at"], unique=False
    )
    op.create_table(
        "reading",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("instance_id", sa.Uuid(), nullable=False),
        sa.Column("business_key", sa.Text(), nullable=False),
        sa.Column("task_id", sa.Uuid(), nullable=True),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("login", sa.Text(), nullable=True, comment="the reader, unless it goes to a unit"),
        sa.Column("unit", sa.Text(), nullable=True, comment="the readers' unit, unless it goes to a person"),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("sent_by", sa.Text(), nullable=False),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["unit"], ["unit.code"], name=op.f("fk_reading_unit")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_reading")),
    )
    op.create_index(op.f("ix_reading_instance_id"), "reading", ["instance_id"], unique=False)
    op.create_index(op.f("ix_reading_login_sent_at"), "reading", ["login", "sent_at"], unique=False)
    op.create_index(op.f("ix_reading_sent_by_sent_at"), "reading", ["sent_by", "sent_at"], unique=False)
    op.create_index(op.f("ix_reading_unit_sent_at"), "reading", ["unit", "sent_at"], unique=False)
    op.create_table(
        "reading_receipt",
        sa.Column("reading_id", sa.Uuid(), nullable=False),
        sa.Column("login", sa.Text(), nullable=False),
        sa.Column("read_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["reading_id"], ["reading.id"], name=op.f("fk_reading_receipt_reading_id")),
        sa.PrimaryKeyConstraint("reading_id", "login", name=op.f("pk_reading_receipt")),
    )
    op.create_table(
        "signing_round",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("task_id", sa.Uuid(), nullable=False),
        sa.Column("instance_id", sa.Uuid(), nullable=False),
        sa.Column("business_key", sa.Text(), nullable=False),
        sa.Column("step", sa.Text(), nullable=False),
        sa.Column(
            "place", sa.Text(), nullable=False, comment="joint before parallel after: what the owner may do meanwhile"
        ),
        sa.Column("mode", sa.Text(), nullable=False, comment="all any ratio weighted sequence"),
        sa.Column("threshold", sa.Integer(), nullable=False, comment="percent that must agree, for ratio and weighted"),
        sa.Column("question", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False, comment="open decided closed cancelled"),
        sa.Column("outcome", sa.Text(), nullable=True, comment="passed refused, once decided"),
        sa.Column("opened_by", sa.Text(), nullable=False),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column(
            "intent",
            sa.JSON(),
            nullable=True,
            comment="{answers, by, at}: what is submitted as soon as everybody has signed",
        ),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_by", sa.Text(), nullable=True),
        sa.Column("end_reason", sa.Text(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["task_id"], ["user_task.id"], name=op.f("fk_signing_round_task_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_signing_round")),
    )
    op.create_index(op.f("ix_signing_round_instance_id_state"), "signing_round", ["instance_id", "state"], unique=False)
    op.create_index(
        op.f("ix_signing_round_opened_by_opened_at"), "signing_round", ["opened_by", "opened_at"], unique=False
    )
    op.create_index(op.f("ix_signing_round_task_id"), "signing_round", ["task_id"], unique=False)
    op.create_table(
        "urge",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("task_id", sa.Uuid(), nullable=False),
        sa.Column("instance_id", sa.Uuid(), nullable=False),
        sa.Column("business_key", sa.Text(), nullable=False),
        sa.Column("nth", sa.Integer(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("urged_by", sa.Text(), nullable=False),
        sa.Column("urged_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("again_at", sa.DateTime(timezone=True), nullable=False, comment="nobody urges this task before"),
        sa.Column("told", sa.Integer(), nullable=False, comment="how many persons got the message"),
        sa.Column("told_head", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["task_id"], ["user_task.id"], name=op.f("fk_urge_task_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_urge")),
        sa.UniqueConstraint("task_id", "nth", name=op.f("uq_urge_task_id_nth")),
    )
    op.create_index(op.f("ix_urge_instance_id"), "urge", ["instance_id"], unique=False)
    op.create_table(
        "signing_entry",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("round_id", sa.Uuid(), nullable=False),
        sa.Column("instance_id", sa.Uuid(), nullable=False),
        sa.Column("login", sa.Text(), nullable=False),
        sa.Column("place", sa.Integer(), nullable=False, comment="order of asking"),
        sa.Column("weight", sa.Integer(), nullable=False),
        sa.Column("parent_id", sa.Uuid(), nullable=True, comment="the signer who asked for this one"),
        sa.Column("relation", sa.Text(), nullable=False, comment="first before parallel after, towards the parent"),
        sa.Column("depth", sa.Integer(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False, comment="waiting open agreed dissented spared removed cancelled"),
        sa.Column("opinion", sa.Text(), nullable=True),
        sa.Column("asked_by", sa.Text(), nullable=False),
        sa.Column(
            "asked_at", sa.DateTime(timezone=True), nullable=True, comment="when it came to be this signer's turn"
        ),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("decided_by", sa.Text(), nullable=True, comment="the substitute, when somebody signs for the signer"),
        sa.Column("note", sa.Text(), nullable=True, comment="why it was removed"),
        sa.ForeignKeyConstraint(["round_id"], ["signing_round.id"], name=op.f("fk_signing_entry_round_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_signing_entry")),
        sa.UniqueConstraint("round_id", "login", name=op.f("uq_signing_entry_round_id_login")),
    )
    op.create_index(op.f("ix_signing_entry_instance_id_login"), "signing_entry", ["instance_id", "login"], unique=False)
    op.create_index(op.f("ix_signing_entry_login_state"), "signing_entry", ["login", "state"], unique=False)
    op.add_column(
        "staff_absence",
        sa.Column(
            "is_personal",
            sa.Boolean(),
            server_default=sa.false(),
            nullable=False,
            comment="registered for one's own work",
        ),
    )
    op.add_column(
        "staff_absence",
        sa.Column("processes", sa.JSON(), server_default="[]", nullable=False, comment="keys; empty for every process"),
    )
    op.add_column(
        "staff_absence",
        sa.Column(
            "may_sign",
            sa.Boolean(),
            server_default=sa.false(),
            nullable=False,
            comment="heads' steps and signatures, too",
        ),
    )
    op.add_column("staff_absence", sa.Column("revoked_by", sa.Text(), nullable=True))
    op.create_index(op.f("ix_staff_absence_stand_in_to_day"), "staff_absence", ["stand_in", "to_day"], unique=False)
    op.add_column(
        "user_task",
        sa.Column(
            "held_by",
            sa.Text(),
            nullable=True,
            comment="what must be settled before anybody completes it; empty for nothing",
        ),
    )


def downgrade() -> None:
    op.drop_column("user_task", "held_by")
    op.drop_index(op.f("ix_staff_absence_stand_in_to_day"), table_name="staff_absence")
    op.drop_column("staff_absence", "revoked_by")
    op.drop_column("staff_absence", "may_sign")
    op.drop_column("staff_absence", "processes")
    op.drop_column("staff_absence", "is_personal")
    op.drop_index(op.f("ix_signing_entry_login_state"), table_name="signing_entry")
    op.drop_index(op.f("ix_signing_entry_instance_id_login"), table_name="signing_entry")
    op.drop_table("signing_entry")
    op.drop_index(op.f("ix_urge_instance_id"), table_name="urge")
    op.drop_table("urge")
    op.drop_index(op.f("ix_signing_round_task_id"), table_name="signing_round")
    op.drop_index(op.f("ix_signing_round_opened_by_opened_at"), table_name="signing_round")
    op.drop_index(op.f("ix_signing_round_instance_id_state"), table_name="signing_round")
    op.drop_table("signing_round")
    op.drop_table("reading_receipt")
    op.drop_index(op.f("ix_reading_unit_sent_at"), table_name="reading")
    op.drop_index(op.f("ix_reading_sent_by_sent_at"), table_name="reading")
    op.drop_index(op.f("ix_reading_login_sent_at"), table_name="reading")
    op.drop_index(op.f("ix_reading_instance_id"), table_name="reading")
    op.drop_table("reading")
    op.drop_index(op.f("ix_case_comment_instance_id_written_at"), table_name="case_comment")
    op.drop_table("case_comment")
    op.drop_index(op.f("ix_acted_for_task_id"), table_name="acted_for")
    op.drop_index(op.f("ix_acted_for_principal_at"), table_name="acted_for")
    op.drop_index(op.f("ix_acted_for_instance_id"), table_name="acted_for")
    op.drop_table("acted_for")
