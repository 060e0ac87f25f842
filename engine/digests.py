"""What is hashed, and how: one form of every value as bytes, and the national digest."""

import orjson
from cryptography.hazmat.primitives import hashes

_FORM = orjson.OPT_SORT_KEYS | orjson.OPT_NON_STR_KEYS


def sm3(content: bytes) -> bytes:
    """Return the SM3 digest (GB/T 32905)."""
    digest = hashes.Hash(hashes.SM3())
    digest.update(content)
    return digest.finalize()


def canonical(value: object) -> bytes:
    """Return the one form of a value as JSON: keys in order, no space, UTF-8."""
    return orjson.dumps(value, default=str, option=_FORM)
