"""Which changes beside a case's history are kept with their values, and what kind of record each makes."""

from collections.abc import Mapping, Sequence

WATCHED: Mapping[str, frozenset[str]] = {
    "officer": frozenset({"login", "name", "unit", "roles", "stand_in", "is_active", "failed_logins", "locked_until"}),
    "unit": frozenset({"code", "name", "parent", "area", "valid_from", "valid_to"}),
    "api_token": frozenset({"name", "login", "scopes", "expires_at", "revoked_at"}),
    "webhook_key": frozenset({"vendor", "device_id", "valid_until", "created_by"}),
    "webhook_subscription": frozenset({"name", "url", "kinds", "is_active", "created_by", "changed_by"}),
    "login_session": frozenset({"login", "ip", "device", "expires_at", "revoked_at", "waits_for"}),
    "second_factor": frozenset({"login", "failures", "locked_until", "confirmed_at"}),
    "access_request": frozenset({"business_key", "login", "reason", "state", "decided_by", "note", "until"}),
    "staff_absence": frozenset({"number", "login", "stand_in", "from_day", "to_day", "may_sign", "revoked_by"}),
    "time_limit": frozenset({"name", "version", "item_code", "data", "valid_from", "valid_to", "changed_by", "reason"}),
    "calendar_override": frozenset({"day", "version", "is_working", "source", "changed_by"}),
    "alert_parameter": frozenset({"name", "version", "value", "changed_by", "reason"}),
    "rule_change": frozenset({"kind", "subject", "data", "before", "state", "reason", "proposed_by", "decided_by"}),
    "item_assignment": frozenset(
        {"item_code", "area", "approving_unit", "supervising_units", "valid_from", "valid_to", "changed_by", "reason"}
    ),
    "legal_hold": frozenset({"business_key", "definition_key", "reason", "placed_by", "lifted_by", "lift_reason"}),
    "tombstone": frozenset({"instance_id", "business_key", "definition_key", "deleted_by", "reason", "sha256"}),
    "complaint_look": frozenset({"complaint_id", "login", "unit", "kind", "reason"}),
    "evidence_file": frozenset({"owner", "owner_id", "sha256", "size", "media_type", "uploaded_by"}),
    "hard_block": frozenset({"project_no", "reason", "clause", "set_by", "lifted_by", "lift_reason"}),
    "admin_request": frozenset(
        {"kind", "state", "business_key", "reason", "asked_by", "decided_by", "decision_note"}
    ),
    "account_request": frozenset(
        {"kind", "login", "wanted", "reason", "state", "asked_by", "decided_by", "decided_because"}
    ),
    "deployment": frozenset({"name", "deployed_by", "accepted_because", "hash"}),
}  # fmt: skip
"""Tables whose changes are kept with these columns before and after; secrets and contact data are not among them."""

PULSE = frozenset({"last_seen_at", "last_used_at"})
"""Columns that only say that somebody is still there."""

RIGHTS, RULES, ACCESS, DATA = "office:rights", "office:rules", "office:access", "office:data"
KIND_OF: Mapping[tuple[str, str], tuple[str, str]] = {
    ("officer", "insert"): (RIGHTS, "rights-changed"), ("officer", "update"): (RIGHTS, "rights-changed"),
    ("unit", "insert"): (RIGHTS, "rights-changed"), ("unit", "update"): (RIGHTS, "rights-changed"),
    ("api_token", "insert"): (RIGHTS, "token-issued"), ("api_token", "update"): (RIGHTS, "token-changed"),
    ("webhook_key", "insert"): (RIGHTS, "token-issued"), ("webhook_key", "update"): (RIGHTS, "token-changed"),
    ("webhook_subscription", "insert"): (RIGHTS, "subscription-changed"),
    ("webhook_subscription", "update"): (RIGHTS, "subscription-changed"),
    ("access_request", "insert"): (RIGHTS, "access-asked"), ("access_request", "update"): (RIGHTS, "access-decided"),
    ("staff_absence", "insert"): (RIGHTS, "stand-in-changed"),
    ("staff_absence", "update"): (RIGHTS, "stand-in-changed"),
    ("second_factor", "insert"): (RIGHTS, "factor-changed"), ("second_factor", "update"): (ACCESS, "second-step"),
    ("second_factor", "delete"): (RIGHTS, "factor-changed"),
    ("login_session", "insert"): (ACCESS, "sign-in"), ("login_session", "update"): (ACCESS, "session-ended"),
    ("complaint_look", "insert"): (ACCESS, "informant-looked-at"),
    ("time_limit", "insert"): (RULES, "limit-changed"), ("time_limit", "update"): (RULES, "limit-changed"),
    ("calendar_override", "insert"): (RULES, "calendar-changed"),
    ("calendar_override", "update"): (RULES, "calendar-changed"),
    ("alert_parameter", "insert"): (RULES, "limit-changed"),
    ("rule_change", "insert"): (RULES, "rule-proposed"), ("rule_change", "update"): (RULES, "rule-decided"),
    ("item_assignment", "insert"): (RULES, "assignment-changed"),
    ("item_assignment", "update"): (RULES, "assignment-changed"),
    ("legal_hold", "insert"): (RULES, "hold-placed"), ("legal_hold", "update"): (RULES, "hold-lifted"),
    ("tombstone", "insert"): (RULES, "case-deleted"),
    ("hard_block", "insert"): (RULES, "block-set"), ("hard_block", "update"): (RULES, "block-lifted"),
    ("admin_request", "insert"): (RULES, "administration-asked"),
    ("admin_request", "update"): (RULES, "administration-decided"),
    ("account_request", "insert"): (RIGHTS, "administration-asked"),
    ("account_request", "update"): (RIGHTS, "administration-decided"),
    ("deployment", "insert"): (RULES, "deployed"),
    ("evidence_file", "insert"): (DATA, "file-kept"), ("evidence_file", "delete"): (DATA, "file-deleted"),
}  # fmt: skip

OFFICER: Sequence[tuple[str, str]] = (("password_hash", "password-changed"), ("failed_logins", "sign-in-failed"))
"""What an update of a person is that writes a column; any other changes rights."""
