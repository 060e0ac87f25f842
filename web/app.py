"""The Flask application: pages and API on one composition root."""

from typing import Any

from flask import Flask, request
from werkzeug.middleware.proxy_fix import ProxyFix
from werkzeug.routing import IntegerConverter, Map

from web import (
    auth,
    display,
    i18n,
    menu,
    numbers,
    oidc,
    origins,
    paging,
    plain_text,
    problems,
    request_log,
    scanning,
    security,
    times,
)
from web.api import register_api
from web.pages import (
    access,
    accounts,
    alerts,
    as_of,
    audit,
    audit_reads,
    bulletins,
    cases,
    catalogue,
    catalogue_changes,
    cockpit,
    coercions,
    complaint_imports,
    complaints,
    construction,
    credit,
    delegations,
    devices,
    devolved,
    engine_definitions,
    engine_instances,
    engine_migrations,
    engine_operations,
    engine_requests,
    exchange,
    factor,
    field,
    forecast,
    heat,
    help_pages,
    home,
    inspection_records,
    inspections,
    intake,
    key_areas,
    kpis,
    letters,
    libraries,
    lookups,
    me,
    officers,
    offline,
    oversight,
    patrols,
    penalties,
    performance,
    personal,
    public,
    publication,
    random_checks,
    reconciliation,
    rules,
    settings,
    signing,
    site_evidence,
    staff,
    task_acts,
    tasks,
    teamwork,
    transfers,
    vitals,
    worklist,
)
from web.platform import platform
from web.translation import TwoLanguages
from web.whole import LARGEST
from workflows.bootstrap import Application

PAGES = (
    home,
    factor,
    me,
    settings,
    accounts,
    help_pages,
    worklist,
    access,
    tasks,
    task_acts,
    cases,
    intake,
    transfers,
    letters,
    cockpit,
    heat,
    lookups,
    rules,
    catalogue,
    catalogue_changes,
    devolved,
    inspections,
    inspection_records,
    field,
    offline,
    construction,
    patrols,
    penalties,
    site_evidence,
    coercions,
    random_checks,
    reconciliation,
    forecast,
    as_of,
    libraries,
    officers,
    key_areas,
    exchange,
    alerts,
    devices,
    complaints,
    complaint_imports,
    performance,
    kpis,
    credit,
    publication,
    public,
    oversight,
    bulletins,
    staff,
    engine_definitions,
    signing,
    teamwork,
    delegations,
    engine_instances,
    engine_migrations,
    engine_operations,
    engine_requests,
    vitals,
    audit,
    audit_reads,
    personal,
)

PARTS = (
    request_log, origins, i18n, display, problems, security, auth,
    plain_text, menu, times, numbers, paging,
)  # fmt: skip


class _Number(IntegerConverter):
    """A whole number in an address, no larger than a column takes; what is larger leads nowhere."""

    def __init__(self, map: Map, *args: Any, **more: Any) -> None:
        super().__init__(map, *args, **{"max": LARGEST, **more})


def create_app(application: Application) -> Flask:
    """Return the web application around a composition root."""
    app = Flask(__name__)
    app.jinja_environment = TwoLanguages
    app.url_map.converters["int"] = _Number
    settings = application.settings
    app.config.update(
        SECRET_KEY=settings.secret,
        SESSION_COOKIE_NAME="xianjie_form",
        SESSION_COOKIE_SAMESITE="Lax",
        SESSION_COOKIE_SECURE=settings.tls,
        MAX_CONTENT_LENGTH=security.MAX_UPLOAD,
        MAX_FORM_MEMORY_SIZE=security.MAX_BODY,
        WTF_CSRF_TIME_LIMIT=None,
        WTF_CSRF_CHECK_DEFAULT=False,
        WTF_CSRF_SSL_STRICT=False,
    )
    app.extensions["xianjie"] = application
    if application.vitals.tracing:
        app.wsgi_app = application.vitals.tracing.around(app.wsgi_app)  # type: ignore[assignment, method-assign]
    if settings.proxies:
        count = settings.proxies
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=count, x_proto=count, x_host=count)  # type: ignore[method-assign]
    for part in PARTS:
        part.register(app)
    security.check_forms(app)
    scanning.register(app)
    app.before_request(_follow_rules)
    field.register(app)
    for screen in PAGES:
        app.register_blueprint(screen.pages)
    oidc.register(app)
    for endpoint in ("home.sign_in_post", "factor.code_post", "factor.confirm", "factor.recovery", "factor.remove"):
        security.limit(app, endpoint)
    for endpoint in ("public.index", "public.show"):
        security.limit(app, endpoint, "PUBLIC_LIMIT", security.READS)
    register_api(app)
    return app


def _follow_rules() -> None:
    """Read rules anew that another process has changed; monitors are answered without the database."""
    if request.blueprint != "vitals":
        platform().rulebook.follow(platform().engine)
