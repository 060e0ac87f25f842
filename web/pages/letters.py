"""Letters: the inbox and outbox, and the files themselves."""

from typing import Any
from urllib.parse import quote
from uuid import UUID

from flask import Blueprint, Response, render_template, request, url_for
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import NotFound

from web.auth import actor
from web.paging import seal, unseal
from web.platform import platform
from workflows.desk.letter_books import LetterBook
from workflows.desk.worklist import WorklistFilter

CLAUSES = ("zz2020/1.1/copy", "zz2020/1.1/transfer")
pages = Blueprint("letters", __name__)
BOXES = {"unsigned": "未签收", "signed": "已签收", "all": "全部来件"}
SENT = {"all": "全部发文", "unsigned": "对方未签收", "signed": "对方已签收"}
FILE_TYPES = {
    "pdf": "application/pdf",
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
}


@pages.get("/inbox")
def inbox() -> ResponseReturnValue:
    """Show what waits for a signature, or the letters received, each with its receipt."""
    desk, who = platform().desk, actor()
    given = _asked("unsigned")
    book = desk.lists.books.page(who, "in", given["box"], given["q"], given["after"])
    waiting: list[Any] = []
    if given["box"] == "unsigned" and not given["after"]:
        for view in ("sign", "cc"):
            waiting += desk.worklist.page(who, WorklistFilter(view, q=given["q"], limit=200)).rows
    counts = {**book.counts, "unsigned": max(len(waiting), book.counts["unsigned"])}
    return render_template(
        "more/inbox.html", boxes=BOXES, counts=counts, waiting=waiting, book=book,
        more=_more("letters.inbox", given, book), **given,
    )  # fmt: skip


@pages.get("/outbox")
def outbox() -> ResponseReturnValue:
    """Show the letters sent, each with its receipt, or for how long it has been unsigned."""
    given = _asked("all")
    book = platform().desk.lists.books.page(actor(), "out", given["box"], given["q"], given["after"])
    more = _more("letters.outbox", given, book)
    return render_template("more/outbox.html", boxes=SENT, book=book, more=more, **given)


def _asked(usual: str) -> dict[str, Any]:
    box = request.args.get("box", usual)
    after = unseal(request.args.get("after", ""))
    return {"box": box if box in BOXES else usual, "q": request.args.get("q", "")[:60], "after": int(after or 0)}


def _more(endpoint: str, given: dict[str, Any], book: LetterBook) -> str:
    if not book.next:
        return ""
    return url_for(endpoint, box=given["box"], q=given["q"] or None, after=seal(str(book.next)))


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
