"""Headers that keep pages to themselves, the form token, and how often strangers may knock."""

from typing import Any, cast

from flask import Flask, Response, request
from flask_limiter import Limiter
from flask_limiter.util import get_remote_address
from flask_wtf.csrf import CSRFProtect

_HEADERS = {
    "Content-Security-Policy": (
        "default-src 'self'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; object-src 'none'; "
        "frame-ancestors 'none'; base-uri 'none'; form-action 'self'"
    ),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "X-Frame-Options": "DENY",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=(self)",
}
KNOCKS = "60 per minute"
READS = "120 per minute"
MAX_UPLOAD = 21_000_000  # a file of 20 MB and what is around it
MAX_BODY = 2_000_000
UPLOADS = frozenset({
    "intake.upload", "api-imports.preview_import", "inspection_records.submit", "api-inspections.put_evidence",
    "api-alerts.put_file", "alerts.site", "alerts.attach", "engine_definitions.prepare", "api-definitions.deploy",
    "api-packages.check_package", "api-packages.import_package",
    "site_evidence.attach", "penalties.attach", "api-site-evidence.attach_site_evidence", "api-penalties.attach",
})  # fmt: skip
SIGNED = frozenset({"api-alert-reports.take_report"})  # shows a signature in the place of a token


def check_forms(app: Flask) -> None:
    """Ask for the form's token on every change, except from programs that show their own token."""
    csrf = CSRFProtect(app)

    @app.before_request
    def check() -> None:
        is_program = request.path.startswith("/api/") and "Authorization" in request.headers
        if not is_program and request.endpoint not in SIGNED:
            csrf.protect()


def limit(app: Flask, endpoint: str, name: str = "SIGN_IN_LIMIT", often: str = KNOCKS) -> None:
    """Let each address ask an endpoint only so often; the answer 429 says when to try again."""
    limiter = Limiter(get_remote_address, app=app, storage_uri="memory://", headers_enabled=True)
    view = app.view_functions[endpoint]
    app.view_functions[endpoint] = cast(Any, limiter.limit(lambda: str(app.config.get(name, often)))(view))


def register(app: Flask) -> None:
    """Bound what is sent, and send the headers with every answer; pages are never cached."""

    @app.before_request
    def measure() -> None:
        request.max_content_length = MAX_UPLOAD if request.endpoint in UPLOADS else MAX_BODY

    @app.after_request
    def protect(response: Response) -> Response:
        for name, value in _HEADERS.items():
            response.headers.setdefault(name, value)
        if request.is_secure:
            response.headers.setdefault("Strict-Transport-Security", "max-age=31536000; includeSubDomains")
        if request.endpoint != "static":
            response.headers.setdefault("Cache-Control", "no-store")
        return response
