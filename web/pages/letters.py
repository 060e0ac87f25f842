"""Letters: the inbox and outbox, and the files themselves."""

from typing import Any
from urllib.parse import quote
from uuid import UUID

from flask import Blueprint, Response, g, render_template, request, url_for
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import NotFound

from web.auth import actor
from web.menu import counts_of
from web.paging import seal, unseal
from web.platform import platform
from workflows.desk.letter_books import LetterBook
from workflows.desk.worklist import WorklistFilter

CLAUSES = ("zz2020/1.1/copy", "zz2020/1.1/transfer")
pages = Blueprint("letters", __name__)
BOXES = {"unsigned": "未签收", "signed": "已签收", "all": "全部来件"}
SENT = {"all": "全部发文", "unsigned": "对方未签收", "signed": "对方已签收"}
WAITING = {"sign": "待签收", "cc": "抄送我的"}
_WAITING = 10
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
    is_first = given["box"] == "unsigned" and not given["after"]
    lists = [desk.worklist.page(who, _waiting(view, given["q"])) for view in WAITING if is_first or given["q"]]
    if lists:
        g.counts = lists[0].counts
    unread = sum(len(one.entries) for one in lists)
    unsigned = sum(one.total for one in lists) + unread if given["q"] else counts_of(who)["inbox"]
    rest = [(url_for("worklist.show", view=one.filter.view, q=given["q"] or None), WAITING[one.filter.view], one.total)
            for one in lists if one.next]  # fmt: skip
    return render_template(
        "more/inbox.html", boxes=BOXES, counts={**book.counts, "unsigned": unsigned}, letters=book.counts["unsigned"],
        waiting=[row for one in lists for row in one.rows], rest=rest, unread=unread, book=book, is_first=is_first,
        more=_more("letters.inbox", given, book), **given,
    )  # fmt: skip


def _waiting(view: str, text: str) -> WorklistFilter:
    """Return what asks for the first tasks of a view: together with a page of letters they stay under 60 KB."""
    return WorklistFilter(view, q=text, limit=_WAITING)


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
