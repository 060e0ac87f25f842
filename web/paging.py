"""Cursors of long lists: opaque and signed, so that nobody can ask for a place that was not offered."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from flask import Flask, current_app, request, url_for
from itsdangerous import BadSignature, URLSafeSerializer

from engine.errors import Invalid

ON_A_PAGE = 60  # rows of a list that is at hand; more make a page too heavy for old computers


@dataclass(frozen=True, slots=True)
class Shown:
    """The rows of a list on one page, and the address of the next."""

    rows: Sequence[Any]
    next_url: str


def page_of(rows: Sequence[Any], size: int = ON_A_PAGE) -> Shown:
    """Return the part of a list that the address asks for with ``page``."""
    number = max(1, request.args.get("page", 1, int))
    rest = len(rows) > number * size
    places = {**request.args.to_dict(), **(request.view_args or {}), "page": number + 1}
    next_url = url_for(request.endpoint or "", **places) if rest else ""
    return Shown(rows[(number - 1) * size : number * size], next_url)


def register(app: Flask) -> None:
    """Give templates the pages of their lists."""
    app.jinja_env.globals["page_of"] = page_of


class CursorInvalid(Invalid):
    """The place in the list is not one that was offered; begin with the first page."""

    code = "cursor-invalid"


def seal(place: str) -> str:
    """Return a cursor for a place in a list, nothing for no place."""
    return str(_signer().dumps(place)) if place else ""


def unseal(cursor: str) -> str:
    """Return the place of a cursor.

    Raises:
        CursorInvalid: it was not made here.
    """
    if not cursor:
        return ""
    try:
        return str(_signer().loads(cursor))
    except BadSignature as exc:
        raise CursorInvalid from exc


def _signer() -> URLSafeSerializer:
    return URLSafeSerializer(str(current_app.secret_key), salt="cursor")
