"""Who calls: the bearer of a token, or the person whose session cookie was read before."""

from http import HTTPStatus
from typing import cast

from flask import Response, current_app, g, request

from engine.errors import Forbidden
from web.api.problem import problem
from workflows.bootstrap import Application
from workflows.desk import Desk
from workflows.policy import Actor

SAFE = frozenset({"GET", "HEAD", "OPTIONS"})


class NotSignedIn(Forbidden):
    """A valid token or session is needed."""

    code = "credentials-missing"


def application() -> Application:
    """Return the composition root of this Flask application."""
    return cast(Application, current_app.extensions["xianjie"])


def desk() -> Desk:
    """Return the front door of the domain."""
    return application().desk


def caller() -> Actor:
    """Return who calls; a token that is sent goes before the session.

    Raises:
        NotSignedIn: there is neither, or the token is unknown, expired or revoked.
    """
    kind, _, secret = request.headers.get("Authorization", "").partition(" ")
    if kind:
        actor = application().identity.actor_of_token(secret.strip()) if kind.lower() == "bearer" else None
    else:
        actor = _of_session()
    if actor is None:
        raise NotSignedIn
    return actor


def _of_session() -> Actor | None:
    """Return the session's person; what changes something needs the page's CSRF token as well."""
    actor: Actor | None = g.get("actor")
    guard = current_app.extensions.get("csrf")
    if actor is not None and guard is not None and request.method not in SAFE:
        guard.protect()
    return actor


def answer_not_signed_in(error: NotSignedIn) -> Response:
    """Answer 401 and say how to sign in."""
    response = problem(HTTPStatus.UNAUTHORIZED, error.code, "请提供有效的访问令牌（Authorization: Bearer …）或先登录")
    response.headers["WWW-Authenticate"] = 'Bearer realm="xianjie"'
    return response
