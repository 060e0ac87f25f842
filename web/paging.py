"""Cursors of long lists: opaque and signed, so that nobody can ask for a place that was not offered."""

from flask import current_app
from itsdangerous import BadSignature, URLSafeSerializer

from engine.errors import Invalid


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
