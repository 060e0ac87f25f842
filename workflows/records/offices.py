"""Units, officers, sign-in, and the versioned item catalogue."""

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    Column,
    Date,
    ForeignKey,
    Index,
    Integer,
    String,
    Table,
    Text,
    Uuid,
    false,
)

from engine.store.tables import UtcDateTime, metadata

unit = Table(
    "unit",
    metadata,
    Column("code", Text, primary_key=True),
    Column("name", Text, nullable=False),
    Column("short_name", Text, nullable=False),
    Column("kind", Text, nullable=False, comment="approval natural_resources urban_management town government other"),
    Column("level", Text, nullable=False, comment="city district town"),
    Column("parent", Text, ForeignKey("unit.code")),
    Column("area", Text, nullable=False, comment="six-digit division code"),
    Column("liaison", Text, comment="login of the registered full-time supervisor"),
    Column("valid_from", Date, nullable=False),
    Column("valid_to", Date),
)

officer = Table(
    "officer",
    metadata,
    Column("login", Text, primary_key=True),
    Column("name", Text, nullable=False),
    Column("unit", Text, ForeignKey("unit.code"), nullable=False),
    Column("roles", JSON, nullable=False, comment="list of role names; group = unit/role"),
    Column("title", Text),
    Column("phone", Text),
    Column("stand_in", Text, comment="login of the stand-in"),
    Column("password_hash", Text),
    Column("is_active", Boolean, nullable=False),
    Column("is_demo", Boolean, nullable=False),
    Column("failed_logins", Integer, nullable=False, default=0),
    Column("locked_until", UtcDateTime),
    Column("locale", Text, nullable=False, default="zh_Hans_CN"),
    Column("password_set_at", UtcDateTime, comment="when the person last chose the password"),
    Column(
        "must_change", Boolean, nullable=False, server_default=false(), comment="the password was given by somebody"
    ),
    Index(None, "unit"),
)

login_session = Table(
    "login_session",
    metadata,
    Column("id", String(64), primary_key=True, comment="SHA-256 of the cookie's secret"),
    Column("login", Text, ForeignKey("officer.login"), nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
    Column("last_seen_at", UtcDateTime, nullable=False),
    Column("expires_at", UtcDateTime, nullable=False),
    Column("ip", Text, nullable=False),
    Column("device", Text, nullable=False),
    Column("revoked_at", UtcDateTime),
    Column("waits_for", Text, nullable=False, server_default="", comment="code or enrol until the second step is made"),
    Index(None, "login"),
)

api_token = Table(
    "api_token",
    metadata,
    Column("id", String(64), primary_key=True, comment="SHA-256 of the secret"),
    Column("name", Text, nullable=False),
    Column("login", Text, ForeignKey("officer.login"), nullable=False),
    Column("scopes", JSON, nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
    Column("expires_at", UtcDateTime),
    Column("revoked_at", UtcDateTime),
)

second_factor = Table(
    "second_factor",
    metadata,
    Column("login", Text, ForeignKey("officer.login"), primary_key=True),
    Column("secret", Text, nullable=False, comment="sealed with the installation's secret"),
    Column("recovery", JSON, nullable=False, comment="SHA-256 of each recovery code that is left"),
    Column("last_step", BigInteger, nullable=False, comment="period of the last code used; no code works twice"),
    Column("failures", Integer, nullable=False),
    Column("locked_until", UtcDateTime),
    Column("begun_at", UtcDateTime, nullable=False),
    Column("confirmed_at", UtcDateTime, comment="empty until a first code was entered"),
)

password_history = Table(
    "password_history",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("login", Text, ForeignKey("officer.login"), nullable=False),
    Column("at", UtcDateTime, nullable=False, comment="when it was replaced"),
    Column("password_hash", Text, nullable=False),
    Index(None, "login", "at"),
)

account_request = Table(
    "account_request",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("kind", Text, nullable=False, comment="create change close open password factor"),
    Column("login", Text, nullable=False),
    Column("wanted", JSON, nullable=False, comment="{name, unit, roles, title}: what the account shall have"),
    Column("reason", Text, nullable=False),
    Column("state", Text, nullable=False, comment="open confirmed refused withdrawn"),
    Column("asked_by", Text, nullable=False),
    Column("asked_at", UtcDateTime, nullable=False),
    Column("decided_by", Text),
    Column("decided_at", UtcDateTime),
    Column("decided_because", Text),
    Index(None, "state", "asked_at"),
)

item = Table(
    "item",
    metadata,
    Column("code", Text, primary_key=True),
    Column("version", Integer, primary_key=True),
    Column("name", Text, nullable=False),
    Column("type", Text, nullable=False, comment="许 确 他 检查"),
    Column("category", Text, nullable=False),
    Column("basis", Text, nullable=False),
    Column("clauses", JSON, nullable=False),
    Column("main_code", Text, nullable=False, comment="code of the main item; category is its name"),
    Column("object", Text, nullable=False, comment="whom or what is supervised"),
    Column("object_type", Text, nullable=False),
    Column("measure", Text, nullable=False),
    Column("handling", Text, nullable=False, comment="what is done about a violation"),
    Column("modes", JSON, nullable=False, comment="list of 双随机 重点 信用 非现场 现场"),
    Column("frequency", Text, nullable=False),
    Column("level", Text, nullable=False),
    Column("permits", JSON, nullable=False, comment="names of the approval items it follows"),
    Column("process", Text, nullable=False, comment="key of the diagram that runs it"),
    Column(
        "copy_receivers", JSON, nullable=False, comment="unit codes, or {kind}: the office of that kind in the area"
    ),
    Column("checks", JSON, nullable=False, comment="check items: [{code, name, content, mode, ratio}]"),
    Column("is_key", Boolean, nullable=False),
    Column("status", Text, nullable=False, comment="待确认 已确认"),
    Column("limits", JSON, nullable=False, comment="{limit name: override}"),
    Column("aliases", JSON, nullable=False, comment="task codes and names other systems use"),
    Column("source", Text, nullable=False, comment="number of the change it came by, or 城市数据文件"),
    Column("valid_from", Date, nullable=False),
    Column("valid_to", Date),
)

item_assignment = Table(
    "item_assignment",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("item_code", Text, nullable=False),
    Column("area", Text, nullable=False, comment="division code, or * for every area"),
    Column("approving_unit", Text, ForeignKey("unit.code")),
    Column("supervising_units", JSON, nullable=False, comment="unit codes, each claims separately"),
    Column("default_officer", Text),
    Column("stand_in", Text),
    Column("valid_from", Date, nullable=False),
    Column("valid_to", Date),
    Column("changed_by", Text),
    Column("changed_at", UtcDateTime),
    Column("reason", Text),  # 城市数据文件 when it came from the city's files
    Index(None, "item_code", "valid_from"),
)
