"""The two headers that protect a completion: If-Match and Idempotency-Key."""

from flask import request
from webargs.flaskparser import abort

from engine.errors import StaleVersion

_LONGEST = 200


def etag(version: int) -> dict[str, str]:
    """Return the header that names a version."""
    return {"ETag": f'"{version}"'}


def expected_version() -> int | None:
    """Return the version in If-Match, or None for ``*``; answers 428 without the header.

    Raises:
        StaleVersion: the tag is none of ours.
    """
    if "If-Match" not in request.headers:
        abort(428, code="if-match-missing", message="请在 If-Match 中给出所见版本的 ETag")
    if request.if_match.star_tag:
        return None
    versions = [int(tag) for tag in request.if_match.as_set() if tag and tag.isdecimal() and len(tag) < 10]
    if not versions:
        raise StaleVersion(given=request.headers["If-Match"][:60])
    return max(versions)


def idempotency_key() -> str:
    """Return the caller's key; answers 400 when it is missing or too long."""
    key = request.headers.get("Idempotency-Key", "").strip().strip('"')
    if not key or len(key) > _LONGEST:
        abort(400, code="idempotency-key-missing", message="请给出 Idempotency-Key（1 至 200 个字符）")
    return key


def replayed(was_replayed: bool) -> dict[str, str]:
    """Return the header that marks a repetition."""
    return {"Idempotent-Replayed": "true"} if was_replayed else {}
