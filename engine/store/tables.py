"""All tables of the engine, on the one metadata that the domain's tables join."""

from sqlalchemy import (
    JSON,
    Boolean,
    Column,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
    UniqueConstraint,
    Uuid,
    text,
)

from engine.store.types import UtcDateTime as UtcDateTime

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)

deployment = Table(
    "deployment",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("name", Text, nullable=False),
    Column("deployed_at", UtcDateTime, nullable=False),
    Column("deployed_by", Text, nullable=False),
    Column("accepted_because", Text, comment="why an unsound process was deployed all the same"),
    Column("hash", String(64), nullable=False),
    Column("source", Text, comment="shipped: what the program brings; city: somebody's own files"),
)

resource = Table(
    "resource",
    metadata,
    Column("hash", String(64), primary_key=True),
    Column("content", LargeBinary, nullable=False),
)

deployment_resource = Table(
    "deployment_resource",
    metadata,
    Column("deployment_id", Uuid, ForeignKey("deployment.id"), primary_key=True),
    Column("name", Text, primary_key=True),
    Column("hash", String(64), ForeignKey("resource.hash"), nullable=False),
)

process_definition = Table(
    "process_definition",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("key", Text, nullable=False),
    Column("version", Integer, nullable=False),
    Column("name", Text, nullable=False),
    Column("deployment_id", Uuid, ForeignKey("deployment.id"), nullable=False),
    Column("main_resource", Text, nullable=False),
    Column("bundle_hash", String(64), nullable=False),
    Column("resources", JSON, nullable=False, comment="[[name, hash], …] in order"),
    Column("elements", JSON, nullable=False, comment="{element id: {name, type, lane, clauses}}"),
    Column("deployed_at", UtcDateTime, nullable=False),
    Column("is_latest", Boolean, nullable=False),
    UniqueConstraint("key", "version"),
)

start_subscription = Table(
    "start_subscription",
    metadata,
    Column("definition_key", Text, primary_key=True),
    Column("element_id", Text, primary_key=True),
    Column("definition_id", Uuid, ForeignKey("process_definition.id"), nullable=False),
    Column("kind", String(10), nullable=False),
    Column("name", Text),
    Index(None, "kind", "name"),
)

process_instance = Table(
    "process_instance",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("definition_id", Uuid, ForeignKey("process_definition.id"), nullable=False),
    Column("definition_key", Text, nullable=False),
    Column("business_key", Text, nullable=False, index=True),
    Column("status", String(10), nullable=False, comment="active suspended completed cancelled failed"),
    Column("version", Integer, nullable=False),
    Column("state", LargeBinary, nullable=False),
    Column("started_at", UtcDateTime, nullable=False),
    Column("started_by", Text, nullable=False),
    Column("ended_at", UtcDateTime),
    Column("end_reason", Text),
    Column("archived_at", UtcDateTime, comment="when the state was dropped; the history stays"),
    Index(None, "definition_key", "status"),
    Index(
        "ix_process_instance_to_archive",
        "ended_at",
        sqlite_where=text("ended_at IS NOT NULL AND archived_at IS NULL"),
        postgresql_where=text("ended_at IS NOT NULL AND archived_at IS NULL"),
    ),
    Index(None, "started_by"),
)

user_task = Table(
    "user_task",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("instance_id", Uuid, ForeignKey("process_instance.id"), nullable=False),
    Column("token", Integer, nullable=False),
    Column("definition_key", Text, nullable=False),
    Column("business_key", Text, nullable=False),
    Column("element_id", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("lane", Text),
    Column("form_key", Text),
    Column("form_hash", String(64), comment="the form as deployed with its case's version; empty: as shipped"),
    Column("status", String(10), nullable=False, comment="open completed cancelled"),
    Column("assignee", Text),
    Column("candidate_users", JSON, nullable=False),
    Column("candidate_groups", JSON, nullable=False),
    Column("due_at", UtcDateTime),
    Column("follow_up_at", UtcDateTime),
    Column("priority", Integer, nullable=False),
    Column("properties", JSON, nullable=False),
    Column("variables", JSON, nullable=False, comment="the token's data when the task began to wait"),
    Column("version", Integer, nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
    Column("claimed_at", UtcDateTime),
    Column("ended_at", UtcDateTime),
    Column("ended_by", Text),
    Column("answers", JSON, comment="what the completing person entered"),
    Column("subject", Text, nullable=False, server_default="", comment="what it is about, for grouping lists"),
    Column("search", Text, nullable=False, server_default="", comment="lower-case words it is found by"),
    Column("held_by", Text, comment="what must be settled before anybody completes it; empty for nothing"),
    UniqueConstraint("instance_id", "token"),
    Index(None, "status", "due_at"),
    Index(None, "assignee", "status"),
    Index(None, "ended_by", "ended_at"),
    Index(None, "business_key"),
    Index(
        "ix_user_task_open_kind",
        "definition_key",
        sqlite_where=text("status = 'open'"),
        postgresql_where=text("status = 'open'"),
    ),
)

user_task_candidate = Table(
    "user_task_candidate",
    metadata,
    Column("group_name", Text, primary_key=True),
    Column("task_id", Uuid, ForeignKey("user_task.id"), primary_key=True),
    Index(None, "task_id"),
)

job = Table(
    "job",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("kind", String(10), nullable=False, comment="timer start service external message early signal delivery"),
    Column("instance_id", Uuid, ForeignKey("process_instance.id")),
    Column("token", Integer, nullable=False),
    Column("element_id", Text, nullable=False),
    Column("topic", Text, nullable=False, comment="handler, message or signal name; empty for timers"),
    Column("status", String(10), nullable=False, comment="waiting running failed suspended"),
    Column("due_at", UtcDateTime, nullable=False),
    Column("attached_to", Integer),
    Column("attempts", Integer, nullable=False),
    Column("fence", Integer, nullable=False),
    Column("lease_until", UtcDateTime),
    Column("lease_owner", Text),
    Column("payload", JSON, nullable=False),
    Column("last_error", Text),
    Column("created_at", UtcDateTime, nullable=False),
    Index(
        "ix_job_ready_in_order",  # with the id: thousands fall due at the same end of a working day
        "due_at",
        "id",
        sqlite_where=text("status IN ('waiting', 'running')"),
        postgresql_where=text("status IN ('waiting', 'running')"),
    ),
    Index(None, "instance_id", "token"),
)

subscription = Table(
    "subscription",
    metadata,
    Column("instance_id", Uuid, ForeignKey("process_instance.id"), primary_key=True),
    Column("token", Integer, primary_key=True),
    Column("element_id", Text, primary_key=True),
    Column("kind", String(10), nullable=False, comment="message signal"),
    Column("name", Text, nullable=False),
    Column("correlation_key", Text),
    Column("business_key", Text, nullable=False),
    Index(None, "kind", "name", "correlation_key"),
    Index(None, "kind", "name", "business_key"),
)

message = Table(
    "message",
    metadata,
    Column("sender", Text, primary_key=True),
    Column("message_id", Text, primary_key=True),
    Column("name", Text, nullable=False),
    Column("correlation_key", Text),
    Column("received_at", UtcDateTime, nullable=False),
    Column("result", JSON, nullable=False),
)

early_message = Table(
    "early_message",
    metadata,
    Column("job_id", Uuid, primary_key=True),
    Column("name", Text, nullable=False),
    Column("correlation_key", Text, nullable=False),
    Column("variables", JSON, nullable=False),
    Column("actor", Text, nullable=False),
    Column("sender", Text),
    Column("message_id", Text),
    Column("received_at", UtcDateTime, nullable=False),
    Column("expires_at", UtcDateTime, nullable=False),
    UniqueConstraint("sender", "message_id"),
    Index(None, "name", "correlation_key"),
)

history_event = Table(
    "history_event",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("instance_id", Uuid, ForeignKey("process_instance.id"), nullable=False),
    Column("at", UtcDateTime, nullable=False),
    Column("kind", Text, nullable=False),
    Column("element_id", Text),
    Column("token", Integer),
    Column("actor", Text, nullable=False),
    Column("detail", JSON, nullable=False),
    Column("steps", JSON, nullable=False, comment="[[what, element, token, detail], …]: what the engine did then"),
    Column("data_hash", String(64), comment="SM3 of the answers that were given"),
    Column("request_id", Text, comment="which request it was done by"),
    Column("ip", Text, comment="which address that came from"),
    Column("seq", Integer, comment="place in the chain of its case, given by the sealer"),
    Column("hash", String(64), comment="SM3 of the record before and of this one"),
    Index(None, "instance_id", "at", "id"),
    Index("ix_history_event_unsealed", "id", sqlite_where=text("seq IS NULL"), postgresql_where=text("seq IS NULL")),
)

incident = Table(
    "incident",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("instance_id", Uuid, ForeignKey("process_instance.id")),
    Column("job_id", Uuid, nullable=False),
    Column("element_id", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("message", Text, nullable=False),
    Column("cause", Text, nullable=False, server_default="", comment="the message without numbers, instants and ids"),
    Column("created_at", UtcDateTime, nullable=False),
    Column("resolved_at", UtcDateTime),
    Column("resolved_by", Text),
    Index(None, "resolved_at", "created_at"),
)

command_receipt = Table(
    "command_receipt",
    metadata,
    Column("actor", Text, primary_key=True),
    Column("key", Text, primary_key=True),
    Column("fingerprint", String(64), nullable=False),
    Column("result", JSON, nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
    Index(None, "created_at"),
)
