"""The whole desk on a phone's home screen, and what it shows without a network: one page that is nobody's."""

import hashlib
from pathlib import Path

import orjson
from flask import Blueprint, Response, jsonify, render_template, url_for

from web.field_assets import WEB

NAME = "审管衔接协同平台"
FILES = ("css/tokens.css", "css/field.css", "js/offline-page.js")
PAGE = WEB / "templates" / "offline.html"
WORKER = WEB / "static" / "js" / "desk-worker.js"
pages = Blueprint("offline", __name__)


@pages.get("/offline")
def page() -> str:
    """Show what can still be done without a network; it says the same to everybody."""
    return render_template("offline.html", files=[_address(name) for name in FILES])


@pages.get("/sw.js")
def worker() -> Response:
    """Answer the service worker; another version of the page is another worker."""
    kept = {"version": version(), "page": url_for(".page"), "files": [_address(name) for name in FILES]}
    text = f"self.DESK = {orjson.dumps(kept).decode()};\n{WORKER.read_text(encoding='utf-8')}"
    return Response(text, content_type="text/javascript; charset=utf-8")


@pages.get("/manifest.webmanifest")
def manifest() -> Response:
    """Describe the desk so that phones and computers can put it on their home screen."""
    icons = [
        {"src": url_for("static", filename=f"field/icon-{size}.png"), "sizes": f"{size}x{size}",
         "type": "image/png", "purpose": purpose}
        for size in (192, 512) for purpose in ("any", "maskable")
    ]  # fmt: skip
    response = jsonify({
        "name": NAME, "short_name": "审管衔接", "lang": "zh-CN", "start_url": "/", "scope": "/", "id": "/",
        "display": "standalone", "background_color": "#f1f5fa", "theme_color": "#0f3f86", "icons": icons,
        "shortcuts": [
            {"name": "工作台", "url": url_for("worklist.show")},
            {"name": "收件箱（回执）", "url": url_for("letters.inbox")},
            {"name": "现场检查", "url": url_for("field.index")},
        ],
    })  # fmt: skip
    response.content_type = "application/manifest+json"
    return response


def _address(name: str) -> str:
    """Return the address of a file as only the page without a network asks for it."""
    return url_for("static", filename=name, offline=version())


def version(folder: Path = WEB) -> str:
    """Return the hash of the page and of all it is made of."""
    digest = hashlib.sha256()
    for path in (PAGE, WORKER, *(folder / "static" / name for name in FILES)):
        digest.update(path.read_bytes())
    return digest.hexdigest()[:16]
