"""Who asks: the session cookie, signing in and out, and the rule that nobody goes in unseen."""

from flask import Flask, Response, g, redirect, request, url_for
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import Unauthorized

from web.platform import platform
from workflows.policy import Actor

OPEN = frozenset({"home.sign_in", "home.sign_in_post", "home.healthz", "home.help_page", "home.problem", "static"})
COOKIE = "xianjie"


def cookie_name() -> str:
    """Return the cookie's name; behind TLS it is bound to the host."""
    return f"__Host-{COOKIE}" if platform().settings.tls else COOKIE


def register(app: Flask) -> None:
    """Look up the person before each request and refuse strangers."""

    @app.before_request
    def identify() -> ResponseReturnValue | None:
        secret = request.cookies.get(cookie_name(), "")
        g.actor = platform().identity.actor_of(secret) if secret else None
        endpoint = request.endpoint or ""
        if g.actor is not None or endpoint in OPEN or request.path.startswith("/api/"):
            return None
        if not endpoint:
            return None  # an unknown address: 404 for everybody
        if request.method == "GET":
            return redirect(url_for("home.sign_in", next=request.full_path.rstrip("?")))
        raise Unauthorized

    @app.context_processor
    def person() -> dict[str, object]:
        actor = g.get("actor")
        counts = platform().desk.worklist.counts(actor) if actor is not None else {}
        return {"actor": actor, "menu_counts": counts, "is_demo": platform().settings.is_demo}


def actor() -> Actor:
    """Return the person who asks; a stranger never gets here."""
    found = g.get("actor")
    if not isinstance(found, Actor):
        raise Unauthorized
    return found


def keep(response: Response, secret: str) -> Response:
    """Put the session's secret into the cookie."""
    response.set_cookie(cookie_name(), secret, httponly=True, samesite="Lax", secure=platform().settings.tls, path="/")
    return response


def safe_next(target: str | None) -> str:
    """Return where to go after signing in: only a path of this site."""
    text = target or ""
    is_path = text.startswith("/") and not text.startswith("//") and "\\" not in text
    return text if is_path and text.isprintable() else "/"
