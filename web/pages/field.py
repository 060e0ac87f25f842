"""The on-site record on the phone: one page that also opens without a network, and what it is made of."""

from typing import cast

import orjson
from flask import Blueprint, Flask, Response, current_app, jsonify, render_template, url_for
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import NotFound

from web.field_assets import SHELL, Assets, read_assets

CLAUSES = ("zz2020/2.5",)
NAME = "xianjie-field"
FOR_EVER = "public, max-age=31536000, immutable"
SCRIPT = "text/javascript; charset=utf-8"
_MODULE = 'import "{base}setup.js";\nimport "{base}js/field/worker.js";\nimport "{base}js/field/background.js";\n'
_PLAIN = 'importScripts("{base}setup.js", "{base}js/field/worker.js");\n'
pages = Blueprint("field", __name__, url_prefix="/field")


def register(app: Flask) -> None:
    """Read the files once."""
    app.extensions[NAME] = read_assets()


def _assets() -> Assets:
    return cast(Assets, current_app.extensions[NAME])


@pages.get("/")
def index() -> str:
    """Show the page; it holds nothing of anybody, so the phone may keep it."""
    return render_template(f"field/{SHELL}", version=_assets().version)


@pages.get("/a/<version>/<path:name>")
def asset(version: str, name: str) -> ResponseReturnValue:
    """Answer a file of the current version; those of others do not exist here, so versions never mix."""
    current = _assets()
    if version != current.version:
        raise NotFound
    found = current.files.get(name)
    if found is not None:
        response = Response(found.content, content_type=found.media_type)
    elif name == SHELL:
        response = Response(index(), content_type="text/html; charset=utf-8")
    elif name == "setup.js":
        setup = orjson.dumps({"version": version, "files": [*current.files, "setup.js"]}).decode()
        response = Response(f"self.FIELD = {setup};\n", content_type=SCRIPT)
    else:
        raise NotFound
    response.headers["Cache-Control"] = FOR_EVER
    return response


@pages.get("/sw.js")
def worker() -> Response:
    """Answer the service worker as a module: it also sends in the background."""
    return _worker(_MODULE)


@pages.get("/sw-plain.js")
def plain_worker() -> Response:
    """Answer the service worker for browsers that know no module workers."""
    return _worker(_PLAIN)


def _worker(text: str) -> Response:
    base = url_for("field.asset", version=_assets().version, name="")
    return Response(text.format(base=base), content_type=SCRIPT)


@pages.get("/manifest.webmanifest")
def manifest() -> Response:
    """Describe the page so that phones can put it on their home screen."""
    version = _assets().version
    icons = [
        {"src": url_for("field.asset", version=version, name=f"field/icon-{size}.png"), "sizes": f"{size}x{size}",
         "type": "image/png", "purpose": purpose}
        for size in (192, 512) for purpose in ("any", "maskable")
    ]  # fmt: skip
    response = jsonify({
        "name": "现场检查 · 审管衔接", "short_name": "现场检查", "lang": "zh-CN", "start_url": "/field/",
        "scope": "/field/", "id": "/field/", "display": "standalone", "orientation": "portrait",
        "background_color": "#f1f5fa", "theme_color": "#0f3f86", "icons": icons,
    })  # fmt: skip
    response.content_type = "application/manifest+json"
    return response
