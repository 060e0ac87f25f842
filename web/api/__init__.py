"""The JSON API under /api/v1, described at /api/openapi.json."""

from flask import Flask

from web.api import (
    accounts,
    alert_reports,
    alerts,
    approvals,
    as_of,
    audit,
    audit_reads,
    cases,
    catalogue,
    catalogue_changes,
    clocks,
    cockpit,
    coercions,
    complaints,
    construction,
    credit,
    definitions,
    devices,
    engine_admin,
    engine_bulk,
    engine_records,
    exchange,
    external_tasks,
    field,
    forecast,
    imports,
    inspections,
    key_areas,
    leads,
    letters,
    lists,
    messages,
    objects,
    officers,
    oversight,
    packages,
    penalties,
    performance,
    random_checks,
    reconciliation,
    signing,
    site_evidence,
    task_acts,
    tasks,
    teamwork,
    webhooks,
)
from web.api.caller import NotSignedIn
from web.api.problem import JsonApi, unauthorized
from web.api.shapes import Instant

RESOURCES = (
    task_acts,
    tasks,
    webhooks,
    audit,
    audit_reads,
    cases,
    approvals,
    imports,
    leads,
    letters,
    clocks,
    cockpit,
    catalogue,
    messages,
    external_tasks,
    inspections,
    field,
    construction,
    penalties,
    site_evidence,
    coercions,
    random_checks,
    objects,
    officers,
    oversight,
    packages,
    key_areas,
    catalogue_changes,
    exchange,
    alert_reports,
    alerts,
    devices,
    engine_admin,
    lists,
    engine_bulk,
    engine_records,
    complaints,
    credit,
    reconciliation,
    forecast,
    performance,
    as_of,
    definitions,
    signing,
    teamwork,
    accounts,
)
_SECURITY = {
    "components": {"securitySchemes": {
        "token": {"type": "http", "scheme": "bearer"},
        "session": {"type": "apiKey", "in": "cookie", "name": "xianjie"},
    }},
    "security": [{"token": []}, {"session": []}],
}  # fmt: skip


def register_api(app: Flask) -> None:
    """Register all resources; call it last, so that the pages' error handlers are known."""
    app.config.update(
        API_TITLE="衔接 Xianjie", API_VERSION="v1", OPENAPI_VERSION="3.0.3", OPENAPI_URL_PREFIX="/api",
        OPENAPI_JSON_PATH="openapi.json", API_SPEC_OPTIONS=_SECURITY,
    )  # fmt: skip
    api = JsonApi(app)
    api.register_field(Instant, "string", "date-time")
    for resource in RESOURCES:
        api.register_blueprint(resource.routes.blueprint)
    app.register_error_handler(NotSignedIn, lambda _error: unauthorized())


__all__ = ["register_api"]
