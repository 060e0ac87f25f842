"""The composition root of the current request."""

from typing import cast

from flask import current_app

from workflows.bootstrap import Application


def platform() -> Application:
    """Return it."""
    return cast(Application, current_app.extensions["xianjie"])
