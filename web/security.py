"""Headers that keep pages to themselves."""

from flask import Flask, Response, request
from flask_wtf.csrf import CSRFProtect

_HEADERS = {
    "Content-Security-Policy": (
        "default-src 'self'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; object-src 'none'; "
        "frame-ancestors 'none'; base-uri 'self'; form-action 'self'"
    ),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "X-Frame-Options": "DENY",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=(self)",
}


def check_forms(app: Flask, csrf: CSRFProtect) -> None:
    """Ask for the form's token on every change, except from programs that bring a bearer token."""

    @app.before_request
    def check() -> None:
        is_program = request.path.startswith("/api/") and request.headers.get("Authorization", "").startswith("Bearer ")
        if not is_program:
            csrf.protect()


def register(app: Flask) -> None:
    """Send the headers with every answer; pages are never cached."""

    @app.after_request
    def protect(response: Response) -> Response:
        for name, value in _HEADERS.items():
            response.headers.setdefault(name, value)
        if request.is_secure:
            response.headers.setdefault("Strict-Transport-Security", "max-age=31536000")
        if request.endpoint != "static":
            response.headers.setdefault("Cache-Control", "no-store")
        return response
