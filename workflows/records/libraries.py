"""The libraries inspections draw on: objects, their ratings, officers' certificates, and check sheets."""

from sqlalchemy import (
    JSON,
    Boolean,
    Column,
    Date,
    Float,
    ForeignKey,
    Index,
    Integer,
    Table,
    Text,
    UniqueConstraint,
    Uuid,
)

from engine.store.tables import UtcDateTime, metadata

inspection_object = Table(
    "inspection_object",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("kind", Text, nullable=False, comment="enterprise institution site mine survey_unit scenic_area person …"),
    Column("name", Text, nullable=False, index=True),
    Column("credit_code", Text, index=True, comment="of the object, or of who holds the site"),
    Column("identity", Text, nullable=False, unique=True, comment="what tells whether two are the same"),
    Column("holder_id", Uuid, ForeignKey("inspection_object.id"), index=True, comment="the enterprise of a site"),
    Column("party_id", Uuid, ForeignKey("party.id"), index=True),
    Column("approval_id", Uuid, ForeignKey("approval.id"), comment="the newest one"),
    Column("project_no", Text, index=True),
    Column("area", Text, nullable=False),
    Column("site", Text, nullable=False),
    Column("lon", Float),
    Column("lat", Float),
    Column("unit", Text, ForeignKey("unit.code"), nullable=False, comment="the unit that answers for it"),
    Column("is_key", Boolean, nullable=False, comment="in the key library now"),
    Column("status", Text, nullable=False, comment="active closed merged"),
    Column("merged_into", Uuid, ForeignKey("inspection_object.id")),
    Column("valid_from", Date, nullable=False),
    Column("valid_to", Date),
    Column("source", Text, nullable=False, comment="approval file import form"),
    Column("version", Integer, nullable=False, comment="+1 for each change"),
    Column("changed_by", Text, nullable=False),
    Column("changed_at", UtcDateTime, nullable=False),
    Index(None, "area", "id"),
    Index(None, "unit", "id"),
)

object_item = Table(
    "object_item",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("object_id", Uuid, ForeignKey("inspection_object.id"), nullable=False, index=True),
    Column("item_code", Text, nullable=False),
    Column("approval_id", Uuid, ForeignKey("approval.id"), index=True, comment="empty when named by hand"),
    Column("valid_from", Date, nullable=False),
    Column("valid_to", Date),
    Index(None, "item_code", "object_id"),
)

object_change = Table(
    "object_change",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("object_id", Uuid, ForeignKey("inspection_object.id"), nullable=False),
    Column("kind", Text, nullable=False, comment="entered changed merged closed key delisted"),
    Column("detail", JSON, nullable=False),
    Column("reason", Text, nullable=False),
    Column("changed_by", Text, nullable=False),
    Column("changed_at", UtcDateTime, nullable=False),
    Index(None, "object_id", "changed_at"),
)

object_rating = Table(
    "object_rating",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("object_id", Uuid, ForeignKey("inspection_object.id"), nullable=False),
    Column("kind", Text, nullable=False, comment="credit risk"),
    Column("value", Text, nullable=False, comment="A B C D, or high medium low"),
    Column("source", Text, nullable=False, comment="who rated: a platform, a unit"),
    Column("reason", Text, nullable=False),
    Column("valid_from", Date, nullable=False),
    Column("changed_by", Text, nullable=False),
    Column("changed_at", UtcDateTime, nullable=False),
    Index(None, "object_id", "kind", "valid_from"),
)

officer_certificate = Table(
    "officer_certificate",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("login", Text, ForeignKey("officer.login"), nullable=False, index=True),
    Column("number", Text, nullable=False, unique=True),
    Column("unit", Text, ForeignKey("unit.code"), nullable=False, comment="the unit it was issued for"),
    Column("issued_on", Date, nullable=False),
    Column("expires_on", Date, nullable=False, comment="the last day it is good for"),
    Column("revoked_on", Date),
    Column("changed_by", Text, nullable=False),
    Column("changed_at", UtcDateTime, nullable=False),
)

officer_qualification = Table(
    "officer_qualification",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("login", Text, ForeignKey("officer.login"), nullable=False),
    Column("code", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("expires_on", Date, comment="the last day it is good for"),
    Column("changed_by", Text, nullable=False),
    Column("changed_at", UtcDateTime, nullable=False),
    UniqueConstraint("login", "code"),
)

officer_relation = Table(
    "officer_relation",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("login", Text, ForeignKey("officer.login"), nullable=False, index=True),
    Column("object_id", Uuid, ForeignKey("inspection_object.id")),
    Column("credit_code", Text, comment="avoids everything this enterprise holds"),
    Column("name", Text, nullable=False, comment="of the object or enterprise, as declared"),
    Column("reason", Text, nullable=False),
    Column("valid_from", Date, nullable=False),
    Column("valid_to", Date),
    Column("declared_by", Text, nullable=False),
    Column("declared_at", UtcDateTime, nullable=False),
)

check_sheet = Table(
    "check_sheet",
    metadata,
    Column("item_code", Text, primary_key=True),
    Column("version", Integer, primary_key=True),
    Column("name", Text, nullable=False),
    Column("lines", JSON, nullable=False, comment="[{code, text, basis, method, is_key}]"),
    Column("qualification", Text, comment="what an inspector of this item must hold beside the certificate"),
    Column("status", Text, nullable=False, comment="待确认 已确认"),
    Column("valid_from", Date, nullable=False),
    Column("valid_to", Date),
    Column("changed_by", Text, nullable=False),
    Column("changed_at", UtcDateTime, nullable=False),
    Column("reason", Text, nullable=False),
)
