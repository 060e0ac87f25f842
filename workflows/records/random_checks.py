"""Random inspections: plans, tasks, what was drawn and by whom, results, and what is to be published."""

from sqlalchemy import (
    JSON,
    Column,
    Connection,
    Date,
    ForeignKey,
    Index,
    Integer,
    String,
    Table,
    Text,
    UniqueConstraint,
    Uuid,
    event,
)

from engine.store.tables import UtcDateTime, metadata
from workflows.records.publication import publication as publication

random_plan = Table(
    "random_plan",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("instance_id", Uuid, index=True, comment="empty until its process has started"),
    Column("business_key", Text, nullable=False, unique=True),
    Column("year", Integer, nullable=False, index=True),
    Column("title", Text, nullable=False),
    Column("unit", Text, ForeignKey("unit.code"), nullable=False, comment="the unit that draws it up"),
    Column("state", Text, nullable=False, comment="draft approving published finished"),
    Column("approved_by", Text),
    Column("approval_note", Text),
    Column("warnings", JSON, nullable=False, comment="what the check of the caps said when it was sent for approval"),
    Column("published_at", UtcDateTime),
    Column("created_by", Text, nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
)

random_plan_line = Table(
    "random_plan_line",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("plan_id", Uuid, ForeignKey("random_plan.id"), nullable=False, index=True),
    Column("place", Integer, nullable=False, comment="place in the plan, from 1"),
    Column("item_codes", JSON, nullable=False, comment="the first one leads; several are checked in one go"),
    Column("unit", Text, ForeignKey("unit.code"), nullable=False, comment="the leading unit"),
    Column("joint_units", JSON, nullable=False),
    Column("areas", JSON, nullable=False, comment="division codes; none: the whole city"),
    Column("direction", Text, nullable=False, comment="undirected directed"),
    Column("object_kind", Text, nullable=False, comment="of a directed check: the kind of object, else empty"),
    Column("condition", Text, nullable=False, comment="of a directed check, in words"),
    Column("ratio", Integer, comment="per cent for every grade in place of the table's"),
    Column("per_unit", Integer, nullable=False, comment="officers of each unit at an object"),
    Column("month_from", Integer, nullable=False),
    Column("month_to", Integer, nullable=False),
    Column("changed_by", Text, nullable=False),
    Column("changed_at", UtcDateTime, nullable=False),
)

random_task = Table(
    "random_task",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("instance_id", Uuid, nullable=False, unique=True),
    Column("business_key", Text, nullable=False, unique=True),
    Column("plan_line_id", Uuid, ForeignKey("random_plan_line.id"), unique=True, comment="empty: ad hoc"),
    Column("title", Text, nullable=False),
    Column("reason", Text, nullable=False),
    Column("item_codes", JSON, nullable=False),
    Column("unit", Text, ForeignKey("unit.code"), nullable=False),
    Column("joint_units", JSON, nullable=False),
    Column("areas", JSON, nullable=False),
    Column("direction", Text, nullable=False),
    Column("object_kind", Text, nullable=False),
    Column("condition", Text, nullable=False),
    Column("ratio", Integer),
    Column("per_unit", Integer, nullable=False),
    Column("due_on", Date, nullable=False, comment="the last day of its term"),
    Column("state", Text, nullable=False, comment="collected refused locked drawn inspecting auditing audited …"),
    Column("problem", Text, comment="why the lists could not be locked"),
    Column("strata", JSON, nullable=False, comment="[{key, credit, risk, size}] as collected"),
    Column("audit", JSON, nullable=False, comment="[{decision, note, by, at}]"),
    Column("started_by", Text, nullable=False),
    Column("started_at", UtcDateTime, nullable=False),
    Column("inspected_at", UtcDateTime),
    Column("published_at", UtcDateTime),
    Column("closed_at", UtcDateTime),
    Index(None, "unit", "started_at"),
    Index(None, "state", "started_at"),
)

draw_lot = Table(
    "draw_lot",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("task_id", Uuid, ForeignKey("random_task.id"), nullable=False),
    Column("attempt", Integer, nullable=False),
    Column("snapshot", JSON, nullable=False, comment="both lists and all parameters, as locked"),
    Column("snapshot_hash", String(64), nullable=False),
    Column("salt", String(64), nullable=False, comment="never shown before the draw"),
    Column("commitment", String(64), nullable=False, unique=True),
    Column("redraw", JSON, comment="{of, reason, asked_by, approved_by} when it takes the place of another"),
    Column("committed_at", UtcDateTime, nullable=False),
    UniqueConstraint("task_id", "attempt"),
)

draw_seal = Table(
    "draw_seal",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("lot_id", Uuid, ForeignKey("draw_lot.id"), nullable=False),
    Column("role", Text, nullable=False, comment="operator witness"),
    Column("person", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("nonce", String(32), nullable=False),
    Column("text", Text, nullable=False, comment="never shown before the draw"),
    Column("seal", String(64), nullable=False),
    Column("sealed_at", UtcDateTime, nullable=False),
    UniqueConstraint("lot_id", "role"),
    UniqueConstraint("lot_id", "person"),
)

draw_proof = Table(
    "draw_proof",
    metadata,
    Column("number", Integer, primary_key=True, autoincrement=False, comment="place in the chain, from 1"),
    Column("lot_id", Uuid, ForeignKey("draw_lot.id"), nullable=False, unique=True),
    Column("previous", String(64), nullable=False, unique=True),
    Column("hash", String(64), nullable=False, unique=True),
    Column("content", Text, nullable=False, comment="the proof itself, byte for byte as it is handed out"),
    Column("drawn_at", UtcDateTime, nullable=False),
)

draw_change = Table(
    "draw_change",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("lot_id", Uuid, ForeignKey("draw_lot.id"), nullable=False, index=True),
    Column("kind", Text, nullable=False, comment="drop_object replace_officer"),
    Column("target_id", Uuid, nullable=False),
    Column("officer_out", Text),
    Column("officer_in", Text),
    Column("reason", Text, nullable=False),
    Column("asked_by", Text, nullable=False),
    Column("approved_by", Text, nullable=False),
    Column("approved_at", UtcDateTime, nullable=False),
)

random_target = Table(
    "random_target",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("task_id", Uuid, ForeignKey("random_task.id"), nullable=False),
    Column("lot_id", Uuid, ForeignKey("draw_lot.id"), nullable=False, index=True),
    Column("place", Integer, nullable=False, comment="in which it was drawn, from 1"),
    Column("object_id", Uuid, ForeignKey("inspection_object.id"), nullable=False, index=True),
    Column("officers", JSON, nullable=False, comment="[{login, name, unit}]"),
    Column("state", Text, nullable=False, comment="drawn dropped superseded inspecting done"),
    Column("inspection_id", Uuid),
    Column("inspection_number", Text),
    Column("result", Text),
    Column("follow_up", Text),
    Column("finished_at", UtcDateTime),
    UniqueConstraint("lot_id", "place"),
    Index(None, "task_id", "state"),
)

APPEND_ONLY = (draw_lot, draw_seal, draw_proof, draw_change)

_FUNCTION = (
    "CREATE OR REPLACE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS "
    "'BEGIN RAISE EXCEPTION ''rows of this table are never changed''; END'"
)


def _keep_for_ever(table: Table, connection: Connection, **_: object) -> None:
    """Let the database itself refuse to change or delete rows of a table."""
    name = table.name
    if connection.dialect.name == "postgresql":
        connection.exec_driver_sql(_FUNCTION)
        connection.exec_driver_sql(
            f"CREATE TRIGGER {name}_for_ever BEFORE UPDATE OR DELETE OR TRUNCATE ON {name} "
            "FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
        )
        return
    for act in ("UPDATE", "DELETE"):
        connection.exec_driver_sql(
            f"CREATE TRIGGER {name}_no_{act.lower()} BEFORE {act} ON {name} "
            "BEGIN SELECT RAISE(ABORT, 'rows of this table are never changed'); END"
        )


for _table in APPEND_ONLY:
    event.listen(_table, "after_create", _keep_for_ever)
