"""Every file that is sent to us passes the scanner before anything reads it, whatever it says it is."""

import base64
import binascii

from flask import Flask, request

from web.platform import platform

_FORM, _FILES = "application/x-www-form-urlencoded", "multipart/form-data"


def register(app: Flask) -> None:
    """Look at the files of each request; register it behind those that refuse strangers and forged forms."""
    app.before_request(_scan)


def _scan() -> None:
    if request.method not in ("POST", "PUT", "PATCH"):
        return
    scanner = platform().scanner
    if request.mimetype == _FILES:
        for _, file in request.files.items(multi=True):
            scanner.scan(file.stream.read())
            file.stream.seek(0)
    elif request.mimetype != _FORM or request.path.startswith("/api/"):  # a program may call a photo a form
        content = request.get_data()
        if content and content.lstrip()[:1] not in (b"{", b"["):
            scanner.scan(content)


def scan_base64(text: str) -> None:
    """Look at a file inside JSON; what is no base64 is refused by whoever reads it."""
    try:
        content = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        return
    platform().scanner.scan(content)
