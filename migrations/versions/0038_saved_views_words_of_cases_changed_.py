"""saved views, words of cases, changed rules and notices

Revision: 0038, after 0037
"""

import sqlalchemy as sa
from alembic import op

revision = "0038"
down_revision = "0037"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "notice_delivery",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False, comment="person, channel and last message: the same is sent once"),
        sa.Column("login", sa.Text(), nullable=False),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("address", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("is_urgent", sa.Boolean(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False, comment="waiting sent failed"),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("last_error", sa.Text(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_notice_delivery")),
        sa.UniqueConstraint("key", name=op.f("uq_notice_delivery_key")),
    )
    op.create_index(
        op.f("ix_notice_delivery_login_created_at"), "notice_delivery", ["login", "created_at"], unique=False
    )
    op.create_index(op.f("ix_notice_delivery_state_due_at"), "notice_delivery", ["state", "due_at"], unique=False)
    op.create_table(
        "notice_setting",
        sa.Column("login", sa.Text(), nullable=False),
        sa.Column("channels", sa.JSON(), nullable=False, comment="of: mail sms; messages inside are always there"),
        sa.Column("mail", sa.Text(), nullable=True),
        sa.Column("phone", sa.Text(), nullable=True),
        sa.Column("quiet_from", sa.Text(), nullable=False, comment="HH:MM in Chinese time"),
        sa.Column("quiet_until", sa.Text(), nullable=False),
        sa.Column("days_off", sa.Boolean(), nullable=False, comment="also told on days off"),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False, comment="what came before is not sent"),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("login", name=op.f("pk_notice_setting")),
    )
    op.create_table(
        "rule_change",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False, comment="limit day"),
        sa.Column("subject", sa.Text(), nullable=False, comment="name of the limit, or the day"),
        sa.Column("data", sa.JSON(), nullable=False, comment="what it shall be"),
        sa.Column("before", sa.JSON(), nullable=False, comment="what it was when it was proposed"),
        sa.Column("state", sa.Text(), nullable=False, comment="proposed approved refused"),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("proposed_by", sa.Text(), nullable=False),
        sa.Column("proposed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("decided_by", sa.Text(), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("note", sa.Text(), nullable=True),
        sa.Column("moved", sa.JSON(), nullable=True, comment="the clocks it moved: [{clock, case, before, after}]"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_rule_change")),
    )
    op.create_index(op.f("ix_rule_change_state_proposed_at"), "rule_change", ["state", "proposed_at"], unique=False)
    op.create_table(
        "saved_view",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("query", sa.JSON(), nullable=False, comment="the filters of the worklist's address"),
        sa.Column("login", sa.Text(), nullable=True, comment="whose it is; empty when a unit shares it"),
        sa.Column("unit", sa.Text(), nullable=True, comment="who shares it; empty when it is a person's"),
        sa.Column(
            "role", sa.Text(), nullable=True, comment="the role of the unit that begins with it; * for everybody"
        ),
        sa.Column("is_default", sa.Boolean(), nullable=False, comment="the person begins with it"),
        sa.Column("created_by", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["unit"], ["unit.code"], name=op.f("fk_saved_view_unit")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_saved_view")),
    )
    op.create_index(op.f("ix_saved_view_login"), "saved_view", ["login"], unique=False)
    op.create_index(op.f("ix_saved_view_unit"), "saved_view", ["unit"], unique=False)
    op.create_table(
        "access_request",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("instance_id", sa.Uuid(), nullable=False),
        sa.Column("business_key", sa.Text(), nullable=False),
        sa.Column("login", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False, comment="asked granted refused"),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("decided_by", sa.Text(), nullable=True),
        sa.Column("note", sa.Text(), nullable=True),
        sa.Column("until", sa.DateTime(timezone=True), nullable=True, comment="when a granted access ends"),
        sa.ForeignKeyConstraint(["instance_id"], ["process_instance.id"], name=op.f("fk_access_request_instance_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_access_request")),
    )
    op.create_index(
        op.f("ix_access_request_instance_id_login"), "access_request", ["instance_id", "login"], unique=False
    )
    op.create_index(op.f("ix_access_request_state_asked_at"), "access_request", ["state", "asked_at"], unique=False)
    op.create_table(
        "case_words",
        sa.Column("instance_id", sa.Uuid(), nullable=False),
        sa.Column("business_key", sa.Text(), nullable=False),
        sa.Column("definition_key", sa.Text(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("subtitle", sa.Text(), nullable=False),
        sa.Column("words", sa.Text(), nullable=False, comment="lower-case words and initials the case is found by"),
        sa.Column("begun_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["instance_id"], ["process_instance.id"], name=op.f("fk_case_words_instance_id")),
        sa.PrimaryKeyConstraint("instance_id", name=op.f("pk_case_words")),
    )
    op.create_index(op.f("ix_case_words_begun_at"), "case_words", ["begun_at"], unique=False)
    op.create_index(op.f("ix_case_words_business_key"), "case_words", ["business_key"], unique=False)
    op.add_column(
        "notification",
        sa.Column(
            "told_at", sa.DateTime(timezone=True), nullable=True, comment="when it went into a digest by mail or text"
        ),
    )
    _fill()


def downgrade() -> None:
    op.drop_column("notification", "told_at")
    op.drop_index(op.f("ix_case_words_business_key"), table_name="case_words")
    op.drop_index(op.f("ix_case_words_begun_at"), table_name="case_words")
    op.drop_table("case_words")
    op.drop_index(op.f("ix_access_request_state_asked_at"), table_name="access_request")
    op.drop_index(op.f("ix_access_request_instance_id_login"), table_name="access_request")
    op.drop_table("access_request")
    op.drop_index(op.f("ix_saved_view_unit"), table_name="saved_view")
    op.drop_index(op.f("ix_saved_view_login"), table_name="saved_view")
    op.drop_table("saved_view")
    op.drop_index(op.f("ix_rule_change_state_proposed_at"), table_name="rule_change")
    op.drop_table("rule_change")
    op.drop_table("notice_setting")
    op.drop_index(op.f("ix_notice_delivery_state_due_at"), table_name="notice_delivery")
    op.drop_index(op.f("ix_notice_delivery_login_created_at"), table_name="notice_delivery")
    op.drop_table("notice_delivery")


def _fill() -> None:
    """Let the cases of before be found by what their first task is about."""
    op.execute("""
        INSERT INTO case_words (instance_id, business_key, definition_key, title, subtitle, words, begun_at)
        SELECT i.id, i.business_key, i.definition_key, coalesce(t.subject, ''), '',
               lower(i.business_key) || ' ' || coalesce(t.search, ''), i.started_at
        FROM process_instance i LEFT JOIN user_task t
          ON t.instance_id = i.id AND t.token = (SELECT min(f.token) FROM user_task f WHERE f.instance_id = i.id)
    """)
