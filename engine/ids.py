"""Identifiers that sort by the instant they were made (UUID version 7, RFC 9562)."""

import secrets
from datetime import datetime
from uuid import UUID


def new_id(now: datetime) -> UUID:
    """Return a UUIDv7 whose first 48 bits are *now* in milliseconds since 1970.

    Args:
        now: timezone-aware instant, from the injected clock.
    """
    millis = int(now.timestamp() * 1000)
    value = (millis & (2**48 - 1)) << 80
    value |= 0x7 << 76
    value |= secrets.randbits(12) << 64
    value |= 0b10 << 62
    value |= secrets.randbits(62)
    return UUID(int=value)
