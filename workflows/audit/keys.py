"""The key that signs roots: SM2, in a file outside the database."""

import secrets
from dataclasses import dataclass
from pathlib import Path

import gmalg

_USER = b"1234567812345678"
_LENGTH = 32
_HALF = 64
_CURVE = 0xFFFFFFFEFFFFFFFFFFFFFFFFFFFFFFFF7203DF6B21C6052B53BBF40939D54123  # the order of the base point


class KeyUnusable(ValueError):
    """The file holds no private key of 64 hexadecimal digits."""


@dataclass(frozen=True, slots=True)
class AuditKey:
    """Signs; without a secret the signature is empty."""

    secret: bytes = b""

    @classmethod
    def read(cls, path: str) -> "AuditKey":
        """Read the key of a file; no path means no key.

        Raises:
            KeyUnusable.
        """
        if not path:
            return cls()
        try:
            secret = bytes.fromhex(Path(path).read_text(encoding="ascii").strip())
        except (OSError, ValueError) as exc:
            raise KeyUnusable(f"{path}: {exc}") from exc
        if len(secret) != _LENGTH:
            raise KeyUnusable(f"{path}: a key has 64 hexadecimal digits")
        return cls(secret)

    @property
    def public(self) -> str:
        """Return the public key in hexadecimal."""
        return gmalg.SM2(self.secret, _USER).generate_pk(self.secret).hex() if self.secret else ""

    def sign(self, content: bytes) -> str:
        """Return a signature in hexadecimal."""
        if not self.secret:
            return ""
        r, s = gmalg.SM2(self.secret, _USER).sign(content)
        return (bytes(r).rjust(_LENGTH, b"\0") + bytes(s).rjust(_LENGTH, b"\0")).hex()


def is_signed(content: bytes, signature: str, public: str) -> bool:
    """Tell whether a signature is that of a public key."""
    try:
        raw, key = bytes.fromhex(signature), bytes.fromhex(public)
        if len(raw) != _HALF or raw.hex() != signature or key.hex() != public:
            return False
        return bool(gmalg.SM2(uid=_USER, pk=key).verify(content, raw[:_LENGTH], raw[_LENGTH:]))
    except (ValueError, TypeError, gmalg.errors.DataError, gmalg.errors.RequireArgumentError):
        return False


def make_key(path: Path) -> str:
    """Write a new key into a new file that only its owner reads; answers the public key."""
    secret = (1 + secrets.randbelow(_CURVE - 2)).to_bytes(_LENGTH, "big")
    path.touch(mode=0o600, exist_ok=False)
    path.write_text(secret.hex() + "\n", encoding="ascii")
    return AuditKey(secret).public
