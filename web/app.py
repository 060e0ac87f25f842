"""The Flask application: pages and API on one composition root."""

from flask import Flask
from flask_babel import Babel
from flask_wtf.csrf import CSRFProtect
from werkzeug.middleware.proxy_fix import ProxyFix

from web import auth, problems, security, times
from web.api import register_api
from web.pages import cases, cockpit, home, intake, letters, lookups, tasks, transfers
from workflows.bootstrap import Application

MAX_UPLOAD = 25_000_000


def create_app(application: Application) -> Flask:
    """Return the web application around a composition root."""
    app = Flask(__name__)
    app.config.update(
        SECRET_KEY=application.settings.secret,
        MAX_CONTENT_LENGTH=MAX_UPLOAD,
        MAX_FORM_MEMORY_SIZE=MAX_UPLOAD,
        WTF_CSRF_TIME_LIMIT=None,
        WTF_CSRF_CHECK_DEFAULT=False,
        WTF_CSRF_SSL_STRICT=False,
        BABEL_DEFAULT_LOCALE="zh_Hans_CN",
        BABEL_DEFAULT_TIMEZONE="Asia/Shanghai",
    )
    app.extensions["xianjie"] = application
    if application.settings.proxies:
        count = application.settings.proxies
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=count, x_proto=count, x_host=count)  # type: ignore[method-assign]
    Babel(app)
    csrf = CSRFProtect(app)
    security.check_forms(app, csrf)
    problems.register(app)
    security.register(app)
    auth.register(app)
    times.register(app)
    for module in (home, tasks, cases, intake, transfers, letters, cockpit, lookups):
        app.register_blueprint(module.pages)
    register_api(app)
    return app
