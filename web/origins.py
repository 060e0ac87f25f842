"""Tells the audit who a request comes from and where."""

from flask import Flask, g, request

from engine.origin import Origin, set_origin
from workflows.policy import Actor


def register(app: Flask) -> None:
    """Begin each request with nobody, and end it so; must follow what gives requests their ids."""
    app.before_request(lambda: _say(""))

    @app.teardown_request
    def end(_error: BaseException | None) -> None:
        set_origin(Origin())


def came_from(actor: Actor) -> None:
    """Say who it is."""
    _say(actor.login)


def _say(login: str) -> None:
    set_origin(Origin(login, g.get("request_id"), request.remote_addr))
