"""Who calls: the bearer of a token, or the person whose session cookie was read before."""

from typing import cast

from flask import current_app, g, request

from engine.errors import Forbidden
from web.origins import came_from
from workflows.bootstrap import Application
from workflows.desk import Desk
from workflows.policy import Actor


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
    known = g.get("caller")
    if isinstance(known, Actor):
        return known
    kind, _, secret = request.headers.get("Authorization", "").partition(" ")
    if kind:
        actor = application().identity.actor_of_token(secret.strip()) if kind.lower() == "bearer" else None
    else:
        actor = g.get("actor")
    if actor is None:
        raise NotSignedIn
    g.caller = actor
    came_from(actor)
    return actor
