"""The public page: licences, penalties, results and the places of devices for everybody.

Nobody signs in and nobody is watched: no cookie is read or set, nothing varies from reader to reader, and answers may
be kept by caches.
"""

from uuid import UUID

from flask import Blueprint, make_response, render_template, request
from flask.typing import ResponseReturnValue

from web.paging import seal, unseal
from web.platform import platform
from workflows.desk.publication import FEWEST_LETTERS, PUBLIC_KINDS

CLAUSES = ("zz2020/2.3", "xzcf/48", "zz2020/2.7")
pages = Blueprint("public", __name__, url_prefix="/public")
_SECONDS = 60


@pages.get("")
def index() -> ResponseReturnValue:
    """Show what is public, the newest first."""
    kind, q = request.args.get("kind", ""), request.args.get("q", "").strip()[:60]
    found = platform().desk.publication.public(kind, q, unseal(request.args.get("after", "")))
    page = render_template(
        "public/index.html", page=found, kind=kind if kind in PUBLIC_KINDS else "", q=q, kinds=PUBLIC_KINDS,
        is_short=0 < len(q) < FEWEST_LETTERS, after=seal(found.next), city=platform().rulebook.city,
    )  # fmt: skip
    return _cached(page)


@pages.get("/<uuid:record_id>")
def show(record_id: UUID) -> ResponseReturnValue:
    """Show one of them."""
    row = platform().desk.publication.public_record(record_id)
    return _cached(render_template("public/show.html", row=row, kinds=PUBLIC_KINDS, city=platform().rulebook.city))


def _cached(page: str) -> ResponseReturnValue:
    response = make_response(page)
    response.headers["Cache-Control"] = f"public, max-age={_SECONDS}"
    response.add_etag()
    return response.make_conditional(request)
