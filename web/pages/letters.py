"""Letters: the inbox and outbox, and the files themselves."""

from urllib.parse import quote
from uuid import UUID

from flask import Blueprint, Response, render_template, request
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import NotFound

from web.auth import actor
from web.platform import platform
from workflows.desk.worklist import WorklistFilter

CLAUSES = ("zz2020/1.1/copy", "zz2020/1.1/transfer")
pages = Blueprint("letters", __name__)
BOXES = {"unsigned": "未签收", "signed": "已签收", "all": "全部来件"}
FILE_TYPES = {
    "pdf": "application/pdf",
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
}


@pages.get("/inbox")
def inbox() -> ResponseReturnValue:
    """Show what waits for a signature, or the letters received, each with its receipt."""
    desk, who = platform().desk, actor()
    box = request.args.get("box", "unsigned")
    waiting = [
        *desk.worklist.page(who, WorklistFilter("sign", limit=200)).rows,
        *desk.worklist.page(who, WorklistFilter("cc", limit=200)).rows,
    ]
    letters = desk.letters.book(who, "in")
    signed = [row for row in letters if row["receipt_number"]]
    unsigned = [row for row in letters if not row["receipt_number"]]
    counts = {"unsigned": len(waiting), "signed": len(signed), "all": len(letters)}
    shown = {"signed": signed, "all": letters}.get(box, unsigned)
    return render_template(
        "more/inbox.html", box=box if box in BOXES else "unsigned", boxes=BOXES, counts=counts, waiting=waiting,
        letters=shown,
    )  # fmt: skip


@pages.get("/outbox")
def outbox() -> ResponseReturnValue:
    """Show the letters sent, each with its receipt."""
    return render_template("more/outbox.html", letters=platform().desk.letters.book(actor(), "out"))


def as_file(name: str, data: bytes, media: str) -> Response:
    """Return bytes as a download; the name may be Chinese."""
    response = Response(data, mimetype=media)
    response.headers["Content-Disposition"] = f"attachment; filename*=UTF-8''{quote(name)}"
    return response


def _letter_file(name: str, data: bytes, kind: str) -> Response:
    return as_file(name, data, FILE_TYPES[kind])


@pages.get("/letters/<uuid:letter_id>.<kind>")
def letter(letter_id: UUID, kind: str) -> ResponseReturnValue:
    """Return a letter as Word or PDF."""
    if kind not in FILE_TYPES:
        raise NotFound
    return _letter_file(*platform().desk.letters.render(actor(), letter_id, kind), kind)


@pages.get("/receipts/<uuid:receipt_id>.<kind>")
def receipt(receipt_id: UUID, kind: str) -> ResponseReturnValue:
    """Return a receipt as Word or PDF."""
    if kind not in FILE_TYPES:
        raise NotFound
    return _letter_file(*platform().desk.letters.render_receipt(actor(), receipt_id, kind), kind)
