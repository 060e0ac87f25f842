"""One-time codes by time (RFC 6238): six digits, thirty seconds, SHA-1, as every authenticator app makes them."""

import base64
import hashlib
import hmac
import secrets
from datetime import datetime
from urllib.parse import quote

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

PERIOD = 30
_DIGITS = 6
_DRIFT = 1  # periods that the clock of a phone may be off
_NONCE = 12
_GROUP = 4


def new_secret() -> str:
    """Return a secret of 160 bits as the apps take it."""
    return base64.b32encode(secrets.token_bytes(20)).decode()


def code_at(secret: str, step: int) -> str:
    """Return the code of a period."""
    digest = hmac.new(base64.b32decode(secret), step.to_bytes(8, "big"), hashlib.sha1).digest()
    start = digest[-1] & 0x0F
    number = int.from_bytes(digest[start : start + 4], "big") & 0x7FFFFFFF
    return f"{number % 10**_DIGITS:0{_DIGITS}d}"


def step_of(at: datetime) -> int:
    """Return the number of the period of an instant."""
    return int(at.timestamp()) // PERIOD


def matching_step(secret: str, code: str, at: datetime, after: int) -> int | None:
    """Return the period of a code, one period early or late at most, if it is later than the last one used."""
    now = step_of(at)
    for step in range(now - _DRIFT, now + _DRIFT + 1):
        if step > after and hmac.compare_digest(code_at(secret, step).encode(), code.encode()):
            return step
    return None


def address(secret: str, login: str, issuer: str) -> str:
    """Return what the QR code says."""
    name = quote(f"{issuer}:{login}")
    return f"otpauth://totp/{name}?secret={secret}&issuer={quote(issuer)}&period={PERIOD}&digits={_DIGITS}"


def grouped(secret: str) -> str:
    """Return a secret as people type it."""
    return " ".join(secret[start : start + _GROUP] for start in range(0, len(secret), _GROUP))


def new_recovery_codes(count: int = 10) -> list[str]:
    """Return codes of 120 bits for the day the phone is lost; each works once."""
    texts = [base64.b32encode(secrets.token_bytes(15)).decode().lower() for _ in range(count)]
    return ["-".join(text[start : start + _GROUP] for start in range(0, len(text), _GROUP)) for text in texts]


class Sealer:
    """Keeps secrets unreadable in the database, with a key made of the installation's secret."""

    def __init__(self, key: str) -> None:
        self._aes = AESGCM(HKDF(SHA256(), 32, None, b"xianjie second factor").derive(key.encode()))

    def seal(self, text: str, owner: str) -> str:
        """Return a text that only this installation reads, and only as *owner*'s."""
        nonce = secrets.token_bytes(_NONCE)
        return base64.b64encode(nonce + self._aes.encrypt(nonce, text.encode(), owner.encode())).decode()

    def open(self, sealed: str, owner: str) -> str | None:
        """Return what was sealed; None when the installation's secret has changed since."""
        raw = base64.b64decode(sealed)
        try:
            return self._aes.decrypt(raw[:_NONCE], raw[_NONCE:], owner.encode()).decode()
        except InvalidTag:
            return None
