"""Letters: the inbox and outbox, and the files themselves."""

from urllib.parse import quote
from uuid import UUID

from flask import Blueprint, Response, render_template
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import NotFound

from web.auth import actor
from web.platform import platform
from workflows.desk.worklist import WorklistFilter

pages = Blueprint("letters", __name__)
_TYPES = {
    "pdf": "application/pdf",
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
}


@pages.get("/inbox")
def inbox() -> ResponseReturnValue:
    """Show what waits for a signature, and the letters received."""
    desk, who = platform().desk, actor()
    waiting = [
        *desk.worklist.page(who, WorklistFilter("sign")).rows,
        *desk.worklist.page(who, WorklistFilter("cc")).rows,
    ]
    return render_template("more/inbox.html", waiting=waiting, letters=desk.letters.book(who, "in"))


@pages.get("/outbox")
def outbox() -> ResponseReturnValue:
    """Show the letters sent, each with its receipt."""
    return render_template("more/outbox.html", letters=platform().desk.letters.book(actor(), "out"))


def _file(name: str, data: bytes, kind: str) -> Response:
    response = Response(data, mimetype=_TYPES[kind])
    response.headers["Content-Disposition"] = f"attachment; filename*=UTF-8''{quote(name)}"
    return response


@pages.get("/letters/<uuid:letter_id>.<kind>")
def letter(letter_id: UUID, kind: str) -> ResponseReturnValue:
    """Return a letter as Word or PDF."""
    if kind not in _TYPES:
        raise NotFound
    return _file(*platform().desk.letters.render(actor(), letter_id, kind), kind)


@pages.get("/receipts/<uuid:receipt_id>.<kind>")
def receipt(receipt_id: UUID, kind: str) -> ResponseReturnValue:
    """Return a receipt as Word or PDF."""
    if kind not in _TYPES:
        raise NotFound
    return _file(*platform().desk.letters.render_receipt(actor(), receipt_id, kind), kind)
