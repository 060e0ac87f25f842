"""The signature of a message, as both sides reckon it."""

import hashlib
import hmac

WINDOW = 300  # seconds by which a message may be older or newer than the receiver's clock
ID, TIMESTAMP, SIGNATURE = "X-Xianjie-Id", "X-Xianjie-Timestamp", "X-Xianjie-Signature"


def signature_of(secret: str, timestamp: int, message_id: str, body: bytes) -> str:
    """Return ``v1=`` and the HMAC-SHA256 of timestamp, id and body, joined by dots."""
    signed = f"{timestamp}.{message_id}.".encode() + body
    return "v1=" + hmac.new(secret.encode(), signed, hashlib.sha256).hexdigest()


def is_genuine(secret: str, headers: dict[str, str], body: bytes, now: int) -> bool:
    """Tell whether a message comes from one who knows the secret, and was sent just now.

    This is what a receiver does. It must also remember the ids of the last ``WINDOW`` seconds, so that a message that
    is sent again (by us, or by one who listened) has its effect once.
    """
    stamp = headers.get(TIMESTAMP, "")
    if not stamp.isdecimal() or len(stamp) > 12 or abs(now - int(stamp)) > WINDOW:
        return False
    expected = signature_of(secret, int(stamp), headers.get(ID, ""), body)
    return hmac.compare_digest(expected, headers.get(SIGNATURE, ""))
