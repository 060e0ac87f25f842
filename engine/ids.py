"""Identifiers that sort by the instant they were made (UUID version 7, RFC 9562)."""

import secrets
import threading
from datetime import datetime
from uuid import UUID

_lock = threading.Lock()
_last = [0, 0]  # millisecond and counter of the newest identifier of this process


def new_id(now: datetime) -> UUID:
    """Return a UUIDv7 that sorts after all earlier ones of this process with the same or an earlier *now*.

    The first 48 bits are *now* in milliseconds since 1970, the next 12 count within the millisecond.

    Args:
        now: timezone-aware instant, from the injected clock.
    """
    millis = int(now.timestamp() * 1000)
    with _lock:
        if millis != _last[0]:
            _last[:] = [millis, 0]
        else:
            _last[1] += 1
        counter = _last[1]
    millis += counter >> 12
    value = (millis & (2**48 - 1)) << 80
    value |= 0x7 << 76
    value |= (counter & 0xFFF) << 64
    value |= 0b10 << 62
    value |= secrets.randbits(62)
    return UUID(int=value)
