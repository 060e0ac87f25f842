"""Who asks: the session cookie, and the rule that nobody goes in unseen."""

from functools import partial

from flask import Flask, Response, g, redirect, request, url_for
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import Unauthorized

from web.api.caller import caller
from web.origins import came_from
from web.platform import platform
from workflows.policy import Actor

OPEN = frozenset({
    "api-alert-reports.take_report",  # signed by the device
    "api-docs.openapi_json",  # the same for every installation
    "construction.sign_board",
    "factor.code", "factor.code_post", "factor.password", "factor.password_post",
    "home.sign_in", "home.sign_in_post", "oidc.back", "oidc.start",
    "vitals.healthz", "vitals.readyz", "vitals.metrics",
    "help_pages.index", "help_pages.topic", "help_pages.problem",
    "static", "field.asset", "field.worker", "field.plain_worker", "field.manifest",
    "offline.page", "offline.worker", "offline.manifest",
})  # fmt: skip
UNSEEN = "public."  # pages for everybody: who reads them is nobody's business
POLLS = frozenset({"me.badge"})
COOKIE = "xianjie"


def cookie_name() -> str:
    """Return the cookie's name; behind TLS it is bound to the host."""
    return f"__Host-{COOKIE}" if platform().settings.tls else COOKIE


def secret() -> str:
    """Return the session's secret that the browser sent."""
    return request.cookies.get(cookie_name(), "")


def register(app: Flask) -> None:
    """Look up the person before each request and refuse strangers."""
    app.before_request(_identify)


def _identify() -> ResponseReturnValue | None:
    endpoint = request.endpoint or ""
    if endpoint == "static" or endpoint.startswith(UNSEEN):
        return None
    look_up = platform().identity.actor_of
    if endpoint in POLLS:  # what a page sends by itself does not keep a session alive
        look_up = partial(look_up, touch=False)
    g.actor = look_up(secret()) if secret() else None
    if g.actor is not None:
        came_from(g.actor)
    if g.actor is not None or endpoint in OPEN:
        return None
    if request.path.startswith("/api/"):
        _identify_program(endpoint)
        return None
    if not endpoint:
        return None  # an unknown address: 404 for everybody
    if request.method in ("GET", "HEAD"):
        return redirect(url_for("home.sign_in", next=request.full_path.rstrip("?")))
    raise Unauthorized


def _identify_program(endpoint: str) -> None:
    """Refuse a program that shows nothing we know, before anything it sends is read."""
    if endpoint:
        caller()


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


def forget(response: Response) -> Response:
    """Take the cookie away."""
    tls = platform().settings.tls
    response.delete_cookie(cookie_name(), path="/", secure=tls, httponly=True, samesite="Lax")
    return response


def safe_next(target: str | None) -> str:
    """Return where to go after signing in: only a path of this site."""
    text = target or ""
    is_path = text.startswith("/") and not text.startswith("//") and "\\" not in text
    return text if is_path and text.isprintable() else "/"
