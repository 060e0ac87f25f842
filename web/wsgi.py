"""For WSGI servers: ``gunicorn 'web.wsgi:make()'``."""

from flask import Flask

from web.app import create_app
from workflows.bootstrap import build
from workflows.logs import configure_logging
from workflows.settings import read_settings


def make() -> Flask:
    """Return the application as the environment describes it."""
    configure_logging()
    return create_app(build(read_settings()))
